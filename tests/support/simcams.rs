//! Simulated cameras as a process of their own, reached only through the network.

use crate::cli::{Cli, Running};
use serde_json::Value;
use std::time::Duration;

/// Running simulated cameras.
pub struct Simcams {
    process: Running,
    /// One JSON object per camera, as `simcam` prints it.
    pub cameras: Vec<Value>,
}

impl Simcams {
    /// Starts `count` cameras on free ports of 127.0.0.1, without a login.
    pub fn start(count: usize) -> Self {
        Self::start_with(&Cli::new(std::env::temp_dir()), count, &[], None)
    }

    /// The same with a login.
    pub fn start_with_login(count: usize, user: &str, password: &str) -> Self {
        Self::start_with(&Cli::new(std::env::temp_dir()), count, &[], Some((user, password)))
    }

    /// Starts cameras with arguments of the test's own.
    pub fn start_with(cli: &Cli, count: usize, args: &[&str], login: Option<(&str, &str)>) -> Self {
        let count_text = count.to_string();
        let mut all = vec!["simcam", "--count", &count_text];
        if !args.contains(&"--first-port") {
            all.extend(["--first-port", "0"]);
        }
        all.extend(args);
        let mut input = String::new();
        if let Some((user, password)) = login {
            all.extend(["--user", user, "--password-stdin"]);
            input = format!("{password}\n");
        }
        let process = cli.start_with_input(&all, &input);
        let next = |_| process.next(Duration::from_mins(1)).expect("a simulated camera starts");
        let cameras = (0..count).map(next).collect();
        Self { process, cameras }
    }

    /// The address of a camera's stream: 0 main, 1 sub.
    pub fn rtsp_url(&self, camera: usize, stream: usize) -> String {
        self.cameras[camera]["rtsp_urls"][stream].as_str().expect("an address").to_owned()
    }

    /// The port of a camera's ONVIF service.
    pub fn onvif_port(&self, camera: usize) -> u16 {
        let url = self.cameras[camera]["onvif_url"].as_str().expect("an address");
        url.split(':')
            .nth(2)
            .and_then(|rest| rest.split('/').next())
            .and_then(|port| port.parse().ok())
            .expect("a port")
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Switches all of them off, as a power cut does.
    pub fn kill(self) {
        self.process.kill();
    }
}

//! A LAN of 254 addresses with cameras and other hosts, played by `lan.py` in network namespaces of its own.

use crate::cli::Running;
use crate::process::{bin_dir, command};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

/// A running LAN; it goes when this is dropped.
pub struct Lan {
    _process: Running,
    told: Value,
}

impl Lan {
    /// Puts it up.
    pub fn start() -> Self {
        let mut python = command("python3");
        python.arg(script()).arg("--simcam").arg(bin_dir().join("atalaya-cli"));
        python.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let process = Running::keeping_input(python);
        let told =
            process.next(Duration::from_mins(2)).expect("the LAN comes up: it needs root and iproute2");
        Self { _process: process, told }
    }

    /// The namespace to scan from.
    pub fn scanner(&self) -> &str {
        self.told["scanner"].as_str().expect("a namespace")
    }

    /// The addresses of the cameras.
    pub fn cameras(&self) -> BTreeSet<String> {
        self.addresses("cameras")
    }

    /// The addresses of the hosts that are no cameras.
    pub fn others(&self) -> BTreeSet<String> {
        self.addresses("others")
    }

    /// Multicasts probes that claim to come from an address where nobody is; how many bytes they were in all.
    pub fn forge_probes(&self, count: usize) -> usize {
        self.play(&["--forge", &count.to_string()])
    }

    /// Lets the first of the cameras say hello; how many bytes that was.
    pub fn say_hello(&self) -> usize {
        self.play(&["--hello"])
    }

    fn play(&self, args: &[&str]) -> usize {
        let hosts = self.told["hosts"].as_str().expect("a namespace");
        let mut ip = command("ip");
        ip.args(["netns", "exec", hosts, "python3"]).arg(script()).args(args);
        let output = ip.output().expect("iproute2 is installed");
        let text = String::from_utf8_lossy(&output.stdout);
        text.trim().parse().unwrap_or_else(|error| panic!("{error}: {text} {output:?}"))
    }

    fn addresses(&self, of: &str) -> BTreeSet<String> {
        let all = self.told[of].as_array().expect("addresses");
        all.iter().map(|address| address.as_str().expect("an address").to_owned()).collect()
    }
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("support/lan.py")
}

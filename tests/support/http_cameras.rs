//! Foreign HTTP cameras: Python's http.server and ffmpeg itself, handing out JPEGs that ffmpeg made.

use crate::certificate::Certificate;
use crate::cli::Running;
use crate::ports::free_port;
use crate::process::{bin_dir, command};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::Duration;

/// A running foreign HTTP camera; it ends when this is dropped.
pub struct HttpCamera {
    _process: Running,
    scheme: &'static str,
    port: u16,
}

impl HttpCamera {
    /// Python's http.server with these arguments of `http_cameras.py`, and a login where it asks for one.
    pub fn start(args: &[&str], login: Option<(&str, &str)>) -> Self {
        Self::start_with(args, login, "http")
    }

    /// The same over TLS, at this port or, with zero, at any.
    pub fn start_tls(
        certificate: &Certificate,
        port: u16,
        args: &[&str],
        login: Option<(&str, &str)>,
    ) -> Self {
        let port = port.to_string();
        let tls = ["--tls", certificate.pem(), "--port", &port];
        Self::start_with(&[args, &tls].concat(), login, "https")
    }

    fn start_with(args: &[&str], login: Option<(&str, &str)>, scheme: &'static str) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("support/http_cameras.py");
        let mut command = command("/usr/bin/python3");
        command.arg(script).arg("--media").arg(sample_pictures()).args(args);
        if let Some((user, password)) = login {
            command.args(["--auth", "basic"]);
            command.env("HTTP_CAMERAS_USER", user).env("HTTP_CAMERAS_PASSWORD", password);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let process = Running::keeping_input(command);
        let ready = process.next(Duration::from_mins(1)).expect("the foreign camera starts");
        let port = ready["port"].as_u64().expect("a port") as u16;
        Self { _process: process, scheme, port }
    }

    /// ffmpeg's own server (`-f mpjpeg -listen 1`), which serves one client and then ends.
    pub fn ffmpeg(fps: u32) -> Self {
        let port = free_port();
        let mut command = command("ffmpeg");
        command.args([
            "-v",
            "error",
            "-re",
            "-f",
            "lavfi",
            "-i",
            &format!("testsrc2=size=320x240:rate={fps}"),
        ]);
        command.args(["-c:v", "mjpeg", "-huffman", "default", "-q:v", "8", "-pix_fmt", "yuvj420p"]);
        command.args(["-content_type", "multipart/x-mixed-replace;boundary=ffmpeg"]);
        command.args(["-f", "mpjpeg", "-listen", "1", &format!("http://127.0.0.1:{port}/mjpeg")]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        Self { _process: Running::keeping_input(command), scheme: "http", port }
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address of what it hands out: `mjpeg` or `snapshot`.
    pub fn url(&self, what: &str) -> String {
        format!("{}://127.0.0.1:{}/{what}", self.scheme, self.port)
    }
}

/// Forty pictures that all differ, made once.
fn sample_pictures() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = bin_dir().join("test-pictures");
        if folder.join("complete").exists() {
            return folder;
        }
        std::fs::create_dir_all(&folder).expect("the target folder can be written");
        let mut ffmpeg = command("ffmpeg");
        ffmpeg.args(["-y", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=10", "-t", "4"]);
        ffmpeg.args(["-c:v", "mjpeg", "-huffman", "default", "-q:v", "5", "-pix_fmt", "yuvj420p"]);
        let made = ffmpeg.arg(folder.join("%03d.jpg")).status().expect("ffmpeg is installed");
        assert!(made.success(), "the pictures could not be made");
        std::fs::write(folder.join("complete"), "").expect("the target folder can be written");
        folder
    })
}

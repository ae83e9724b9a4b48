//! Foreign cameras: GStreamer's RTSP server, which we did not write, playing clips made by ffmpeg.

use crate::certificate::Certificate;
use crate::cli::Running;
use crate::process::command;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::Duration;

/// How the foreign server asks for a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth<'a> {
    /// Not at all.
    None,
    /// HTTP Digest (RFC 7616) with this user name and password.
    Digest(&'a str, &'a str),
    /// HTTP Basic with the same, which sends the password in the clear.
    Basic(&'a str, &'a str),
}

/// Running foreign cameras; they end when this is dropped.
pub struct ForeignCameras {
    process: Running,
    scheme: &'static str,
    port: u16,
}

impl ForeignCameras {
    /// Starts `count` cameras. Each has the mounts `main` (H.264 + AAC), `sub` (H.264), `h265` and `mjpeg`.
    pub fn start(count: usize, auth: Auth<'_>) -> Self {
        Self::start_at(0, count, auth)
    }

    /// Starts one camera at this address whose only mount, `h265`, sends H.265 in a profile that hardly anybody
    /// decodes: Main 4:2:2 10 (ITU-T H.265 §A.3.5).
    pub fn start_exotic(address: &str) -> Self {
        let folder = crate::process::bin_dir().join("test-media-exotic");
        std::fs::create_dir_all(&folder).expect("the target folder can be written");
        let mut ffmpeg = command("ffmpeg");
        ffmpeg.args(["-y", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=15", "-t", "4"]);
        ffmpeg.args(["-pix_fmt", "yuv422p10le", "-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1"]);
        ffmpeg.args(["-x265-params", "keyint=30:min-keyint=30:bframes=0:scenecut=0:log-level=error"]);
        ffmpeg.arg(folder.join("h265.mp4"));
        assert!(ffmpeg.status().expect("ffmpeg is installed").success(), "the clip could not be made");
        Self::start_with(&folder, &["--bind", address, "--streams", "h265"], 0, 1, Auth::None)
    }

    /// Switches the cameras off and, without a login, on again at the same port.
    #[must_use]
    pub fn restart(self) -> Self {
        let port = self.port;
        drop(self);
        Self::start_at(port, 1, Auth::None)
    }

    /// Starts one camera that speaks RTSP over TLS, at this port or, with zero, at any.
    pub fn start_tls(certificate: &Certificate, port: u16, auth: Auth<'_>) -> Self {
        let tls = Self::start_with(sample_media(), &["--tls", certificate.pem()], port, 1, auth);
        Self { scheme: "rtsps", ..tls }
    }

    fn start_at(port: u16, count: usize, auth: Auth<'_>) -> Self {
        Self::start_with(sample_media(), &[], port, count, auth)
    }

    fn start_with(media: &Path, args: &[&str], port: u16, count: usize, auth: Auth<'_>) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("support/gst_cameras.py");
        let mut command = command("/usr/bin/python3");
        command
            .arg(script)
            .args(["--cams", &count.to_string(), "--port", &port.to_string(), "--media"])
            .arg(media)
            .args(args);
        let (kind, user, password) = match auth {
            Auth::None => ("none", "", ""),
            Auth::Digest(user, password) => ("digest", user, password),
            Auth::Basic(user, password) => ("basic", user, password),
        };
        command.args(["--auth", kind]).env("GST_CAMERAS_USER", user).env("GST_CAMERAS_PASSWORD", password);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let process = Running::keeping_input(command);
        let ready = process.next(Duration::from_mins(1)).expect("the foreign cameras start");
        let port = ready["port"].as_u64().expect("a port") as u16;
        Self { process, scheme: "rtsp", port }
    }

    /// The address of a camera's stream; cameras count from 1.
    pub fn url(&self, camera: usize, stream: &str) -> String {
        format!("{}://127.0.0.1:{}/cam{camera}/{stream}", self.scheme, self.port)
    }

    /// The RTSP port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }
}

/// Clips of eight seconds, made once: what the foreign cameras play.
pub fn sample_media() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = crate::process::bin_dir().join("test-media");
        if folder.join("complete").exists() {
            return folder;
        }
        std::fs::create_dir_all(&folder).expect("the target folder can be written");
        let picture = |size: &str, rate: u32| format!("testsrc2=size={size}:rate={rate}");
        let encode = |name: &str, source: &str, audio: bool, codec: &[&str]| {
            let mut ffmpeg = command("ffmpeg");
            ffmpeg.args(["-y", "-v", "error", "-f", "lavfi", "-i", source]);
            if audio {
                ffmpeg.args([
                    "-f",
                    "lavfi",
                    "-i",
                    "sine=frequency=440:sample_rate=16000",
                    "-c:a",
                    "aac",
                    "-b:a",
                    "32k",
                ]);
            }
            ffmpeg.args(["-t", "8", "-pix_fmt", "yuv420p"]).args(codec).arg(folder.join(name));
            assert!(ffmpeg.status().expect("ffmpeg is installed").success(), "{name} could not be made");
        };
        let h264 = ["-c:v", "libx264", "-preset", "veryfast", "-bf", "0", "-sc_threshold", "0"];
        let with = |more: &[&'static str]| [&h264[..], more].concat();
        encode("main.mp4", &picture("1280x720", 25), true, &with(&["-g", "50", "-b:v", "2M"]));
        encode("sub.mp4", &picture("640x360", 15), false, &with(&["-g", "30", "-b:v", "512k"]));
        let x265 = "keyint=50:min-keyint=50:bframes=0:scenecut=0:log-level=error";
        let h265 = ["-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1", "-x265-params", x265];
        encode("h265.mp4", &picture("1280x720", 25), true, &h265);
        encode(
            "mjpeg.mp4",
            &picture("640x360", 15),
            false,
            &["-c:v", "mjpeg", "-huffman", "default", "-pix_fmt", "yuvj420p", "-q:v", "8"],
        );
        std::fs::write(folder.join("complete"), "").expect("the target folder can be written");
        folder
    })
}

//! Foreign cameras to measure with, and the clips that they send. The one place that starts them.

use crate::Result;
use crate::process::{self, Background};
use crate::report::{say, step};
use crate::workspace::Workspace;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long they may take to start: each clip is read once.
const START_LIMIT: Duration = Duration::from_secs(30);

/// Running cameras that all send one stream; they end with this.
pub(crate) struct Cameras {
    server: Background,
    /// Where their streams are.
    pub(crate) urls: Vec<String>,
    /// The port that all of them are at.
    pub(crate) port: u16,
}

impl Cameras {
    /// Starts `count` cameras that send `stream` (`main` or `sub`), the clip of that name in `media`, at any free port.
    pub(crate) fn start(workspace: &Workspace, media: &Path, stream: &str, count: u32) -> Result<Self> {
        let cameras = Self::start_at(workspace, media, stream, count, 0)?;
        say(&format!("{count} from {} on", cameras.urls.first().ok_or("no cameras")?));
        Ok(cameras)
    }

    /// The same at this port.
    pub(crate) fn start_at(
        workspace: &Workspace,
        media: &Path,
        stream: &str,
        count: u32,
        port: u16,
    ) -> Result<Self> {
        // Debian's own Python: one of the user's making has no GStreamer.
        let mut python = workspace.command("/usr/bin/python3");
        python.arg("tests/support/gst_cameras.py").arg("--media").arg(media).arg("--connections");
        python.args(["--streams", stream, "--port", &port.to_string(), "--cams", &count.to_string()]);
        let server = Background::start(&mut python)?;
        let ready: Value = serde_json::from_str(&server.line(START_LIMIT)?)?;
        let port = ready["port"].as_u64().and_then(|port| u16::try_from(port).ok());
        let port = port.ok_or("the foreign cameras told no port")?;
        let urls: Vec<_> = (1..=count).map(|n| format!("rtsp://127.0.0.1:{port}/cam{n}/{stream}")).collect();
        Ok(Self { server, urls, port })
    }

    /// When connections were made that were not told yet, in seconds by the cameras' clock, in order.
    pub(crate) fn connections(&self) -> Result<Vec<f64>> {
        let mut times = Vec::new();
        while let Ok(line) = self.server.line(Duration::ZERO) {
            let told: Value = serde_json::from_str(&line)?;
            times.push(told["connected"].as_f64().ok_or("the foreign cameras told something else")?);
        }
        Ok(times)
    }
}

/// Encodes what the cameras send, once, and says where it is. `main`: 1080p25, H.264 High, 4 Mbit/s, a key picture
/// every 50, AAC. `sub`: 640x360@15, 512 kbit/s, a key picture every 30.
pub(crate) fn media(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.target("bench/media");
    clip(workspace, &folder, "main", ["1920x1080", "25", "50", "4M"], true)?;
    clip(workspace, &folder, "sub", ["640x360", "15", "30", "512k"], false)?;
    Ok(folder)
}

fn clip(
    workspace: &Workspace,
    folder: &Path,
    name: &str,
    [size, rate, gop, bits]: [&str; 4],
    sound: bool,
) -> Result {
    let done = folder.join(format!("{name}.mp4"));
    if done.is_file() {
        return Ok(());
    }
    step(&format!("What the cameras send as {name}"));
    fs::create_dir_all(folder)?;
    let unfinished = folder.join("unfinished.mp4");
    let mut ffmpeg = workspace.command("ffmpeg");
    // Noise, because a picture drawn by a program would never need so many bits.
    let picture = format!("testsrc2=size={size}:rate={rate},noise=alls=6:allf=t");
    ffmpeg.args(["-y", "-v", "error", "-f", "lavfi", "-i", &picture]);
    if sound {
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
    ffmpeg.args(["-t", "20", "-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high"]);
    ffmpeg.args(["-pix_fmt", "yuv420p", "-bf", "0", "-g", gop, "-keyint_min", gop, "-sc_threshold", "0"]);
    ffmpeg.args(["-b:v", bits, "-maxrate", bits, "-bufsize", bits]);
    process::run(ffmpeg.arg(&unfinished))?;
    fs::rename(unfinished, done)?;
    Ok(())
}

//! ffprobe and ffmpeg as outside judges of the files that are written.

use crate::process::command;
use serde_json::Value;
use std::path::Path;

/// What ffprobe says of a file.
#[derive(Debug)]
pub struct Probed {
    /// Its JSON.
    pub json: Value,
    /// What it complained about; empty for a sound file.
    pub complaints: String,
}

impl Probed {
    /// The duration in seconds.
    pub fn duration(&self) -> f64 {
        self.json["format"]["duration"].as_str().and_then(|text| text.parse().ok()).unwrap_or(0.0)
    }

    /// The codec of the first stream of a type, `video` or `audio`.
    pub fn codec(&self, kind: &str) -> Option<&str> {
        let streams = self.json["streams"].as_array()?;
        streams.iter().find(|stream| stream["codec_type"] == kind)?["codec_name"].as_str()
    }
}

/// Probes a file.
pub fn ffprobe(path: impl AsRef<Path>) -> Probed {
    let output = command("ffprobe")
        .args(["-v", "warning", "-of", "json", "-show_format", "-show_streams"])
        .arg(path.as_ref())
        .output()
        .expect("ffprobe is installed");
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "ffprobe cannot read {}: {complaints}", path.as_ref().display());
    Probed { json: serde_json::from_slice(&output.stdout).expect("ffprobe writes JSON"), complaints }
}

/// Decodes everything in a file; returns the decoder's complaints, empty for a sound file.
pub fn decode_all(path: impl AsRef<Path>) -> String {
    let output = command("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(path.as_ref())
        .args(["-f", "null", "-"])
        .output()
        .expect("ffmpeg is installed");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// MD5 of each packet of a stream, in file order: equal lists mean that the bytes were not changed.
pub fn packet_hashes(path: impl AsRef<Path>, stream: &str) -> Vec<String> {
    let output = command("ffprobe")
        .args(["-v", "error", "-show_data_hash", "md5", "-show_packets", "-select_streams", stream])
        .args(["-show_entries", "packet=data_hash", "-of", "csv=p=0"])
        .arg(path.as_ref())
        .output()
        .expect("ffprobe is installed");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| line.trim_end_matches(',').to_owned())
        .collect()
}

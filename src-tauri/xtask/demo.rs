//! The main job without a window, step by step through the command line: find, add, record, list, export, and a
//! foreign program's word on the result.

use crate::process::Background;
use crate::report::{say, step};
use crate::workspace::Workspace;
use crate::{Result, process};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long is recorded.
const RECORD: &str = "20s";

/// How many cameras are simulated.
const CAMERAS: usize = 4;

/// A range that holds all footage there is.
const ALWAYS: [&str; 4] = ["--from", "2000-01-01T00:00:00Z", "--to", "2100-01-01T00:00:00Z"];

pub(crate) fn run(workspace: &Workspace, data_dir: &Path) -> Result {
    let cli = Cli { workspace, data_dir };
    let (_simulated, told) = simulated_cameras(workspace)?;

    step("Scan of the network");
    let devices = cli.call(&["scan", "--timeout", "5s"])?;
    for device in &devices {
        let sure = device["confidence"].as_f64().unwrap_or(0.0) * 100.0;
        say(&format!(
            "{} at {}: {sure:.0} % sure  {}",
            text(device, "kind"),
            text(device, "host"),
            text(device, "onvif_url")
        ));
    }
    // Real cameras of this network are shown and left alone: nobody asked to record them.
    let ours: Vec<_> = told
        .iter()
        .filter(|camera| devices.iter().any(|device| device["onvif_url"] == camera["onvif_url"]))
        .collect();
    say(&format!("Found {} of the {} simulated cameras.", ours.len(), told.len()));
    if ours.len() < told.len() {
        return Err("the scan missed simulated cameras".into());
    }

    step("Cameras");
    // Those of an earlier demonstration in the same data directory stay as they are.
    let known = cli.call(&["camera", "list"])?;
    let mut cameras = Vec::new();
    for camera in ours {
        let known = known.iter().find(|known| known["onvif_url"] == camera["onvif_url"]).cloned();
        let camera = known.map_or_else(|| cli.add(camera), Ok)?;
        let streams = camera["streams"].as_array().into_iter().flatten();
        let streams: Vec<_> = streams
            .map(|s| format!("{} {} {}x{}", text(s, "role"), text(s, "codec"), s["width"], s["height"]))
            .collect();
        say(&format!("{}: {}", text(&camera, "name"), streams.join(", ")));
        cameras.push(camera);
    }

    step(&format!("Recording for {RECORD}"));
    let mut events = BTreeMap::new();
    for event in cli.call(&["run", "--for", RECORD])? {
        *events.entry(text(&event, "event").to_owned()).or_insert(0_u32) += 1;
    }
    for (event, count) in events {
        say(&format!("{count:>4} x {event}"));
    }

    step("Recordings");
    for camera in &cameras {
        let id = text(camera, "id");
        let files = cli.call(&[&["recordings", id], &ALWAYS[..]].concat())?;
        let coverage = cli.call(&[&["recordings", id, "--coverage"], &ALWAYS[..]].concat())?;
        let bytes: u64 = files.iter().filter_map(|file| file["bytes"].as_u64()).sum();
        let seconds =
            coverage.first().and_then(|coverage| coverage["seconds_recorded"].as_f64()).unwrap_or(0.0);
        say(&format!(
            "{}: {seconds:.1} s in {} files, {:.2} MB",
            text(camera, "name"),
            files.len(),
            bytes as f64 / 1e6
        ));
    }

    step("Export");
    let camera = cameras.first().ok_or("no camera was added")?;
    let export = cli.export(camera)?;
    let path = PathBuf::from(text(&export, "path"));
    let seconds = export["duration_ms"].as_f64().unwrap_or(0.0) / 1000.0;
    say(&format!("{seconds:.3} s, {} bytes, SHA-256 {}", export["bytes"], text(&export, "sha256")));
    probe(workspace, &path)?;
    step(&format!("Done. The footage of {} is in {}", text(camera, "name"), path.display()));
    Ok(())
}

/// Starts simulated cameras as a program of their own: the others reach them only through the network. Returns what
/// each says of itself.
fn simulated_cameras(workspace: &Workspace) -> Result<(Background, Vec<Value>)> {
    step("Simulated cameras");
    let mut simcam = workspace.command(workspace.program("release", "atalaya-cli"));
    let cameras = Background::start(simcam.args(["simcam", "--json", "--count"]).arg(CAMERAS.to_string()))?;
    let mut found = Vec::new();
    for _ in 0..CAMERAS {
        // The first one encodes its pictures before it answers.
        let camera: Value = serde_json::from_str(&cameras.line(Duration::from_mins(1))?)?;
        say(&format!("{}  {}", text(&camera, "name"), text(&camera, "onvif_url")));
        found.push(camera);
    }
    Ok((cameras, found))
}

/// Asks ffprobe, which we did not write, what the file is.
fn probe(workspace: &Workspace, path: &Path) -> Result {
    let Some(ffprobe) = process::find("ffprobe") else {
        say("ffprobe is not installed, so no foreign program has looked at the file.");
        return Ok(());
    };
    let mut command = workspace.command(ffprobe);
    command.args(["-v", "error", "-count_packets", "-of", "json"]);
    command.args(["-show_entries", "format=duration:stream=codec_name,width,height,nb_read_packets"]);
    let answer: Value = serde_json::from_str(&process::capture(command.arg(path))?)?;
    say(&format!("ffprobe: {} s", text(&answer["format"], "duration")));
    for stream in answer["streams"].as_array().into_iter().flatten() {
        let size = stream["width"]
            .as_u64()
            .map(|width| format!(" {width}x{}", stream["height"]))
            .unwrap_or_default();
        say(&format!(
            "ffprobe: {}{size}, {} packets",
            text(stream, "codec_name"),
            text(stream, "nb_read_packets")
        ));
    }
    Ok(())
}

/// `atalaya-cli` in the data directory of the demonstration.
struct Cli<'a> {
    workspace: &'a Workspace,
    data_dir: &'a Path,
}

impl Cli<'_> {
    /// Runs a verb and returns its lines of JSON.
    fn call(&self, args: &[&str]) -> Result<Vec<Value>> {
        say(&format!("$ atalaya-cli {}", args.join(" ")));
        let mut command = self.workspace.command(self.workspace.program("release", "atalaya-cli"));
        // The key goes into the data directory: a demonstration leaves nothing behind in the user's keyring.
        command
            .args(args)
            .arg("--json")
            .arg("--data-dir")
            .arg(self.data_dir)
            .env("ATALAYA_KEY_STORE", "file");
        let lines = process::capture(&mut command)?;
        lines.lines().map(|line| serde_json::from_str(line).map_err(Into::into)).collect()
    }

    /// Adds the camera whose simulator said this of itself.
    fn add(&self, told: &Value) -> Result<Value> {
        let (host, port) = host_and_port(text(told, "onvif_url")).ok_or("an ONVIF address without a port")?;
        let name = text(told, "name");
        let added =
            self.call(&["camera", "add", "--name", name, "--host", host, "--onvif-port", port, "--record"])?;
        added.into_iter().next().ok_or_else(|| "`camera add` printed nothing".into())
    }

    /// Exports all footage of the camera's last run.
    fn export(&self, camera: &Value) -> Result<Value> {
        let id = text(camera, "id");
        let files = self.call(&[&["recordings", id], &ALWAYS[..]].concat())?;
        // RFC 3339 in UTC with one number of digits sorts as text.
        let from = files.iter().map(|file| text(file, "start")).min().ok_or("nothing was recorded")?;
        let to = files.iter().map(|file| text(file, "end")).max().ok_or("nothing was recorded")?;
        let folder = self.workspace.target("atalaya-demo");
        fs::create_dir_all(&folder)?;
        let path = folder.join("footage.mp4");
        let path = path.to_str().ok_or("the build folder's path is not UTF-8")?;
        let lines =
            self.call(&["export", id, "--from", from, "--to", to, "--output", path, "--overwrite"])?;
        lines
            .into_iter()
            .rfind(|line| line["sha256"].is_string())
            .ok_or_else(|| "`export` printed no result".into())
    }
}

/// Takes `http://HOST:PORT/…` apart; HOST may be an IPv6 address in brackets.
fn host_and_port(url: &str) -> Option<(&str, &str)> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split('/').next()?;
    let (host, port) = authority.rsplit_once(':')?;
    Some((host.trim_start_matches('[').trim_end_matches(']'), port))
}

/// A field's text; empty where there is none.
pub(crate) fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object[field].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::host_and_port;

    #[test]
    fn addresses_are_taken_apart() {
        assert_eq!(
            host_and_port("http://127.0.0.1:18555/onvif/device_service"),
            Some(("127.0.0.1", "18555"))
        );
        assert_eq!(host_and_port("http://[::1]:80/x"), Some(("::1", "80")));
        assert_eq!(host_and_port("http://127.0.0.1/x"), None);
    }
}

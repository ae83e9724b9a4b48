//! Many sub-streams pulled and recorded on two cores: what it costs and what was lost (P15). What was lost is read
//! from the files, by a foreign program.

use super::cameras::Cameras;
use super::keep;
use super::record::SETTLE;
use super::stage::Stage;
use crate::Result;
use crate::folders;
use crate::machine;
use crate::process;
use crate::report::{say, step};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

/// The processors that the recorder may use.
const PROCESSORS: &str = "0,1";

/// Pictures that a camera sends in a second.
const RATE: f64 = 15.0;

/// How long the recorder goes on after the measurement, and how long it may take to close its files.
const MARGIN: Duration = Duration::from_secs(10);

pub(super) fn run(stage: &Stage<'_>, media: &Path, count: u32, secs: u64) -> Result {
    step("Foreign cameras");
    let cameras = Cameras::start(stage.workspace, media, "sub", count)?;
    let data_dir = stage.with_cameras("subs", &cameras.urls)?;
    step(&format!("{count} sub-streams on processors {PROCESSORS}, {secs} s"));
    let span = Duration::from_secs(secs);
    let length = format!("{}s", (SETTLE + span + MARGIN).as_secs());
    let recorder = Stage::record(stage.cli_on(PROCESSORS, &data_dir), count, &["--for", &length])?;
    thread::sleep(SETTLE);
    // Gaps from before the first pictures are no losses.
    recorder.drain();
    let usage = machine::measure(&[recorder.pid()], span)?;
    let mut gaps = 0;
    // Until it ends by itself.
    while let Ok(line) = recorder.line(MARGIN * 2) {
        let event: Value = serde_json::from_str(&line)?;
        gaps += u32::from(event["event"] == "gap.opened");
    }
    recorder.end(MARGIN)?;

    let files = folders::recorded(&data_dir.join("recordings"))?;
    let (mut pictures, mut missing) = (0.0, 0.0);
    for file in &files {
        let (found, seconds) = pictures_of(stage, file)?;
        pictures += found;
        // What comes before a missing picture is shown the longer.
        missing += ((seconds * RATE).round() - found).max(0.0);
    }
    fs::remove_dir_all(&data_dir)?;
    let cores = usage.core_seconds / usage.seconds;
    say(&format!(
        "{cores:.3} cores, {:.1} MB PSS; {pictures} pictures in {} files, {missing} missing, {gaps} gaps",
        usage.pss_bytes / 1e6,
        files.len(),
    ));
    let figures = json!({
        "streams": count, "processors": PROCESSORS, "seconds": secs, "used_cores": cores, "usage": usage,
        "pictures": pictures, "missing": missing, "gaps": gaps,
    });
    keep(stage.workspace, "subs", figures)
}

/// How many pictures are in a file, and how long they are shown.
fn pictures_of(stage: &Stage<'_>, file: &Path) -> Result<(f64, f64)> {
    let mut ffprobe = stage.workspace.command("ffprobe");
    ffprobe.args(["-v", "error", "-select_streams", "v", "-count_packets", "-of", "json"]);
    ffprobe.args(["-show_entries", "stream=nb_read_packets:format=duration"]).arg(file);
    let told: Value = serde_json::from_str(&process::capture(&mut ffprobe)?)?;
    let number = |value: &Value| value.as_str().and_then(|text| text.parse::<f64>().ok());
    number(&told["streams"][0]["nb_read_packets"])
        .zip(number(&told["format"]["duration"]))
        .ok_or_else(|| format!("ffprobe does not understand {}", file.display()).into())
}

//! B6: cameras over plain HTTP, simulated and foreign, are added, watched, recorded and exported; ffprobe agrees.

use serde_json::Value;
use std::path::Path;
use std::time::{Duration, Instant};
use support::{Cli, EVER, HttpCamera, Simcams, decode_all, ffprobe, packet_hashes};

/// What is expected of a camera's recording.
struct Expected {
    name: &'static str,
    width: u64,
    /// Pictures a second.
    fps: f64,
    snapshot_every_ms: Option<u64>,
}

fn add(cli: &Cli, expected: &Expected, url: &str, more: &[&str]) {
    let args = [&["camera", "add", "--name", expected.name, "--url", url, "--record"][..], more].concat();
    check_stream(expected, &cli.ok(&args)[0]);
}

fn check_stream(expected: &Expected, added: &Value) {
    let stream = &added["streams"][0];
    assert_eq!(
        (&stream["codec"], stream["width"].as_u64()),
        (&"mjpeg".into(), Some(expected.width)),
        "{added}"
    );
    assert_eq!(stream["snapshot_every_ms"].as_u64(), expected.snapshot_every_ms, "{added}");
    // Eight pictures of a stream are too few for more than its magnitude: a busy machine holds them up, and then they
    // come all at once.
    let tolerance = if expected.snapshot_every_ms.is_some() { 1.01 } else { 4.0 };
    let fps = stream["fps"].as_f64().expect("a rate");
    assert!((expected.fps / tolerance..=expected.fps * tolerance).contains(&fps), "{added}");
}

/// Exports all that was recorded of a camera, and holds it against what was recorded and what ffprobe reads.
fn check_export(cli: &Cli, folder: &Path, expected: &Expected, at_least_s: f64) {
    let name = expected.name;
    let segments = cli.ok(&[&["recordings", name][..], &EVER].concat());
    let (start, end) = (&segments[0]["start"], &segments[segments.len() - 1]["end"]);
    let range = ["--from", start.as_str().expect("a time"), "--to", end.as_str().expect("a time")];
    let file = folder.join(format!("{name}.mp4"));
    let text = file.to_str().expect("UTF-8");
    let exported = &cli.ok(&[&["export", name, "-o", text][..], &range].concat())[0];
    let seconds = exported["duration_ms"].as_f64().expect("a number") / 1000.0;
    let probed = ffprobe(&file);
    assert_eq!(probed.codec("video"), Some("mjpeg"), "{name}");
    assert!(
        seconds > at_least_s && (probed.duration() - seconds).abs() < 0.1,
        "{name}: {seconds} {probed:?}"
    );
    assert_eq!(decode_all(&file), "", "{name}");
    // Not one of those recorded is missing or changed; and they are no more than the rate gives for that time, and not
    // much fewer, as a camera on a busy machine leaves some out.
    let pictures = packet_hashes(&file, "v");
    let recorded: Vec<String> = segments
        .iter()
        .flat_map(|segment| {
            let path = segment["path"].as_str().expect("a path");
            packet_hashes(cli.data_dir().join("recordings").join(path), "v")
        })
        .collect();
    assert_eq!(pictures, recorded, "{name}");
    let rate = pictures.len() as f64 / seconds;
    let possible = expected.fps * 0.6 - 0.05..=expected.fps * 1.15 + 0.05;
    assert!(possible.contains(&rate), "{name}: {rate} a second");
    println!("{name}: {} pictures, {seconds} s, {rate:.2} a second", pictures.len());
}

#[test]
fn simulated_mjpeg_and_snapshots_are_watched_recorded_and_exported() {
    let simcams = Simcams::start_with_login(1, "ana", "correct horse");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path().join("data"));
    let url = |key: &str| simcams.cameras[0][key].as_str().expect("an address").to_owned();
    let mjpeg = Expected { name: "mjpeg", width: 640, fps: 10.0, snapshot_every_ms: None };
    let slow = Expected { name: "snapshot", width: 1280, fps: 0.5, snapshot_every_ms: Some(2000) };
    let login = ["--user", "ana", "--password-stdin"];
    for (expected, url, more) in
        [(&mjpeg, url("mjpeg_url"), &[][..]), (&slow, url("snapshot_url"), &["--snapshot-every", "2s"])]
    {
        let args = ["camera", "add", "--name", expected.name, "--url", &url, "--record"];
        let args = [&args[..], &login, more].concat();
        let added = &cli.ok_with_input(&args, "correct horse\n")[0];
        assert_eq!(added["streams"][0]["snapshot_every_ms"].as_u64(), expected.snapshot_every_ms, "{added}");
        let wrong = cli.run_with_input(&[&args[..3], &["other"], &args[4..]].concat(), "wrong\n");
        assert_eq!(wrong.lines()[0]["error"]["code"], "UNAUTHORIZED");
    }
    // The figures are true as soon as nothing has held the machine up for four seconds.
    let live = cli.start(&["live", "mjpeg"]);
    let last = live.wait_for(Duration::from_mins(1), |figures| {
        figures["frames"].as_u64() > Some(40)
            && (figures["fps"].as_f64().expect("a number") - 10.0).abs() < 1.5
            && figures["health"].as_u64() >= Some(90)
    });
    drop(live);
    assert_eq!(
        (&last["state"], &last["codec"], &last["time_source"]),
        (&"live".into(), &"mjpeg".into(), &"arrival".into())
    );
    assert!(last["latency_ms"].is_null() && last["bitrate_bps"].as_u64() > Some(100_000), "{last}");
    cli.record(&["mjpeg", "snapshot"], 12.0);
    check_export(&cli, folder.path(), &mjpeg, 11.0);
    check_export(&cli, folder.path(), &slow, 9.0);
    let gaps = cli.ok(&[&["recordings", "snapshot", "--gaps"][..], &EVER].concat());
    assert!(gaps.iter().all(|gap| gap["cause"] != "loss"), "{gaps:?}");
    let picture = folder.path().join("still.jpg");
    cli.ok(&["snapshot", "snapshot", "-o", picture.to_str().expect("UTF-8")]);
    assert_eq!(image::open(&picture).expect("a JPEG").width(), 1280);
    assert_eq!(cli.ok(&["fsck"])[0]["clean"], true);
}

#[test]
fn foreign_http_cameras_are_recorded_and_exported() {
    let plain = HttpCamera::start(&["--fps", "12", "--every", "2"], None);
    let sloppy = HttpCamera::start(&["--dialect", "sloppy", "--fps", "5"], None);
    let ffmpeg = HttpCamera::ffmpeg(10);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path().join("data"));
    let python = Expected { name: "python", width: 640, fps: 12.0, snapshot_every_ms: None };
    let loose = Expected { name: "sloppy", width: 640, fps: 5.0, snapshot_every_ms: None };
    // Asked twice as often as it has a new picture.
    let still = Expected { name: "still", width: 640, fps: 1.0, snapshot_every_ms: Some(1000) };
    add(&cli, &python, &plain.url("mjpeg"), &[]);
    add(&cli, &loose, &sloppy.url("mjpeg"), &["--http-kind", "mjpeg"]);
    add(&cli, &still, &plain.url("snapshot"), &["--http-kind", "snapshot"]);
    // It serves one client only, and the one that adds it is that.
    let listens = Expected { name: "ffmpeg", width: 320, fps: 10.0, snapshot_every_ms: None };
    let url = ffmpeg.url("mjpeg");
    // A look whether it listens yet would be its client too.
    let deadline = Instant::now() + Duration::from_mins(1);
    while cli.run(&["camera", "add", "--name", "ffmpeg", "--url", &url]).code != Some(0) {
        assert!(Instant::now() < deadline, "ffmpeg does not serve");
    }
    check_stream(&listens, &cli.ok(&["camera", "show", "ffmpeg"])[0]);
    cli.ok(&["camera", "remove", "ffmpeg"]);
    let wrong = ["camera", "add", "--url", &plain.url("snapshot"), "--http-kind", "mjpeg"];
    assert_eq!(cli.run(&wrong).lines()[0]["error"]["code"], "INVALID_INPUT");

    cli.record(&["python", "sloppy", "still"], 12.0);
    check_export(&cli, folder.path(), &python, 11.0);
    check_export(&cli, folder.path(), &loose, 11.0);
    check_export(&cli, folder.path(), &Expected { fps: 0.5, ..still }, 9.0);
    assert_eq!(cli.ok(&["fsck"])[0]["clean"], true);
}

/// S5: the password goes out in the clear only where the user said so for this camera.
#[test]
fn basic_is_a_choice_for_each_camera() {
    let camera = HttpCamera::start(&[], Some(("ana", "secret word")));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path());
    let url = camera.url("snapshot");
    let add = ["camera", "add", "--name", "old", "--url", &url, "--user", "ana", "--password-stdin"];
    let refused = cli.run_with_input(&add, "secret word\n");
    assert_eq!((refused.code, &refused.lines()[0]["error"]["code"]), (Some(4), &"REFUSED".into()));
    let added = cli.run_with_input(&[&add[..], &["--allow-basic"]].concat(), "secret word\n");
    assert_eq!((added.code, &added.lines()[0]["allow_basic"]), (Some(0), &true.into()));
    assert!(added.stderr.contains("in the clear"), "{}", added.stderr);
    cli.ok(&["camera", "edit", "old", "--allow-basic", "false"]);
    let test = cli.run(&["camera", "test", "old"]);
    assert_eq!(test.lines()[0]["error"]["code"], "REFUSED", "{}", test.stdout);
}

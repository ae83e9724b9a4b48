//! ONVIF end to end: a drive that moves the picture, a device's settings, and programs of others on either side.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};
use support::{Auth, Cli, ForeignCameras, ForeignDevice, Simcams, command, read_with_npm, read_with_zeep};

const USER: &str = "ana";
const PASSWORD: &str = "p@:/#%?&ñ 中\"'";

fn add(cli: &Cli, name: &str, port: u16, login: Option<(&str, &str)>) -> Value {
    let port = port.to_string();
    let mut args = vec!["camera", "add", "--name", name, "--host", "127.0.0.1", "--onvif-port", &port];
    let mut input = String::new();
    if let Some((user, password)) = login {
        args.extend(["--user", user, "--password-stdin"]);
        input = format!("{password}\n");
    }
    cli.ok_with_input(&args, &input).remove(0)
}

/// A snapshot of the camera as 64 by 36 grey pixels, read by ffmpeg.
fn look(cli: &Cli, camera: &str, folder: &Path) -> Vec<u8> {
    let file = folder.join("look.jpg");
    let path = file.to_str().expect("UTF-8");
    cli.ok(&["snapshot", camera, "-o", path, "--overwrite"]);
    let mut ffmpeg = command("ffmpeg");
    ffmpeg.args([
        "-v",
        "error",
        "-i",
        path,
        "-vf",
        "scale=64:36:flags=area,format=gray",
        "-f",
        "rawvideo",
        "-",
    ]);
    let grey = ffmpeg.output().expect("ffmpeg is installed").stdout;
    assert_eq!(grey.len(), 64 * 36);
    grey
}

/// Mean difference of two pictures, in steps of 256.
pub(crate) fn difference(one: &[u8], other: &[u8]) -> f64 {
    let sum: u32 = one.iter().zip(other).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
    f64::from(sum) / one.len() as f64
}

fn at_rest(cli: &Cli, camera: &str) -> Value {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let status = cli.ok(&["ptz", camera, "status"]).remove(0);
        if status["moving"] == false {
            return status["place"].clone();
        }
        assert!(Instant::now() < deadline, "{status}");
    }
}

fn near(place: &Value, axis: &str, wanted: f64) -> bool {
    (place[axis].as_f64().expect("a figure") - wanted).abs() < 0.03
}

#[test]
fn a_camera_is_moved_and_its_picture_with_it() {
    let simcams = Simcams::start_with_login(1, USER, PASSWORD);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path().join("data"));
    add(&cli, "dome", simcams.onvif_port(0), Some((USER, PASSWORD)));
    let names = |presets: Vec<Value>| -> Vec<String> {
        presets.iter().map(|preset| preset["name"].as_str().expect("a name").to_owned()).collect()
    };
    assert_eq!(names(cli.ok(&["ptz", "dome", "list-presets"])), ["entrance", "overview", "far corner"]);

    cli.ok(&["ptz", "dome", "goto-preset", "overview"]);
    at_rest(&cli, "dome");
    let wide = look(&cli, "dome", folder.path());
    let wide_again = look(&cli, "dome", folder.path());
    cli.ok(&["ptz", "dome", "move", "--to", "--pan", "0.7", "--tilt", "0.2", "--zoom", "0.6"]);
    let place = at_rest(&cli, "dome");
    assert!(near(&place, "pan", 0.7) && near(&place, "zoom", 0.6), "{place}");
    let corner = look(&cli, "dome", folder.path());
    let (still, moved) = (difference(&wide, &wide_again), difference(&wide, &corner));
    println!("mean difference of the picture: {still:.2} at rest, {moved:.2} after the move");
    // What moves in the scene moves at rest too.
    assert!(moved > 2.0 * still && moved > 5.0, "{still} {moved}");

    let set = &cli.ok(&["ptz", "dome", "set-preset", "gate"])[0];
    assert_eq!((&set["name"], &set["picture"]), (&json!("gate"), &json!(true)), "{set}");
    cli.ok(&["ptz", "dome", "home"]);
    assert!(near(&at_rest(&cli, "dome"), "pan", 0.0));
    cli.ok(&["ptz", "dome", "goto-preset", "gate"]);
    assert!(near(&at_rest(&cli, "dome"), "pan", 0.7));
    let back = look(&cli, "dome", folder.path());
    // The scene goes on meanwhile: nearer to what the preset showed than to what the overview does.
    let (same, other) = (difference(&corner, &back), difference(&wide, &back));
    assert!(same < 0.8 * other, "the preset shows what it showed: {same:.2} against {other:.2}");

    // Half a second at half speed of half the range a second.
    cli.ok(&["ptz", "dome", "move", "--pan", "-0.5", "--for", "500ms"]);
    let place = at_rest(&cli, "dome");
    let pan = place["pan"].as_f64().expect("a figure");
    assert!((0.4..0.66).contains(&pan), "{place}");
    cli.ok(&["ptz", "dome", "stop"]);
    cli.ok(&["ptz", "dome", "remove-preset", "gate"]);
    assert_eq!(cli.ok(&["ptz", "dome", "list-presets"]).len(), 3);

    let refused = |args: &[&str], code: i32| {
        let finished = cli.run(args);
        assert_eq!(finished.code, Some(code), "{args:?}: {}", finished.stdout);
    };
    refused(&["ptz", "dome", "goto-preset", "gate"], 3);
    refused(&["ptz", "dome", "move", "--pan", "2"], 2);
    refused(&["ptz", "dome", "move"], 2);
    refused(&["ptz", "nobody", "stop"], 3);
}

#[test]
fn a_device_is_read_set_and_started_anew() {
    let cli_dir = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(cli_dir.path());
    let faults = ["--fault", "clock-offset=-7200"];
    let simcams = Simcams::start_with(&cli, 1, &faults, Some((USER, PASSWORD)));
    add(&cli, "dome", simcams.onvif_port(0), Some((USER, PASSWORD)));
    let show = || cli.ok(&["device", "show", "dome"]).remove(0);
    let device = show();
    assert_eq!(device["warnings"], json!(["clock_wrong"]), "{device}");
    assert_eq!(device["quirks"], json!(["clock_far_off"]));
    assert_eq!(
        (&device["media_version"], &device["services"]),
        (&json!(2), &json!(["ptz", "imaging", "events"]))
    );
    assert_eq!(device["users"], json!([{ "name": USER, "level": "Administrator" }]));

    let set = &cli.ok(&["device", "set-time", "dome"])[0];
    // Told in whole seconds, and later by what a busy machine takes; it was two hours off.
    assert!(set["clock_offset_ms"].as_i64().expect("a figure").abs() < 20_000, "{set}");
    let set = &cli.ok(&["device", "set-encoder", "dome", "main", "--gop", "200", "--fps", "20"])[0];
    assert_eq!((&set["gop"], &set["fps"]), (&json!(200), &json!(20.0)));
    // A clock is read as right when the answer did not take seconds.
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let device = show();
        if (&device["warnings"], &device["quirks"]) == (&json!(["gop_long"]), &json!([])) {
            break;
        }
        assert!(Instant::now() < deadline, "{device}");
    }
    let refused = cli.run(&["device", "set-encoder", "dome", "main", "--gop", "100000"]);
    assert_eq!(
        (refused.code, &refused.lines()[0]["error"]["params"]["offered"]),
        (Some(2), &json!("1 to 300"))
    );
    let tested = cli.ok(&["camera", "test", "dome"]);
    // Of a stream that declares no rate eight pictures are measured, and a busy machine draws fewer.
    let fps = tested[0]["stream"]["fps"].as_f64().expect("a rate");
    assert!((4.0..26.0).contains(&fps), "{tested:?}");

    let imaging = &cli.ok(&["device", "imaging", "dome", "--ir-cut", "off", "--brightness", "70"])[0];
    assert_eq!((&imaging["ir_cut"], &imaging["brightness"]["value"]), (&json!("off"), &json!(70.0)));
    assert_eq!(cli.run(&["device", "imaging", "dome", "--contrast", "1"]).code, Some(1));

    cli.ok(&["device", "reboot", "dome"]);
    assert_eq!(cli.run(&["device", "show", "dome"]).code, Some(1));
    let deadline = Instant::now() + Duration::from_mins(1);
    while cli.run(&["device", "show", "dome"]).code != Some(0) {
        assert!(Instant::now() < deadline, "it comes back");
    }
}

#[test]
fn a_focus_is_moved_from_the_command_line() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path());
    let simcams = Simcams::start_with_login(1, USER, PASSWORD);
    add(&cli, "dome", simcams.onvif_port(0), Some((USER, PASSWORD)));
    let imaging = || cli.ok(&["device", "imaging", "dome"]).remove(0);
    let auto = imaging();
    assert_eq!((&auto["focus"], &auto["auto_focus"]), (&json!(true), &json!(true)), "{auto}");
    assert_eq!(auto["focus_ways"], json!(["continuous", "relative", "absolute"]));
    let focus = |args: &[&str]| cli.ok(&[&["ptz", "dome", "focus"][..], args].concat()).remove(0);
    let place = || {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let status = focus(&["status"]);
            if status["moving"] == false {
                break status["place"].as_f64().expect("a place");
            }
            assert!(Instant::now() < deadline, "it comes to rest");
        }
    };
    focus(&["to", "0.5"]);
    assert!((place() - 0.5).abs() < 0.02);
    assert_eq!(imaging()["auto_focus"], false);
    focus(&["near", "--by", "0.2"]);
    assert!((place() - 0.3).abs() < 0.02);
    let moved = focus(&["far", "--speed", "1", "--for", "1s"]);
    assert_eq!(moved["done"], "focus-far");
    // A quarter of the range a second; the stop comes when it comes.
    assert!(place() > 0.45, "{}", place());
    focus(&["stop"]);
    focus(&["auto"]);
    assert!((place() - 0.6).abs() < 0.02);
    assert_eq!(cli.run(&["ptz", "dome", "focus", "to", "1.5"]).code, Some(2));

    let fixed = Simcams::start_with(&cli, 1, &["--fault", "no-focus"], None);
    add(&cli, "fixed", fixed.onvif_port(0), None);
    let imaging = &cli.ok(&["device", "imaging", "fixed"])[0];
    assert_eq!((&imaging["focus"], &imaging["focus_ways"]), (&json!(false), &json!([])), "{imaging}");
    assert_eq!(cli.run(&["ptz", "fixed", "focus", "near"]).code, Some(1));
}

#[test]
fn what_a_camera_notices_is_told_while_it_records() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path());
    let faults = ["tamper=8:3", "input=6:2", "event-reference", "event-life=5"];
    let faults: Vec<&str> = faults.iter().flat_map(|fault| ["--fault", fault]).collect();
    let simcams = Simcams::start_with(&cli, 1, &faults, Some((USER, PASSWORD)));
    add(&cli, "dome", simcams.onvif_port(0), Some((USER, PASSWORD)));
    cli.ok(&["record", "set", "dome", "--mode", "continuous"]);
    let engine = cli.start(&["run"]);
    let mut missing: BTreeSet<(&str, bool)> = ["motion", "tamper", "input"]
        .into_iter()
        .flat_map(|notice| [(notice, true), (notice, false)])
        .collect();
    engine.wait_for(Duration::from_secs(90), |event| {
        if event["event"] == "camera.noticed" {
            missing.retain(|(notice, active)| event["notice"] != *notice || event["active"] != *active);
        }
        missing.is_empty()
    });
    assert_eq!(engine.terminate().0, Some(0));
}

#[test]
fn a_device_of_others_is_added_and_moved() {
    for login in [None, Some((USER, "right"))] {
        let auth = login.map_or(Auth::None, |(user, password)| Auth::Digest(user, password));
        let streams = ForeignCameras::start(1, auth);
        let device = ForeignDevice::start(streams.port(), login);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let cli = Cli::new(folder.path());
        let added = add(&cli, "ipycam", device.port(), login);
        assert_eq!(added["streams"].as_array().map(Vec::len), Some(2), "{added}");
        assert_eq!(added["streams"][0]["codec"], "h264", "{added}");
        let shown = &cli.ok(&["device", "show", "ipycam"])[0];
        assert_eq!((&shown["vendor"], &shown["media_version"]), (&json!("PythonCam"), &json!(1)), "{shown}");
        // It wants its login even for the time, against the specification; ours is made for our clock then.
        let behind = json!(if login.is_some() { vec!["clock_behind_login"] } else { vec![] });
        assert_eq!(shown["quirks"], behind, "{shown}");
        cli.ok(&["ptz", "ipycam", "move", "--to", "--pan", "0.5", "--tilt", "0.25", "--zoom", "0.5"]);
        let place = at_rest(&cli, "ipycam");
        assert!(near(&place, "pan", 0.5) && near(&place, "tilt", 0.25), "{place}");
        cli.ok(&["ptz", "ipycam", "set-preset", "gate"]);
        cli.ok(&["ptz", "ipycam", "move", "--pan", "-1", "--for", "300ms"]);
        cli.ok(&["ptz", "ipycam", "goto-preset", "gate"]);
        if let Some((user, _)) = login {
            let port = device.port().to_string();
            let wrong = [
                "camera",
                "add",
                "--name",
                "wrong",
                "--host",
                "127.0.0.1",
                "--onvif-port",
                &port,
                "--user",
                user,
                "--password-stdin",
            ];
            let finished = cli.run_with_input(&wrong, "wrong\n");
            assert_eq!(finished.lines()[0]["error"]["code"], "UNAUTHORIZED", "{}", finished.stdout);
        }
    }
}

#[test]
fn clients_of_others_read_our_simulated_camera() {
    let simcams = Simcams::start_with_login(1, USER, "right");
    let camera = &simcams.cameras[0];
    let port = simcams.onvif_port(0);
    let zeep = read_with_zeep(port, USER, "right");
    assert_eq!(
        (&zeep["manufacturer"], &zeep["profiles"]),
        (&json!("Atalaya"), &json!(["main", "sub"])),
        "{zeep}"
    );
    assert_eq!((&zeep["uri"], &zeep["gop"]), (&camera["rtsp_urls"][0], &json!(50)), "{zeep}");
    assert_eq!((&zeep["presets"], &zeep["brightness"]), (&json!(3), &json!(50.0)), "{zeep}");
    assert!(zeep["subscription"].as_str().is_some_and(|url| url.contains("/onvif/subscription/")), "{zeep}");
    let npm = read_with_npm(port, USER, "right");
    assert_eq!(
        (&npm["manufacturer"], &npm["profiles"]),
        (&json!("Atalaya"), &json!(["main", "sub"])),
        "{npm}"
    );
    assert_eq!((&npm["uri"], &npm["presets"]), (&camera["rtsp_urls"][0], &json!(3)), "{npm}");
    assert_eq!((&npm["serial"], &npm["brightness"]), (&zeep["serial"], &json!(50)), "{npm}");
}

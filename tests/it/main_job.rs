//! The main job on the command line: find, add, record, list, export, snapshot, with simulated cameras.

use std::time::{Duration, Instant};
use support::{Cli, EVER, Simcams, decode_all, ffprobe};

#[test]
fn find_add_record_export() {
    let simcams = Simcams::start(2);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path().join("data"));
    for camera in 0..2 {
        let port = simcams.onvif_port(camera).to_string();
        let added = cli.ok(&["camera", "add", "--host", "127.0.0.1", "--onvif-port", &port, "--record"]);
        let streams = added[0]["streams"].as_array().expect("streams");
        assert_eq!((&streams[0]["role"], &streams[0]["codec"]), (&"main".into(), &"h264".into()));
        assert_eq!((&streams[1]["role"], streams[1]["width"].as_u64()), (&"sub".into(), Some(640)));
        assert_eq!(added[0]["simulated"], true);
    }
    let cameras = cli.ok(&["camera", "list"]);
    assert_eq!(cameras.len(), 2);
    let id = cameras[0]["id"].as_str().expect("an id").to_owned();

    let ids: Vec<_> = cameras.iter().map(|camera| camera["id"].as_str().expect("an id")).collect();
    let events = cli.record(&ids, 10.0);
    let closed = events.iter().filter(|event| event["event"] == "recording.segment_closed").count();
    assert!(closed >= 2, "{events:?}");

    let segments = cli.ok(&[&["recordings", &id][..], &EVER].concat());
    let (start, end) = (&segments[0]["start"], &segments[segments.len() - 1]["end"]);
    let (start, end) = (start.as_str().expect("a time"), end.as_str().expect("a time"));
    for segment in &segments {
        let path = cli.data_dir().join("recordings").join(segment["path"].as_str().expect("a path"));
        let probed = ffprobe(&path);
        assert_eq!(probed.codec("video"), Some("h264"));
        assert_eq!(decode_all(&path), "");
    }
    let coverage = &cli.ok(&[&["recordings", &id, "--coverage"][..], &EVER].concat())[0];
    assert!(coverage["seconds_recorded"].as_f64() > Some(9.0), "{coverage}");

    let file = folder.path().join("gate.mp4");
    let file_text = file.to_str().expect("a UTF-8 path");
    let export = &cli.ok(&["export", &id, "--from", start, "--to", end, "-o", file_text])[0];
    let seconds = export["duration_ms"].as_f64().expect("a number") / 1000.0;
    let probed = ffprobe(&file);
    assert!((probed.duration() - seconds).abs() < 0.1, "{} against {seconds}", probed.duration());
    assert_eq!((probed.codec("video"), decode_all(&file).as_str()), (Some("h264"), ""));
    // A second export does not replace the first unasked.
    let again = cli.run(&["export", &id, "--from", start, "--to", end, "-o", file_text]);
    assert_eq!((again.code, &again.lines()[0]["error"]["code"]), (Some(1), &"CONFLICT".into()));

    let picture = folder.path().join("gate.jpg");
    let snapshot = &cli.ok(&["snapshot", &id, "-o", picture.to_str().expect("UTF-8")])[0];
    assert_eq!(snapshot["source"], "stream");
    let image = image::open(&picture).expect("a JPEG");
    assert_eq!(u64::from(image.width()), snapshot["width"].as_u64().expect("a width"));

    let fsck = &cli.ok(&["fsck"])[0];
    assert_eq!(fsck["clean"], true, "{fsck}");
}

#[test]
fn live_prints_true_figures() {
    let simcams = Simcams::start(1);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path());
    cli.ok(&["camera", "add", "--name", "Gate", "--url", &simcams.rtsp_url(0, 1)]);
    let live = cli.start(&["live", "Gate"]);
    // They are true as soon as nothing has held the machine up for four seconds.
    let last = live.wait_for(Duration::from_mins(1), |figures| {
        figures["frames"].as_u64() > Some(75)
            && (figures["fps"].as_f64().expect("a number") - 15.0).abs() < 2.0
            && figures["health"].as_u64() >= Some(90)
            // Simulated cameras send sender reports.
            && figures["latency_ms"].as_i64().is_some_and(|latency| (-5..500).contains(&latency))
    });
    assert_eq!((&last["state"], &last["codec"]), (&"live".into(), &"h264".into()));
}

#[test]
fn errors_have_codes_and_exit_codes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path());
    let cases: [(&[&str], i32, &str); 6] = [
        (&["camera", "show", "nobody"], 3, "NOT_FOUND"),
        (&["camera", "add", "--url", "file:///etc/passwd"], 2, "INVALID_INPUT"),
        (&["camera", "add", "--url", "rtsp://127.0.0.1:1/x"], 1, "UNREACHABLE"),
        (&["camera", "add", "--host", "127.0.0.1/../x"], 2, "INVALID_INPUT"),
        (&["recordings", "x", "--from", "yesterday", "--to", "today"], 2, "INVALID_INPUT"),
        (&["simcam", "--fault", "bite=1"], 2, "INVALID_INPUT"),
    ];
    for (args, exit, code) in cases {
        let finished = cli.run(args);
        assert_eq!(
            (finished.code, &finished.lines()[0]["error"]["code"]),
            (Some(exit), &code.into()),
            "{args:?}"
        );
    }
    assert_eq!(cli.run(&["fly"]).code, Some(2));
}

#[test]
fn one_engine_at_a_time() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path());
    cli.ok(&["camera", "list"]);
    let engine = cli.start(&["run"]);
    // A second engine that starts before the first has the folder would be the first.
    let pid = engine.pid().to_string();
    let holder = folder.path().join("atalaya.lock.pid");
    let deadline = Instant::now() + Duration::from_mins(1);
    while std::fs::read_to_string(&holder).ok().as_deref() != Some(&pid) {
        assert!(Instant::now() < deadline, "the engine never took the folder");
        std::thread::sleep(Duration::from_millis(20));
    }
    let refused = cli.run(&["run", "--for", "100ms"]);
    let error = &refused.lines()[0]["error"];
    assert_eq!((&error["code"], &error["params"]["pid"]), (&"CONFLICT".into(), &pid.into()));
    // Reading works beside a running engine.
    cli.ok(&["camera", "list"]);
    assert_eq!(engine.terminate().0, Some(0));
}

//! Foreign cameras (GStreamer's RTSP server): every codec, both transports, right and wrong logins, end to end.

use std::time::{Duration, Instant};
use support::{Auth, Cli, EVER, ForeignCameras, decode_all, ffprobe, packet_hashes, sample_media};

#[test]
fn every_codec_and_transport_is_recorded_and_exported() {
    let foreign = ForeignCameras::start(1, Auth::None);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path().join("data"));
    let streams = [
        ("h264-tcp", "main", "tcp", "h264", Some("aac"), (1280, 25.0)),
        ("h264-udp", "main", "udp", "h264", Some("aac"), (1280, 25.0)),
        ("h265-tcp", "h265", "tcp", "h265", Some("aac"), (1280, 25.0)),
        ("mjpeg-tcp", "mjpeg", "tcp", "mjpeg", None, (640, 15.0)),
    ];
    for (name, mount, transport, codec, audio, (width, fps)) in streams {
        let url = foreign.url(1, mount);
        let added =
            &cli.ok(&["camera", "add", "--name", name, "--url", &url, "--transport", transport, "--record"])
                [0];
        let stream = &added["streams"][0];
        assert_eq!((&stream["codec"], stream["width"].as_u64()), (&codec.into(), Some(width)), "{added}");
        assert_eq!(stream["audio"].as_str(), audio, "{added}");
        assert!((stream["fps"].as_f64().expect("a rate") - fps).abs() < 2.0, "{added}");
    }
    cli.record(&streams.map(|(name, ..)| name), 8.0);
    for (name, _, transport, codec, audio, (_, fps)) in streams {
        let segments = cli.ok(&[&["recordings", name][..], &EVER].concat());
        let (start, end) = (&segments[0]["start"], &segments[segments.len() - 1]["end"]);
        let file = folder.path().join(format!("{name}.mp4"));
        let range = ["--from", start.as_str().expect("a time"), "--to", end.as_str().expect("a time")];
        let exported = cli.ok(&[&["export", name, "-o", file.to_str().expect("UTF-8")][..], &range].concat());
        let probed = ffprobe(&file);
        let foreign_name = if codec == "h265" { "hevc" } else { codec };
        assert_eq!((probed.codec("video"), probed.codec("audio")), (Some(foreign_name), audio), "{name}");
        let seconds = exported[0]["duration_ms"].as_f64().expect("a number") / 1000.0;
        assert!(seconds > 7.0 && (probed.duration() - seconds).abs() < 0.1, "{name}: {seconds} {probed:?}");
        let complaints = decode_all(&file);
        // Datagrams that a machine standing still has no room for are lost, and their pictures with them.
        let lost = transport == "udp" && (packet_hashes(&file, "v").len() as f64) < (seconds * fps).round();
        assert!(complaints.is_empty() || lost, "{name}: {complaints}");
    }
    let fsck = &cli.ok(&["fsck"])[0];
    assert_eq!(fsck["clean"], true, "{fsck}");
}

#[test]
fn the_pictures_recorded_are_the_camera_s_own_bytes() {
    let foreign = ForeignCameras::start(1, Auth::None);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path().join("data"));
    cli.ok(&["camera", "add", "--name", "gst", "--url", &foreign.url(1, "sub"), "--record"]);
    cli.record(&["gst"], 6.0);
    let original = packet_hashes(sample_media().join("sub.mp4"), "v");
    let segments = cli.ok(&[&["recordings", "gst"][..], &EVER].concat());
    let path = cli.data_dir().join("recordings").join(segments[0]["path"].as_str().expect("a path"));
    let recorded = packet_hashes(&path, "v");
    assert!(recorded.len() > 60, "{} pictures", recorded.len());
    // The foreign server puts parameter sets before key pictures; every other picture must be the same to the bit.
    let same = recorded.iter().filter(|hash| original.contains(hash)).count();
    assert!(same * 100 >= recorded.len() * 90, "{same} of {} pictures are the camera's", recorded.len());
}

#[test]
fn logins() {
    let digest = ForeignCameras::start(1, Auth::Digest("admin", "right"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path());
    let url = digest.url(1, "sub");
    let add = |name: &str, url: &str, password: &str| {
        let args = ["camera", "add", "--name", name, "--url", url, "--user", "admin", "--password-stdin"];
        let finished = cli.run_with_input(&args, &format!("{password}\n"));
        let code = finished.lines()[0]["error"]["code"].as_str().map(str::to_owned);
        (finished.code, code)
    };
    assert_eq!(add("right", &url, "right"), (Some(0), None));
    assert_eq!(add("wrong", &url, "wrong"), (Some(1), Some("UNAUTHORIZED".to_owned())));
    let nobody = cli.run(&["camera", "add", "--name", "nobody", "--url", &url]);
    assert_eq!(nobody.lines()[0]["error"]["code"], "UNAUTHORIZED");
    // S5: a camera that takes the password only in the clear does not get it.
    let basic = ForeignCameras::start(1, Auth::Basic("admin", "right"));
    assert_eq!(add("basic", &basic.url(1, "sub"), "right"), (Some(4), Some("REFUSED".to_owned())));
}

#[test]
fn a_camera_that_goes_and_comes_back_is_recorded_again() {
    let foreign = ForeignCameras::start(1, Auth::None);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path());
    cli.ok(&["camera", "add", "--name", "gst", "--url", &foreign.url(1, "sub"), "--record"]);
    let engine = cli.start(&["run"]);
    let state = |wanted: &'static str| move |event: &serde_json::Value| event["state"] == wanted;
    let patience = Duration::from_mins(1);
    engine.wait_for(patience, state("live"));
    let deadline = Instant::now() + patience;
    while cli.ok(&[&["recordings", "gst"][..], &EVER].concat()).is_empty() {
        assert!(Instant::now() < deadline, "nothing is recorded");
        std::thread::sleep(Duration::from_millis(100));
    }
    let offline = || {
        let gaps = cli.ok(&[&["recordings", "gst", "--gaps"][..], &EVER].concat());
        gaps.iter().filter(|gap| gap["cause"] == "offline").count()
    };
    // None, unless the machine was so slow that the first fragment was missed.
    let before = offline();
    let back = foreign.restart();
    engine.wait_for(patience, state("backoff"));
    engine.wait_for(patience, state("live"));
    engine.wait_for(patience, |event| event["event"] == "gap.closed");
    assert_eq!(engine.terminate().0, Some(0));
    drop(back);
    assert_eq!(offline(), before + 1);
}

//! Cameras over TLS: refused until their certificate is accepted, recorded with it, refused when it changes. Foreign ones
//! (GStreamer's RTSP server, Python's http.server) with certificates that openssl made and judges, and simulated ones.

use serde_json::Value;
use support::{
    Auth, Certificate, Cli, EVER, Finished, ForeignCameras, HttpCamera, Simcams, decode_all, ffprobe,
};

/// The error of a command that failed, with exit code 4: refused.
fn refusal(finished: &Finished) -> Value {
    assert_eq!(finished.code, Some(4), "{} {}", finished.stdout, finished.stderr);
    finished.lines()[0]["error"].clone()
}

/// The error of the first stream that a test of the camera found.
fn test_error(cli: &Cli, camera: &str) -> Value {
    cli.run(&["camera", "test", camera]).lines()[0]["error"].clone()
}

/// Everything recorded of the camera plays, with this codec, for at least so many seconds.
fn check_recorded(cli: &Cli, camera: &str, codec: &str, least_s: f64) {
    let segments = cli.ok(&[&["recordings", camera][..], &EVER].concat());
    let (start, end) = (&segments[0]["start"], &segments[segments.len() - 1]["end"]);
    let file = cli.data_dir().join(format!("{camera}.mp4"));
    let path = file.to_str().expect("UTF-8");
    let range = ["--from", start.as_str().expect("a time"), "--to", end.as_str().expect("a time")];
    cli.ok(&[&["export", camera, "-o", path][..], &range].concat());
    let probed = ffprobe(&file);
    assert_eq!(probed.codec("video"), Some(codec), "{camera}");
    assert!(probed.duration() > least_s, "{camera}: {probed:?}");
    assert_eq!(decode_all(&file), "", "{camera}");
}

#[test]
fn foreign_cameras_are_believed_by_their_fingerprint() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path().join("data"));
    let [first, second] = ["first", "second"].map(|name| Certificate::make(folder.path(), name));
    let login = ("ana", "secret word");
    let rtsp = ForeignCameras::start_tls(&first, 0, Auth::Digest(login.0, login.1));
    let http = HttpCamera::start_tls(&first, 0, &["--fps", "10"], Some(login));
    let cameras = [("rtsps", rtsp.url(1, "main"), "h264"), ("https", http.url("mjpeg"), "mjpeg")];
    for (name, url, codec) in &cameras {
        let add =
            ["camera", "add", "--name", name, "--url", url, "--user", "ana", "--password-stdin", "--record"];
        let error = refusal(&cli.run_with_input(&add, "secret word\n"));
        assert_eq!(error["code"], "UNTRUSTED_CERTIFICATE", "{error}");
        assert_eq!(error["params"]["fingerprint"], first.fingerprint(), "as openssl says");
        assert_eq!(error["params"]["subject"], "O=Foreign, CN=first");
        let wrong = [&add[..], &["--tls-fingerprint", second.fingerprint()]].concat();
        let error = refusal(&cli.run_with_input(&wrong, "secret word\n"));
        assert_eq!(error["code"], "CERTIFICATE_CHANGED", "{error}");
        // Python's server knows Basic only, which may be sent to who is proven.
        let right = [&add[..], &["--tls-fingerprint", first.fingerprint()]].concat();
        let added = cli.ok_with_input(&right, "secret word\n").remove(0);
        assert_eq!(added["tls_fingerprint"], first.fingerprint(), "{added}");
        assert_eq!(added["streams"][0]["codec"], *codec, "{added}");
    }
    cli.ok(&["run", "--for", "8s"]);
    check_recorded(&cli, "rtsps", "h264", 5.0);
    check_recorded(&cli, "https", "mjpeg", 5.0);

    // Other certificates at the same addresses.
    let (rtsp_port, http_port) = (rtsp.port(), http.port());
    drop((rtsp, http));
    let _rtsp = ForeignCameras::start_tls(&second, rtsp_port, Auth::Digest(login.0, login.1));
    let _http = HttpCamera::start_tls(&second, http_port, &["--fps", "10"], Some(login));
    for (name, ..) in cameras {
        let error = test_error(&cli, name);
        assert_eq!(error["code"], "CERTIFICATE_CHANGED", "{error}");
        assert_eq!(error["params"]["accepted"], first.fingerprint());
        assert_eq!(error["params"]["fingerprint"], second.fingerprint());
        let bare = second.fingerprint().replace(':', "").to_lowercase();
        let edited = cli.ok(&["camera", "edit", name, "--tls-fingerprint", &bare]).remove(0);
        assert_eq!(edited["tls_fingerprint"], second.fingerprint(), "{edited}");
        assert_eq!(cli.ok(&["camera", "test", name])[0]["ok"], true);
    }
    cli.ok(&["camera", "edit", "rtsps", "--tls-fingerprint", "none"]);
    assert_eq!(test_error(&cli, "rtsps")["code"], "UNTRUSTED_CERTIFICATE");
    let nonsense = cli.run(&["camera", "edit", "rtsps", "--tls-fingerprint", "AA:BB"]);
    assert_eq!(nonsense.code, Some(2), "{}", nonsense.stdout);
}

#[test]
fn a_simulated_camera_over_tls_is_added_by_onvif_and_moves_along() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path().join("data"));
    let faults = ["--fault", "tls", "--fault", "rtsps"];
    let simcams = Simcams::start_with(&cli, 1, &faults, Some(("ana", "secret word")));
    let port = simcams.onvif_port(0).to_string();
    let add = ["camera", "add", "--name", "Gate", "--host", "127.0.0.1", "--onvif-port", &port];
    let add = [&add[..], &["--user", "ana", "--password-stdin", "--record"]].concat();
    let error = refusal(&cli.run_with_input(&add, "secret word\n"));
    assert_eq!(error["code"], "UNTRUSTED_CERTIFICATE", "{error}");
    let fingerprint = error["params"]["fingerprint"].as_str().expect("a fingerprint");
    let add = [&add[..], &["--tls-fingerprint", fingerprint]].concat();
    let added = cli.ok_with_input(&add, "secret word\n").remove(0);
    let begins = |value: &Value, scheme: &str| value.as_str().expect("an address").starts_with(scheme);
    assert!(begins(&added["onvif_url"], "https://"), "{added}");
    assert_eq!(added["streams"].as_array().map(Vec::len), Some(2), "{added}");
    assert!(begins(&added["streams"][0]["url"], "rtsps://"), "{added}");
    cli.ok(&["device", "show", "Gate"]);
    cli.ok(&["run", "--for", "6s"]);
    check_recorded(&cli, "Gate", "h264", 3.0);
    cli.ok(&["camera", "edit", "Gate", "--transport", "udp"]);
    assert_eq!(test_error(&cli, "Gate")["code"], "UNSUPPORTED");
    cli.ok(&["camera", "edit", "Gate", "--transport", "tcp"]);

    // What is believed goes along with the configuration.
    let file = folder.path().join("cameras.json");
    let secrets = [file.to_str().expect("UTF-8"), "--with-secrets", "--passphrase-stdin"];
    cli.ok_with_input(&[&["camera", "export"][..], &secrets].concat(), "a long passphrase\n");
    let elsewhere = Cli::new(folder.path().join("elsewhere"));
    elsewhere.ok_with_input(&[&["camera", "import"][..], &secrets].concat(), "a long passphrase\n");
    assert_eq!(elsewhere.ok(&["camera", "show", "Gate"])[0]["tls_fingerprint"], fingerprint);
    assert!(elsewhere.ok(&["camera", "test", "Gate"]).iter().all(|stream| stream["ok"] == true));
}

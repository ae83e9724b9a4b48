//! Keeping many cameras in order on the command line: switched off and on, groups, credential sets, clones, and a camera
//! that got another address.

use serde_json::Value;
use support::{Cli, EVER, Netns, Simcams};

const STDIN: &str = "--password-stdin";

fn names(cameras: &[Value]) -> Vec<&str> {
    cameras.iter().map(|camera| camera["name"].as_str().expect("a name")).collect()
}

#[test]
fn a_row_of_cameras_with_one_login_and_one_of_them_switched_off() {
    let simcams = Simcams::start_with_login(2, "ana", "correct horse");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path().join("data"));
    let ports = [0, 1].map(|camera| simcams.onvif_port(camera).to_string());

    let set =
        &cli.ok_with_input(&["credentials", "add", "Yard", "--user", "ana", STDIN], "correct horse\n")[0];
    assert_eq!(
        (&set["name"], &set["user"], set["cameras"].as_u64()),
        (&"Yard".into(), &"ana".into(), Some(0))
    );
    let again = cli.run_with_input(&["credentials", "add", "Yard", "--user", "ana", STDIN], "x\n");
    assert_eq!((again.code, &again.lines()[0]["error"]["code"]), (Some(1), &"CONFLICT".into()));
    let add = ["camera", "add", "--host", "127.0.0.1", "--onvif-port", &ports[0], "--name", "Gate"];
    let add = [&add[..], &["--record", "--credentials", "Yard", "--group", "North/Gates"]].concat();
    let gate = cli.ok(&add).remove(0);
    assert_eq!((&gate["group"], &gate["credential_set"]), (&"North / Gates".into(), &set["id"]));
    cli.ok(&["record", "set", "Gate", "--mode", "continuous", "--retention-days", "7"]);
    let clone = ["camera", "clone", "Gate", "--host", "127.0.0.1", "--onvif-port", &ports[1]];
    let second = cli.ok(&clone).remove(0);
    assert_eq!(second["name"], "Gate 2");
    for (what, same) in [("group", "North / Gates".into()), ("credential_set", set["id"].clone())] {
        assert_eq!(second[what], same, "{second}");
    }
    assert_eq!((&second["record_mode"], second["retention_days"].as_u64()), (&"continuous".into(), Some(7)));
    assert_ne!(second["onvif_url"], gate["onvif_url"]);
    cli.ok(&["camera", "edit", "Gate 2", "--group", "North/Yard"]);
    assert_eq!(names(&cli.ok(&["camera", "list", "--group", "North"])), ["Gate", "Gate 2"]);
    assert_eq!(names(&cli.ok(&["camera", "list", "--group", "North / Yard"])), ["Gate 2"]);
    assert!(cli.ok(&["camera", "list", "--group", "South"]).is_empty());

    let closed = |events: &[Value], camera: &Value| {
        let of = |event: &&Value| event["segment"]["camera"] == camera["id"];
        events.iter().filter(|event| event["event"] == "recording.segment_closed").filter(of).count()
    };
    let events = cli.ok(&["run", "--for", "7s"]);
    assert!(closed(&events, &gate) > 0 && closed(&events, &second) > 0, "{events:?}");
    let off = &cli.ok(&["camera", "edit", "Gate", "--enabled", "false"])[0];
    assert_eq!((&off["enabled"], &off["record_mode"]), (&false.into(), &"continuous".into()));
    let events = cli.ok(&["run", "--for", "5s"]);
    assert!(closed(&events, &gate) == 0 && closed(&events, &second) > 0, "{events:?}");
    let touched = events.iter().any(|event| event["camera"] == gate["id"]);
    assert!(!touched, "a camera that is switched off is no event: {events:?}");
    let picture = folder.path().join("gate.jpg");
    let refused = cli.run(&["snapshot", "Gate", "-o", picture.to_str().expect("UTF-8")]);
    assert_eq!((refused.code, &refused.lines()[0]["error"]["code"]), (Some(1), &"CONFLICT".into()));
    cli.ok(&["camera", "edit", "Gate", "--enabled", "true"]);
    let events = cli.ok(&["run", "--for", "7s"]);
    assert!(closed(&events, &gate) > 0, "{events:?}");
    let gaps = cli.ok(&[&["recordings", "Gate", "--gaps"][..], &EVER].concat());
    let causes: Vec<_> = gaps.iter().map(|gap| gap["cause"].as_str().expect("a cause")).collect();
    assert!(causes.contains(&"paused"), "{gaps:?}");
    assert!(gaps.iter().all(|gap| gap["end"].is_string()), "{gaps:?}");

    // One change for all: first to a login that is wrong, and back.
    let change = |password: &str| {
        let change = ["credentials", "change", "Yard", "--user", "ana", STDIN];
        cli.ok_with_input(&change, &format!("{password}\n"))[0]["cameras"].as_u64()
    };
    assert_eq!(change("wrong horse"), Some(2));
    for camera in ["Gate", "Gate 2"] {
        let test = cli.run(&["camera", "test", camera]);
        assert_eq!((test.code, &test.lines()[0]["error"]["code"]), (Some(1), &"UNAUTHORIZED".into()));
    }
    assert_eq!(change("correct horse"), Some(2));
    cli.ok(&["camera", "test", "Gate"]);
    assert_eq!(cli.ok(&["key", "rotate"])[0]["logins"].as_u64(), Some(3), "two cameras and their set");
    cli.ok(&["camera", "test", "Gate"]);
    assert_eq!(cli.ok(&["credentials", "list"])[0]["cameras"].as_u64(), Some(2));
    assert_eq!(cli.ok(&["credentials", "remove", "Yard"])[0]["cameras"].as_u64(), Some(2));
    assert!(cli.ok(&["credentials", "list"]).is_empty());
    cli.ok(&["camera", "test", "Gate 2"]);
    let missing = cli.run(&["camera", "edit", "Gate", "--credentials", "Yard"]);
    assert_eq!((missing.code, &missing.lines()[0]["error"]["code"]), (Some(3), &"NOT_FOUND".into()));
}

#[test]
fn a_camera_with_another_address_is_followed_with_its_login() {
    let netns = Netns::new("follow", &["10.78.0.1/24", "10.78.0.11/24", "10.78.0.12/24"]);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path().join("data")).in_netns(netns.name());
    let login = Some(("ana", "correct horse"));
    let start = |address: &str, identity: &str| {
        let at = ["--bind", address, "--first-port", "8554", "--identity", identity];
        Simcams::start_with(&cli, 1, &at, login)
    };
    let first = start("10.78.0.11", "gate");
    let add = ["camera", "add", "--host", "10.78.0.11", "--onvif-port", "8555", "--name", "Gate"];
    let add = [&add[..], &["--user", "ana", STDIN]].concat();
    cli.ok_with_input(&add, "correct horse\n");
    let nowhere = cli.run(&["camera", "follow", "Gate"]);
    assert_eq!((nowhere.code, &nowhere.lines()[0]["error"]["code"]), (Some(3), &"NOT_FOUND".into()));

    // Another camera at another address is not this one.
    let other = start("10.78.0.12", "yard");
    let scan = ["scan", "--interface", "lan0", "--subnet", "10.78.0.0/28"];
    let offered = |devices: &[Value]| {
        let moved = |device: &&Value| !device["moved_camera"].is_null();
        devices.iter().find(moved).map(|device| device["host"].as_str().expect("a host").to_owned())
    };
    assert_eq!(offered(&cli.ok(&scan)), None);
    first.kill();
    other.kill();

    let _moved = start("10.78.0.12", "gate");
    let devices = cli.ok(&scan);
    assert_eq!(offered(&devices).as_deref(), Some("10.78.0.12"), "{devices:?}");
    // While the old address still answers as the camera, one of the two is an impostor.
    let twin = start("10.78.0.11", "gate");
    let refused = cli.run(&["camera", "follow", "Gate"]);
    assert_eq!((refused.code, &refused.lines()[0]["error"]["code"]), (Some(4), &"REFUSED".into()));
    assert_eq!(cli.ok(&["camera", "show", "Gate"])[0]["host"], "10.78.0.11", "nothing has changed");
    twin.kill();
    let followed = cli.ok(&["camera", "follow", "Gate"]).remove(0);
    assert_eq!(followed["host"], "10.78.0.12");
    let streams = followed["streams"].as_array().expect("streams");
    let at_new =
        |stream: &Value| stream["url"].as_str().expect("a URL").starts_with("rtsp://10.78.0.12:8554/");
    assert!(streams.len() == 2 && streams.iter().all(at_new), "{followed}");
    let tests = cli.ok(&["camera", "test", "Gate"]);
    assert!(tests.iter().all(|test| test["ok"] == true), "it plays with its login: {tests:?}");
}

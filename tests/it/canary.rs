//! A5, S8: an awkward password works everywhere and is found nowhere.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use std::fmt::Write as _;
use std::time::{Duration, Instant};
use support::{Auth, Cli, EVER, ForeignCameras, Simcams, all_files};

const PASSWORD: &str = "p@:/#%?&ñ 中\"'";
/// Every form in which the password could have leaked.
fn forms() -> Vec<Vec<u8>> {
    let encode = |keep: fn(u8) -> bool, upper: bool| {
        PASSWORD.bytes().fold(String::new(), |mut text, byte| {
            if keep(byte) {
                text.push(byte as char);
            } else if upper {
                write!(text, "%{byte:02X}").expect("a String takes everything");
            } else {
                write!(text, "%{byte:02x}").expect("a String takes everything");
            }
            text
        })
    };
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let mut forms = vec![
        PASSWORD.to_owned(),
        encode(unreserved, true),
        encode(unreserved, false),
        serde_json::to_string(PASSWORD).expect("a string").trim_matches('"').to_owned(),
        PASSWORD.escape_debug().to_string(),
        PASSWORD.escape_default().to_string(),
    ];
    // Base64 at each of the three offsets that it may have inside a longer text: the middle is what stays the same.
    for lead in 0..3 {
        let padded = format!("{}{PASSWORD}", "x".repeat(lead));
        for encoded in [STANDARD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)] {
            forms.push(encoded[4..encoded.len() - 6].to_owned());
        }
    }
    forms.into_iter().map(String::into_bytes).collect()
}

fn search(what: &str, bytes: &[u8], forms: &[Vec<u8>]) {
    for form in forms {
        let found = bytes.windows(form.len()).any(|window| window == form.as_slice());
        assert!(!found, "the password is in {what}, as {}", String::from_utf8_lossy(form));
    }
}

#[test]
fn the_search_itself_finds_a_password() {
    for text in [
        PASSWORD.to_owned(),
        STANDARD.encode(format!("admin:{PASSWORD}")),
        STANDARD.encode(format!("user:{PASSWORD}@host/path")),
        "rtsp://admin:p%40%3A%2F%23%25%3F%26%C3%B1%20%E4%B8%AD%22%27@h/".to_owned(),
    ] {
        let found = std::panic::catch_unwind(|| search("a test", text.as_bytes(), &forms()));
        assert!(found.is_err(), "{text} was not found");
    }
}

#[test]
fn an_awkward_password_works_and_leaks_nowhere() {
    let simcams = Simcams::start_with_login(1, "admin", PASSWORD);
    let foreign = ForeignCameras::start(1, Auth::Digest("admin", PASSWORD));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path().join("data"));
    let forms = forms();
    let mut said = Vec::new();
    let mut run = |args: &[&str], expected: i32| {
        let finished = cli.run_with_input(args, &format!("{PASSWORD}\n"));
        assert_eq!(finished.code, Some(expected), "{args:?}: {}\n{}", finished.stdout, finished.stderr);
        said.push((format!("{args:?}"), format!("{}{}", finished.stdout, finished.stderr)));
        finished
    };
    let login = ["--user", "admin", "--password-stdin"];
    let port = simcams.onvif_port(0).to_string();
    let by_onvif =
        ["camera", "add", "--name", "sim", "--host", "127.0.0.1", "--onvif-port", &port, "--record"];
    run(&[&by_onvif[..], &login].concat(), 0);
    let url = foreign.url(1, "main");
    run(&[&["camera", "add", "--name", "gst", "--url", &url, "--record"][..], &login].concat(), 0);
    run(&["camera", "list"], 0);
    run(&["camera", "test", "gst"], 0);
    run(&["live", "sim", "--for", "8s"], 0);
    // And a restart: the credentials come out of the database.
    for files in 1..=2 {
        let deadline = Instant::now() + Duration::from_mins(2);
        loop {
            run(&["run", "--for", "5s"], 0);
            let mut files_of =
                |camera: &str| run(&[&["recordings", camera][..], &EVER].concat(), 0).lines().len();
            if files_of("sim") >= files && files_of("gst") >= files {
                break;
            }
            assert!(Instant::now() < deadline, "both cameras are recorded");
        }
    }
    for camera in ["sim", "gst"] {
        let segments = run(&[&["recordings", camera][..], &EVER].concat(), 0).lines();
        let (start, end) =
            (segments[0]["start"].as_str().expect("a time"), segments[0]["end"].as_str().expect("a time"));
        let file = folder.path().join("data/exports").join(format!("{camera}.mp4"));
        run(&["export", camera, "--from", start, "--to", end, "-o", file.to_str().expect("UTF-8")], 0);
        let picture = folder.path().join("data/exports").join(format!("{camera}.jpg"));
        run(&["snapshot", camera, "-o", picture.to_str().expect("UTF-8")], 0);
    }
    // Errors: the stream is gone, the path is wrong, and a pasted URL holds the password.
    drop(foreign);
    run(&["camera", "test", "gst"], 1);
    let wrong = format!("{}nothing", simcams.rtsp_url(0, 0));
    run(&[&["camera", "add", "--name", "none", "--url", &wrong][..], &login].concat(), 3);
    run(&["fsck"], 0);
    for (verb, output) in &said {
        search(verb, output.as_bytes(), &forms);
    }
    let files = all_files(folder.path());
    assert!(files.iter().any(|(path, _)| path.ends_with("atalaya.db")));
    for (path, bytes) in &files {
        search(&path.to_string_lossy(), bytes, &forms);
    }
    println!("S8: {} forms in {} outputs and {} files: 0 finds", forms.len(), said.len(), files.len());
}

/// The pid of a process and of all below it, by what `/proc` says of their parents.
fn family(pid: u32) -> Vec<u32> {
    let numbers = std::fs::read_dir("/proc").expect("proc").flatten();
    let all: Vec<u32> =
        numbers.filter_map(|entry| entry.file_name().to_str().and_then(|name| name.parse().ok())).collect();
    let parent = |pid: u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // The name stands in brackets and may hold anything; the parent is the second word behind it.
        stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)?.parse::<u32>().ok())
    };
    let mut family = vec![pid];
    for _ in 0..8 {
        let more = all
            .iter()
            .filter(|it| !family.contains(it) && parent(**it).is_some_and(|it| family.contains(&it)));
        let more: Vec<u32> = more.copied().collect();
        family.extend(more);
    }
    family
}

/// S1: while cameras with a login are recorded, no process is told the password, and none is started at all.
#[test]
fn no_process_is_told_a_password() {
    let simcams = Simcams::start_with_login(2, "admin", PASSWORD);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path().join("data"));
    for camera in 0..2 {
        let (name, port) = (format!("sim {camera}"), simcams.onvif_port(camera).to_string());
        let add =
            ["camera", "add", "--name", &name, "--host", "127.0.0.1", "--onvif-port", &port, "--record"];
        let add = [&add[..], &["--user", "admin", "--password-stdin"]].concat();
        cli.ok_with_input(&add, &format!("{PASSWORD}\n"));
    }
    let forms = forms();
    let recording = cli.start(&["run"]);
    let mut family_most = 0;
    for _ in 0..2 {
        recording.wait_for(Duration::from_secs(30), |event| event["state"] == "live");
        let family = family(recording.pid());
        family_most = family_most.max(family.len());
        for pid in family {
            for file in ["cmdline", "environ"] {
                let told = std::fs::read(format!("/proc/{pid}/{file}")).expect("it runs");
                assert!(!told.is_empty(), "{pid}/{file} was read");
                search(&format!("{file} of {pid}"), &told, &forms);
            }
        }
    }
    println!(
        "S1: 2 cameras recorded by {family_most} process, {} forms in its arguments: 0 finds",
        forms.len()
    );
    assert_eq!(family_most, 1);
}

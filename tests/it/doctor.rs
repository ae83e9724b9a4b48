//! B5: the doctor names the right cause in fifteen staged faults. And its panel in the real window.

use crate::window::{look, pictures};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};
use support::{Cli, Finished, ForeignCameras, Simcams, Switch, Window};

/// For one examination: its own deadline, a minute, and time to start on a busy machine.
const ONE: Duration = Duration::from_mins(2);

/// Examinations at a time: most of one is waiting.
const AT_ONCE: usize = 3;

/// A staged fault: what is done, and the cause that the doctor then names.
struct Case {
    fault: &'static str,
    expected: &'static str,
    stage: fn(&Cli) -> Finished,
}

/// Where simulated cameras of these tests listen; RTSP is among the ports that are always looked at.
const PORT: &str = "8554";

/// A simulated camera at an address of its own, and what the doctor says of it.
fn simulated(cli: &Cli, address: &str, faults: &[&str], patient: &str) -> Finished {
    let faults = faults.iter().flat_map(|fault| ["--fault", fault]);
    let args: Vec<&str> = ["--bind", address, "--first-port", PORT].into_iter().chain(faults).collect();
    let _camera = Simcams::start_with(cli, 1, &args, None);
    cli.run(&["doctor", patient])
}

fn with_login(cli: &Cli, address: &str, faults: &[&str], password: &str) -> Finished {
    let faults = faults.iter().flat_map(|fault| ["--fault", fault]);
    let args: Vec<&str> = ["--bind", address, "--first-port", PORT].into_iter().chain(faults).collect();
    let _camera = Simcams::start_with(cli, 1, &args, Some(("ana", "secreto")));
    cli.run_with_input(&["doctor", address, "--user", "ana", "--password-stdin"], &format!("{password}\n"))
}

/// A computer and a camera on one switch, and what the doctor on the computer says of the camera.
fn on_a_switch(cli: &Cli, label: &str, camera: &str, blocked: bool) -> Finished {
    let lan = Switch::new(label, &["10.78.0.1/24", &format!("{camera}/24")]);
    if blocked {
        lan.keep_multicast_from(1);
    }
    let there = Cli::new(cli.data_dir()).in_netns(lan.host(1));
    let _camera = Simcams::start_with(&there, 1, &["--bind", camera, "--first-port", PORT], None);
    Cli::new(cli.data_dir()).in_netns(lan.host(0)).run(&["doctor", camera])
}

fn printer(cli: &Cli) -> Finished {
    let listener = TcpListener::bind("127.0.78.15:8080").expect("a free address");
    std::thread::spawn(move || {
        // Ends with the test's process.
        for socket in listener.incoming() {
            let Ok(mut socket) = socket else { return };
            let page = "<html>HP LaserJet</html>";
            let _ = socket.read(&mut [0; 2048]);
            let _ = write!(
                socket,
                "HTTP/1.1 200 OK\r\nServer: HP HTTP Server\r\nContent-Type: text/html\r\n\
                 Content-Length: {}\r\nConnection: close\r\n\r\n{page}",
                page.len()
            );
        }
    });
    cli.run(&["doctor", "127.0.78.15"])
}

static CASES: [Case; 15] = [
    Case {
        fault: "wrong password",
        expected: "WRONG_PASSWORD",
        stage: |cli| with_login(cli, "127.0.78.1", &[], "equivocado"),
    },
    Case {
        fault: "wrong port",
        expected: "WRONG_PORT",
        stage: |cli| simulated(cli, "127.0.78.2", &[], "127.0.78.2:5554"),
    },
    Case {
        fault: "other subnet",
        expected: "OTHER_SUBNET",
        stage: |cli| on_a_switch(cli, "subnet", "192.168.78.64", false),
    },
    Case {
        fault: "multicast blocked",
        expected: "MULTICAST_BLOCKED",
        stage: |cli| on_a_switch(cli, "mcast", "10.78.0.64", true),
    },
    Case {
        fault: "clock off by a day",
        expected: "CLOCK_WRONG",
        stage: |cli| with_login(cli, "127.0.78.5", &["clock-offset=86400"], "secreto"),
    },
    Case {
        fault: "ONVIF disabled",
        expected: "ONVIF_DISABLED",
        stage: |cli| simulated(cli, "127.0.78.6", &["no-onvif"], "rtsp://127.0.78.6:8554/main"),
    },
    Case {
        fault: "connection limit",
        expected: "CONNECTION_LIMIT",
        stage: |cli| simulated(cli, "127.0.78.7", &["connection-limit=1"], "127.0.78.7"),
    },
    Case {
        fault: "H.265 without decoder",
        expected: "NO_DECODER",
        stage: |cli| {
            let camera = ForeignCameras::start_exotic("127.0.78.8");
            cli.run(&["doctor", &format!("rtsp://127.0.78.8:{}/cam1/h265", camera.port())])
        },
    },
    Case {
        fault: "TLS unknown",
        expected: "TLS_UNKNOWN",
        stage: |cli| simulated(cli, "127.0.78.9", &["tls"], "127.0.78.9:8555"),
    },
    Case {
        fault: "audio-only",
        expected: "AUDIO_ONLY",
        stage: |cli| simulated(cli, "127.0.78.10", &["audio-only"], "127.0.78.10"),
    },
    Case {
        fault: "long GOP",
        expected: "LONG_GOP",
        stage: |cli| simulated(cli, "127.0.78.11", &["long-gop=8"], "127.0.78.11"),
    },
    Case {
        fault: "dead after SETUP",
        expected: "DEAD_AFTER_SETUP",
        stage: |cli| simulated(cli, "127.0.78.12", &["dead-after-setup"], "127.0.78.12"),
    },
    Case {
        fault: "RTSP 454",
        expected: "SESSION_NOT_FOUND",
        stage: |cli| simulated(cli, "127.0.78.13", &["session-not-found"], "127.0.78.13"),
    },
    Case {
        fault: "wrong path",
        expected: "WRONG_PATH",
        stage: |cli| simulated(cli, "127.0.78.14", &[], "rtsp://127.0.78.14:8554/no/such"),
    },
    Case { fault: "not a camera", expected: "NOT_A_CAMERA", stage: printer },
];

#[test]
fn fifteen_faults_are_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let started = Instant::now();
    let mut wrong = Vec::new();
    for cases in CASES.chunks(AT_ONCE) {
        let examined: Vec<(Finished, Duration)> = std::thread::scope(|scope| {
            let run = |case: &'static Case| {
                let cli = Cli::new(folder.path().join(case.expected));
                scope.spawn(move || {
                    let started = Instant::now();
                    ((case.stage)(&cli), started.elapsed())
                })
            };
            let running: Vec<_> = cases.iter().map(run).collect();
            running.into_iter().map(|one| one.join().expect("an examination is no panic")).collect()
        });
        for (case, (finished, took)) in cases.iter().zip(examined) {
            let lines = finished.lines();
            let verdict = lines.last().cloned().unwrap_or(Value::Null);
            let named = verdict["advice_code"].as_str().unwrap_or("nothing").to_owned();
            println!(
                "{:<22} expected {:<18} named {:<18} {:>5.1} s  {}",
                case.fault,
                case.expected,
                named,
                took.as_secs_f64(),
                verdict["detail"].as_str().unwrap_or_default()
            );
            if verdict["step"] != "verdict" || named != case.expected || took > ONE {
                for line in &lines {
                    println!("    {line}");
                }
                wrong.push(case.fault);
            }
            assert!(
                !format!("{}{}", finished.stdout, finished.stderr).contains("equivocado"),
                "a password shows"
            );
        }
    }
    println!("15 faults in {:.1} s", started.elapsed().as_secs_f64());
    assert!(wrong.is_empty(), "not named: {wrong:?}");
}

#[test]
fn every_line_has_what_scripts_rely_on() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path());
    let finished = simulated(&cli, "127.0.78.21", &[], "127.0.78.21");
    let lines = finished.lines();
    let steps: Vec<_> = lines.iter().filter_map(|line| line["step"].as_str()).collect();
    for step in [
        "route",
        "ports",
        "onvif",
        "clock",
        "login",
        "describe",
        "key_frame",
        "decoder",
        "gop",
        "connections",
    ] {
        assert!(steps.contains(&step), "{step} is missing of {steps:?}");
    }
    for line in &lines {
        assert!(line["ok"].is_boolean() || line["ok"].is_null(), "{line}");
        assert!(
            line["detail"].as_str().is_some_and(|detail| !detail.is_empty() && !detail.contains("{{")),
            "{line}"
        );
        assert!(line["advice_code"].is_string() || line["advice_code"].is_null(), "{line}");
    }
    assert_eq!(lines.last().map(|line| &line["advice_code"]), Some(&Value::from("HEALTHY")), "{lines:?}");
    assert_eq!(finished.code, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_window_tells_the_cause_in_both_languages() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path().join("simcam"));
    let args = ["--bind", "127.0.78.22", "--first-port", PORT, "--fault", "session-not-found"];
    let _camera = Simcams::start_with(&cli, 1, &args, None);
    let window = Window::open(&folder.path().join("data"), &[], (1280, 800)).await;
    for language in ["en", "es"] {
        window.value("location.hash = '#/discover'").await;
        look(&window, language, "dark").await;
        window.until(&format!("document.documentElement.lang === '{language}'")).await;
        window.fill("[data-testid=doctor-host]", "127.0.78.22").await;
        window.click("[data-testid=doctor-examine]:not([disabled])").await;
        window.wait("[data-testid=doctor-verdict][data-advice=SESSION_NOT_FOUND]").await;
        window.wait("[data-topic=main][data-state=failed]").await;
        window.photograph(&pictures().join(format!("doctor-{language}.png")));
    }
    window.close().await;
}

//! A3: a scan in a network namespace lists every camera once, with its addresses. B1: of 254 addresses it finds every
//! camera and nothing else. S12: it is silent towards whoever probes it. How long a scan takes is printed: the goals of
//! three and four seconds are a free machine's.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use support::{Cli, Lan, Netns, Simcams, command};

/// A scan that may take as long as a busy machine needs.
const SCAN: [&str; 3] = ["scan", "--timeout", "60s"];

/// Far below that: a scan that does not end by itself takes longer.
const ENDED_BY_ITSELF: Duration = Duration::from_secs(15);

#[test]
fn three_cameras_in_a_namespace_are_found_once_each() {
    let addresses = ["10.77.0.11", "10.77.0.12", "10.77.0.13"];
    let netns = Netns::new("scan", &["10.77.0.1/24", "10.77.0.11/24", "10.77.0.12/24", "10.77.0.13/24"]);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path()).in_netns(netns.name());
    let _cameras = addresses
        .map(|address| Simcams::start_with(&cli, 1, &["--bind", address, "--first-port", "8554"], None));
    let start = Instant::now();
    let devices = cli.ok(&SCAN);
    let took = start.elapsed();
    println!("scan took {took:?}");
    let cameras: Vec<_> = devices.iter().filter(|device| device["kind"] == "camera").collect();
    assert_eq!(cameras.len(), 3, "{devices:?}");
    let hosts: BTreeSet<_> = cameras.iter().map(|camera| camera["host"].as_str().expect("a host")).collect();
    assert_eq!(hosts, BTreeSet::from(addresses));
    for camera in cameras {
        let host = camera["host"].as_str().expect("a host");
        let onvif = camera["onvif_url"].as_str().expect("an ONVIF address");
        assert!(onvif.starts_with(&format!("http://{host}:8555/")), "{camera}");
        let streams = camera["rtsp_urls"].as_array().expect("addresses");
        assert!(streams.iter().any(|url| url == &format!("rtsp://{host}:8554/main")), "{camera}");
        assert!(camera["confidence"].as_f64() > Some(0.9), "{camera}");
    }
    assert!(took < ENDED_BY_ITSELF, "{took:?}");
}

#[test]
fn cameras_that_only_ipv6_reaches_are_asked_at_their_address_or_shown_on_their_link() {
    let netns = Netns::new("ipv6", &["10.77.0.1/24", "10.77.0.11/24", "192.168.1.108/24"]);
    let Some(link_local) = netns.link_local() else {
        println!("SKIPPED: this system has no IPv6, or none in new network namespaces");
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path()).in_netns(netns.name());
    // Both behind a switch that keeps IPv4 multicast to itself, on ports that no sweep tries; the second one with the
    // address that it had when it was bought.
    let _cameras = ["10.77.0.11", "192.168.1.108"].map(|address| {
        let args = ["--bind", address, "--first-port", "9554", "--fault", "no-ipv4-multicast"];
        Simcams::start_with(&cli, 1, &args, None)
    });
    let devices = cli.ok(&["scan", "--interface", "10.77.0.1"]);
    let cameras: Vec<_> = devices.iter().filter(|device| device["kind"] == "camera").collect();
    assert_eq!(cameras.len(), 2, "{devices:?}");
    let at = |host: &str| *cameras.iter().find(|camera| camera["host"] == host).expect("it is found");
    let near = at("10.77.0.11");
    assert_eq!(near["onvif_url"], "http://10.77.0.11:9555/onvif/device_service");
    assert!(near["confidence"].as_f64() > Some(0.9), "{near}");
    let far = at(&link_local.to_string());
    assert_eq!((&far["onvif_url"], &far["evidence"]), (&Value::Null, &json!(["ws_discovery"])), "{far}");
    assert_eq!(far["model"], "Simulated camera", "{far}");
    println!("over IPv6 only: {} asked at its IPv4 address, {} shown on its link", near["host"], far["host"]);
}

/// How often the large LAN is scanned; B1 asks for 20, `ATALAYA_SCAN_RUNS=20` gives them.
fn runs() -> usize {
    std::env::var("ATALAYA_SCAN_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(3)
}

#[test]
fn of_254_addresses_every_camera_is_found_and_nothing_else() {
    let lan = Lan::start();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path()).in_netns(lan.scanner());
    let runs = runs();
    for run in 1..=runs {
        let start = Instant::now();
        let scan = cli.start(&SCAN);
        let first = scan.next(Duration::from_mins(1)).expect("a device");
        let first_shown = start.elapsed();
        let (code, rest) = scan.wait();
        let took = start.elapsed();
        assert_eq!(code, Some(0));
        let parse = |line: &String| serde_json::from_str(line).expect("a line of JSON");
        let devices: Vec<Value> = [first].into_iter().chain(rest.iter().map(parse)).collect();
        let of_kind = |kinds: &[&str]| -> Vec<String> {
            let wanted = |device: &&Value| kinds.iter().any(|kind| device["kind"] == *kind);
            let hosts = devices.iter().filter(wanted).map(|device| device["host"].as_str().expect("a host"));
            hosts.map(str::to_owned).collect()
        };
        let cameras = of_kind(&["camera", "recorder"]);
        println!("run {run} of {runs}: {} cameras, first {first_shown:?}, all in {took:?}", cameras.len());
        assert_eq!(cameras.len(), 16, "none twice: {cameras:?}");
        assert_eq!(BTreeSet::from_iter(cameras), lan.cameras());
        assert_eq!(BTreeSet::from_iter(of_kind(&["other"])), lan.others());
        assert!(took < ENDED_BY_ITSELF, "{took:?}");
        if run > 1 {
            let changed: Vec<_> = devices.iter().filter(|device| !device["change"].is_null()).collect();
            assert!(changed.is_empty(), "nothing has changed since the last scan: {changed:?}");
        }
        let at = |host: &str| devices.iter().find(|device| device["host"] == host).expect("it was found");
        for (host, brand, url) in [
            ("10.77.0.33", "Hikvision", "rtsp://10.77.0.33:554/Streaming/Channels/101"),
            ("10.77.0.34", "Axis", "rtsp://10.77.0.34:10554/axis-media/media.amp"),
        ] {
            let guessed = &at(host)["guesses"][0];
            assert_eq!((&at(host)["brand"], &guessed["url"]), (&brand.into(), &url.into()));
        }
        assert_eq!(at("10.77.0.32")["onvif_url"], "http://10.77.0.32:8080/onvif/device_service", "S3");
        assert_eq!(at("10.77.0.138")["kind"], "other", "a brand alone makes no camera");
    }
}

/// What a namespace's IPv4 has sent so far, in bytes (proc_pid_net(5), netstat: OutOctets).
fn bytes_sent(netns: &str) -> u64 {
    let output = command("ip")
        .args(["netns", "exec", netns, "cat", "/proc/net/netstat"])
        .output()
        .expect("iproute2 is installed");
    let text = String::from_utf8(output.stdout).expect("the kernel writes ASCII");
    let mut lines = text.lines().filter_map(|line| line.strip_prefix("IpExt: "));
    let (names, values) = (lines.next().expect("names"), lines.next().expect("values"));
    let at = names.split(' ').position(|name| name == "OutOctets").expect("OutOctets");
    values.split(' ').nth(at).and_then(|value| value.parse().ok()).expect("a number")
}

fn listens_to_the_group(netns: &str) -> bool {
    let output = command("ip").args(["-n", netns, "maddress", "show", "dev", "lan0"]).output();
    String::from_utf8_lossy(&output.expect("iproute2 is installed").stdout).contains("239.255.255.250")
}

#[test]
fn a_forged_probe_gets_no_byte_out_of_the_running_program() {
    let lan = Lan::start();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let engine = Cli::new(folder.path()).in_netns(lan.scanner()).start(&["run"]);
    let deadline = Instant::now() + Duration::from_mins(1);
    while !listens_to_the_group(lan.scanner()) {
        assert!(Instant::now() < deadline, "the program never joined the group");
        std::thread::sleep(Duration::from_millis(100));
    }
    // What joining the group sends by itself (IGMP) is over when nothing has been sent for a while.
    let mut before = u64::MAX;
    while before != bytes_sent(lan.scanner()) {
        before = bytes_sent(lan.scanner());
        std::thread::sleep(Duration::from_secs(3));
    }
    let bytes = lan.forge_probes(50);
    std::thread::sleep(Duration::from_secs(1));
    let sent = bytes_sent(lan.scanner()) - before;
    println!("50 forged probes, {bytes} bytes: {sent} bytes out");
    assert!(bytes > 50 * 400);
    assert_eq!(sent, 0);
    // It was not deaf: a camera that says hello is noticed.
    lan.say_hello();
    let heard = engine.wait_for(Duration::from_mins(1), |event| event["event"] == "scan.device_found");
    assert_eq!((&heard["device"]["host"], &heard["device"]["change"]), (&"10.77.0.31".into(), &"new".into()));
}

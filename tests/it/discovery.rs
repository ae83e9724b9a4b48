//! A3: a scan in a network namespace lists every camera once, with its addresses, in under three seconds.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use support::{Cli, Netns, Simcams};

#[test]
fn three_cameras_in_a_namespace_are_found_once_each() {
    let addresses = ["10.77.0.11", "10.77.0.12", "10.77.0.13"];
    let netns = Netns::new("scan", &["10.77.0.1/24", "10.77.0.11/24", "10.77.0.12/24", "10.77.0.13/24"]);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path()).in_netns(netns.name());
    let _cameras = addresses
        .map(|address| Simcams::start_with(&cli, 1, &["--bind", address, "--first-port", "8554"], None));
    let start = Instant::now();
    let devices = cli.ok(&["scan"]);
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
    assert!(took < Duration::from_secs(3), "{took:?}");
}

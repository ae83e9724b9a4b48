//! Scans of this machine's loopback with simulated cameras on it.

use super::*;
use crate::onvif::OxvifDevice;
use crate::onvif::tests::SystemClock;
use atalaya_model::Kind;
use atalaya_model::address::StreamUrl;
use atalaya_model::discovery::{Coverage, Device, DeviceKind, Evidence};
use atalaya_simcam::{Credentials, Fleet, FleetOptions};
use futures_util::StreamExt;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Far more than a scan of loopback takes.
const TIMEOUT: Duration = Duration::from_mins(1);

fn discovery() -> LanDiscovery {
    LanDiscovery::new(Arc::new(OxvifDevice::new(Arc::new(SystemClock))))
}

fn loopback() -> ScanRequest {
    ScanRequest { interfaces: vec!["127.0.0.1".into()], timeout: TIMEOUT, ..ScanRequest::default() }
}

/// The last word on every device, and where was looked.
async fn scanned(request: ScanRequest) -> (BTreeMap<String, Device>, Coverage) {
    let mut scan = discovery().scan(request);
    let mut devices = BTreeMap::new();
    while let Some(found) = scan.next().await {
        match found.unwrap() {
            Found::Device(device) => devices.insert(device.key.clone(), *device),
            Found::Finished(coverage) => {
                assert!(scan.next().await.is_none(), "that is the last word");
                return (devices, coverage);
            }
        };
    }
    panic!("a scan says when it is finished")
}

async fn found(request: ScanRequest) -> BTreeMap<String, Device> {
    scanned(request).await.0
}

#[tokio::test(flavor = "multi_thread")]
async fn open_cameras_are_listed_once_with_their_streams() {
    let fleet = Fleet::start(FleetOptions { count: 3, ..FleetOptions::default() }).await.unwrap();
    let started = Instant::now();
    let devices = found(loopback()).await;
    println!("scan of loopback with 3 cameras: {:?}", started.elapsed());
    assert!(started.elapsed() < TIMEOUT / 4, "it ends by itself");
    for camera in fleet.cameras() {
        let device = &devices[&format!("urn:uuid:{}", camera.uuid)];
        assert_eq!(device.kind, DeviceKind::Camera);
        assert_eq!(device.name.as_ref(), Some(&camera.name));
        assert_eq!(device.serial.as_ref(), Some(&camera.serial));
        assert!(device.firmware.is_some());
        assert_eq!(device.vendor.as_deref(), Some("Atalaya"));
        assert_eq!(device.onvif_url.as_ref().map(StreamUrl::as_str), Some(&*camera.onvif_url));
        assert_eq!(device.rtsp_urls.iter().map(StreamUrl::as_str).collect::<Vec<_>>(), camera.rtsp_urls);
        assert!(device.confidence() > 0.99);
        assert!(device.evidence.contains(&Evidence::RtspDescribe), "{:?}", device.evidence);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_cameras_are_found_without_trying_passwords() {
    let credentials = Some(Credentials::new("ana", "secreto"));
    let fleet = Fleet::start(FleetOptions { credentials, ..FleetOptions::default() }).await.unwrap();
    let devices = found(loopback()).await;
    let device = &devices[&format!("urn:uuid:{}", fleet.cameras()[0].uuid)];
    assert_eq!(device.kind, DeviceKind::Camera);
    assert!(device.evidence.contains(&Evidence::OnvifTime));
    assert!(!device.evidence.contains(&Evidence::OnvifDeviceInformation));
    assert_eq!((device.serial.as_ref(), device.rtsp_urls.len()), (None, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_is_shown_while_the_scan_goes_on_and_dropping_it_ends_it() {
    let fleet = Fleet::start(FleetOptions::default()).await.unwrap();
    let key = format!("urn:uuid:{}", fleet.cameras()[0].uuid);
    let started = Instant::now();
    let mut scan = discovery().scan(loopback());
    // Shown as soon as it announces itself, and again when it has answered what it was asked meanwhile.
    for answered in [false, true] {
        let shown = loop {
            match scan.next().await.unwrap().unwrap() {
                Found::Device(device) if device.key == key => {
                    let told = device.evidence.contains(&Evidence::OnvifDeviceInformation);
                    if told || !answered {
                        break told;
                    }
                }
                Found::Device(_) => {}
                Found::Finished(_) => panic!("the scan ended before"),
            }
        };
        println!("{}: {:?}", if answered { "answered" } else { "first shown" }, started.elapsed());
        assert_eq!(shown, answered);
    }
    drop(scan);
}

#[tokio::test]
async fn a_scan_ends_at_its_timeout() {
    let request = ScanRequest { timeout: Duration::from_millis(300), ..loopback() };
    let started = Instant::now();
    let (_, coverage) = scanned(request).await;
    assert!(started.elapsed() < TIMEOUT / 2, "{:?}", started.elapsed());
    assert!(!coverage.complete, "it was cut off before its time");
}

#[tokio::test]
async fn an_unknown_interface_is_said_and_nothing_is_scanned() {
    let mut scan = discovery().scan(ScanRequest { interfaces: vec!["nowhere0".into()], ..loopback() });
    assert_eq!(scan.next().await.unwrap().unwrap_err().kind(), Kind::NotFound);
    assert!(matches!(scan.next().await, Some(Ok(Found::Finished(coverage))) if coverage.subnets.is_empty()));
    assert!(scan.next().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_hears_no_multicast_answers_a_probe_of_its_own() {
    // A responder that is in no group: it is asked because the sweep finds its host.
    let fleet = Fleet::start(FleetOptions { discoverable: false, ..FleetOptions::default() }).await.unwrap();
    let responder = tokio::net::UdpSocket::bind("127.0.0.3:3702").await.unwrap();
    let page = tokio::net::TcpListener::bind("127.0.0.3:8899").await.unwrap();
    let port = fleet.cameras()[0].onvif_url.split([':', '/']).nth(4).unwrap().to_owned();
    let mut answering = tokio::task::JoinSet::new();
    answering.spawn(async move {
        let mut probe = vec![0; 4096];
        loop {
            let (length, peer) = responder.recv_from(&mut probe).await.unwrap();
            let text = String::from_utf8_lossy(&probe[..length]).into_owned();
            let id = text.split("<a:MessageID>").nth(1).unwrap().split('<').next().unwrap().to_owned();
            let answer = format!(
                "<E><Header><RelatesTo>{id}</RelatesTo></Header><Body><ProbeMatches><ProbeMatch><EndpointReference>\
                 <Address>urn:uuid:00000000-0000-0000-0000-0000000000aa</Address></EndpointReference>\
                 <Types>dn:NetworkVideoTransmitter</Types><XAddrs>http://127.0.0.3:{port}/x</XAddrs></ProbeMatch>\
                 </ProbeMatches></Body></E>"
            );
            responder.send_to(answer.as_bytes(), peer).await.unwrap();
        }
    });
    answering.spawn(async move {
        loop {
            drop(page.accept().await);
        }
    });
    let devices = found(ScanRequest { subnets: vec!["127.0.0.0/29".parse().unwrap()], ..loopback() }).await;
    let device = &devices["urn:uuid:00000000-0000-0000-0000-0000000000aa"];
    assert!(device.evidence.contains(&Evidence::WsDiscovery));
    assert!(device.ports.contains(&8899));
}

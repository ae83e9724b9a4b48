//! Scans of this machine's loopback with simulated cameras on it.

use super::*;
use crate::onvif::OxvifDevice;
use crate::onvif::tests::SystemClock;
use atalaya_model::Kind;
use atalaya_model::address::StreamUrl;
use atalaya_model::discovery::{DeviceKind, Evidence};
use atalaya_simcam::{Credentials, Fleet, FleetOptions};
use futures_util::StreamExt;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Far more than a scan of loopback takes.
const TIMEOUT: Duration = Duration::from_secs(20);

fn discovery() -> LanDiscovery {
    LanDiscovery::new(Arc::new(OxvifDevice::new(Arc::new(SystemClock))))
}

fn loopback() -> ScanRequest {
    ScanRequest { interfaces: vec!["127.0.0.1".into()], timeout: TIMEOUT, ..ScanRequest::default() }
}

/// The last word on every device.
async fn found(request: ScanRequest) -> BTreeMap<String, Device> {
    let mut scan = discovery().scan(request);
    let mut devices = BTreeMap::new();
    while let Some(device) = scan.next().await {
        let device = device.unwrap();
        devices.insert(device.key.clone(), device);
    }
    devices
}

#[tokio::test(flavor = "multi_thread")]
async fn open_cameras_are_listed_once_with_their_streams() {
    let fleet = Fleet::start(FleetOptions { count: 3, ..FleetOptions::default() }).await.unwrap();
    let started = Instant::now();
    let devices = found(loopback()).await;
    println!("scan of loopback with 3 cameras: {:?}", started.elapsed());
    assert!(started.elapsed() < Duration::from_secs(5));
    for camera in fleet.cameras() {
        let device = &devices[&format!("urn:uuid:{}", camera.uuid)];
        assert_eq!(device.kind, DeviceKind::Camera);
        assert_eq!(device.name.as_ref(), Some(&camera.name));
        assert_eq!(device.serial.as_ref(), Some(&camera.serial));
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
    while scan.next().await.unwrap().unwrap().key != key {}
    println!("first device: {:?}", started.elapsed());
    assert!(started.elapsed() < Duration::from_millis(1500));
    drop(scan);
}

#[tokio::test]
async fn a_scan_ends_at_its_timeout() {
    let request = ScanRequest { timeout: Duration::from_millis(300), ..loopback() };
    let started = Instant::now();
    let mut scan = discovery().scan(request);
    while scan.next().await.is_some() {}
    assert!(started.elapsed() < Duration::from_millis(1300), "{:?}", started.elapsed());
}

#[tokio::test]
async fn an_unknown_interface_is_said_and_nothing_is_scanned() {
    let mut scan = discovery().scan(ScanRequest { interfaces: vec!["nowhere0".into()], ..loopback() });
    assert_eq!(scan.next().await.unwrap().unwrap_err().kind(), Kind::NotFound);
    assert!(scan.next().await.is_none());
}

//! Cameras that are switched off, sorted into groups, and followed to another address.

use super::fakes::{Behaviour, Bench, START, camera};
use crate::vm::camera::EditCamera;
use crate::vm::event::EventVm;
use atalaya_model::address::StreamUrl;
use atalaya_model::camera::{Camera, RecordMode, Role};
use atalaya_model::discovery::Device;
use atalaya_model::inventory::KnownDevice;
use atalaya_model::live::{Grid, Tile, TileRect, WebviewAbility};
use atalaya_model::ports::DeviceIdentity;
use atalaya_model::recording::GapCause;
use atalaya_model::secret::Credentials;
use std::sync::atomic::Ordering;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const ENDPOINT: &str = "urn:uuid:00000000-0000-0000-0000-000000000007";
const SERIAL: &str = "AB-12345";

fn switch(enabled: bool) -> EditCamera {
    EditCamera { enabled: Some(enabled), ..EditCamera::default() }
}

#[tokio::test(start_paused = true)]
async fn a_camera_that_is_switched_off_is_left_alone_and_not_missed() {
    let cameras = [camera(1, RecordMode::Continuous), camera(2, RecordMode::Continuous)];
    let bench = Bench::start(cameras.to_vec(), Behaviour::Plays).await;
    let one = &cameras[0];
    let mut session = bench.engine.live().open(WebviewAbility { decodes_h264: true, has_gpu: true }).await;
    let rect = TileRect { x: 0, y: 0, width: 320, height: 180 };
    let grid = Grid { width: 320, height: 180, tiles: vec![Tile { camera: one.id, role: Role::Main, rect }] };
    session.set_grid(grid.clone()).await.unwrap();
    bench.pass(SECOND * 10).await;
    bench.engine.cameras().edit("camera 1", switch(false)).await.unwrap();
    let mut events = bench.engine.subscribe();
    bench.pass(SECOND * 60).await;
    // Asked for again, as a window does that has not heard of it yet.
    session.set_grid(grid.clone()).await.unwrap();
    assert_eq!(bench.engine.stills().take("camera 1").await.err().unwrap().code, "CONFLICT");
    assert_eq!(bench.world.calls_of(one.id), 1, "no connection is made");
    let pulls = bench.engine.inner.all_pulls();
    let idle = |pull: &crate::pull::PullHandle| pull.report().state.code() == "idle";
    assert!(pulls.iter().filter(|pull| pull.report().camera.id == one.id).all(idle));
    let status = std::iter::from_fn(|| events.try_recv().ok()).filter_map(|event| match event {
        EventVm::Metrics { status, streams } => Some((status, streams.len())),
        _ => None,
    });
    let (status, streams) = status.last().unwrap();
    assert_eq!((status.cameras_total, status.cameras_recording, streams), (1, 1, 1), "it is not missed");
    let gaps = bench.world.gaps_of(one.id);
    let [(start, None, GapCause::Paused)] = gaps[..] else { panic!("{gaps:?}") };
    assert!((9_000..=10_100).contains(&start), "{gaps:?}");

    // On again, while it cannot be reached: from then on it is missing against the user's wish.
    bench.world.behave(one.id, Behaviour::Refuses);
    bench.engine.cameras().edit("camera 1", switch(true)).await.unwrap();
    bench.pass(SECOND * 20).await;
    let gaps = bench.world.gaps_of(one.id);
    let [(_, Some(end), GapCause::Paused), (again, None, GapCause::Offline)] = gaps[..] else {
        panic!("{gaps:?}")
    };
    assert!(end == again && (69_900..=70_100).contains(&end), "{gaps:?}");
    bench.engine.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn off_and_on_again_at_once_leaves_no_gap_that_lasts() {
    let one = camera(1, RecordMode::Continuous);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    bench.pass(SECOND * 10).await;
    // The recorder that ends is still busy when the next one begins.
    bench.world.disk_ms.store(3_000, Ordering::Relaxed);
    bench.pass(SECOND * 3).await;
    bench.engine.cameras().edit("camera 1", switch(false)).await.unwrap();
    bench.engine.cameras().edit("camera 1", switch(true)).await.unwrap();
    bench.world.disk_ms.store(0, Ordering::Relaxed);
    bench.pass(SECOND * 30).await;
    let gaps = bench.world.gaps_of(one.id);
    assert!(gaps.iter().all(|gap| gap.1.is_some()), "{gaps:?}");
    bench.engine.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn an_outage_keeps_its_cause_up_to_when_the_camera_is_switched_off() {
    let one = camera(1, RecordMode::Continuous);
    let bench = Bench::start(vec![one.clone()], Behaviour::PlaysFor(SECOND * 10)).await;
    bench.pass(SECOND * 5).await;
    bench.world.behave(one.id, Behaviour::Refuses);
    bench.pass(SECOND * 20).await;
    bench.engine.cameras().edit("camera 1", switch(false)).await.unwrap();
    bench.pass(SECOND * 20).await;
    let gaps = bench.world.gaps_of(one.id);
    let [(_, Some(end), GapCause::Offline), (start, None, GapCause::Paused)] = gaps[..] else {
        panic!("{gaps:?}")
    };
    assert!(end == start && (24_900..=25_100).contains(&start), "{gaps:?}");
    bench.engine.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn groups_are_what_cameras_are_in() {
    let bench = Bench::start((1..=4).map(|n| camera(n, RecordMode::Off)).collect(), Behaviour::Plays).await;
    let put = async |name: &str, group: &str| {
        let changes = EditCamera { group: Some(group.to_owned()), ..EditCamera::default() };
        bench.engine.cameras().edit(name, changes).await.map(|camera| camera.group)
    };
    assert_eq!(put("camera 1", " North / Gates ").await.unwrap().as_deref(), Some("North / Gates"));
    put("camera 2", "North/Yard").await.unwrap();
    put("camera 3", "South").await.unwrap();
    assert_eq!(put("camera 4", "a/b/c").await.unwrap_err().code, "INVALID_INPUT");
    let named = async |group: &str| -> Vec<String> {
        let cameras = bench.engine.cameras().list_in(group).await.unwrap();
        cameras.into_iter().map(|camera| camera.name).collect()
    };
    assert_eq!(named("North").await, ["camera 1", "camera 2"]);
    assert_eq!(named("North / Gates").await, ["camera 1"]);
    assert!(named("Gates").await.is_empty());
    assert_eq!(put("camera 3", "").await.unwrap(), None);
    assert!(named("South").await.is_empty());
    bench.engine.shutdown().await;
}

/// A camera at 192.0.2.1 whose device was last met at 192.0.2.9.
async fn moved(told: Option<DeviceIdentity>) -> (Bench, Camera) {
    let mut one = camera(1, RecordMode::Off);
    one.onvif_url = Some(StreamUrl::parse("http://192.0.2.1:8000/onvif/device_service").unwrap());
    one.snapshot_url = Some(StreamUrl::parse("http://192.0.2.1/snap").unwrap());
    one.device_identity = Some(SERIAL.to_owned());
    one.endpoint = Some(ENDPOINT.to_owned());
    one.allow_basic = true;
    let mut device = Device::at(ENDPOINT.to_owned(), [192, 0, 2, 9].into());
    device.onvif_url = Some(StreamUrl::parse("http://192.0.2.9:8000/onvif/device_service").unwrap());
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    let known = KnownDevice { device, first_seen: START, last_seen: START, gone_since: None };
    bench.engine.inner.set_known_devices(vec![known]);
    bench.world.identities.lock().unwrap().extend(told.map(|told| ("192.0.2.9".to_owned(), told)));
    (bench, one)
}

fn told(endpoint: &str, serial: Option<&str>) -> DeviceIdentity {
    DeviceIdentity { endpoint: Some(endpoint.to_owned()), serial: serial.map(str::to_owned) }
}

#[tokio::test(start_paused = true)]
async fn a_camera_is_followed_to_its_new_address_with_its_login() {
    let (bench, one) = moved(Some(told(ENDPOINT, Some(SERIAL)))).await;
    let shown = bench.engine.scans().list().await.unwrap().remove(0);
    let offer = shown.moved_camera.expect("it is offered");
    assert_eq!((offer.id, offer.host.as_str()), (one.id.to_string(), "192.0.2.1"));
    assert!(shown.already_added, "it is not added a second time");

    let camera = bench.engine.cameras().follow("camera 1").await.unwrap();
    assert_eq!(camera.host, "192.0.2.9");
    assert_eq!(camera.streams[0].url, "rtsp://192.0.2.9/main");
    assert_eq!(camera.streams[1].url, "rtsp://192.0.2.9/sub");
    assert_eq!(camera.onvif_url.as_deref(), Some("http://192.0.2.9:8000/onvif/device_service"));
    assert!(!camera.allow_basic, "the leave to send the password in the clear was for another address");
    let kept = bench.engine.inner.find_camera("camera 1").await.unwrap();
    assert_eq!(kept.snapshot_url.as_ref().map(StreamUrl::as_str), Some("http://192.0.2.9/snap"));
    let login = bench.engine.inner.credentials(&kept).await.unwrap();
    assert_eq!(login, Some(Credentials::new("admin", "secret")), "sealed for the new host");
    assert!(bench.world.sealed.lock().unwrap()[&one.id].contains("|192.0.2.9|"));
    assert!(bench.world.asked.lock().unwrap().is_empty(), "it proved itself without a login");
    let shown = bench.engine.scans().list().await.unwrap().remove(0);
    assert_eq!((shown.moved_camera, shown.already_added), (None, true));
    assert_eq!(bench.engine.cameras().follow("camera 1").await.unwrap_err().code, "NOT_FOUND");
    bench.engine.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn whoever_is_not_the_camera_gets_no_login() {
    let serial = Some(SERIAL);
    for (says, code) in [
        (None, "UNREACHABLE"),
        (Some(told("urn:uuid:00000000-0000-0000-0000-000000000008", serial)), "REFUSED"),
        (Some(told(ENDPOINT, Some("AB-12346"))), "REFUSED"),
        (Some(DeviceIdentity { endpoint: None, serial: serial.map(str::to_owned) }), "REFUSED"),
        (Some(DeviceIdentity::default()), "REFUSED"),
    ] {
        let (bench, one) = moved(says.clone()).await;
        assert_eq!(bench.engine.cameras().follow("camera 1").await.unwrap_err().code, code, "{says:?}");
        assert!(bench.world.asked.lock().unwrap().is_empty(), "{says:?}");
        assert_eq!(bench.world.cameras.lock().unwrap()[&one.id], one);
        bench.engine.shutdown().await;
    }
    // The true camera is still in its place: one of the two lies.
    for serial in [serial, None] {
        let (bench, one) = moved(Some(told(ENDPOINT, serial))).await;
        bench.world.identities.lock().unwrap().insert("192.0.2.1".to_owned(), told(ENDPOINT, None));
        assert_eq!(bench.engine.cameras().follow("camera 1").await.unwrap_err().code, "REFUSED");
        assert!(bench.world.asked.lock().unwrap().is_empty());
        assert_eq!(bench.world.cameras.lock().unwrap()[&one.id], one);
        bench.engine.shutdown().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_serial_number_kept_for_logins_is_asked_for_before_anything_is_stored() {
    for (true_serial, followed) in [(SERIAL, true), ("AB-99999", false)] {
        let (bench, one) = moved(Some(told(ENDPOINT, None))).await;
        // Another device has the old address now.
        bench
            .world
            .identities
            .lock()
            .unwrap()
            .insert("192.0.2.1".to_owned(), told("urn:uuid:x", Some("Z-98765")));
        true_serial.clone_into(&mut bench.world.serial.lock().unwrap());
        assert_eq!(bench.engine.cameras().follow("camera 1").await.is_ok(), followed);
        let asked = bench.world.asked.lock().unwrap().clone();
        assert_eq!(asked, [("192.0.2.9".to_owned(), Some(Credentials::new("admin", "secret")))]);
        let kept = bench.world.cameras.lock().unwrap()[&one.id].clone();
        assert_eq!(kept == one, !followed);
        bench.engine.shutdown().await;
    }
}

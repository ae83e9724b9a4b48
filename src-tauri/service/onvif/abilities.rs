//! Tests of what a device can do, against simulated cameras and oxvif's own mock: drive, settings, events.

use super::tests::{CLOCK_TOLERANCE_MS, SystemClock, fleet, onvif, target};
use super::*;
use atalaya_model::device_event::Notice;
use atalaya_model::focus::FocusAbility;
use atalaya_model::imaging::{IrCut, Level};
use atalaya_model::ptz::{MOVE_MAX, PtzVector};
use atalaya_model::quirk::OnvifQuirk;
use atalaya_simcam::{DigestAlgorithms, Fault};
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

const PATIENCE: Duration = Duration::from_mins(1);

async fn at_rest(onvif: &OxvifDevice, at: &OnvifTarget) -> PtzVector {
    let rest = async {
        loop {
            let status = onvif.status(at).await.unwrap();
            if status.moving == Some(false) {
                return status.place;
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, rest).await.expect("the drive comes to rest")
}

fn near(place: PtzVector, pan: f32, zoom: f32) -> bool {
    let (told, _) = place.pan_tilt.unwrap();
    (told - pan).abs() < 0.02 && (place.zoom.unwrap() - zoom).abs() < 0.02
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drive_is_moved_in_every_way() {
    let fleet = fleet(DigestAlgorithms::Both, vec![]).await;
    let (onvif, at) = (onvif(), target(&fleet));
    let ability = onvif.ability(&at).await.unwrap();
    assert!(ability.continuous.any() && ability.relative.pan_tilt && ability.absolute.zoom && ability.home);
    assert_eq!(ability.presets_max, 64);

    onvif.drive(&at, PtzMove::Absolute(PtzVector::new(0.4, 0.0, 0.5))).await.unwrap();
    assert!(near(at_rest(&onvif, &at).await, 0.4, 0.5));
    let by = PtzVector { pan_tilt: Some((-0.2, 0.0)), zoom: None };
    onvif.drive(&at, PtzMove::Relative(by)).await.unwrap();
    assert!(near(at_rest(&onvif, &at).await, 0.2, 0.5), "zoom, which was not named, stays");

    // Nobody says it again: the camera itself ends it after a second, which is half the way to its end.
    assert_eq!(MOVE_MAX, Duration::from_secs(1));
    onvif.drive(&at, PtzMove::Continuous(PtzVector::new(-0.5, 0.0, 0.0))).await.unwrap();
    let place = at_rest(&onvif, &at).await;
    assert!(near(place, -0.05, 0.5), "{place:?}");

    let token = onvif.set_preset(&at, "<gate> & \"yard\"").await.unwrap();
    let presets = onvif.presets(&at).await.unwrap();
    let preset = presets.iter().find(|preset| preset.token == token).unwrap();
    assert_eq!(preset.name, "<gate> & \"yard\"");
    assert!(near(preset.place.unwrap(), -0.05, 0.5));
    onvif.go_to(&at, &PtzGoal::Home).await.unwrap();
    assert!(near(at_rest(&onvif, &at).await, 0.0, 0.0));
    onvif.go_to(&at, &PtzGoal::Preset(token.clone())).await.unwrap();
    assert!(near(at_rest(&onvif, &at).await, -0.05, 0.5));
    onvif.set_home(&at).await.unwrap();
    onvif.drive(&at, PtzMove::Continuous(PtzVector::new(1.0, 0.0, 0.0))).await.unwrap();
    onvif.stop(&at).await.unwrap();
    assert_eq!(onvif.status(&at).await.unwrap().moving, Some(false));
    onvif.go_to(&at, &PtzGoal::Home).await.unwrap();
    assert!(near(at_rest(&onvif, &at).await, -0.05, 0.5));
    onvif.remove_preset(&at, &token).await.unwrap();
    for gone in
        [onvif.remove_preset(&at, &token).await, onvif.go_to(&at, &PtzGoal::Preset(token.clone())).await]
    {
        assert_eq!(gone.unwrap_err().kind(), Kind::NotFound);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_joystick_s_moves_are_one_call_each() {
    let fleet = fleet(DigestAlgorithms::Both, vec![]).await;
    let (onvif, at) = (onvif(), target(&fleet));
    let speed = PtzMove::Continuous(PtzVector::new(0.1, 0.0, 0.0));
    let mut times = Vec::new();
    for _ in 0..20 {
        let started = Instant::now();
        onvif.drive(&at, speed).await.unwrap();
        times.push(started.elapsed());
    }
    let first = times.remove(0);
    times.sort();
    println!("first move {first:?}, then a median of {:?} and at most {:?}", times[9], times[18]);
    assert!(times[9] < Duration::from_millis(250), "{times:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn encoders_are_read_and_set_over_either_media_service() {
    for (faults, version) in [(vec![], 2), (vec![Fault::NoMedia2], 1)] {
        let fleet = fleet(DigestAlgorithms::Both, faults).await;
        let (onvif, at) = (onvif(), target(&fleet));
        let profile = onvif.profile(&at).await.unwrap();
        assert_eq!(profile.media_version, version);
        assert_eq!(profile.services, ["ptz", "imaging", "events"]);
        assert_eq!(profile.users, Some(vec![("ana".to_owned(), "Administrator".to_owned())]));
        assert!(profile.quirks.is_empty(), "{:?}", profile.quirks);
        let main = &profile.encoders[0];
        let settings = &main.settings;
        assert_eq!((settings.gop, settings.fps_milli, settings.bitrate_kbps), (Some(50), 25_000, 2000));
        let options = &main.options[0];
        assert_eq!((options.gop, options.bitrate_kbps), (Some((1, 300)), Some((64, 8000))));
        assert_eq!(options.fps_milli, Some((1000, 25_000)));

        let change = EncoderChange { gop: Some(25), fps_milli: Some(12_000), ..EncoderChange::default() };
        let set = onvif.set_encoder(&at, "main", &change).await.unwrap();
        assert_eq!((set.gop, set.fps_milli, set.bitrate_kbps), (Some(25), 12_000, 2000));
        let again = onvif.profile(&at).await.unwrap();
        assert_eq!(again.encoders[0].settings, set);
        assert_eq!(again.encoders[1], profile.encoders[1], "the other one is left alone");

        let kind = |error: atalaya_model::Error| error.kind();
        let bad = EncoderChange { gop: Some(9999), ..EncoderChange::default() };
        assert_eq!(onvif.set_encoder(&at, "main", &bad).await.map_err(kind), Err(Kind::InvalidInput));
        assert_eq!(onvif.set_encoder(&at, "none", &change).await.map_err(kind), Err(Kind::NotFound));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_picture_s_settings_are_read_and_set() {
    let fleet = fleet(DigestAlgorithms::Both, vec![]).await;
    let (onvif, at) = (onvif(), target(&fleet));
    let imaging = DeviceSettings::imaging(&onvif, &at).await.unwrap();
    assert_eq!(imaging.brightness.map(|it| (it.value, it.min, it.max)), Some((50.0, 0.0, 100.0)));
    assert_eq!((imaging.ir_cut, imaging.contrast), (Some(IrCut::Auto), None));
    let snapshot_url = StreamUrl::parse(&fleet.cameras()[0].snapshot_url).unwrap();
    let before = onvif.snapshot(&snapshot_url, at.credentials.as_ref(), None).await.unwrap();
    let night = ImagingChange { ir_cut: Some(IrCut::Off), brightness: Some(90.0), ..Default::default() };
    let set = onvif.set_imaging(&at, night).await.unwrap();
    assert_eq!((set.ir_cut, set.brightness.unwrap().value), (Some(IrCut::Off), 90.0));
    let after = onvif.snapshot(&snapshot_url, at.credentials.as_ref(), None).await.unwrap();
    let colour = |jpeg: &[u8]| {
        let pixels = image::load_from_memory(jpeg).unwrap().to_rgb8();
        pixels.pixels().map(|p| u64::from(p[0].abs_diff(p[2]))).sum::<u64>() / u64::from(pixels.width())
    };
    assert!(colour(&before) > colour(&after) * 4, "{} {}", colour(&before), colour(&after));
    let contrast = ImagingChange { contrast: Some(1.0), ..Default::default() };
    assert_eq!(onvif.set_imaging(&at, contrast).await.unwrap_err().kind(), Kind::Unsupported);
}

/// Waits until the focus rests; where.
async fn focused(onvif: &OxvifDevice, at: &OnvifTarget) -> f32 {
    let rest = async {
        loop {
            let status = onvif.focus_status(at).await.unwrap();
            if status.moving == Some(false) {
                return status.place.unwrap();
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, rest).await.expect("the focus comes to rest")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_focus_is_moved_in_every_way_and_given_back() {
    let fleet = fleet(DigestAlgorithms::Both, vec![]).await;
    let (onvif, at) = (onvif(), target(&fleet));
    let imaging = DeviceSettings::imaging(&onvif, &at).await.unwrap();
    let all = FocusAbility { continuous: true, relative: true, absolute: true };
    assert_eq!((imaging.focus, imaging.auto_focus), (all, Some(true)));
    let snapshot_url = StreamUrl::parse(&fleet.cameras()[0].snapshot_url).unwrap();
    let sharp = onvif.snapshot(&snapshot_url, at.credentials.as_ref(), None).await.unwrap();
    let is_near = |place: f32, wanted: f32| (place - wanted).abs() < 0.02;

    onvif.focus(&at, FocusMove::Absolute(0.2)).await.unwrap();
    assert!(is_near(focused(&onvif, &at).await, 0.2));
    let by_hand = DeviceSettings::imaging(&onvif, &at).await.unwrap();
    assert_eq!(by_hand.auto_focus, Some(false), "a hand has taken over");
    let soft = onvif.snapshot(&snapshot_url, at.credentials.as_ref(), None).await.unwrap();
    let detail = |jpeg: &[u8]| {
        let pixels = image::load_from_memory(jpeg).unwrap().to_luma8();
        let rows = pixels.as_raw().chunks(pixels.width() as usize).skip(200).take(300);
        rows.flat_map(|row| row.windows(2).map(|two| u64::from(two[0].abs_diff(two[1])))).sum::<u64>()
    };
    assert!(detail(&sharp) > detail(&soft) * 2, "{} {}", detail(&sharp), detail(&soft));

    onvif.focus(&at, FocusMove::Relative(0.1)).await.unwrap();
    assert!(is_near(focused(&onvif, &at).await, 0.3));
    onvif.focus(&at, FocusMove::Continuous(-1.0)).await.unwrap();
    assert_eq!(onvif.focus_status(&at).await.unwrap().moving, Some(true));
    onvif.stop_focus(&at).await.unwrap();
    let stopped = focused(&onvif, &at).await;
    assert!(stopped < 0.3, "{stopped}");
    assert_eq!(onvif.focus(&at, FocusMove::Continuous(2.0)).await.unwrap_err().kind(), Kind::InvalidInput);

    let auto = ImagingChange { auto_focus: Some(true), ..Default::default() };
    assert_eq!(onvif.set_imaging(&at, auto).await.unwrap().auto_focus, Some(true));
    assert!(is_near(focused(&onvif, &at).await, 0.6), "where the scene is sharp");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fixed_lens_offers_no_focus() {
    let fleet = fleet(DigestAlgorithms::Both, vec![Fault::NoFocus]).await;
    let (onvif, at) = (onvif(), target(&fleet));
    let imaging = DeviceSettings::imaging(&onvif, &at).await.unwrap();
    assert_eq!((imaging.focus, imaging.auto_focus), (FocusAbility::default(), None));
    let error = onvif.focus(&at, FocusMove::Continuous(0.5)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unsupported);
    assert!(onvif.stop_focus(&at).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_clock_is_worked_with_and_set() {
    for offset_ms in [-86_400_000, 7_200_000] {
        let fleet = fleet(DigestAlgorithms::Both, vec![Fault::ClockOffset(offset_ms)]).await;
        let (onvif, at) = (onvif(), target(&fleet));
        let profile = onvif.profile(&at).await.unwrap();
        assert_eq!(profile.quirks, [OnvifQuirk::ClockFarOff]);
        assert!((profile.facts.clock_offset_ms.unwrap() - offset_ms).abs() <= CLOCK_TOLERANCE_MS);
        let left_ms = onvif.set_time(&at).await.unwrap();
        assert!(left_ms.abs() <= CLOCK_TOLERANCE_MS, "{left_ms}");
        let profile = onvif.profile(&at).await.unwrap();
        assert!(profile.quirks.is_empty(), "the login is made for the new clock: {:?}", profile.quirks);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_starts_anew_and_comes_back() {
    let fleet = fleet(DigestAlgorithms::Both, vec![]).await;
    let (onvif, at) = (onvif(), target(&fleet));
    assert!(onvif.reboot(&at).await.unwrap().contains("Rebooting"));
    assert!(onvif.profile(&at).await.unwrap_err().kind().is_transient());
    let back = async {
        while onvif.profile(&at).await.is_err() {
            sleep(Duration::from_millis(200)).await;
        }
    };
    timeout(PATIENCE, back).await.expect("it comes back");
}

/// Listens until `enough` is heard; all that was.
async fn heard_until(at: &OnvifTarget, enough: impl Fn(&[DeviceEvent]) -> bool) -> Vec<DeviceEvent> {
    let onvif = onvif();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let (ended, end) = tokio::sync::oneshot::channel::<()>();
    let until = Box::pin(async move {
        let _ = end.await;
    });
    let into = heard.clone();
    let hear = Box::new(move |event: DeviceEvent| into.lock().unwrap().push(event));
    let stop = async {
        while !enough(&heard.lock().unwrap()) {
            sleep(Duration::from_millis(100)).await;
        }
        ended.send(()).unwrap();
        Ok(())
    };
    let both = async { tokio::try_join!(onvif.listen(at, until, hear), stop) };
    timeout(PATIENCE, both).await.expect("enough is heard").unwrap();
    heard.lock().unwrap().clone()
}

/// Whether this was told to begin and to end.
fn came_and_went(heard: &[DeviceEvent], notice: Notice) -> bool {
    let of = |active: bool| heard.iter().any(|it| it.notice == notice && it.active == active);
    of(true) && of(false)
}

#[tokio::test(flavor = "multi_thread")]
async fn motion_tampering_and_inputs_are_heard() {
    let faults = ["tamper=3:1", "input=2:1"].map(|fault| fault.parse().unwrap());
    let fleet = fleet(DigestAlgorithms::Both, faults.into()).await;
    // The figure walks through the zone every few seconds.
    let all = [Notice::Motion, Notice::Tamper, Notice::Input];
    let heard =
        heard_until(&target(&fleet), |heard| all.iter().all(|notice| came_and_went(heard, *notice))).await;
    assert!(heard.iter().all(|event| event.camera_time.is_some() && !event.source.is_empty()), "{heard:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_named_by_reference_is_renewed_before_it_ends() {
    // Nothing but renewals keeps it alive, and nothing but the reference's parameter says which one it is.
    let faults = ["event-life=3", "event-reference", "input=2:1"].map(|fault| fault.parse().unwrap());
    let fleet = fleet(DigestAlgorithms::Both, faults.into()).await;
    let changes = |heard: &[DeviceEvent]| heard.iter().filter(|event| event.notice == Notice::Input).count();
    let (started, three_lives) = (Instant::now(), Duration::from_secs(9));
    let heard = heard_until(&target(&fleet), |heard| {
        started.elapsed() > three_lives && came_and_went(heard, Notice::Input)
    })
    .await;
    println!("a subscription of 3 s held for {:?}: {} changes", started.elapsed(), changes(&heard));
    // One listener's end is not the other's, although both ask at the same address.
    let at = target(&fleet);
    let (one, other) = tokio::join!(
        heard_until(&at, |heard| came_and_went(heard, Notice::Input)),
        heard_until(&at, |heard| changes(heard) >= 6),
    );
    assert!(changes(&one) >= 2 && changes(&other) >= 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn oxvifs_own_mock_moves_and_is_set() {
    let mock = oxvif::mock::MockServer::builder().start().await.unwrap();
    let at = OnvifTarget {
        device_url: StreamUrl::parse(mock.device_url()).unwrap(),
        credentials: None,
        tls: None,
    };
    let onvif = OxvifDevice::new(Arc::new(SystemClock));
    let profile = onvif.profile(&at).await.unwrap();
    assert_eq!(profile.media_version, 2);
    assert!(!profile.encoders.is_empty());
    let ability = onvif.ability(&at).await.unwrap();
    assert!(ability.continuous.pan_tilt);
    onvif.drive(&at, PtzMove::Continuous(PtzVector::new(0.5, 0.0, 0.0))).await.unwrap();
    onvif.stop(&at).await.unwrap();
    onvif.drive(&at, PtzMove::Absolute(PtzVector::new(0.25, 0.5, 0.0))).await.unwrap();
    assert_eq!(onvif.status(&at).await.unwrap().place.pan_tilt, Some((0.25, 0.5)));
    let token = onvif.set_preset(&at, "gate").await.unwrap();
    assert!(onvif.presets(&at).await.unwrap().iter().any(|it| it.token == token && it.name == "gate"));
    let imaging = DeviceSettings::imaging(&onvif, &at).await.unwrap();
    let brightness = imaging.brightness.unwrap();
    let change = ImagingChange { brightness: Some(brightness.max), ..Default::default() };
    let set = onvif.set_imaging(&at, change).await.unwrap().brightness;
    assert_eq!(set, Some(Level { value: brightness.max, ..brightness }));
    let main = &profile.encoders[0];
    let most = main.options[0].bitrate_kbps.unwrap().1;
    let change = EncoderChange { bitrate_kbps: Some(most), ..Default::default() };
    assert_eq!(onvif.set_encoder(&at, &main.settings.token, &change).await.unwrap().bitrate_kbps, most);
}

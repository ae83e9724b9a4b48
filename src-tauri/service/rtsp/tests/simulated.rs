//! Against `atalaya-simcam`: what a stream must look like, with and without faults.

use super::{PASSWORD, USER, open, refused, request};
use crate::decode::NativeStillCamera;
use atalaya_model::Kind;
use atalaya_model::camera::Transport;
use atalaya_model::media::{AudioCodec, AudioUnit, MediaUnit, VideoCodec, VideoUnit};
use atalaya_model::ports::{OpenStream, StillCamera};
use atalaya_simcam::{Credentials, DigestAlgorithms, Fault, Fleet, FleetOptions, clock_strip};
use futures_util::StreamExt;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

async fn fleet(options: FleetOptions) -> Fleet {
    Fleet::start(FleetOptions { discoverable: false, ..options }).await.unwrap()
}

/// The first `count` pictures, and the audio that came meanwhile.
async fn pull(stream: &mut OpenStream, count: usize) -> (Vec<VideoUnit>, Vec<AudioUnit>) {
    let (mut video, mut audio) = (Vec::new(), Vec::new());
    while video.len() < count {
        match stream.units.next().await.expect("the camera plays on").unwrap() {
            MediaUnit::Video(unit) => video.push(unit),
            MediaUnit::Audio(unit) => audio.push(unit),
        }
    }
    (video, audio)
}

async fn plays(transport: Transport) {
    let fleet = fleet(FleetOptions::default()).await;
    let mut stream = open(request(&fleet.cameras()[0].rtsp_urls[0], transport, None)).await.unwrap();
    assert_eq!(stream.audio_note, None);
    let (video, audio) = pull(&mut stream, 60).await;

    let format = stream.video.expect("described");
    assert_eq!((format.codec, format.width, format.height), (VideoCodec::H264, 1280, 720));
    assert!(format.codec_string.starts_with("avc1."), "{}", format.codec_string);
    assert_eq!((format.decoder_config[0], &format.sample_entry[4..8]), (1, &b"avc1"[..]));
    assert!(video.iter().all(|unit| Arc::ptr_eq(&unit.format, &format)), "one allocation until it changes");
    assert!(video[0].key && video[0].pts_90k == 0 && video.iter().filter(|unit| unit.key).count() >= 2);
    assert!(video.iter().all(|unit| unit.packets_lost == 0));
    let steps: Vec<i64> = video.windows(2).map(|pair| pair[1].pts_90k - pair[0].pts_90k).collect();
    let mean = steps.iter().sum::<i64>() / steps.len() as i64;
    assert!((3_200..=4_200).contains(&mean) && steps.iter().all(|step| *step > 0), "25 fps: {steps:?}");
    assert!(video.windows(2).all(|pair| pair[0].received <= pair[1].received));

    let format = stream.audio.expect("sound");
    assert_eq!((format.codec, format.sample_rate, format.channels), (AudioCodec::Pcmu, 8_000, 1));
    assert_eq!(&format.sample_entry[4..8], b"ulaw");
    assert!(
        audio[0].pts == 0
            && audio.windows(2).all(|pair| pair[1].pts - pair[0].pts == pair[0].data.len() as i64)
    );
    assert!(audio.iter().all(|unit| unit.offset_micros.abs() < 500_000), "{}", audio[0].offset_micros);
    drop(stream.units);
    fleet.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plays_over_tcp() {
    plays(Transport::Tcp).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plays_over_udp() {
    plays(Transport::Udp).await;
}

/// A camera that lost its power answers that it knows of no connection, if it is asked: the kernel's own list says that
/// it will be (proc(5), /proc/net/tcp: 02 is the keep-alive timer).
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_camera_is_asked_whether_it_is_there() {
    let fleet = fleet(FleetOptions::default()).await;
    let url = &fleet.cameras()[0].rtsp_urls[0];
    let mut stream = open(request(url, Transport::Tcp, None)).await.unwrap();
    pull(&mut stream, 5).await;
    let port: u16 = url.rsplit(':').next().unwrap().split('/').next().unwrap().parse().unwrap();
    let list = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let ours: Vec<Vec<&str>> = list
        .lines()
        .map(|line| line.split_ascii_whitespace().collect())
        .filter(|fields: &Vec<&str>| {
            fields.get(2).is_some_and(|remote| remote.ends_with(&format!(":{port:04X}")))
        })
        .collect();
    let [connection] = &ours[..] else { panic!("one connection to the camera: {ours:?}") };
    let hundredths = connection[5].strip_prefix("02:").and_then(|when| u64::from_str_radix(when, 16).ok());
    assert!(hundredths.is_some_and(|when| when <= 200), "within two seconds: {connection:?}");
    drop(stream.units);
    fleet.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cameras_time_is_that_of_its_burnt_in_clock() {
    let fleet = fleet(FleetOptions::default()).await;
    let mut stream = open(request(&fleet.cameras()[0].rtsp_urls[1], Transport::Tcp, None)).await.unwrap();
    let (video, _) = pull(&mut stream, 60).await;
    let timed = video.iter().rfind(|unit| unit.key && unit.camera_time.is_some()).expect("a report came");
    let picture = NativeStillCamera::new().decode(timed.clone()).await.unwrap();
    let (width, height) = (picture.width as usize, picture.height as usize);
    let burnt_in = clock_strip::read(&picture.i420, width, width, height).expect("a clock strip");
    let told = timed.camera_time.unwrap().as_millis();
    assert!(told.abs_diff(burnt_in.utc_ms as i64) <= 100, "told {told}, burnt in {}", burnt_in.utc_ms);
    let latency = timed.received_wall.as_millis() - told;
    assert!((-100..30_000).contains(&latency), "{latency} ms");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_a_week_off_is_not_shown_and_none_without_reports() {
    for fault in [Fault::ClockOffset(7 * 86_400_000), Fault::NoSenderReports] {
        let fleet = fleet(FleetOptions { faults: vec![fault], ..FleetOptions::default() }).await;
        let mut stream = open(request(&fleet.cameras()[0].rtsp_urls[1], Transport::Tcp, None)).await.unwrap();
        let (video, _) = pull(&mut stream, 10).await;
        assert!(video.iter().all(|unit| unit.camera_time.is_none()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logs_in_by_digest_with_either_algorithm_and_not_with_a_wrong_password() {
    for digest in [DigestAlgorithms::Both, DigestAlgorithms::Md5, DigestAlgorithms::Sha256] {
        let credentials = Some(Credentials::new(USER, PASSWORD));
        let fleet = fleet(FleetOptions { credentials, digest, ..FleetOptions::default() }).await;
        let url = &fleet.cameras()[0].rtsp_urls[1];
        let mut stream = open(request(url, Transport::Tcp, Some(PASSWORD))).await.unwrap();
        pull(&mut stream, 2).await;
        for password in [None, Some("wrong"), Some("")] {
            let error = refused(request(url, Transport::Tcp, password)).await;
            assert_eq!(error.kind(), Kind::Unauthorized, "{error}");
            assert_eq!((error.fact("status"), error.fact("phase")), (Some("401"), Some("describe")));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn loss_is_counted_and_damaged_units_are_never_keys() {
    let fleet =
        fleet(FleetOptions { faults: vec![Fault::Loss(3.0)], seed: 7, ..FleetOptions::default() }).await;
    let mut stream = open(request(&fleet.cameras()[0].rtsp_urls[0], Transport::Udp, None)).await.unwrap();
    let (video, _) = pull(&mut stream, 60).await;
    assert!(video.iter().map(|unit| unit.packets_lost).sum::<u32>() > 0);
    assert!(video.iter().all(|unit| unit.packets_lost == 0 || !unit.key));
}

/// What came of a stream over UDP through such weather.
struct Weathered {
    /// RTP packets that our count calls lost, and that the camera kept back.
    lost: (u32, u64),
    units: usize,
    /// Units that are called whole, and of these such as the camera never sent.
    whole: usize,
    damaged: usize,
}

/// Watches one stream over UDP for a while, and over TCP to know what the camera sent.
async fn weathered(weather: &[Fault]) -> Weathered {
    const FOR: Duration = Duration::from_secs(10);
    let options = FleetOptions { faults: weather.to_vec(), audio: None, seed: 7, ..FleetOptions::default() };
    let fleet = fleet(options).await;
    let url = &fleet.cameras()[0].rtsp_urls[0];
    let sent = open(request(url, Transport::Tcp, None)).await.unwrap();
    let seen = open(request(url, Transport::Udp, None)).await.unwrap();
    let until = Instant::now() + FOR;
    let all_until = |mut stream: OpenStream, until: Instant| async move {
        let mut found = Vec::new();
        while let Ok(unit) = tokio::time::timeout_at(until.into(), stream.units.next()).await {
            match unit.expect("the camera plays on").unwrap() {
                MediaUnit::Video(unit) => found.push(unit),
                MediaUnit::Audio(_) => {}
            }
        }
        found
    };
    // The one over TCP longer: whatever came over UDP is among what was sent.
    let (sent, (units, kept_back)) = tokio::join!(all_until(sent, until + Duration::from_secs(1)), async {
        let units = all_until(seen, until).await;
        (units, fleet.packets_kept_back())
    });
    let sent: HashSet<&[u8]> = sent.iter().map(|unit| &*unit.data).collect();
    let whole: Vec<_> = units.iter().filter(|unit| unit.packets_lost == 0).collect();
    Weathered {
        lost: (units.iter().map(|unit| unit.packets_lost).sum(), kept_back),
        units: units.len(),
        whole: whole.len(),
        damaged: whole.iter().filter(|unit| !sent.contains(&*unit.data)).count(),
    }
}

/// R7: losses are counted to within 1 % of what was lost, and no damaged unit passes for a whole one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn udp_through_losses_duplicates_and_disorder_is_counted_and_never_called_whole() {
    let losses = [0.1, 1.0, 5.0, 20.0];
    let (by_loss, duplicates, disorder, all) = tokio::join!(
        futures_util::future::join_all(
            losses.map(|loss| async move { weathered(&[Fault::UdpLoss(loss)]).await })
        ),
        weathered(&[Fault::Duplicate(5.0)]),
        weathered(&[Fault::Reorder(5.0)]),
        weathered(&[Fault::UdpLoss(5.0), Fault::Duplicate(5.0), Fault::Reorder(5.0)]),
    );
    let mut named: Vec<_> = losses.iter().map(|loss| format!("{loss} % lost")).zip(by_loss).collect();
    named.push(("5 % twice".to_owned(), duplicates));
    for (name, seen) in &named {
        let (ours, theirs) = (f64::from(seen.lost.0), seen.lost.1 as f64);
        println!(
            "{name}: {ours} of {theirs} counted; {} units, {} whole, {} of them damaged",
            seen.units, seen.whole, seen.damaged
        );
        // What was lost last is known with the next packet only.
        assert!((ours - theirs).abs() <= (theirs * 0.01).max(3.0), "{name}: {ours} of {theirs}");
    }
    named.push(("5 % overtaken".to_owned(), disorder));
    named.push(("all three".to_owned(), all));
    for (name, seen) in &named {
        assert!(seen.units > 50 && seen.whole > 0, "{name}: {} of {} units", seen.whole, seen.units);
        assert_eq!(seen.damaged, 0, "{name}: damaged units pass for whole ones");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_size_brings_a_new_format_with_a_key() {
    let fault = Fault::ResolutionChange(Duration::from_millis(1_500));
    let fleet = fleet(FleetOptions { faults: vec![fault], ..FleetOptions::default() }).await;
    let mut stream = open(request(&fleet.cameras()[0].rtsp_urls[1], Transport::Tcp, None)).await.unwrap();
    let (video, _) = pull(&mut stream, 40).await;
    let change =
        video.windows(2).find(|pair| !Arc::ptr_eq(&pair[0].format, &pair[1].format)).expect("a change");
    assert_ne!(
        (change[0].format.width, change[0].format.height),
        (change[1].format.width, change[1].format.height)
    );
    assert!(change[1].key);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_is_not_there_is_not_found() {
    let fleet = fleet(FleetOptions::default()).await;
    let url = format!("{}/nothing", fleet.cameras()[0].rtsp_urls[0]);
    let error = refused(request(&url, Transport::Tcp, None)).await;
    assert_eq!(error.kind(), Kind::NotFound, "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_connection_ends_the_stream_with_one_error() {
    let fault = Fault::Close(Duration::from_secs(1));
    let fleet = fleet(FleetOptions { faults: vec![fault], ..FleetOptions::default() }).await;
    let mut stream = open(request(&fleet.cameras()[0].rtsp_urls[1], Transport::Tcp, None)).await.unwrap();
    let error = loop {
        match stream.units.next().await.expect("an error is the last item") {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), Kind::Unreachable, "{error}");
    assert!(stream.units.next().await.is_none());
}

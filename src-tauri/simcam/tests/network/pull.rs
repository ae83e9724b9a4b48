//! Owns the tests that pull video with retina: transports, passwords, clocks and faults.

use crate::{PASSWORD, guarded};
use atalaya_simcam::{AudioCodec, DigestAlgorithms, Fault, Fleet, FleetOptions, clock_strip};
use futures_util::StreamExt;
use openh264::{
    OpenH264API,
    decoder::{Decoder, DecoderConfig, Flush},
    formats::YUVSource,
};
use retina::{
    Timestamp,
    client::{
        Credentials, Demuxed, InitialTimestampPolicy, PlayOptions, Session, SessionOptions, SetupOptions,
        Transport,
    },
    codec::{CodecItem, FrameFormat, VideoFrame},
};
use std::time::Duration;
use tokio::time;

/// Enough for any of these on a busy machine.
const LIMIT: Duration = Duration::from_mins(1);
/// Frames of the sub stream from one periodic key frame to the next.
const GOP: usize = 30;
/// Seconds between the epochs of NTP and Unix.
const NTP_TO_UNIX_S: f64 = 2_208_988_800.0;

fn tcp() -> Transport {
    Transport::Tcp(retina::client::TcpTransportOptions::default())
}

fn udp() -> Transport {
    Transport::Udp(retina::client::UdpTransportOptions::default())
}

async fn play(url: &str, password: &str, transport: Transport) -> Result<Demuxed, retina::Error> {
    let credentials = Credentials { username: "ana".into(), password: password.into() };
    let options = SessionOptions::default().creds(Some(credentials));
    let mut session = Session::describe(url.parse().unwrap(), options).await?;
    for index in 0..session.streams().len() {
        let setup = SetupOptions::default().transport(transport.clone()).frame_format(FrameFormat::SIMPLE);
        session.setup(index, setup).await?;
    }
    let options = PlayOptions::default().initial_timestamp(InitialTimestampPolicy::Permissive);
    session.play(options).await?.demuxed()
}

/// What came out of a stream.
#[derive(Default)]
struct Pulled {
    frames: Vec<VideoFrame>,
    audio_bytes: usize,
    lost: u64,
    /// Unix seconds and RTP timestamp of the video's sender reports.
    reports: Vec<(f64, Timestamp)>,
}

impl Pulled {
    async fn frames(stream: &mut Demuxed, count: usize) -> Self {
        let mut pulled = Self::default();
        let all = async {
            while pulled.frames.len() < count {
                match stream.next().await.expect("a live stream has no end").unwrap() {
                    CodecItem::VideoFrame(frame) => {
                        pulled.lost += u64::from(frame.loss());
                        pulled.frames.push(frame);
                    }
                    CodecItem::AudioFrame(frame) => pulled.audio_bytes += frame.data().len(),
                    CodecItem::Rtcp(packet) => {
                        let report = packet.pkts().next().and_then(|first| first.as_sender_report().unwrap());
                        if let (0, Some(report), Some(at)) =
                            (packet.stream_id(), report, packet.rtp_timestamp())
                        {
                            let utc_s = report.ntp_timestamp().0 as f64 / 2_f64.powi(32) - NTP_TO_UNIX_S;
                            pulled.reports.push((utc_s, at));
                        }
                    }
                    _ => {}
                }
            }
        };
        time::timeout(LIMIT, all).await.expect("frames come in time");
        pulled
    }

    /// The burnt-in clock of every frame, decoded.
    fn clocks(&self) -> Vec<clock_strip::Reading> {
        let config = DecoderConfig::new().flush_after_decode(Flush::NoFlush);
        let mut decoder = Decoder::with_api_config(OpenH264API::from_source(), config).unwrap();
        let read = self.frames.iter().map(|frame| {
            let picture = decoder.decode(frame.data()).unwrap().expect("one in, one out");
            let (width, height) = picture.dimensions();
            clock_strip::read(picture.y(), picture.strides().0, width, height).expect("a readable clock")
        });
        read.collect()
    }

    /// Largest distance in milliseconds of the frames' times by the last sender report from their burnt-in clocks,
    /// after subtracting `offset_s` from the former.
    fn worst_clock_error_ms(&self, offset_s: f64) -> f64 {
        let (utc_s, at) = self.reports.last().expect("a sender report came");
        let errors = self.frames.iter().zip(self.clocks()).map(|(frame, clock)| {
            let ticks = frame.timestamp().elapsed() - at.elapsed();
            let by_rtp_ms = (utc_s - offset_s) * 1_000.0 + ticks as f64 / 90.0;
            (by_rtp_ms - clock.utc_ms as f64).abs()
        });
        errors.fold(0.0, f64::max)
    }
}

#[tokio::test]
async fn both_streams_come_over_tcp_and_udp_and_their_times_are_true() {
    let fleet = guarded(FleetOptions { count: 2, ..FleetOptions::default() }).await;
    for (number, camera) in (1..).zip(fleet.cameras()) {
        for url in &camera.rtsp_urls {
            for transport in [tcp(), udp()] {
                let mut stream = play(url, PASSWORD, transport.clone()).await.unwrap();
                let pulled = Pulled::frames(&mut stream, 40).await;
                assert!(pulled.frames[0].is_random_access_point(), "a new client starts with a key frame");
                assert_eq!(pulled.lost, 0, "{url} {transport:?}");
                assert!(pulled.clocks().iter().all(|reading| reading.camera == number));
                let error_ms = pulled.worst_clock_error_ms(0.0);
                assert!(error_ms < 50.0, "{url} {transport:?}: {error_ms} ms");
                assert_eq!(pulled.audio_bytes > 0, url.ends_with("/main"), "{url}");
            }
        }
    }
    fleet.stop().await.unwrap();
}

#[tokio::test]
async fn either_digest_algorithm_opens_and_a_wrong_password_does_not() {
    for digest in [DigestAlgorithms::Md5, DigestAlgorithms::Sha256, DigestAlgorithms::Both] {
        let fleet = guarded(FleetOptions { digest, ..FleetOptions::default() }).await;
        let url = &fleet.cameras()[0].rtsp_urls[1];
        play(url, PASSWORD, tcp()).await.unwrap();
        for wrong in ["", "p", "P@:/#%?&ñ 中\"'"] {
            let error = play(url, wrong, tcp()).await.err().expect("the wrong password");
            assert_eq!(error.status_code(), Some(401), "{error}");
        }
        fleet.stop().await.unwrap();
    }
}

#[tokio::test]
async fn viewers_share_a_stream_and_each_starts_with_a_key_frame() {
    let fleet = guarded(FleetOptions::default()).await;
    let url = &fleet.cameras()[0].rtsp_urls[1];
    let mut first = play(url, PASSWORD, tcp()).await.unwrap();
    let mut seen = Pulled::frames(&mut first, 10).await.frames;
    for _ in 0..3 {
        let mut later = play(url, PASSWORD, tcp()).await.unwrap();
        let pulled = Pulled::frames(&mut later, 2).await;
        assert!(pulled.frames[0].is_random_access_point());
    }
    // They did not wait for the end of a group of pictures: key frames came out of turn.
    let out_of_turn = |seen: &[VideoFrame]| {
        let keys: Vec<_> = (0..seen.len()).filter(|&i| seen[i].is_random_access_point()).collect();
        keys.windows(2).any(|pair| pair[1] - pair[0] < GOP)
    };
    while !out_of_turn(&seen) {
        assert!(seen.len() < 10 * GOP, "every key frame is at the end of a group");
        seen.extend(Pulled::frames(&mut first, 5).await.frames);
    }
    fleet.stop().await.unwrap();
}

#[tokio::test]
async fn lost_packets_are_lost_in_the_share_asked_for() {
    let faults = vec!["loss=10".parse::<Fault>().unwrap()];
    let fleet = guarded(FleetOptions { faults, audio: None, ..FleetOptions::default() }).await;
    let mut stream = play(&fleet.cameras()[0].rtsp_urls[0], PASSWORD, udp()).await.unwrap();
    let lost = time::timeout(LIMIT, async {
        let mut lost = 0;
        while lost < 5 {
            if let Some(Ok(CodecItem::VideoFrame(frame))) = stream.next().await {
                lost += frame.loss();
            }
        }
        lost
    });
    assert!(lost.await.expect("losses are seen") >= 5);
    fleet.stop().await.unwrap();
}

#[tokio::test]
async fn a_wrong_camera_clock_shows_in_sender_reports_only() {
    let faults = vec!["clock-offset=-120.5".parse::<Fault>().unwrap(), Fault::NoRtptime];
    let fleet = guarded(FleetOptions { faults, ..FleetOptions::default() }).await;
    let mut stream = play(&fleet.cameras()[0].rtsp_urls[1], PASSWORD, tcp()).await.unwrap();
    let pulled = Pulled::frames(&mut stream, 20).await;
    let error_ms = pulled.worst_clock_error_ms(-120.5);
    assert!(error_ms < 50.0, "{error_ms} ms");
    fleet.stop().await.unwrap();
}

#[tokio::test]
async fn without_sender_reports_there_are_none() {
    let fleet =
        guarded(FleetOptions { faults: vec![Fault::NoSenderReports], ..FleetOptions::default() }).await;
    let mut stream = play(&fleet.cameras()[0].rtsp_urls[1], PASSWORD, tcp()).await.unwrap();
    assert!(Pulled::frames(&mut stream, 10).await.reports.is_empty());
    fleet.stop().await.unwrap();
}

#[tokio::test]
async fn the_picture_changes_size_and_says_so() {
    let faults = vec!["resolution-change=1".parse::<Fault>().unwrap()];
    let fleet = guarded(FleetOptions { faults, ..FleetOptions::default() }).await;
    let mut stream = play(&fleet.cameras()[0].rtsp_urls[1], PASSWORD, tcp()).await.unwrap();
    let pulled = Pulled::frames(&mut stream, 25).await;
    let changed = pulled
        .frames
        .iter()
        .find(|frame| frame.timestamp().elapsed_secs() > 0.2 && frame.has_new_parameters());
    assert!(changed.expect("new parameters come in-band").is_random_access_point());
    fleet.stop().await.unwrap();
}

#[tokio::test]
async fn a_stall_is_silence_and_then_a_key_frame() {
    let faults = vec!["stall=1:1".parse::<Fault>().unwrap()];
    let fleet = guarded(FleetOptions { faults, ..FleetOptions::default() }).await;
    let mut stream = play(&fleet.cameras()[0].rtsp_urls[1], PASSWORD, tcp()).await.unwrap();
    let pulled = Pulled::frames(&mut stream, 25).await;
    let clocks = pulled.clocks();
    // A machine that stands still leaves holes of its own.
    let stalled = |i: usize| {
        clocks[i].utc_ms - clocks[i - 1].utc_ms >= 1_000 && pulled.frames[i].is_random_access_point()
    };
    assert!((1..clocks.len()).any(stalled), "{clocks:?}");
    fleet.stop().await.unwrap();
}

#[tokio::test]
async fn a_connection_is_cut_when_the_fault_says_so() {
    let faults = vec!["close=0.5".parse::<Fault>().unwrap()];
    let fleet =
        guarded(FleetOptions { faults, audio: Some(AudioCodec::Pcma), ..FleetOptions::default() }).await;
    let mut stream = play(&fleet.cameras()[0].rtsp_urls[0], PASSWORD, tcp()).await.unwrap();
    let cut = time::timeout(LIMIT, async { while let Some(Ok(_)) = stream.next().await {} });
    cut.await.expect("the stream ends");
    fleet.stop().await.unwrap();
}

#[tokio::test]
async fn stopping_a_fleet_ends_streams_threads_and_listeners() {
    let fleet = guarded(FleetOptions { count: 3, ..FleetOptions::default() }).await;
    let urls: Vec<_> = fleet.cameras().iter().map(|camera| camera.rtsp_urls[1].clone()).collect();
    let mut streams = Vec::new();
    for url in &urls {
        streams.push(play(url, PASSWORD, tcp()).await.unwrap());
    }
    fleet.stop().await.unwrap();
    for stream in &mut streams {
        let ended = time::timeout(LIMIT, async { while let Some(Ok(_)) = stream.next().await {} });
        ended.await.expect("the stream ends");
    }
    assert!(play(&urls[0], PASSWORD, tcp()).await.is_err());
}

#[tokio::test]
async fn odd_options_are_refused() {
    for options in [
        FleetOptions { count: 0, ..FleetOptions::default() },
        FleetOptions { count: 65, ..FleetOptions::default() },
        FleetOptions { count: 2, first_port: 65_533, ..FleetOptions::default() },
    ] {
        let error = Fleet::start(options).await.err().expect("options out of bounds");
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    }
}

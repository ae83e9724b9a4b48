//! R10 for RTSP: every hostile stream ends with an error in half a minute, within 64 MiB, and costs sixteen good
//! cameras beside it no packet.

use atalaya_model::address::StreamUrl;
use atalaya_model::camera::{CameraId, Role, Transport};
use atalaya_model::media::MediaUnit;
use atalaya_model::ports::{OpenRequest, StreamOpener};
use atalaya_model::secret::Credentials;
use atalaya_model::{Error, Kind};
use atalaya_service::clock::SystemClock;
use atalaya_service::rtsp::RetinaOpener;
use futures_util::StreamExt;
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::{FloodingCamera, Script, Simcams};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

const GOOD: usize = 16;
const ENDS_WITHIN: Duration = Duration::from_secs(30);
const MORE_MEMORY_MAX: u64 = 64 << 20;

const MIB: u64 = 1 << 20;
/// What a camera gets rid of beside what is kept of it: the kernel's buffers and a read or two. While a session reads
/// as fast as it can, the kernel lets its receive buffer grow up to 32 MiB (`tcp_rmem`); that is not memory of ours.
const IN_FLIGHT: u64 = 8 * MIB;
const PLAYING_IN_FLIGHT: u64 = 33 * MIB;
const NO_LIMIT: u64 = u64::MAX;

const TOO_LARGE: &str = "the camera sent an RTSP message that is too large";
const PICTURE_TOO_LARGE: &str = "the camera sent a picture larger than 16 MiB";
const NOT_RTSP: &str = "the camera sent something that RTSP does not allow";
const STOPPED: &str = "the camera stopped sending pictures";
const LATE: &str = "the camera did not answer in time";

const SDP: &str = "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n\
    a=rtpmap:96 H264/90000\r\n";

/// A gigabit camera; a hundred-megabit one; the slowest that never stops.
const GIGABIT: Duration = Duration::from_millis(1);
const HUNDRED_MEGABIT: Duration = Duration::from_millis(8);
const CRAWL: Duration = Duration::from_secs(1);
/// The bytes of a piece at these rates, about.
const PIECE: usize = 100_000;

struct Case {
    name: &'static str,
    script: Script,
    ends: (Kind, &'static str),
    /// The most bytes that may be taken from it.
    taken_max: u64,
}

/// Answers DESCRIBE so, and goes on with these pieces.
fn describe(
    name: &'static str,
    headers: &str,
    next: fn(u64) -> Vec<u8>,
    ends: (Kind, &'static str),
    taken_max: u64,
) -> Case {
    let first = format!("RTSP/1.0 200 OK\r\nCSeq: {{cseq}}\r\n{headers}");
    let script = Script { sdp: String::new(), at: "DESCRIBE", first, next: Some(next), every: GIGABIT };
    Case { name, script, ends, taken_max }
}

/// Plays, and sends these pieces.
fn play(
    name: &'static str,
    encoding: &str,
    next: fn(u64) -> Vec<u8>,
    ends: (Kind, &'static str),
    taken_max: u64,
) -> Case {
    let first = "RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\nSession: 1\r\n\r\n".to_owned();
    let sdp = SDP.replace("H264", encoding);
    let script = Script { sdp, at: "PLAY", first, next: Some(next), every: GIGABIT };
    Case { name, script, ends, taken_max }
}

/// A packet on an interleaved channel (RFC 2326 §10.12, RFC 3550 §5.1).
fn packet(channel: u8, sequence: u64, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![b'$', channel];
    out.extend_from_slice(&(12 + payload.len() as u16).to_be_bytes());
    out.extend_from_slice(&[0x80, 0x60]);
    out.extend_from_slice(&(sequence as u16).to_be_bytes());
    out.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 1]);
    out.extend_from_slice(payload);
    out
}

/// Small packets of one payload, a piece of them.
fn small_packets(piece: u64, payload: &[u8]) -> Vec<u8> {
    let each = (PIECE / (16 + payload.len())) as u64;
    (0..each).flat_map(|number| packet(0, piece * each + number, payload)).collect()
}

/// A fragment of one picture that has a beginning and no end (RFC 6184 §5.8).
fn endless_fragment(piece: u64, length: usize) -> Vec<u8> {
    let start = u8::from(piece == 0) << 7;
    packet(0, piece, &[&[0x7c, start | 5][..], &vec![0x55; length]].concat())
}

fn unasked_channel() -> Vec<u8> {
    packet(7, 0, &vec![0x55; 60_000])
}

/// Cases that end as soon as what they send is too much.
fn quick_cases() -> Vec<Case> {
    let flood = |_| vec![b'a'; PIECE];
    let protocol = |message| (Kind::Protocol, message);
    let many_lines = SDP.to_owned() + &"m=video 0 RTP/AVP 26\r\n".repeat(10_000);
    let answer =
        |status: &str, header: &str| format!("RTSP/1.0 {status}\r\nCSeq: {{cseq}}\r\n{header}\r\n\r\n");
    let moved = |status| answer(status, "Location: rtsp://127.0.0.1:9/");
    let answered = |name, first, ends| {
        let script = Script { sdp: String::new(), at: "DESCRIBE", first, next: None, every: GIGABIT };
        Case { name, script, ends, taken_max: 0 }
    };
    vec![
        describe(
            "Content-Length 2^40",
            "Content-Length: 1099511627776\r\n\r\n",
            flood,
            protocol(TOO_LARGE),
            IN_FLIGHT,
        ),
        describe(
            "Content-Length 2^63",
            "Content-Length: 9223372036854775808\r\n\r\n",
            flood,
            protocol(TOO_LARGE),
            IN_FLIGHT,
        ),
        describe(
            "description of 100 MB",
            "Content-Length: 104857600\r\n\r\n",
            flood,
            protocol(TOO_LARGE),
            IN_FLIGHT,
        ),
        describe(
            "a million headers",
            "",
            |piece| (0..6_000).flat_map(|n| format!("X-{}: y\r\n", piece * 6_000 + n).into_bytes()).collect(),
            protocol(TOO_LARGE),
            IN_FLIGHT,
        ),
        describe("a header without end", "X: ", flood, protocol(TOO_LARGE), IN_FLIGHT),
        answered(
            "10,000 media lines",
            answer("200 OK", &format!("Content-Length: {}", many_lines.len())) + &many_lines,
            protocol("the camera's answer cannot be understood"),
        ),
        answered(
            "endless 301",
            moved("301 Moved Permanently"),
            protocol("the camera answered with an error"),
        ),
        answered(
            "endless 302",
            moved("302 Moved Temporarily"),
            protocol("the camera answered with an error"),
        ),
        answered(
            "endless 401",
            answer("401 Unauthorized", "WWW-Authenticate: Digest realm=\"c\", nonce=\"1\""),
            (Kind::Unauthorized, "the camera refuses the login"),
        ),
        play(
            "endless FU-A",
            "H264",
            |piece| endless_fragment(piece, 60_000),
            protocol(PICTURE_TOO_LARGE),
            16 * MIB + PLAYING_IN_FLIGHT,
        ),
        play(
            "endless FU of H.265",
            "H265",
            |piece| {
                let start = u8::from(piece == 0) << 7;
                packet(0, piece, &[&[0x62, 1, start | 0x13][..], &[0x55; 60_000]].concat())
            },
            protocol(PICTURE_TOO_LARGE),
            16 * MIB + PLAYING_IN_FLIGHT,
        ),
        play(
            "an unfinished picture, then an unasked channel",
            "H264",
            |piece| if piece == 0 { endless_fragment(0, 9) } else { unasked_channel() },
            protocol(PICTURE_TOO_LARGE),
            16 * MIB + PLAYING_IN_FLIGHT,
        ),
        play(
            "FU-A of one byte each",
            "H264",
            |piece| (0..6_000).flat_map(|n| endless_fragment(piece * 6_000 + n, 1)).collect(),
            protocol(NOT_RTSP),
            PLAYING_IN_FLIGHT,
        ),
        play(
            "packets without a NAL unit",
            "H264",
            |piece| small_packets(piece, &[]),
            protocol(NOT_RTSP),
            PLAYING_IN_FLIGHT,
        ),
        play(
            "NAL units of zero length",
            "H264",
            |piece| small_packets(piece, &[0x18, 0, 0, 0]),
            protocol(NOT_RTSP),
            PLAYING_IN_FLIGHT,
        ),
        play(
            "a picture of NAL units of one byte",
            "H264",
            |piece| packet(0, piece, &[&[0x18][..], &[0, 1, 0x41].repeat(20_000)].concat()),
            protocol(NOT_RTSP),
            16 * MIB + PLAYING_IN_FLIGHT,
        ),
    ]
}

/// Cases that are bounded by time only, because what they send is not kept.
fn slow_cases() -> Vec<Case> {
    let mut cases = vec![
        describe(
            "blank lines without end",
            "",
            |_| b"\r\n".repeat(PIECE / 2),
            (Kind::Timeout, LATE),
            NO_LIMIT,
        ),
        play(
            "a channel that nobody asked for",
            "H264",
            |_| unasked_channel(),
            (Kind::Timeout, STOPPED),
            NO_LIMIT,
        ),
        play(
            "requests without end",
            "H264",
            |_| b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n".repeat(PIECE / 32),
            (Kind::Timeout, STOPPED),
            NO_LIMIT,
        ),
    ];
    // Instead of the answer, not in it.
    cases[0].script.first.clear();
    for case in &mut cases {
        case.script.every = HUNDRED_MEGABIT;
    }
    for mut case in [
        describe("one byte a second", "X: ", |_| vec![b'a'], (Kind::Timeout, LATE), 60),
        play("one byte a second of a packet", "H264", |_| vec![b'$'], (Kind::Timeout, STOPPED), 60),
    ] {
        case.script.every = CRAWL;
        cases.push(case);
    }
    cases
}

fn request(url: &str) -> OpenRequest {
    OpenRequest {
        camera: CameraId(uuid::Uuid::nil()),
        role: Role::Main,
        url: StreamUrl::parse(url).expect("a stream's URL"),
        transport: Transport::Tcp,
        poll: None,
        credentials: Some(Credentials::new("ana", "secret")),
        allow_basic: false,
        tls: None,
    }
}

/// How the stream of a hostile camera ends.
async fn end_of(opener: &RetinaOpener, url: &str) -> Error {
    let mut stream = match opener.open(request(url)).await {
        Ok(stream) => stream,
        Err(error) => return error,
    };
    loop {
        if let Err(error) = stream.units.next().await.expect("an error is the last item") {
            return error;
        }
    }
}

/// Runs a case, judges it and says its figures.
async fn judge(opener: Arc<RetinaOpener>, case: Case) {
    let camera = FloodingCamera::start(case.script);
    let started = Instant::now();
    let error = tokio::time::timeout(ENDS_WITHIN, end_of(&opener, &camera.url))
        .await
        .unwrap_or_else(|_| panic!("{}: goes on after {ENDS_WITHIN:?}", case.name));
    let taken = camera.taken();
    println!(
        "{}: {:?}, {:.1} s, {} KiB taken",
        case.name,
        error.kind(),
        started.elapsed().as_secs_f64(),
        taken >> 10
    );
    assert_eq!((error.kind(), error.message()), case.ends, "{}: {error:?}", case.name);
    assert!(taken <= case.taken_max, "{}: {taken} bytes taken", case.name);
}

/// Pulls a good camera until it is told to stop: its pictures and the packets lost.
async fn pull(
    opener: Arc<RetinaOpener>,
    url: String,
    plays: CancellationToken,
    stop: CancellationToken,
) -> (u64, u64) {
    let mut stream = opener.open(request(&url)).await.expect("a good camera opens");
    let (mut pictures, mut lost) = (0, 0);
    loop {
        let unit = tokio::select! {
            unit = stream.units.next() => unit,
            () = stop.cancelled() => return (pictures, lost),
        };
        if let MediaUnit::Video(unit) = unit.expect("a good camera goes on").expect("a good camera goes on") {
            pictures += 1;
            lost += u64::from(unit.packets_lost);
            plays.cancel();
        }
    }
}

/// A figure of this process in bytes, such as `VmRSS`.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the kernel says");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("the kernel says");
    let kib: u64 = line.trim_start_matches(':').trim().trim_end_matches(" kB").parse().expect("a number");
    kib << 10
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn hostile_streams_end_and_cost_good_cameras_nothing() {
    let simcams = Simcams::start(GOOD);
    let opener = Arc::new(RetinaOpener::new(Arc::new(SystemClock::new())));
    let stop = CancellationToken::new();
    let mut good = JoinSet::new();
    let mut playing = Vec::new();
    for camera in 0..GOOD {
        let plays = CancellationToken::new();
        good.spawn(pull(Arc::clone(&opener), simcams.rtsp_url(camera, 1), plays.clone(), stop.clone()));
        playing.push(plays);
    }
    for plays in &playing {
        tokio::time::timeout(Duration::from_mins(1), plays.cancelled()).await.expect("a good camera plays");
    }

    // From here on the peak is that of the hostile ones (proc_pid_clear_refs(5)).
    std::fs::write("/proc/self/clear_refs", "5").expect("the peak can be reset");
    let before = memory("VmRSS");
    let mut slow: JoinSet<()> =
        slow_cases().into_iter().map(|case| judge(Arc::clone(&opener), case)).collect();
    for case in quick_cases() {
        judge(Arc::clone(&opener), case).await;
    }
    while let Some(judged) = slow.join_next().await {
        judged.expect("judged");
    }
    let more = memory("VmHWM").saturating_sub(before);

    stop.cancel();
    let good = good.join_all().await;
    let pictures: u64 = good.iter().map(|(pictures, _)| pictures).sum();
    let lost: u64 = good.iter().map(|(_, lost)| lost).sum();
    println!(
        "{GOOD} good cameras: {pictures} pictures, {lost} packets lost; peak {} KiB over {} KiB",
        more >> 10,
        before >> 10
    );
    assert_eq!(lost, 0);
    assert!(more <= MORE_MEMORY_MAX, "{more} bytes more");
}

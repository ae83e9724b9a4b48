//! Against scripted cameras that lie, stall, flood or fish for the password. Where only time passes it is paused.

use super::parameter_sets::{h264_sps, sdp_with};
use super::{PASSWORD, USER, open, refused, request};
use atalaya_model::Kind;
use atalaya_model::camera::Transport;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A camera that answers each request by its method and how many came before, and keeps what it was sent.
pub(super) struct Scripted {
    pub(super) url: String,
    heard: Arc<Mutex<String>>,
    _server: JoinSet<()>,
}

impl Scripted {
    /// `answer` gives the bytes to send for a request, without `CSeq`; the first line of it comes first.
    pub(super) async fn start(answer: impl Fn(&str, usize) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("rtsp://{}/live", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(String::new()));
        let (log, answer) = (Arc::clone(&heard), Arc::new(answer));
        let mut server = JoinSet::new();
        server.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                connections.spawn(serve(socket, Arc::clone(&log), Arc::clone(&answer)));
            }
        });
        Self { url, heard, _server: server }
    }

    pub(super) fn heard(&self) -> String {
        self.heard.lock().unwrap().clone()
    }

    /// Fails when anything that gives the password away has been sent.
    #[track_caller]
    pub(super) fn assert_no_password(&self) {
        let heard = self.heard();
        for secret in
            [PASSWORD.to_owned(), STANDARD.encode(PASSWORD), STANDARD.encode(format!("{USER}:{PASSWORD}"))]
        {
            assert!(!heard.contains(&secret), "{heard}");
        }
        assert!(!heard.contains("Basic"), "{heard}");
    }
}

async fn serve(
    mut socket: TcpStream,
    heard: Arc<Mutex<String>>,
    answer: Arc<impl Fn(&str, usize) -> Vec<u8>>,
) {
    let mut buffer = [0; 4096];
    let mut unread = String::new();
    let mut count = 0;
    while let Ok(length @ 1..) = socket.read(&mut buffer).await {
        let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
        heard.lock().unwrap().push_str(&text);
        unread.push_str(&text);
        while let Some((head, rest)) = unread.split_once("\r\n\r\n") {
            let cseq = head.lines().find_map(|line| line.strip_prefix("CSeq: ")).unwrap_or("0").to_owned();
            let method = head.split(' ').next().unwrap_or_default().to_owned();
            unread = rest.to_owned();
            let said = answer(&method, count);
            count += 1;
            if socket.write_all(&with_cseq(&said, &cseq)).await.is_err() {
                return;
            }
        }
    }
}

/// An answer with the number of its request behind its first line, which empty lines may stand before.
pub(super) fn with_cseq(said: &[u8], cseq: &str) -> Vec<u8> {
    let blank = said.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let Some(end) = said[blank..].iter().position(|byte| *byte == b'\n') else { return said.to_vec() };
    let (first, rest) = said.split_at(blank + end + 1);
    [first, format!("CSeq: {cseq}\r\n").as_bytes(), rest].concat()
}

pub(super) fn reply(status: &str, headers: &[&str], body: &str) -> Vec<u8> {
    let mut out = format!("RTSP/1.0 {status}\r\n");
    for header in headers {
        write!(out, "{header}\r\n").unwrap();
    }
    if !body.is_empty() {
        write!(out, "Content-Length: {}\r\n", body.len()).unwrap();
    }
    write!(out, "\r\n{body}").unwrap();
    out.into_bytes()
}

pub(super) const SDP: &str = "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=x\r\nt=0 0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\n\
    a=rtpmap:96 H264/90000\r\na=control:track1\r\n";

fn described(sdp: &str) -> Vec<u8> {
    reply("200 OK", &["Content-Type: application/sdp"], sdp)
}

/// What a tame camera answers.
pub(super) fn tame(method: &str, sdp: &str) -> Vec<u8> {
    match method {
        "DESCRIBE" => described(sdp),
        "SETUP" => {
            reply("200 OK", &["Session: 1;timeout=60", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1"], "")
        }
        _ => reply("200 OK", &["Session: 1"], ""),
    }
}

const BASIC: &str = "WWW-Authenticate: Basic realm=\"cam\"";
const DIGEST: &str = "WWW-Authenticate: Digest realm=\"cam\", nonce=\"17\"";

#[tokio::test]
async fn a_camera_that_offers_only_basic_gets_no_password() {
    let camera = Scripted::start(|_, _| reply("401 Unauthorized", &[BASIC], "")).await;
    let error = refused(request(&camera.url, Transport::Tcp, Some(PASSWORD))).await;
    assert_eq!(error.kind(), Kind::Refused, "{error}");
    assert_eq!(camera.heard().matches("DESCRIBE").count(), 1, "one request, nothing to lock an account for");
    camera.assert_no_password();
}

#[tokio::test]
async fn basic_beside_digest_is_passed_over() {
    for headers in [[BASIC, DIGEST], [DIGEST, BASIC]] {
        let camera = Scripted::start(move |_, count| match count {
            0 => reply("401 Unauthorized", &headers, ""),
            _ => reply("404 Not Found", &[], ""),
        })
        .await;
        let error = refused(request(&camera.url, Transport::Tcp, Some(PASSWORD))).await;
        assert_eq!(error.kind(), Kind::NotFound, "{error}");
        assert!(camera.heard().contains("Authorization: Digest username=\"ana\""));
        camera.assert_no_password();
    }
}

#[tokio::test]
async fn going_down_to_basic_later_gets_no_password_either() {
    // After Digest at DESCRIBE; and at SETUP and PLAY when DESCRIBE needed no login at all.
    for (method, digest_first) in [("DESCRIBE", true), ("SETUP", false), ("PLAY", false), ("SETUP", true)] {
        let camera = Scripted::start(move |asked, count| {
            if digest_first && count == 0 {
                reply("401 Unauthorized", &[DIGEST], "")
            } else if asked == method {
                reply("401 Unauthorized", &[BASIC], "")
            } else {
                tame(asked, SDP)
            }
        })
        .await;
        let error = refused(request(&camera.url, Transport::Tcp, Some(PASSWORD))).await;
        let expected = if digest_first { Kind::Unauthorized } else { Kind::Refused };
        assert_eq!(error.kind(), expected, "{method}: {error}");
        camera.assert_no_password();
    }
}

#[tokio::test]
async fn an_endless_401_is_one_login() {
    let camera = Scripted::start(|_, _| reply("401 Unauthorized", &[DIGEST], "")).await;
    let error = refused(request(&camera.url, Transport::Tcp, Some(PASSWORD))).await;
    assert_eq!(error.kind(), Kind::Unauthorized, "{error}");
    assert_eq!(camera.heard().matches("Authorization").count(), 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = Scripted::start(|method, _| tame(method, SDP)).await;
    let location = format!("Location: {}", other.url);
    let camera = Scripted::start(move |_, _| reply("302 Moved", &[&location], "")).await;
    let error = refused(request(&camera.url, Transport::Tcp, Some(PASSWORD))).await;
    assert_eq!(error.kind(), Kind::Protocol, "{error}");
    assert_eq!(other.heard(), "");
}

#[tokio::test]
async fn another_host_in_content_base_is_not_asked() {
    let other = Scripted::start(|method, _| tame(method, SDP)).await;
    let base = format!("Content-Base: {}/", other.url);
    let camera = Scripted::start(move |method, _| match method {
        "DESCRIBE" => reply("200 OK", &["Content-Type: application/sdp", &base], SDP),
        _ => tame(method, SDP),
    })
    .await;
    drop(open(request(&camera.url, Transport::Tcp, None)).await.unwrap());
    eventually(|| camera.heard().contains("TEARDOWN")).await;
    assert_eq!(other.heard(), "");
}

#[tokio::test]
async fn dropping_the_stream_tears_the_session_down() {
    let camera = Scripted::start(|method, _| tame(method, SDP)).await;
    let stream = open(request(&camera.url, Transport::Tcp, None)).await.unwrap();
    assert!(stream.video.is_none() && stream.audio.is_none() && stream.audio_note.is_none());
    assert!(!camera.heard().contains("TEARDOWN"));
    drop(stream);
    eventually(|| camera.heard().contains("TEARDOWN")).await;
    assert!(camera.heard().contains(concat!("User-Agent: Atalaya/", env!("CARGO_PKG_VERSION"))));
}

pub(super) async fn eventually(done: impl Fn() -> bool) {
    tokio::time::timeout(std::time::Duration::from_mins(1), async {
        while !done() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("happens");
}

#[tokio::test]
async fn audio_never_costs_the_video() {
    let with_audio = |audio: &str| format!("{SDP}m=audio 0 RTP/AVP 97\r\n{audio}a=control:track2\r\n");
    let pcmu = with_audio("a=rtpmap:97 PCMU/8000\r\n");
    for (sdp, note) in [
        (with_audio("a=rtpmap:97 OPUS/48000/2\r\n"), "left out: the codec opus cannot be recorded"),
        (with_audio("a=rtpmap:97 MPEG4-GENERIC/16000\r\n"), "left out: the camera describes it wrongly"),
        (pcmu.clone(), "left out: the camera does not do what was asked of it"),
    ] {
        let camera = Scripted::start(move |method, count| match (method, count) {
            ("SETUP", 2) => reply("461 Unsupported Transport", &[], ""),
            _ => tame(method, &sdp),
        })
        .await;
        let stream = open(request(&camera.url, Transport::Tcp, None)).await.unwrap();
        assert!(stream.audio.is_none());
        assert_eq!(stream.audio_note.as_deref(), Some(note));
    }
    // Asking for it breaks the connection: once more, without.
    let camera = Scripted::start(move |method, count| match (method, count) {
        ("SETUP", 2) => b"what?\n\n\n".to_vec(),
        _ => tame(method, &pcmu),
    })
    .await;
    let stream = open(request(&camera.url, Transport::Tcp, None)).await.unwrap();
    assert!(stream.audio_note.unwrap().starts_with("left out: asking for it broke the connection"));
}

#[tokio::test]
async fn silence_is_a_timeout_in_every_phase() {
    for (silent, phase) in [("DESCRIBE", "describe"), ("SETUP", "setup"), ("PLAY", "play")] {
        // Time stands still, and leaps to the next deadline, from the silence on: before it, bytes are on their way.
        let camera = Scripted::start(move |method, _| {
            if method != silent {
                return tame(method, SDP);
            }
            tokio::time::pause();
            Vec::new()
        });
        let error = refused(request(&camera.await.url, Transport::Tcp, None)).await;
        tokio::time::resume();
        assert_eq!((error.kind(), error.fact("phase")), (Kind::Timeout, Some(phase)), "{error}");
    }
    let camera = Scripted::start(|method, _| tame(method, SDP)).await;
    let mut stream = open(request(&camera.url, Transport::Tcp, None)).await.unwrap();
    tokio::time::pause();
    let error = stream.units.next().await.expect("an error is the last item").unwrap_err();
    assert_eq!((error.kind(), error.fact("limit_s")), (Kind::Timeout, Some("15")), "{error}");
    assert!(stream.units.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn promised_floods_and_nonsense_end_the_opening() {
    let answers: [Vec<u8>; 8] = [
        reply("200 OK", &["Content-Length: 1099511627776"], ""),
        reply("200 OK", &["Content-Length: 9223372036854775808"], ""),
        reply("200 OK", &["Content-Length: -1"], ""),
        b"RTSP/1.0 200 OK\nnonsense\r\n\r\n".to_vec(),
        b"\x00\x01\x02\n\r\n".to_vec(),
        b"$\x00\xff\xff\n".to_vec(),
        described(""),
        described("v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 VP9/90000\r\n"),
    ];
    for answer in answers {
        let shown = String::from_utf8_lossy(&answer).into_owned();
        let camera = Scripted::start(move |_, _| answer.clone()).await;
        let error = refused(request(&camera.url, Transport::Tcp, None)).await;
        let expected = [Kind::Timeout, Kind::Protocol, Kind::Unsupported, Kind::Unreachable];
        assert!(expected.contains(&error.kind()), "{shown:?}: {error:?}");
    }
}

#[tokio::test]
async fn nobody_there_is_unreachable_and_other_schemes_are_unsupported() {
    // Port 1, tcpmux, is nobody's.
    let url = "rtsp://127.0.0.1:1/";
    assert_eq!(refused(request(url, Transport::Tcp, None)).await.kind(), Kind::Unreachable);
    // RTP beside TLS would go in the clear.
    for (url, transport) in [("rtsps://127.0.0.1/x", Transport::Udp), ("http://127.0.0.1/x", Transport::Tcp)]
    {
        assert_eq!(refused(request(url, transport, None)).await.kind(), Kind::Unsupported);
    }
}

/// An interleaved RTP packet (RFC 2326 §10.12, RFC 3550 §5.1).
pub(super) fn packet(sequence: u16, timestamp: u32, mark: bool, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![b'$', 0];
    out.extend_from_slice(&(12 + payload.len() as u16).to_be_bytes());
    out.extend_from_slice(&[0x80, (u8::from(mark) << 7) | 0x60]);
    out.extend_from_slice(&sequence.to_be_bytes());
    out.extend_from_slice(&timestamp.to_be_bytes());
    out.extend_from_slice(&[0, 0, 0, 1]);
    out.extend_from_slice(payload);
    out
}

#[tokio::test]
async fn garbage_in_packets_ends_the_stream_without_a_panic() {
    let payloads: [&[u8]; 6] =
        [&[], &[0xff], &[0x7c], &[0x1c, 0x05, 1, 2], &[0x18, 0xff, 0xff, 1], &[0x67; 30]];
    for payload in payloads {
        let camera = Scripted::start(move |method, _| {
            let mut out = tame(method, SDP);
            if method == "PLAY" {
                for sequence in 0..200 {
                    out.extend(packet(sequence, u32::from(sequence) * 3_600, true, payload));
                }
            }
            out
        })
        .await;
        let mut stream = open(request(&camera.url, Transport::Tcp, None)).await.unwrap();
        tokio::time::pause();
        let error = stream.units.next().await.expect("an error is the last item").unwrap_err();
        tokio::time::resume();
        assert!(matches!(error.kind(), Kind::Protocol | Kind::Timeout), "{payload:?}: {error:?}");
    }
}

#[tokio::test]
async fn a_picture_larger_than_the_cap_ends_the_stream() {
    let camera = Scripted::start(move |method, _| {
        let mut out = tame(method, &sdp_with(&h264_sps(64, 64)));
        if method == "PLAY" {
            // FU-A fragments of one IDR slice (RFC 6184 §5.8), 17 MiB of it.
            let fragment =
                |start: u8, end: u8| [&[0x7c, start << 7 | end << 6 | 5][..], &[0x55; 60_000]].concat();
            let count = u16::try_from((17_u32 << 20) / 60_000).expect("a few hundred");
            for sequence in 0..=count {
                let (start, end) = (u8::from(sequence == 0), u8::from(sequence == count));
                out.extend(packet(sequence, 0, end == 1, &fragment(start, end)));
            }
        }
        out
    })
    .await;
    let mut stream = open(request(&camera.url, Transport::Tcp, None)).await.unwrap();
    let error = stream.units.next().await.expect("an error is the last item").unwrap_err();
    assert_eq!(
        (error.kind(), error.message()),
        (Kind::Protocol, "the camera sent a picture larger than 16 MiB")
    );
}

#[tokio::test]
async fn impossible_picture_sizes_are_refused() {
    let camera = Scripted::start(move |method, _| tame(method, &sdp_with(&h264_sps(16_384, 16_384)))).await;
    let error = refused(request(&camera.url, Transport::Tcp, None)).await;
    assert_eq!(error.kind(), Kind::Protocol, "{error}");
    let camera = Scripted::start(move |method, _| tame(method, &sdp_with(&h264_sps(8_192, 4_320)))).await;
    let stream = open(request(&camera.url, Transport::Tcp, None)).await.unwrap();
    assert_eq!(stream.video.map(|format| (format.width, format.height)), Some((8_192, 4_320)));
}

//! Mutated RTSP (R11): whatever a camera answers and sends, opening its stream ends with a format within limits or with
//! an error that can be shown, costs no password, and does not depend on how the bytes are cut.

use super::dialects::fixtures;
use super::hostile::{SDP, packet, tame, with_cseq};
use super::{PASSWORD, USER, opener, request};
use atalaya_fuzz::{Target, hash};
use atalaya_model::camera::Transport;
use atalaya_model::media::MediaUnit;
use atalaya_model::ports::{OpenStream, StreamOpener};
use atalaya_model::text::excerpt;
use atalaya_model::{Error, Kind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

const RTSP: Target = Target {
    name: "rtsp",
    tokens: &[
        b"\r\n",
        b"\n",
        b" ",
        b";",
        b",",
        b"=",
        b"-",
        b"/",
        b"\"",
        b"\0",
        b"\xff",
        b"RTSP/1.0 200 OK\r\n",
        b"RTSP/1.0 401 Unauthorized\r\n",
        b"Content-Length: 0\r\n",
        b"Content-Type: application/sdp\r\n",
        b"Content-Base: rtsp://10.0.0.1/\r\n",
        b"WWW-Authenticate: Basic realm=\"x\"\r\n",
        b"WWW-Authenticate: Digest nonce=\"1\"\r\n",
        b"Session: 1;timeout=1\r\n",
        b"Transport: RTP/AVP/TCP;interleaved=0-1\r\n",
        b"RTP-Info: url=track1;seq=1;rtptime=1\r\n",
        b"m=video 0 RTP/AVP 96\r\n",
        b"m=audio 0 RTP/AVP 0\r\n",
        b"a=rtpmap:96 H265/90000\r\n",
        b"a=rtpmap:96 MPEG4-GENERIC/16000/1\r\n",
        b"a=fmtp:96 sprop-parameter-sets=",
        b"a=control:*\r\n",
        b"a=framerate:",
        b"c=IN IP4 0.0.0.0\r\n",
        b"$\0\0\x10",
        b"$\x01\0\x08",
        b"\x80\x60\0\x01\0\0\0\0\0\0\0\x01",
        b"\x7c\x85",
        b"\x18\0\x01",
    ],
    max_bytes: 16 << 10,
};
/// Units taken from a stream that opens.
const UNITS_MAX: usize = 500;

/// What came of an input.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Outcome {
    opened: Result<(String, bool), (Kind, String)>,
    units: usize,
    end: Option<(Kind, String)>,
}

impl Outcome {
    /// Time is virtual and passes when nothing happens: a busy system can make it pass too early.
    fn is_by_the_clock(&self) -> bool {
        [self.opened.as_ref().err(), self.end.as_ref()]
            .into_iter()
            .flatten()
            .any(|(kind, _)| *kind == Kind::Timeout)
    }
}

/// A camera that answers one method with these bytes and every other one as it should, in pieces of `chunk` bytes.
/// Behind the answer to PLAY it has no more to say.
async fn answer(
    mut socket: TcpStream,
    method: String,
    bytes: Vec<u8>,
    chunk: usize,
    heard: Arc<Mutex<Vec<u8>>>,
) {
    let _ = socket.set_nodelay(true);
    let mut buffer = [0; 4096];
    let mut unread = Vec::new();
    while let Ok(length @ 1..) = socket.read(&mut buffer).await {
        heard.lock().unwrap().extend_from_slice(&buffer[..length]);
        unread.extend_from_slice(&buffer[..length]);
        while let Some(end) = unread.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&unread[..end]).into_owned();
            unread.drain(..end + 4);
            let asked = head.split(' ').next().unwrap_or_default();
            let cseq = head.lines().find_map(|line| line.strip_prefix("CSeq: ")).unwrap_or("0");
            let said = if asked == method { bytes.clone() } else { tame(asked, SDP) };
            for piece in with_cseq(&said, cseq).chunks(chunk) {
                if socket.write_all(piece).await.is_err() {
                    return;
                }
                // The other side has its turn at this piece.
                tokio::task::yield_now().await;
            }
            if asked == "PLAY" && socket.shutdown().await.is_err() {
                return;
            }
        }
    }
}

fn shown(error: &Error) -> (Kind, String) {
    let text = error.to_string();
    assert!(text.len() <= 8 << 10 && excerpt(&text, usize::MAX) == text, "{text:?}");
    let kinds = [
        Kind::Unauthorized,
        Kind::NotFound,
        Kind::Unreachable,
        Kind::Timeout,
        Kind::Protocol,
        Kind::Unsupported,
    ];
    assert!(kinds.contains(&error.kind()) || error.kind() == Kind::Refused, "{error:?}");
    (error.kind(), error.message().to_owned())
}

fn facts(stream: &OpenStream) -> (String, bool) {
    if let Some(format) = &stream.video {
        for side in [format.width, format.height, format.coded_width, format.coded_height] {
            assert!((1..=8192).contains(&side), "{format:?}");
        }
        assert!(format.declared_fps_milli.is_none_or(|fps| fps <= 1_000_000), "{format:?}");
    }
    if let Some(format) = &stream.audio {
        assert!(format.channels <= 8 && (4_000..=192_000).contains(&format.sample_rate), "{format:?}");
    }
    if let Some(note) = &stream.audio_note {
        assert!(excerpt(note, 300) == *note, "{note:?}");
    }
    let codec = stream.video.as_ref().map(|format| format.codec_string.clone());
    (codec.unwrap_or_default(), stream.audio.is_some())
}

/// Opens a stream of a camera that answers so, and takes what comes.
async fn outcome(listener: &std::net::TcpListener, method: &str, bytes: &[u8], chunk: usize) -> Outcome {
    let url = format!("rtsp://{}/live", listener.local_addr().unwrap());
    let listener = TcpListener::from_std(listener.try_clone().unwrap()).unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let (log, method, bytes) = (Arc::clone(&heard), method.to_owned(), bytes.to_vec());
    let mut server = JoinSet::new();
    server.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((socket, _)) = listener.accept().await {
            connections.spawn(answer(socket, method.clone(), bytes.clone(), chunk, Arc::clone(&log)));
        }
    });
    let opened = StreamOpener::open(&opener(), request(&url, Transport::Tcp, Some(PASSWORD))).await;
    let outcome = match opened {
        Err(error) => Outcome { opened: Err(shown(&error)), units: 0, end: None },
        Ok(mut stream) => {
            let opened = Ok(facts(&stream));
            let (mut units, mut end) = (0, None);
            while let Some(unit) = stream.units.next().await {
                match unit {
                    Ok(MediaUnit::Video(unit)) => assert!(unit.data.len() <= 16 << 20),
                    Ok(MediaUnit::Audio(_)) => {}
                    Err(error) => end = Some(shown(&error)),
                }
                units += 1;
                if units == UNITS_MAX {
                    break;
                }
            }
            Outcome { opened, units, end }
        }
    };
    let heard = heard.lock().unwrap();
    for secret in [PASSWORD.to_owned(), STANDARD.encode(format!("{USER}:{PASSWORD}"))] {
        assert!(!heard.windows(secret.len()).any(|window| window == secret.as_bytes()), "S5");
    }
    outcome
}

/// In a runtime of its own, so that nothing is left over of one input when the next is tried.
fn run(listener: &std::net::TcpListener, method: &str, bytes: &[u8], chunk: usize) -> Outcome {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let outcome = runtime.block_on(outcome(listener, method, bytes, chunk));
    runtime.shutdown_timeout(Duration::ZERO);
    outcome
}

/// An input's first line is the method that is answered, the rest the answer. Every fixture is one, and pictures behind
/// an answer to PLAY.
fn seeds() -> Vec<Vec<u8>> {
    let input = |method: &str, reply: &[u8]| [method.as_bytes(), b"\n", reply].concat();
    let mut seeds: Vec<_> = fixtures().into_iter().map(|it| input(it.method, &it.bytes)).collect();
    seeds.push(input("DESCRIBE", &tame("DESCRIBE", SDP)));
    let payloads: [&[u8]; 6] = [
        &[0x67, 0x42, 0xc0, 0x1e, 0xd9, 0x00, 0xa0, 0x47, 0xfe, 0xc8],
        &[0x68, 0xce, 0x3c, 0x80],
        &[0x65, 0x88, 0x84, 0x00],
        &[0x7c, 0x85, 0x88, 0x84, 0x00],
        &[0x7c, 0x45, 0x01, 0x02],
        &[0x18, 0, 2, 0x41, 0x9a, 0, 2, 0x41, 0x9b],
    ];
    let mut playing = tame("PLAY", SDP);
    for (sequence, payload) in payloads.iter().enumerate() {
        playing.extend(packet(sequence as u16, 3_600 * sequence as u32, sequence >= 2, payload));
    }
    seeds.push(input("PLAY", &playing));
    seeds
}

#[test]
fn no_camera_does_harm() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    RTSP.run(seeds(), |input| {
        let end = input.iter().position(|&byte| byte == b'\n').unwrap_or(input.len());
        let method = String::from_utf8_lossy(&input[..end]).trim().to_owned();
        let bytes = input.get(end + 1..).unwrap_or_default();
        let whole = run(&listener, &method, bytes, usize::MAX);
        let chunk = 1 + hash(&input) as usize % 400;
        let cut = run(&listener, &method, bytes, chunk);
        if !whole.is_by_the_clock() && !cut.is_by_the_clock() {
            assert_eq!(cut, whole, "in pieces of {chunk}");
        }
        (whole.opened, whole.units.min(8), whole.end)
    });
}

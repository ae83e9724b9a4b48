//! Tests of replies in the dialects that real cameras are known to speak (`tests/fixtures/rtsp`): each opens with the
//! facts that its line in `tests/fixtures/rtsp.md` names, or is refused with the kind of error and in the phase that it
//! names.

use super::hostile::{Scripted, packet, tame};
use super::{PASSWORD, open, request};
use atalaya_model::camera::Transport;
use atalaya_model::media::{AudioFormat, MediaUnit, VideoFormat};
use atalaya_model::ports::OpenStream;
use futures_util::StreamExt;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A reply, and the method that a camera gives it to.
pub(super) struct Fixture {
    pub(super) name: String,
    pub(super) method: &'static str,
    pub(super) bytes: Vec<u8>,
}

/// What a camera without any peculiarity describes, with parameter sets for 640x360.
const PLAIN: &str = "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=x\r\nt=0 0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\n\
    a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0LAHtoCgL/lQA==,aM48gA==\r\na=control:track1\r\n\
    m=audio 0 RTP/AVP 0\r\na=control:track2\r\n";

/// What comes of each fixture: the rows of the table.
fn expected() -> BTreeMap<String, String> {
    let table =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/rtsp.md"));
    let table = table.unwrap();
    let rows =
        table.lines().filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |")?.split_once("` | "));
    rows.map(|(name, expected)| (name.to_owned(), expected.to_owned())).collect()
}

/// All fixtures, as they go over the wire: lines end with CRLF there, and the body's length is told where the fixture
/// does not tell one. Those of bare line feeds keep theirs.
pub(super) fn fixtures() -> Vec<Fixture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/rtsp");
    let mut fixtures: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let method = match name.split('-').next().unwrap_or_default() {
                "describe" | "login" => "DESCRIBE",
                "setup" => "SETUP",
                "play" => "PLAY",
                "keepalive" => "OPTIONS",
                other => panic!("{name}: no method {other}"),
            };
            let bytes = on_the_wire(&std::fs::read(&path).unwrap(), &name);
            Fixture { name, method, bytes }
        })
        .collect();
    fixtures.sort_by(|one, other| one.name.cmp(&other.name));
    fixtures
}

fn on_the_wire(file: &[u8], name: &str) -> Vec<u8> {
    let line_end = |bare| if bare { &b"\n"[..] } else { b"\r\n" };
    let ended =
        |text: &[u8], bare| text.split(|byte| *byte == b'\n').collect::<Vec<_>>().join(line_end(bare));
    let (bare_head, bare_body) = (name.contains("head-bare-line-feeds"), name.contains("bare-line-feeds"));
    // Empty lines may stand before the head.
    let blank = file.iter().take_while(|byte| **byte == b'\n').count();
    let end = file[blank..].windows(2).position(|two| two == b"\n\n").map_or(file.len(), |at| blank + at);
    let (head, body) = (&file[..end], ended(file.get(end + 2..).unwrap_or_default(), bare_body));
    let (mut wire, line_end) = (ended(head, bare_head), line_end(bare_head));
    if !body.is_empty() && !String::from_utf8_lossy(head).to_ascii_lowercase().contains("content-length:") {
        wire.extend_from_slice(line_end);
        wire.extend_from_slice(format!("Content-Length: {}", body.len()).as_bytes());
    }
    [&wire, line_end, line_end, &body].concat()
}

/// What comes of opening a camera that answers with the fixture, and as it should otherwise.
async fn read(fixture: &Fixture) -> String {
    let (method, bytes, login) = (fixture.method, fixture.bytes.clone(), fixture.name.starts_with("login"));
    let picture = |n: u16| packet(n, u32::from(n) * 3_600, true, &[0x65, 0x88, 0x84, 0x00]);
    let camera = Scripted::start(move |asked, count| {
        let ours = asked == method && (!login || count == 0);
        let mut said = match asked {
            _ if ours => bytes.clone(),
            // Short, so that the session is soon kept alive.
            "SETUP" => {
                let channel = if count.is_multiple_of(2) { "2-3" } else { "0-1" };
                let transport = format!("Transport: RTP/AVP/TCP;unicast;interleaved={channel}");
                format!("RTSP/1.0 200 OK\r\nSession: 1;timeout=4\r\n{transport}\r\n\r\n").into_bytes()
            }
            _ => tame(asked, PLAIN),
        };
        // A picture behind the answer to PLAY, another behind what keeps the session alive.
        match asked {
            "PLAY" => said.extend(picture(1)),
            "OPTIONS" | "GET_PARAMETER" | "SET_PARAMETER" => said.extend(picture(2)),
            _ => {}
        }
        said
    })
    .await;
    let opened = open(request(&camera.url, Transport::Tcp, Some(PASSWORD))).await;
    camera.assert_no_password();
    let mut stream = match opened {
        Ok(stream) => stream,
        Err(error) => return format!("{} at {}", error.kind().code(), error.fact("phase").unwrap_or("?")),
    };
    let facts = facts(&stream);
    let pictures = match fixture.method {
        "PLAY" => 1,
        "OPTIONS" => 2,
        _ => return facts,
    };
    for n in 1..=pictures {
        match stream.units.next().await {
            Some(Ok(MediaUnit::Video(unit))) if unit.key => {}
            Some(Err(error)) => return format!("{facts}; picture {n}: {}", error.kind().code()),
            _ => return format!("{facts}; picture {n} is none"),
        }
    }
    format!("{facts}; {pictures} pictures")
}

fn facts(stream: &OpenStream) -> String {
    let video = stream.video.as_deref().map(
        |VideoFormat { codec_string, width, height, declared_fps_milli, .. }| {
            let fps = declared_fps_milli
                .map(|milli| format!(" at {}", f64::from(milli) / 1000.0))
                .unwrap_or_default();
            format!("{codec_string} {width}x{height}{fps}")
        },
    );
    let audio = stream.audio.as_deref().map(|AudioFormat { codec, sample_rate, channels, .. }| {
        format!("{codec:?} {sample_rate}/{channels}")
    });
    let without = stream.audio_note.as_deref().unwrap_or("no audio").to_owned();
    format!("{}; {}", video.unwrap_or_else(|| "told later".to_owned()), audio.unwrap_or(without))
}

#[tokio::test(start_paused = true)]
async fn every_fixture_is_read_as_its_line_says() {
    let fixtures = fixtures();
    let expected = expected();
    let named: BTreeSet<_> = expected.keys().map(String::as_str).collect();
    let there: BTreeSet<_> = fixtures.iter().map(|fixture| fixture.name.as_str()).collect();
    let mut wrong: Vec<_> = named.difference(&there).map(|name| format!("{name}: no such file")).collect();
    let mut refused = 0;
    for fixture in &fixtures {
        let came = read(fixture).await;
        refused += usize::from(came.contains(" at ") && !came.contains(';'));
        if expected.get(&fixture.name) != Some(&came) {
            wrong.push(format!("| `{}` | {came} |", fixture.name));
        }
    }
    let logins = fixtures.iter().filter(|fixture| fixture.name.starts_with("login")).count();
    println!("B3: {} RTSP replies, {refused} refused", fixtures.len());
    println!("S5: {logins} refusals and challenges, 0 bytes of the password");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(fixtures.len() >= 20);
}

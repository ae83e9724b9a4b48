//! The live socket driven as a browser, a hostile page and a slow window would drive it.

use super::message::Outgoing;
use super::{LiveServer, SESSIONS_MAX};
use crate::tests::fakes::{self, GOP, Pace};
use atalaya_model::governor::{Cause, Reason, Ruling, TileMode};
use atalaya_model::live::{DecodePath, PathReason};
use atalaya_model::media::{AudioCodec, AudioFormat, AudioUnit, ColorSpace, Picture};
use atalaya_model::ports::ComposedGrid;
use atalaya_model::time::{MonoTime, WallTime};
use atalaya_model::window::WINDOWS_MAX;
use atalaya_presenter::LivePacket;
use atalaya_service::clock::SystemClock;
use bytes::Bytes;
use expect_test::expect;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::{WebSocketStream, client_async};

/// Nothing on loopback takes this long unless it hangs.
const SOON: Duration = Duration::from_mins(1);

const USUAL: Pace = Pace { unit_bytes: 1000, every: Duration::from_millis(5) };

type Client = WebSocketStream<TcpStream>;

async fn server(pace: Pace) -> LiveServer {
    let (engine, clock) = fakes::engine(pace).await;
    LiveServer::start(engine, clock).await.unwrap()
}

fn port(server: &LiveServer) -> u16 {
    let authority = server.endpoint.url.strip_prefix("ws://127.0.0.1:").unwrap();
    authority.strip_suffix("/live").unwrap().parse().unwrap()
}

/// A connection that has passed the handshake as the window's page does.
async fn connect(server: &LiveServer) -> Client {
    let mut request = server.endpoint.url.as_str().into_client_request().unwrap();
    request.headers_mut().insert("Origin", HeaderValue::from_static("tauri://localhost"));
    let stream = TcpStream::connect(("127.0.0.1", port(server))).await.unwrap();
    client_async(request, stream).await.unwrap().0
}

async fn say(client: &mut Client, request: &Value) {
    client.send(Message::text(request.to_string())).await.unwrap();
}

fn hello(server: &LiveServer, able: bool) -> Value {
    json!({"type": "hello", "token": server.endpoint.token, "decodes_h264": able, "has_gpu": able})
}

fn grid(width: u32, height: u32) -> Value {
    let tile = json!({"camera": fakes::camera_id().to_string(), "role": "sub",
        "x": 0, "y": 0, "width": 320, "height": 180});
    json!({"type": "grid", "width": width, "height": height, "tiles": [tile]})
}

async fn next(client: &mut Client) -> Option<Message> {
    timeout(SOON, client.next()).await.expect("something comes or it ends").transpose().unwrap_or(None)
}

async fn reply(client: &mut Client) -> Value {
    match next(client).await {
        Some(Message::Text(text)) => serde_json::from_str(&text).unwrap(),
        other => panic!("a text message, not {other:?}"),
    }
}

async fn binary(client: &mut Client) -> Bytes {
    match next(client).await {
        Some(Message::Binary(bytes)) => bytes,
        other => panic!("a binary message, not {other:?}"),
    }
}

/// Waits until no connection but the listener is left.
async fn sessions_end(server: &LiveServer) {
    let ended = async {
        while server.tasks.len() > 1 {
            tokio::task::yield_now().await;
        }
    };
    timeout(SOON, ended).await.expect("the session ends with its window");
}

#[tokio::test]
async fn coded_pictures_reach_a_window_that_decodes() {
    let server = server(USUAL).await;
    let mut client = connect(&server).await;
    say(&mut client, &hello(&server, true)).await;
    say(&mut client, &grid(320, 180)).await;
    assert_eq!(reply(&mut client).await, json!({"type": "path", "path": "webview", "reason": "capable"}));
    assert_eq!(
        reply(&mut client).await,
        json!({"type": "format", "grid": 1, "tile": 0, "codec": "avc1.42c00a", "width": 640, "height": 360,
            "coded_width": 640, "coded_height": 368, "description": "AQID"})
    );
    for n in 0..2 * GOP {
        let message = binary(&mut client).await;
        assert_eq!(message.len(), 24 + USUAL.unit_bytes);
        assert_eq!(message[..8], [1, u8::from(n % GOP == 0), 0, 0, 1, 0, 0, 0], "unit {n}");
        assert_eq!(number(&message), n);
    }
    say(&mut client, &json!({"type": "stalled"})).await;
    let path = loop {
        if let Message::Text(text) = next(&mut client).await.unwrap() {
            break serde_json::from_str::<Value>(&text).unwrap();
        }
    };
    assert_eq!(path, json!({"type": "path", "path": "native", "reason": "watchdog"}));
    server.stop().await;
}

#[tokio::test]
async fn a_tile_without_sound_says_so_and_goes_on() {
    let server = server(USUAL).await;
    let mut client = connect(&server).await;
    say(&mut client, &hello(&server, true)).await;
    say(&mut client, &grid(320, 180)).await;
    say(&mut client, &json!({"type": "listen", "tiles": [0, 7]})).await;
    let told = loop {
        if let Message::Text(text) = next(&mut client).await.unwrap() {
            let value: Value = serde_json::from_str(&text).unwrap();
            if value["type"] == "no_audio" {
                break value;
            }
        }
    };
    assert_eq!(told, json!({"type": "no_audio", "grid": 1, "tile": 0, "note": null}));
    // Its format may come before its pictures, or have come already.
    let pictures = loop {
        if let Message::Binary(message) = next(&mut client).await.unwrap() {
            break message;
        }
    };
    assert_eq!(pictures[0], 1, "pictures go on");
    server.stop().await;
}

#[tokio::test]
async fn composed_pictures_reach_a_window_that_cannot_decode() {
    let server = server(USUAL).await;
    let mut client = connect(&server).await;
    say(&mut client, &hello(&server, false)).await;
    say(&mut client, &grid(320, 180)).await;
    let path = json!({"type": "path", "path": "native", "reason": "self_test_failed"});
    assert_eq!(reply(&mut client).await, path);
    for _ in 0..3 {
        let message = binary(&mut client).await;
        assert_eq!(message.len(), 16 + 8 + 320 * 180 * 3 / 2);
        assert_eq!(message[..16], [2, 0, 1, 0, 1, 0, 0, 0, 64, 1, 0, 0, 180, 0, 0, 0]);
        assert!(u32::from_le_bytes(message[16..20].try_into().unwrap()) > 0, "pictures were decoded");
        assert!(u32::from_le_bytes(message[20..24].try_into().unwrap()) < 10_000, "and are new");
    }
    // A change of the layout is counted.
    say(&mut client, &grid(640, 360)).await;
    while binary(&mut client).await[4] != 2 {}
    server.stop().await;
}

#[tokio::test]
async fn nothing_is_sent_to_a_hidden_window() {
    let server = server(USUAL).await;
    let mut client = connect(&server).await;
    say(&mut client, &hello(&server, true)).await;
    say(&mut client, &grid(320, 180)).await;
    // Of a grid that is in full, neither changes anything.
    say(&mut client, &json!({"type": "focus", "tile": 0})).await;
    say(&mut client, &json!({"type": "focus", "tile": null})).await;
    say(&mut client, &json!({"type": "behind", "pictures": u32::MAX})).await;
    assert_eq!(reply(&mut client).await["type"], "path");
    assert_eq!(reply(&mut client).await["type"], "format");
    binary(&mut client).await;
    say(&mut client, &json!({"type": "hidden", "hidden": true})).await;
    let told = loop {
        if let Message::Text(text) = next(&mut client).await.unwrap() {
            break serde_json::from_str::<Value>(&text).unwrap();
        }
    };
    let paused = json!({"tile": 0, "mode": "paused", "reason": "window_hidden", "value": 0.0});
    assert_eq!(told, json!({"type": "governor", "grid": 1, "tiles": [paused]}));
    // Many pictures later, none has been sent.
    for _ in 0..20 {
        tokio::time::sleep(USUAL.every).await;
    }
    say(&mut client, &json!({"type": "hidden", "hidden": false})).await;
    assert_eq!(reply(&mut client).await, json!({"type": "governor", "grid": 1, "tiles": []}));
    assert_eq!(reply(&mut client).await["type"], "format");
    assert_eq!(binary(&mut client).await[1], 1, "a key picture is the first");
    server.stop().await;
}

#[tokio::test]
async fn a_refused_grid_counts_and_the_session_goes_on() {
    let server = server(USUAL).await;
    let mut client = connect(&server).await;
    say(&mut client, &hello(&server, true)).await;
    reply(&mut client).await;
    for bad in [
        grid(10, 10),
        json!({"type": "grid", "width": 320, "height": 180, "tiles":
        [{"camera": "../../etc", "role": "sub", "x": 0, "y": 0, "width": 10, "height": 10}]}),
    ] {
        say(&mut client, &bad).await;
        let answer = reply(&mut client).await;
        assert_eq!((&answer["type"], &answer["error"]["code"]), (&json!("error"), &json!("INVALID_INPUT")));
    }
    say(&mut client, &grid(320, 180)).await;
    assert_eq!(reply(&mut client).await["grid"], 3);
    server.stop().await;
}

#[tokio::test]
async fn a_session_ends_with_its_window() {
    let server = server(USUAL).await;
    for politely in [true, false] {
        let mut client = connect(&server).await;
        say(&mut client, &hello(&server, true)).await;
        say(&mut client, &grid(320, 180)).await;
        reply(&mut client).await;
        if politely {
            client.close(None).await.unwrap();
        }
        drop(client);
        sessions_end(&server).await;
    }
    server.stop().await;
}

/// Eight windows show the same camera at a time, and while they do, four of their pages are loaded anew.
#[tokio::test]
async fn every_window_has_pictures_and_a_seat_is_left_for_pages_loaded_anew() {
    let server = server(USUAL).await;
    let mut clients = Vec::new();
    for _ in 0..WINDOWS_MAX + 4 {
        let mut client = connect(&server).await;
        say(&mut client, &hello(&server, true)).await;
        say(&mut client, &grid(320, 180)).await;
        assert_eq!(reply(&mut client).await["type"], "path");
        assert_eq!(reply(&mut client).await["type"], "format");
        clients.push(client);
    }
    for client in &mut clients {
        assert_eq!(binary(client).await.len(), 24 + USUAL.unit_bytes);
    }
    server.stop().await;
}

#[tokio::test]
async fn more_sessions_than_allowed_are_turned_away_until_one_ends() {
    let server = server(USUAL).await;
    let mut clients = Vec::new();
    for _ in 0..SESSIONS_MAX {
        let mut client = connect(&server).await;
        say(&mut client, &hello(&server, true)).await;
        reply(&mut client).await;
        clients.push(client);
    }
    let mut client = connect(&server).await;
    say(&mut client, &hello(&server, true)).await;
    let Some(Message::Close(Some(farewell))) = next(&mut client).await else { panic!("a farewell") };
    assert_eq!(farewell.code, CloseCode::Again);
    clients.clear();
    drop(client);
    sessions_end(&server).await;
    let mut client = connect(&server).await;
    say(&mut client, &hello(&server, true)).await;
    assert_eq!(reply(&mut client).await["type"], "path");
    server.stop().await;
}

/// What is not read waits in the operating system's buffers and, when these are full, not at all: the presenter skips
/// to a key picture.
#[tokio::test]
async fn a_window_that_stalls_loses_pictures_and_goes_on_at_a_key_picture() {
    let pace = Pace { unit_bytes: 512 * 1024, every: Duration::from_millis(1) };
    let server = server(pace).await;
    let mut client = connect(&server).await;
    say(&mut client, &hello(&server, true)).await;
    say(&mut client, &grid(320, 180)).await;
    reply(&mut client).await;
    reply(&mut client).await;
    // Far more than any buffer on the way holds: a gigabyte. As many naps as the camera takes, so that a machine that
    // stands still holds up both.
    for _ in 0..2000 {
        tokio::time::sleep(pace.every).await;
    }
    let mut expected = 0;
    let gap = async {
        loop {
            let message = binary(&mut client).await;
            let number = number(&message);
            if number != expected {
                break (number, message[1]);
            }
            expected += 1;
        }
    };
    let (resumed, flags) = timeout(SOON, gap).await.expect("pictures were left out");
    assert!(resumed > expected && flags == 1, "resumes at a key picture");
    assert!(expected < 300, "{expected} pictures of half a megabyte were kept for a window that took none");
    server.stop().await;
}

/// Every way in but the window's own is refused before anything is told (S13).
#[tokio::test]
async fn handshakes_of_strangers_are_refused() {
    let server = server(USUAL).await;
    let port = port(&server);
    let own = Handshake::of_the_window(port);
    assert!(own.answer(port).await.starts_with("HTTP/1.1 101 "), "the window itself is let in");

    for origin in [
        "null",
        "file://",
        "http://evil.example",
        "https://evil.example",
        "http://localhost",
        "tauri://localhost/",
        "tauri://localhost.evil.example",
        "https://tauri.localhost.evil.example",
        "TAURI://LOCALHOST",
        "tauri://localhost, http://evil.example",
        format!("http://127.0.0.1:{port}").as_str(),
        "",
    ] {
        own.clone().with("Origin", origin).is_refused(port).await;
    }
    for host in [
        "127.0.0.1",
        format!("evil.example:{port}").as_str(),
        format!("127.0.0.1.evil.example:{port}").as_str(),
        format!("127.0.0.1:{port}.evil.example").as_str(),
        format!("localhost.:{port}").as_str(),
        format!("0.0.0.0:{port}").as_str(),
        format!("[::1]:{port}").as_str(),
        format!("user@127.0.0.1:{port}").as_str(),
        format!("127.0.0.1:{}", port - 1).as_str(),
        "",
    ] {
        own.clone().with("Host", host).is_refused(port).await;
    }
    for missing in ["Origin", "Host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version"] {
        own.clone().without(missing).is_refused(port).await;
    }
    for (name, second) in [("Origin", "http://evil.example"), ("Host", "evil.example")] {
        own.clone().and(name, second).is_refused(port).await;
    }
    own.clone().with("Sec-WebSocket-Version", "8").is_refused(port).await;
    own.clone().and("Filler", &"x".repeat(1024 * 1024)).is_refused(port).await;
    for line in [
        "GET / HTTP/1.1",
        "GET /live/ HTTP/1.1",
        "GET /live?token=1 HTTP/1.1",
        "GET /../live HTTP/1.1",
        "GET http://evil.example/live HTTP/1.1",
        "POST /live HTTP/1.1",
        "CONNECT 127.0.0.1:1 HTTP/1.1",
        "GET /live HTTP/1.0",
        "\u{16}\u{3}\u{1}",
    ] {
        Handshake { line: line.to_owned(), ..own.clone() }.is_refused(port).await;
    }
    server.stop().await;
}

#[derive(Clone, Debug)]
struct Handshake {
    line: String,
    headers: Vec<(String, String)>,
}

impl Handshake {
    fn of_the_window(port: u16) -> Self {
        let headers = [
            ("Host", format!("127.0.0.1:{port}").as_str()),
            ("Origin", "tauri://localhost"),
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self { line: "GET /live HTTP/1.1".to_owned(), headers: headers.into() }
    }

    fn with(self, name: &str, value: &str) -> Self {
        self.without(name).and(name, value)
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(header, _)| header != name);
        self
    }

    fn and(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What the server says, until it closes or lets the connection in.
    async fn answer(&self, port: u16) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let headers: String =
            self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        // The server may close before it has read all of it.
        let _ = stream.write_all(format!("{}\r\n{headers}\r\n", self.line).as_bytes()).await;
        let mut answer = Vec::new();
        let read = async {
            while !answer.ends_with(b"\r\n\r\n") && stream.read_buf(&mut answer).await.is_ok_and(|n| n > 0) {}
        };
        timeout(SOON, read).await.expect("an answer or the end");
        String::from_utf8(answer).unwrap()
    }

    async fn is_refused(&self, port: u16) {
        let answer = self.answer(port).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 403 "), "{self:.200?} got {answer}");
    }
}

/// Past the handshake: whoever has no token learns nothing and is put out.
#[tokio::test]
async fn connections_without_the_token_are_put_out() {
    let server = server(USUAL).await;
    let token = &server.endpoint.token;
    let hello = |token: &str| {
        Message::text(
            json!({"type": "hello", "token": token, "decodes_h264": true, "has_gpu": true}).to_string(),
        )
    };
    let json = |value: Value| Message::text(value.to_string());
    let firsts = [
        hello(""),
        hello(&"0".repeat(token.len())),
        hello(&token[..token.len() - 1]),
        hello(&format!("{token}0")),
        hello(&token.to_uppercase().replace(char::is_numeric, "A")),
        hello(&format!("{}\u{0}", &token[..token.len() - 1])),
        json(json!({"type": "hello", "token": null, "decodes_h264": true, "has_gpu": true})),
        json(json!({"type": "hello", "token": [token], "decodes_h264": true, "has_gpu": true})),
        json(json!({"type": "hello"})),
        json(json!({"token": token})),
        json(grid(320, 180)),
        json(json!({"type": "stalled"})),
        json(json!({})),
        Message::text(""),
        Message::text("token"),
        Message::binary(token.clone().into_bytes()),
        Message::binary(hello(token).into_data()),
        Message::text(" ".repeat(1024 * 1024)),
        Message::binary(vec![0; 1024 * 1024]),
        Message::Close(None),
    ];
    for first in firsts {
        let mut client = connect(&server).await;
        let shown = format!("{first:.80?}");
        // The server may close before it has read all of it.
        let _ = client.send(first).await;
        let _ = client.send(json(grid(320, 180))).await;
        while let Some(message) = next(&mut client).await {
            assert!(matches!(message, Message::Close(_)), "{shown} got {message:?}");
        }
    }
    sessions_end(&server).await;
    server.stop().await;
}

/// With the token, too, only the protocol is spoken.
#[tokio::test]
async fn a_session_that_says_something_else_is_ended() {
    let server = server(USUAL).await;
    let requests =
        [hello(&server, true).to_string(), "{}".to_owned(), "grid".to_owned(), " ".repeat(1024 * 1024)];
    for request in requests.map(Message::text).into_iter().chain([Message::binary(vec![1, 2, 3])]) {
        let mut client = connect(&server).await;
        say(&mut client, &hello(&server, true)).await;
        reply(&mut client).await;
        let _ = client.send(request).await;
        while next(&mut client).await.is_some() {}
        drop(client);
        sessions_end(&server).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn what_tiles_look_like_is_taken_and_anything_like_it_ends_the_session() {
    let server = server(USUAL).await;
    let mut client = connect(&server).await;
    say(&mut client, &hello(&server, true)).await;
    say(&mut client, &grid(320, 180)).await;
    let seen = |grid: u8, tile: u8| {
        let mut bytes = vec![1, 0, 1, 0, grid, 0, 0, 0, tile, 0, 0, 0, 30, 0, 0, 0];
        bytes.extend([128; 576]);
        bytes
    };
    // The grid's, one of before, one to come, and a tile that is not there.
    for (grid, tile) in [(1, 0), (0, 0), (2, 0), (1, 9)] {
        client.send(Message::binary(seen(grid, tile))).await.unwrap();
    }
    say(&mut client, &grid(640, 360)).await;
    loop {
        let Some(Message::Text(text)) = next(&mut client).await else { continue };
        if serde_json::from_str::<Value>(&text).unwrap()["grid"] == 2 {
            break;
        }
    }
    client.send(Message::binary(seen(2, 0).split_off(1))).await.unwrap();
    while next(&mut client).await.is_some() {}
    sessions_end(&server).await;
    server.stop().await;
}

/// In paused time: the server's deadline comes as soon as nothing else is to be done.
#[tokio::test(start_paused = true)]
async fn who_says_nothing_is_put_out_after_five_seconds() {
    let server = server(USUAL).await;
    let begun = tokio::time::Instant::now();
    let mut silent = TcpStream::connect(("127.0.0.1", port(&server))).await.unwrap();
    assert_eq!(silent.read(&mut [0; 16]).await.unwrap(), 0, "closed without a word");
    assert!(begun.elapsed() >= Duration::from_secs(5));
    server.stop().await;
}

/// The number at the start of a unit's payload.
fn number(message: &Bytes) -> i64 {
    i64::from_le_bytes(message[24..32].try_into().unwrap())
}

/// The bytes of a packet's header, or its text.
fn wire(packet: LivePacket) -> String {
    let frame = |message: Message| match message {
        Message::Frame(frame) => frame,
        other => panic!("a fragment, not {other:?}"),
    };
    match Outgoing::of(packet, MonoTime(5_000_000)) {
        Outgoing::Text(text) => text.into_text().unwrap().to_string(),
        Outgoing::Binary { header, payload } => {
            let (header, payload) = (frame(header), frame(payload));
            assert!(!header.header().is_final && payload.header().is_final);
            let hex = |bytes: &[u8]| {
                bytes
                    .chunks(8)
                    .map(|row| row.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(" "))
                    .collect::<Vec<_>>()
                    .join("\n")
            };
            format!("{}\n--\n{}", hex(header.payload()), hex(payload.payload()))
        }
    }
}

/// The contract's bytes. A change here is a change of `ui/src/live/protocol.ts`.
#[test]
fn bytes_on_the_wire() {
    let path = LivePacket::Path(DecodePath::Native, PathReason::NoGpu);
    expect![[r#"{"type":"path","path":"native","reason":"no_gpu"}"#]].assert_eq(&wire(path));

    let cause = Some(Cause { reason: Reason::ProcessorBusy, value: 0.97 });
    let tiles = vec![(3, Ruling { mode: TileMode::KeyFrames, cause })];
    expect![[r#"{"type":"governor","grid":2,"tiles":[{"tile":3,"mode":"key_frames","reason":"processor_busy","value":0.97}]}"#]]
        .assert_eq(&wire(LivePacket::Governor { grid: 2, tiles }));

    let format = Arc::new(fakes::format());
    let mut unit = fakes::unit(0, 8, format, &SystemClock::new());
    unit.data = Bytes::from_static(&[0, 0, 0, 1, 0x65]);
    unit.pts_90k = 90_000 * 3 + 1;
    unit.received_wall = WallTime(0x0102_0304_0506_0708);
    expect![[r"
        01 01 03 00 02 00 00 00
        cb c6 2d 00 00 00 00 00
        08 07 06 05 04 03 02 01
        --
        00 00 00 01 65"]]
    .assert_eq(&wire(LivePacket::Unit { grid: 2, tile: 3, unit }));

    let format = Arc::new(AudioFormat {
        codec: AudioCodec::Aac,
        codec_string: "mp4a.40.2".to_owned(),
        sample_rate: 16_000,
        channels: 1,
        decoder_config: Bytes::from_static(&[0x14, 0x08]),
        sample_entry: Bytes::new(),
    });
    expect![[
        r#"{"type":"audio_format","grid":2,"tile":3,"codec":"mp4a.40.2","sample_rate":16000,"channels":1,"description":"FAg="}"#
    ]]
    .assert_eq(&wire(LivePacket::AudioFormat { grid: 2, tile: 3, format: format.clone() }));
    let unit =
        AudioUnit { data: Bytes::from_static(&[0x21, 0x1b]), pts: 32_000, offset_micros: -1_999_999, format };
    expect![[r"
        03 00 03 00 02 00 00 00
        01 00 00 00 00 00 00 00
        08 07 06 05 04 03 02 01
        --
        21 1b"]]
    .assert_eq(&wire(LivePacket::Audio { grid: 2, tile: 3, unit, moment: WallTime(0x0102_0304_0506_0708) }));
    expect![[r#"{"type":"no_audio","grid":2,"tile":3,"note":"left out: G726-32"}"#]]
        .assert_eq(&wire(LivePacket::NoAudio { grid: 2, tile: 3, note: Some("left out: G726-32".into()) }));

    let composed = ComposedGrid {
        picture: Picture {
            width: 2,
            height: 2,
            i420: Bytes::from_static(&[16, 17, 18, 19, 128, 129]),
            color: ColorSpace { full_range: true, bt709: true },
        },
        decoded: vec![1, 0],
        received: vec![MonoTime(4_744_000), MonoTime::default()],
    };
    expect![[r"
        02 03 02 00 09 00 00 00
        02 00 00 00 02 00 00 00
        01 00 00 00 00 01 00 00
        00 00 00 00 00 00 00 00
        --
        10 11 12 13 80 81"]]
    .assert_eq(&wire(LivePacket::Composed { grid: 9, composed }));
}

#[tokio::test]
async fn the_endpoint_is_what_it_says() {
    let server = server(USUAL).await;
    let endpoint = server.endpoint();
    assert!(endpoint.url.starts_with("ws://127.0.0.1:") && endpoint.url.ends_with("/live"));
    assert_eq!(endpoint.token.len(), 43, "256 bits in base64");
    let other = self::server(USUAL).await;
    assert_ne!(endpoint.token, other.endpoint().token, "each start has its own token");
    server.stop().await;
    other.stop().await;
}

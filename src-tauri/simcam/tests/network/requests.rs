//! Owns the tests that speak RTSP by hand: states, errors and hostile input.

use atalaya_simcam::{Fault, Fleet, FleetOptions};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time,
};

const LIMIT: Duration = Duration::from_mins(1);
const INTERLEAVED: &str = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n";

/// A client that says exactly what it is told.
struct Client {
    socket: TcpStream,
    host: String,
    sequence: u32,
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

impl Client {
    async fn connect(fleet: &Fleet) -> Self {
        let host = fleet.cameras()[0].rtsp_urls[0].split('/').nth(2).unwrap().to_owned();
        Self { socket: TcpStream::connect(&host).await.unwrap(), host, sequence: 0 }
    }

    async fn ask(&mut self, method: &str, path: &str, headers: &str) -> Answer {
        self.sequence += 1;
        let (host, sequence) = (&self.host, self.sequence);
        let request = format!("{method} rtsp://{host}{path} RTSP/1.0\r\nCSeq: {sequence}\r\n{headers}\r\n");
        let answer = self.say(&request).await;
        assert_eq!(answer.header("CSeq"), Some(sequence.to_string().as_str()));
        answer
    }

    async fn say(&mut self, request: &str) -> Answer {
        self.socket.write_all(request.as_bytes()).await.unwrap();
        time::timeout(LIMIT, self.answer()).await.expect("an answer in time")
    }

    /// Reads up to the next answer, over media in between.
    async fn answer(&mut self) -> Answer {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let byte = self.socket.read_u8().await.expect("the connection lives");
            if head.is_empty() && byte == b'$' {
                let _channel = self.socket.read_u8().await.unwrap();
                let length = self.socket.read_u16().await.unwrap();
                self.socket.read_exact(&mut vec![0; length.into()]).await.unwrap();
                continue;
            }
            head.push(byte);
        }
        let head = String::from_utf8(head).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answer = Answer { status, head, body: String::new() };
        if let Some(length) = answer.header("Content-Length") {
            let mut body = vec![0; length.parse().unwrap()];
            self.socket.read_exact(&mut body).await.unwrap();
            answer.body = String::from_utf8(body).unwrap();
        }
        answer
    }

    async fn is_closed(&mut self) -> bool {
        let mut rest = [0; 64];
        matches!(time::timeout(LIMIT, self.socket.read(&mut rest)).await, Ok(Ok(0) | Err(_)))
    }
}

async fn open_fleet() -> Fleet {
    Fleet::start(FleetOptions { discoverable: false, ..FleetOptions::default() }).await.unwrap()
}

#[tokio::test]
async fn a_session_goes_through_its_states() {
    let fleet = open_fleet().await;
    let mut client = Client::connect(&fleet).await;
    assert!(client.ask("OPTIONS", "/main", "").await.header("Public").unwrap().contains("GET_PARAMETER"));
    let described = client.ask("DESCRIBE", "/main", "Accept: application/sdp\r\n").await;
    assert!(described.header("Content-Base").unwrap().ends_with("/main/"));
    for line in [
        "m=video 0 RTP/AVP 96\r\n",
        "m=audio 0 RTP/AVP 0\r\n",
        "sprop-parameter-sets=",
        "packetization-mode=1",
    ] {
        assert!(described.body.contains(line), "{line} in {}", described.body);
    }
    assert_eq!(client.ask("PLAY", "/main", "").await.status, 455);
    let set_up = client.ask("SETUP", "/main/trackID=0", INTERLEAVED).await;
    assert!(set_up.header("Transport").unwrap().contains("interleaved=0-1;ssrc="));
    let session = set_up.header("Session").unwrap().split(';').next().unwrap().to_owned();
    assert!(set_up.header("Session").unwrap().ends_with(";timeout=60"));
    let session = format!("Session: {session}\r\n");
    assert_eq!(client.ask("PAUSE", "/main", &session).await.status, 455);
    let played = client.ask("PLAY", "/main", &session).await;
    let info = played.header("RTP-Info").unwrap();
    assert!(info.contains("/main/trackID=0;seq=") && info.contains(";rtptime="), "{info}");
    assert_eq!(client.ask("SETUP", "/main/trackID=1", INTERLEAVED).await.status, 455);
    assert_eq!(client.ask("GET_PARAMETER", "/main", &session).await.status, 200);
    assert_eq!(client.ask("SET_PARAMETER", "/", &session).await.status, 200);
    assert_eq!(client.ask("PAUSE", "/main", &session).await.status, 200);
    assert_eq!(client.ask("PLAY", "/main", &session).await.status, 200);
    assert_eq!(client.ask("TEARDOWN", "/main", &session).await.status, 200);
    assert_eq!(client.ask("PLAY", "/main", &session).await.status, 454);
    fleet.stop().await.unwrap();
}

#[tokio::test]
async fn each_error_has_its_status() {
    let fleet = open_fleet().await;
    let mut client = Client::connect(&fleet).await;
    for (method, path, headers, status) in [
        ("DESCRIBE", "/", "", 404),
        ("DESCRIBE", "/main/../sub", "", 404),
        ("DESCRIBE", "/main", "Accept: text/html\r\n", 406),
        ("DESCRIBE", "/main", "Require: com.example.magic\r\n", 551),
        ("ANNOUNCE", "/main", "", 405),
        ("RECORD", "/main", "", 405),
        ("BREW", "/main", "", 501),
        ("SETUP", "/main", INTERLEAVED, 459),
        ("SETUP", "/main/trackID=7", INTERLEAVED, 404),
        ("SETUP", "/sub/trackID=1", INTERLEAVED, 404),
        ("SETUP", "/main/trackID=0", "", 461),
        ("SETUP", "/main/trackID=0", "Transport: RTP/AVP;multicast\r\n", 461),
        ("PLAY", "/main", "Session: 1234\r\n", 454),
        ("TEARDOWN", "/main", "", 454),
        ("GET_PARAMETER", "/main", "Content-Length: 5\r\n\r\npanel", 451),
    ] {
        if status == 451 {
            let request = format!("{method} {path} RTSP/1.0\r\nCSeq: 9\r\n{headers}");
            assert_eq!(client.say(&request).await.status, status);
        } else {
            assert_eq!(client.ask(method, path, headers).await.status, status, "{method} {path} {headers}");
        }
    }
    assert_eq!(client.ask("SETUP", "/main/trackID=0", INTERLEAVED).await.status, 200);
    assert_eq!(client.ask("SETUP", "/main/trackID=1", INTERLEAVED).await.status, 461, "channels are taken");
    assert_eq!(client.ask("SETUP", "/sub", INTERLEAVED).await.status, 459, "another stream, another session");
    assert_eq!(
        client.ask("SETUP", "/main/trackID=1", "Transport: RTP/AVP/TCP;unicast\r\n").await.status,
        200
    );
    assert_eq!(client.ask("PLAY", "/main/trackID=0", "").await.status, 460);
    assert_eq!(client.say("OPTIONS * RTSP/2.0\r\nCSeq: 1\r\n\r\n").await.status, 505);
    assert_eq!(client.say("OPTIONS * RTSP/1.0\r\n\r\n").await.status, 400);
    assert_eq!(client.say("OPTIONS *\r\n\r\n").await.status, 400);
    assert!(client.is_closed().await);
    fleet.stop().await.unwrap();
}

#[tokio::test]
async fn oversized_and_binary_input_ends_the_connection_only() {
    let fleet = open_fleet().await;
    let mut client = Client::connect(&fleet).await;
    let long = format!("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nX: {}", "a".repeat(17 * 1_024));
    assert_eq!(client.say(&long).await.status, 413);
    assert!(client.is_closed().await);
    let mut client = Client::connect(&fleet).await;
    let huge = "SET_PARAMETER * RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 9223372036854775808\r\n\r\n";
    assert_eq!(client.say(huge).await.status, 413);
    assert!(client.is_closed().await);
    let mut client = Client::connect(&fleet).await;
    client.socket.write_all(b"$\x01\x00\x04\x80\xc9\x00\x01").await.unwrap();
    assert_eq!(client.ask("OPTIONS", "/main", "").await.status, 200, "receiver reports are read over");
    fleet.stop().await.unwrap();
}

#[tokio::test]
async fn a_rejecting_camera_challenges_twice_and_never_with_basic() {
    let options =
        FleetOptions { faults: vec![Fault::RejectAuth], discoverable: false, ..FleetOptions::default() };
    let fleet = Fleet::start(options).await.unwrap();
    let mut client = Client::connect(&fleet).await;
    let refused = client.ask("DESCRIBE", "/main", "").await;
    assert_eq!(refused.status, 401);
    let challenges: Vec<_> =
        refused.head.lines().filter(|line| line.starts_with("WWW-Authenticate: ")).collect();
    assert!(challenges[0].contains("Digest") && challenges[0].contains("SHA-256"), "{challenges:?}");
    assert!(challenges[1].contains("Digest") && challenges[1].contains("algorithm=MD5"), "{challenges:?}");
    assert_eq!(challenges.len(), 2);
    fleet.stop().await.unwrap();
}

#[tokio::test]
async fn a_client_that_stops_reading_costs_no_one_else_anything() {
    let fleet = open_fleet().await;
    let mut lazy = Client::connect(&fleet).await;
    assert_eq!(lazy.ask("SETUP", "/main/trackID=0", INTERLEAVED).await.status, 200);
    assert_eq!(lazy.ask("PLAY", "/main", "").await.status, 200);
    let mut other = Client::connect(&fleet).await;
    assert_eq!(other.ask("SETUP", "/main/trackID=0", INTERLEAVED).await.status, 200);
    assert_eq!(other.ask("PLAY", "/main", "").await.status, 200);
    let second = time::Instant::now() + Duration::from_secs(1);
    let mut bytes = 0;
    let mut buffer = vec![0; 64 * 1_024];
    while time::Instant::now() < second || bytes <= 20_000 {
        bytes += time::timeout(LIMIT, other.socket.read(&mut buffer)).await.expect("media flows").unwrap();
    }
    fleet.stop().await.expect("a client that does not read does not hold up the end either");
}

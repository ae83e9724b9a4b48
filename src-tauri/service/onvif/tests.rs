//! Reading simulated cameras, oxvif's own mock, and hand-made hostile devices.

use super::*;
use atalaya_model::Kind;
use atalaya_model::ports::ProfileFacts;
use atalaya_model::time::{MonoTime, WallTime};
use atalaya_simcam::{DigestAlgorithms, Fault, Fleet, FleetOptions};
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// The time of the machine the test runs on.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn wall(&self) -> WallTime {
        WallTime(jiff::Timestamp::now().as_microsecond())
    }

    fn mono(&self) -> MonoTime {
        MonoTime(0)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// Devices tell whole seconds, and a busy machine takes some to hear them. The offsets staged are hours.
pub(super) const CLOCK_TOLERANCE_MS: i64 = 20_000;

const USER: &str = "ana";
const PASSWORD: &str = "p@:/#%?&ñ 中\"'";

pub(super) fn onvif() -> OxvifDevice {
    OxvifDevice::new(Arc::new(SystemClock))
}

fn url(text: &str) -> StreamUrl {
    StreamUrl::parse(text).unwrap()
}

pub(super) async fn fleet(digest: DigestAlgorithms, faults: Vec<Fault>) -> Fleet {
    let credentials = Some(atalaya_simcam::Credentials::new(USER, PASSWORD));
    let options =
        FleetOptions { credentials, digest, faults, discoverable: false, ..FleetOptions::default() };
    Fleet::start(options).await.unwrap()
}

/// The first camera of a fleet, with its login.
pub(super) fn target(fleet: &Fleet) -> OnvifTarget {
    let device_url = url(&fleet.cameras()[0].onvif_url);
    OnvifTarget { device_url, credentials: Some(Credentials::new(USER, PASSWORD)), tls: None }
}

fn shape(profile: &ProfileFacts) -> (&str, u32, u32, u32) {
    (&profile.encoding, profile.width, profile.height, profile.fps_milli)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simulated_camera_is_read() {
    let fleet = fleet(DigestAlgorithms::Both, vec![]).await;
    let camera = &fleet.cameras()[0];
    let credentials = Credentials::new(USER, PASSWORD);
    let facts = onvif().read(&url(&camera.onvif_url), Some(&credentials), None).await.unwrap();
    assert_eq!((&*facts.vendor, &*facts.model), ("Atalaya", "Simulated camera"));
    assert_eq!(facts.serial, camera.serial);
    assert!(facts.clock_offset_ms.unwrap().abs() <= CLOCK_TOLERANCE_MS, "{:?}", facts.clock_offset_ms);
    assert_eq!(
        facts.profiles.iter().map(shape).collect::<Vec<_>>(),
        [("H264", 1280, 720, 25_000), ("H264", 640, 360, 15_000)]
    );
    assert_eq!(facts.profiles.iter().map(|it| it.url.as_str()).collect::<Vec<_>>(), camera.rtsp_urls);
    assert_eq!(facts.snapshot_url.as_ref().map(StreamUrl::as_str), Some(&*camera.snapshot_url));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_whose_clock_is_wrong_is_read() {
    let fleet = fleet(DigestAlgorithms::Both, vec![Fault::ClockOffset(-7_200_000)]).await;
    let credentials = Credentials::new(USER, PASSWORD);
    let facts = onvif().read(&url(&fleet.cameras()[0].onvif_url), Some(&credentials), None).await.unwrap();
    let offset_ms = facts.clock_offset_ms.unwrap();
    assert!((offset_ms + 7_200_000).abs() <= CLOCK_TOLERANCE_MS, "{offset_ms}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_or_missing_login_is_unauthorized() {
    let fleet = fleet(DigestAlgorithms::Both, vec![]).await;
    let camera = &fleet.cameras()[0];
    for credentials in [None, Some(Credentials::new(USER, "wrong"))] {
        let read = onvif().read(&url(&camera.onvif_url), credentials.as_ref(), None).await;
        assert_eq!(read.unwrap_err().kind(), Kind::Unauthorized);
        let snapshot = onvif().snapshot(&url(&camera.snapshot_url), credentials.as_ref(), None).await;
        assert_eq!(snapshot.unwrap_err().kind(), Kind::Unauthorized);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stills_are_fetched_with_each_digest() {
    for digest in [DigestAlgorithms::Both, DigestAlgorithms::Md5, DigestAlgorithms::Sha256] {
        let fleet = fleet(digest, vec![]).await;
        let credentials = Credentials::new(USER, PASSWORD);
        let jpeg =
            onvif().snapshot(&url(&fleet.cameras()[0].snapshot_url), Some(&credentials), None).await.unwrap();
        assert!(jpeg.len() > 10_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_device_service_is_located() {
    let fleet = fleet(DigestAlgorithms::Both, vec![]).await;
    let at = url(&fleet.cameras()[0].onvif_url);
    assert_eq!(onvif().locate("127.0.0.1", Some(at.port())).await.unwrap(), at);
    let rtsp = url(&fleet.cameras()[0].rtsp_urls[0]).port();
    assert!(onvif().locate("127.0.0.1", Some(rtsp)).await.is_err());
    // Port 1, tcpmux, is nobody's.
    let error = onvif().locate("127.0.0.1", Some(1)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unreachable);
    assert_eq!(onvif().locate("not a host", None).await.unwrap_err().kind(), Kind::InvalidInput);
}

#[tokio::test(flavor = "multi_thread")]
async fn oxvifs_own_mock_is_read_over_media2() {
    let mock = oxvif::mock::MockServer::builder().start().await.unwrap();
    let facts = onvif().read(&url(mock.device_url()), None, None).await.unwrap();
    assert!(!facts.profiles.is_empty() && !facts.vendor.is_empty());
    for profile in &facts.profiles {
        assert_eq!(profile.url.host(), url(mock.device_url()).host(), "pinned");
    }
}

/// A device made of one answer for everything, and the requests that it got.
pub(super) struct Rogue {
    at: SocketAddr,
    pub(super) requests: Arc<Mutex<Vec<String>>>,
    _server: JoinSet<()>,
}

impl Rogue {
    pub(super) async fn start(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (seen, answer) = (requests.clone(), Arc::new(answer));
        let mut server = JoinSet::new();
        server.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (mut socket, _) = listener.accept().await.unwrap();
                let (seen, answer) = (seen.clone(), answer.clone());
                connections.spawn(async move {
                    let mut request = Vec::new();
                    loop {
                        let mut chunk = vec![0; 16_384];
                        match socket.read(&mut chunk).await {
                            Ok(length) if length > 0 => request.extend_from_slice(&chunk[..length]),
                            _ => return,
                        }
                        let text = String::from_utf8_lossy(&request).into_owned();
                        let complete = text.starts_with("GET ") || text.contains("</s:Envelope>");
                        if text.contains("\r\n\r\n") && complete {
                            let reply = answer(&text);
                            seen.lock().unwrap().push(text);
                            let _ = socket.write_all(&reply).await;
                            return;
                        }
                    }
                });
            }
        });
        Self { at, requests, _server: server }
    }

    pub(super) fn device_url(&self) -> StreamUrl {
        url(&format!("http://{}/onvif/device_service", self.at))
    }

    /// Requests in which a login was tried, by WS-Security or by HTTP.
    pub(super) fn logins(&self) -> usize {
        let requests = self.requests.lock().unwrap();
        requests
            .iter()
            .filter(|it| it.contains("UsernameToken") || it.to_lowercase().contains("\r\nauthorization:"))
            .count()
    }
}

pub(super) fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}")
        .into_bytes()
}

pub(super) fn soap(body: &str) -> Vec<u8> {
    answer("200 OK", "", &format!("<s:Envelope xmlns:s=\"x\"><s:Body>{body}</s:Body></s:Envelope>"))
}

pub(super) const TIME: &str = "<GetSystemDateAndTimeResponse><SystemDateAndTime><UTCDateTime>\
    <Time><Hour>1</Hour><Minute>2</Minute><Second>3</Second></Time>\
    <Date><Year>2020</Year><Month>1</Month><Day>1</Day></Date></UTCDateTime></SystemDateAndTime>\
    </GetSystemDateAndTimeResponse>";

#[tokio::test]
async fn a_wrong_password_costs_at_most_two_logins() {
    let digest = "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\n";
    let stale = "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\", stale=true\r\n";
    let basic = "WWW-Authenticate: Basic realm=\"r\"\r\n";
    let fault = "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized</s:Value>\
                 </s:Subcode></s:Code></s:Fault>";
    let refusals = [
        (answer("401 Unauthorized", digest, ""), 2, Kind::Unauthorized),
        (answer("401 Unauthorized", stale, ""), 2, Kind::Unauthorized),
        (answer("401 Unauthorized", basic, ""), 1, Kind::Refused),
        (answer("401 Unauthorized", "", ""), 1, Kind::Unauthorized),
        (answer("403 Forbidden", "", ""), 1, Kind::Unauthorized),
        (soap(fault), 1, Kind::Unauthorized),
    ];
    for (refusal, logins, kind) in refusals {
        let rogue =
            Rogue::start(
                move |request| {
                    if request.contains("GetSystemDateAndTime") { soap(TIME) } else { refusal.clone() }
                },
            )
            .await;
        let credentials = Credentials::new("ana", "canary-pw");
        let error = onvif().read(&rogue.device_url(), Some(&credentials), None).await.unwrap_err();
        assert_eq!((rogue.logins(), error.kind()), (logins, kind), "{error}");
        let requests = rogue.requests.lock().unwrap();
        assert!(requests[0].contains("GetSystemDateAndTime") && !requests[0].contains("UsernameToken"));
        assert!(
            !requests.iter().any(|request| request.contains("canary-pw")),
            "the password is never sent clear"
        );
    }
}

#[tokio::test]
async fn hostile_answers_are_errors() {
    let bomb = "<!DOCTYPE l [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]><s:Envelope><s:Body>&b;</s:Body></s:Envelope>";
    let long = format!("<s:Envelope>{}</s:Envelope>", "x".repeat(2 * 1024 * 1024));
    let wide = format!("<s:Envelope>{}</s:Envelope>", "<a/>".repeat(20_000));
    let endless =
        [&b"HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n"[..], &[b'x'; 1000]].concat();
    for (reply, kind) in [
        (answer("200 OK", "", bomb), Kind::Refused),
        (answer("200 OK", "", &long), Kind::Refused),
        (answer("200 OK", "", &wide), Kind::Refused),
        (endless, Kind::Refused),
        (answer("302 Found", "Location: http://192.0.2.1/\r\n", ""), Kind::Protocol),
        (answer("404 Not Found", "", ""), Kind::Unsupported),
        (answer("200 OK", "", "<html>"), Kind::Protocol),
        (b"RTSP/1.0 200 OK\r\n\r\n".to_vec(), Kind::Unreachable),
    ] {
        let shown = String::from_utf8_lossy(&reply[..40.min(reply.len())]).into_owned();
        let rogue = Rogue::start(move |_| reply.clone()).await;
        let started = Instant::now();
        let error = onvif().locate("127.0.0.1", Some(rogue.at.port())).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{shown}: {error}");
        // Where HTTP is not spoken, TLS is tried: another connection that this one does not answer.
        assert!(started.elapsed() < Duration::from_secs(20), "{shown}: {:?}", started.elapsed());
    }
}

#[tokio::test]
async fn no_address_that_a_device_names_is_called() {
    let canary = Rogue::start(|_| soap("")).await;
    let elsewhere = format!("http://{}/onvif/media", canary.at);
    let rtsp_elsewhere = format!("rtsp://user:pw@{}/live", canary.at);
    let snapshot_elsewhere = format!("http://{}/snap.jpg", canary.at);
    let rogue = Rogue::start(move |request| {
        let uri = |of: &str, uri: &str| soap(&format!("<{of}Response><MediaUri><Uri>{uri}</Uri></MediaUri></{of}Response>"));
        if request.contains("GetSystemDateAndTime") {
            soap(TIME)
        } else if request.contains("GetDeviceInformation") {
            soap("<GetDeviceInformationResponse><Manufacturer>A\u{202e}CME</Manufacturer></GetDeviceInformationResponse>")
        } else if request.contains("GetServices") {
            soap(&format!(
                "<GetServicesResponse><Service><Namespace>http://www.onvif.org/ver10/media/wsdl</Namespace>\
                 <XAddr>{elsewhere}</XAddr></Service></GetServicesResponse>"
            ))
        } else if request.contains("GetProfiles") {
            soap("<GetProfilesResponse><Profiles token=\"a\"><VideoEncoderConfiguration token=\"e\"/></Profiles></GetProfilesResponse>")
        } else if request.contains("GetStreamUri") {
            uri("GetStreamUri", &rtsp_elsewhere)
        } else if request.contains("GetSnapshotUri") {
            uri("GetSnapshotUri", &snapshot_elsewhere)
        } else {
            answer("302 Found", &format!("Location: {snapshot_elsewhere}\r\n"), "")
        }
    })
    .await;
    let at = StreamUrl::parse(rogue.device_url().as_str()).unwrap().pinned_to("localhost", None);
    let facts = onvif().read(&at, None, None).await.unwrap();
    assert_eq!(facts.vendor, "A\u{fffd}CME");
    let stream = &facts.profiles[0].url;
    assert_eq!(
        stream.as_str(),
        format!("rtsp://localhost:{}/live", canary.at.port()),
        "its host, without its login"
    );
    assert_eq!(facts.snapshot_url.unwrap().host(), "localhost");
    let still = url(&format!("http://{}/snap.jpg", rogue.at));
    assert_eq!(onvif().snapshot(&still, None, None).await.unwrap_err().kind(), Kind::Refused);
    assert_eq!(canary.requests.lock().unwrap().len(), 0);
}

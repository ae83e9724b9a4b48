//! Handshakes with servers that count what they are told, and whole sessions with simulated cameras.

use super::*;
use crate::clock::SystemClock;
use crate::http::HttpOpener;
use crate::onvif::OxvifDevice;
use crate::rtsp::RetinaOpener;
use atalaya_model::address::StreamUrl;
use atalaya_model::camera::{CameraId, Role, Transport};
use atalaya_model::media::MediaUnit;
use atalaya_model::ports::{OnvifDevice, OpenRequest, StreamOpener};
use atalaya_model::secret::Credentials;
use atalaya_simcam::{Credentials as Account, Fault, Fleet, FleetOptions};
use futures_util::StreamExt;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;

const USER: &str = "ana";
const PASSWORD: &str = "correct horse";
/// Long past what any of these takes: only a test that hangs gets there.
const PATIENCE: Duration = Duration::from_secs(30);

/// A certificate and its key, made with openssl.
#[derive(Debug, Clone, Copy)]
struct Identity {
    certificate: &'static [u8],
    key: &'static [u8],
}

/// The one of every simulated camera.
const SIMULATED: Identity = Identity {
    certificate: include_bytes!("../../simcam/tls/certificate.der"),
    key: include_bytes!("../../simcam/tls/key.der"),
};

/// Over since 2001, and for a host of another name.
const EXPIRED: Identity = Identity {
    certificate: include_bytes!("fixtures/expired.der"),
    key: include_bytes!("fixtures/expired-key.der"),
};

impl Identity {
    fn fingerprint(self) -> CertificateFingerprint {
        fingerprint(self.certificate)
    }
}

#[derive(Debug)]
struct Shows(Arc<CertifiedKey>);

impl ResolvesServerCert for Shows {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

/// A server that reads what it is told first inside TLS, hangs up, and tells how many bytes that were.
struct Server {
    at: SocketAddr,
    told: mpsc::UnboundedReceiver<usize>,
    _tasks: JoinSet<()>,
}

impl Server {
    /// Shows one identity's certificate and signs with another's key, which may be the same.
    async fn start(shown: Identity, signed_by: Identity) -> Self {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signed_by.key));
        let key = provider.key_provider.load_private_key(key).unwrap();
        let certified = CertifiedKey::new(vec![CertificateDer::from(shown.certificate)], key);
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Shows(Arc::new(certified))));
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let (tell, told) = mpsc::unbounded_channel();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                let (acceptor, tell) = (acceptor.clone(), tell.clone());
                connections.spawn(async move {
                    let mut inside = 0;
                    if let Ok(mut stream) = acceptor.accept(socket).await {
                        let mut chunk = [0; 4096];
                        inside = stream.read(&mut chunk).await.unwrap_or_default();
                    }
                    let _ = tell.send(inside);
                });
            }
        });
        Self { at, told, _tasks: tasks }
    }

    /// Bytes told inside TLS on the next connection that has ended.
    async fn told(&mut self) -> usize {
        timeout(PATIENCE, self.told.recv()).await.expect("a connection ends").expect("the server runs")
    }
}

async fn connect(at: SocketAddr, accepted: Option<CertificateFingerprint>) -> Result<TlsStream<TcpStream>> {
    let socket = TcpStream::connect(at).await.unwrap();
    timeout(PATIENCE, handshake(socket, "127.0.0.1", accepted)).await.expect("an answer comes")
}

async fn refused(at: SocketAddr, accepted: Option<CertificateFingerprint>) -> Error {
    connect(at, accepted).await.expect_err("refused")
}

#[tokio::test]
async fn a_certificate_of_nobody_known_is_refused_with_its_facts() {
    let mut server = Server::start(EXPIRED, EXPIRED).await;
    let error = refused(server.at, None).await;
    assert_eq!(error.kind(), Kind::UntrustedCertificate, "{error}");
    assert_eq!(error.fact("fingerprint"), Some(EXPIRED.fingerprint().to_string().as_str()));
    assert_eq!(error.fact("subject"), Some("O=Vendor, CN=camera-4711"));
    assert_eq!(error.fact("valid_from"), Some("2000-01-01T00:00:00Z"));
    assert_eq!(error.fact("valid_until"), Some("2001-01-01T00:00:00Z"));
    assert_eq!(server.told().await, 0);
}

#[tokio::test]
async fn the_accepted_one_is_the_identity_whatever_stands_in_it() {
    let mut server = Server::start(EXPIRED, EXPIRED).await;
    let mut stream = connect(server.at, Some(EXPIRED.fingerprint())).await.unwrap();
    stream.write_all(b"OPTIONS").await.unwrap();
    stream.shutdown().await.unwrap();
    assert_eq!(server.told().await, 7);
}

#[tokio::test]
async fn another_one_than_the_accepted_is_refused_with_both() {
    let mut server = Server::start(SIMULATED, SIMULATED).await;
    let error = refused(server.at, Some(EXPIRED.fingerprint())).await;
    assert_eq!(error.kind(), Kind::CertificateChanged, "{error}");
    assert_eq!(error.fact("accepted"), Some(EXPIRED.fingerprint().to_string().as_str()));
    assert_eq!(error.fact("fingerprint"), Some(SIMULATED.fingerprint().to_string().as_str()));
    assert_eq!(server.told().await, 0);
}

#[tokio::test]
async fn a_copy_without_its_key_is_of_no_use() {
    let mut server = Server::start(EXPIRED, SIMULATED).await;
    let error = refused(server.at, Some(EXPIRED.fingerprint())).await;
    assert_eq!(error.kind(), Kind::Refused, "{error}");
    assert_eq!(server.told().await, 0);
}

#[tokio::test]
async fn servers_without_safe_tls_are_told_apart() {
    for (answer, kind) in [
        // Alerts (RFC 8446 §6): handshake_failure and protocol_version, as servers of TLS 1.0 and 1.1 send them.
        (&b"\x15\x03\x01\x00\x02\x02\x28"[..], Kind::Unsupported),
        (b"\x15\x03\x02\x00\x02\x02\x46", Kind::Unsupported),
        (b"RTSP/1.0 400 Bad Request\r\n\r\n", Kind::Protocol),
        (b"", Kind::Unreachable),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut hello = [0; 4096];
            let _ = socket.read(&mut hello).await;
            let _ = socket.write_all(answer).await;
            let _ = socket.shutdown().await;
            // Until the client has read it and closes.
            while let Ok(1..) = socket.read(&mut hello).await {}
        });
        let error = refused(at, None).await;
        assert_eq!(error.kind(), kind, "{error}");
    }
}

#[tokio::test]
async fn looking_tells_the_certificate_and_says_nothing() {
    let mut server = Server::start(EXPIRED, EXPIRED).await;
    let socket = TcpStream::connect(server.at).await.unwrap();
    assert_eq!(shown(socket, "127.0.0.1").await, Some((EXPIRED.fingerprint(), false)));
    assert_eq!(server.told().await, 0);
}

fn request(url: &str, tls: Option<CertificateFingerprint>) -> OpenRequest {
    OpenRequest {
        camera: CameraId(uuid::Uuid::nil()),
        role: Role::Main,
        url: StreamUrl::parse(url).unwrap(),
        transport: Transport::Tcp,
        poll: None,
        credentials: Some(Credentials::new(USER, PASSWORD)),
        allow_basic: true,
        tls,
    }
}

/// S4, S5: over every protocol that a camera may speak TLS with, nothing at all is said to one that is not believed.
#[tokio::test]
async fn no_protocol_says_a_byte_to_a_camera_that_is_not_believed() {
    let clock = Arc::new(SystemClock::new());
    let (http, rtsp, onvif) =
        (HttpOpener::new(clock.clone()), RetinaOpener::new(clock.clone()), OxvifDevice::new(clock));
    let mut server = Server::start(EXPIRED, EXPIRED).await;
    let [https, rtsps] = ["https", "rtsps"].map(|scheme| format!("{scheme}://{}/main", server.at));
    let credentials = Credentials::new(USER, PASSWORD);
    let url = StreamUrl::parse(&https).unwrap();
    for accepted in [None, Some(SIMULATED.fingerprint())] {
        let kind = accepted.map_or(Kind::UntrustedCertificate, |_| Kind::CertificateChanged);
        for protocol in 0..4 {
            let failed = match protocol {
                0 => StreamOpener::open(&http, request(&https, accepted)).await.err(),
                1 => StreamOpener::open(&rtsp, request(&rtsps, accepted)).await.err(),
                2 => onvif.read(&url, Some(&credentials), accepted).await.err(),
                _ => onvif.snapshot(&url, Some(&credentials), accepted).await.err(),
            };
            let error = failed.expect("refused");
            assert_eq!(error.kind(), kind, "{protocol}: {error}");
            assert_eq!(error.fact("fingerprint"), Some(EXPIRED.fingerprint().to_string().as_str()));
            assert_eq!(error.fact("peer"), Some(server.at.to_string().as_str()));
            assert_eq!(server.told().await, 0, "{protocol}");
        }
    }
    // The count is one: who is believed is spoken to.
    let hung_up = StreamOpener::open(&rtsp, request(&rtsps, Some(EXPIRED.fingerprint()))).await.err();
    assert_eq!(hung_up.map(|error| error.kind()), Some(Kind::Unreachable));
    assert!(server.told().await > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn simulated_cameras_play_over_tls() {
    let fleet = Fleet::start(FleetOptions {
        credentials: Some(Account::new(USER, PASSWORD)),
        faults: vec![Fault::Tls, Fault::Rtsps],
        discoverable: false,
        ..FleetOptions::default()
    })
    .await
    .unwrap();
    let camera = &fleet.cameras()[0];
    let accepted = Some(SIMULATED.fingerprint());
    let clock = Arc::new(SystemClock::new());
    let onvif = OxvifDevice::new(clock.clone());
    let credentials = Credentials::new(USER, PASSWORD);
    // Nobody says that it is TLS behind the port.
    let at = StreamUrl::parse(&camera.onvif_url).unwrap();
    assert_eq!(onvif.locate("127.0.0.1", Some(at.port())).await.unwrap(), at);
    let facts = onvif.read(&at, Some(&credentials), accepted).await.unwrap();
    assert!(facts.profiles.iter().all(|profile| profile.url.scheme() == "rtsps"), "{facts:?}");
    let still = facts.snapshot_url.expect("a still picture");
    assert_eq!(still.scheme(), "https");
    assert!(onvif.snapshot(&still, Some(&credentials), accepted).await.unwrap().len() > 1000);

    let (http, rtsp) = (HttpOpener::new(clock.clone()), RetinaOpener::new(clock));
    let urls = [camera.rtsp_urls[0].as_str(), facts.profiles[0].url.as_str(), &camera.mjpeg_url];
    for url in urls {
        let request = request(url, accepted);
        let mut stream = match request.url.scheme() {
            "https" => StreamOpener::open(&http, request).await.unwrap(),
            _ => StreamOpener::open(&rtsp, request).await.unwrap(),
        };
        let mut pictures = 0;
        while pictures < 30 {
            let unit = timeout(PATIENCE, stream.units.next()).await.expect("in time").expect("it plays on");
            if let MediaUnit::Video(unit) = unit.unwrap() {
                assert_eq!(unit.packets_lost, 0, "{url}");
                pictures += 1;
            }
        }
    }
    let over_udp = OpenRequest { transport: Transport::Udp, ..request(urls[0], accepted) };
    let error = StreamOpener::open(&rtsp, over_udp).await.err().expect("refused");
    assert_eq!(error.kind(), Kind::Unsupported, "{error}");
    let wrong =
        OpenRequest { credentials: Some(Credentials::new(USER, "wrong")), ..request(urls[0], accepted) };
    assert_eq!(
        StreamOpener::open(&rtsp, wrong).await.err().map(|error| error.kind()),
        Some(Kind::Unauthorized)
    );
    fleet.stop().await.unwrap();
}

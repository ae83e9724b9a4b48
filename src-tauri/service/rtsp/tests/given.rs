//! A session over a connection that was made elsewhere, as TLS is: the door that our retina has for it.

use super::hostile::{SDP, Scripted, eventually, tame};
use retina::client::{
    PlayOptions, Session, SessionOptions, SetupOptions, TcpTransportOptions, Transport, UdpTransportOptions,
};
use tokio::net::TcpStream;
use url::Url;

#[tokio::test]
async fn a_session_stays_on_the_connection_it_was_given() {
    let camera = Scripted::start(|method, _| tame(method, SDP)).await;
    let url = Url::parse(&camera.url.replacen("rtsp:", "rtsps:", 1)).unwrap();
    let refused = Session::describe(url.clone(), SessionOptions::default()).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("only scheme rtsp supported")));

    let socket = TcpStream::connect((url.host_str().unwrap(), url.port().unwrap())).await.unwrap();
    let (local, peer) = (socket.local_addr().unwrap(), socket.peer_addr().unwrap());
    let mut session = Session::describe_on(Box::new(socket), local, peer, url, SessionOptions::default())
        .await
        .expect("described");
    assert!(camera.heard().starts_with("DESCRIBE rtsps://"), "{}", camera.heard());

    // UDP would leave the connection.
    let udp = SetupOptions::default().transport(Transport::Udp(UdpTransportOptions::default()));
    let error = session.setup(0, udp).await.unwrap_err().to_string();
    assert!(error.contains("only TCP transport"), "{error}");
    let tcp = SetupOptions::default().transport(Transport::Tcp(TcpTransportOptions::default()));
    session.setup(0, tcp).await.expect("set up");
    drop(session.play(PlayOptions::default()).await.expect("plays"));
    eventually(|| camera.heard().contains("TEARDOWN")).await;
}

//! Owns the tests of WS-Discovery over loopback multicast, with probes written by hand.

use atalaya_simcam::{Fleet, FleetOptions};
use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use tokio::{net::UdpSocket, time};

/// For answers that must come, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// For such as must not: well beyond the longest random delay of an answer.
const SILENCE: Duration = Duration::from_secs(2);
/// An address of loopback for this test alone: of several sockets that share one, only one hears what is sent to it.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 79, 1);

fn probe(types: &str) -> String {
    format!(
        "<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\" \
         xmlns:w=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" \
         xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\" \
         xmlns:n=\"http://www.onvif.org/ver10/network/wsdl\" xmlns:p=\"urn:printers\"><e:Header>\
         <w:MessageID>uuid:00000000-0000-4000-8000-000000000001</w:MessageID></e:Header>\
         <e:Body><d:Probe>{types}</d:Probe></e:Body></e:Envelope>"
    )
}

/// Sends a probe over loopback and gathers answers until every text of `wanted` stood in one, or patience ends.
async fn answers(
    probe: &str,
    to: Ipv4Addr,
    wanted: &BTreeSet<String>,
    patience: Duration,
) -> BTreeSet<String> {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None).unwrap();
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    socket.set_multicast_if_v4(&Ipv4Addr::LOCALHOST).unwrap();
    socket.set_nonblocking(true).unwrap();
    let socket = UdpSocket::from_std(socket.into()).unwrap();
    socket.send_to(probe.as_bytes(), (to, 3702)).await.unwrap();
    let mut found = BTreeSet::new();
    let mut buffer = vec![0; 65_536];
    let gather = async {
        while found != *wanted || wanted.is_empty() {
            let (length, _) = socket.recv_from(&mut buffer).await.unwrap();
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            assert!(text.contains("<a:RelatesTo>uuid:00000000-0000-4000-8000-000000000001</a:RelatesTo>"));
            found.extend(wanted.iter().filter(|wanted| text.contains(wanted.as_str())).cloned());
        }
    };
    let _until_found_or_out_of_patience = time::timeout(patience, gather).await;
    found
}

fn addresses(fleets: &[&Fleet]) -> BTreeSet<String> {
    let cameras = fleets.iter().flat_map(|fleet| fleet.cameras());
    cameras.flat_map(|camera| [camera.onvif_url.clone(), format!("urn:uuid:{}", camera.uuid)]).collect()
}

#[tokio::test]
async fn probes_find_the_cameras_of_every_fleet_and_only_those_asked_for() {
    let (first, second) = (
        Fleet::start(FleetOptions { count: 2, bind: ADDRESS.into(), ..FleetOptions::default() })
            .await
            .unwrap(),
        Fleet::start(FleetOptions { bind: ADDRESS.into(), ..FleetOptions::default() }).await.unwrap(),
    );
    let group = Ipv4Addr::new(239, 255, 255, 250);
    let all = addresses(&[&first, &second]);
    for types in [
        "",
        "<d:Types>n:NetworkVideoTransmitter</d:Types>",
        "<d:Scopes>onvif://www.onvif.org/hardware</d:Scopes>",
    ] {
        assert_eq!(answers(&probe(types), group, &all, PATIENCE).await, all, "{types}");
    }
    for types in
        ["<d:Types>p:NetworkVideoTransmitter</d:Types>", "<d:Scopes>onvif://www.onvif.org/hard</d:Scopes>"]
    {
        assert_eq!(answers(&probe(types), group, &all, SILENCE).await, BTreeSet::new(), "{types}");
    }
    first.stop().await.unwrap();
    let rest = addresses(&[&second]);
    assert_eq!(
        answers(&probe(""), ADDRESS, &rest, PATIENCE).await,
        rest,
        "a probe sent to the address itself"
    );
    second.stop().await.unwrap();
}

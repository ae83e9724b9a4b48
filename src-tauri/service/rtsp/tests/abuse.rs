//! Against scripted cameras whose words once made retina panic, talk to others or go on for ever: retina/README.md
//! lists what was changed for each. Where only time passes it is paused.

use super::hostile::{SDP, Scripted, eventually, packet, reply, tame};
use super::parameter_sets::{H264_PPS, h264_sps, h265_sdp, sdp_with};
use super::{PASSWORD, open, refused, request};
use atalaya_model::camera::Transport;
use atalaya_model::secret::Credentials;
use atalaya_model::{Error, Kind};
use futures_util::StreamExt;
use std::net::UdpSocket;

/// A packet's jump of the sequence number, its time, its marker and its payload.
type Sent<'a> = (u16, u32, bool, &'a [u8]);

/// What ends the stream of a camera that describes itself so and sends these packets.
async fn end_of(sdp: &str, packets: &[Sent<'_>]) -> Error {
    let sdp = sdp.to_owned();
    let mut sequence = 0_u16;
    let sent: Vec<u8> = packets
        .iter()
        .flat_map(|&(jump, time, mark, payload)| {
            sequence = sequence.wrapping_add(jump);
            packet(sequence, time, mark, payload)
        })
        .collect();
    let camera = Scripted::start(move |method, _| {
        let mut out = tame(method, &sdp);
        if method == "PLAY" {
            out.extend(&sent);
        }
        out
    })
    .await;
    let mut stream = open(request(&camera.url, Transport::Tcp, None)).await.expect("plays");
    loop {
        if let Err(error) = stream.units.next().await.expect("an error is the last item") {
            return error;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn fragments_out_of_order_are_left_out_without_a_panic() {
    let h265 = h265_sdp(64, 64);
    let fragment = [&[0x62, 0x01, 0x20][..], &[9; 60_000]].concat();
    let cases: [(&str, &[Sent]); 4] = [
        // A unit ended by the time of the next, whose packet is empty (RFC 6184 §5.3).
        (SDP, &[(1, 0, false, &[0x41, 1]), (1, 3600, false, &[]), (1, 3600, true, &[0x41, 2])]),
        // An aggregation packet within a fragmented unit (RFC 7798 §4.4.2, §4.4.3).
        (&h265, &[(1, 0, false, &[0x62, 1, 0x93, 9]), (1, 0, true, &[0x60, 1, 0, 3, 0x26, 1, 9])]),
        // A video parameter set longer than the decoder configuration has room for.
        (
            &h265,
            &[
                (1, 0, false, &[0x62, 0x01, 0xa0]),
                (1, 0, false, &fragment),
                (1, 0, false, &fragment),
                (1, 0, false, &[0x62, 0x01, 0x60]),
                (1, 0, true, &[0x26, 1, 9]),
            ],
        ),
        // More packets lost within one unit than 16 bits count.
        (
            SDP,
            &[
                (1, 0, false, &[0x41, 1]),
                (0x8001, 0, false, &[0x41, 1]),
                (0x8001, 0, false, &[0x41, 1]),
                (0x8001, 3600, true, &[0x41, 1]),
            ],
        ),
    ];
    for (number, (sdp, packets)) in cases.into_iter().enumerate() {
        let error = end_of(sdp, packets).await;
        assert!(matches!(error.kind(), Kind::Protocol | Kind::Timeout), "{number}: {error:?}");
    }
}

#[tokio::test]
async fn odd_headers_and_descriptions_are_errors_without_a_panic() {
    // A media line without a payload type (RFC 8866 §5.14).
    let camera = Scripted::start(|method, _| tame(method, &SDP.replace("AVP 96", "AVP "))).await;
    let error = refused(request(&camera.url, Transport::Tcp, None)).await;
    assert_eq!(error.kind(), Kind::Protocol, "{error}");

    for (session, plays) in [(";timeout=60", false), (" ;timeout=60", false), ("1 ;timeout=60", true)] {
        let header = format!("Session: {session}");
        let camera = Scripted::start(move |method, _| match method {
            "SETUP" => reply("200 OK", &[&header, "Transport: RTP/AVP/TCP;unicast;interleaved=0-1"], ""),
            _ => tame(method, SDP),
        })
        .await;
        match open(request(&camera.url, Transport::Tcp, None)).await {
            Ok(_) => assert!(plays, "{session:?}"),
            Err(error) => assert_eq!((error.kind(), plays), (Kind::Protocol, false), "{session:?}: {error}"),
        }
    }

    let digest = "WWW-Authenticate: Digest realm=\"cam\", nonce=\"17\"";
    let camera = Scripted::start(|_, _| reply("401 Unauthorized", &[digest], "")).await;
    let credentials = Some(Credentials::new("josé", PASSWORD));
    let error =
        refused(super::OpenRequest { credentials, ..request(&camera.url, Transport::Tcp, None) }).await;
    assert_eq!(
        (error.kind(), error.message()),
        (Kind::InvalidInput, "the user name cannot be sent over RTSP")
    );
}

#[tokio::test(start_paused = true)]
async fn pictures_of_65535_pixels_a_side_are_refused_by_name() {
    const IMPOSSIBLE: &str = "the camera's pictures have an impossible size";
    for sdp in [sdp_with(&h264_sps(65_520, 65_520)), h265_sdp(65_535, 65_535)] {
        let camera = Scripted::start(move |method, _| tame(method, &sdp)).await;
        let error = refused(request(&camera.url, Transport::Tcp, None)).await;
        assert_eq!((error.kind(), error.message()), (Kind::Protocol, IMPOSSIBLE));
    }
    let camera = Scripted::start(|method, _| tame(method, &h265_sdp(1_920, 1_088))).await;
    let stream = open(request(&camera.url, Transport::Tcp, None)).await.unwrap();
    assert_eq!(stream.video.map(|format| (format.width, format.height)), Some((1_920, 1_088)));

    // In the stream, with the first picture, and once more with each; the larger one does not fit into 16 bits.
    for side in [65_520, 65_536] {
        let sps = h264_sps(side, side);
        let mut packets: Vec<Sent> = Vec::new();
        for time in 0..100 {
            packets.push((1, time, false, &sps));
            packets.push((1, time, false, &H264_PPS));
            packets.push((1, time, true, &[0x65, 9]));
        }
        let error = end_of(SDP, &packets).await;
        assert_eq!((error.kind(), error.message()), (Kind::Protocol, IMPOSSIBLE), "{side}: {error:?}");
    }
    // Pictures, and never how they are coded.
    let error = end_of(SDP, &[(1, 0, true, &[0x65, 9]), (1, 1, true, &[0x41, 9])]).await;
    let unknown = "the camera never says how its pictures are coded";
    assert_eq!((error.kind(), error.message()), (Kind::Protocol, unknown));
}

#[tokio::test]
async fn a_request_of_the_camera_s_holds_nothing_up() {
    let camera = Scripted::start(|method, _| {
        let mut out = tame(method, &sdp_with(&h264_sps(64, 64)));
        if method == "PLAY" {
            out.extend(b"OPTIONS rtsp://127.0.0.1/ RTSP/1.0\r\nCSeq: 1\r\n\r\n");
            out.extend(packet(0, 0, true, &[0x65, 9]));
        }
        out
    })
    .await;
    let mut stream = open(request(&camera.url, Transport::Tcp, None)).await.unwrap();
    // Without silence: the picture lies in the same buffer behind the request.
    stream.units.next().await.expect("a picture").expect("a picture");
}

/// Neighbouring ports that are free on all of these addresses.
#[cfg(target_os = "linux")]
fn ports(addresses: [&str; 2]) -> (u16, [[UdpSocket; 2]; 2]) {
    let pair = |address: &str, port: u16| -> std::io::Result<[UdpSocket; 2]> {
        let pair = [UdpSocket::bind((address, port))?, UdpSocket::bind((address, port + 1))?];
        for socket in &pair {
            socket.set_nonblocking(true)?;
        }
        Ok(pair)
    };
    (20_000..60_000)
        .step_by(2)
        .find_map(|port| {
            let [first, second] = addresses.map(|address| pair(address, port));
            Some((port, [first.ok()?, second.ok()?]))
        })
        .expect("free ports")
}

// Elsewhere loopback has one address only.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_source_elsewhere_gets_no_datagram() {
    let (port, [peer, elsewhere]) = ports(["127.0.0.1", "127.0.0.2"]);
    let transport = format!(
        "Transport: RTP/AVP/UDP;unicast;source=127.0.0.2;server_port={port}-{};destination=127.0.0.2",
        port + 1
    );
    let camera = Scripted::start(move |method, _| match method {
        "SETUP" => reply("200 OK", &["Session: 1", &transport], ""),
        _ => tame(method, SDP),
    })
    .await;
    let _stream = open(request(&camera.url, Transport::Udp, None)).await.unwrap();
    let mut buffer = [0; 64];
    eventually(|| peer[0].recv(&mut [0; 64]).is_ok()).await;
    eventually(|| peer[1].recv(&mut [0; 64]).is_ok()).await;
    for socket in &elsewhere {
        let error = socket.recv(&mut buffer).expect_err("nothing is sent there");
        assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
    }
}

#[tokio::test]
async fn a_teardown_that_is_tried_again_stays_with_the_camera() {
    let other = Scripted::start(|method, _| tame(method, SDP)).await;
    let base = format!("Content-Base: {}/", other.url);
    // live555 of this age is torn down until it answers (scottlamb/retina#17).
    let sdp = SDP.replace("t=0 0\r\n", "t=0 0\r\na=tool:LIVE555 Streaming Media v2010.01.01\r\n");
    let broken = std::sync::atomic::AtomicBool::new(false);
    let camera = Scripted::start(move |method, _| match method {
        "DESCRIBE" => reply("200 OK", &["Content-Type: application/sdp", &base], &sdp),
        "TEARDOWN" if !broken.swap(true, std::sync::atomic::Ordering::Relaxed) => b"what?\n\n\n".to_vec(),
        _ => tame(method, &sdp),
    })
    .await;
    drop(open(request(&camera.url, Transport::Tcp, None)).await.unwrap());
    eventually(|| camera.heard().matches("TEARDOWN").count() == 2).await;
    assert_eq!(other.heard(), "");
}

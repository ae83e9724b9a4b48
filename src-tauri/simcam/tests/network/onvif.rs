//! Owns the tests of the ONVIF face with oxvif, a client that shares nothing with it.

use crate::{PASSWORD, guarded};
use atalaya_simcam::FleetOptions;
use oxvif::OnvifSession;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time,
};

const LIMIT: Duration = Duration::from_secs(90);

#[tokio::test]
async fn a_client_finds_its_way_from_device_to_streams_and_back_home() {
    let fleet = guarded(FleetOptions { count: 2, ..FleetOptions::default() }).await;
    let camera = &fleet.cameras()[1];
    let session = OnvifSession::builder(&camera.onvif_url)
        .with_credentials("ana", PASSWORD)
        .with_clock_sync()
        .build()
        .await
        .unwrap();
    let info = session.get_device_info().await.unwrap();
    assert_eq!((info.manufacturer.as_str(), info.model.as_str()), ("Atalaya", "Simulated camera"));
    assert_eq!(info.serial_number, camera.serial);
    let profiles = session.get_profiles().await.unwrap();
    let mut urls = Vec::new();
    for profile in &profiles {
        urls.push(session.get_stream_uri(&profile.token).await.unwrap().uri);
        assert_eq!(session.get_snapshot_uri(&profile.token).await.unwrap().uri, camera.snapshot_url);
    }
    assert_eq!(urls, camera.rtsp_urls);

    session.ptz_absolute_move("main", 0.25, 0.0, 0.0).await.unwrap();
    let arrived = async {
        while session.ptz_get_status("main").await.unwrap().pan != Some(0.25) {
            time::sleep(Duration::from_millis(20)).await;
        }
    };
    time::timeout(LIMIT, arrived).await.expect("the drive gets there");
    // So slowly that it is under way for long.
    session.ptz_continuous_move("main", -0.1, 0.0, 0.0).await.unwrap();
    assert_eq!(session.ptz_get_status("main").await.unwrap().pan_tilt_status, "MOVING");
    session.ptz_stop("main").await.unwrap();
    assert_eq!(session.ptz_get_status("main").await.unwrap().pan_tilt_status, "IDLE");
    assert_eq!(session.ptz_get_presets("main").await.unwrap().len(), 3);
    assert!(session.ptz_get_status("nothing").await.is_err());
    fleet.stop().await.unwrap();
}

#[tokio::test]
async fn motion_is_told_when_it_begins_and_ends() {
    let fleet = guarded(FleetOptions::default()).await;
    let session = OnvifSession::builder(&fleet.cameras()[0].onvif_url).with_credentials("ana", PASSWORD);
    let session = session.build().await.unwrap();
    let pull_point = session.create_pull_point_subscription(None, Some("PT60S")).await.unwrap().reference_url;
    let mut states = Vec::new();
    let three = async {
        while states.len() < 3 {
            for message in session.pull_messages(&pull_point, "PT5S", 10).await.unwrap() {
                if message.topic.contains("CellMotionDetector") {
                    states.push((message.property_operation.clone(), message.data["IsMotion"] == "true"));
                }
            }
        }
    };
    time::timeout(LIMIT, three).await.expect("the figure walks through the zone every few seconds");
    assert_eq!(states[0].0, "Initialized");
    assert!(states[1..].iter().all(|(operation, _)| operation == "Changed"));
    assert!(states.windows(2).all(|pair| pair[0].1 != pair[1].1), "{states:?}");
    session.unsubscribe(&pull_point).await.unwrap();
    assert!(session.pull_messages(&pull_point, "PT1S", 1).await.is_err());
    fleet.stop().await.unwrap();
}

#[tokio::test]
async fn wrong_passwords_and_bombs_are_refused() {
    let fleet = guarded(FleetOptions::default()).await;
    let url = &fleet.cameras()[0].onvif_url;
    let session = OnvifSession::builder(url).with_credentials("ana", "wrong").build().await.unwrap();
    assert!(session.get_device_info().await.is_err());

    let host = url.split('/').nth(2).unwrap();
    let post = |body: &str| {
        format!(
            "POST /onvif/device_service HTTP/1.1\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
    };
    let bomb = "<!DOCTYPE a [<!ENTITY b \"bb\">]><Envelope>&b;</Envelope>";
    let huge = "POST /onvif/device_service HTTP/1.1\r\nContent-Length: 104857600\r\n\r\n".to_owned();
    for (request, status) in [
        (post(bomb), "401"),
        (post(""), "401"),
        (huge, "413"),
        ("GET /snapshot.jpg HTTP/1.1\r\n\r\n".to_owned(), "401"),
        ("GET /etc/passwd HTTP/1.0\r\n\r\n".to_owned(), "404"),
        ("DELETE /snapshot.jpg HTTP/1.0\r\n\r\n".to_owned(), "405"),
    ] {
        let mut socket = TcpStream::connect(host).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut head = [0; 12];
        time::timeout(LIMIT, socket.read_exact(&mut head)).await.unwrap().unwrap();
        assert_eq!(std::str::from_utf8(&head[9..]).unwrap(), status, "{request:.60}");
    }
    fleet.stop().await.unwrap();
}

//! Against simulated cameras, and servers that behave.

use super::*;
use atalaya_model::Kind;
use atalaya_model::media::VideoCodec;
use atalaya_simcam::{Credentials as Account, Fleet, FleetOptions};
use std::time::{Duration, Instant};

async fn fleet(login: bool) -> Fleet {
    let credentials = login.then(|| Account::new(USER, PASSWORD));
    Fleet::start(FleetOptions { credentials, discoverable: false, ..FleetOptions::default() }).await.unwrap()
}

#[tokio::test]
async fn mjpeg_plays_with_a_login() {
    let fleet = fleet(true).await;
    let mut stream = open(with_login(&fleet.cameras()[0].mjpeg_url, PASSWORD)).await.unwrap();
    assert!(stream.poll.is_none() && stream.audio.is_none());
    let units = pictures(&mut stream, 20).await;
    let format = &units[0].format;
    assert_eq!((format.codec, format.width, format.height), (VideoCodec::Mjpeg, 640, 360));
    assert!(units.iter().all(|unit| unit.key && unit.packets_lost == 0 && unit.camera_time.is_none()));
    assert!(units.iter().all(|unit| Arc::ptr_eq(&unit.format, format)));
    assert!(units.is_sorted_by(|a, b| a.pts_90k < b.pts_90k));
    // Ten pictures a second: 19 steps of 9000 ticks, and what a busy machine adds.
    let ticks = units[19].pts_90k - units[0].pts_90k;
    assert!((150_000..1_800_000).contains(&ticks), "{ticks}");
    drop(stream);
    fleet.stop().await.unwrap();
}

#[tokio::test]
async fn single_pictures_come_at_the_interval_asked_for() {
    let fleet = fleet(true).await;
    let started = Instant::now();
    let mut stream = open(with_login(&fleet.cameras()[0].snapshot_url, PASSWORD)).await.unwrap();
    assert_eq!(stream.poll.map(PollInterval::millis), Some(200));
    let units = pictures(&mut stream, 6).await;
    assert_eq!((units[0].format.width, units[0].format.height), (1280, 720));
    assert!(units.is_sorted_by(|a, b| a.pts_90k < b.pts_90k));
    // Five intervals of 200 ms from request to request, however long each picture takes, and what a busy machine adds.
    let took = started.elapsed();
    assert!(took >= Duration::from_secs(1) && took < Duration::from_secs(20), "{took:?}");
    let ticks = units[5].pts_90k - units[0].pts_90k;
    let arrived = units[5].received.since(units[0].received).as_micros() as i64 * 9 / 100;
    assert!(ticks.abs_diff(arrived) < 45_000, "{ticks} {arrived}");
    drop(stream);
    fleet.stop().await.unwrap();
}

#[tokio::test]
async fn a_wrong_password_is_sent_once() {
    let fleet = fleet(true).await;
    for url in [&fleet.cameras()[0].mjpeg_url, &fleet.cameras()[0].snapshot_url] {
        assert_eq!(refused(with_login(url, "wrong")).await.kind(), Kind::Unauthorized);
        assert_eq!(refused(request(url)).await.kind(), Kind::Unauthorized);
    }
    fleet.stop().await.unwrap();
    let digest = "WWW-Authenticate: Digest realm=\"cam\", nonce=\"17\", qop=\"auth\"";
    let camera = Scripted::start(After::Keep, move |_, _| reply("401 Unauthorized", &[digest], b"")).await;
    assert_eq!(refused(with_login(&camera.url, PASSWORD)).await.kind(), Kind::Unauthorized);
    let heard = camera.heard();
    assert_eq!(heard.matches("GET ").count(), 2, "{heard}");
    assert_eq!(heard.to_ascii_lowercase().matches("authorization: digest").count(), 1, "{heard}");
}

#[tokio::test]
async fn basic_is_sent_only_where_the_user_allows_it() {
    let basic = "WWW-Authenticate: Basic realm=\"cam\"";
    let picture = jpeg(64, 48, 3);
    let camera = Scripted::start(After::Keep, move |head, _| {
        if head.to_ascii_lowercase().contains("authorization: basic yw5homnvcnjly3qgag9yc2u=") {
            reply("200 OK", &["Content-Type: image/jpeg"], &picture)
        } else {
            reply("401 Unauthorized", &[basic], b"")
        }
    })
    .await;
    assert_eq!(refused(with_login(&camera.url, PASSWORD)).await.kind(), Kind::Refused);
    assert!(!camera.heard().to_ascii_lowercase().contains("authorization"), "{}", camera.heard());
    let allowed = OpenRequest { allow_basic: true, ..with_login(&camera.url, PASSWORD) };
    pictures(&mut open(allowed).await.unwrap(), 1).await;
}

#[tokio::test]
async fn a_camera_that_goes_down_from_digest_to_basic_gets_nothing() {
    let digest = "WWW-Authenticate: Digest realm=\"cam\", nonce=\"17\"";
    let basic = "WWW-Authenticate: Basic realm=\"cam\"";
    let camera = Scripted::start(After::Keep, move |_, count| {
        reply("401 Unauthorized", &[if count < 2 { digest } else { basic }], b"")
    })
    .await;
    let opener = opener();
    let request = OpenRequest { allow_basic: true, ..with_login(&camera.url, PASSWORD) };
    for kind in [Kind::Unauthorized, Kind::Refused] {
        let error = StreamOpener::open(&opener, request.clone()).await.err().unwrap();
        assert_eq!(error.kind(), kind, "{error}");
    }
    assert!(!camera.heard().to_ascii_lowercase().contains("authorization: basic"), "{}", camera.heard());
}

/// R9, S6: a nonce that is good for one request never makes a right password look wrong.
#[tokio::test]
async fn every_picture_may_have_a_nonce_of_its_own() {
    let camera = Scripted::start(After::Keep, |head, count| {
        let nonce = format!("nonce=\"{}\"", count.saturating_sub(1));
        if head.contains(&nonce) {
            reply("200 OK", &["Content-Type: image/jpeg"], &jpeg(64, 48, count as u8))
        } else {
            let challenge = format!("WWW-Authenticate: Digest realm=\"cam\", nonce=\"{count}\"");
            reply("401 Unauthorized", &[&challenge], b"")
        }
    })
    .await;
    pictures(&mut open(with_login(&camera.url, PASSWORD)).await.unwrap(), 4).await;
}

#[tokio::test]
async fn an_unchanged_picture_is_no_new_one() {
    // The same bytes for three requests, then the next picture.
    let camera = Scripted::start(After::Keep, |_, count| {
        reply("200 OK", &["Content-Type: image/jpeg"], &jpeg(64, 48, 1 + (count / 3) as u8))
    })
    .await;
    let started = Instant::now();
    let mut stream = open(request(&camera.url)).await.unwrap();
    let units = pictures(&mut stream, 3).await;
    assert!(units[0].data != units[1].data && units[1].data != units[2].data);
    // Requests at 0, 200, .. 1200 ms; the pictures are those of the first, fourth and seventh.
    let took = started.elapsed();
    assert!(took >= Duration::from_millis(1200) && took < Duration::from_secs(20), "{took:?}");
    assert_eq!(camera.heard().matches("GET ").count(), 7);
}

#[tokio::test]
async fn entity_tags_are_honoured() {
    let camera = Scripted::start(After::Keep, |head, count| {
        let tag = format!("\"{}\"", count / 2);
        if head.contains(&format!("if-none-match: {tag}")) {
            return b"HTTP/1.1 304 Not Modified\r\n\r\n".to_vec();
        }
        let headers = ["Content-Type: image/jpeg", &format!("ETag: {tag}")];
        reply("200 OK", &headers, &jpeg(64, 48, 1 + (count / 2) as u8))
    })
    .await;
    pictures(&mut open(request(&camera.url)).await.unwrap(), 3).await;
    assert!(camera.heard().contains("if-none-match: \"0\""), "{}", camera.heard());
}

#[tokio::test]
async fn a_camera_busy_for_a_moment_is_waited_for() {
    let camera = Scripted::start(After::Keep, |_, count| match count {
        1 | 2 | 6.. => reply("503 Service Unavailable", &[], b""),
        4 => reply("200 OK", &["Content-Type: image/jpeg"], &jpeg(64, 48, 9)[..300]),
        _ => reply("200 OK", &["Content-Type: image/jpeg"], &jpeg(64, 48, 1 + count as u8)),
    })
    .await;
    let mut stream = open(request(&camera.url)).await.unwrap();
    let lost: Vec<u32> = pictures(&mut stream, 3).await.iter().map(|unit| unit.packets_lost).collect();
    assert_eq!(lost, [0, 2, 1]);
    assert_eq!(ending(&mut stream).await.kind(), Kind::Protocol);
}

#[tokio::test]
async fn what_it_is_is_recognised() {
    let picture = jpeg(64, 48, 5);
    let part = [b"--x\r\n\r\n", &picture[..], b"\r\n--x\r\n"].concat();
    for (content_type, body, polled) in [
        ("image/jpeg", &picture[..], true),
        ("image/jpg; q=1", &picture, true),
        ("application/octet-stream", &picture, true),
        ("multipart/x-mixed-replace;boundary=x", &part, false),
        ("Multipart/Mixed; boundary=\"--x\"", &part, false),
        ("multipart/x-mixed-replace", &part, false),
        ("application/octet-stream", &part, false),
    ] {
        let bytes = endless(content_type, body);
        let camera = Scripted::start(After::Close, move |_, _| bytes.clone()).await;
        let mut stream = open(request(&camera.url)).await.unwrap();
        assert_eq!(stream.poll.is_some(), polled, "{content_type}");
        assert_eq!(pictures(&mut stream, 1).await[0].data, picture, "{content_type}");
    }
    for (status, content_type, body, kind) in [
        ("200 OK", "Content-Type: text/html", &b"<html>"[..], Kind::Unsupported),
        ("200 OK", "Content-Type: application/octet-stream", b"GIF89a", Kind::Unsupported),
        ("404 Not Found", "X: y", b"", Kind::NotFound),
        ("403 Forbidden", "X: y", b"", Kind::Unauthorized),
        ("302 Found", "Location: http://127.0.0.1:1/", b"", Kind::Refused),
        ("500 Oops", "X: y", b"", Kind::Protocol),
    ] {
        let bytes = reply(status, &[content_type], body);
        let camera = Scripted::start(After::Keep, move |_, _| bytes.clone()).await;
        assert_eq!(refused(request(&camera.url)).await.kind(), kind, "{status} {content_type}");
    }
}

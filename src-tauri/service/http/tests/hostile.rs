//! Servers that lie, stall and flood (S10, S23). Where only time passes it is paused.

use super::*;
use atalaya_model::{Error, Kind};
use std::time::Duration;

const MULTIPART: &str = "multipart/x-mixed-replace; boundary=x";

/// How a stream ends that begins with `body`, and how much of paused time that takes.
async fn end_of(after: After, body: Vec<u8>) -> (Error, Duration) {
    let camera = Scripted::start(after, move |_, _| endless(MULTIPART, &body)).await;
    let mut stream = open(request(&camera.url)).await.unwrap();
    // Where only time passes it leaps; but not before the stream is open, while bytes are on their way.
    if after == After::Trickle {
        tokio::time::pause();
    }
    let started = tokio::time::Instant::now();
    let error = ending(&mut stream).await;
    let took = started.elapsed();
    if after == After::Trickle {
        tokio::time::resume();
    }
    (error, took)
}

#[tokio::test]
async fn an_endless_head_ends_at_its_cap() {
    let (error, _) = end_of(After::Flood, b"--x\r\nX-Long: a".to_vec()).await;
    assert_eq!((error.kind(), error.fact("phase")), (Kind::Protocol, Some("stream")), "{error}");
    assert!(error.to_string().contains("16 KiB"), "{error}");
}

#[tokio::test]
async fn a_head_of_endless_lines_ends_at_its_cap() {
    let mut body = b"--x\r\n".to_vec();
    body.extend(b"X: y\r\n".repeat(10_000));
    let (error, _) = end_of(After::Keep, body).await;
    assert_eq!(error.kind(), Kind::Protocol, "{error}");
}

#[tokio::test]
async fn an_endless_part_ends_at_its_cap() {
    let (error, _) = end_of(After::Flood, b"--x\r\n\r\n\xff\xd8\xffz".to_vec()).await;
    assert_eq!(error.kind(), Kind::Protocol, "{error}");
    assert!(error.to_string().contains("16 MiB"), "{error}");
}

#[tokio::test]
async fn a_stream_without_a_boundary_ends() {
    let (error, _) = end_of(After::Flood, b"zz".to_vec()).await;
    assert_eq!(error.kind(), Kind::Protocol, "{error}");
}

#[tokio::test]
async fn a_length_of_a_gigabyte_and_more_is_refused_before_a_byte_is_kept() {
    for length in
        ["1073741824", "16777217", "1099511627776", "9223372036854775808", "99999999999999999999999"]
    {
        let body = format!("--x\r\nContent-Length: {length}\r\n\r\n");
        let (error, _) = end_of(After::Keep, body.into_bytes()).await;
        assert_eq!(error.kind(), Kind::Protocol, "{length}: {error}");
    }
    let picture =
        b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: 1073741824\r\n\r\n\xff\xd8\xff";
    let camera = Scripted::start(After::Keep, move |_, _| picture.to_vec()).await;
    let mut stream = open(request(&camera.url)).await.unwrap();
    assert_eq!(ending(&mut stream).await.kind(), Kind::Protocol);
}

#[tokio::test]
async fn a_picture_of_65535_squared_is_refused() {
    let mut picture = jpeg(64, 48, 2).to_vec();
    let at = picture.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
    picture[at + 5..at + 9].fill(0xff);
    let part = [b"--x\r\n\r\n", &picture[..], b"\r\n--x\r\n"].concat();
    let (error, _) = end_of(After::Keep, part).await;
    assert_eq!((error.kind(), error.fact("width")), (Kind::Protocol, Some("65535")), "{error}");
}

#[tokio::test]
async fn parts_that_are_no_pictures_end_it_after_some() {
    let body = b"--x\r\nContent-Type: text/html\r\n\r\n<html>\r\n".repeat(200);
    let (error, _) = end_of(After::Keep, body).await;
    assert_eq!((error.kind(), error.fact("lost")), (Kind::Protocol, Some("65")), "{error}");
}

#[tokio::test]
async fn one_byte_at_a_time_ends_by_the_clock() {
    for start in
        [&b"--x\r\nA"[..], b"--x\r\n\r\n\xff\xd8\xff", b"--x\r\nContent-Length: 9999999\r\n\r\n\xff", b"\r\n"]
    {
        let (error, took) = end_of(After::Trickle, start.to_vec()).await;
        assert_eq!(error.kind(), Kind::Timeout, "{error}");
        assert!(took <= super::super::deadline::FIRST_PART + Duration::from_secs(1), "{took:?}");
    }
}

#[tokio::test]
async fn an_answer_that_does_not_come_ends_by_the_clock() {
    for start in [&b""[..], b"H", b"HTTP/1.1 200 OK\r\nX: a"] {
        let camera = Scripted::start(After::Trickle, move |_, _| start.to_vec()).await;
        tokio::time::pause();
        let error = refused(request(&camera.url)).await;
        tokio::time::resume();
        assert!(matches!(error.kind(), Kind::Timeout | Kind::Unreachable), "{error}");
    }
    // A head, and then a single picture that never becomes whole.
    let camera = Scripted::start(After::Trickle, |_, _| endless("image/jpeg", b"\xff\xd8\xff")).await;
    let mut stream = open(request(&camera.url)).await.unwrap();
    tokio::time::pause();
    assert_eq!(ending(&mut stream).await.kind(), Kind::Timeout);
}

#[tokio::test]
async fn an_endless_head_of_the_answer_is_bounded() {
    let camera = Scripted::start(After::Flood, |_, _| b"HTTP/1.1 200 OK\r\nX: a".to_vec()).await;
    let error = refused(request(&camera.url)).await;
    assert!(matches!(error.kind(), Kind::Unreachable | Kind::Protocol), "{error}");
}

/// S3: whatever the camera says, only its own address hears of us.
#[tokio::test]
async fn redirects_reach_nobody() {
    let canary = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = canary.local_addr().unwrap();
    for status in [300, 301, 302, 303, 305, 307, 308] {
        let bytes =
            format!("HTTP/1.1 {status} X\r\nLocation: http://{address}/\r\nContent-Length: 0\r\n\r\n");
        let camera = Scripted::start(After::Keep, move |_, _| bytes.clone().into_bytes()).await;
        let error = refused(with_login(&camera.url, PASSWORD)).await;
        assert_eq!((error.kind(), error.fact("phase")), (Kind::Refused, Some("describe")));
        assert_eq!(error.fact("status"), Some(status.to_string().as_str()));
    }
    let hit = tokio::time::timeout(Duration::from_millis(200), canary.accept()).await;
    assert!(hit.is_err(), "the canary was called");
}

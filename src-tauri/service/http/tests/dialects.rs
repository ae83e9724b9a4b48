//! Multipart as cameras write it. Each case is in the corpus too, from which the mutations start.

use super::super::multipart::{Part, PartReader, boundary_of};
use super::jpeg;
use atalaya_model::Result;
use bytes::Bytes;

/// Name, `Content-Type` of the answer, body, and how many of its parts are whole pictures.
pub(super) fn dialects() -> Vec<(&'static str, &'static str, Vec<u8>, usize)> {
    let [a, b, c] = [jpeg(64, 48, 3), jpeg(64, 48, 5), jpeg(64, 48, 7)];
    let join = |parts: &[&[u8]]| parts.concat();
    let length = |jpeg: &Bytes, extra: i64| format!("Content-Length: {}\r\n\r\n", jpeg.len() as i64 + extra);
    let by_rule = |delimiter: &str| {
        let head = format!("{delimiter}\r\nContent-Type: image/jpeg\r\n");
        let mut out = Vec::new();
        for jpeg in [&a, &b, &c] {
            out.extend(join(&[head.as_bytes(), length(jpeg, 0).as_bytes(), jpeg, b"\r\n"]));
        }
        out
    };
    let lying = |extra: i64| {
        let mut out = Vec::new();
        for jpeg in [&a, &b, &c, &a, &b] {
            out.extend(join(&[b"--b\r\n", length(jpeg, extra).as_bytes(), jpeg, b"\r\n"]));
        }
        out.extend(b"--b\r\n");
        out
    };
    let plain = "multipart/x-mixed-replace; boundary=b";
    vec![
        ("by the rules", plain, by_rule("--b"), 3),
        ("the boundary in quotes", "multipart/x-mixed-replace; boundary=\"b\"", by_rule("--b"), 3),
        ("hyphens in the name, as sent", "multipart/x-mixed-replace;boundary=--b", by_rule("--b"), 3),
        ("hyphens in the name, two more sent", "multipart/x-mixed-replace;boundary=--b", by_rule("----b"), 3),
        ("no hyphens sent", plain, by_rule("b"), 3),
        (
            "upper case and a second parameter",
            "MULTIPART/x-mixed-replace; a=b; Boundary=b",
            by_rule("--b"),
            3,
        ),
        ("a boundary not named", "multipart/x-mixed-replace", by_rule("--b"), 3),
        (
            "a boundary with signs",
            "multipart/x-mixed-replace; boundary=\"a+b_=?.1\"",
            by_rule("--a+b_=?.1"),
            3,
        ),
        (
            "neither length nor type",
            plain,
            join(&[b"--b\r\n\r\n", &a, b"\r\n--b\r\n\r\n", &b, b"\r\n--b\r\n"]),
            2,
        ),
        (
            "bare line feeds",
            plain,
            join(&[b"--b\nContent-Type: image/jpeg\n\n", &a, b"\n--b\n\n", &b, b"\n--b\n"]),
            2,
        ),
        (
            "line ends too many",
            plain,
            join(&[
                b"\r\n\r\n--b\r\n\r\nContent-Type: image/jpeg\r\n\r\n",
                &a,
                b"\r\n\r\n\r\n--b\r\n\r\n",
                &b,
                b"\r\n--b\r\n",
            ]),
            2,
        ),
        (
            "no line end after a picture",
            plain,
            join(&[b"--b\r\n", length(&a, 0).as_bytes(), &a, b"--b\r\n", length(&b, 0).as_bytes(), &b]),
            2,
        ),
        (
            "blanks behind the boundary",
            plain,
            join(&[b"--b \t\r\n\r\n", &a, b"\r\n--b  \r\n\r\n", &b, b"\r\n--b\r\n"]),
            2,
        ),
        ("an end", plain, join(&[b"--b\r\n\r\n", &a, b"\r\n--b\r\n\r\n", &b, b"\r\n--b--\r\nrubbish"]), 2),
        ("a preamble", plain, join(&[b"This is a stream.\r\nb or not b\r\n", &by_rule("--b")]), 3),
        // The first length is believed and costs a picture, its own or the next; then none is believed any more.
        ("lengths too short", plain, lying(-20), 4),
        ("lengths too long", plain, lying(20), 4),
        (
            "a length that is none",
            plain,
            join(&[b"--b\r\nContent-Length: many\r\n\r\n", &a, b"\r\n--b\r\n"]),
            1,
        ),
        (
            "a picture cut off",
            plain,
            join(&[b"--b\r\n\r\n", &a[..200], b"\r\n--b\r\n\r\n", &b, b"\r\n--b\r\n"]),
            1,
        ),
        (
            "another type between",
            plain,
            join(&[b"--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\n\r\n", &b, b"\r\n--b\r\n"]),
            1,
        ),
        (
            "a boundary inside a picture's bytes",
            plain,
            join(&[
                b"--b\r\n\r\n",
                &a[..100],
                b"--bxx",
                &b"\n--bad"[..],
                b"\r\n--b\r\n\r\n",
                &b,
                b"\r\n--b\r\n",
            ]),
            1,
        ),
    ]
}

/// All parts of a body that comes in chunks of this size.
pub(super) fn parts(content_type: &str, body: &[u8], chunk: usize) -> (Vec<Part>, Result<()>) {
    let mut reader = PartReader::new(boundary_of(content_type).as_deref());
    let mut found = Vec::new();
    for chunk in body.chunks(chunk) {
        reader.push(chunk);
        loop {
            match reader.next() {
                Ok(Some(part)) => found.push(part),
                Ok(None) => break,
                Err(error) => return (found, Err(error)),
            }
        }
    }
    found.extend(reader.finish());
    (found, Ok(()))
}

#[test]
fn every_dialect_is_understood_however_it_is_cut() {
    for (name, content_type, body, pictures) in dialects() {
        let whole = parts(content_type, &body, usize::MAX).0;
        let good = |parts: &[Part]| -> usize {
            parts.iter().filter(|part| matches!(super::super::picture::read(&part.body), Ok(Some(_)))).count()
        };
        assert_eq!(good(&whole), pictures, "{name}: {} parts", whole.len());
        for chunk in [1, 2, 3, 7, 64, 1000] {
            assert_eq!(parts(content_type, &body, chunk).0, whole, "{name} in chunks of {chunk}");
        }
    }
}

//! Mutated multipart (R11): whatever bytes come, the reader neither panics nor hangs nor grows, and reads the same
//! however they are cut.

use super::super::picture;
use super::dialects::{dialects, parts};
use atalaya_fuzz::{Target, hash};

const MULTIPART: Target = Target {
    name: "multipart",
    tokens: &[
        b"--b\r\n",
        b"--b--\r\n",
        b"\r\n",
        b"\n",
        b"\r",
        b"-",
        b"b",
        b"Content-Length: ",
        b"Content-Length: 0\r\n",
        b"Content-Length: 16777216\r\n\r\n",
        b"content-",
        b"\xff\xd8\xff",
        b"\xff\xd9",
        b"\r\n\r\n",
        b"boundary=",
    ],
    max_bytes: 64 << 10,
};

/// An input's first line is the `Content-Type` of the answer, the rest its body.
fn split(input: &[u8]) -> (String, &[u8]) {
    let end = input.iter().position(|&byte| byte == b'\n').unwrap_or(input.len());
    (String::from_utf8_lossy(&input[..end]).trim().to_owned(), input.get(end + 1..).unwrap_or_default())
}

#[test]
fn no_bytes_do_harm() {
    let seeds = dialects()
        .into_iter()
        .map(|(_, content_type, body, _)| [content_type.as_bytes(), b"\n", &body[..]].concat());
    MULTIPART.run(seeds.collect(), |input| {
        let (content_type, body) = split(input);
        let (whole, ended) = parts(&content_type, body, usize::MAX);
        let bytes: usize = whole.iter().map(|part| part.body.len()).sum();
        assert!(bytes <= body.len(), "more came out than went in");
        // A head is looked through again with each piece, so that tiny pieces of long inputs would only take time.
        let chunk = 1 + body.len() / 4096 + hash(&input) as usize % 400;
        let cut = parts(&content_type, body, chunk);
        assert_eq!(cut.0, whole, "in chunks of {chunk}");
        assert_eq!(cut.1.is_err(), ended.is_err(), "in chunks of {chunk}");
        let pictures = whole.iter().filter(|part| matches!(picture::read(&part.body), Ok(Some(_)))).count();
        (whole.len().min(8), pictures.min(8), ended.err().map(|error| error.message().to_owned()))
    });
}

//! Owns the message form that RTSP/1.0 (RFC 2326 §4) and HTTP/1.1 (RFC 7230 §3) share: a start line, headers,
//! a body of `Content-Length`. Must not know methods, statuses or sockets. Bounds what a client can make us hold.

use bytes::{Buf, Bytes, BytesMut};

/// Longest start line and headers together.
pub(crate) const MAX_HEAD_BYTES: usize = 16 * 1024;
/// Longest body.
pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024;
const MAX_HEADERS: usize = 100;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) version: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

/// Why a client is not understood; each is the end of its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MessageError {
    /// Not the form of a request.
    Malformed,
    /// The head is longer than [`MAX_HEAD_BYTES`].
    HeadTooLong,
    /// The body is longer than [`MAX_BODY_BYTES`].
    BodyTooLong,
    /// A body in chunks, which no client of a camera needs.
    Chunked,
}

impl Request {
    /// Takes one complete request from the front of `buffer`, or none as long as it is incomplete.
    pub(crate) fn take(buffer: &mut BytesMut) -> Result<Option<Self>, MessageError> {
        // Clients may send empty lines between requests (RFC 7230 §3.5).
        let blank = buffer.iter().take_while(|&&byte| matches!(byte, b'\r' | b'\n')).count();
        buffer.advance(blank);
        let window = &buffer[..buffer.len().min(MAX_HEAD_BYTES)];
        let Some(head_length) = window.windows(4).position(|end| end == b"\r\n\r\n") else {
            return if window.len() == MAX_HEAD_BYTES { Err(MessageError::HeadTooLong) } else { Ok(None) };
        };
        let head = std::str::from_utf8(&buffer[..head_length]).map_err(|_| MessageError::Malformed)?;
        let mut request = Self::parse_head(head)?;
        if request.header("Transfer-Encoding").is_some() {
            return Err(MessageError::Chunked);
        }
        let body_length = match request.header("Content-Length") {
            // Only digits: `parse` alone would let a sign pass.
            Some(length) if length.bytes().all(|byte| byte.is_ascii_digit()) => length
                .parse()
                .ok()
                .filter(|&length| length <= MAX_BODY_BYTES)
                .ok_or(MessageError::BodyTooLong)?,
            Some(_) => return Err(MessageError::Malformed),
            None => 0,
        };
        if buffer.len() < head_length + 4 + body_length {
            return Ok(None);
        }
        buffer.advance(head_length + 4);
        request.body = buffer.split_to(body_length).freeze();
        Ok(Some(request))
    }

    fn parse_head(head: &str) -> Result<Self, MessageError> {
        let mut lines = head.split("\r\n");
        let mut words = lines.next().unwrap_or_default().split(' ');
        let (Some(method), Some(target), Some(version), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(MessageError::Malformed);
        };
        if method.is_empty() || target.is_empty() {
            return Err(MessageError::Malformed);
        }
        let headers = lines
            .map(|line| {
                let (name, value) = line.split_once(':').ok_or(MessageError::Malformed)?;
                Ok((name.to_owned(), value.trim().to_owned()))
            })
            .collect::<Result<Vec<_>, _>>()?;
        if headers.len() > MAX_HEADERS {
            return Err(MessageError::HeadTooLong);
        }
        let [method, target, version] = [method, target, version].map(str::to_owned);
        Ok(Self { method, target, version, headers, body: Bytes::new() })
    }

    /// Whether the incomplete request in `buffer` waits for leave to send its body (RFC 7231 §5.1.1). True once
    /// only: as long as nothing of the body has come.
    pub(crate) fn expects_continue(buffer: &[u8]) -> bool {
        buffer.strip_suffix(b"\r\n\r\n").is_some_and(|head| {
            head.split(|&byte| byte == b'\n')
                .any(|line| line.to_ascii_lowercase().starts_with(b"expect: 100-continue"))
        })
    }

    /// The first header of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// An answer in the same form.
pub(crate) struct Response {
    pub(crate) status: u16,
    reason: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
}

impl Response {
    pub(crate) fn new(status: u16, reason: &'static str) -> Self {
        Self { status, reason, headers: Vec::new(), body: Bytes::new() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn with_body(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.with("Content-Type", content_type)
    }

    /// The bytes under this protocol name, `Content-Length` added where there is a body or `always`.
    pub(crate) fn to_bytes(&self, protocol: &str, always_length: bool) -> Vec<u8> {
        let mut head = format!("{protocol} {} {}\r\n", self.status, self.reason);
        for (name, value) in &self.headers {
            head.extend([*name, ": ", value, "\r\n"]);
        }
        if always_length || !self.body.is_empty() {
            head.extend(["Content-Length: ", &self.body.len().to_string(), "\r\n"]);
        }
        head += "\r\n";
        [head.as_bytes(), &self.body].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(bytes: &[u8]) -> Result<Option<Request>, MessageError> {
        Request::take(&mut BytesMut::from(bytes))
    }

    #[test]
    fn a_request_is_taken_once_it_is_whole() {
        let whole = b"SET_PARAMETER rtsp://h/ RTSP/1.0\r\nCSeq: 3\r\ncontent-length:4\r\n\r\nab:cOPTIONS";
        for end in 0..whole.len() - 7 {
            assert!(take(&whole[..end]).unwrap().is_none(), "{end} bytes");
        }
        let mut buffer = BytesMut::from(&whole[..]);
        let request = Request::take(&mut buffer).unwrap().unwrap();
        assert_eq!((request.method.as_str(), &request.body[..]), ("SET_PARAMETER", &b"ab:c"[..]));
        assert_eq!(request.header("cseq"), Some("3"));
        assert_eq!(&buffer[..], b"OPTIONS");
    }

    #[test]
    fn hostile_requests_are_bounded() {
        let long = [b"OPTIONS * RTSP/1.0\r\nX: ".as_slice(), &[b'a'; MAX_HEAD_BYTES]].concat();
        assert_eq!(take(&long).unwrap_err(), MessageError::HeadTooLong);
        let many = ["OPTIONS * RTSP/1.0\r\n", &"a:b\r\n".repeat(MAX_HEADERS + 1), "\r\n"].concat();
        assert_eq!(take(many.as_bytes()).unwrap_err(), MessageError::HeadTooLong);
        for (length, error) in [
            ("65537", MessageError::BodyTooLong),
            ("9223372036854775808", MessageError::BodyTooLong),
            ("99999999999999999999999", MessageError::BodyTooLong),
            ("-1", MessageError::Malformed),
            ("+1", MessageError::Malformed),
            ("1, 1", MessageError::Malformed),
        ] {
            let request = format!("POST / HTTP/1.1\r\nContent-Length: {length}\r\n\r\n");
            assert_eq!(take(request.as_bytes()).unwrap_err(), error, "{length}");
        }
        let chunked = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(take(chunked).unwrap_err(), MessageError::Chunked);
        for bad in [
            "\x16\x03\x01\r\n\r\n",
            "GET /\r\n\r\n",
            "GET / HTTP/1.1 x\r\n\r\n",
            "GET / HTTP/1.1\r\nnocolon\r\n\r\n",
        ] {
            assert_eq!(take(bad.as_bytes()).unwrap_err(), MessageError::Malformed, "{bad:?}");
        }
    }
}

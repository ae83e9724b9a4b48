//! Owns taking `multipart/x-mixed-replace` apart (RFC 2046 §5.1.1), as cameras write it and not only as it should be.
//! Must not know sockets, nor what the parts hold.
//!
//! Known from cameras: a boundary named with the two hyphens that belong before it, or in quotes, or sent without any
//! hyphens; no `Content-Length`, or a wrong one; no `Content-Type`; line ends that are too many, or a bare line feed.
//! So a delimiter is a line of hyphens, as many as there are, and the boundary. A part without a length ends before
//! the next delimiter, and a length that turns out wrong once is not believed again.

use super::picture::PICTURE_MAX_BYTES;
use atalaya_model::text::excerpt;
use atalaya_model::{Error, Kind, Result};
use bytes::{Bytes, BytesMut};

/// The longest head of a part, in bytes.
const HEAD_MAX: usize = 16 << 10;
/// The longest boundary, in characters (RFC 2046 §5.1.1 allows 70), and the most blanks behind it.
const BOUNDARY_MAX: usize = 200;
/// The longest line end and delimiter (hyphens, boundary, two hyphens, blanks) behind a part whose length is not
/// known, on top of the largest picture.
const SLACK: usize = 2 + BOUNDARY_MAX * 3 + 2;

/// A part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// Its `Content-Type`, cut to a length for logs.
    pub(super) media_type: Option<String>,
    pub(super) body: Bytes,
}

/// Takes parts from bytes as they come.
#[derive(Debug)]
pub(super) struct PartReader {
    buffer: BytesMut,
    /// Without its leading hyphens; none until the first delimiter shows it.
    boundary: Option<Vec<u8>>,
    state: State,
    /// Up to here the buffer was searched in vain.
    searched: usize,
    /// What was passed over since the last part: bytes, and whether there was more than white space among them.
    passed: (usize, bool),
    /// The part before came by its length.
    by_length: bool,
    lengths_lie: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// Before a delimiter.
    Between,
    /// Behind one.
    Head,
    /// In a part, with its length where that is known.
    Body { media_type: Option<String>, length: Option<usize> },
    /// Behind the last delimiter.
    Ended,
}

/// What a search for a delimiter found.
enum Search {
    /// Where its line starts and ends, and whether it is the last.
    Found { start: usize, end: usize, last: bool },
    /// Nothing before this place, where the next search starts.
    NotBefore(usize),
}

/// The `boundary` parameter of a `Content-Type`, quoted or not.
pub(super) fn boundary_of(content_type: &str) -> Option<String> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"').trim();
        (name.trim().eq_ignore_ascii_case("boundary") && (1..=BOUNDARY_MAX).contains(&value.len()))
            .then(|| value.to_owned())
    })
}

impl PartReader {
    /// A reader that knows the boundary, or waits for the first line that begins with two hyphens.
    pub(super) fn new(boundary: Option<&str>) -> Self {
        let boundary = boundary.map(|named| named.trim_start_matches('-').as_bytes().to_vec());
        Self {
            buffer: BytesMut::new(),
            // Nothing but hyphens names nothing.
            boundary: boundary.filter(|boundary| !boundary.is_empty()),
            state: State::Between,
            searched: 0,
            passed: (0, false),
            by_length: false,
            lengths_lie: false,
        }
    }

    /// Takes bytes over.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next part; none when more bytes are needed. `Protocol` when a limit is exceeded or the stream has ended.
    pub(super) fn next(&mut self) -> Result<Option<Part>> {
        loop {
            let goes_on = match self.state.clone() {
                State::Between => self.find_part()?,
                State::Head => self.read_head()?,
                State::Body { media_type, length } => {
                    let body = match length {
                        Some(length) => self.read_length(length),
                        None => self.read_to_delimiter()?,
                    };
                    return Ok(body.map(|body| Part { media_type, body }));
                }
                State::Ended => {
                    return Err(Error::new(Kind::Unreachable, "the camera ended the stream"));
                }
            };
            if !goes_on {
                return Ok(None);
            }
        }
    }

    /// What there is of a part without a length, when the answer has ended.
    pub(super) fn finish(&mut self) -> Option<Part> {
        let State::Body { media_type, length: None } = std::mem::replace(&mut self.state, State::Ended)
        else {
            return None;
        };
        Some(Part { media_type, body: self.buffer.split().freeze() })
    }

    fn find_part(&mut self) -> Result<bool> {
        if self.boundary.is_none() && !self.learn_boundary()? {
            return Ok(false);
        }
        let (cut, searched, found) = match self.search() {
            Search::Found { start, end, last } => (end, 0, Some((start, last))),
            // The byte before that place stays, but is not searched: it tells whether a line starts there.
            Search::NotBefore(place) => (place.saturating_sub(1), place.min(1), None),
        };
        let passed = &self.buffer[..found.map_or(cut, |(start, _)| start)];
        self.passed.0 += passed.len();
        self.passed.1 |= !passed.iter().all(u8::is_ascii_whitespace);
        let _ = self.buffer.split_to(cut);
        self.searched = searched;
        if self.passed.0 > PICTURE_MAX_BYTES {
            return Err(Error::new(Kind::Protocol, "the camera's stream has no boundary where it should"));
        }
        let Some((_, last)) = found else { return Ok(false) };
        self.lengths_lie |= self.by_length && self.passed.1;
        self.passed = (0, false);
        self.state = if last { State::Ended } else { State::Head };
        Ok(true)
    }

    /// Takes the boundary from the first line that is not empty.
    fn learn_boundary(&mut self) -> Result<bool> {
        let blank = self.buffer.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if blank > HEAD_MAX {
            return Err(no_boundary());
        }
        let line = &self.buffer[blank..];
        let Some(end) = line.iter().take(BOUNDARY_MAX).position(|&byte| byte == b'\n') else {
            return if line.len() >= BOUNDARY_MAX { Err(no_boundary()) } else { Ok(false) };
        };
        let line = line[..end].trim_ascii();
        let name = line.iter().position(|&byte| byte != b'-').map(|at| line[at..].to_vec());
        match name.filter(|_| line.starts_with(b"--")) {
            Some(name) => self.boundary = Some(name),
            None => return Err(no_boundary()),
        }
        Ok(true)
    }

    /// Looks for a delimiter from where the last search ended.
    fn search(&self) -> Search {
        let (buffer, boundary) = (&self.buffer[..], self.boundary.as_deref().unwrap_or_default());
        let mut from = self.searched;
        while let Some(at) = find(&buffer[from..], boundary).map(|at| from + at) {
            from = at + 1;
            let hyphens = hyphens_before(&buffer[..at]);
            let start = at - hyphens;
            if hyphens > BOUNDARY_MAX || start > 0 && buffer[start - 1] != b'\n' {
                continue;
            }
            let rest = &buffer[at + boundary.len()..];
            let last = rest.starts_with(b"--");
            let blanks = rest.iter().skip(if last { 2 } else { 0 });
            let blanks =
                blanks.take(BOUNDARY_MAX + 1).take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
            if blanks > BOUNDARY_MAX {
                continue;
            }
            let line_end = blanks + if last { 2 } else { 0 };
            match rest.get(line_end) {
                Some(b'\n') => {
                    return Search::Found { start, end: at + boundary.len() + line_end + 1, last };
                }
                // Not all of the line is here yet.
                None => return Search::NotBefore(start),
                // A hyphen may become two.
                Some(b'-') if rest.len() == 1 => return Search::NotBefore(start),
                _ => {}
            }
        }
        // A boundary, and the hyphens before it, may be cut off at the end of what is here.
        let partial = buffer.len().saturating_sub(boundary.len().saturating_sub(1)).max(self.searched);
        let hyphens = hyphens_before(&buffer[self.searched..partial]).min(BOUNDARY_MAX);
        Search::NotBefore(partial - hyphens)
    }

    fn read_head(&mut self) -> Result<bool> {
        // A line end too many before the head (which a part without any head has as well).
        for stray in [&b"\r\n"[..], b"\n"] {
            if let Some(rest) = self.buffer.strip_prefix(stray) {
                let name = &b"content-"[..];
                let known = rest.len().min(name.len());
                if !rest[..known].eq_ignore_ascii_case(&name[..known]) {
                    break;
                }
                if known < name.len() {
                    return Ok(false);
                }
                let _ = self.buffer.split_to(stray.len());
                break;
            }
        }
        let Some((head, length)) = head_end(&self.buffer, &mut self.searched) else {
            // A byte more may be the first of the empty line.
            if self.buffer.len() > HEAD_MAX + 1 {
                return Err(Error::new(Kind::Protocol, "the head of a picture is longer than 16 KiB"));
            }
            return Ok(false);
        };
        if head > HEAD_MAX {
            return Err(Error::new(Kind::Protocol, "the head of a picture is longer than 16 KiB"));
        }
        let text = String::from_utf8_lossy(&self.buffer[..head]).into_owned();
        let _ = self.buffer.split_to(head + length);
        let (mut media_type, mut length) = (None, None);
        for (name, value) in text.lines().filter_map(|line| line.split_once(':')) {
            let value = value.trim();
            if name.trim().eq_ignore_ascii_case("content-type") {
                media_type = Some(excerpt(value, 64));
            } else if name.trim().eq_ignore_ascii_case("content-length")
                && !value.is_empty()
                && value.bytes().all(|byte| byte.is_ascii_digit())
            {
                let bytes = value.parse().unwrap_or(usize::MAX);
                if bytes > PICTURE_MAX_BYTES {
                    return Err(too_large().with("bytes", excerpt(value, 32)));
                }
                length = Some(bytes);
            }
        }
        let length = length.filter(|_| !self.lengths_lie);
        self.by_length = length.is_some();
        self.searched = 0;
        self.state = State::Body { media_type, length };
        Ok(true)
    }

    fn read_length(&mut self, length: usize) -> Option<Bytes> {
        if self.buffer.len() < length {
            return None;
        }
        self.state = State::Between;
        self.searched = 0;
        Some(self.buffer.split_to(length).freeze())
    }

    fn read_to_delimiter(&mut self) -> Result<Option<Bytes>> {
        let (start, end, last) = match self.search() {
            Search::Found { start, end, last } => (start, end, last),
            Search::NotBefore(place) => {
                self.searched = place;
                if self.buffer.len() > PICTURE_MAX_BYTES + SLACK {
                    return Err(too_large());
                }
                return Ok(None);
            }
        };
        let mut body = self.buffer.split_to(end);
        body.truncate(start);
        // The line end before a delimiter belongs to it.
        for line_end in [b"\n", b"\r"] {
            if body.ends_with(line_end) {
                body.truncate(body.len() - 1);
            }
        }
        if body.len() > PICTURE_MAX_BYTES {
            return Err(too_large());
        }
        self.searched = 0;
        self.state = if last { State::Ended } else { State::Head };
        Ok(Some(body.freeze()))
    }
}

/// How many hyphens these bytes end with; one more than a delimiter may have stands for any number.
fn hyphens_before(bytes: &[u8]) -> usize {
    bytes.iter().rev().take(BOUNDARY_MAX + 1).take_while(|&&byte| byte == b'-').count()
}

fn too_large() -> Error {
    Error::new(Kind::Protocol, "the camera sent a picture larger than 16 MiB")
}

fn no_boundary() -> Error {
    Error::new(Kind::Protocol, "the camera's stream does not begin with a boundary")
}

/// Where a head ends, and how long the empty line is that ends it. Up to `searched` there is no end of it; that moves on,
/// so that a head that comes byte by byte is looked through once.
fn head_end(buffer: &[u8], searched: &mut usize) -> Option<(usize, usize)> {
    for empty in [&b"\r\n"[..], b"\n"] {
        if buffer.starts_with(empty) {
            return Some((0, empty.len()));
        }
    }
    let mut from = *searched;
    while let Some(at) = buffer[from..].iter().take(HEAD_MAX + 2).position(|&byte| byte == b'\n') {
        let line = from + at + 1;
        for empty in [&b"\r\n"[..], b"\n"] {
            if buffer[line..].starts_with(empty) {
                return Some((line, empty.len()));
            }
        }
        if line > HEAD_MAX {
            return None;
        }
        // Whether the line is empty may not be told yet: its line end is found again.
        *searched = from + at;
        from = line;
    }
    if !matches!(&buffer[from..], [] | [b'\r']) {
        *searched = buffer.len();
    }
    None
}

/// Where a text starts. Compares from each place where its first byte stands.
fn find(buffer: &[u8], text: &[u8]) -> Option<usize> {
    let first = *text.first()?;
    let mut from = 0;
    while let Some(at) = buffer[from..].iter().position(|&byte| byte == first) {
        if buffer[from + at..].starts_with(text) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

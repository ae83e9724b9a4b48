//! What a file says of itself: whose it is and when it starts, once in our own box so that the index can be rebuilt
//! from files alone, and once as tags that any player shows.

use super::boxes::BoxBuffer;
use super::read::Reader;
use atalaya_model::camera::{CameraId, Role};
use atalaya_model::recording::Gap;
use atalaya_model::time::WallTime;
use uuid::Uuid;

/// The extended type of our box (ISO/IEC 14496-12 §4.2).
const ORIGIN_BOX: Uuid = Uuid::from_u128(0x7c0b_7a55_5f0e_4c5d_9a3f_a7a1_a4a0_0001);
/// Its version. A reader refuses later ones.
const ORIGIN_VERSION: u8 = 1;
/// The extended type of the box that tells what is missing before a file.
const MISSING_BOX: Uuid = Uuid::from_u128(0x7c0b_7a55_5f0e_4c5d_9a3f_a7a1_a4a0_0002);
const MISSING_VERSION: u8 = 1;
/// Stands for an unknown clock offset.
const UNKNOWN: i64 = i64::MIN;

/// Whose footage a file holds and when it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) camera: CameraId,
    pub(super) camera_name: String,
    pub(super) role: Role,
    /// Wall time of time zero.
    pub(super) start: WallTime,
    /// Camera clock minus ours in milliseconds.
    pub(super) clock_offset_ms: Option<i64>,
}

impl Origin {
    /// Writes our `uuid` box: version and role (1 byte each), camera (16), start in microseconds since 1970 UTC (8),
    /// clock offset in milliseconds (8), the camera's name in UTF-8 to the end.
    pub(super) fn write_box(&self, out: &mut BoxBuffer) {
        out.boxed(*b"uuid", |out| {
            out.raw(ORIGIN_BOX.as_bytes());
            out.u8(ORIGIN_VERSION);
            out.u8(match self.role {
                Role::Main => 0,
                Role::Sub => 1,
            });
            out.raw(self.camera.0.as_bytes());
            out.u64(self.start.0 as u64);
            out.u64(self.clock_offset_ms.unwrap_or(UNKNOWN) as u64);
            out.raw(self.camera_name.as_bytes());
        });
    }

    /// Reads the body of a `uuid` box; none when it is not ours or of a later version.
    pub(super) fn parse(body: &[u8]) -> Option<Self> {
        let mut body = Reader::new(body);
        if body.take(16)? != ORIGIN_BOX.as_bytes() || body.u8()? != ORIGIN_VERSION {
            return None;
        }
        Some(Self {
            role: match body.u8()? {
                0 => Role::Main,
                1 => Role::Sub,
                _ => return None,
            },
            camera: CameraId(Uuid::from_slice(body.take(16)?).ok()?),
            start: WallTime(body.u64()? as i64),
            clock_offset_ms: Some(body.u64()? as i64).filter(|&offset| offset != UNKNOWN),
            camera_name: std::str::from_utf8(body.rest()).ok()?.to_owned(),
        })
    }

    /// Writes `udta` with title, date and program as iTunes tags: the form that players and file managers show.
    pub(super) fn write_tags(&self, out: &mut BoxBuffer) {
        out.boxed(*b"udta", |out| {
            out.full(*b"meta", 0, 0, |out| {
                out.full(*b"hdlr", 0, 0, |out| {
                    out.u32(0);
                    out.raw(b"mdirappl");
                    out.raw(&[0; 9]);
                });
                out.boxed(*b"ilst", |out| {
                    tag(out, *b"\xa9nam", &self.camera_name);
                    tag(out, *b"\xa9day", &self.start.to_rfc3339());
                    tag(out, *b"\xa9too", concat!("Atalaya ", env!("CARGO_PKG_VERSION")));
                });
            });
        });
    }
}

/// Writes our `uuid` box of gaps: version (1 byte), then of each its start and end in microseconds since 1970 UTC (8
/// each), the length of its cause's code (1) and the code in ASCII. None is written for no gaps.
pub(super) fn write_missing(out: &mut BoxBuffer, gaps: &[Gap]) {
    let closed = gaps.iter().filter_map(|gap| Some((gap, gap.end?)));
    if closed.clone().next().is_none() {
        return;
    }
    out.boxed(*b"uuid", |out| {
        out.raw(MISSING_BOX.as_bytes());
        out.u8(MISSING_VERSION);
        for (gap, end) in closed {
            let code = gap.cause.code();
            out.u64(gap.start.0 as u64);
            out.u64(end.0 as u64);
            out.u8(code.len() as u8);
            out.raw(code.as_bytes());
        }
    });
}

/// Reads the body of a `uuid` box of gaps, up to the first that is damaged, not in order, not over before the file or of
/// a cause of a later version; none when it is another box.
pub(super) fn parse_missing(body: &[u8], of: &Origin) -> Option<Vec<Gap>> {
    let mut body = Reader::new(body);
    if body.take(16)? != MISSING_BOX.as_bytes() || body.u8()? != MISSING_VERSION {
        return None;
    }
    let (mut found, mut after) = (Vec::new(), WallTime(i64::MIN));
    let mut next = || {
        let (start, end) = (WallTime(body.u64()? as i64), WallTime(body.u64()? as i64));
        let length = body.u8()?;
        let cause = std::str::from_utf8(body.take(length.into())?).ok()?.parse().ok()?;
        let fits = after <= start && start < end && end <= of.start;
        after = end;
        fits.then_some(Gap { camera: of.camera, start, end: Some(end), cause })
    };
    while let Some(gap) = next() {
        found.push(gap);
    }
    Some(found)
}

fn tag(out: &mut BoxBuffer, kind: [u8; 4], text: &str) {
    out.boxed(kind, |out| {
        // Flags 1: UTF-8 text.
        out.full(*b"data", 0, 1, |out| {
            out.u32(0);
            out.raw(text.as_bytes());
        });
    });
}

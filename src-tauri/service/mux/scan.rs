//! Reading recorded files from storage: header, single fragments, and which fragments are whole. The file may end
//! anywhere and hold anything; only what was checked is handed out.

use super::init;
use super::moof::{self, FragmentTables};
use super::read::BoxHeader;
use super::ticks_to_micros;
use atalaya_model::recording::{FragmentEntry, SegmentHeader};
use atalaya_model::time::WallTime;
use atalaya_model::{Error, Kind, Result};
use std::io::{self, Read, Seek, SeekFrom};

/// The most bytes of a `moov` or `moof` that are read into memory. Ours take a few kilobytes.
const TABLE_MAX: u64 = 4 << 20;
/// Bytes read at once where a fragment starts: enough for the tables of nearly every one.
const HEAD_READ: u64 = 4096;

/// A recorded file that is being read.
#[derive(Debug)]
pub(crate) struct MovieFile<R> {
    source: R,
    len: u64,
    head: Option<Head>,
}

/// What stands before the fragments.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub(crate) header: SegmentHeader,
    /// Where it ends.
    pub(crate) end: u64,
    /// The delay of reordered pictures in 90 kHz ticks.
    pub(crate) delay: u32,
}

/// What a recorded file holds.
#[derive(Debug)]
pub(crate) struct Scan {
    pub(crate) header: SegmentHeader,
    /// The whole fragments, in order.
    pub(crate) fragments: Vec<FragmentEntry>,
    /// Where the last whole fragment ends; what follows is damaged or cut off.
    pub(crate) end: u64,
}

impl<R: Read + Seek> MovieFile<R> {
    /// Reads from this source, as long as it is now.
    pub(crate) fn new(mut source: R) -> Result<Self> {
        let len = source.seek(SeekFrom::End(0)).map_err(|error| read_error(error, 0))?;
        Ok(Self { source, len, head: None })
    }

    /// Bytes of the file.
    pub(crate) const fn len(&self) -> u64 {
        self.len
    }

    /// Reads `bytes` at `at`; none when the file ends before that.
    pub(crate) fn read(&mut self, at: u64, bytes: u64) -> Result<Option<Vec<u8>>> {
        if at.checked_add(bytes).is_none_or(|end| end > self.len) {
            return Ok(None);
        }
        let mut out = Vec::new();
        self.read_into(at, bytes, &mut out)?;
        Ok(Some(out))
    }

    /// Appends `bytes` at `at` to a buffer. `Corrupt` when the file ends before that.
    pub(crate) fn read_into(&mut self, at: u64, bytes: u64, out: &mut Vec<u8>) -> Result<()> {
        if at.checked_add(bytes).is_none_or(|end| end > self.len) {
            return Err(corrupt("the file is shorter than its index says", at));
        }
        let filled = out.len();
        out.reserve(usize::try_from(bytes).expect("callers bound what they read"));
        // Into room that is not filled with zeros first: exports read gigabytes through here.
        self.source
            .seek(SeekFrom::Start(at))
            .and_then(|_| self.source.by_ref().take(bytes).read_to_end(out))
            .map_err(|error| read_error(error, at))?;
        if ((out.len() - filled) as u64) < bytes {
            return Err(corrupt("the file is shorter than its index says", at));
        }
        Ok(())
    }

    /// The header of the box at `at`, when the whole box lies inside the file.
    fn box_at(&mut self, at: u64) -> Result<Option<BoxHeader>> {
        let bytes = (BoxHeader::MAX as u64).min(self.len.saturating_sub(at));
        let Some(head) = self.read(at, bytes)? else {
            return Ok(None);
        };
        let inside = |found: &BoxHeader| at.checked_add(found.size).is_some_and(|end| end <= self.len);
        Ok(BoxHeader::parse(&head).filter(inside))
    }

    /// What stands before the fragments. `Corrupt` when this is not a file of ours.
    pub(crate) fn head(&mut self) -> Result<&Head> {
        let head = match self.head.take() {
            Some(head) => head,
            None => self.read_head()?,
        };
        Ok(self.head.insert(head))
    }

    fn read_head(&mut self) -> Result<Head> {
        let mut at = 0;
        while let Some(found) = self.box_at(at)? {
            match &found.kind {
                b"moov" if found.size <= TABLE_MAX => {
                    let moov = self.read(at, found.size)?.unwrap_or_default();
                    return match init::parse(&moov[found.head as usize..]) {
                        Some((header, delay)) => Ok(Head { header, end: at + found.size, delay }),
                        None => Err(corrupt("the file's header is damaged", at)),
                    };
                }
                b"moov" | b"moof" | b"mdat" => break,
                _ => at += found.size,
            }
        }
        Err(corrupt("the file has no header of ours", at))
    }

    /// Reads the fragment that starts at `at`; none when it is not whole. `reference` is a wall time near it.
    pub(crate) fn fragment(
        &mut self,
        at: u64,
        reference: WallTime,
    ) -> Result<Option<(FragmentEntry, FragmentTables)>> {
        let delay = self.head()?.delay;
        let Some(mut head) = self.read(at, HEAD_READ.min(self.len.saturating_sub(at)))? else {
            return Ok(None);
        };
        let Some(prft) = BoxHeader::parse(&head).filter(|found| &found.kind == b"prft" && found.size <= 64)
        else {
            return Ok(None);
        };
        let body = head.get(prft.head as usize..prft.size as usize);
        let Some((start, media_time)) = body.and_then(|body| moof::parse_reference_time(body, reference))
        else {
            return Ok(None);
        };
        let tables_at = prft.size as usize;
        let Some(found) = head.get(tables_at..).and_then(BoxHeader::parse) else {
            return Ok(None);
        };
        if &found.kind != b"moof" || found.head != 8 || found.size > TABLE_MAX {
            return Ok(None);
        }
        let tables_end = tables_at + found.size as usize;
        if tables_end > head.len() {
            match self.read(at, tables_end as u64)? {
                Some(longer) => head = longer,
                None => return Ok(None),
            }
        }
        let Some(mdat) = self.box_at(at + tables_end as u64)?.filter(|found| &found.kind == b"mdat") else {
            return Ok(None);
        };
        let Some((video, audio)) = moof::parse(&head[tables_at..tables_end], delay) else {
            return Ok(None);
        };
        let payload = found.size + mdat.head..found.size + mdat.size;
        let inside = video.iter().chain(&audio).all(|sample| {
            payload.start <= sample.offset && sample.offset + u64::from(sample.bytes) <= payload.end
        });
        let (Some(first), Ok(bytes), true) =
            (video.first(), u32::try_from(tables_end as u64 + mdat.size), inside)
        else {
            return Ok(None);
        };
        let key = first.key;
        let tables = FragmentTables { start, start_pts: media_time - i64::from(delay), video, audio };
        let entry = FragmentEntry {
            offset: at,
            bytes,
            start,
            duration_us: u32::try_from(ticks_to_micros(tables.duration_90k())).unwrap_or(u32::MAX),
            key,
        };
        Ok(Some((entry, tables)))
    }

    /// Finds every whole fragment up to the first damaged one.
    pub(crate) fn scan(&mut self) -> Result<Scan> {
        let Head { header, mut end, .. } = self.head()?.clone();
        let mut fragments: Vec<FragmentEntry> = Vec::new();
        loop {
            let near = fragments.last().map_or(header.start, |entry| entry.start);
            let Some((entry, _)) = self.fragment(end, near)? else {
                break;
            };
            end += u64::from(entry.bytes);
            fragments.push(entry);
        }
        Ok(Scan { header, fragments, end })
    }
}

fn read_error(error: io::Error, offset: u64) -> Error {
    Error::new(Kind::Unreachable, "the storage could not be read").with("offset", offset).caused_by(error)
}

fn corrupt(message: &'static str, offset: u64) -> Error {
    Error::new(Kind::Corrupt, message).with("offset", offset)
}

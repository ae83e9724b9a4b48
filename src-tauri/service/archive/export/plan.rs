//! What goes into an export and when it is shown.
//!
//! The pictures of the range are laid out in *pieces*: stretches without a hole. Where a hole lies between two pieces
//! the second follows the first at once, and the sound follows its pictures: what sounds after the last picture of a
//! piece is left out, and the last packet before the joint lasts until the first one after it. So one edit per track
//! is enough, which every player follows: it skips from the key picture, where decoding must begin, to the first
//! picture of the range, and ends with the last.

use crate::mux::{
    ExportMovie, FragmentTables, MovieFile, PlacedSample, SampleTable, TrackPlan, micros_to_ticks,
    ticks_to_micros,
};
use atalaya_model::export::ExportRequest;
use atalaya_model::media::VIDEO_CLOCK_HZ;
use atalaya_model::recording::{FragmentEntry, Gap, GapCause, SegmentHeader};
use atalaya_model::time::{TimeRange, WallTime};
use atalaya_model::{Error, Kind, Result};
use bytes::Bytes;
use std::fs::File;
use std::path::PathBuf;

/// How far a picture may lie from the end of the one before and still follow it, in 90 kHz ticks: 10 ms, far more
/// than rounding and less than a picture.
const JOIN_90K: i64 = 900;
/// The shortest hole that is worth a word, in 90 kHz ticks: 100 ms.
const GAP_90K: i64 = 9000;
/// How far behind the range's end a fragment may start and still hold a picture of the range, in microseconds:
/// pictures are reordered over less than a second.
const REORDER_US: i64 = 1_000_000;

/// A recorded file to export from.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) fragments: Vec<FragmentEntry>,
}

/// The export, ready to be written.
pub(super) struct Plan {
    pub(super) movie: ExportMovie,
    /// The files that the movie's chunks are in.
    pub(super) files: Vec<MovieFile<File>>,
    /// Wall time of the first and the end of the last picture shown.
    pub(super) shown: TimeRange,
    pub(super) gaps: Vec<Gap>,
}

/// A stretch without a hole. `start` and `end` are on the wall's time line in 90 kHz ticks since the plan's origin;
/// moved by `shift` they are on the export's.
#[derive(Debug, Clone, Copy)]
struct Piece {
    /// The last file in it.
    source: usize,
    start: i64,
    end: i64,
    shift: i64,
}

/// A packet of sound, still on its file's time line.
struct Packet {
    piece: usize,
    /// The file's time zero on the wall's time line, in 90 kHz ticks.
    base: i64,
    /// Packet's start and length in the file's audio ticks.
    time: u64,
    duration: u32,
    rate: u32,
    placed: PlacedSample,
}

struct Planner {
    origin: WallTime,
    from: i64,
    to: i64,
    pieces: Vec<Piece>,
    video: SampleTable,
    audio: SampleTable,
    packets: Vec<Packet>,
    order: u32,
    /// Earliest picture in the range, and earliest after it, on the export's time line.
    first_shown: Option<i64>,
    first_after: Option<i64>,
}

/// Reads the tables of what the range needs. `reading` is asked between fragments.
pub(super) fn plan(
    request: &ExportRequest,
    sources: Vec<Source>,
    noted: &[Gap],
    reading: &mut impl FnMut() -> Result<()>,
) -> Result<Plan> {
    let origin = request.range.start;
    let mut planner = Planner {
        origin,
        from: 0,
        to: micros_to_ticks(request.range.end.micros_since(origin), VIDEO_CLOCK_HZ),
        pieces: Vec::new(),
        video: SampleTable::default(),
        audio: SampleTable::default(),
        packets: Vec::new(),
        order: 0,
        first_shown: None,
        first_after: None,
    };
    let (mut files, mut head) = (Vec::new(), None);
    for source in sources {
        let mut file = super::super::disk::open(&source.path)?;
        let header = file
            .head()
            .map(|head| head.header.clone())
            .map_err(|error| error.with("path", source.path.display()))?;
        planner.take(&mut file, files.len(), &header, &source, request.range, reading)?;
        files.push(file);
        head.get_or_insert(header);
    }
    let (Some(head), Some(first), Some(last)) = (head, planner.first_shown, planner.pieces.last().copied())
    else {
        return Err(Error::new(Kind::NotFound, "nothing was recorded in this range")
            .with("from", request.range.start)
            .with("to", request.range.end));
    };
    let media_end = last.end + last.shift;
    planner.video.finish(media_end as u64);
    let end = planner.first_after.filter(|&after| after <= media_end).unwrap_or(media_end);
    let presented = (end - first).max(1);
    let audio = planner.place_sound(first, end);
    let shown = TimeRange {
        start: planner.wall(first - planner.pieces[0].shift),
        end: planner.wall(end - last.shift),
    };
    let gaps = planner.gaps(request, noted);
    let movie = ExportMovie {
        camera: request.camera,
        camera_name: request.camera_name.clone(),
        role: head.role,
        start: shown.start,
        width: head.video.width,
        height: head.video.height,
        presented: presented as u64,
        video: TrackPlan { table: planner.video, timescale: VIDEO_CLOCK_HZ, presented_from: first as u64 },
        audio,
    };
    Ok(Plan { movie, files, shown, gaps })
}

impl Planner {
    /// Takes what the range needs of one file.
    fn take(
        &mut self,
        file: &mut MovieFile<File>,
        source: usize,
        header: &SegmentHeader,
        from: &Source,
        range: TimeRange,
        reading: &mut impl FnMut() -> Result<()>,
    ) -> Result<()> {
        let fragments = &from.fragments;
        let at_start = fragments.iter().rposition(|entry| entry.start <= range.start).unwrap_or(0);
        let key =
            fragments[..fragments.len().min(at_start + 1)].iter().rposition(|entry| entry.key).unwrap_or(0);
        let base = micros_to_ticks(header.start.micros_since(self.origin), VIDEO_CLOCK_HZ);
        let last_start = range.end.plus_micros(REORDER_US);
        // One fragment earlier for its sound only: a packet may have come before the picture that it belongs to.
        for (index, entry) in fragments.iter().enumerate().skip(key.saturating_sub(1)) {
            if entry.start >= last_start {
                break;
            }
            reading()?;
            let (_, tables) = file.fragment(entry.offset, entry.start)?.ok_or_else(|| {
                Error::new(Kind::Corrupt, "a fragment is damaged")
                    .with("path", from.path.display())
                    .with("offset", entry.offset)
            })?;
            // Where sample offsets count from: the moof, behind the prft.
            let place = Place { source, at: entry.offset + super::super::playback::PRFT_BYTES as u64, base };
            if index >= key {
                self.take_pictures(&tables, &place, &header.video.sample_entry);
            }
            if let Some(audio) = &header.audio {
                self.take_sound(&tables, &place, &audio.sample_entry, audio.sample_rate);
            }
            self.order += 1;
        }
        Ok(())
    }

    fn take_pictures(&mut self, tables: &FragmentTables, place: &Place, entry: &Bytes) {
        // Times are compared a tick early: both sides are rounded, and a picture at the very start of the range is in.
        let wall = |sample: &crate::mux::Sample| place.base + sample.pts() + 1;
        let Some(last) = tables.video.iter().rposition(|sample| wall(sample) < self.to) else {
            self.note_after(tables.video.iter().map(|sample| place.base + sample.pts()).min());
            return;
        };
        let first = if self.pieces.is_empty() {
            let before =
                tables.video[..=last].iter().rposition(|sample| sample.key && wall(sample) <= self.from + 1);
            before.unwrap_or(0)
        } else {
            0
        };
        let entry = self.video.entry(entry);
        for (index, sample) in tables.video.iter().enumerate().skip(first) {
            let pts = place.base + sample.pts();
            if index > last {
                self.note_after(Some(pts));
                continue;
            }
            let start = place.base + sample.dts as i64;
            let piece = self.piece_at(start, place.source);
            piece.end = start + i64::from(sample.duration);
            let shift = piece.shift;
            if pts + 1 >= self.to {
                self.note_after(Some(pts));
            } else if pts + 1 >= self.from {
                self.first_shown = Some(self.first_shown.map_or(pts + shift, |first| first.min(pts + shift)));
            }
            self.video.push(&PlacedSample {
                time: (start + shift) as u64,
                cts: sample.cts,
                key: sample.key,
                bytes: sample.bytes,
                source: place.source,
                at: place.at + sample.offset,
                order: self.order,
                entry,
            });
        }
    }

    /// The piece that a picture decoded at this time belongs to: the last one when it follows it, else a new one. In one
    /// file a picture may come early: where the GOP is open, how long the picture before it lasts was unknown when that
    /// was written.
    fn piece_at(&mut self, start: i64, source: usize) -> &mut Piece {
        let shift = match self.pieces.last() {
            Some(last)
                if start - last.end <= JOIN_90K
                    && (source == last.source || last.end - start <= JOIN_90K) =>
            {
                None
            }
            Some(last) => Some(last.end + last.shift - start),
            None => Some(-start),
        };
        if let Some(shift) = shift {
            self.pieces.push(Piece { source, start, end: start, shift });
        }
        let piece = self.pieces.last_mut().expect("one was there or was just added");
        piece.source = source;
        piece
    }

    /// A picture behind the range, on the wall's time line: the last one shown lasts until it.
    fn note_after(&mut self, pts: Option<i64>) {
        if let (Some(pts), Some(last)) = (pts, self.pieces.last()) {
            let after = pts + last.shift;
            self.first_after = Some(self.first_after.map_or(after, |first| first.min(after)));
        }
    }

    fn take_sound(&mut self, tables: &FragmentTables, place: &Place, entry: &Bytes, rate: u32) {
        let entry = self.audio.entry(entry);
        for sample in &tables.audio {
            self.packets.push(Packet {
                piece: self.pieces.len().saturating_sub(1),
                base: place.base,
                time: sample.dts,
                duration: sample.duration,
                rate,
                placed: PlacedSample {
                    time: 0,
                    cts: 0,
                    key: true,
                    bytes: sample.bytes,
                    source: place.source,
                    at: place.at + sample.offset,
                    order: self.order,
                    entry,
                },
            });
        }
    }

    /// Places the sound under its pictures; none when there is none. `first` and `end` bound what is shown.
    fn place_sound(&mut self, first: i64, end: i64) -> Option<TrackPlan> {
        let rate = self.packets.first()?.rate;
        let to_rate = |ticks_90k: i64| rescale(ticks_90k, VIDEO_CLOCK_HZ, rate);
        let presented_from = to_rate(first);
        let mut packets: Vec<(i64, i64, &Packet)> = self
            .packets
            .iter()
            .filter_map(|packet| {
                let piece = self.pieces.get(packet.piece)?;
                let start =
                    to_rate(packet.base + piece.shift) + rescale(packet.time as i64, packet.rate, rate);
                let length = rescale(packet.duration.into(), packet.rate, rate);
                let (from, to) =
                    (to_rate(piece.start + piece.shift), to_rate((piece.end + piece.shift).min(end)));
                // Before the first piece there may be sound, which an audio decoder can warm up on.
                (start < to && (packet.piece == 0 || start >= from)).then_some((start, length, packet))
            })
            .collect();
        // The packet that sounds when the presentation starts, and one more before it: an AAC decoder builds each
        // packet on the one before (ISO/IEC 14496-3 §4.6.11).
        let sounding = packets.iter().rposition(|&(start, ..)| start <= presented_from).unwrap_or(0);
        packets.drain(..sounding.saturating_sub(1));
        let zero = packets.first()?.0.min(0);
        let mut last_end = None;
        for (start, length, packet) in packets {
            // Where two files overlap, the one that came first keeps the time.
            if last_end.is_some_and(|(last, _)| start <= last) {
                continue;
            }
            self.audio.push(&PlacedSample { time: (start - zero) as u64, ..packet.placed });
            last_end = Some((start, start + length));
        }
        self.audio.finish((last_end?.1 - zero) as u64);
        Some(TrackPlan {
            table: std::mem::take(&mut self.audio),
            timescale: rate,
            presented_from: (presented_from - zero) as u64,
        })
    }

    /// The wall time of a tick.
    fn wall(&self, ticks: i64) -> WallTime {
        self.origin.plus_micros(ticks_to_micros(ticks))
    }

    /// What is missing in the range, with the cause that was noted for most of it.
    fn gaps(&self, request: &ExportRequest, noted: &[Gap]) -> Vec<Gap> {
        let ends = std::iter::once(self.from).chain(self.pieces.iter().map(|piece| piece.end));
        let starts = self.pieces.iter().map(|piece| piece.start).chain([self.to]);
        ends.zip(starts)
            .filter(|(end, start)| start - end >= GAP_90K)
            .map(|(end, start)| {
                let missing = TimeRange { start: self.wall(end), end: self.wall(start) };
                let overlap = |gap: &Gap| {
                    let noted = TimeRange { start: gap.start, end: gap.end.unwrap_or(WallTime::MAX) };
                    noted.intersect(missing).map(TimeRange::duration)
                };
                let cause = noted
                    .iter()
                    .filter_map(|gap| Some((overlap(gap)?, gap.cause)))
                    .max_by_key(|&(overlap, _)| overlap);
                Gap {
                    camera: request.camera,
                    start: missing.start,
                    end: Some(missing.end),
                    cause: cause.map_or(GapCause::Loss, |(_, cause)| cause),
                }
            })
            .collect()
    }
}

/// Where a fragment is: its file, where its sample offsets count from, and its file's time zero in 90 kHz ticks.
struct Place {
    source: usize,
    at: u64,
    base: i64,
}

/// Ticks of one rate in ticks of another, to the nearest.
fn rescale(ticks: i64, from: u32, to: u32) -> i64 {
    if from == to {
        return ticks;
    }
    let (ticks, from, to) = (i128::from(ticks), i128::from(from.max(1)), i128::from(to));
    ((2 * ticks * to + from).div_euclid(2 * from)) as i64
}

//! The boxes that recorded and exported files have in common: movie and track headers, edit lists.

use super::MOVIE_TIMESCALE;
use super::boxes::BoxBuffer;
use atalaya_model::time::WallTime;

/// Seconds from 1904-01-01 to 1970-01-01, both UTC (ISO/IEC 14496-12 §8.2.2).
const EPOCH_1904: i64 = 2_082_844_800;
/// The unity transformation (ISO/IEC 14496-12 §6.2.2).
const MATRIX: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

/// What kind of track it is.
#[derive(Debug, Clone, Copy)]
pub(super) enum TrackKind {
    /// Pictures, size in pixels.
    Video { width: u32, height: u32 },
    /// Sound.
    Audio,
}

/// What stands in a track's headers.
#[derive(Debug, Clone, Copy)]
pub(super) struct TrackHeader<'a> {
    pub(super) id: u32,
    pub(super) kind: TrackKind,
    /// Ticks a second of the track's own times.
    pub(super) timescale: u32,
    pub(super) created: WallTime,
    /// How long it plays, in movie ticks; zero in fragmented files.
    pub(super) presented: u64,
    /// How long its samples last, in its own ticks; zero in fragmented files.
    pub(super) media: u64,
    /// What is played of it; all of it when empty.
    pub(super) edits: &'a [Edit],
}

/// One entry of an edit list (ISO/IEC 14496-12 §8.6.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edit {
    /// How long it plays, in movie ticks.
    pub(super) duration: u64,
    /// Where it starts, in the track's ticks; none for a pause.
    pub(super) media_time: Option<u64>,
}

/// Seconds since 1904.
fn seconds_since_1904(time: WallTime) -> u64 {
    u64::try_from(time.0.div_euclid(1_000_000) + EPOCH_1904).unwrap_or(0)
}

/// `mvhd` (ISO/IEC 14496-12 §8.2.2); duration in movie ticks.
pub(super) fn movie_header(out: &mut BoxBuffer, created: WallTime, duration: u64) {
    out.full(*b"mvhd", 1, 0, |out| {
        out.u64(seconds_since_1904(created));
        out.u64(seconds_since_1904(created));
        out.u32(MOVIE_TIMESCALE);
        out.u64(duration);
        out.u32(0x1_0000); // rate 1.0
        out.u16(0x100); // volume 1.0
        out.raw(&[0; 10]);
        for value in MATRIX {
            out.u32(value);
        }
        out.raw(&[0; 24]);
        out.u32(super::AUDIO_TRACK + 1); // next_track_ID
    });
}

/// `trak` (ISO/IEC 14496-12 §8.3); `sample_table` writes the boxes inside `stbl`.
pub(super) fn track(
    out: &mut BoxBuffer,
    header: &TrackHeader<'_>,
    sample_table: impl FnOnce(&mut BoxBuffer),
) {
    let created = seconds_since_1904(header.created);
    out.boxed(*b"trak", |out| {
        // Flags: enabled, in movie, in preview.
        out.full(*b"tkhd", 1, 7, |out| {
            out.u64(created);
            out.u64(created);
            out.u32(header.id);
            out.u32(0);
            out.u64(header.presented);
            out.raw(&[0; 8]);
            out.u16(0); // layer
            out.u16(0); // alternate_group
            let (volume, width, height) = match header.kind {
                TrackKind::Video { width, height } => (0, width, height),
                TrackKind::Audio => (0x100, 0, 0),
            };
            out.u16(volume);
            out.u16(0);
            for value in MATRIX {
                out.u32(value);
            }
            out.u32(width.min(0xffff) << 16);
            out.u32(height.min(0xffff) << 16);
        });
        if !header.edits.is_empty() {
            out.boxed(*b"edts", |out| {
                out.full(*b"elst", 1, 0, |out| {
                    out.u32(header.edits.len() as u32);
                    for edit in header.edits {
                        out.u64(edit.duration);
                        out.u64(edit.media_time.unwrap_or(u64::MAX)); // -1: a pause
                        out.u32(0x1_0000); // rate 1.0
                    }
                });
            });
        }
        out.boxed(*b"mdia", |out| {
            out.full(*b"mdhd", 1, 0, |out| {
                out.u64(created);
                out.u64(created);
                out.u32(header.timescale);
                out.u64(header.media);
                out.u16(0x55c4); // language "und"
                out.u16(0);
            });
            let (handler, name): (_, &[u8]) = match header.kind {
                TrackKind::Video { .. } => (b"vide", b"Video\0"),
                TrackKind::Audio => (b"soun", b"Sound\0"),
            };
            out.full(*b"hdlr", 0, 0, |out| {
                out.u32(0);
                out.raw(handler);
                out.raw(&[0; 12]);
                out.raw(name);
            });
            out.boxed(*b"minf", |out| {
                match header.kind {
                    TrackKind::Video { .. } => out.full(*b"vmhd", 0, 1, |out| out.raw(&[0; 8])),
                    TrackKind::Audio => out.full(*b"smhd", 0, 0, |out| out.u32(0)),
                }
                out.boxed(*b"dinf", |out| {
                    out.full(*b"dref", 0, 0, |out| {
                        out.u32(1);
                        out.full(*b"url ", 0, 1, |_| ()); // flags 1: in this same file
                    });
                });
                out.boxed(*b"stbl", sample_table);
            });
        });
    });
}

/// `stsd` (ISO/IEC 14496-12 §8.5.2) of ready sample entries.
pub(super) fn sample_descriptions<'a>(out: &mut BoxBuffer, entries: impl ExactSizeIterator<Item = &'a [u8]>) {
    out.full(*b"stsd", 0, 0, |out| {
        out.u32(entries.len() as u32);
        entries.for_each(|entry| out.raw(entry));
    });
}

//! ISO base media files (ISO/IEC 14496-12): the fragmented files that are recorded, and the flat ones that are
//! exported. Sample bytes are never changed, and on the recording path never copied.
//!
//! Must not know: where files live, the database, what is kept or deleted.

mod boxes;
mod codec_string;
mod decode_clock;
pub mod entry;
mod fragment;
#[cfg(test)]
mod fuzz;
mod init;
mod meta;
mod moof;
mod movie;
mod progressive;
mod read;
#[cfg(test)]
pub(crate) mod samples;
mod scan;
mod tables;
#[cfg(test)]
mod tests;

pub(crate) use codec_string::{audio as audio_codec_string, mime};
pub(crate) use fragment::{FragmentMuxer, video_only};
pub(crate) use init::write as write_init;
pub(crate) use moof::{FragmentTables, Sample};
pub(crate) use progressive::{ExportMovie, Layout, TrackPlan};
pub(crate) use scan::{Head, MovieFile, Scan};
pub(crate) use tables::{PlacedSample, SampleTable};

use atalaya_model::media::VIDEO_CLOCK_HZ;

/// The video track's id in every file (ISO/IEC 14496-12 §8.3.2).
const VIDEO_TRACK: u32 = 1;
/// The audio track's id in every file.
const AUDIO_TRACK: u32 = 2;
/// Ticks a second of a movie as a whole: the video's, so that edits fall on frames (ISO/IEC 14496-12 §8.2.2).
const MOVIE_TIMESCALE: u32 = VIDEO_CLOCK_HZ;

/// 90 kHz ticks in microseconds, rounded down.
pub(crate) const fn ticks_to_micros(ticks_90k: i64) -> i64 {
    (ticks_90k as i128 * 100).div_euclid(9) as i64
}

/// Microseconds in ticks of a rate, to the nearest.
pub(crate) const fn micros_to_ticks(micros: i64, rate: u32) -> i64 {
    ((micros as i128 * rate as i128 * 2 + 1_000_000).div_euclid(2_000_000)) as i64
}

//! Recordings, gaps, exports, storage, as views show them.

use super::Rfc3339;
use atalaya_model::export::ExportReport;
use atalaya_model::recording::{FsckReport, Gap, Segment, VolumeFsck};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One recorded file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SegmentVm {
    /// Its number.
    #[ts(type = "number")]
    pub id: i64,
    /// The camera.
    pub camera: String,
    /// First instant covered.
    pub start: Rfc3339,
    /// First instant after it.
    pub end: Rfc3339,
    /// Its size.
    #[ts(type = "number")]
    pub bytes: u64,
    /// `h264`, `h265` or `mjpeg`.
    pub codec: String,
    /// Picture width in pixels.
    pub width: u32,
    /// Picture height in pixels.
    pub height: u32,
    /// Audio codec; null without audio.
    pub audio: Option<String>,
    /// The file: its full path.
    pub path: String,
    /// Id of the storage directory that it is in.
    pub volume: String,
    /// Whether it is still being written.
    pub open: bool,
}

impl From<&Segment> for SegmentVm {
    fn from(segment: &Segment) -> Self {
        Self {
            id: segment.id.0,
            camera: segment.camera.to_string(),
            start: segment.range.start.to_rfc3339(),
            end: segment.range.end.to_rfc3339(),
            bytes: segment.bytes,
            codec: segment.codec.clone(),
            width: segment.width,
            height: segment.height,
            audio: segment.audio.clone(),
            path: segment.file(),
            volume: segment.place.volume.to_string(),
            open: segment.open,
        }
    }
}

/// A span without footage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct GapVm {
    /// First instant missing.
    pub start: Rfc3339,
    /// First instant recorded again; null while it lasts.
    pub end: Option<Rfc3339>,
    /// `offline`, `auth`, `loss`, `disk`, `app_closed`, `asleep`, `paused`, `retention`, `unsupported` or `idle`
    /// (nothing was to be recorded).
    pub cause: String,
}

impl From<&Gap> for GapVm {
    fn from(gap: &Gap) -> Self {
        Self {
            start: gap.start.to_rfc3339(),
            end: gap.end.map(atalaya_model::time::WallTime::to_rfc3339),
            cause: gap.cause.code().to_owned(),
        }
    }
}

/// How much of what should be there is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CoverageVm {
    /// Seconds in which recording was wanted.
    pub seconds_expected: f64,
    /// Seconds that are there.
    pub seconds_recorded: f64,
    /// Their ratio, 0 to 1.
    pub coverage: f64,
}

/// What to record of a camera; what is null stays as it is.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[ts(export)]
pub struct RecordVm {
    /// `off`, `continuous`, `motion` or `schedule`.
    pub mode: String,
    /// What to record in each half hour of a week, as a camera's `schedule`; line breaks may stand between the days.
    #[ts(optional)]
    pub schedule: Option<String>,
    /// Seconds to record from before a motion, 0 to 30.
    #[ts(optional)]
    pub pre_seconds: Option<u8>,
    /// Seconds to record from after a motion, 1 to 300.
    #[ts(optional)]
    pub post_seconds: Option<u16>,
    /// Days to keep; 0 keeps footage for ever.
    #[ts(optional)]
    pub retention_days: Option<u32>,
    /// Most bytes to keep; 0 sets no limit.
    #[ts(optional, type = "number")]
    pub quota_bytes: Option<u64>,
}

/// A finished export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ExportVm {
    /// The file.
    pub path: String,
    /// Its size.
    #[ts(type = "number")]
    pub bytes: u64,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// How long it plays.
    #[ts(type = "number")]
    pub duration_ms: u64,
    /// First instant shown.
    pub start: Rfc3339,
    /// End of the last picture shown.
    pub end: Rfc3339,
    /// What is missing.
    pub gaps: Vec<GapVm>,
}

impl From<&ExportReport> for ExportVm {
    fn from(report: &ExportReport) -> Self {
        Self {
            path: report.path.clone(),
            bytes: report.bytes,
            sha256: report.sha256.clone(),
            duration_ms: report.duration_ms,
            start: report.range.start.to_rfc3339(),
            end: report.range.end.to_rfc3339(),
            gaps: report.gaps.iter().map(GapVm::from).collect(),
        }
    }
}

/// An export as a job that goes on while the user does something else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ExportJobVm {
    /// Its number.
    pub id: u32,
    /// The camera's name.
    pub camera_name: String,
    /// Start of the range asked for.
    pub start: Rfc3339,
    /// End of the range asked for.
    pub end: Rfc3339,
    /// `running`, `done`, `failed` or `cancelled`.
    pub state: String,
    /// Bytes done.
    #[ts(type = "number")]
    pub done: u64,
    /// Bytes in all.
    #[ts(type = "number")]
    pub total: u64,
    /// The result, when done.
    pub report: Option<ExportVm>,
    /// What failed.
    pub error: Option<super::error::UserError>,
}

/// A segment as the player opens it.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct PlaybackVm {
    /// MIME type with codecs, for `MediaSource`.
    pub mime: String,
    /// `ftyp` and `moov`, base64.
    pub init: String,
    /// The fragments' starts in seconds from the segment's start, and lengths.
    pub fragments: Vec<PlaybackFragmentVm>,
}

/// A fragment as the player asks for it by its index.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct PlaybackFragmentVm {
    /// Seconds from the segment's start.
    pub start_s: f64,
    /// Seconds.
    pub duration_s: f64,
}

/// The storage, for the status bar.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct StatusVm {
    /// Cameras whose pictures flow.
    pub cameras_live: u32,
    /// Cameras in all.
    pub cameras_total: u32,
    /// Cameras that are to be recorded now.
    pub cameras_recording: u32,
    /// Cameras that wait for a motion, or for a time in their schedule.
    pub cameras_waiting: u32,
    /// Bytes committed to recordings in the last ten seconds.
    #[ts(type = "number")]
    pub recorded_bytes_10s: u64,
    /// Bytes that the footage takes.
    #[ts(type = "number")]
    pub used_bytes: u64,
    /// Bytes free for it.
    #[ts(type = "number")]
    pub free_bytes: u64,
    /// Days until the oldest footage has to make room for the reserve, zero when it does so already; null when the
    /// other rules keep the storage from that, or when nothing is known yet.
    pub days_left: Option<f64>,
    /// The computer's load; null before it was read.
    pub machine: Option<super::governor::MachineVm>,
}

/// What the check of files against the index found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct FsckVm {
    /// Segments in the index.
    #[ts(type = "number")]
    pub segments: u64,
    /// Their bytes.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Rows whose file is missing or too short.
    #[ts(type = "number")]
    pub rows_without_file: u64,
    /// Files that no row names.
    #[ts(type = "number")]
    pub files_without_row: u64,
    /// Fragments that cannot be parsed.
    #[ts(type = "number")]
    pub bad_fragments: u64,
    /// Segments of one camera that cover the same time.
    #[ts(type = "number")]
    pub overlaps: u64,
    /// Problems put right.
    #[ts(type = "number")]
    pub repaired: u64,
    /// Whether everything was checked and nothing is wrong (any more).
    pub clean: bool,
    /// The same of each storage directory.
    pub volumes: Vec<VolumeFsckVm>,
}

/// What the check found in one storage directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct VolumeFsckVm {
    /// Its identity, a UUID.
    pub id: String,
    /// Its absolute path.
    pub path: String,
    /// Why it could not be checked, in English; null when it was.
    pub unchecked: Option<String>,
    /// Segments in the index.
    #[ts(type = "number")]
    pub segments: u64,
    /// Their bytes.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Rows whose file is missing or too short.
    #[ts(type = "number")]
    pub rows_without_file: u64,
    /// Files that no row names.
    #[ts(type = "number")]
    pub files_without_row: u64,
    /// Fragments that cannot be parsed.
    #[ts(type = "number")]
    pub bad_fragments: u64,
    /// Segments of one camera that cover the same time.
    #[ts(type = "number")]
    pub overlaps: u64,
    /// Problems put right.
    #[ts(type = "number")]
    pub repaired: u64,
}

impl From<&VolumeFsck> for VolumeFsckVm {
    fn from(volume: &VolumeFsck) -> Self {
        Self {
            id: volume.place.volume.to_string(),
            path: volume.place.root.to_string(),
            unchecked: volume.unchecked.clone(),
            segments: volume.found.segments,
            bytes: volume.found.bytes,
            rows_without_file: volume.found.rows_without_file,
            files_without_row: volume.found.files_without_row,
            bad_fragments: volume.found.bad_fragments,
            overlaps: volume.found.overlaps,
            repaired: volume.found.repaired,
        }
    }
}

impl From<&FsckReport> for FsckVm {
    fn from(report: &FsckReport) -> Self {
        Self {
            segments: report.segments,
            bytes: report.bytes,
            rows_without_file: report.rows_without_file,
            files_without_row: report.files_without_row,
            bad_fragments: report.bad_fragments,
            overlaps: report.overlaps,
            repaired: report.repaired,
            clean: report.is_clean(),
            volumes: report.volumes.iter().map(VolumeFsckVm::from).collect(),
        }
    }
}

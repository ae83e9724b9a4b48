//! An export: a range of a camera's footage as one MP4.

use crate::camera::CameraId;
use crate::recording::Gap;
use crate::time::TimeRange;
use alloc::string::String;
use alloc::vec::Vec;

/// What to export.
#[derive(Debug, Clone)]
pub struct ExportRequest {
    /// The camera.
    pub camera: CameraId,
    /// Its name, which is written into the file.
    pub camera_name: String,
    /// The range, cut to the frame.
    pub range: TimeRange,
    /// The file to make.
    pub path: String,
    /// Whether a file that is there may be replaced.
    pub overwrite: bool,
}

/// What was exported.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportReport {
    /// The file.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of the file, in lower-case hexadecimal.
    pub sha256: String,
    /// How long it plays, in milliseconds.
    pub duration_ms: u64,
    /// The wall time of the first and the end of the last picture shown.
    pub range: TimeRange,
    /// What is missing in the range; the file plays on without a pause there.
    pub gaps: Vec<Gap>,
}

/// How far a long piece of work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Bytes done.
    pub done: u64,
    /// Bytes in all.
    pub total: u64,
}

//! Motion: what is watched of a camera's picture, who says that something moves, and the detector that sees it.
//!
//! The picture is judged as a coarse grid of luma means ([`LumaGrid`]); decoding is a port's
//! ([`MotionEye`](crate::ports::MotionEye)). What a person set is a hint of where to look, never of what there is.

mod detector;
mod effort;
#[cfg(test)]
mod tests;
mod zones;

pub use detector::{MotionDetector, MotionState};
pub use effort::Effort;
pub use zones::{Point, ZONE_POINTS_MAX, ZONES_MAX, Zone, ZoneKind};

use crate::camera::CameraId;
use crate::error::{Error, Kind, Result};
use crate::text;
use crate::time::{MonoTime, WallTime};
use alloc::vec::Vec;
use core::str::FromStr;
use core::time::Duration;

/// Cells of a grid across.
pub const COLUMNS: usize = 64;
/// Cells of a grid down.
pub const ROWS: usize = 36;
/// Cells of a grid.
pub const CELLS: usize = COLUMNS * ROWS;

/// The luma of a picture, [`ROWS`] rows of [`COLUMNS`] cells, each the mean of its area, 0 to 255.
pub type LumaCells = [u8; CELLS];

/// One look at a picture.
#[derive(Debug, Clone, Copy)]
pub struct LumaGrid<'a> {
    /// What was seen.
    pub cells: &'a LumaCells,
}

/// Who says that something moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MotionSource {
    /// Our own detector, in the decoded picture.
    Own,
    /// The camera, by its ONVIF events.
    Onvif,
}

impl MotionSource {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Onvif => "onvif",
        }
    }
}

impl FromStr for MotionSource {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "own" => Ok(Self::Own),
            "onvif" => Ok(Self::Onvif),
            _ => Err(Error::new(Kind::InvalidInput, "motion is seen by own or onvif")
                .with("source", text::excerpt(text, 32))),
        }
    }
}

/// How motion is looked for at one camera.
#[derive(Debug, Clone, PartialEq)]
pub struct MotionSettings {
    /// Whether its picture is watched always; a camera that is recorded by motion is watched anyway.
    pub enabled: bool,
    /// 0 (only large and strong changes) to 100 (the smallest ones).
    pub sensitivity: u8,
    /// Where to look. Without a zone to watch, everywhere but in those to ignore.
    pub zones: Vec<Zone>,
    /// Whether the camera's own motion events count, too.
    pub onvif: bool,
}

impl MotionSettings {
    /// The highest sensitivity.
    pub const SENSITIVITY_MAX: u8 = 100;

    /// Checks what the detector and the store rely on.
    pub fn validate(&self) -> Result<()> {
        if self.sensitivity > Self::SENSITIVITY_MAX {
            return Err(Error::new(Kind::InvalidInput, "a sensitivity is 0 to 100")
                .with("sensitivity", self.sensitivity));
        }
        if self.zones.len() > ZONES_MAX {
            return Err(Error::new(Kind::InvalidInput, "a camera has at most 16 zones")
                .with("zones", self.zones.len()));
        }
        self.zones.iter().try_for_each(Zone::validate)
    }
}

impl Default for MotionSettings {
    fn default() -> Self {
        Self { enabled: false, sensitivity: 50, zones: Vec::new(), onvif: true }
    }
}

/// A time in which one source said that something moves. Camera, source and start tell it from any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MotionEvent {
    /// Whose picture.
    pub camera: CameraId,
    /// Who said so.
    pub source: MotionSource,
    /// When it began.
    pub start: WallTime,
    /// Its end, or until when it is known to have lasted.
    pub end: WallTime,
    /// Whether it goes on.
    pub lasting: bool,
    /// The highest level reached, as [`MotionState::level`]; none where the source tells none.
    pub peak: Option<u8>,
}

impl MotionEvent {
    /// The longest; what goes on is the next event from then on.
    pub const LONGEST: Duration = Duration::from_hours(1);
}

/// A look at a stream's picture, as it comes from an eye.
#[derive(Debug, Clone)]
pub struct LumaSample {
    /// When the picture was received.
    pub at: MonoTime,
    /// What was seen.
    pub cells: LumaCells,
}

//! What a camera's pictures say about the camera while somebody looks at them: they come and do not change, nothing but
//! a clock changes, or they have lost their detail. Fed with small luma signatures; knows no stream and no window.
//!
//! Truthful before complete: each verdict is what was seen, and who sees nothing says nothing. An encoder that changes
//! its quality from one key picture to the next looks like a scene with noise and is not called frozen.

mod cover;
mod still;
#[cfg(test)]
mod tests;

use crate::time::MonoTime;
use cover::Coverage;
use still::Stillness;

/// Cells across a signature.
pub const COLUMNS: usize = 32;
/// Cells down a signature.
pub const ROWS: usize = 18;
/// Cells of a signature.
pub const CELLS: usize = COLUMNS * ROWS;

/// The luma of a picture, [`ROWS`] rows of [`COLUMNS`] cells, each the mean of its area, 0 to 255.
pub type Signature = [u8; CELLS];

/// One look at a camera's picture.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// When.
    pub at: MonoTime,
    /// Another number whenever the picture is seen in another size, of another stream or by another decoder: the same
    /// picture then has a slightly different signature.
    pub view: u32,
    /// Pictures painted since the reading before. Without any nothing new was seen.
    pub pictures: u32,
    /// Key pictures that came since the reading before.
    pub keys: u32,
    /// What was seen.
    pub luma: &'a Signature,
}

/// What can be said of a camera's picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Pictures come, and all of them are the same one. Black ones, too.
    Frozen,
    /// For a minute nothing has changed but a small spot. Softer, because a spot that changes shows that the stream
    /// moves; told all the same, since a camera whose sensor is stuck goes on burning its clock in, and no real scene
    /// is free of noise everywhere else.
    ClockOnly,
    /// The picture has lost its detail: the lens is covered or out of focus, or it is dark. A hint.
    Covered,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Frozen, Self::ClockOnly, Self::Covered];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Frozen => "frozen",
            Self::ClockOnly => "clock_only",
            Self::Covered => "covered",
        }
    }
}

/// Watches one camera's picture. Begins knowing nothing; to forget a camera that is not seen any more is the owner's.
#[derive(Debug, Default)]
pub struct PictureWatch {
    still: Stillness,
    cover: Coverage,
}

impl PictureWatch {
    /// Takes a look in.
    pub fn take(&mut self, reading: &Reading<'_>) {
        if reading.pictures > 0 {
            self.still.take(reading);
            self.cover.take(reading);
        }
    }

    /// Since when this is so; none when it is not, or is not known. For a frozen picture that is when it was first seen.
    pub fn since(&self, verdict: Verdict) -> Option<MonoTime> {
        match verdict {
            // Where there is no detail nothing could be seen to move.
            Verdict::ClockOnly if self.cover.since().is_some() => None,
            Verdict::Frozen | Verdict::ClockOnly => self.still.since(verdict),
            Verdict::Covered => self.cover.since(),
        }
    }
}

//! Owns the parts of a picture that are watched or ignored, and which cells they cover. Must not know what is seen in
//! them.

use super::{CELLS, COLUMNS, ROWS};
use crate::error::{Error, Kind, Result};
use crate::text;
use alloc::string::String;
use alloc::vec::Vec;
use core::str::FromStr;

/// The most zones of one camera.
pub const ZONES_MAX: usize = 16;
/// The most corners of one zone.
pub const ZONE_POINTS_MAX: usize = 32;
/// The longest name of a zone, in characters.
const NAME_MAX: usize = 64;

/// What a zone is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZoneKind {
    /// Look here, and not where no such zone is.
    Watch,
    /// Never look here.
    Ignore,
}

impl ZoneKind {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Watch => "watch",
            Self::Ignore => "ignore",
        }
    }
}

impl FromStr for ZoneKind {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "watch" => Ok(Self::Watch),
            "ignore" => Ok(Self::Ignore),
            _ => Err(Error::new(Kind::InvalidInput, "a zone is there to watch or to ignore")
                .with("kind", text::excerpt(text, 32))),
        }
    }
}

/// A corner: shares of the picture's width and height, 0 to 1, from its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// From the left.
    pub x: f32,
    /// From above.
    pub y: f32,
}

/// A part of the picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    /// The user's name for it, 1 to 64 characters.
    pub name: String,
    /// What it is for.
    pub kind: ZoneKind,
    /// Its corners in order, 3 to 32; the last is joined to the first.
    pub points: Vec<Point>,
}

impl Zone {
    /// Checks its name and its corners.
    pub fn validate(&self) -> Result<()> {
        if !text::is_name(&self.name, NAME_MAX) {
            return Err(Error::new(Kind::InvalidInput, "a zone's name is 1 to 64 visible characters")
                .with("name", text::excerpt(self.name.trim(), NAME_MAX)));
        }
        let is_inside = |point: &Point| (0.0..=1.0).contains(&point.x) && (0.0..=1.0).contains(&point.y);
        if !(3..=ZONE_POINTS_MAX).contains(&self.points.len()) || !self.points.iter().all(is_inside) {
            return Err(Error::new(Kind::InvalidInput, "a zone has 3 to 32 corners inside of the picture")
                .with("zone", text::excerpt(&self.name, NAME_MAX)));
        }
        Ok(())
    }

    /// Whether a point lies inside: a ray from it to the right crosses the outline an odd number of times.
    fn contains(&self, x: f32, y: f32) -> bool {
        let ends = self.points.iter().cycle().skip(1);
        let crossed = self.points.iter().zip(ends).filter(|(from, to)| {
            (from.y > y) != (to.y > y) && x < from.x + (y - from.y) / (to.y - from.y) * (to.x - from.x)
        });
        crossed.count() % 2 == 1
    }
}

/// Which cells are looked at, by their middles.
pub(super) fn watched(zones: &[Zone]) -> Vec<bool> {
    let is_limited = zones.iter().any(|zone| zone.kind == ZoneKind::Watch);
    let is_watched = |cell: usize| {
        let x = ((cell % COLUMNS) as f32 + 0.5) / COLUMNS as f32;
        let y = ((cell / COLUMNS) as f32 + 0.5) / ROWS as f32;
        let is_in = |kind| zones.iter().any(|zone| zone.kind == kind && zone.contains(x, y));
        (!is_limited || is_in(ZoneKind::Watch)) && !is_in(ZoneKind::Ignore)
    };
    (0..CELLS).map(is_watched).collect()
}

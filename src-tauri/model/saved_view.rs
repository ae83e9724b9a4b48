//! Saved views: which cameras stand where in the live grid, kept under a name.
//!
//! A view is laid out in the cells of a coarse grid. How many pixels a cell has, the window knows.

use crate::camera::CameraId;
use crate::error::{Error, Kind, Result};
use crate::text;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;
use uuid::Uuid;

/// The longest name of a view or a tour, in characters.
pub(crate) const NAME_MAX: usize = 64;

/// The most columns, and the most rows. A row's cells fit in a byte and a grid's in 64 bits, and there are never more
/// tiles than a grid takes ([`crate::live::TILES_MAX`]).
pub const SIDE_MAX: u8 = 8;

/// A saved view's identity, given once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SavedViewId(pub Uuid);

impl fmt::Display for SavedViewId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for SavedViewId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for SavedViewId {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Uuid::try_parse(text).map(Self).map_err(|_| {
            Error::new(Kind::InvalidInput, "not a saved view's id").with("id", text::excerpt(text, 64))
        })
    }
}

/// A tile of a view. All four numbers are in cells of the view's grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// Column of its left edge, from 0.
    pub x: u8,
    /// Row of its upper edge, from 0.
    pub y: u8,
    /// Columns that it spans.
    pub width: u8,
    /// Rows that it spans.
    pub height: u8,
    /// What it shows; none leaves it empty.
    pub camera: Option<CameraId>,
}

impl Cell {
    /// The cells of the grid that it covers, a bit each; none when it does not lie inside a grid of this size.
    fn mask(self, columns: u8, rows: u8) -> Option<u64> {
        let inside = |at: u8, length: u8, side: u8| {
            length > 0 && side <= SIDE_MAX && at.checked_add(length).is_some_and(|end| end <= side)
        };
        if !inside(self.x, self.width, columns) || !inside(self.y, self.height, rows) {
            return None;
        }
        let row = (u64::MAX >> (64 - u32::from(self.width))) << self.x;
        Some((self.y..self.y + self.height).fold(0, |mask, y| mask | row << (u32::from(y) * 8)))
    }
}

/// A saved view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedView {
    /// Its identity.
    pub id: SavedViewId,
    /// Its name, unique among the views.
    pub name: String,
    /// Columns of its grid, 1 to [`SIDE_MAX`].
    pub columns: u8,
    /// Rows of its grid, 1 to [`SIDE_MAX`].
    pub rows: u8,
    /// Its tiles. What none of them covers stays empty.
    pub cells: Vec<Cell>,
}

impl SavedView {
    /// Checks the name, that every tile lies inside the grid and on no other one, and that no camera is in it twice.
    pub fn validate(&self) -> Result<()> {
        validate_name(&self.name)?;
        let refused = |why: &'static str| {
            Error::new(Kind::InvalidInput, why).with("name", &self.name).with("tiles", self.cells.len())
        };
        let (mut taken, mut cameras) = (0, BTreeSet::new());
        for cell in &self.cells {
            let mask = cell
                .mask(self.columns, self.rows)
                .ok_or_else(|| refused("a view's tiles lie inside a grid of at most 8 by 8 cells"))?;
            if taken & mask != 0 {
                return Err(refused("two tiles of a view cover the same cell"));
            }
            taken |= mask;
            if cell.camera.is_some_and(|camera| !cameras.insert(camera)) {
                return Err(refused("a camera is in a view twice"));
            }
        }
        if taken == 0 {
            return Err(refused("a view has at least one tile"));
        }
        Ok(())
    }
}

/// Checks the name of a view or a tour: something to see, not too long, nothing invisible in it.
pub(crate) fn validate_name(name: &str) -> Result<()> {
    if text::is_name(name, NAME_MAX) {
        return Ok(());
    }
    Err(Error::new(Kind::InvalidInput, "the name of a view or a tour is 1 to 64 visible characters")
        .with("name", text::excerpt(name, NAME_MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use proptest::prelude::*;

    fn cell(x: u8, y: u8, width: u8, height: u8) -> Cell {
        Cell { x, y, width, height, camera: None }
    }

    fn view(columns: u8, rows: u8, cells: Vec<Cell>) -> SavedView {
        SavedView { id: SavedViewId(Uuid::nil()), name: "Yard".into(), columns, rows, cells }
    }

    #[test]
    fn layouts_that_can_be_shown_are_taken() {
        let one_and_five =
            vec![cell(0, 0, 2, 2), cell(2, 0, 1, 1), cell(2, 1, 1, 1), cell(0, 2, 1, 1), cell(1, 2, 2, 1)];
        let all = (0..64).map(|i| cell(i % 8, i / 8, 1, 1)).collect();
        for good in [
            view(3, 3, one_and_five),
            view(8, 8, all),
            view(8, 8, vec![cell(0, 0, 8, 8)]),
            view(1, 8, vec![cell(0, 7, 1, 1)]),
        ] {
            good.validate().expect("a view");
        }
    }

    #[test]
    fn layouts_that_cannot_be_shown_are_refused() {
        let camera = |x| Cell { camera: Some(CameraId(Uuid::from_u128(7))), ..cell(x, 0, 1, 1) };
        for (why, bad) in [
            ("no tile", view(2, 2, vec![])),
            ("no grid", view(0, 2, vec![cell(0, 0, 1, 1)])),
            ("too wide a grid", view(9, 1, vec![cell(0, 0, 1, 1)])),
            ("too high a grid", view(1, 255, vec![cell(0, 254, 1, 1)])),
            ("no width", view(2, 2, vec![cell(0, 0, 0, 1)])),
            ("no height", view(2, 2, vec![cell(0, 0, 1, 0)])),
            ("over the right edge", view(2, 2, vec![cell(1, 0, 2, 1)])),
            ("below", view(2, 2, vec![cell(0, 2, 1, 1)])),
            ("a sum that overflows", view(2, 2, vec![cell(255, 0, 2, 1)])),
            ("two on one cell", view(3, 3, vec![cell(0, 0, 2, 2), cell(1, 1, 1, 1)])),
            ("a camera twice", view(3, 1, vec![camera(0), camera(2)])),
            ("an empty name", SavedView { name: String::new(), ..view(1, 1, vec![cell(0, 0, 1, 1)]) }),
            ("a name too long", SavedView { name: "x".repeat(65), ..view(1, 1, vec![cell(0, 0, 1, 1)]) }),
        ] {
            assert_eq!(bad.validate().expect_err(why).kind(), Kind::InvalidInput, "{why}");
        }
    }

    proptest! {
        #[test]
        fn the_masks_tell_what_pairs_of_rectangles_tell(
            (columns, rows) in (0u8..=9, 0u8..=9),
            cells in prop::collection::vec((0u8..9, 0u8..9, 0u8..5, 0u8..5), 1..6),
        ) {
            let cells: Vec<_> = cells.into_iter().map(|(x, y, w, h)| cell(x, y, w, h)).collect();
            let inside = cells.iter().all(|c| {
                c.width > 0 && c.height > 0 && c.x + c.width <= columns && c.y + c.height <= rows
            });
            let apart = cells.iter().enumerate().all(|(i, a)| {
                cells[i + 1..].iter().all(|b| {
                    a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y
                })
            });
            let fits = inside && apart && columns <= SIDE_MAX && rows <= SIDE_MAX;
            prop_assert_eq!(view(columns, rows, cells).validate().is_ok(), fits);
        }
    }
}

//! Tours: views and pages of cameras that the live grid goes through by itself.

use crate::error::{Error, Kind, Result};
use crate::saved_view::{SavedViewId, validate_name};
use crate::text;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::RangeInclusive;
use core::str::FromStr;
use uuid::Uuid;

/// How long a tour may stay at each step, in seconds: long enough to see something, and to ten minutes.
const DWELL_S: RangeInclusive<u16> = 3..=600;
/// The most steps.
const STEPS_MAX: usize = 100;

/// A tour's identity, given once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TourId(pub Uuid);

impl fmt::Display for TourId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for TourId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for TourId {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Uuid::try_parse(text).map(Self).map_err(|_| {
            Error::new(Kind::InvalidInput, "not a tour's id").with("id", text::excerpt(text, 64))
        })
    }
}

/// Where a tour stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TourStep {
    /// At a saved view. One that was removed meanwhile is passed over.
    View(SavedViewId),
    /// At every page of all cameras, in the layout that is chosen for them.
    AllCameras,
}

/// A tour as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tour {
    /// Its identity.
    pub id: TourId,
    /// Its name, unique among the tours.
    pub name: String,
    /// How long it stays at each step, in seconds, 3 to 600.
    pub dwell_s: u16,
    /// Where it stops, in order.
    pub steps: Vec<TourStep>,
}

impl Tour {
    /// Checks the name, the time and that there is something to go through.
    pub fn validate(&self) -> Result<()> {
        validate_name(&self.name)?;
        if !DWELL_S.contains(&self.dwell_s) {
            return Err(Error::new(Kind::InvalidInput, "a tour stays 3 to 600 seconds at each step")
                .with("dwell_s", self.dwell_s));
        }
        if self.steps.is_empty() || self.steps.len() > STEPS_MAX {
            return Err(
                Error::new(Kind::InvalidInput, "a tour has 1 to 100 steps").with("steps", self.steps.len())
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn tours_are_checked() {
        let tour = |name: &str, dwell_s, steps| Tour {
            id: TourId(Uuid::nil()),
            name: name.into(),
            dwell_s,
            steps: vec![TourStep::AllCameras; steps],
        };
        for good in [tour("Night", 3, 1), tour("Night", 600, 100)] {
            good.validate().expect("a tour");
        }
        for bad in [
            tour("", 10, 1),
            tour("Night\n", 10, 1),
            tour("Night", 2, 1),
            tour("Night", 601, 1),
            tour("Night", 10, 0),
            tour("Night", 10, 101),
        ] {
            assert_eq!(bad.validate().expect_err("no tour").kind(), Kind::InvalidInput, "{bad:?}");
        }
    }
}

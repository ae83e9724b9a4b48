//! Moving a lens's focus by hand (ONVIF Imaging §5.2). Knows no protocol, and no unit of a device: everything is a share
//! of what the device can do.

use crate::error::{Error, Kind, Result};

/// One movement of the focus; far is positive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FocusMove {
    /// At this speed, −1 to 1 of full speed, until stopped or the end of the range. Zero is no movement.
    Continuous(f32),
    /// By this distance, −1 to 1 of the longest that the device offers.
    Relative(f32),
    /// To this place, 0 (nearest) to 1 (farthest).
    Absolute(f32),
}

impl FocusMove {
    /// Checks the range. `InvalidInput`.
    pub fn validated(self) -> Result<Self> {
        let (value, least) = match self {
            Self::Continuous(value) | Self::Relative(value) => (value, -1.0),
            Self::Absolute(value) => (value, 0.0),
        };
        if (least..=1.0).contains(&value) {
            return Ok(self);
        }
        Err(Error::new(Kind::InvalidInput, "a focus speed or distance is -1 to 1, a place 0 to 1"))
    }
}

/// How a device lets its focus be moved; nothing at all for a fixed lens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FocusAbility {
    /// At a speed.
    pub continuous: bool,
    /// By a distance.
    pub relative: bool,
    /// To a place.
    pub absolute: bool,
}

impl FocusAbility {
    /// Whether there is any way.
    pub const fn any(self) -> bool {
        self.continuous || self.relative || self.absolute
    }
}

/// What the focus does at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FocusStatus {
    /// Where it is, 0 (nearest) to 1 (farthest); none when the device does not tell.
    pub place: Option<f32>,
    /// Whether it moves; none when the device does not tell.
    pub moving: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_keep_to_their_ranges() {
        for (movement, fits) in [
            (FocusMove::Continuous(-1.0), true),
            (FocusMove::Relative(1.0), true),
            (FocusMove::Absolute(0.0), true),
            (FocusMove::Absolute(-0.1), false),
            (FocusMove::Continuous(1.1), false),
            (FocusMove::Relative(f32::NAN), false),
            (FocusMove::Absolute(f32::INFINITY), false),
        ] {
            assert_eq!(movement.validated().is_ok(), fits, "{movement:?}");
        }
    }
}

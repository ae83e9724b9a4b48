//! Moving a camera: speeds, places and what a drive can do, in ONVIF's generic spaces (ONVIF PTZ §5.8).
//! Knows no protocol. A move without an end does not exist here: [`MOVE_MAX`] bounds every one.

use crate::error::{Error, Kind, Result};
use crate::text;
use alloc::string::String;
use core::time::Duration;

/// How long a camera goes on moving when nobody says so again: a hand that has let go must not be outlived by its
/// movement for longer.
pub const MOVE_MAX: Duration = Duration::from_secs(1);

/// The longest name of a preset, in characters.
pub const PRESET_NAME_MAX: usize = 64;

/// Three axes in a generic space. Which one, and with it the unit, is what they are used for:
///
/// | used as | pan, tilt | zoom |
/// | --- | --- | --- |
/// | speed | −1 to 1 of full speed; right and up are positive | −1 to 1; in is positive |
/// | place | −1 to 1 of the drive's range | 0 (wide) to 1 (tele) |
/// | distance | −1 to 1 of the drive's range | −1 to 1 |
///
/// An axis that is none is not moved, or not known.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PtzVector {
    /// Pan and tilt, which ONVIF has as one.
    pub pan_tilt: Option<(f32, f32)>,
    /// Zoom.
    pub zoom: Option<f32>,
}

impl PtzVector {
    /// All three axes.
    pub const fn new(pan: f32, tilt: f32, zoom: f32) -> Self {
        Self { pan_tilt: Some((pan, tilt)), zoom: Some(zoom) }
    }

    /// Whether nothing would move.
    pub fn is_still(self) -> bool {
        self.pan_tilt.is_none_or(|(pan, tilt)| pan == 0.0 && tilt == 0.0)
            && self.zoom.is_none_or(|zoom| zoom == 0.0)
    }

    /// What of this the axes that a drive has can do.
    #[must_use]
    pub fn within(self, axes: PtzAxes) -> Self {
        Self { pan_tilt: self.pan_tilt.filter(|_| axes.pan_tilt), zoom: self.zoom.filter(|_| axes.zoom) }
    }

    fn check(self, zoom_min: f32) -> Result<Self> {
        let fits = |value: f32, min: f32| value.is_finite() && (min..=1.0).contains(&value);
        let pan_tilt = self.pan_tilt.is_none_or(|(pan, tilt)| fits(pan, -1.0) && fits(tilt, -1.0));
        if pan_tilt && self.zoom.is_none_or(|zoom| fits(zoom, zoom_min)) {
            return Ok(self);
        }
        Err(Error::new(Kind::InvalidInput, "pan, tilt and zoom are -1 to 1; a place's zoom is 0 to 1"))
    }
}

/// One movement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PtzMove {
    /// At this speed until stopped, or for [`MOVE_MAX`].
    Continuous(PtzVector),
    /// By this distance.
    Relative(PtzVector),
    /// To this place.
    Absolute(PtzVector),
}

impl PtzMove {
    /// Checks the ranges. `InvalidInput`.
    pub fn validated(self) -> Result<Self> {
        match self {
            Self::Continuous(vector) | Self::Relative(vector) => vector.check(-1.0)?,
            Self::Absolute(vector) => vector.check(0.0)?,
        };
        Ok(self)
    }
}

/// Which axes there are for a kind of movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PtzAxes {
    /// Pan and tilt.
    pub pan_tilt: bool,
    /// Zoom.
    pub zoom: bool,
}

impl PtzAxes {
    /// Whether there is any.
    pub const fn any(self) -> bool {
        self.pan_tilt || self.zoom
    }
}

/// What a drive can do, as the device says (ONVIF PTZ §5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PtzAbility {
    /// Moving at a speed.
    pub continuous: PtzAxes,
    /// Moving by a distance.
    pub relative: PtzAxes,
    /// Moving to a place.
    pub absolute: PtzAxes,
    /// Whether there is a home place.
    pub home: bool,
    /// How many presets it keeps; zero when it keeps none.
    pub presets_max: u32,
}

/// A place that the device keeps under a token.
#[derive(Debug, Clone, PartialEq)]
pub struct PtzPreset {
    /// The device's own name for it, opaque.
    pub token: String,
    /// What people call it; may be empty.
    pub name: String,
    /// Where it is, when the device tells.
    pub place: Option<PtzVector>,
}

/// Where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PtzGoal {
    /// The home place.
    Home,
    /// The preset of this token.
    Preset(String),
}

/// What a drive does at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PtzStatus {
    /// Where it points, when the device tells.
    pub place: PtzVector,
    /// Whether any axis moves; none when the device does not tell.
    pub moving: Option<bool>,
}

/// Checks a preset's name: something to see, not too long, nothing invisible in it.
pub fn validate_preset_name(name: &str) -> Result<()> {
    let clean = text::excerpt(name.trim(), PRESET_NAME_MAX);
    if name.is_empty() || clean != name {
        return Err(Error::new(Kind::InvalidInput, "a preset's name is 1 to 64 visible characters")
            .with("name", clean));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_keep_to_the_generic_spaces() {
        let still = PtzVector::default();
        for (movement, fits) in [
            (PtzMove::Continuous(PtzVector::new(1.0, -1.0, -1.0)), true),
            (PtzMove::Relative(PtzVector::new(0.1, 0.0, -0.5)), true),
            (PtzMove::Absolute(PtzVector::new(-1.0, 1.0, 0.0)), true),
            (PtzMove::Absolute(PtzVector::new(0.0, 0.0, -0.1)), false),
            (PtzMove::Continuous(PtzVector::new(1.1, 0.0, 0.0)), false),
            (PtzMove::Continuous(PtzVector::new(0.0, f32::NAN, 0.0)), false),
            (PtzMove::Continuous(PtzVector { zoom: Some(f32::INFINITY), ..still }), false),
            (PtzMove::Continuous(still), true),
        ] {
            assert_eq!(movement.validated().is_ok(), fits, "{movement:?}");
        }
    }

    #[test]
    fn axes_that_are_not_there_are_left_out() {
        let zoom_only = PtzAxes { pan_tilt: false, zoom: true };
        let vector = PtzVector::new(0.5, 0.5, 0.5).within(zoom_only);
        assert_eq!(vector, PtzVector { pan_tilt: None, zoom: Some(0.5) });
        assert!(!vector.is_still() && PtzVector::new(0.0, 0.0, 0.0).is_still());
        assert!(!PtzAxes::default().any());
    }

    #[test]
    fn preset_names_are_visible() {
        assert!(validate_preset_name("Puerta 3").is_ok());
        for bad in ["", " x", "a\u{202e}b"] {
            assert!(validate_preset_name(bad).is_err(), "{bad:?}");
        }
    }
}

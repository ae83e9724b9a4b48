//! How a camera makes its picture: brightness and its kin, day and night, focus (ONVIF Imaging §5). Knows no protocol.

use crate::error::{Error, Kind, Result};
use crate::focus::FocusAbility;
use crate::text;
use alloc::string::String;
use alloc::vec::Vec;
use core::str::FromStr;

/// A setting with its range, in the device's own unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// What it is set to.
    pub value: f32,
    /// The lowest it can be.
    pub min: f32,
    /// The highest.
    pub max: f32,
}

/// The filter that keeps infrared light out (ONVIF `IrCutFilterMode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IrCut {
    /// Always in: colours are right, night is dark.
    On,
    /// Always out: sees infrared light, without colours.
    Off,
    /// As the camera finds right.
    Auto,
}

impl IrCut {
    /// `on`, `off` or `auto`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Auto => "auto",
        }
    }
}

impl FromStr for IrCut {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        [Self::On, Self::Off, Self::Auto]
            .into_iter()
            .find(|mode| mode.code().eq_ignore_ascii_case(text))
            .ok_or_else(|| {
                Error::new(Kind::InvalidInput, "the infrared filter is on, off or auto")
                    .with("ir_cut", text::excerpt(text, 32))
            })
    }
}

/// What a video source is set to; what is none the device does not offer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Imaging {
    /// The device's own name for the video source, opaque.
    pub source: String,
    /// Brightness.
    pub brightness: Option<Level>,
    /// Contrast.
    pub contrast: Option<Level>,
    /// Colour saturation.
    pub saturation: Option<Level>,
    /// Sharpness.
    pub sharpness: Option<Level>,
    /// The infrared filter.
    pub ir_cut: Option<IrCut>,
    /// What the filter can be set to.
    pub ir_cut_modes: Vec<IrCut>,
    /// Whether the camera focuses by itself; none when it does not tell.
    pub auto_focus: Option<bool>,
    /// How focus can be moved by hand.
    pub focus: FocusAbility,
}

/// A change; what is none stays.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ImagingChange {
    /// Brightness.
    pub brightness: Option<f32>,
    /// Contrast.
    pub contrast: Option<f32>,
    /// Colour saturation.
    pub saturation: Option<f32>,
    /// Sharpness.
    pub sharpness: Option<f32>,
    /// The infrared filter.
    pub ir_cut: Option<IrCut>,
    /// Whether the camera focuses by itself.
    pub auto_focus: Option<bool>,
}

impl Imaging {
    /// Checks a change against what the device offers. `Unsupported` for a setting it does not have, `InvalidInput`
    /// for a value outside its range.
    pub fn check(&self, change: &ImagingChange) -> Result<()> {
        for (name, wanted, level) in [
            ("brightness", change.brightness, self.brightness),
            ("contrast", change.contrast, self.contrast),
            ("saturation", change.saturation, self.saturation),
            ("sharpness", change.sharpness, self.sharpness),
        ] {
            let Some(wanted) = wanted else { continue };
            let level = level.ok_or_else(|| absent(name))?;
            if !wanted.is_finite() || wanted < level.min || wanted > level.max {
                return Err(Error::new(Kind::InvalidInput, "the camera does not offer this value")
                    .with("setting", name)
                    .with("min", level.min)
                    .with("max", level.max));
            }
        }
        if let Some(mode) = change.ir_cut
            && (self.ir_cut.is_none() || !(self.ir_cut_modes.is_empty() || self.ir_cut_modes.contains(&mode)))
        {
            return Err(absent("ir_cut").with("wanted", mode.code()));
        }
        if change.auto_focus.is_some() && self.auto_focus.is_none() {
            return Err(absent("auto_focus"));
        }
        Ok(())
    }
}

fn absent(setting: &'static str) -> Error {
    Error::new(Kind::Unsupported, "the camera has no such picture setting").with("setting", setting)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn changes_are_held_against_what_is_offered() {
        let imaging = Imaging {
            brightness: Some(Level { value: 50.0, min: 0.0, max: 100.0 }),
            ir_cut: Some(IrCut::Auto),
            ir_cut_modes: vec![IrCut::Auto, IrCut::On],
            ..Imaging::default()
        };
        let kind = |change: ImagingChange| imaging.check(&change).map_err(|error| error.kind());
        let none = ImagingChange::default();
        assert_eq!(kind(none), Ok(()));
        assert_eq!(kind(ImagingChange { brightness: Some(100.0), ..none }), Ok(()));
        assert_eq!(kind(ImagingChange { brightness: Some(101.0), ..none }), Err(Kind::InvalidInput));
        assert_eq!(kind(ImagingChange { brightness: Some(f32::NAN), ..none }), Err(Kind::InvalidInput));
        assert_eq!(kind(ImagingChange { contrast: Some(1.0), ..none }), Err(Kind::Unsupported));
        assert_eq!(kind(ImagingChange { ir_cut: Some(IrCut::On), ..none }), Ok(()));
        assert_eq!(kind(ImagingChange { ir_cut: Some(IrCut::Off), ..none }), Err(Kind::Unsupported));
        assert_eq!(kind(ImagingChange { auto_focus: Some(true), ..none }), Err(Kind::Unsupported));
    }
}

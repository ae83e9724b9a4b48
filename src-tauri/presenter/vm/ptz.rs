//! Moving a camera, as views show and ask for it.

use atalaya_model::ptz::{PtzAbility, PtzAxes, PtzPreset, PtzStatus, PtzVector};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Speeds, a distance or a place in ONVIF's generic spaces: pan and tilt -1 to 1, zoom -1 to 1 (a place's 0 to 1).
/// Right, up and in are positive.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct PtzVectorVm {
    /// Pan; null leaves it, as does tilt when both are.
    pub pan: Option<f32>,
    /// Tilt.
    pub tilt: Option<f32>,
    /// Zoom; null leaves it.
    pub zoom: Option<f32>,
}

impl From<PtzVectorVm> for PtzVector {
    fn from(vector: PtzVectorVm) -> Self {
        let PtzVectorVm { pan, tilt, zoom } = vector;
        let none = pan.is_none() && tilt.is_none();
        Self { pan_tilt: (!none).then(|| (pan.unwrap_or_default(), tilt.unwrap_or_default())), zoom }
    }
}

impl From<PtzVector> for PtzVectorVm {
    fn from(vector: PtzVector) -> Self {
        let (pan, tilt) = vector.pan_tilt.unzip();
        Self { pan, tilt, zoom: vector.zoom }
    }
}

/// Which axes there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct PtzAxesVm {
    /// Pan and tilt.
    pub pan_tilt: bool,
    /// Zoom.
    pub zoom: bool,
}

impl From<PtzAxes> for PtzAxesVm {
    fn from(PtzAxes { pan_tilt, zoom }: PtzAxes) -> Self {
        Self { pan_tilt, zoom }
    }
}

/// Where a drive points and whether it moves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct PtzStatusVm {
    /// The place; axes are null where the device does not tell.
    pub place: PtzVectorVm,
    /// Null when the device does not tell.
    pub moving: Option<bool>,
}

impl From<PtzStatus> for PtzStatusVm {
    fn from(status: PtzStatus) -> Self {
        Self { place: status.place.into(), moving: status.moving }
    }
}

/// A preset.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct PresetVm {
    /// The device's own name for it.
    pub token: String,
    /// What people call it; may be empty.
    pub name: String,
    /// Where it is; null when the device does not tell.
    pub place: Option<PtzVectorVm>,
    /// What the camera saw there when it was set from here, as a data URL.
    pub picture: Option<String>,
}

impl From<PtzPreset> for PresetVm {
    fn from(preset: PtzPreset) -> Self {
        Self {
            token: preset.token,
            name: preset.name,
            place: preset.place.map(PtzVectorVm::from),
            picture: None,
        }
    }
}

/// A camera's drive.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct PtzVm {
    /// Moving at a speed.
    pub continuous: PtzAxesVm,
    /// Moving by a distance.
    pub relative: PtzAxesVm,
    /// Moving to a place.
    pub absolute: PtzAxesVm,
    /// Whether there is a home place.
    pub home: bool,
    /// How many presets it keeps; zero when it keeps none.
    pub presets_max: u32,
    /// Where it points; null when the device does not tell.
    pub status: Option<PtzStatusVm>,
    /// Its presets.
    pub presets: Vec<PresetVm>,
}

impl PtzVm {
    pub(crate) fn new(ability: PtzAbility, status: Option<PtzStatusVm>, presets: Vec<PresetVm>) -> Self {
        Self {
            continuous: ability.continuous.into(),
            relative: ability.relative.into(),
            absolute: ability.absolute.into(),
            home: ability.home,
            presets_max: ability.presets_max,
            status,
            presets,
        }
    }
}

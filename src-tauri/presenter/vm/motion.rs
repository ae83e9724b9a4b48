//! How motion is looked for and what was seen, as views show it.

use super::Rfc3339;
use atalaya_model::motion::{MotionEvent, MotionSettings, Point, Zone};
use atalaya_model::{Error, Result};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How motion is looked for at one camera.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct MotionSettingsVm {
    /// Whether its picture is watched always; a camera that is recorded by motion is watched anyway.
    pub enabled: bool,
    /// 0 (only large and strong changes) to 100 (the smallest ones).
    pub sensitivity: u8,
    /// Where to look. Without a zone to watch, everywhere but in those to ignore.
    pub zones: Vec<ZoneVm>,
    /// Whether the camera's own motion events count, too.
    pub onvif: bool,
}

/// A part of the picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ZoneVm {
    /// The user's name for it, 1 to 64 characters.
    pub name: String,
    /// Its corners in order, 3 to 32: shares of the picture's width and height, 0 to 1, from its upper left corner.
    pub points: Vec<[f32; 2]>,
    /// `watch` or `ignore`.
    pub kind: String,
}

/// A time in which one source said that something moves.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct MotionEventVm {
    /// The camera.
    pub camera: String,
    /// `own` or `onvif`.
    pub source: String,
    /// When it began.
    pub start: Rfc3339,
    /// Its end, or until when it is known to have lasted.
    pub end: Rfc3339,
    /// Whether it goes on.
    pub lasting: bool,
    /// The highest level reached, 0 to 100, where 50 was needed; null where the source tells none.
    pub peak: Option<u8>,
}

/// How well motion is seen at one camera now.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct MotionStatusVm {
    /// The camera.
    pub camera: String,
    /// Our own detector: `off`, `waiting` (no picture comes), `learning`, `watching`, or `keys_only` where the processor
    /// does not keep up.
    pub sight: String,
    /// How much moves, 0 to 100, where 50 is needed; null while nothing is seen.
    pub level: Option<u8>,
    /// Whether our own detector says that something moves.
    pub moving: bool,
    /// The camera's own events: `none` (it has no ONVIF), `off`, `waiting`, `listening`, `broken` (tried again) or
    /// `refused` (not tried again before the camera is changed).
    pub hearing: String,
    /// Whether they say that something moves.
    pub onvif_moving: bool,
}

impl From<&MotionSettings> for MotionSettingsVm {
    fn from(settings: &MotionSettings) -> Self {
        let zone = |zone: &Zone| ZoneVm {
            name: zone.name.clone(),
            points: zone.points.iter().map(|point| [point.x, point.y]).collect(),
            kind: zone.kind.code().to_owned(),
        };
        Self {
            enabled: settings.enabled,
            sensitivity: settings.sensitivity,
            zones: settings.zones.iter().map(zone).collect(),
            onvif: settings.onvif,
        }
    }
}

impl TryFrom<MotionSettingsVm> for MotionSettings {
    type Error = Error;
    fn try_from(vm: MotionSettingsVm) -> Result<Self> {
        let zone = |zone: ZoneVm| {
            let points = zone.points.into_iter().map(|[x, y]| Point { x, y }).collect();
            Ok(Zone { name: zone.name.trim().to_owned(), kind: zone.kind.parse()?, points })
        };
        let zones = vm.zones.into_iter().map(zone).collect::<Result<_>>()?;
        let settings = Self { enabled: vm.enabled, sensitivity: vm.sensitivity, zones, onvif: vm.onvif };
        settings.validate()?;
        Ok(settings)
    }
}

impl From<&MotionEvent> for MotionEventVm {
    fn from(event: &MotionEvent) -> Self {
        Self {
            camera: event.camera.to_string(),
            source: event.source.code().to_owned(),
            start: event.start.to_rfc3339(),
            end: event.end.to_rfc3339(),
            lasting: event.lasting,
            peak: event.peak,
        }
    }
}

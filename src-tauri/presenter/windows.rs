//! Which windows were open, where, and what they showed: kept for the next start. Must not know what opens them.

use crate::Result;
use crate::engine::Inner;
use crate::vm::window::WindowShowsVm;
use atalaya_model::camera::CameraId;
use atalaya_model::text::excerpt;
use atalaya_model::window::{Area, Place, WINDOWS_MAX};
use atalaya_model::{Error, Kind};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The setting that keeps them.
const SETTING: &str = "windows";

/// The longest name or id of something shown, in characters: a group's path is the longest.
const NAME_MAX: usize = 128;

/// A window as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptWindow {
    /// Whether it is a further one, not the main one.
    pub further: bool,
    /// Where it is.
    pub place: Place,
    /// What it shows, if it is a further one.
    pub shows: WindowShowsVm,
}

/// The same as a text. What a later version adds is left out by this one.
#[derive(Serialize, Deserialize)]
struct Stored {
    further: bool,
    monitor: String,
    origin: (i32, i32),
    at: (i32, i32),
    size: (u32, u32),
    maximized: bool,
    full_screen: bool,
    shows: WindowShowsVm,
}

impl From<&KeptWindow> for Stored {
    fn from(KeptWindow { further, place, shows }: &KeptWindow) -> Self {
        Self {
            further: *further,
            monitor: place.monitor.clone(),
            origin: place.origin,
            at: (place.area.x, place.area.y),
            size: (place.area.width, place.area.height),
            maximized: place.maximized,
            full_screen: place.full_screen,
            shows: shows.clone(),
        }
    }
}

impl From<Stored> for KeptWindow {
    fn from(stored: Stored) -> Self {
        let ((x, y), (width, height)) = (stored.at, stored.size);
        Self {
            further: stored.further,
            place: Place {
                monitor: stored.monitor,
                origin: stored.origin,
                area: Area { x, y, width, height },
                maximized: stored.maximized,
                full_screen: stored.full_screen,
            },
            shows: stored.shows,
        }
    }
}

/// Keeps windows.
pub struct Windows {
    engine: Arc<Inner>,
}

impl Windows {
    pub(crate) fn new(engine: Arc<Inner>) -> Self {
        Self { engine }
    }

    /// Checks what a window is asked to show. `InvalidInput`.
    pub fn check(shows: &WindowShowsVm) -> Result<()> {
        if let Some(camera) = &shows.camera {
            camera.parse::<CameraId>()?;
        }
        let is_name =
            |name: &Option<String>| name.as_ref().is_none_or(|name| excerpt(name, NAME_MAX) == *name);
        if is_name(&shows.view) && is_name(&shows.group) {
            return Ok(());
        }
        Err(Error::new(Kind::InvalidInput, "a window cannot show this").into())
    }

    /// Those of the last time. None where there is nothing that can be read: it is no reason not to start.
    pub async fn kept(&self) -> Vec<KeptWindow> {
        let stored = match self.engine.ports.cameras.setting(SETTING).await {
            Ok(stored) => stored.unwrap_or_else(|| "[]".to_owned()),
            Err(error) => {
                tracing::warn!(%error, "the windows' places could not be read");
                return Vec::new();
            }
        };
        let stored: Vec<Stored> = serde_json::from_str(&stored).unwrap_or_else(|error| {
            tracing::warn!(%error, "the windows' places are not readable");
            Vec::new()
        });
        let is_sound = |window: &KeptWindow| Self::check(&window.shows).is_ok();
        stored.into_iter().map(KeptWindow::from).filter(is_sound).take(WINDOWS_MAX).collect()
    }

    /// Keeps them for the next time, instead of those before.
    pub async fn keep(&self, windows: &[KeptWindow]) -> Result<()> {
        let stored: Vec<_> = windows.iter().take(WINDOWS_MAX).map(Stored::from).collect();
        let text = serde_json::to_string(&stored)
            .map_err(|error| Error::new(Kind::Internal, "windows as a text").caused_by(error))?;
        Ok(self.engine.ports.cameras.set_setting(SETTING, Some(&text)).await?)
    }
}

//! The settings: read with defaults, checked before they are stored.

use crate::Result;
use crate::engine::Inner;
use crate::vm::event::EventVm;
use crate::vm::system::SettingsVm;
use atalaya_model::live::DecodePath;
use atalaya_model::{Error, Kind};
use std::sync::Arc;

/// Reads and changes settings.
pub struct Settings {
    engine: Arc<Inner>,
}

impl Settings {
    pub(crate) fn new(engine: Arc<Inner>) -> Self {
        Self { engine }
    }

    /// The settings now.
    pub async fn get(&self) -> Result<SettingsVm> {
        let defaults = SettingsVm::default();
        let read = async |key: &'static str, default: String| {
            self.engine.ports.cameras.setting(key).await.map(|value| value.unwrap_or(default))
        };
        Ok(SettingsVm {
            live_path: read("live_path", defaults.live_path).await?,
            language: read("language", defaults.language).await?,
            theme: read("theme", defaults.theme).await?,
        })
    }

    /// Changes the settings.
    pub async fn set(&self, settings: SettingsVm) -> Result<()> {
        for (key, value, allowed) in [
            ("live_path", &settings.live_path, ["auto", "webview", "native"]),
            ("language", &settings.language, ["auto", "en", "es"]),
            ("theme", &settings.theme, ["auto", "dark", "light"]),
        ] {
            if !allowed.contains(&value.as_str()) {
                return Err(Error::new(Kind::InvalidInput, "not a value of this setting")
                    .with("setting", key)
                    .with("value", atalaya_model::text::excerpt(value, 32))
                    .into());
            }
            self.engine.ports.cameras.set_setting(key, Some(value)).await?;
        }
        self.engine.emit(EventVm::SettingsChanged { settings });
        Ok(())
    }

    /// Who must decode live pictures, if the user says so.
    pub(crate) async fn forced_path(&self) -> Option<DecodePath> {
        self.get().await.ok()?.live_path.parse().ok()
    }
}

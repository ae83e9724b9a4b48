//! The settings: read with defaults, checked before they are stored.

use crate::Result;
use crate::engine::Inner;
use crate::vm::event::EventVm;
use crate::vm::system::SettingsVm;
use atalaya_model::{Error, Kind};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Percent that the processor's limit may be; the last is never.
const PROCESSOR_LIMITS: RangeInclusive<u32> = 50..=100;

/// Seconds that a camera may be offline before a person is told.
const OFFLINE_SECONDS: RangeInclusive<u32> = 10..=3600;

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
        let switch = async |key: &'static str, default: bool| {
            read(key, default.to_string()).await.map(|value| value.parse().unwrap_or(default))
        };
        Ok(SettingsVm {
            live_path: read("live_path", defaults.live_path).await?,
            language: read("language", defaults.language).await?,
            theme: read("theme", defaults.theme).await?,
            processor_limit: read("processor_limit", String::new())
                .await?
                .parse()
                .unwrap_or(defaults.processor_limit),
            close_to_tray: switch("close_to_tray", defaults.close_to_tray).await?,
            inhibit_sleep: switch("inhibit_sleep", defaults.inhibit_sleep).await?,
            notify: switch("notify", defaults.notify).await?,
            notify_offline_s: read("notify_offline_s", String::new())
                .await?
                .parse()
                .unwrap_or(defaults.notify_offline_s),
        })
    }

    /// Changes the settings.
    pub async fn set(&self, settings: SettingsVm) -> Result<()> {
        let limit = settings.processor_limit;
        if !PROCESSOR_LIMITS.contains(&limit) {
            return Err(Error::new(Kind::InvalidInput, "the processor's limit is 50 to 100 percent")
                .with("value", limit)
                .into());
        }
        if !OFFLINE_SECONDS.contains(&settings.notify_offline_s) {
            return Err(Error::new(Kind::InvalidInput, "a camera is offline after 10 to 3600 seconds")
                .with("value", settings.notify_offline_s)
                .into());
        }
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
        for (key, value) in [
            ("processor_limit", limit.to_string()),
            ("close_to_tray", settings.close_to_tray.to_string()),
            ("inhibit_sleep", settings.inhibit_sleep.to_string()),
            ("notify", settings.notify.to_string()),
            ("notify_offline_s", settings.notify_offline_s.to_string()),
        ] {
            self.engine.ports.cameras.set_setting(key, Some(&value)).await?;
        }
        self.engine.machine.set_limit(limit);
        self.engine.awake.want(settings.inhibit_sleep);
        self.engine.emit(EventVm::SettingsChanged { settings });
        Ok(())
    }
}

//! Behaviour and state: camera actors, recording, live view, scanning, exporting. Sees the world only through the
//! model's ports; knows no Tauri, no SQL, no RTSP, no ONVIF XML.

mod alerts;
mod awake;
mod background;
mod cameras;
mod clone;
mod credential_sets;
mod devices;
mod doctor;
mod drives;
mod ear;
mod engine;
mod exports;
mod focus;
mod follow;
mod gate;
mod governor;
mod health;
mod history;
mod live;
mod machine;
mod notices;
mod pause;
mod picture_watch;
mod presence;
mod ptz;
mod pull;
mod recorder;
mod recordings;
mod report;
mod retention;
mod scans;
mod settings;
mod sound;
mod status;
mod stills;
mod stream_test;
#[cfg(test)]
mod tests;
mod transfer;
mod views;
pub mod vm;
mod windows;

pub use alerts::{Alerts, Told};
pub use background::Background;
pub use cameras::Cameras;
pub use credential_sets::CredentialSets;
pub use devices::Devices;
pub use doctor::Doctor;
pub use engine::{Engine, EngineOptions};
pub use exports::{Destination, Exports};
pub use focus::Focus;
pub use health::Health;
pub use live::{Live, LivePacket, LiveSession, TileSignature};
pub use notices::NoticeBoard;
pub use ptz::Ptz;
pub use recordings::Recordings;
pub use report::Reports;
pub use scans::Scans;
pub use settings::Settings;
pub use stills::{Still, Stills};
pub use transfer::{FILE_MAX_BYTES, Transfer};
pub use views::Views;
pub use vm::error::UserError;
pub use windows::{KeptWindow, Windows};

/// A result for a view.
pub type Result<T> = std::result::Result<T, UserError>;

//! The world behind the model's ports, one technology per module. Decides no policy: when to record, retry or delete
//! is the presenters' business.

pub mod archive;
pub mod autostart;
pub mod clock;
pub mod data_dir;
pub mod decode;
pub mod discovery;
pub mod doctor;
pub mod doorbell;
pub mod http;
mod installation;
pub mod machine;
pub mod mux;
mod neighbours;
pub mod notifier;
pub mod onvif;
pub mod preset_pictures;
mod protocols;
pub mod rtsp;
mod sleep;
pub mod store;
mod tls;
pub mod vault;
pub mod zones;

/// How this program names itself to cameras (RFC 9110 §10.1.5, RFC 2326 §12.41).
const USER_AGENT: &str = concat!("Atalaya/", env!("CARGO_PKG_VERSION"));

pub use installation::{Access, Installation};

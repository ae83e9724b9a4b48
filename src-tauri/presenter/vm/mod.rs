//! View models: what crosses from presenters to views, as serde types with TypeScript bindings.
//!
//! Domain types do not serialize; what a view may see is written down here. Field names are the JSON fields of the
//! command line and of the window alike.

pub mod background;
pub mod camera;
pub mod capability;
pub mod coverage;
pub mod credential_set;
pub mod device;
pub mod doctor;
pub mod error;
pub mod event;
pub mod focus;
pub mod governor;
pub mod health;
pub mod live;
pub mod motion;
pub mod ptz;
pub mod recording;
pub mod retention;
pub mod saved_view;
pub mod storage;
pub mod system;
pub mod timeline;
pub mod transfer;
pub mod window;

/// A time as RFC 3339 in UTC with milliseconds.
pub type Rfc3339 = String;

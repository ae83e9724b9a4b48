//! The domain: what a camera, a stream, a recording and a gap are, and the rules between them.
//!
//! This crate does no I/O. It is `no_std` so that a file, a socket, a clock or a database in it does not
//! compile. What it needs from the world it declares as traits in [`ports`]; the `service` crate answers them.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod address;
pub mod alert;
pub mod background;
pub mod camera;
pub mod certificate;
pub mod coverage;
pub mod coverage_report;
pub mod credential_set;
pub mod device_event;
mod device_ports;
pub mod discovery;
pub mod doctor;
pub mod encoder;
pub mod error;
pub mod export;
pub mod focus;
pub mod forecast;
pub mod fragment;
pub mod governor;
pub mod group;
pub mod health;
pub mod imaging;
pub mod inventory;
pub mod live;
pub mod machine;
pub mod media;
pub mod metrics;
pub mod motion;
pub mod moved;
pub mod picture_watch;
pub mod ports;
pub mod ptz;
pub mod pull;
pub mod quirk;
pub mod recording;
pub mod recovery;
pub mod report;
pub mod retention;
mod retention_ports;
pub mod saved_view;
pub mod schedule;
pub mod secret;
pub mod storage;
pub mod text;
pub mod time;
pub mod timeline;
pub mod tour;
pub mod window;
pub mod zone;

pub use error::{Error, Kind, Result};

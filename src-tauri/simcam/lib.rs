//! Simulated IP cameras: real network devices on any address of this machine, for demonstration, training and tests.
//!
//! Each camera has a main and a sub-stream over RTSP (H.264, G.711; TCP interleaved and UDP; Digest), an ONVIF face,
//! Motion JPEG and still pictures over HTTP,
//! and WS-Discovery, a picture in which something moves, PTZ that moves it, and a burnt-in UTC clock for people and
//! for machines ([`clock_strip`]). [`Fault`]s make it misbehave. Programs reach it as they reach any camera: through
//! the network.
//!
//! This crate knows nothing of the rest of Atalaya.

mod camera;
mod clock;
mod digest;
mod discovery;
mod fault;
mod fleet;
mod http;
mod identity;
mod lens;
mod media;
mod message;
mod mjpeg;
mod onvif;
mod options;
mod picture;
mod ptz;
mod rtp;
mod rtsp;
mod setup;
mod tls;
mod xml;

pub use fault::{Fault, FaultSyntaxError};
pub use fleet::{CameraInfo, Fleet, MAX_CAMERAS};
pub use media::AudioCodec;
pub use options::{Credentials, DigestAlgorithms, FleetOptions};
pub use picture::clock_strip;

//! Owns what flows: encoded pictures and sound, and the live streams that share them among viewers.
//! Must not know RTP, RTSP or sockets.

mod h264;
mod live;
mod tone;

pub(crate) use h264::{ParameterSets, VideoFormat};
pub(crate) use live::{LiveStream, StreamPlan, Unit};
pub use tone::AudioCodec;
pub(crate) use tone::SAMPLE_RATE_HZ;

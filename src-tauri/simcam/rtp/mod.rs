//! Owns the Real-time Transport Protocol: packets, H.264 payload, sender reports.
//! Must not know RTSP, sockets or pictures.

mod h264;
mod packet;
mod rtcp;

pub(crate) use h264::payloads;
pub(crate) use packet::{HEADER_BYTES, RtpSender};

//! Owns the RTSP/1.0 face of a camera (RFC 2326): connections, one session each, TCP interleaved and UDP unicast.
//! Must not know how pictures come about, nor ONVIF. A session lives no longer than its connection.

mod connection;
mod resource;
mod sdp;
mod session;
mod transport;

pub(crate) use connection::serve;
pub(crate) use resource::Mount;

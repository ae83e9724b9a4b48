//! Owns how long each step towards an HTTP camera may take (S23). Must not know what the steps do.

use std::time::Duration;

/// Looking up a host name. A resolver that needs longer than this fails anyway.
pub(super) const RESOLVE: Duration = Duration::from_secs(5);
/// Taking the TCP connection and, over TLS, the handshake. On a LAN a camera that has not answered by then is not
/// there.
pub(super) const CONNECT: Duration = Duration::from_secs(5);
/// From the request to the head of the answer, with the login. Cameras that start their encoder for it take up to
/// five seconds.
pub(super) const HEAD: Duration = Duration::from_secs(10);
/// One whole picture of a camera that hands out single ones, with the login: encoding its full size may take some
/// seconds.
pub(super) const PICTURE: Duration = Duration::from_secs(10);
/// From the head of an MJPEG answer to the first picture.
pub(super) const FIRST_PART: Duration = Duration::from_secs(15);
/// From one picture of an MJPEG stream to the next, as for RTSP: slow streams have one a second, and a connection may
/// take minutes to notice that its camera is gone.
pub(super) const NEXT_PART: Duration = Duration::from_secs(8);
/// How long a connection is silent before the system asks the camera whether it is there, and how often then; as for
/// RTSP.
pub(super) const SILENCE: Duration = Duration::from_secs(2);
pub(super) const SILENCE_AGAIN: Duration = Duration::from_secs(1);

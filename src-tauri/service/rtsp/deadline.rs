//! Owns how long each phase of a session may take (S23). Must not know what the phases do.

use std::time::Duration;

/// Connecting and the TLS handshake. Small processors take two seconds for a key exchange.
pub(super) const SECURE: Duration = Duration::from_secs(8);
/// Connecting and DESCRIBE, with the second one that answers a challenge. Cameras that start their encoder for it
/// take up to five seconds.
pub(super) const DESCRIBE: Duration = Duration::from_secs(10);
/// SETUP of one stream. The connection stands by then; what is slow is the camera.
pub(super) const SETUP: Duration = Duration::from_secs(10);
/// PLAY. Some cameras answer only when the next key frame is there.
pub(super) const PLAY: Duration = Duration::from_secs(10);
/// From PLAY to the first picture: a key frame every ten seconds is the longest that cameras are commonly set to.
pub(super) const FIRST_PICTURE: Duration = Duration::from_secs(15);
/// From one picture to the next. Slow sub-streams have one a second; a camera that says nothing for this long is
/// gone, and its TCP connection may take minutes to notice. After a line that was cut for less, a camera sends what is
/// missing 6.2 s after it was last heard at the latest (RFC 6298 §5.5, from 0.2 s on); the next time would be 12.6 s.
pub(super) const NEXT_PICTURE: Duration = Duration::from_secs(8);
/// For the TEARDOWN of an earlier session at the same camera before a new one: retina gives a camera five seconds
/// to answer it. A new session is worth more than a tidy camera.
pub(super) const STALE_SESSIONS: Duration = Duration::from_secs(5);

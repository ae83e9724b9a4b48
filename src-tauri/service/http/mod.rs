//! Cameras over plain HTTP behind the model's `StreamOpener`: Motion JPEG as `multipart/x-mixed-replace`, and single
//! pictures fetched again and again. Knows nothing of recording, decoding or retries.
//!
//! **What it is** is recognised by the answer's `Content-Type`, or by its first bytes where it says nothing of use.
//!
//! **Times.** Nothing in these answers can be trusted to say when a picture was taken: the presentation time is the
//! time of arrival, and a unit has no camera time, so that the latency is unknown rather than invented.
//!
//! **Passwords.** Digest by our own [`http_auth`]. Basic only over TLS, where nobody answers whose certificate is not
//! believed, or where the user allows it for this camera, and never to a camera that has offered Digest before (S5). Each request is asked
//! without a login first: so no answer to an old nonce is ever counted as a wrong password, and opening a stream is
//! at most one login (S6).
//!
//! **Where the bytes go.** To the addresses that the URL's host had when the stream was opened, without a proxy and
//! without following redirects (S3).
//!
//! **Memory and time** (S10, S23). A part's head is at most 16 KiB, a picture 16 MiB and 8192 pixels a side; every
//! answer's head and every picture has its [`deadline`].

mod body;
mod deadline;
mod failure;
mod login;
mod mjpeg;
mod multipart;
mod opener;
mod peer;
mod picture;
mod poll;
#[cfg(test)]
mod tests;
mod units;

pub use opener::HttpOpener;

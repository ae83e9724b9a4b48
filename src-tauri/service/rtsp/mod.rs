//! RTSP streams over retina behind the model's `StreamOpener`: connecting, choosing streams, formats, times, errors.
//! Knows nothing of recording, decoding or retries.
//!
//! **Passwords.** Credentials are given to retina apart from the URL, and the answer to every challenge is made by
//! our own [`http_auth`], which knows only Digest: a camera that offers Basic alone gets no byte of the password and
//! we give back `Refused` (S5). retina sends the answer to the one 401 that starts a session and gives up on the
//! second, so one [`opener::RetinaOpener`] call is at most one login (S6).
//!
//! **Where the bytes go.** All requests of a session go over the one TCP connection to the host and port of the
//! URL, whatever `Content-Base`, `a=control` or a redirect say (S3); so do UDP's hole-punching datagrams, whatever
//! `source` the answer to SETUP names, and a TEARDOWN whose connection broke and is made anew.
//!
//! **TLS** (`rtsps`, port 322). The connection is made here and handed to retina once the certificate is believed (see
//! [`crate::tls`]); media come interleaved in it, since UDP would leave it.
//!
//! **Memory and time.** What a camera may make us keep stands in [`limits`] (S10), how long it may take in
//! [`deadline`] (S23). retina is a copy with changes of ours, which keeps to the limits before it buffers: `retina/`,
//! decision 0016.

mod audio_fault;
mod deadline;
mod failure;
mod format;
mod limits;
mod opener;
mod secure;
#[cfg(test)]
mod tests;
mod timeline;
mod units;

pub use opener::RetinaOpener;

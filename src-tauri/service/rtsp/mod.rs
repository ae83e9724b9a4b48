//! RTSP streams over retina behind the model's `StreamOpener`: connecting, choosing streams, formats, times, errors.
//! Knows nothing of recording, decoding or retries.
//!
//! **Passwords.** Credentials are given to retina apart from the URL, and the answer to every challenge is made by
//! our own [`http_auth`], which knows only Digest: a camera that offers Basic alone gets no byte of the password and
//! we give back `Refused` (S5). retina sends the answer to the one 401 that starts a session and gives up on the
//! second, so one [`opener::RetinaOpener`] call is at most one login (S6).
//!
//! **Where the bytes go.** All requests of a session go over the one TCP connection to the host and port of the
//! URL, whatever `Content-Base` or `a=control` say (S3). Two things of retina's UDP do not keep to it: it sends its
//! two hole-punching datagrams to the `source` of the SETUP answer, and a TEARDOWN that found its connection broken
//! is tried again at `Content-Base`. Over TCP (the default) neither happens.
//!
//! **TLS** (`rtsps`, port 322). The connection is made here and handed to retina once the certificate is believed (see
//! [`crate::tls`]); media come interleaved in it, since UDP would leave it.
//!
//! **Memory.** What is checked here: an access unit is at most 16 MiB and a picture at most 8192 pixels a side
//! (S10), both once retina has put them together. What retina 0.4.21 does before: heads and bodies of messages and
//! the packets of an unfinished access unit grow its one buffer without a limit of its own, by what arrives and not
//! by what a length promises. Such a camera is bounded by time: no phase of opening takes longer than its
//! [`deadline`], and a stream without a whole picture ends after ten seconds. It can so take ten seconds of its link.

mod audio_fault;
mod deadline;
mod failure;
mod format;
mod opener;
mod secure;
#[cfg(test)]
mod tests;
mod timeline;
mod units;

pub use opener::RetinaOpener;

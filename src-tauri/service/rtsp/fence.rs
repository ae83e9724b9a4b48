//! Owns the fence around retina: a panic in there is an error of that one camera. Must not know what it does.
//!
//! retina 0.4.21 takes some descriptions for impossible: a media line whose list of formats is a blank
//! (`m=video 0 RTP/AVP `) makes it panic, and with it whoever adds or watches the camera (R10).

use super::failure::{self, Phase};
use atalaya_model::address::StreamUrl;
use atalaya_model::text::excerpt;
use atalaya_model::{Error, Kind, Result};
use futures_util::FutureExt;
use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Opening a session. What a panic leaves behind of it is dropped.
pub(super) async fn around<T>(url: &StreamUrl, opening: impl Future<Output = Result<T>>) -> Result<T> {
    let opened = AssertUnwindSafe(opening).catch_unwind().await;
    opened.unwrap_or_else(|panic| Err(broken(Phase::Describe, url, &*panic)))
}

/// One step of a playing session, which must not be polled again after an error.
pub(super) fn around_step<T>(url: &StreamUrl, step: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(step)).map_err(|panic| broken(Phase::Stream, url, &*panic))
}

fn broken(phase: Phase, url: &StreamUrl, panic: &(dyn Any + Send)) -> Error {
    let said = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    let error = Error::new(Kind::Protocol, "the camera sent something that the RTSP reader cannot take");
    failure::at(phase, url, error).caused_by(excerpt(said.unwrap_or_default(), 200))
}

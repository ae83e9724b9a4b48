//! Owns the tests of simulated cameras from outside, over loopback, with clients other people wrote.
//! Must not know the crate's insides.

#![expect(clippy::unwrap_used, reason = "all of this crate is tests")]

mod discovery;
mod onvif;
mod pull;
mod requests;

use atalaya_simcam::{Credentials, Fleet, FleetOptions};

/// Every character that ever broke a URL, a header or a shell.
const PASSWORD: &str = "p@:/#%?&ñ 中\"'";

/// A fleet behind a password, seen by nobody's discovery unless the test wants it.
async fn guarded(options: FleetOptions) -> Fleet {
    let credentials = Some(Credentials::new("ana", PASSWORD));
    Fleet::start(FleetOptions { credentials, discoverable: false, ..options }).await.unwrap()
}

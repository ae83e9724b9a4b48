//! One file per verb.

pub(crate) mod camera;
pub(crate) mod coverage;
pub(crate) mod credentials;
pub(crate) mod device;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod forecast;
pub(crate) mod fsck;
pub(crate) mod key;
pub(crate) mod live;
pub(crate) mod motion;
pub(crate) mod protect;
pub(crate) mod ptz;
pub(crate) mod record;
pub(crate) mod recordings;
pub(crate) mod retention;
pub(crate) mod run;
pub(crate) mod scan;
pub(crate) mod simcam;
pub(crate) mod snapshot;
pub(crate) mod storage;
pub(crate) mod timeline;
pub(crate) mod transfer;

use atalaya_presenter::UserError;
use std::process::ExitCode;

/// What a verb returns.
pub(crate) type Outcome = Result<ExitCode, UserError>;

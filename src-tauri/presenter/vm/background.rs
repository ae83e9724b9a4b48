//! What goes on without a window, as views show it.

use serde::Serialize;
use ts_rs::TS;

/// How the program goes on without a window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct BackgroundVm {
    /// Cameras that are to be recorded.
    pub recorded: u32,
    /// Of these, the ones of which something was written in the last ten seconds.
    pub recording: u32,
    /// `free`, `held` or `failed`: whether this computer is kept from falling asleep.
    pub sleep: String,
    /// Why it could not be, in English.
    pub sleep_detail: Option<String>,
    /// What the person is asked and has not answered: `close` or `quit`.
    pub question: Option<String>,
}

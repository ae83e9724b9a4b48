//! Owns the memory of streams whose audio broke them, so that it is left out the next time: audio never costs the
//! video. Must not know how it broke.

use atalaya_model::address::StreamUrl;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// One broken session may be the network's fault; a third is the camera's.
const STRIKES: u32 = 3;

/// Strikes per stream, until the program ends.
#[derive(Debug, Default)]
pub(super) struct AudioFaults(Mutex<BTreeMap<StreamUrl, u32>>);

impl AudioFaults {
    /// Counts a session that ended because of its audio.
    pub(super) fn strike(&self, url: &StreamUrl) {
        let mut strikes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *strikes.entry(url.clone()).or_default() += 1;
    }

    /// Whether this stream's audio has ended sessions often enough.
    pub(super) fn is_out(&self, url: &StreamUrl) -> bool {
        let strikes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        strikes.get(url).is_some_and(|strikes| *strikes >= STRIKES)
    }
}

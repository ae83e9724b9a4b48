//! Owns finding devices on the network: WS-Discovery on every chosen interface, a sweep of ports, and asking what
//! answers who it is; all at once, results as they come. And listening to who comes and goes.
//! Must not know logins: a scan never tries any (S6). Which devices are cameras already is the presenters' business.

mod banner;
mod brands;
mod fingerprint;
mod interfaces;
mod merge;
mod overheard;
mod presence;
mod probe_match;
mod scan;
mod stalls;
mod sweep;
mod ws_discovery;

use crate::onvif::OxvifDevice;
use atalaya_model::Result;
use atalaya_model::discovery::{Found, Presence, ScanRequest};
use atalaya_model::ports::{BoxStream, Discovery};
use futures_util::stream;
use scan::Scan;
use std::sync::Arc;

/// Finds devices on the networks that this machine has an address in.
pub struct LanDiscovery {
    onvif: Arc<OxvifDevice>,
}

impl LanDiscovery {
    /// Scans, asking what answers by `onvif` who it is.
    pub fn new(onvif: Arc<OxvifDevice>) -> Self {
        Self { onvif }
    }
}

impl Discovery for LanDiscovery {
    fn scan(&self, request: ScanRequest) -> BoxStream<Result<Found>> {
        let onvif = self.onvif.clone();
        // Nothing starts before the stream is polled, and everything ends when it is dropped.
        let state = (None, Some((onvif, request)));
        Box::pin(stream::unfold(state, |(running, planned)| async move {
            let mut scan = match (running, planned) {
                (Some(scan), _) => scan,
                (None, Some((onvif, request))) => Scan::start(onvif, request),
                (None, None) => return None,
            };
            scan.next().await.map(|found| (found, (Some(scan), None)))
        }))
    }

    fn presence(&self) -> BoxStream<Result<Presence>> {
        Box::pin(presence::listen())
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;

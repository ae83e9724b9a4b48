//! Scanning the network: one scan at a time, its results kept for whoever opens the page later.

use crate::Result;
use crate::engine::Inner;
use crate::vm::device::{DeviceVm, ScanVm};
use crate::vm::error::UserError;
use crate::vm::event::EventVm;
use atalaya_model::camera::Camera;
use atalaya_model::discovery::{Device, ScanRequest};
use futures_util::{Stream, StreamExt};
use std::collections::BTreeMap;
use std::sync::{Arc, MutexGuard};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long a scan goes on when nothing else is said.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest scan.
const MAX_TIMEOUT: Duration = Duration::from_mins(10);

/// The scan that runs, and what the last one found.
#[derive(Default)]
pub(crate) struct ScanState {
    devices: BTreeMap<String, Device>,
    running: Option<CancellationToken>,
}

/// Starts and watches scans.
pub struct Scans {
    engine: Arc<Inner>,
}

impl Scans {
    pub(crate) fn new(engine: Arc<Inner>) -> Self {
        Self { engine }
    }

    fn state(&self) -> MutexGuard<'_, ScanState> {
        self.engine.scan.lock().expect("no holder panics")
    }

    /// Scans; the same device comes again when more is known about it. Dropping the stream ends the scan.
    pub async fn run(&self, scan: &ScanVm) -> Result<impl Stream<Item = Result<DeviceVm>> + use<>> {
        let request = request(scan)?;
        let cameras = self.engine.ports.cameras.list().await?;
        Ok(self
            .engine
            .ports
            .discovery
            .scan(request)
            .map(move |found| found.map(|device| view(&device, &cameras)).map_err(UserError::from)))
    }

    /// Starts a scan whose results come as events. One that runs already is ended first.
    pub async fn start(&self, scan: &ScanVm) -> Result<()> {
        let request = request(scan)?;
        let cameras = self.engine.ports.cameras.list().await?;
        let cancel = self.engine.cancel.child_token();
        {
            let mut state = self.state();
            if let Some(running) = state.running.replace(cancel.clone()) {
                running.cancel();
            }
            state.devices.clear();
        }
        let engine = self.engine.clone();
        self.engine.tasks.spawn(async move {
            let mut found = engine.ports.discovery.scan(request);
            loop {
                let next = tokio::select! {
                    next = found.next() => next,
                    () = cancel.cancelled() => None,
                };
                match next {
                    Some(Ok(device)) => {
                        let device_vm = view(&device, &cameras);
                        let mut state = engine.scan.lock().expect("no holder panics");
                        if !cancel.is_cancelled() {
                            state.devices.insert(device.key.clone(), device);
                            drop(state);
                            engine.emit(EventVm::DeviceFound { device: device_vm });
                        }
                    }
                    Some(Err(error)) => tracing::warn!(%error, "a part of the scan failed"),
                    None => break,
                }
            }
            if !cancel.is_cancelled() {
                engine.scan.lock().expect("no holder panics").running = None;
                engine.emit(EventVm::ScanFinished);
            }
        });
        Ok(())
    }

    /// Ends the scan that runs, if one does.
    pub fn cancel(&self) {
        if let Some(running) = self.state().running.take() {
            running.cancel();
            self.engine.emit(EventVm::ScanFinished);
        }
    }

    /// What the last scan has found so far.
    pub async fn list(&self) -> Result<Vec<DeviceVm>> {
        let cameras = self.engine.ports.cameras.list().await?;
        Ok(self.state().devices.values().map(|device| view(device, &cameras)).collect())
    }
}

fn request(scan: &ScanVm) -> Result<ScanRequest> {
    let subnets: atalaya_model::Result<Vec<_>> =
        scan.subnets.iter().map(|text| text.trim().parse()).collect();
    let timeout = scan.timeout_s.map_or(DEFAULT_TIMEOUT, |s| Duration::from_secs(s.into())).min(MAX_TIMEOUT);
    Ok(ScanRequest { interfaces: scan.interfaces.clone(), subnets: subnets?, timeout })
}

fn view(device: &Device, cameras: &[Camera]) -> DeviceVm {
    let added = cameras.iter().any(|camera| {
        let same_service = camera.onvif_url.is_some() && camera.onvif_url == device.onvif_url;
        let same_stream = camera.streams.iter().any(|stream| device.rtsp_urls.contains(&stream.url));
        let same_identity = camera.device_identity.as_ref() == Some(&device.key);
        same_service || same_stream || same_identity
    });
    DeviceVm::new(device, added)
}

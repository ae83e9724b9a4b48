//! Scanning the network: one scan at a time. What is found is kept, compared with what was known before, and shown
//! with its age.

use crate::Result;
use crate::engine::Inner;
use crate::vm::device::{DeviceVm, ScanVm};
use crate::vm::error::UserError;
use crate::vm::event::EventVm;
use atalaya_model::camera::Camera;
use atalaya_model::discovery::{Coverage, Device, Found, ScanRequest};
use atalaya_model::inventory::{self, Change, KnownDevice};
use atalaya_model::moved::seems_moved;
use atalaya_model::time::WallTime;
use futures_util::{Stream, StreamExt, stream};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, MutexGuard};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long a scan goes on when nothing else is said.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest scan.
const MAX_TIMEOUT: Duration = Duration::from_mins(10);

/// How long a device that is gone is still shown.
const GONE_SHOWN: Duration = Duration::from_hours(24);

/// The scan that runs, and what is known.
#[derive(Default)]
pub(crate) struct ScanState {
    /// What the page shows, by key.
    shown: BTreeMap<String, Shown>,
    /// The inventory; none before it was first read.
    known: Option<Vec<KnownDevice>>,
    running: Option<CancellationToken>,
}

/// A device as it is shown.
#[derive(Clone)]
pub(crate) struct Shown {
    known: KnownDevice,
    change: Option<Change>,
}

impl Shown {
    fn view(&self, cameras: &[Camera]) -> DeviceVm {
        let device = &self.known.device;
        let moved = cameras.iter().find(|camera| seems_moved(camera, device));
        DeviceVm::new(&self.known, self.change.as_ref(), moved.is_some() || is_added(device, cameras), moved)
    }
}

/// Starts and watches scans.
pub struct Scans {
    engine: Arc<Inner>,
}

impl Scans {
    pub(crate) fn new(engine: Arc<Inner>) -> Self {
        Self { engine }
    }

    /// Scans; the same device comes again when more is known about it, and those that are gone come last. Dropping
    /// the stream ends the scan.
    pub async fn run(&self, scan: &ScanVm) -> Result<impl Stream<Item = Result<DeviceVm>> + use<>> {
        let request = request(scan)?;
        let cameras = self.engine.ports.cameras.list().await?;
        let pass = Pass::begin(self.engine.clone()).await;
        let found = self.engine.ports.discovery.scan(request);
        let state = (found, pass, cameras, VecDeque::new());
        Ok(stream::unfold(state, |(mut found, mut pass, cameras, mut ready)| async move {
            while ready.is_empty() {
                match found.next().await? {
                    Ok(Found::Device(device)) => ready.push_back(Ok(pass.met(*device).view(&cameras))),
                    Ok(Found::Finished(coverage)) => {
                        let gone = pass.finish(&coverage).await;
                        ready.extend(gone.iter().map(|shown| Ok(shown.view(&cameras))));
                    }
                    Err(error) => ready.push_back(Err(UserError::from(error))),
                }
            }
            ready.pop_front().map(|next| (next, (found, pass, cameras, ready)))
        }))
    }

    /// Starts a scan whose results come as events. One that runs already is ended first.
    pub async fn start(&self, scan: &ScanVm) -> Result<()> {
        let request = request(scan)?;
        let cameras = self.engine.ports.cameras.list().await?;
        let mut pass = Pass::begin(self.engine.clone()).await;
        let cancel = self.engine.cancel.child_token();
        {
            let mut state = self.engine.scan_state();
            if let Some(running) = state.running.replace(cancel.clone()) {
                running.cancel();
            }
            state.shown.clear();
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
                    Some(Ok(Found::Device(device))) => {
                        let shown = pass.met(*device);
                        engine.show(shown, &cameras, &cancel);
                    }
                    Some(Ok(Found::Finished(coverage))) => {
                        for gone in pass.finish(&coverage).await {
                            engine.show(gone, &cameras, &cancel);
                        }
                    }
                    Some(Err(error)) => tracing::warn!(%error, "a part of the scan failed"),
                    None => break,
                }
            }
            if cancel.is_cancelled() {
                // What a scan met before it was stopped is worth remembering; whom it missed it cannot tell.
                pass.finish(&Coverage::default()).await;
            } else {
                engine.scan_state().running = None;
                engine.emit(EventVm::ScanFinished);
            }
        });
        Ok(())
    }

    /// Ends the scan that runs, if one does.
    pub fn cancel(&self) {
        let running = self.engine.scan_state().running.take();
        if let Some(running) = running {
            running.cancel();
            self.engine.emit(EventVm::ScanFinished);
        }
    }

    /// What the last scan has found so far; before the first one, what is remembered of earlier ones.
    pub async fn list(&self) -> Result<Vec<DeviceVm>> {
        let cameras = self.engine.ports.cameras.list().await?;
        let known = self.engine.known_devices().await;
        let now = self.engine.ports.clock.wall();
        let mut state = self.engine.scan_state();
        if state.shown.is_empty() && state.running.is_none() {
            state.shown = known
                .into_iter()
                .filter(|known| known.gone_since.is_none_or(|since| since + GONE_SHOWN > now))
                .map(|known| {
                    let change = known.gone_since.map(|_| Change::Gone);
                    (known.device.key.clone(), Shown { known, change })
                })
                .collect();
        }
        Ok(state.shown.values().map(|shown| shown.view(&cameras)).collect())
    }
}

impl Inner {
    pub(crate) fn scan_state(&self) -> MutexGuard<'_, ScanState> {
        self.scan.lock().expect("no holder panics")
    }

    /// The inventory, read once. One that cannot be read is as good as none: it is only a memory.
    pub(crate) async fn known_devices(&self) -> Vec<KnownDevice> {
        if let Some(known) = &self.scan_state().known {
            return known.clone();
        }
        let known = self.ports.inventory.list().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the devices found before could not be read");
            Vec::new()
        });
        self.scan_state().known.get_or_insert(known).clone()
    }

    /// Takes a new inventory over; writing it down is [`Self::save_inventory`].
    pub(crate) fn set_known_devices(&self, known: Vec<KnownDevice>) {
        self.scan_state().known = Some(known);
    }

    /// Writes the inventory down.
    pub(crate) async fn save_inventory(&self) {
        let known = self.known_devices().await;
        if let Err(error) = self.ports.inventory.replace(&known).await {
            tracing::warn!(%error, "the devices found could not be kept");
        }
    }

    /// Shows what a scan met, unless the scan has been stopped meanwhile.
    fn show(&self, shown: Shown, cameras: &[Camera], cancel: &CancellationToken) {
        let device = shown.view(cameras);
        let mut state = self.scan_state();
        if !cancel.is_cancelled() {
            state.shown.insert(shown.known.device.key.clone(), shown);
            drop(state);
            self.emit(EventVm::DeviceFound { device });
        }
    }

    /// Shows a device that was heard, outside of any scan. What a scan has said about it stays unless this says more.
    pub(crate) async fn show_heard(&self, known: KnownDevice, change: Option<Change>) {
        let Ok(cameras) = self.ports.cameras.list().await else { return };
        let device = {
            let mut state = self.scan_state();
            let key = known.device.key.clone();
            let before = state.shown.get(&key).and_then(|shown| shown.change.clone());
            // Whoever speaks is there.
            let before = before.filter(|change| *change != Change::Gone);
            let shown = Shown { known, change: change.or(before) };
            let device = shown.view(&cameras);
            state.shown.insert(key, shown);
            device
        };
        self.emit(EventVm::DeviceFound { device });
    }
}

/// One scan under way: what was known before, and whom it has met.
struct Pass {
    engine: Arc<Inner>,
    started: WallTime,
    before: Vec<KnownDevice>,
    met: BTreeMap<String, Device>,
}

impl Pass {
    async fn begin(engine: Arc<Inner>) -> Self {
        let (started, before) = (engine.ports.clock.wall(), engine.known_devices().await);
        Self { engine, started, before, met: BTreeMap::new() }
    }

    fn met(&mut self, device: Device) -> Shown {
        let change = inventory::change(&self.before, &device);
        let now = self.engine.ports.clock.wall();
        let first_seen = inventory::find(&self.before, &device).map_or(now, |known| known.first_seen);
        self.met.insert(device.key.clone(), device.clone());
        Shown { known: KnownDevice { device, first_seen, last_seen: now, gone_since: None }, change }
    }

    /// Keeps what was met; those that are gone since the last scan.
    async fn finish(&mut self, coverage: &Coverage) -> Vec<Shown> {
        let now = self.engine.ports.clock.wall();
        let met: Vec<Device> = std::mem::take(&mut self.met).into_values().collect();
        if met.is_empty() && !coverage.complete {
            return Vec::new();
        }
        // Somebody may have said hello or goodbye meanwhile.
        let before = self.engine.known_devices().await;
        let after = inventory::after_scan(&before, &met, coverage, self.started, now);
        let gone = after.iter().filter(|known| known.gone_since == Some(now)).cloned();
        let gone = gone.map(|known| Shown { known, change: Some(Change::Gone) }).collect();
        self.engine.set_known_devices(after);
        self.engine.save_inventory().await;
        gone
    }
}

fn request(scan: &ScanVm) -> Result<ScanRequest> {
    let subnets: atalaya_model::Result<Vec<_>> =
        scan.subnets.iter().map(|text| text.trim().parse()).collect();
    let timeout = scan.timeout_s.map_or(DEFAULT_TIMEOUT, |s| Duration::from_secs(s.into())).min(MAX_TIMEOUT);
    Ok(ScanRequest { interfaces: scan.interfaces.clone(), subnets: subnets?, timeout })
}

fn is_added(device: &Device, cameras: &[Camera]) -> bool {
    cameras.iter().any(|camera| {
        let same_service = camera.onvif_url.is_some() && camera.onvif_url == device.onvif_url;
        let same_stream = camera.streams.iter().any(|stream| {
            device.rtsp_urls.contains(&stream.url)
                || device.guesses.iter().any(|guess| guess.url == stream.url)
        });
        let same_identity = camera.endpoint.as_ref() == Some(&device.key);
        same_service || same_stream || same_identity
    })
}

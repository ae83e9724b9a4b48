//! Brings simulated cameras into the engine: those added before come back to life at each start, and on request a
//! first start finds and adds them as a person would, over the network.

use crate::simulator::Simulator;
use atalaya_model::address::StreamUrl;
use atalaya_presenter::vm::camera::AddCamera;
use atalaya_presenter::vm::device::{DeviceVm, ScanVm};
use atalaya_presenter::{Engine, Result, UserError};
use futures_util::StreamExt;
use std::collections::BTreeMap;
use std::pin::pin;

/// What simulated cameras call themselves over ONVIF.
const MODEL: &str = "Simulated camera";

/// Seconds that the search for them may take; on this machine they answer within one.
const SEARCH_S: u32 = 6;

/// Starts the simulated cameras if some were added before; with `add`, and when there are no cameras at all, starts
/// and adds them. Nothing of it is needed to go on without them: what fails is logged.
pub(crate) async fn simulated_cameras(engine: &Engine, simulator: &Simulator, add: bool) {
    if let Err(error) = try_simulated_cameras(engine, simulator, add).await {
        report(&error);
    }
}

async fn try_simulated_cameras(engine: &Engine, simulator: &Simulator, add: bool) -> Result<()> {
    let cameras = engine.cameras().list().await?;
    if cameras.iter().any(Simulator::owns) {
        simulator.start().await?;
    } else if add && cameras.is_empty() {
        simulator.start().await?;
        for device in search(engine).await? {
            match engine.cameras().add(to_add(device)).await {
                Ok(camera) => tracing::info!(camera.name, "added a simulated camera"),
                Err(error) => report(&error),
            }
        }
    }
    Ok(())
}

fn report(error: &UserError) {
    tracing::error!(error.code, error.message, params = ?error.params, "a simulated camera is missing");
}

/// The simulated cameras of this machine, by name.
async fn search(engine: &Engine) -> Result<Vec<DeviceVm>> {
    let scan =
        ScanVm { interfaces: vec!["127.0.0.1".to_owned()], timeout_s: Some(SEARCH_S), ..ScanVm::default() };
    let mut found = BTreeMap::new();
    let mut results = pin!(engine.scans().run(&scan).await?);
    while let Some(device) = results.next().await {
        let device = device?;
        // The same device comes again when more is known about it.
        found.insert(device.key.clone(), device);
    }
    let is_simulated =
        |device: &DeviceVm| device.model.as_deref() == Some(MODEL) && device.host.starts_with("127.");
    let mut devices: Vec<_> = found.into_values().filter(is_simulated).collect();
    devices.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(devices)
}

fn to_add(device: DeviceVm) -> AddCamera {
    let onvif_port =
        device.onvif_url.as_deref().and_then(|url| StreamUrl::parse(url).ok()).map(|url| url.port());
    AddCamera {
        suggested_name: device.name,
        host: Some(device.host),
        onvif_port,
        record: true,
        ..AddCamera::default()
    }
}

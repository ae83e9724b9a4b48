//! The simulated cameras of this program: one fleet at most, on fixed ports, so that cameras added from it are found
//! again after a restart. They are reached through the network as any camera; nothing here is a short cut.

use atalaya_model::address::StreamUrl;
use atalaya_model::{Error, Kind};
use atalaya_presenter::UserError;
use atalaya_presenter::vm::camera::CameraVm;
use atalaya_simcam::{Fleet, FleetOptions};
use std::io;
use std::net::Ipv4Addr;
use tokio::sync::Mutex;

/// Cameras of the fleet.
const COUNT: u16 = 4;

/// The first camera's RTSP port; each camera takes two, the second for ONVIF.
const FIRST_PORT: u16 = 18_554;

/// The fleet, when it runs. An asynchronous lock: two starts at a time must not both bind the ports.
#[derive(Default)]
pub(crate) struct Simulator {
    fleet: Mutex<Option<Fleet>>,
}

impl Simulator {
    /// Starts the cameras, unless they run.
    pub(crate) async fn start(&self) -> Result<(), UserError> {
        let mut fleet = self.fleet.lock().await;
        if fleet.is_none() {
            let options = FleetOptions { count: COUNT, first_port: FIRST_PORT, ..FleetOptions::default() };
            *fleet = Some(Fleet::start(options).await.map_err(not_started)?);
        }
        Ok(())
    }

    /// Whether they run.
    pub(crate) async fn is_running(&self) -> bool {
        self.fleet.lock().await.is_some()
    }

    /// Whether this camera, which was added before, is one of the fleet's.
    pub(crate) fn owns(camera: &CameraVm) -> bool {
        let ports = FIRST_PORT..FIRST_PORT + 2 * COUNT;
        let ours = |url: &str| {
            StreamUrl::parse(url)
                .is_ok_and(|url| url.host().parse() == Ok(Ipv4Addr::LOCALHOST) && ports.contains(&url.port()))
        };
        camera.simulated && camera.streams.iter().any(|stream| ours(&stream.url))
    }

    /// Ends them.
    pub(crate) async fn stop(&self) {
        let fleet = self.fleet.lock().await.take();
        if let Some(fleet) = fleet
            && let Err(error) = fleet.stop().await
        {
            tracing::warn!(%error, "the simulated cameras did not end in time");
        }
    }
}

fn not_started(error: io::Error) -> UserError {
    let kind = if error.kind() == io::ErrorKind::AddrInUse { Kind::Conflict } else { Kind::Internal };
    Error::new(kind, "the simulated cameras could not be started")
        .with("first_port", FIRST_PORT)
        .caused_by(error)
        .into()
}

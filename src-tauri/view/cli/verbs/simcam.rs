//! `simcam`: simulated cameras on this machine, reached as any camera is.

use super::Outcome;
use crate::args::Simcam;
use crate::output::Output;
use crate::{password, session};
use atalaya_model::{Error, Kind};
use atalaya_presenter::UserError;
use atalaya_simcam::{Credentials, Fault, Fleet, FleetOptions};
use serde_json::json;
use std::process::ExitCode;

pub(crate) async fn run(verb: Simcam, output: &Output) -> Outcome {
    let password = password::read(&verb.login)?;
    let faults: Result<Vec<Fault>, _> = verb.fault.iter().map(|spec| spec.parse()).collect();
    let faults = faults.map_err(|error: atalaya_simcam::FaultSyntaxError| {
        UserError::from(Error::new(Kind::InvalidInput, error.to_string()))
    })?;
    let credentials =
        verb.login.user.zip(password).map(|(user, password)| Credentials::new(user, password.into_inner()));
    let options = FleetOptions {
        count: verb.count,
        first_port: verb.first_port,
        bind: verb.bind,
        identity: verb.identity,
        credentials,
        faults,
        ..FleetOptions::default()
    };
    let fleet = Fleet::start(options).await.map_err(|error| {
        let kind = if error.kind() == std::io::ErrorKind::InvalidInput {
            Kind::InvalidInput
        } else {
            Kind::Unreachable
        };
        Error::new(kind, "the simulated cameras cannot start").caused_by(error)
    })?;
    for camera in fleet.cameras() {
        let view = json!({
            "name": camera.name,
            "onvif_url": camera.onvif_url,
            "rtsp_urls": camera.rtsp_urls,
            "snapshot_url": camera.snapshot_url,
            "mjpeg_url": camera.mjpeg_url,
        });
        output.result(&view, |_| {
            format!("{}\n  {}\n  {}", camera.name, camera.onvif_url, camera.rtsp_urls.join("\n  "))
        });
    }
    output.note("Running. End with Ctrl-C.");
    session::interrupted().await;
    fleet
        .stop()
        .await
        .map_err(|error| Error::new(Kind::Timeout, "a simulated camera did not stop").caused_by(error))?;
    Ok(ExitCode::SUCCESS)
}

//! `run`: the engine without a window.

use super::Outcome;
use crate::args::Run;
use crate::output::Output;
use crate::{session, supervisor};
use atalaya_presenter::EngineOptions;
use atalaya_presenter::vm::event::EventVm;
use atalaya_service::Access;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

pub(crate) async fn run(data_dir: Option<PathBuf>, verb: Run, output: &Output) -> Outcome {
    let options = EngineOptions { record: true, tell_from_start: true };
    session::with_engine(data_dir, Access::Engine, options, async |engine| {
        let mut events = engine.subscribe_from_start();
        let recovered = engine.recovery();
        if recovered.segments > 0 {
            output.note(&format!(
                "Put right after the last end: {} files, {} fragments kept, {} bytes of an unfinished one cut off.",
                recovered.segments, recovered.fragments, recovered.bytes_cut
            ));
        }
        if recovered.volumes_missing > 0 {
            output.note(&format!("Not there: {} storage directories, see `storage list`.", recovered.volumes_missing));
        }
        let cameras = engine.cameras().list().await?;
        let recording = cameras.iter().filter(|camera| camera.enabled && camera.record_mode != "off").count();
        output.note(&format!("Recording {recording} cameras. End with Ctrl-C."));
        supervisor::ready();
        tokio::select! {
            () = print_events(&mut events, output) => {}
            () = supervisor::heartbeat() => {}
            () = session::interrupted() => {}
            () = tokio::time::sleep(verb.duration.unwrap_or(Duration::MAX)) => {}
        }
        supervisor::stopping();
        // The files are closed before the last events are printed.
        engine.shutdown().await;
        loop {
            match events.try_recv() {
                Ok(event) => print(&event, output),
                Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

async fn print_events(events: &mut Receiver<EventVm>, output: &Output) {
    loop {
        match events.recv().await {
            Ok(event) => print(&event, output),
            Err(RecvError::Lagged(missed)) => output.note(&format!("{missed} events were not shown")),
            Err(RecvError::Closed) => return,
        }
    }
}

fn print(event: &EventVm, output: &Output) {
    // Figures come twice a second, and the doctor's findings are for whoever asked for them.
    if !matches!(
        event,
        EventVm::Metrics { .. }
            | EventVm::DoctorFound { .. }
            | EventVm::DoctorFinished { .. }
            | EventVm::BackgroundChanged { .. }
    ) {
        output.result(event, text);
    }
}

fn text(event: &EventVm) -> String {
    match event {
        EventVm::CameraStateChanged { camera, role, state, detail } => {
            format!("{camera} {role}: {state} {}", detail.as_deref().unwrap_or_default())
        }
        EventVm::CameraNoticed { camera, notice, active, .. } => {
            format!("{camera} {notice} {}", if *active { "begins" } else { "ends" })
        }
        EventVm::MotionChanged { camera, active, source, .. } => {
            format!("{camera} motion ({source}): {}", if *active { "begins" } else { "ends" })
        }
        EventVm::SegmentClosed { segment } => format!(
            "{} recorded {} to {}, {}, {}",
            segment.camera,
            segment.start,
            segment.end,
            crate::output::bytes(segment.bytes),
            segment.path
        ),
        EventVm::GapOpened { camera, gap } => format!("{camera} gap since {}: {}", gap.start, gap.cause),
        EventVm::GapClosed { camera, gap } => {
            format!("{camera} gap {} to {}: {}", gap.start, gap.end.as_deref().unwrap_or("?"), gap.cause)
        }
        EventVm::StorageLow { detail } => format!("storage is low: {detail}"),
        EventVm::StorageFailed { detail } => format!("storage fails: {detail}"),
        EventVm::StorageMoved { camera, from, to, detail } => {
            format!("{camera} moves from {from} to {to} {detail}")
        }
        EventVm::CamerasChanged => "cameras changed".to_owned(),
        EventVm::ViewsChanged => "views changed".to_owned(),
        EventVm::SettingsChanged { .. } => "settings changed".to_owned(),
        EventVm::DeviceFound { device } => {
            format!("{} {}", device.change.as_deref().unwrap_or("found"), device.host)
        }
        EventVm::ScanFinished => "scan finished".to_owned(),
        EventVm::Export { job } => format!("export {}: {}", job.id, job.state),
        EventVm::Metrics { .. }
        | EventVm::DoctorFound { .. }
        | EventVm::DoctorFinished { .. }
        | EventVm::BackgroundChanged { .. } => String::new(),
    }
}

//! `live`: plays one stream and prints its figures.

use super::Outcome;
use crate::args::Live;
use crate::output::Output;
use crate::session;
use atalaya_model::camera::Role;
use atalaya_presenter::vm::live::MetricsVm;
use atalaya_presenter::{EngineOptions, UserError};
use atalaya_service::Access;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

pub(crate) async fn run(data_dir: Option<PathBuf>, verb: Live, output: &Output) -> Outcome {
    let role: Role = verb.stream.parse().map_err(UserError::from)?;
    session::with_engine(data_dir, Access::Reader, EngineOptions::default(), async |engine| {
        let live = engine.live();
        let was_live = std::cell::Cell::new(false);
        let watch = live.watch(&verb.camera, role, |metrics| {
            was_live.set(was_live.get() || metrics.state == "live");
            output.result(&metrics, text);
        });
        tokio::select! {
            ended = watch => ended?,
            () = session::interrupted() => {}
            () = tokio::time::sleep(verb.duration.unwrap_or(Duration::MAX)) => {}
        }
        Ok(if was_live.get() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
    .await
}

fn text(metrics: &MetricsVm) -> String {
    if metrics.state != "live" {
        return format!("{}  {}", metrics.state, metrics.detail.as_deref().unwrap_or_default());
    }
    let latency = metrics.latency_ms.map_or_else(|| "unknown".to_owned(), |ms| format!("{ms} ms"));
    format!(
        "live  {:>5.1} fps (avg {:.1})  {:>6.2} Mbit/s  latency {latency}  frames {}  dropped {}  lost {}  \
         reconnects {}  health {}  {} {}x{}",
        metrics.fps,
        metrics.fps_average,
        metrics.bitrate_bps as f64 / 1e6,
        metrics.frames,
        metrics.dropped,
        metrics.packets_lost,
        metrics.reconnects,
        metrics.health,
        metrics.codec.as_deref().unwrap_or("?"),
        metrics.width.unwrap_or_default(),
        metrics.height.unwrap_or_default(),
    )
}

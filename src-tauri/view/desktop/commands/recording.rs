//! Recorded footage: list, gaps, coverage, timeline, playback.

use crate::desktop::Desktop;
use atalaya_model::ports::Playback;
use atalaya_presenter::Result;
use atalaya_presenter::vm::recording::{CoverageVm, GapVm, PlaybackFragmentVm, PlaybackVm, SegmentVm};
use atalaya_presenter::vm::timeline::TimelineVm;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tauri::State;
use tauri::ipc::Response;

#[tauri::command]
pub(super) async fn recording_list(
    desktop: State<'_, Desktop>,
    camera: String,
    from: String,
    to: String,
) -> Result<Vec<SegmentVm>> {
    desktop.engine.recordings().list(&camera, &from, &to).await
}

#[tauri::command]
pub(super) async fn recording_gaps(
    desktop: State<'_, Desktop>,
    camera: String,
    from: String,
    to: String,
) -> Result<Vec<GapVm>> {
    desktop.engine.recordings().gaps(&camera, &from, &to).await
}

#[tauri::command]
pub(super) async fn recording_coverage(
    desktop: State<'_, Desktop>,
    camera: String,
    from: String,
    to: String,
) -> Result<CoverageVm> {
    desktop.engine.recordings().coverage(&camera, &from, &to).await
}

#[tauri::command]
pub(super) async fn timeline(
    desktop: State<'_, Desktop>,
    cameras: Vec<String>,
    from: String,
    to: String,
    zone: Option<String>,
) -> Result<TimelineVm> {
    desktop.engine.timelines().get(&cameras, &from, &to, zone.as_deref()).await
}

#[tauri::command]
pub(super) async fn recording_playback(desktop: State<'_, Desktop>, segment: i64) -> Result<PlaybackVm> {
    Ok(view(&desktop.engine.recordings().playback(segment).await?))
}

/// Raw bytes: as JSON a fragment would be a list of numbers.
#[tauri::command]
pub(super) async fn recording_fragment(
    desktop: State<'_, Desktop>,
    segment: i64,
    index: usize,
) -> Result<Response> {
    let fragment = desktop.engine.recordings().fragment(segment, index).await?;
    Ok(Response::new(Vec::from(fragment)))
}

fn view(playback: &Playback) -> PlaybackVm {
    let start = playback.fragments.first().map(|first| first.start).unwrap_or_default();
    let fragments = playback.fragments.iter().map(|fragment| PlaybackFragmentVm {
        start_s: fragment.start.micros_since(start) as f64 / 1e6,
        duration_s: f64::from(fragment.duration_us) / 1e6,
    });
    PlaybackVm {
        mime: playback.mime.clone(),
        init: STANDARD.encode(&playback.init),
        fragments: fragments.collect(),
    }
}

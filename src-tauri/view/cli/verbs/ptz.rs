//! `ptz`: moves a camera and its focus, and keeps its presets.

use super::Outcome;
use crate::args::{FocusMove, FocusVerb, Ptz, PtzMove, PtzVerb};
use crate::output::Output;
use crate::session;
use atalaya_presenter::Focus;
use atalaya_presenter::vm::focus::FocusStatusVm;
use atalaya_presenter::vm::ptz::{PresetVm, PtzStatusVm, PtzVectorVm};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

pub(crate) async fn run(data_dir: Option<PathBuf>, verb: Ptz, output: &Output) -> Outcome {
    let Ptz { camera, verb } = verb;
    session::reading(data_dir, async |engine| {
        let ptz = engine.ptz();
        let done = |what: &str| {
            let value = json!({ "done": what, "camera": camera });
            output.result(&value, |_| format!("{camera}: {what}"));
        };
        match verb {
            PtzVerb::Move(PtzMove { pan, tilt, zoom, duration, by, to }) => {
                let vector = PtzVectorVm { pan, tilt, zoom };
                match (by, to) {
                    (true, _) => ptz.move_by(&camera, vector).await?,
                    (_, true) => ptz.move_to(&camera, vector).await?,
                    _ => ptz.drive_for(&camera, vector, duration).await?,
                }
                done("move");
            }
            PtzVerb::Stop => {
                ptz.stop(&camera).await?;
                done("stop");
            }
            PtzVerb::Focus(verb) => {
                let focus = engine.focus();
                let what = match verb {
                    FocusVerb::Near(by) => focus_move(&focus, &camera, &by, -1.0).await.map(|()| "focus-near")?,
                    FocusVerb::Far(by) => focus_move(&focus, &camera, &by, 1.0).await.map(|()| "focus-far")?,
                    FocusVerb::To { place } => focus.move_to(&camera, place).await.map(|()| "focus-to")?,
                    FocusVerb::Stop => focus.stop(&camera).await.map(|()| "focus-stop")?,
                    FocusVerb::Auto => focus.set_auto(&camera, true).await.map(|_| "focus-auto")?,
                    FocusVerb::Manual => focus.set_auto(&camera, false).await.map(|_| "focus-manual")?,
                    FocusVerb::Status => {
                        output.result(&focus.status(&camera).await?, focus_text);
                        return Ok(ExitCode::SUCCESS);
                    }
                };
                done(what);
            }
            PtzVerb::GotoPreset { preset } => {
                ptz.go_to(&camera, Some(&preset)).await?;
                done("goto-preset");
            }
            PtzVerb::Home => {
                ptz.go_to(&camera, None).await?;
                done("home");
            }
            PtzVerb::SetHome => {
                ptz.set_home(&camera).await?;
                done("set-home");
            }
            PtzVerb::ListPresets => {
                for preset in &ptz.presets(&camera).await? {
                    output.result(preset, preset_text);
                }
            }
            PtzVerb::SetPreset { name } => {
                let preset = ptz.set_preset(&camera, &name).await?;
                output.result(&json!({ "token": preset.token, "name": preset.name, "picture": preset.picture.is_some() }), |_| {
                    preset_text(&preset)
                });
            }
            PtzVerb::RemovePreset { preset } => {
                ptz.remove_preset(&camera, &preset).await?;
                done("remove-preset");
            }
            PtzVerb::Status => output.result(&ptz.status(&camera).await?, status_text),
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

/// Near is -1, far 1.
async fn focus_move(
    focus: &Focus,
    camera: &str,
    by: &FocusMove,
    direction: f32,
) -> atalaya_presenter::Result<()> {
    match by.by {
        Some(distance) => focus.move_by(camera, distance * direction).await,
        None => focus.drive_for(camera, by.speed * direction, by.duration).await,
    }
}

fn focus_text(status: &FocusStatusVm) -> String {
    let place = status.place.map_or_else(|| "place unknown".to_owned(), |place| format!("place {place:.2}"));
    format!("{place}: {}", moving_text(status.moving))
}

fn moving_text(moving: Option<bool>) -> &'static str {
    match moving {
        Some(true) => "moving",
        Some(false) => "at rest",
        None => "does not tell whether it moves",
    }
}

fn place_text(place: &PtzVectorVm) -> String {
    let axis = |name: &str, value: Option<f32>| value.map(|value| format!("{name} {value:.2}"));
    let axes = [axis("pan", place.pan), axis("tilt", place.tilt), axis("zoom", place.zoom)];
    axes.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn preset_text(preset: &PresetVm) -> String {
    let place = preset.place.as_ref().map(place_text).unwrap_or_default();
    format!("{:<8} {:<24} {place}", preset.token, preset.name)
}

fn status_text(status: &PtzStatusVm) -> String {
    format!("{}: {}", place_text(&status.place), moving_text(status.moving))
}

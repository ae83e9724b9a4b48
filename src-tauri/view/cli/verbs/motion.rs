//! `motion`: how motion is looked for at a camera, and when it was seen.

use super::Outcome;
use crate::args::{Motion, SetMotion};
use crate::output::Output;
use crate::session;
use atalaya_model::{Error, Kind};
use atalaya_presenter::vm::motion::{MotionEventVm, MotionSettingsVm, ZoneVm};
use std::path::PathBuf;
use std::process::ExitCode;

pub(crate) async fn run(data_dir: Option<PathBuf>, verb: Motion, output: &Output) -> Outcome {
    match verb {
        Motion::Settings(one) => {
            session::reading(data_dir, async |engine| {
                output.result(&engine.motion().settings(&one.camera).await?, settings_text);
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        Motion::Set(change) => {
            session::changing(data_dir, async |engine| {
                let motion = engine.motion();
                let before = motion.settings(&change.camera).await?;
                output.result(&motion.set(&change.camera, changed(before, &change)?).await?, settings_text);
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        Motion::Events { camera, from, to } => {
            session::reading(data_dir, async |engine| {
                for event in engine.motion().events(&camera, &from, &to).await? {
                    output.result(&event, event_text);
                }
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
    }
}

fn changed(before: MotionSettingsVm, change: &SetMotion) -> Result<MotionSettingsVm, Error> {
    let given = change.watch.iter().map(|zone| (zone, "watch"));
    let given = given.chain(change.ignore.iter().map(|zone| (zone, "ignore")));
    let zones: Vec<_> = given.map(|(text, kind)| zone(text, kind)).collect::<Result<_, _>>()?;
    let keeps = zones.is_empty() && !change.whole_picture;
    Ok(MotionSettingsVm {
        enabled: change.enabled.unwrap_or(before.enabled),
        sensitivity: change.sensitivity.unwrap_or(before.sensitivity),
        onvif: change.onvif.unwrap_or(before.onvif),
        zones: if keeps { before.zones } else { zones },
    })
}

/// Reads `NAME=X,Y X,Y X,Y`.
fn zone(text: &str, kind: &str) -> Result<ZoneVm, Error> {
    let wrong = || {
        Error::new(Kind::InvalidInput, "a zone is NAME=X,Y X,Y X,Y with corners of 0 to 1")
            .with("zone", atalaya_model::text::excerpt(text, 64))
    };
    let corner = |corner: &str| {
        let (x, y) = corner.split_once(',')?;
        Some([x.parse().ok()?, y.parse().ok()?])
    };
    let (name, corners) = text.rsplit_once('=').ok_or_else(wrong)?;
    let points = corners.split_whitespace().map(corner).collect::<Option<_>>().ok_or_else(wrong)?;
    Ok(ZoneVm { name: name.to_owned(), points, kind: kind.to_owned() })
}

fn settings_text(settings: &MotionSettingsVm) -> String {
    let yes = |is: bool| if is { "yes" } else { "no" };
    let mut text = format!(
        "watched always: {}\nsensitivity: {}\ncamera's own events: {}",
        yes(settings.enabled),
        settings.sensitivity,
        yes(settings.onvif)
    );
    for zone in &settings.zones {
        let corners: Vec<_> = zone.points.iter().map(|[x, y]| format!("{x},{y}")).collect();
        text.push_str(&format!("\n{}: {}={}", zone.kind, zone.name, corners.join(" ")));
    }
    text
}

fn event_text(event: &MotionEventVm) -> String {
    let peak = event.peak.map(|peak| format!("  peak {peak}")).unwrap_or_default();
    let lasting = if event.lasting { "  (goes on)" } else { "" };
    format!("{}  {}  {}{peak}{lasting}", event.start, event.end, event.source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_read_and_replace_those_before() {
        let door = zone("Door=0,0 0.5,0 0.5,1", "watch").unwrap();
        assert_eq!((door.name.as_str(), door.points.len()), ("Door", 3));
        for wrong in ["Door", "Door=0", "Door=0,0 a,b", "Door=0,0;1,1"] {
            assert_eq!(zone(wrong, "watch").unwrap_err().kind(), Kind::InvalidInput, "{wrong}");
        }
        let before =
            MotionSettingsVm { enabled: true, sensitivity: 50, zones: vec![door.clone()], onvif: true };
        let nothing = SetMotion {
            camera: "Gate".to_owned(),
            enabled: None,
            sensitivity: Some(70),
            onvif: None,
            watch: vec![],
            ignore: vec![],
            whole_picture: false,
        };
        let after = changed(before.clone(), &nothing).unwrap();
        assert_eq!((after.sensitivity, after.enabled, after.zones), (70, true, vec![door]));
        let whole = SetMotion { whole_picture: true, ..nothing };
        assert!(changed(before, &whole).unwrap().zones.is_empty());
    }
}

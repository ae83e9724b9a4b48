//! `device`: a camera's own settings: show, encoder, picture, clock, restart.

use super::Outcome;
use crate::args::Device;
use crate::output::Output;
use crate::session;
use atalaya_presenter::vm::capability::{
    CapabilityVm, EncoderChangeVm, EncoderVm, ImagingChangeVm, ImagingVm, LevelVm,
};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

pub(crate) async fn run(data_dir: Option<PathBuf>, verb: Device, output: &Output) -> Outcome {
    session::reading(data_dir, async |engine| {
        let devices = engine.devices();
        match verb {
            Device::Show(one) => output.result(&devices.capability(&one.camera).await?, text),
            Device::SetEncoder { camera, encoder, codec, size, fps, bitrate, gop } => {
                let change = EncoderChangeVm { codec, size, fps, bitrate_kbps: bitrate, gop };
                output.result(&devices.set_encoder(&camera, &encoder, change).await?, encoder_text);
            }
            Device::Imaging { camera, brightness, contrast, saturation, sharpness, ir_cut, auto_focus } => {
                let nothing = [brightness, contrast, saturation, sharpness].iter().all(Option::is_none)
                    && ir_cut.is_none()
                    && auto_focus.is_none();
                let change =
                    ImagingChangeVm { brightness, contrast, saturation, sharpness, ir_cut, auto_focus };
                let imaging = if nothing {
                    devices.imaging(&camera).await?
                } else {
                    devices.set_imaging(&camera, change).await?
                };
                output.result(&imaging, imaging_text);
            }
            Device::SetTime(one) => {
                let offset_ms = devices.set_time(&one.camera).await?;
                output.result(&json!({ "clock_offset_ms": offset_ms }), |_| {
                    format!("The camera's clock is set; it is {offset_ms} ms ahead of this computer's.")
                });
            }
            Device::Reboot(one) => {
                let message = devices.reboot(&one.camera).await?;
                output.result(&json!({ "rebooting": one.camera, "message": message }), |_| {
                    format!("{} starts anew. It says: {message}", one.camera)
                });
            }
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

fn text(capability: &CapabilityVm) -> String {
    let clock = match capability.clock_offset_ms {
        Some(ms) => format!("{ms} ms ahead"),
        None => "unknown".to_owned(),
    };
    let mut text = format!(
        "{} {}, firmware {}, serial number {}\n  clock    {clock}\n  services media {} {}",
        capability.vendor,
        capability.model,
        capability.firmware,
        capability.serial,
        capability.media_version,
        capability.services.join(" "),
    );
    for encoder in &capability.encoders {
        text.push_str(&format!("\n  encoder  {}", encoder_text(encoder)));
    }
    for user in capability.users.iter().flatten() {
        text.push_str(&format!("\n  account  {} ({})", user.name, user.level));
    }
    for (name, list) in [("quirk", &capability.quirks), ("warning", &capability.warnings)] {
        for entry in list {
            text.push_str(&format!("\n  {name:<8} {entry}"));
        }
    }
    text
}

fn encoder_text(encoder: &EncoderVm) -> String {
    let EncoderVm { token, codec, width, height, .. } = encoder;
    let mut text = format!("{token}: {codec} {width}x{height}");
    if let Some(fps) = encoder.fps {
        text.push_str(&format!(", {fps} fps"));
    }
    if let Some(kbps) = encoder.bitrate_kbps {
        text.push_str(&format!(", {kbps} kbit/s"));
    }
    if let Some(gop) = encoder.gop {
        text.push_str(&format!(", key frame every {gop} frames"));
    }
    text
}

fn imaging_text(imaging: &ImagingVm) -> String {
    let level = |name: &str, level: Option<LevelVm>| {
        level.map(|LevelVm { value, min, max }| format!("{name} {value} ({min} to {max})"))
    };
    let ir_cut = imaging
        .ir_cut
        .as_ref()
        .map(|mode| format!("infrared filter {mode} ({})", imaging.ir_cut_modes.join(", ")));
    let auto =
        imaging.auto_focus.map(|auto| format!("focuses {}", if auto { "by itself" } else { "by hand" }));
    let lines = [
        level("brightness", imaging.brightness),
        level("contrast", imaging.contrast),
        level("saturation", imaging.saturation),
        level("sharpness", imaging.sharpness),
        ir_cut,
        auto,
        imaging.focus.then(|| format!("focus can be moved ({})", imaging.focus_ways.join(", "))),
    ];
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

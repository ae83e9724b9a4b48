//! `scan`: prints each device once, as soon as nothing more is to be learned about it.

use super::Outcome;
use crate::args::Scan;
use crate::output::Output;
use crate::session;
use atalaya_presenter::vm::device::{DeviceVm, ScanVm};
use futures_util::StreamExt;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

pub(crate) async fn run(data_dir: Option<PathBuf>, verb: Scan, output: &Output) -> Outcome {
    let scan = ScanVm {
        interfaces: verb.interface,
        subnets: verb.subnet,
        timeout_s: Some((verb.timeout.as_secs_f64().ceil() as u32).max(1)),
    };
    session::reading(data_dir, async |engine| {
        let mut found = std::pin::pin!(engine.scans().run(&scan).await?);
        let mut waiting: BTreeMap<String, DeviceVm> = BTreeMap::new();
        let mut printed = Vec::new();
        let mut cameras = 0;
        let mut show = |device: &DeviceVm| {
            cameras += usize::from(device.kind != "other" && !is_gone(device));
            output.result(device, text);
        };
        while let Some(device) = found.next().await {
            let device = device?;
            if printed.contains(&device.key) {
                continue;
            }
            if is_complete(&device) {
                waiting.remove(&device.key);
                printed.push(device.key.clone());
                show(&device);
            } else {
                waiting.insert(device.key.clone(), device);
            }
        }
        for device in waiting.values() {
            show(device);
        }
        output.note(&match cameras {
            0 => "No camera answered. Is it on this network? Try --subnet with its network.".to_owned(),
            1 => "1 camera.".to_owned(),
            n => format!("{n} cameras."),
        });
        Ok(ExitCode::SUCCESS)
    })
    .await
}

fn is_gone(device: &DeviceVm) -> bool {
    device.change.as_deref() == Some("gone")
}

fn is_complete(device: &DeviceVm) -> bool {
    device.evidence.iter().any(|evidence| evidence == "onvif_device_information")
        && !device.rtsp_urls.is_empty()
}

fn text(device: &DeviceVm) -> String {
    let who = [&device.vendor, &device.model, &device.name].into_iter().flatten().map(String::as_str);
    let who: Vec<_> = who.collect();
    let ports: Vec<_> = device.ports.iter().map(ToString::to_string).collect();
    let mut text = format!(
        "{:<15} {:<8} {:>3.0} %  {}{}",
        device.host,
        device.kind,
        device.confidence * 100.0,
        match &device.brand {
            _ if !who.is_empty() => who.join(" · "),
            Some(brand) => format!("perhaps {brand}"),
            None => "unknown".to_owned(),
        },
        if device.already_added { "  (added)" } else { "" },
    );
    if let Some(camera) = &device.moved_camera {
        text.push_str(&format!("  is {}, kept at {}: camera follow", camera.name, camera.host));
    }
    match (device.change.as_deref(), &device.changed_from) {
        (Some("gone"), _) => return format!("{:<15} gone, last seen {}", device.host, device.seen_at),
        (Some("moved"), Some(from)) => text.push_str(&format!("  moved from {from}")),
        (Some("firmware_changed"), Some(from)) => text.push_str(&format!("  firmware was {from}")),
        (Some(change), _) => text.push_str(&format!("  {change}")),
        (None, _) => {}
    }
    let ports = format!("ports {}", ports.join(", "));
    for line in device.onvif_url.iter().chain(&device.rtsp_urls).chain([&ports]) {
        text.push_str(&format!("\n                {line}"));
    }
    for guess in &device.guesses {
        let brand = device.brand.as_deref().unwrap_or("many cameras");
        text.push_str(&format!("\n                {} (not tried: as {brand})", guess.url));
    }
    text
}

//! Scans that are compared with what was known, and devices heard between them.

use super::fakes::{Behaviour, Bench, START, World};
use crate::vm::device::{DeviceVm, ScanVm};
use crate::vm::event::EventVm;
use atalaya_model::discovery::{Coverage, Device, Found, Presence};
use futures_util::TryStreamExt;
use std::time::Duration;
use tokio::sync::mpsc;

fn camera(number: u32, last: u8) -> Device {
    Device::at(format!("urn:uuid:00000000-0000-0000-0000-{number:012}"), [192, 0, 2, last].into())
}

fn scan(devices: impl IntoIterator<Item = Device>) -> Vec<Found> {
    let coverage = Coverage { subnets: vec!["192.0.2.0/24".parse().unwrap()], complete: true };
    let devices = devices.into_iter().map(|device| Found::Device(Box::new(device)));
    devices.chain([Found::Finished(coverage)]).collect()
}

fn line(device: &DeviceVm) -> String {
    let change = device.change.as_deref().unwrap_or("-");
    format!("{} {change} {}", device.host, device.changed_from.as_deref().unwrap_or("-"))
}

async fn run(bench: &Bench) -> Vec<String> {
    let found = bench.engine.scans().run(&ScanVm::default()).await.unwrap();
    found.try_collect::<Vec<_>>().await.unwrap().iter().map(line).collect()
}

async fn listed(bench: &Bench) -> Vec<String> {
    bench.engine.scans().list().await.unwrap().iter().map(line).collect()
}

#[tokio::test(start_paused = true)]
async fn a_scan_is_compared_with_the_one_before() {
    let world = World::default();
    let with_firmware = |version: &str| Device { firmware: Some(version.into()), ..camera(3, 3) };
    world.scans.lock().unwrap().extend([
        scan([camera(1, 1), camera(2, 2), with_firmware("V1")]),
        scan([camera(2, 22), with_firmware("V2"), camera(4, 4)]),
        scan([camera(1, 1), camera(2, 22), with_firmware("V2"), camera(4, 4)]),
    ]);
    let bench = Bench::start_in(world, Vec::new(), Behaviour::Plays).await;
    assert_eq!(run(&bench).await, ["192.0.2.1 - -", "192.0.2.2 - -", "192.0.2.3 - -"]);
    tokio::time::advance(Duration::from_mins(1)).await;
    assert_eq!(
        run(&bench).await,
        [
            "192.0.2.22 moved 192.0.2.2",
            "192.0.2.3 firmware_changed V1",
            "192.0.2.4 new -",
            "192.0.2.1 gone -"
        ]
    );
    assert_eq!(bench.world.inventory.lock().unwrap().len(), 4);
    tokio::time::advance(Duration::from_mins(1)).await;
    assert_eq!(run(&bench).await, ["192.0.2.1 back -", "192.0.2.22 - -", "192.0.2.3 - -", "192.0.2.4 - -"]);
    bench.engine.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn the_last_result_is_there_at_once_with_its_age() {
    let world = World::default();
    let known = |number, gone_for: Option<Duration>| atalaya_model::inventory::KnownDevice {
        device: camera(number, number as u8),
        first_seen: START - Duration::from_hours(48),
        last_seen: START - Duration::from_hours(48),
        gone_since: gone_for.map(|ago| START - ago),
    };
    *world.inventory.lock().unwrap() = vec![
        known(1, None),
        known(2, Some(Duration::from_hours(1))),
        known(3, Some(Duration::from_hours(47))),
    ];
    let bench = Bench::start_in(world, Vec::new(), Behaviour::Plays).await;
    let devices = bench.engine.scans().list().await.unwrap();
    assert_eq!(devices.iter().map(line).collect::<Vec<_>>(), ["192.0.2.1 - -", "192.0.2.2 gone -"]);
    assert_eq!(devices[0].seen_at, "2026-11-19T10:00:00.000Z");
    assert_eq!((devices[1].evidence.len(), devices[1].confidence.to_bits()), (0, 0), "nothing answers there");
    bench.engine.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn whoever_comes_and_goes_is_shown_and_kept() {
    let (say, heard) = mpsc::unbounded_channel();
    let world = World::default();
    *world.presence.lock().unwrap() = Some(heard);
    world.scans.lock().unwrap().push_back(scan([camera(1, 1)]));
    let bench = Bench::start_in(world, Vec::new(), Behaviour::Plays).await;
    run(&bench).await;
    let mut events = bench.engine.subscribe();
    let mut shown = async || loop {
        if let EventVm::DeviceFound { device } = events.recv().await.unwrap() {
            break line(&device);
        }
    };
    say.send(Presence::Hello(Box::new(camera(2, 2)))).unwrap();
    assert_eq!(shown().await, "192.0.2.2 new -");
    say.send(Presence::Bye(camera(1, 1).key, [192, 0, 2, 66].into())).unwrap();
    say.send(Presence::Bye(camera(1, 1).key, [192, 0, 2, 1].into())).unwrap();
    assert_eq!(shown().await, "192.0.2.1 gone -", "only the device itself may say so");
    say.send(Presence::Hello(Box::new(camera(1, 9)))).unwrap();
    assert_eq!(shown().await, "192.0.2.9 moved 192.0.2.1");
    assert_eq!(bench.world.inventory.lock().unwrap().len(), 1, "not written at once");
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(bench.world.inventory.lock().unwrap().len(), 2);
    assert_eq!(listed(&bench).await.len(), 2);
    bench.engine.shutdown().await;
}

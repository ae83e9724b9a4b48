//! Several storage directories: which gets what, and what happens when one of them is missing or another one.

use super::*;
use atalaya_model::Kind;
use atalaya_model::ports::Volumes;
use atalaya_model::recording::{Gap, GapCause};
use atalaya_model::storage::{VolumeId, VolumeState};
use futures_util::FutureExt;
use std::path::Path;

/// An installation with a second directory, which camera 1 is assigned to.
async fn two() -> (Bench, VolumeId) {
    let bench = Bench::new().await;
    let second = bench.archive.add_volume(other(&bench).to_str().unwrap()).await.unwrap();
    bench.archive.assign_volume(samples::camera(1), Some(second)).await.unwrap();
    (bench, second)
}

fn other(bench: &Bench) -> PathBuf {
    std::fs::canonicalize(bench.temp.path()).unwrap().join("other")
}

fn marker(root: &Path) -> PathBuf {
    root.join(".atalaya-volume")
}

/// Everything in a directory, with its bytes.
fn content(root: &Path) -> Vec<(PathBuf, u64)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap()) {
        let meta = entry.metadata().unwrap();
        if meta.is_dir() {
            found.extend(content(&entry.path()));
        }
        found.push((entry.path(), if meta.is_dir() { 0 } else { meta.len() }));
    }
    found.sort();
    found
}

async fn states(archive: &SqliteArchive) -> Vec<VolumeState> {
    archive.volumes().await.unwrap().iter().map(|volume| volume.state).collect()
}

async fn record_on(archive: &SqliteArchive, volume: VolumeId, seconds: i64) -> Segment {
    let source = silent(3);
    let mut writer = archive.begin_on(volume, header(&source, seconds)).await.unwrap();
    for (fragment, start) in fragments(&source, seconds) {
        writer.append(fragment, start).await.unwrap();
    }
    writer.finish().await.unwrap()
}

#[tokio::test]
async fn footage_goes_where_its_camera_is_assigned_to() {
    let (bench, second) = two().await;
    let there = bench.record(&silent(3), 0).await;
    assert_eq!(there.place.volume, second);
    assert!(Path::new(&there.file()).starts_with(other(&bench)) && Path::new(&there.file()).is_file());
    bench.archive.assign_volume(samples::camera(1), None).await.unwrap();
    let here = bench.record(&silent(3), 10).await;
    assert!(bench.file(&here).is_file());
    bench.archive.make_default_volume(second).await.unwrap();
    assert_eq!(bench.record(&silent(3), 20).await.place.volume, second);
    let all = bench.all().await;
    let starts: Vec<WallTime> = all.iter().map(|segment| segment.range.start).collect();
    assert_eq!(starts, [at(0.0), at(10.0), at(20.0)]);
    assert_eq!(bench.archive.playback(there.id).await.unwrap().fragments.len(), 3);
    let volumes = bench.archive.volumes().await.unwrap();
    assert_eq!(volumes.iter().map(|volume| volume.is_default).collect::<Vec<_>>(), [false, true]);
    assert_eq!(volumes[0].used_bytes, here.bytes);
    let used: u64 = all.iter().map(|segment| segment.bytes).sum();
    assert_eq!(bench.archive.storage().await.unwrap().used_bytes, used);
    let report = bench.fsck().await;
    assert_eq!(report.volumes.iter().map(|volume| volume.found.segments).collect::<Vec<_>>(), [1, 2]);
    assert_clean(&report, 3);
    bench.archive.delete(&[there.id, here.id]).await.unwrap();
    assert!(!Path::new(&there.file()).exists() && !bench.file(&here).exists());
}

#[tokio::test]
async fn where_one_fails_the_next_in_the_list_takes_over() {
    let (bench, second) = two().await;
    let third = bench.temp.path().join("third");
    let third = bench.archive.add_volume(third.to_str().unwrap()).await.unwrap();
    let places = bench.archive.places(samples::camera(1)).await.unwrap();
    let order: Vec<VolumeId> = places.iter().map(|place| place.volume).collect();
    assert_eq!(order[..2], [second, third]);
    std::fs::remove_file(marker(&other(&bench))).unwrap();
    let begun = bench.archive.begin_on(order[0], header(&silent(1), 0)).await;
    assert_eq!(kind(begun), Kind::Refused);
    assert_eq!(record_on(&bench.archive, order[1], 0).await.place.volume, third);
    assert_eq!(states(&bench.archive).await, [VolumeState::Ok, VolumeState::Missing, VolumeState::Ok]);
}

#[tokio::test]
async fn another_disk_gets_nothing_and_loses_nothing() {
    let (bench, second) = two().await;
    let segment = bench.record(&silent(3), 0).await;
    let here = record_on(&bench.archive, bench.archive.volumes().await.unwrap()[0].place.volume, 10).await;
    std::fs::write(marker(&other(&bench)), "8c9e1c1e-0000-4000-8000-000000000001\n").unwrap();
    let before = content(&other(&bench));
    assert_eq!(kind(bench.archive.begin_on(second, header(&silent(1), 20)).await), Kind::Refused);
    assert_eq!(kind(bench.archive.delete(&[segment.id, here.id]).await), Kind::Refused);
    bench.restarted().recover().await.unwrap();
    let report = bench.archive.fsck(true, true).await.unwrap();
    assert_eq!(content(&other(&bench)), before);
    assert_eq!(states(&bench.archive).await, [VolumeState::Ok, VolumeState::Wrong]);
    assert!(!report.is_clean() && report.volumes[1].unchecked.is_some());
    // The other directory did what it was asked for, and the index keeps what is out of sight.
    assert!(!bench.file(&here).exists());
    assert_eq!(bench.all().await, [segment]);
}

#[tokio::test]
async fn a_missing_directory_leaves_the_others_at_work_and_is_put_right_when_it_is_back() {
    let (bench, second) = two().await;
    // Killed while it recorded there.
    std::mem::forget(write(&bench.archive, &silent(3), 0).await);
    let away = bench.temp.path().join("away");
    std::fs::rename(other(&bench), &away).unwrap();
    let archive = bench.restarted();
    let report = archive.recover().await.unwrap();
    assert_eq!((report.segments, report.volumes_missing), (0, 1));
    assert_eq!(states(&archive).await, [VolumeState::Ok, VolumeState::Missing]);
    let first = archive.volumes().await.unwrap()[0].place.volume;
    record_on(&archive, first, 10).await;
    assert_eq!(archive.segments(None, ever()).await.unwrap().len(), 2);
    assert!(archive.storage().await.unwrap().free_bytes > 0);
    assert!(!other(&bench).exists(), "nothing is made in its place");
    std::fs::rename(&away, other(&bench)).unwrap();
    record_on(&archive, second, 20).await;
    let all = archive.segments(None, ever()).await.unwrap();
    assert!(all.iter().all(|segment| !segment.open), "{all:?}");
    assert_eq!(all[0].range, range(0.0, 3.0));
    assert_clean(&archive.fsck(false, false).await.unwrap(), 3);
}

#[tokio::test]
async fn a_directory_from_elsewhere_is_indexed() {
    let (bench, second) = two().await;
    let segment = bench.record(&silent(3), 0).await;
    std::fs::write(other(&bench).join("holiday.jpg"), "x").unwrap();
    let db = database(&bench.temp, "new.db").await;
    let elsewhere = SqliteArchive::new(db, bench.temp.path().join("first"), bench.clock.clone());
    elsewhere.recover().await.unwrap();
    let added = elsewhere.add_volume(other(&bench).to_str().unwrap()).await.unwrap();
    assert_eq!(added, second);
    let found = elsewhere.segments(None, ever()).await.unwrap();
    assert_eq!((found.len(), &found[0].path, found[0].range), (1, &segment.path, segment.range));
    assert_clean(&elsewhere.fsck(false, false).await.unwrap(), 1);
    assert!(other(&bench).join("holiday.jpg").exists());
    let again = elsewhere.add_volume(other(&bench).join("deeper").to_str().unwrap()).await;
    assert_eq!(kind(again), Kind::Conflict);
}

#[tokio::test]
async fn one_with_footage_stays_until_it_is_gone_and_the_loss_accepted() {
    let (bench, second) = two().await;
    bench.record(&silent(3), 0).await;
    let first = bench.archive.volumes().await.unwrap()[0].place.volume;
    assert_eq!(kind(bench.archive.remove_volume(first, true).await), Kind::Conflict);
    assert_eq!(kind(bench.archive.remove_volume(second, true).await), Kind::Refused, "it is there");
    let away = bench.temp.path().join("away");
    std::fs::rename(other(&bench), &away).unwrap();
    assert_eq!(kind(bench.archive.remove_volume(second, false).await), Kind::Refused);
    bench.archive.remove_volume(second, true).await.unwrap();
    assert_eq!(states(&bench.archive).await, [VolumeState::Ok]);
    let lost = Gap { camera: samples::camera(1), start: at(0.0), end: Some(at(3.0)), cause: GapCause::Disk };
    assert_eq!(bench.archive.gaps(samples::camera(1), ever()).await.unwrap(), [lost]);
    // Its camera records to the default one again.
    assert_eq!(bench.record(&silent(3), 10).await.place.volume, first);
    // Back after all: what is in it is footage again.
    std::fs::rename(&away, other(&bench)).unwrap();
    assert_eq!(bench.archive.add_volume(other(&bench).to_str().unwrap()).await.unwrap(), second);
    assert_clean(&bench.fsck().await, 2);
}

#[tokio::test]
async fn what_a_recorder_gave_up_waiting_for_is_not_in_the_file() {
    let source = silent(4);
    let (bench, second) = loop {
        let (bench, second) = two().await;
        let mut writer = bench.archive.begin_on(second, header(&source, 0)).await.unwrap();
        let mut parts = fragments(&source, 0);
        let (given_up, start) = parts.pop().unwrap();
        for (fragment, start) in parts {
            writer.append(fragment, start).await.unwrap();
        }
        // Begun, and nobody waits for its end; one that has ended before anybody could look is no case.
        let begun = writer.append(given_up, start).now_or_never();
        drop(writer);
        if begun.is_none() {
            break (bench, second);
        }
    };
    // The next file there finishes it; until the write has ended that is left alone.
    for n in 1.. {
        record_on(&bench.archive, second, n * 10).await;
        if bench.all().await.iter().all(|segment| !segment.open) {
            break;
        }
    }
    assert_eq!(bench.all().await[0].range, range(0.0, 3.0));
    assert!(bench.archive.fsck(false, true).await.unwrap().is_clean());
    assert_eq!(bench.all().await[0].range, range(0.0, 3.0));
}

//! A crash before and after every call of making, appending to, closing and deleting files, and each failure of each
//! call (R3): what is found afterwards by the real recovery is in step, and nothing that was durable is missing.

use super::disk::{Fault, FaultyDisk, Rest};
use super::*;
use atalaya_model::recording::RecoveryReport;
use std::path::Path;

/// How many files are written.
const FILES: i64 = 3;

/// What must be there after a crash: footage from here to there.
type Promises = Vec<TimeRange>;

/// Records three files, deletes the first and records on, as the recorder does: after a failure the file is finished.
/// Returns what was promised when the power went.
async fn work(archive: &SqliteArchive, bench: &Bench, disk: &FaultyDisk) -> Promises {
    let mut promises = Promises::new();
    for n in 0..FILES {
        let start = n * 10;
        let source = silent(3);
        let Ok(mut writer) = archive.begin(header(&source, start)).await else { continue };
        for (index, (fragment, wall)) in fragments(&source, start).into_iter().enumerate() {
            bench.clock.forward(1);
            let Ok(entry) = writer.append(fragment, wall).await else { break };
            // The first fragment is made durable, and what is two seconds old.
            if !disk.is_dead() && index != 1 {
                promises.retain(|promise| promise.start != at(start as f64));
                let end = entry.start.plus_micros(entry.duration_us.into());
                promises.push(TimeRange { start: at(start as f64), end });
            }
        }
        let finished = writer.finish().await;
        if !disk.is_dead() {
            promises.retain(|promise| promise.start != at(start as f64));
            promises.extend(finished.ok().map(|segment| segment.range));
        }
        if n == 1 {
            let first = archive.segments(None, range(0.0, 5.0)).await.unwrap_or_default();
            let ids: Vec<_> = first.iter().map(|segment| segment.id).collect();
            if !disk.is_dead() {
                promises.retain(|promise| promise.start != at(0.0));
            }
            let _ = archive.delete(&ids).await;
        }
    }
    promises
}

/// An installation on a disk that fails so.
async fn staged(fault: Option<(usize, Fault)>) -> (Bench, FaultyDisk, Promises) {
    let bench = Bench::new().await;
    let disk = FaultyDisk::new(bench.temp.path().join("atalaya.db"), fault);
    let archive = SqliteArchive { files: Arc::new(disk.clone()), ..bench.restarted() };
    archive.recover().await.unwrap();
    let promises = work(&archive, &bench, &disk).await;
    (bench, disk, promises)
}

/// What the next start finds, in each way that the disk may have been left.
async fn check(bench: &Bench, disk: &FaultyDisk, promises: &Promises, what: &str) {
    for rest in Rest::ALL {
        let what = format!("{what}, {rest:?} of the rest left");
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().join("footage");
        std::fs::create_dir(&root).unwrap();
        std::fs::copy(bench.root().join(".atalaya-volume"), root.join(".atalaya-volume")).unwrap();
        disk.after_crash(&bench.root(), &root, rest);
        for suffix in ["", "-wal"] {
            let mut from = disk.database_after_crash().into_os_string();
            from.push(suffix);
            if Path::new(&from).exists() {
                std::fs::copy(from, temp.path().join(format!("atalaya.db{suffix}"))).unwrap();
            }
        }
        let db = Database::open(&temp.path().join("atalaya.db")).await.unwrap();
        let archive = SqliteArchive::new(db.clone(), root.clone(), bench.clock.clone());
        archive.recover().await.unwrap();
        let report = archive.fsck(false, false).await.unwrap();
        assert!(report.is_clean(), "{what}: {report:?}");
        let found = archive.segments(None, ever()).await.unwrap();
        for promise in promises {
            assert!(
                found.iter().any(|s| s.range.start == promise.start && s.range.end >= promise.end),
                "{what}: {promise:?} was durable, {found:?} is there"
            );
        }
        let used = archive.storage().await.unwrap().used_bytes;
        assert_eq!(used, bytes_below(&root), "{what}: what is accounted is what lies there");
        assert_eq!(archive.recover().await.unwrap(), RecoveryReport::default(), "{what}");
        db.close().await;
    }
}

/// Bytes of all footage below a folder, but for what is in quarantine.
fn bytes_below(folder: &Path) -> u64 {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name() == "quarantine" {
            continue;
        }
        if entry.path().is_dir() {
            bytes += bytes_below(&entry.path());
        } else if entry.path().extension().is_some_and(|extension| extension == "mp4") {
            bytes += entry.metadata().unwrap().len();
        }
    }
    bytes
}

/// Every call of the work, with this fault.
async fn at_every_call(fault: Fault) {
    let (_, disk, promises) = staged(None).await;
    let calls = disk.calls();
    assert!(calls > 20 && promises.len() == 2, "{calls} calls, {promises:?}");
    for call in 0..calls {
        let (bench, disk, promises) = staged(Some((call, fault))).await;
        let crashes = matches!(fault, Fault::CrashBefore | Fault::CrashAfter);
        assert_eq!(disk.is_dead(), crashes, "{fault:?} at call {call}");
        if !crashes {
            disk.cut_power();
        }
        check(&bench, &disk, &promises, &format!("{fault:?} at call {call} of {calls}")).await;
        bench.db.close().await;
    }
    println!("{fault:?}: {calls} calls, {} ways each, all in step", Rest::ALL.len());
}

#[tokio::test]
async fn the_power_may_go_before_any_call() {
    at_every_call(Fault::CrashBefore).await;
}

#[tokio::test]
async fn the_power_may_go_after_any_call() {
    at_every_call(Fault::CrashAfter).await;
}

#[tokio::test]
async fn any_call_may_fail() {
    at_every_call(Fault::Broken).await;
}

#[tokio::test]
async fn any_call_may_find_no_room() {
    at_every_call(Fault::Full).await;
}

#[tokio::test]
async fn any_write_may_be_short() {
    at_every_call(Fault::Short).await;
}

#[tokio::test]
async fn a_failed_sync_gives_the_file_up_and_says_so() {
    let (_, disk, _) = staged(None).await;
    let mut given_up = 0;
    for call in 0..disk.calls() {
        let bench = Bench::new().await;
        let disk = FaultyDisk::new(bench.temp.path().join("atalaya.db"), Some((call, Fault::Broken)));
        let archive = SqliteArchive { files: Arc::new(disk.clone()), ..bench.restarted() };
        archive.recover().await.unwrap();
        let source = silent(6);
        let Ok(mut writer) = archive.begin(header(&source, 0)).await else { continue };
        let mut failed_sync = false;
        for (fragment, start) in fragments(&source, 0) {
            bench.clock.forward(1);
            let outcome = writer.append(fragment, start).await;
            assert!(outcome.is_err() || !failed_sync, "call {call}: a file that was given up took more");
            failed_sync |= outcome.is_err_and(|error| error.to_string().contains("failed to keep"));
        }
        given_up += u32::from(failed_sync);
        let _ = writer.finish().await;
        bench.db.close().await;
    }
    assert!(given_up >= 3, "{given_up} syncs failed");
}

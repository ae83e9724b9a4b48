//! Footage that comes and goes for as long as a disk lives (R15): nothing of it stays in memory, in the database or open.

use super::*;
use std::fs;

/// R15 names 69,120 segments: `ATALAYA_TURNS=69120`.
#[tokio::test]
async fn segments_closed_and_deleted_leave_nothing_behind() {
    let turns = std::env::var("ATALAYA_TURNS").ok().and_then(|turns| turns.parse().ok()).unwrap_or(300);
    let bench = Bench::new().await;
    let source = silent(1);
    let (mut warm, mut newest) = (None, None);
    for turn in 0..turns {
        if turn == turns / 10 {
            warm = Some(held(&bench));
        }
        let next = bench.record(&source, turn).await;
        bench.clock.forward(1);
        if let Some(before) = newest.replace(next.id) {
            bench.archive.delete(&[before]).await.unwrap();
        }
    }
    let (warm, now) = (warm.unwrap(), held(&bench));
    println!("R15: {turns} segments; memory, database, descriptors: {warm:?} then {now:?}");
    assert!(now.memory < warm.memory + (8 << 20), "{warm:?} {now:?}");
    assert!(now.database < warm.database + (1 << 20), "{warm:?} {now:?}");
    // Readers of the database are opened when they are first needed.
    assert!(now.descriptors <= warm.descriptors + 8, "{warm:?} {now:?}");
    assert_clean(&bench.fsck().await, 1);
    for (query, rows) in [
        ("SELECT count(*) FROM segment", 1),
        ("SELECT count(*) FROM garbage", 0),
        ("SELECT count(*) FROM media_format", 1),
    ] {
        let found: i64 = sqlx::query_scalar(query).fetch_one(bench.db.read()).await.unwrap();
        assert_eq!(found, rows, "{query}");
    }
    // One gap for all that is gone, not one for each.
    assert_eq!(bench.archive.gaps(samples::camera(1), ever()).await.unwrap().len(), 1);
}

#[derive(Debug)]
struct Held {
    memory: u64,
    database: u64,
    descriptors: usize,
}

/// What this process holds (proc(5)); 0 where no system tells.
fn held(bench: &Bench) -> Held {
    let statm = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = statm.split_ascii_whitespace().nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    Held {
        memory: pages * 4096,
        database: fs::metadata(bench.temp.path().join("atalaya.db")).unwrap().len(),
        descriptors: fs::read_dir("/proc/self/fd").map_or(0, Iterator::count),
    }
}

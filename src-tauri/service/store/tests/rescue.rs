//! A database that is damaged, cut off, deleted or older: what comes back of it, and from where.

use super::super::rescue::{Mended, TABLES};
use super::*;
use std::io::{Seek, SeekFrom, Write};

const NOW: WallTime = WallTime(1_795_257_600_000_000);

/// An installation with two cameras that has ended in order.
async fn ended(cameras: u128) -> Fixture {
    let at = Fixture::new().await;
    for n in 1..=cameras {
        at.store.insert(&camera(n, &format!("Camera {n}")), Some("sealed")).await.unwrap();
    }
    at.store.set_setting("language", Some("es")).await.unwrap();
    Database::keep_copy(&at.path()).await;
    at.db.close().await;
    at
}

async fn reopened(at: &Fixture) -> (Database, SqliteCameraStore, Option<Mended>) {
    let (db, mended) = Database::open_mending(&at.path(), NOW).await.unwrap();
    (db.clone(), SqliteCameraStore::new(db, Arc::new(SteppedClock::default())), mended)
}

async fn assert_all_is_back(at: &Fixture, cameras: u64) -> Mended {
    let (db, store, mended) = reopened(at).await;
    let mended = mended.expect("it says so");
    assert_eq!(mended.cameras, cameras);
    let list = store.list().await.unwrap();
    assert_eq!(list.len() as u64, cameras);
    assert_eq!(list[0], camera(1, "Camera 1"));
    assert_eq!(store.sealed_credentials(list[0].id).await.unwrap().as_deref(), Some("sealed"));
    assert_eq!(store.setting("language").await.unwrap().as_deref(), Some("es"));
    db.close().await;
    mended
}

#[tokio::test]
async fn every_table_is_kept_or_made_from_files() {
    let at = Fixture::new().await;
    let mut known: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
    known.extend(["_sqlx_migrations", "media_format", "segment", "segment_index", "day_total", "garbage"]);
    known.sort_unstable();
    let there: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    )
    .fetch_all(at.db.read())
    .await
    .unwrap();
    assert_eq!(there, known, "a new table belongs to one of the two");
}

#[tokio::test]
async fn a_whole_database_is_left_alone() {
    let at = ended(2).await;
    let (_, store, mended) = reopened(&at).await;
    assert_eq!((store.list().await.unwrap().len(), mended), (2, None));
    let fresh = tempfile::tempdir().unwrap();
    let (_, mended) = Database::open_mending(&fresh.path().join("atalaya.db"), NOW).await.unwrap();
    assert_eq!(mended, None, "a first start mends nothing");
}

#[tokio::test]
async fn what_is_no_database_is_set_aside_and_the_copy_gives_all_back() {
    let at = ended(2).await;
    std::fs::write(at.path(), "not a database, but long enough to look like one".repeat(100)).unwrap();
    let mended = assert_all_is_back(&at, 2).await;
    let aside = mended.aside.expect("the damaged one is kept");
    assert!(std::fs::read(aside).unwrap().starts_with(b"not a database"));
}

#[tokio::test]
async fn a_deleted_database_comes_back_from_the_copy() {
    let at = ended(2).await;
    std::fs::remove_file(at.path()).unwrap();
    assert_eq!(assert_all_is_back(&at, 2).await.aside, None);
    // Also when somebody who only reads was there first, and made an empty one.
    std::fs::remove_file(at.path()).unwrap();
    Database::open(&at.path()).await.unwrap().close().await;
    assert_eq!(assert_all_is_back(&at, 2).await.aside, None);
}

#[tokio::test]
async fn a_database_cut_off_at_any_page_gives_back_its_cameras() {
    let pages = {
        let at = ended(40).await;
        std::fs::metadata(at.path()).unwrap().len() / 4096
    };
    for page in (0..pages).step_by(5) {
        let at = ended(40).await;
        std::fs::OpenOptions::new().write(true).open(at.path()).unwrap().set_len(page * 4096).unwrap();
        assert_all_is_back(&at, 40).await;
    }
}

#[tokio::test]
async fn a_page_of_garbage_is_found_and_costs_nothing() {
    let pages = {
        let at = ended(40).await;
        std::fs::metadata(at.path()).unwrap().len() / 4096
    };
    for page in (1..pages).step_by(5) {
        let at = ended(40).await;
        let mut file = std::fs::OpenOptions::new().write(true).open(at.path()).unwrap();
        file.seek(SeekFrom::Start(page * 4096)).unwrap();
        file.write_all(&[0x5a; 4096]).unwrap();
        drop(file);
        let (_, store, _) = reopened(&at).await;
        // A page that holds nothing may be garbage without anybody's harm.
        let list = store.list().await.unwrap();
        assert_eq!(list.len(), 40, "garbage in page {page} of {pages}");
    }
}

#[tokio::test]
async fn the_copy_of_before_an_upgrade_serves_when_there_is_no_other() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("atalaya.db");
    let first = Migrator::with_migrations(MIGRATIONS.iter().take(1).cloned().collect());
    let db = Database::open_with(&path, &first).await.unwrap();
    sqlx::raw_sql(
        "INSERT INTO camera (id, uuid, name, host, record_mode, simulated, created_at_us) \
         VALUES (7, '00000000-0000-0000-0000-000000000007', 'Gate', '192.0.2.7', 'off', 0, 1);",
    )
    .execute(db.write())
    .await
    .unwrap();
    db.close().await;
    Database::open(&path).await.unwrap().close().await;
    std::fs::remove_file(&path).unwrap();
    let (db, mended) = Database::open_mending(&path, NOW).await.unwrap();
    assert_eq!(mended, Some(Mended { aside: None, cameras: 1 }));
    let names: Vec<String> =
        sqlx::query_scalar("SELECT name FROM camera").fetch_all(db.read()).await.unwrap();
    assert_eq!(names, ["Gate"]);
}

#[tokio::test]
async fn an_empty_database_does_not_empty_the_copy() {
    let at = ended(2).await;
    let other = tempfile::tempdir().unwrap();
    let kept = |folder: &Path| folder.join("atalaya.db.kept");
    let db = Database::open(&other.path().join("atalaya.db")).await.unwrap();
    std::fs::copy(kept(at.temp.path()), kept(other.path())).unwrap();
    Database::keep_copy(&other.path().join("atalaya.db")).await;
    db.close().await;
    std::fs::remove_file(other.path().join("atalaya.db")).unwrap();
    let (_, mended) = Database::open_mending(&other.path().join("atalaya.db"), NOW).await.unwrap();
    assert_eq!(mended, Some(Mended { aside: None, cameras: 2 }));
}

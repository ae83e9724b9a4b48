//! The database as a whole: upgrades, cameras, concurrency, and what must never be found in its files.

use super::migrate::MIGRATIONS;
use super::*;
use crate::clock::tests::SteppedClock;
use crate::data_dir::DataDir;
use crate::vault::{FernetBox, KeyStore};
use atalaya_model::address::StreamUrl;
use atalaya_model::camera::{
    Camera, CameraId, PollInterval, RecordMode, RecordPolicy, Role, StreamConfig, StreamFacts, Transport,
};
use atalaya_model::certificate::CertificateFingerprint;
use atalaya_model::ports::{CameraStore, SecretBox};
use atalaya_model::schedule::{SlotMode, WeeklySchedule};
use atalaya_model::secret::Credentials;
use atalaya_model::time::WallTime;
use atalaya_model::{Kind, Result};
use base64::Engine;
use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use uuid::Uuid;

mod credential_sets;
mod motion;
mod rescue;
mod saved_views;

struct Fixture {
    temp: tempfile::TempDir,
    db: Database,
    store: SqliteCameraStore,
}

impl Fixture {
    async fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let db = Database::open(&temp.path().join("atalaya.db")).await.unwrap();
        let store = SqliteCameraStore::new(db.clone(), Arc::new(SteppedClock::default()));
        Self { temp, db, store }
    }

    fn path(&self) -> PathBuf {
        self.temp.path().join("atalaya.db")
    }
}

fn camera(n: u128, name: &str) -> Camera {
    let host = format!("192.0.2.{n}");
    let url = |path: &str| StreamUrl::parse(&format!("rtsp://{host}/{path}")).unwrap();
    Camera {
        id: CameraId(Uuid::from_u128(n)),
        name: name.to_owned(),
        onvif_url: Some(StreamUrl::parse(&format!("http://{host}/onvif/device_service")).unwrap()),
        snapshot_url: None,
        device_identity: Some("AB-1234567".to_owned()),
        endpoint: Some("urn:uuid:1419d68a-1dd2-11b2-a105-000000000000".to_owned()),
        enabled: !n.is_multiple_of(5),
        group: (n % 2 == 1).then(|| "Yard / Gates".parse().unwrap()),
        credential_set: None,
        streams: vec![
            StreamConfig {
                role: Role::Main,
                url: url("101?a=b&c='--"),
                transport: Transport::Tcp,
                poll: None,
                found: Some(StreamFacts {
                    codec: "h264".to_owned(),
                    width: 1920,
                    height: 1080,
                    fps_milli: 24_975,
                    audio: Some("pcmu".to_owned()),
                }),
            },
            StreamConfig {
                role: Role::Sub,
                url: url("102"),
                transport: Transport::Udp,
                poll: Some(PollInterval::default()),
                found: None,
            },
        ],
        record: RecordPolicy {
            mode: [RecordMode::Continuous, RecordMode::Motion, RecordMode::Schedule][n as usize % 3],
            retention_days: Some(30),
            quota_bytes: Some(1 << 40),
            pre_seconds: n as u8 % 31,
            post_seconds: n as u16 + 1,
        },
        schedule: (n % 3 == 2).then(|| Box::new(WeeklySchedule::all(SlotMode::Motion))),
        allow_basic: n.is_multiple_of(3),
        tls_fingerprint: n.is_multiple_of(2).then_some(CertificateFingerprint([n as u8; 32])),
        simulated: n.is_multiple_of(2),
        created_at: WallTime(1_795_257_600_000_000),
        host,
    }
}

fn kind_of<T>(result: Result<T>) -> Kind {
    result.err().expect("must fail").kind()
}

/// The shipped migrations up to a version, and one more that is not shipped.
fn migrations_with(sql: &'static str) -> Migrator {
    let mut all: Vec<Migration> = MIGRATIONS.iter().cloned().collect();
    all.push(Migration::new(9999, Cow::Borrowed("test"), MigrationType::Simple, sql.into_sql_str(), false));
    Migrator::with_migrations(all)
}

fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn the_pragmas_hold() {
    let at = Fixture::new().await;
    for (pragma, pool, expected) in [
        ("PRAGMA synchronous", at.db.write(), 2),
        ("PRAGMA foreign_keys", at.db.write(), 1),
        ("PRAGMA secure_delete", at.db.write(), 1),
        ("PRAGMA auto_vacuum", at.db.write(), 2),
        ("PRAGMA busy_timeout", at.db.write(), 5000),
        ("PRAGMA busy_timeout", at.db.read(), 5000),
        ("PRAGMA temp_store", at.db.read(), 2),
        ("PRAGMA trusted_schema", at.db.read(), 0),
    ] {
        let value: i64 = sqlx::query_scalar(pragma).fetch_one(pool).await.unwrap();
        assert_eq!(value, expected, "{pragma}");
    }
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(at.db.read()).await.unwrap();
    assert_eq!(mode, "wal");
    // Readers cannot write.
    assert!(sqlx::query("DELETE FROM camera").execute(at.db.read()).await.is_err());
}

#[cfg(unix)]
#[tokio::test]
async fn all_database_files_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let at = Fixture::new().await;
    at.store.insert(&camera(1, "Gate"), None).await.unwrap();
    let names = names_in(at.temp.path());
    assert_eq!(names, ["atalaya.db", "atalaya.db-shm", "atalaya.db-wal"]);
    for name in names {
        let mode = std::fs::metadata(at.temp.path().join(&name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn an_old_database_is_copied_aside_and_upgraded() {
    // As the first version left it.
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("atalaya.db");
    let first = Migrator::with_migrations(MIGRATIONS.iter().take(1).cloned().collect());
    let db = Database::open_with(&path, &first).await.unwrap();
    sqlx::raw_sql(
        "INSERT INTO camera (id, uuid, name, host, record_mode, simulated, created_at_us) \
         VALUES (7, '00000000-0000-0000-0000-000000000007', 'Gate', '192.0.2.7', 'off', 0, 1); \
         INSERT INTO stream (camera_id, role, url, transport) VALUES (7, 'main', 'rtsp://192.0.2.7/1', 'tcp'); \
         INSERT INTO credential VALUES (7, 'sealed', 2); \
         INSERT INTO setting VALUES ('language', 'es');",
    )
    .execute(db.write())
    .await
    .unwrap();
    db.close().await;

    let newer = migrations_with("CREATE TABLE later (x INTEGER) STRICT");
    let db = Database::open_with(&path, &newer).await.unwrap();
    let store = SqliteCameraStore::new(db.clone(), Arc::new(SteppedClock::default()));
    let cameras = store.list().await.unwrap();
    assert_eq!(cameras[0].name, "Gate");
    assert_eq!((cameras[0].record, &cameras[0].schedule), (RecordPolicy::default(), &None));
    assert_eq!(store.setting("language").await.unwrap().as_deref(), Some("es"));
    assert_eq!(store.sealed_credentials(cameras[0].id).await.unwrap().as_deref(), Some("sealed"));
    let check: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(db.read()).await.unwrap();
    assert_eq!(check, "ok");
    db.close().await;

    // The copy is the old database: the first version opens it.
    let copy = temp.path().join("atalaya.db.schema-1");
    let db = Database::open_with(&copy, &first).await.unwrap();
    let names: Vec<String> =
        sqlx::query_scalar("SELECT name FROM camera").fetch_all(db.read()).await.unwrap();
    assert_eq!(names, ["Gate"]);
    db.close().await;

    // Nothing more to do: no more copies.
    Database::open_with(&path, &newer).await.unwrap().close().await;
    assert_eq!(names_in(temp.path()), ["atalaya.db", "atalaya.db.schema-1"]);
}

#[tokio::test]
async fn an_old_storage_directory_stays_in_use_with_its_footage() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("atalaya.db");
    let before = MIGRATIONS.iter().filter(|migration| migration.version < 9).cloned().collect();
    let db = Database::open_with(&path, &Migrator::with_migrations(before)).await.unwrap();
    sqlx::raw_sql(
        "INSERT INTO camera (id, uuid, name, host, record_mode, simulated, created_at_us) \
         VALUES (7, '00000000-0000-0000-0000-000000000007', 'Gate', '192.0.2.7', 'off', 0, 1); \
         INSERT INTO volume (id, uuid, root, clean_from_us, longest_us) \
         VALUES (3, '00000000-0000-0000-0000-000000000003', '/footage', 5, 6); \
         INSERT INTO media_format VALUES (1, 'h264', 64, 48, ''); \
         INSERT INTO segment VALUES (7, 10, 1, 20, 30, 3, 1, 'main', 0, 0);",
    )
    .execute(db.write())
    .await
    .unwrap();
    db.close().await;
    let db = Database::open(&path).await.unwrap();
    let volume: (i64, String, i64, i64, bool, Option<i64>) = sqlx::query_as(
        "SELECT v.id, v.root, v.clean_from_us, v.position, v.is_default, v.removed_at_us \
         FROM segment s JOIN volume v ON v.id = s.volume_id",
    )
    .fetch_one(db.read())
    .await
    .unwrap();
    assert_eq!(volume, (3, "/footage".to_owned(), 5, 3, false, None));
    let assigned: Option<i64> =
        sqlx::query_scalar("SELECT volume_id FROM camera").fetch_one(db.read()).await.unwrap();
    assert_eq!(assigned, None);
}

#[tokio::test]
async fn a_failing_upgrade_changes_nothing() {
    let at = Fixture::new().await;
    at.store.insert(&camera(1, "Gate"), None).await.unwrap();
    at.db.close().await;
    let broken = migrations_with(
        "CREATE TABLE half (x INTEGER) STRICT; DROP TABLE camera; SELECT nothing FROM nowhere;",
    );
    let error = Database::open_with(&at.path(), &broken).await.unwrap_err();
    assert!(Path::new(error.fact("copy").expect("names the copy")).exists());
    let db = Database::open(&at.path()).await.unwrap();
    let store = SqliteCameraStore::new(db, Arc::new(SteppedClock::default()));
    assert_eq!(store.list().await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_not_ours_is_refused_and_left_as_it_is() {
    // Newer.
    let at = Fixture::new().await;
    at.db.close().await;
    Database::open_with(&at.path(), &migrations_with("CREATE TABLE later (x INTEGER) STRICT"))
        .await
        .unwrap()
        .close()
        .await;
    let before = std::fs::read(at.path()).unwrap();
    let error = Database::open(&at.path()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unsupported);
    assert_eq!(error.fact("database_version"), Some("9999"));
    assert!(before == std::fs::read(at.path()).unwrap(), "a newer database was changed");

    // Another program's.
    let other = at.temp.path().join("other.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&other).create_if_missing(true);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    sqlx::raw_sql("CREATE TABLE bookmark (url TEXT)").execute(&pool).await.unwrap();
    pool.close().await;
    let before = std::fs::read(&other).unwrap();
    assert_eq!(kind_of(Database::open(&other).await), Kind::Unsupported);
    assert!(before == std::fs::read(&other).unwrap(), "another program's database was changed");

    // No database at all.
    let junk = at.temp.path().join("junk.db");
    std::fs::write(&junk, "not a database, but long enough to look like one".repeat(100)).unwrap();
    assert_eq!(kind_of(Database::open(&junk).await), Kind::Corrupt);
    let aside = Database::set_aside(&junk, WallTime(1_000)).unwrap();
    assert_eq!(aside, at.temp.path().join("junk.db.damaged-1"));
    Database::open(&junk).await.unwrap().close().await;
}

#[tokio::test]
async fn cameras_come_back_as_they_were_kept() {
    let at = Fixture::new().await;
    let mut plain = camera(2, "alpha");
    plain.streams.truncate(1);
    plain.streams[0].found = None;
    plain.record = RecordPolicy::default();
    plain.onvif_url = None;
    plain.device_identity = None;
    let full = camera(1, "Beta");
    at.store.insert(&full, Some("token")).await.unwrap();
    at.store.insert(&plain, None).await.unwrap();
    assert_eq!(at.store.list().await.unwrap(), [plain.clone(), full.clone()], "by name, letters alike");

    let mut changed = plain.clone();
    changed.name = "Zeta".to_owned();
    changed.streams = camera(2, "x").streams;
    changed.record.retention_days = Some(7);
    at.store.update(&changed).await.unwrap();
    assert_eq!(at.store.list().await.unwrap(), [full.clone(), changed]);
    assert_eq!(at.store.sealed_credentials(full.id).await.unwrap().as_deref(), Some("token"));
    assert_eq!(at.store.sealed_credentials(plain.id).await.unwrap(), None);
}

#[tokio::test]
async fn names_are_unique_among_cameras_in_use() {
    let at = Fixture::new().await;
    let gate = camera(1, "Gate");
    at.store.insert(&gate, None).await.unwrap();
    let error = at.store.insert(&camera(2, "Gate"), None).await.unwrap_err();
    assert_eq!((error.kind(), error.fact("name")), (Kind::Conflict, Some("Gate")));
    let mut yard = camera(2, "Yard");
    at.store.insert(&yard, None).await.unwrap();
    yard.name = "Gate".to_owned();
    assert_eq!(kind_of(at.store.update(&yard).await), Kind::Conflict);
    at.store.update(&gate).await.expect("its own name is no conflict");

    at.store.remove(gate.id).await.unwrap();
    at.store.update(&yard).await.expect("a removed camera's name is free");
    at.store.insert(&camera(1, "Other"), None).await.expect("a removed camera comes back under its id");
    assert_eq!(
        kind_of(at.store.insert(&camera(1, "Third"), None).await),
        Kind::Conflict,
        "an id in use is not given away"
    );
}

#[tokio::test]
async fn all_logins_are_sealed_anew_or_none() {
    let at = Fixture::new().await;
    for n in 1..=3 {
        at.store.insert(&camera(n, &format!("Camera {n}")), Some(&format!("token {n}"))).await.unwrap();
    }
    let fails = |sealed: &str| match sealed {
        "token 3" => Err(atalaya_model::Error::new(Kind::Corrupt, "damaged")),
        sealed => Ok(format!("new {sealed}")),
    };
    assert_eq!(kind_of(at.store.reseal_credentials(&fails).await), Kind::Corrupt);
    assert_eq!(at.store.sealed_sample().await.unwrap(), ["token 1", "token 2", "token 3"]);
    assert_eq!(at.store.reseal_credentials(&|sealed| Ok(format!("new {sealed}"))).await.unwrap(), 3);
    assert_eq!(at.store.sealed_sample().await.unwrap(), ["new token 1", "new token 2", "new token 3"]);
}

#[tokio::test]
async fn a_removed_camera_comes_back_as_itself() {
    let at = Fixture::new().await;
    let gate = camera(1, "Gate");
    at.store.insert(&gate, Some("token")).await.unwrap();
    let row = camera_row(&mut at.db.write().acquire().await.unwrap(), gate.id).await.unwrap();
    at.store.remove(gate.id).await.unwrap();
    let mut back = Camera { name: "Gate again".to_owned(), ..gate.clone() };
    back.record.retention_days = Some(1);
    at.store.insert(&back, None).await.unwrap();
    assert_eq!(camera_row(&mut at.db.read().acquire().await.unwrap(), gate.id).await.unwrap(), row);
    let listed = at.store.list().await.unwrap();
    assert_eq!((listed.len(), listed[0].name.as_str()), (1, "Gate again"));
    assert_eq!(listed[0].record.retention_days, Some(30), "footage is not deleted sooner for it");
    assert_eq!(at.store.sealed_credentials(gate.id).await.unwrap(), None);
    assert_eq!(
        kind_of(at.store.insert(&Camera { name: "Third".to_owned(), ..back }, None).await),
        Kind::Conflict
    );
}

#[tokio::test]
async fn a_removed_camera_still_owns_its_footage() {
    let at = Fixture::new().await;
    let gate = camera(1, "Gate");
    at.store.insert(&gate, Some("token")).await.unwrap();
    let row = camera_row(&mut at.db.write().acquire().await.unwrap(), gate.id).await.unwrap();
    at.store.remove(gate.id).await.unwrap();
    assert_eq!(camera_row(&mut at.db.read().acquire().await.unwrap(), gate.id).await.unwrap(), row);
    assert!(at.store.list().await.unwrap().is_empty());
    assert!(at.store.sealed_sample().await.unwrap().is_empty());
    for failed in [
        at.store.remove(gate.id).await,
        at.store.update(&gate).await,
        at.store.set_sealed_credentials(gate.id, Some("x")).await,
        at.store.sealed_credentials(gate.id).await.map(drop),
    ] {
        assert_eq!(kind_of(failed), Kind::NotFound);
    }
}

#[tokio::test]
async fn unknown_footage_gets_an_owner() {
    let at = Fixture::new().await;
    let id = CameraId(Uuid::from_u128(9));
    let mut tx = at.db.begin().await.unwrap();
    assert_eq!(kind_of(camera_row(&mut tx, id).await), Kind::NotFound);
    let row = adopt_camera(&mut tx, id, "Gate", WallTime(5)).await.unwrap();
    assert_eq!(adopt_camera(&mut tx, id, "Renamed", WallTime(6)).await.unwrap(), row);
    tx.commit().await.unwrap();
    assert!(at.store.list().await.unwrap().is_empty());
    at.store.insert(&camera(1, "Gate"), None).await.expect("the name is free");
}

#[tokio::test]
async fn hostile_texts_are_only_texts() {
    let at = Fixture::new().await;
    let names = [
        "'; DROP TABLE camera; --",
        "\" OR 1=1 --",
        "Ñandú 入口 🚪",
        "%_[]*?",
        "$1 ?1 :name @x",
        "\\'\\\"",
        "e\u{301}",
        "<img src=x onerror=alert(1)>",
    ];
    for (n, name) in names.iter().enumerate() {
        let camera = camera(n as u128 + 1, name);
        at.store.insert(&camera, Some(name)).await.unwrap();
        at.store.set_setting(name, Some(name)).await.unwrap();
        assert_eq!(at.store.sealed_credentials(camera.id).await.unwrap().as_deref(), Some(*name));
        assert_eq!(at.store.setting(name).await.unwrap().as_deref(), Some(*name));
    }
    let mut kept: Vec<String> =
        at.store.list().await.unwrap().into_iter().map(|camera| camera.name).collect();
    kept.sort();
    let mut expected = names.map(str::to_owned).to_vec();
    expected.sort();
    assert_eq!(kept, expected);
}

#[tokio::test]
async fn impossible_cameras_are_not_kept() {
    let at = Fixture::new().await;
    let mut elsewhere = camera(1, "Gate");
    elsewhere.host = "192.0.2.99".to_owned();
    assert_eq!(kind_of(at.store.insert(&elsewhere, None).await), Kind::Refused);
    let mut blind = camera(1, "Gate");
    blind.streams.clear();
    assert_eq!(kind_of(at.store.insert(&blind, None).await), Kind::InvalidInput);
    let mut endless = camera(1, "Gate");
    endless.record.quota_bytes = Some(u64::MAX);
    assert_eq!(kind_of(at.store.insert(&endless, None).await), Kind::InvalidInput);
    assert!(at.store.list().await.unwrap().is_empty());
    // Changed behind our back.
    at.store.insert(&camera(1, "Gate"), None).await.unwrap();
    sqlx::query("UPDATE stream SET url = 'file:///etc/passwd'").execute(at.db.write()).await.unwrap();
    assert_eq!(kind_of(at.store.list().await), Kind::Corrupt);
}

#[tokio::test]
async fn settings_are_set_changed_and_removed() {
    let at = Fixture::new().await;
    assert_eq!(at.store.setting("language").await.unwrap(), None);
    for value in [Some("en"), Some("es"), Some(""), None, None] {
        at.store.set_setting("language", value).await.unwrap();
        assert_eq!(at.store.setting("language").await.unwrap().as_deref(), value);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_and_writers_do_not_wait_for_each_other() {
    let at = Fixture::new().await;
    let mut tasks = tokio::task::JoinSet::new();
    // So few that on a slow disk none waits for the one writer as long as is waited at most.
    for n in 1..=10 {
        let store = at.store.clone();
        tasks.spawn(async move {
            let mut camera = camera(n, &format!("Camera {n}"));
            store.insert(&camera, Some("token")).await.unwrap();
            camera.record.retention_days = None;
            store.update(&camera).await.unwrap();
            store.set_sealed_credentials(camera.id, Some("other")).await.unwrap();
        });
        let store = at.store.clone();
        tasks.spawn(async move {
            for _ in 0..20 {
                for camera in store.list().await.unwrap() {
                    assert_eq!(camera.streams.len(), 2, "half a camera was seen");
                }
            }
        });
    }
    while let Some(result) = tasks.join_next().await {
        result.unwrap();
    }
    assert_eq!(at.store.list().await.unwrap().len(), 10);

    // A writer in the middle of a transaction holds no reader up, and its rows are not seen.
    let mut tx = at.db.begin().await.unwrap();
    sqlx::query("DELETE FROM stream").execute(&mut *tx).await.unwrap();
    assert_eq!(at.store.list().await.unwrap().len(), 10);
    tx.rollback().await.unwrap();
}

#[tokio::test]
async fn what_was_committed_is_there_without_closing() {
    let at = Fixture::new().await;
    at.store.insert(&camera(1, "Gate"), None).await.unwrap();
    // As a crash leaves it: the file and its log, no checkpoint.
    let copy = tempfile::tempdir().unwrap();
    for name in ["atalaya.db", "atalaya.db-wal"] {
        std::fs::copy(at.temp.path().join(name), copy.path().join(name)).unwrap();
    }
    let db = Database::open(&copy.path().join("atalaya.db")).await.unwrap();
    let store = SqliteCameraStore::new(db, Arc::new(SteppedClock::default()));
    assert_eq!(store.list().await.unwrap().len(), 1);
}

async fn vault(dir: &DataDir) -> FernetBox {
    FernetBox::open(dir, KeyStore::File, &[], Arc::new(SteppedClock::default()), true).await.unwrap()
}

#[tokio::test]
async fn logins_swapped_in_the_database_are_refused() {
    let at = Fixture::new().await;
    let dir = DataDir::resolve(Some(at.temp.path().join("data"))).unwrap();
    let vault = vault(&dir).await;
    let [a, b] = [camera(1, "A"), camera(2, "B")];
    let seal = |camera: &Camera| vault.seal(camera.id, &camera.host, &Credentials::new("u", "p")).unwrap();
    // The other one's login in each row.
    at.store.insert(&a, Some(&seal(&b))).await.unwrap();
    at.store.insert(&b, Some(&seal(&a))).await.unwrap();
    for camera in [&a, &b] {
        let sealed = at.store.sealed_credentials(camera.id).await.unwrap().unwrap();
        assert_eq!(kind_of(vault.open(camera.id, &camera.host, &sealed)), Kind::Refused);
    }

    // A camera sent to another host in the database does not take its login there.
    at.store.set_sealed_credentials(a.id, Some(&seal(&a))).await.unwrap();
    sqlx::raw_sql(
        "UPDATE camera SET host = '203.0.113.1'; UPDATE stream SET url = replace(url, '192.0.2.', '203.0.113.')",
    )
    .execute(at.db.write())
    .await
    .unwrap();
    sqlx::query("DELETE FROM stream WHERE camera_id <> 1").execute(at.db.write()).await.unwrap();
    sqlx::query("UPDATE camera SET removed_at_us = 0 WHERE id <> 1").execute(at.db.write()).await.unwrap();
    let sent = at.store.list().await.unwrap().remove(0);
    assert_eq!((sent.id, sent.host.as_str()), (a.id, "203.0.113.1"));
    let sealed = at.store.sealed_credentials(a.id).await.unwrap().unwrap();
    assert_eq!(kind_of(vault.open(sent.id, &sent.host, &sealed)), Kind::Refused);
    println!("S4: 2 rows swapped and 1 camera sent elsewhere in the database, 3 of 3 logins refused");
}

/// Every file under the folder that holds one of the needles.
fn files_with(folder: &Path, needles: &[Vec<u8>]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, needles));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            if needles.iter().any(|needle| bytes.windows(needle.len()).any(|window| window == needle)) {
                found.push(path);
            }
        }
    }
    found
}

#[tokio::test]
async fn no_password_is_ever_in_a_file_and_no_old_token_stays() {
    const CANARY: &str = "C4nary/pass+word?é";
    let at = Fixture::new().await;
    let dir = DataDir::resolve(Some(at.temp.path().join("data"))).unwrap();
    let vault = vault(&dir).await;
    let base64 = base64::engine::general_purpose::STANDARD_NO_PAD;
    let mut needles = vec![CANARY.as_bytes().to_vec(), b"C4nary%2Fpass%2Bword%3F%C3%A9".to_vec()];
    // Base64 at each of the three alignments, without the characters that depend on what surrounds it.
    for shift in 0..3 {
        let shifted = [vec![0; shift], CANARY.as_bytes().to_vec()].concat();
        let text = base64.encode(shifted);
        needles.push(text.as_bytes()[4..text.len() - 4].to_vec());
        needles.push(text[4..text.len() - 4].replace('+', "-").replace('/', "_").into_bytes());
    }
    needles.push(CANARY.bytes().fold(String::new(), |text, byte| format!("{text}{byte:02x}")).into_bytes());
    std::fs::write(at.temp.path().join("bait"), format!("x{}", base64.encode(format!("a{CANARY}")))).unwrap();
    assert_eq!(files_with(at.temp.path(), &needles).len(), 1, "the search finds what it looks for");
    std::fs::remove_file(at.temp.path().join("bait")).unwrap();

    let nothing: [PathBuf; 0] = [];
    let gate = camera(1, "Gate");
    let seal = || vault.seal(gate.id, &gate.host, &Credentials::new("admin", CANARY)).unwrap();
    let tokens = [seal(), seal(), seal()];
    let token_bytes = |n: usize| vec![tokens[n].as_bytes()[20..].to_vec()];

    at.store.insert(&gate, Some(&tokens[0])).await.unwrap();
    assert_eq!(files_with(at.temp.path(), &needles), nothing);
    assert!(!files_with(at.temp.path(), &token_bytes(0)).is_empty());
    at.store.set_sealed_credentials(gate.id, Some(&tokens[1])).await.unwrap();
    assert_eq!(files_with(at.temp.path(), &needles), nothing);
    assert_eq!(files_with(at.temp.path(), &token_bytes(0)), nothing, "the changed login is gone");
    at.store.remove(gate.id).await.unwrap();
    assert_eq!(files_with(at.temp.path(), &token_bytes(1)), nothing, "the removed login is gone");

    at.store.insert(&camera(3, "Yard"), Some(&tokens[2])).await.unwrap();
    at.store.forget_credentials().await.unwrap();
    assert_eq!(files_with(at.temp.path(), &token_bytes(2)), nothing, "the forgotten login is gone");
    assert_eq!(at.store.list().await.unwrap().len(), 1);
    at.db.close().await;
    assert_eq!(files_with(at.temp.path(), &needles), nothing);
}

/// SQLite rolls back by itself where there is no room (R4): whoever writes next must be able to.
#[tokio::test]
async fn a_full_disk_in_the_middle_of_a_transaction_spoils_no_later_one() {
    let at = Fixture::new().await;
    // More than a new database has, and less than what is written below.
    sqlx::query("PRAGMA max_page_count = 1000").execute(at.db.write()).await.unwrap();
    let mut tx = at.db.begin().await.unwrap();
    let full = sqlx::query("INSERT INTO setting (key, value) VALUES ('large', hex(zeroblob(5000000)))")
        .execute(&mut *tx)
        .await
        .unwrap_err();
    assert!(full.to_string().contains("full"), "{full}");
    drop(tx);
    // Another connection, which has the limit no more, as a disk has room again.
    let mut tx = at.db.begin().await.unwrap();
    sqlx::query("INSERT INTO setting (key, value) VALUES ('small', 'x')").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

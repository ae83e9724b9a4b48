//! A database that is damaged or gone: set aside, made anew, and given back what only a database knows (cameras,
//! logins, groups, views, settings, causes of gaps), from what can still be read of it or from a copy.
//!
//! The copy is `NAME.kept`, brought up to date at every orderly end and at a start when it is a day old. It holds no
//! index of the footage, which is made anew from the files, and so stays small. Must not know what the tables mean.

use super::database::{Database, writer_options};
use super::error::db_error;
use super::migrate::{MIGRATIONS, migrate_error, newest};
use crate::data_dir::{create_private_file, io_error};
use atalaya_model::time::WallTime;
use atalaya_model::{Error, Kind, Result, text};
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

/// Up to this size a database is looked over as a whole before it is used, in bytes: about a second on a hard disk.
/// Of a larger one only the tables that no file can bring back are.
const WHOLE_MAX: u64 = 128 << 20;
/// How old the copy may grow while the program never ends in order.
const KEEP_EVERY: Duration = Duration::from_hours(24);

/// A table that is kept, and the statements for it. Another database is attached as `other`.
pub(super) struct Table {
    pub(super) name: &'static str,
    check: &'static str,
    clear: &'static str,
    take: &'static str,
}

macro_rules! tables {
    ($($name:literal),+ $(,)?) => {
        &[$(Table {
            name: $name,
            check: concat!("PRAGMA quick_check(", $name, ")"),
            clear: concat!("DELETE FROM main.", $name),
            take: concat!("INSERT OR IGNORE INTO main.", $name, " SELECT * FROM other.", $name),
        }),+]
    };
}

/// What no file can bring back, each table after those that it refers to. The other tables are the footage's index.
pub(super) static TABLES: &[Table] = tables![
    "volume",
    "credential_set",
    "camera",
    "stream",
    "credential",
    "setting",
    "gap",
    "known_device",
    "saved_view",
    "tour",
    "protected_range",
    "deletion",
    "motion_setting",
    "motion",
];

/// What was put right when the database was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    /// Where the damaged database is now; none when there was no database.
    pub aside: Option<PathBuf>,
    /// Cameras that are known again.
    pub cameras: u64,
}

impl Database {
    /// Opens like [`Database::open`]; a damaged database is set aside and one that is gone is made anew, with what can
    /// be had of the old one in it. Only for whoever holds the data folder's lock.
    pub async fn open_mending(path: &Path, now: WallTime) -> Result<(Self, Option<Mended>)> {
        let (db, aside) = match open_whole(path).await {
            Ok(db) => (db, None),
            Err(error) if error.kind() == Kind::Corrupt => {
                let aside = Self::set_aside(path, now)?;
                tracing::error!(%error, aside = %aside.display(), "the database is damaged and was set aside");
                (Self::open(path).await?, Some(aside))
            }
            Err(error) => return Err(error),
        };
        // Removed cameras keep their rows: a database without any is new, or has lost them.
        if aside.is_none() && knows_cameras(&db).await? {
            if copy_is_old(path, now) {
                Self::keep_copy(path).await;
            }
            return Ok((db, None));
        }
        let copies = copies(path);
        if aside.is_none() && copies.is_empty() {
            return Ok((db, None));
        }
        let cameras = restore(&db, path, aside.as_deref(), &copies).await?;
        tracing::error!(
            cameras,
            "the database was made anew; the footage is indexed from its files, and what was lost of cameras, logins \
             and settings must be entered again"
        );
        Ok((db, Some(Mended { aside, cameras })))
    }

    /// Brings the copy of what only the database knows up to date. A failure leaves the copy as it was.
    pub async fn keep_copy(path: &Path) {
        if let Err(error) = keep(&sibling(path, ".kept"), path).await {
            tracing::warn!(%error, "the copy of cameras and settings was not brought up to date");
        }
    }
}

fn sibling(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Opens a database and looks it over.
async fn open_whole(path: &Path) -> Result<Database> {
    let db = Database::open(path).await?;
    match look_over(&db, path).await {
        Ok(()) => Ok(db),
        Err(error) => {
            db.close().await;
            Err(error)
        }
    }
}

async fn knows_cameras(db: &Database) -> Result<bool> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM camera)").fetch_one(db.read()).await.map_err(db_error)
}

async fn look_over(db: &Database, path: &Path) -> Result<()> {
    let small = std::fs::metadata(path).is_ok_and(|file| file.len() <= WHOLE_MAX);
    let checks: Vec<&'static str> =
        if small { vec!["PRAGMA quick_check(1)"] } else { TABLES.iter().map(|table| table.check).collect() };
    for check in checks {
        let found: String = sqlx::query_scalar(check).fetch_one(db.read()).await.map_err(db_error)?;
        if found != "ok" {
            return Err(Error::new(Kind::Corrupt, "the database file is damaged")
                .with("found", text::excerpt(&found, 120)));
        }
    }
    Ok(())
}

fn copy_is_old(path: &Path, now: WallTime) -> bool {
    let made = std::fs::metadata(sibling(path, ".kept")).and_then(|file| file.modified());
    let Some(age) = made.ok().and_then(|made| made.duration_since(UNIX_EPOCH).ok()) else { return true };
    now >= WallTime(age.as_micros() as i64) + KEEP_EVERY
}

/// The copies that there are, the best first: the one that is kept, then those of before an upgrade, newest first.
fn copies(path: &Path) -> Vec<PathBuf> {
    let before_upgrades = (1..=newest(&MIGRATIONS)).rev().map(|version| format!(".schema-{version}"));
    std::iter::once(".kept".to_owned())
        .chain(before_upgrades)
        .map(|suffix| sibling(path, &suffix))
        .filter(|copy| copy.exists())
        .collect()
}

/// Gives a new database back what can be read; returns how many cameras it then knows.
async fn restore(db: &Database, path: &Path, aside: Option<&Path>, copies: &[PathBuf]) -> Result<u64> {
    let mut missing: Vec<&'static Table> = TABLES.iter().collect();
    if let Some(aside) = aside
        && let Err(error) = take(db, aside, &mut missing).await
    {
        tracing::warn!(%error, "nothing of the damaged database can be read");
    }
    let rescue = sibling(path, ".rescue");
    for copy in copies {
        if missing.is_empty() {
            break;
        }
        // Brought to this schema in a copy of its own: it stays as it is.
        let taken = match upgraded(copy, &rescue).await {
            Ok(()) => take(db, &rescue, &mut missing).await,
            Err(error) => Err(error),
        };
        match taken {
            Ok(()) => tracing::info!(copy = %copy.display(), "took what was missing from a copy"),
            Err(error) => tracing::warn!(copy = %copy.display(), %error, "a copy cannot be read"),
        }
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(sibling(&rescue, suffix));
        }
    }
    // Nothing is indexed yet, whatever is said of it.
    sqlx::query("UPDATE volume SET clean_from_us = ?1, longest_us = 0")
        .bind(i64::MIN)
        .execute(db.write())
        .await
        .map_err(db_error)?;
    let cameras: i64 = sqlx::query_scalar("SELECT count(*) FROM camera WHERE removed_at_us IS NULL")
        .fetch_one(db.write())
        .await
        .map_err(db_error)?;
    Ok(cameras.max(0) as u64)
}

async fn upgraded(copy: &Path, rescue: &Path) -> Result<()> {
    std::fs::copy(copy, rescue).map_err(|error| io_error("a copy cannot be read", copy, error))?;
    open_copy(rescue).await?.close().await.map_err(db_error)
}

/// Opens a database beside the one in use, brought to this schema.
async fn open_copy(path: &Path) -> Result<SqliteConnection> {
    create_private_file(path)?;
    let mut conn = writer_options(path).connect().await.map_err(db_error)?;
    match MIGRATIONS.run(&mut conn).await {
        Ok(()) => Ok(conn),
        Err(error) => {
            conn.close().await.map_err(db_error)?;
            Err(migrate_error(error))
        }
    }
}

async fn attach(conn: &mut SqliteConnection, other: &Path) -> Result<()> {
    let path = other.to_str().ok_or_else(|| {
        Error::new(Kind::Unsupported, "the data folder's path is not UTF-8").with("path", other.display())
    })?;
    sqlx::query("ATTACH DATABASE ? AS other").bind(path).execute(conn).await.map_err(db_error)?;
    Ok(())
}

/// Takes the missing tables, as far as they can be read.
async fn take(db: &Database, from: &Path, missing: &mut Vec<&'static Table>) -> Result<()> {
    let mut conn = db.write().acquire().await.map_err(db_error)?;
    attach(&mut conn, from).await?;
    let taken = take_attached(&mut conn, missing).await;
    sqlx::query("DETACH DATABASE other").execute(&mut *conn).await.map_err(db_error)?;
    taken
}

async fn take_attached(conn: &mut SqliteConnection, missing: &mut Vec<&'static Table>) -> Result<()> {
    let version: i64 = sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM other._sqlx_migrations")
        .fetch_one(&mut *conn)
        .await
        .map_err(db_error)?;
    if version != newest(&MIGRATIONS) {
        return Err(Error::new(Kind::Unsupported, "it has another schema").with("version", version));
    }
    for table in std::mem::take(missing) {
        if let Err(error) = sqlx::query(table.take).execute(&mut *conn).await {
            tracing::warn!(table = table.name, error = %db_error(error), "a table cannot be read");
            missing.push(table);
        }
    }
    Ok(())
}

async fn keep(kept: &Path, from: &Path) -> Result<()> {
    let mut conn = match open_copy(kept).await {
        Ok(conn) => conn,
        Err(error) => {
            tracing::warn!(%error, "the copy of cameras and settings is made anew");
            std::fs::remove_file(kept).map_err(|error| io_error("a copy cannot be replaced", kept, error))?;
            open_copy(kept).await?
        }
    };
    let filled = fill(&mut conn, from).await;
    // Closing would look after the statistics of what is attached.
    let _ = sqlx::query("DETACH DATABASE other").execute(&mut conn).await;
    conn.close().await.map_err(db_error)?;
    filled
}

/// Replaces what is in the copy, whole or not at all.
async fn fill(conn: &mut SqliteConnection, from: &Path) -> Result<()> {
    attach(conn, from).await?;
    // A database that has lost its cameras must not take them from the copy, too.
    let empty: bool = sqlx::query_scalar("SELECT NOT EXISTS (SELECT 1 FROM other.camera)")
        .fetch_one(&mut *conn)
        .await
        .map_err(db_error)?;
    if empty {
        return Ok(());
    }
    let mut tx = conn.begin().await.map_err(db_error)?;
    for table in TABLES.iter().rev() {
        sqlx::query(table.clear).execute(&mut *tx).await.map_err(db_error)?;
    }
    for table in TABLES {
        sqlx::query(table.take).execute(&mut *tx).await.map_err(db_error)?;
    }
    tx.commit().await.map_err(db_error)
}

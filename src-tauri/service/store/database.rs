//! Opening the database file: pragmas, pools, and what is done before the first statement. Knows no table of its own.

use super::error::db_error;
use super::migrate;
use crate::data_dir::{create_private_file, io_error};
use atalaya_model::time::WallTime;
use atalaya_model::{Error, Kind, Result};
use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, SqlitePool, Transaction};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a statement waits for another process's lock. Only backup tools and an `sqlite3` shell can hold one.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a caller waits for a connection: a little more than the longest wait of the one that has it.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// Readers: enough for a timeline, an export and a list at once; each is a thread and a page cache of 2 MiB.
const READERS: u32 = 4;

/// The open database. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Database {
    write: SqlitePool,
    read: SqlitePool,
}

impl Database {
    /// Opens or creates the database file and brings it to this program's schema; an existing file is copied aside
    /// before that. `Unsupported` when it belongs to a newer version or to another program, `Corrupt` when it is
    /// damaged.
    pub async fn open(path: &Path) -> Result<Self> {
        Self::open_with(path, &migrate::MIGRATIONS).await
    }

    pub(super) async fn open_with(path: &Path, migrations: &Migrator) -> Result<Self> {
        Self::open_steps(path, migrations).await.map_err(|error| error.with("database", path.display()))
    }

    async fn open_steps(path: &Path, migrations: &Migrator) -> Result<Self> {
        // SQLite gives the log and shared-memory files the mode of the database file: making it first makes all private.
        create_private_file(path)?;
        // Before the writer, whose pragmas change the file.
        let applied = migrate::inspect(common_options(path), migrations).await?;
        let write = pool(1).connect_with(writer_options(path)).await.map_err(db_error)?;
        match Self::prepare(&write, path, applied, migrations).await {
            Ok(read) => Ok(Self { write, read }),
            Err(error) => {
                // Windows keeps an open file from being moved away or replaced.
                write.close().await;
                Err(error)
            }
        }
    }

    /// Moves a damaged database out of the way, with its log, to `NAME.damaged-MILLISECONDS`; returns the new name.
    /// What comes back of it is `open_mending`'s business.
    pub fn set_aside(path: &Path, now: WallTime) -> Result<PathBuf> {
        let mut aside = path.as_os_str().to_owned();
        aside.push(format!(".damaged-{}", now.as_millis()));
        // The log first: a log without its database is ignored, a new database beside an old log is not.
        for suffix in ["-wal", "-shm", ""] {
            let [mut from, mut to] = [path.as_os_str().to_owned(), aside.clone()];
            from.push(suffix);
            to.push(suffix);
            match std::fs::rename(&from, &to) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(io_error("the damaged database cannot be moved", path, error));
                }
                _ => {}
            }
        }
        Ok(aside.into())
    }

    async fn prepare(
        write: &SqlitePool,
        path: &Path,
        applied: i64,
        migrations: &Migrator,
    ) -> Result<SqlitePool> {
        let journal_mode: String =
            sqlx::query_scalar("PRAGMA journal_mode").fetch_one(write).await.map_err(db_error)?;
        if journal_mode != "wal" {
            // SQLite falls back without an error where shared memory is missing, as on network drives.
            return Err(Error::new(
                Kind::Unsupported,
                "the database needs a local disk: its file system cannot do write-ahead logging",
            ));
        }
        migrate::bring_up_to_date(write, path, applied, migrations).await?;
        // Gives room back that deleted rows left, at most 16 MiB a start so that starting stays quick.
        sqlx::query("PRAGMA incremental_vacuum(4096)").execute(write).await.map_err(db_error)?;
        pool(READERS).connect_with(common_options(path).read_only(true)).await.map_err(db_error)
    }

    /// The only connection that writes. Hold it for short transactions, never across network or media I/O.
    pub const fn write(&self) -> &SqlitePool {
        &self.write
    }

    /// The connections that only read. A read sees the last commit before it began.
    pub const fn read(&self) -> &SqlitePool {
        &self.read
    }

    /// Begins a transaction that may write. IMMEDIATE takes the write lock now: an upgrade from reading to writing
    /// in the middle would fail at once, whatever the busy timeout.
    pub async fn begin(&self) -> Result<Transaction<'static, Sqlite>> {
        const BEGIN: &str = "BEGIN IMMEDIATE";
        match self.write.begin_with(BEGIN).await {
            // SQLite ends a transaction by itself when the disk is full or fails (sqlite.org/lang_transaction.html
            // §3). There is none left to roll back then, and sqlx counts it for ever: only another connection helps.
            Err(sqlx::Error::InvalidSavePointStatement) => {
                let spoilt = self.write.acquire().await.map_err(db_error)?;
                spoilt.close().await.map_err(db_error)?;
                self.write.begin_with(BEGIN).await.map_err(db_error)
            }
            begun => begun.map_err(db_error),
        }
    }

    /// Copies what is committed into the database file and empties the write-ahead log, so that old page versions,
    /// with sealed credentials among them, do not stay in it. Waits for readers at most the busy timeout; what then
    /// stays goes with a later checkpoint, so that failing here is no failure of the change itself.
    pub(super) async fn empty_log(&self) {
        let result: std::result::Result<(bool, i64, i64), _> =
            sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&self.write).await;
        match result {
            Ok((false, ..)) => {}
            Ok((true, ..)) => tracing::info!("a reader kept the write-ahead log from being emptied"),
            Err(error) => tracing::warn!(error = %db_error(error), "the write-ahead log was not emptied"),
        }
    }

    /// Waits for running statements and closes all connections. The last one to close empties the write-ahead log
    /// and removes it; only the writer can do that, so the readers go first.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // A connection is a file handle here, not a network peer: it neither ages nor needs a ping.
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

fn common_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        // Sorting spills stay in memory: no temporary files with rows in them (I5).
        .pragma("temp_store", "MEMORY")
        // A damaged or forged file cannot run functions from its schema, and bad pages are noticed early.
        .pragma("trusted_schema", "OFF")
        .pragma("cell_size_check", "ON")
}

pub(super) fn writer_options(path: &Path) -> SqliteConnectOptions {
    common_options(path)
        .create_if_missing(true)
        // Takes effect on a new file only. Shortening the retention of years can free gigabytes of index, and a full
        // VACUUM would need that much room again and block recording; the price is one page in about 800.
        .auto_vacuum(SqliteAutoVacuum::Incremental)
        .journal_mode(SqliteJournalMode::Wal)
        // FULL syncs the log at every commit. NORMAL could lose the last commits in a power cut, and with them the
        // `garbage` row of a file already unlinked, or a password the camera was just given. The price is one fsync
        // a commit (3.4 ms instead of 0.05 ms at the median, measured on a virtual disk) at a few commits a second.
        .synchronous(SqliteSynchronous::Full)
        // macOS: a plain fsync does not reach the platters (sqlite.org/pragma.html#pragma_fullfsync).
        .pragma("fullfsync", "ON")
        .pragma("checkpoint_fullfsync", "ON")
        // Overwrites deleted content with zeros: no sealed credentials in free pages.
        .pragma("secure_delete", "ON")
        // Keeps the log from staying large after one big transaction, in bytes.
        .pragma("journal_size_limit", "16777216")
        .optimize_on_close(true, 400)
}

//! Bringing a database to this program's schema. Never touches one that is newer, and copies an existing one first.

use super::error::db_error;
use crate::data_dir::{create_private_file, io_error, sync_folder};
use atalaya_model::{Error, Kind, Result};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection, SqlitePool};
use std::path::{Path, PathBuf};

/// Every schema change since the first version, embedded from the `migrations` folder.
pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// "Atal", as migration 0001 sets it.
const APPLICATION_ID: i64 = 0x4174_616c;

/// Which migration an existing database file was brought to; 0 for an empty one. Only reads: `Unsupported` leaves a
/// newer version's or another program's file as it is.
pub(super) async fn inspect(options: SqliteConnectOptions, migrations: &Migrator) -> Result<i64> {
    let mut conn = options.read_only(true).connect().await.map_err(db_error)?;
    let applied = applied_version(&mut conn).await;
    conn.close().await.map_err(db_error)?;
    let (applied, newest) = (applied?, newest(migrations));
    if applied > newest {
        return Err(Error::new(
            Kind::Unsupported,
            "the database was made by a newer version of this program",
        )
        .with("database_version", applied)
        .with("newest_known", newest));
    }
    Ok(applied)
}

/// Applies what is missing after `applied`, first copying the file aside when there is anything in it to lose.
pub(super) async fn bring_up_to_date(
    write: &SqlitePool,
    path: &Path,
    applied: i64,
    migrations: &Migrator,
) -> Result<()> {
    let copy = if 0 < applied && applied < newest(migrations) {
        Some(copy_aside(write, path, applied).await?)
    } else {
        None
    };
    migrations.run(write).await.map_err(|error| match &copy {
        Some(copy) => migrate_error(error).with("copy", copy.display()),
        None => migrate_error(error),
    })
}

pub(super) fn newest(migrations: &Migrator) -> i64 {
    migrations.iter().map(|migration| migration.version).max().unwrap_or(0)
}

async fn applied_version(conn: &mut SqliteConnection) -> Result<i64> {
    let application_id: i64 =
        sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *conn).await.map_err(db_error)?;
    if application_id == APPLICATION_ID {
        return sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM _sqlx_migrations")
            .fetch_one(conn)
            .await
            .map_err(db_error);
    }
    // The bookkeeping table may stand alone when the very first start was cut off before its first migration.
    let foreign_tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE tbl_name <> '_sqlx_migrations'")
            .fetch_one(conn)
            .await
            .map_err(db_error)?;
    if application_id == 0 && foreign_tables == 0 {
        Ok(0)
    } else {
        Err(Error::new(Kind::Unsupported, "the file is a database of another program"))
    }
}

/// Copies the database, as committed, to `NAME.schema-N` beside it and drops the copy of an earlier upgrade.
async fn copy_aside(write: &SqlitePool, path: &Path, version: i64) -> Result<PathBuf> {
    let sibling = |suffix: String| {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(suffix);
        path.with_file_name(name)
    };
    let copy = sibling(format!(".schema-{version}"));
    let part = sibling(format!(".schema-{version}.part"));
    let io = |error| io_error("the database cannot be copied aside before its upgrade", &copy, error);
    if part.exists() {
        std::fs::remove_file(&part).map_err(io)?;
    }
    create_private_file(&part)?;
    let part_text = part.to_str().ok_or_else(|| {
        Error::new(Kind::Unsupported, "the data folder's path is not UTF-8").with("path", part.display())
    })?;
    // VACUUM INTO and not a file copy: what is still in the write-ahead log belongs to it, freed pages do not.
    sqlx::query("VACUUM INTO ?").bind(part_text).execute(write).await.map_err(db_error)?;
    std::fs::OpenOptions::new().write(true).open(&part).and_then(|file| file.sync_all()).map_err(io)?;
    std::fs::rename(&part, &copy).map_err(io)?;
    sync_folder(&copy).map_err(io)?;
    for older in 1..version {
        let older = sibling(format!(".schema-{older}"));
        if older.exists() {
            std::fs::remove_file(older).map_err(io)?;
        }
    }
    tracing::info!(copy = %copy.display(), "copied the database aside before its upgrade");
    Ok(copy)
}

pub(super) fn migrate_error(error: MigrateError) -> Error {
    match error {
        MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _) => db_error(cause),
        MigrateError::VersionMissing(version) | MigrateError::VersionMismatch(version) => {
            Error::new(Kind::Unsupported, "the database was made by a development version of this program")
                .with("migration", version)
        }
        other => Error::new(Kind::Internal, "the database cannot be upgraded").caused_by(other),
    }
}

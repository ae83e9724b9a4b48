//! The one place where sqlx errors become the model's. Never adds a statement's values: they may be anything.

use atalaya_model::{Error, Kind};
use std::io::ErrorKind;

/// The model's error for one of sqlx.
pub fn db_error(error: sqlx::Error) -> Error {
    let (kind, message) = match &error {
        sqlx::Error::RowNotFound => (Kind::NotFound, "no such row in the database"),
        sqlx::Error::PoolTimedOut => (Kind::Timeout, "no database connection became free in time"),
        sqlx::Error::PoolClosed => (Kind::Cancelled, "the database is closed"),
        sqlx::Error::Io(cause) if cause.kind() == ErrorKind::StorageFull => {
            (Kind::StorageFull, "no room for the database")
        }
        sqlx::Error::Io(_) => (Kind::Unreachable, "the database's storage failed"),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
            (Kind::Corrupt, "the database holds a value of another type")
        }
        sqlx::Error::Database(cause) => {
            sqlite_kind(cause.code().and_then(|code| code.parse().ok()).unwrap_or_default())
        }
        _ => (Kind::Internal, "the database failed"),
    };
    Error::new(kind, message).caused_by(error)
}

/// What an extended result code means (sqlite.org/rescode.html); its low byte is the primary code.
const fn sqlite_kind(extended: i32) -> (Kind, &'static str) {
    match (extended & 0xff, extended) {
        (_, 1555 | 2067) => (Kind::Conflict, "such a row exists in the database already"),
        (5 | 6, _) => (Kind::Timeout, "the database stayed locked"),
        (13, _) => (Kind::StorageFull, "no room for the database"),
        (11 | 26, _) => (Kind::Corrupt, "the database file is damaged"),
        // READONLY, IOERR, CANTOPEN: the storage may come back, as after a replugged disk.
        (8 | 10 | 14, _) => (Kind::Unreachable, "the database's storage failed"),
        _ => (Kind::Internal, "the database refused a statement"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_codes_have_kinds() {
        for (code, kind) in [
            (2067, Kind::Conflict),    // SQLITE_CONSTRAINT_UNIQUE
            (1555, Kind::Conflict),    // SQLITE_CONSTRAINT_PRIMARYKEY
            (787, Kind::Internal),     // SQLITE_CONSTRAINT_FOREIGNKEY
            (261, Kind::Timeout),      // SQLITE_BUSY_RECOVERY
            (13, Kind::StorageFull),   // SQLITE_FULL
            (779, Kind::Corrupt),      // SQLITE_CORRUPT_INDEX
            (26, Kind::Corrupt),       // SQLITE_NOTADB
            (778, Kind::Unreachable),  // SQLITE_IOERR_WRITE
            (1032, Kind::Unreachable), // SQLITE_READONLY_DBMOVED
        ] {
            assert_eq!(sqlite_kind(code).0, kind, "{code}");
        }
    }
}

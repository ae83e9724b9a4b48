//! Credential sets in SQLite. Knows no key and no clear password: logins come and go sealed.

use super::Database;
use super::camera::write_sealed;
use super::error::db_error;
use atalaya_model::camera::CameraId;
use atalaya_model::credential_set::{CredentialSet, CredentialSetId};
use atalaya_model::ports::{BoxFuture, Clock, CredentialSetStore};
use atalaya_model::{Error, Kind, Result};
use sqlx::SqliteConnection;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use uuid::Uuid;

/// The credential sets in the database.
#[derive(Clone)]
pub struct SqliteCredentialSets {
    db: Database,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for SqliteCredentialSets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteCredentialSets").field("db", &self.db).finish_non_exhaustive()
    }
}

impl SqliteCredentialSets {
    /// The sets of an open database; the clock dates changes.
    pub fn new(db: Database, clock: Arc<dyn Clock>) -> Self {
        Self { db, clock }
    }

    async fn all(&self) -> Result<Vec<CredentialSet>> {
        let rows: Vec<(String, String, String)> = sqlx::query_as(
            "SELECT uuid, name, sealed FROM credential_set ORDER BY name COLLATE NOCASE, name",
        )
        .fetch_all(self.db.read())
        .await
        .map_err(db_error)?;
        rows.into_iter()
            .map(|(uuid, name, sealed)| Ok(CredentialSet { id: set_id(&uuid)?, name, sealed }))
            .collect()
    }

    async fn add(&self, set: &CredentialSet) -> Result<()> {
        CredentialSet::validate_name(&set.name)?;
        let added = sqlx::query(
            "INSERT INTO credential_set (uuid, name, sealed, changed_at_us) VALUES (?, ?, ?, ?) \
             ON CONFLICT DO NOTHING",
        )
        .bind(set.id.to_string())
        .bind(&set.name)
        .bind(&set.sealed)
        .bind(self.clock.wall().0)
        .execute(self.db.write())
        .await
        .map_err(db_error)?;
        if added.rows_affected() == 0 {
            return Err(
                Error::new(Kind::Conflict, "another credential set has this name").with("name", &set.name)
            );
        }
        Ok(())
    }

    async fn replace(&self, set: &CredentialSet, copies: &[(CameraId, String)]) -> Result<()> {
        let now = self.clock.wall();
        let mut tx = self.db.begin().await?;
        let row = set_row(&mut tx, set.id).await?;
        sqlx::query("UPDATE credential_set SET sealed = ?, changed_at_us = ? WHERE id = ?")
            .bind(&set.sealed)
            .bind(now.0)
            .bind(row)
            .execute(&mut *tx)
            .await
            .map_err(db_error)?;
        let members: Vec<(String, i64)> = sqlx::query_as(
            "SELECT uuid, id FROM camera WHERE credential_set_id = ? AND removed_at_us IS NULL",
        )
        .bind(row)
        .fetch_all(&mut *tx)
        .await
        .map_err(db_error)?;
        let members = BTreeMap::from_iter(members);
        let copies: BTreeMap<String, &String> =
            copies.iter().map(|(camera, sealed)| (camera.to_string(), sealed)).collect();
        if !copies.keys().eq(members.keys()) {
            return Err(Error::new(
                Kind::Conflict,
                "the cameras of the credential set have changed meanwhile",
            )
            .with("name", &set.name));
        }
        for (camera, sealed) in members.values().zip(copies.values()) {
            write_sealed(&mut tx, *camera, sealed, now).await?;
        }
        tx.commit().await.map_err(db_error)?;
        self.db.empty_log().await;
        Ok(())
    }

    async fn forget(&self, id: CredentialSetId) -> Result<()> {
        let mut tx = self.db.begin().await?;
        let row = set_row(&mut tx, id).await?;
        sqlx::query("UPDATE camera SET credential_set_id = NULL WHERE credential_set_id = ?")
            .bind(row)
            .execute(&mut *tx)
            .await
            .map_err(db_error)?;
        sqlx::query("DELETE FROM credential_set WHERE id = ?")
            .bind(row)
            .execute(&mut *tx)
            .await
            .map_err(db_error)?;
        tx.commit().await.map_err(db_error)?;
        self.db.empty_log().await;
        Ok(())
    }
}

impl CredentialSetStore for SqliteCredentialSets {
    fn list(&self) -> BoxFuture<'_, Result<Vec<CredentialSet>>> {
        Box::pin(self.all())
    }

    fn insert<'a>(&'a self, set: &'a CredentialSet) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.add(set))
    }

    fn change<'a>(
        &'a self,
        set: &'a CredentialSet,
        copies: &'a [(CameraId, String)],
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.replace(set, copies))
    }

    fn remove(&self, id: CredentialSetId) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.forget(id))
    }
}

/// The identity as the database writes it. `Corrupt`.
pub(super) fn set_id(uuid: &str) -> Result<CredentialSetId> {
    Uuid::try_parse(uuid).map(CredentialSetId).map_err(|_| {
        Error::new(Kind::Corrupt, "the database holds an impossible credential set").with("uuid", uuid)
    })
}

async fn set_row(conn: &mut SqliteConnection, id: CredentialSetId) -> Result<i64> {
    sqlx::query_scalar("SELECT id FROM credential_set WHERE uuid = ?")
        .bind(id.to_string())
        .fetch_optional(conn)
        .await
        .map_err(db_error)?
        .ok_or_else(|| Error::new(Kind::NotFound, "no such credential set").with("credential_set", id))
}

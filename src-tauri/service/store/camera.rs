//! Cameras, their sealed credentials and the settings in SQLite. Knows no key and no clear password: credentials come
//! and go sealed.

use super::Database;
use super::credential_set::set_id;
use super::error::db_error;
use atalaya_model::address::StreamUrl;
use atalaya_model::camera::{
    Camera, CameraId, PollInterval, RecordMode, RecordPolicy, StreamConfig, StreamFacts,
};
use atalaya_model::group::GroupPath;
use atalaya_model::ports::{BoxFuture, CameraStore, Clock, Reseal};
use atalaya_model::schedule::WeeklySchedule;
use atalaya_model::time::WallTime;
use atalaya_model::{Error, Kind, Result};
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Row, Sqlite, SqliteConnection};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The row id of a camera, in use or removed: footage keeps its owner. `NotFound`.
pub async fn camera_row(conn: &mut SqliteConnection, id: CameraId) -> Result<i64> {
    sqlx::query_scalar("SELECT id FROM camera WHERE uuid = ?")
        .bind(id.to_string())
        .fetch_optional(conn)
        .await
        .map_err(db_error)?
        .ok_or_else(|| not_found(id))
}

/// The row id of a camera that owns footage; one that the database does not know, as after a lost database, is
/// added as a removed camera under the name that its files carry.
pub async fn adopt_camera(
    conn: &mut SqliteConnection,
    id: CameraId,
    name: &str,
    now: WallTime,
) -> Result<i64> {
    sqlx::query(
        "INSERT INTO camera (uuid, name, host, record_mode, simulated, created_at_us, removed_at_us) \
         VALUES (?1, ?2, '', 'off', 0, ?3, ?3) ON CONFLICT (uuid) DO NOTHING",
    )
    .bind(id.to_string())
    .bind(name)
    .bind(now.0)
    .execute(&mut *conn)
    .await
    .map_err(db_error)?;
    camera_row(conn, id).await
}

/// The row id of a camera in use. `NotFound`.
async fn row_in_use(conn: &mut SqliteConnection, id: CameraId) -> Result<i64> {
    sqlx::query_scalar("SELECT id FROM camera WHERE uuid = ? AND removed_at_us IS NULL")
        .bind(id.to_string())
        .fetch_optional(conn)
        .await
        .map_err(db_error)?
        .ok_or_else(|| not_found(id))
}

fn not_found(id: CameraId) -> Error {
    Error::new(Kind::NotFound, "no such camera").with("camera", id)
}

/// What stands in a camera's row beside its identity, in the order in which both statements that write it name it.
fn bind<'q>(
    statement: Query<'q, Sqlite, SqliteArguments>,
    camera: &Camera,
) -> Result<Query<'q, Sqlite, SqliteArguments>> {
    Ok(statement
        .bind(&camera.name)
        .bind(&camera.host)
        .bind(camera.onvif_url.as_ref().map(StreamUrl::as_str))
        .bind(camera.snapshot_url.as_ref().map(StreamUrl::as_str))
        .bind(&camera.device_identity)
        .bind(stored_mode(camera.record.mode).0)
        .bind(stored_mode(camera.record.mode).1)
        .bind(camera.schedule.as_ref().map(ToString::to_string))
        .bind(camera.record.pre_seconds)
        .bind(camera.record.post_seconds)
        .bind(camera.record.retention_days)
        .bind(quota(&camera.record)?)
        .bind(camera.allow_basic)
        .bind(fingerprint(camera))
        .bind(camera.simulated)
        .bind(camera.created_at.0)
        .bind(camera.enabled)
        .bind(camera.group.as_ref().map(GroupPath::as_str))
        .bind(&camera.endpoint)
        .bind(camera.credential_set.map(|set| set.to_string())))
}

/// The cameras in the database.
#[derive(Clone)]
pub struct SqliteCameraStore {
    db: Database,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for SqliteCameraStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteCameraStore").field("db", &self.db).finish_non_exhaustive()
    }
}

impl SqliteCameraStore {
    /// The cameras of an open database; the clock dates removals and changes of credentials.
    pub fn new(db: Database, clock: Arc<dyn Clock>) -> Self {
        Self { db, clock }
    }

    async fn sample(&self) -> Result<Vec<String>> {
        sqlx::query_scalar(
            "SELECT sealed FROM (SELECT sealed FROM credential ORDER BY camera_id LIMIT 16) \
             UNION ALL SELECT sealed FROM (SELECT sealed FROM credential_set ORDER BY id LIMIT 4)",
        )
        .fetch_all(self.db.read())
        .await
        .map_err(db_error)
    }

    /// One transaction: a program that ends in the middle of it leaves what was there before.
    async fn reseal_all(&self, reseal: &Reseal<'_>) -> Result<u32> {
        let mut tx = self.db.begin().await?;
        let rows: Vec<(i64, String, String)> = sqlx::query_as(
            "SELECT credential.camera_id, camera.uuid, credential.sealed \
             FROM credential JOIN camera ON camera.id = credential.camera_id",
        )
        .fetch_all(&mut *tx)
        .await
        .map_err(db_error)?;
        let sets: Vec<(i64, String, String)> = sqlx::query_as("SELECT id, name, sealed FROM credential_set")
            .fetch_all(&mut *tx)
            .await
            .map_err(db_error)?;
        let count = rows.len() + sets.len();
        for (row, name, sealed) in sets {
            let sealed = reseal(&sealed).map_err(|error| error.with("credential_set", name))?;
            sqlx::query("UPDATE credential_set SET sealed = ? WHERE id = ?")
                .bind(sealed)
                .bind(row)
                .execute(&mut *tx)
                .await
                .map_err(db_error)?;
        }
        for (row, uuid, sealed) in rows {
            let sealed = reseal(&sealed).map_err(|error| error.with("camera", uuid))?;
            // When the login was set stays as it was.
            sqlx::query("UPDATE credential SET sealed = ? WHERE camera_id = ?")
                .bind(sealed)
                .bind(row)
                .execute(&mut *tx)
                .await
                .map_err(db_error)?;
        }
        tx.commit().await.map_err(db_error)?;
        self.db.empty_log().await;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// Deletes every sealed login and all credential sets: the way out when the vault's key is lost. The cameras stay,
    /// to be given their logins anew.
    pub async fn forget_credentials(&self) -> Result<()> {
        let mut tx = self.db.begin().await?;
        for statement in [
            "DELETE FROM credential",
            "UPDATE camera SET credential_set_id = NULL",
            "DELETE FROM credential_set",
        ] {
            sqlx::query(statement).execute(&mut *tx).await.map_err(db_error)?;
        }
        tx.commit().await.map_err(db_error)?;
        self.db.empty_log().await;
        Ok(())
    }

    async fn all(&self) -> Result<Vec<Camera>> {
        // One transaction, so that both queries see the same commit.
        let mut tx = self.db.read().begin().await.map_err(db_error)?;
        let cameras: Vec<CameraRow> = sqlx::query_as(
            "SELECT id, uuid, name, host, onvif_url, snapshot_url, device_identity, record_mode, record_on, \
                    schedule, pre_s, post_s, retention_days, quota_bytes, allow_basic, tls_fingerprint, simulated, created_at_us, enabled, group_path, endpoint, \
                    (SELECT s.uuid FROM credential_set s WHERE s.id = credential_set_id) AS credential_set \
             FROM camera WHERE removed_at_us IS NULL ORDER BY name COLLATE NOCASE, name",
        )
        .fetch_all(&mut *tx)
        .await
        .map_err(db_error)?;
        // 'main' sorts before 'sub': the model wants the main stream first.
        let streams: Vec<StreamRow> = sqlx::query_as(
            "SELECT camera_id, role, url, transport, poll_ms, codec, width, height, fps_milli, audio \
             FROM stream ORDER BY camera_id, role",
        )
        .fetch_all(&mut *tx)
        .await
        .map_err(db_error)?;
        tx.commit().await.map_err(db_error)?;
        cameras
            .into_iter()
            .map(|row| {
                let uuid = row.uuid.clone();
                row.into_camera(&streams).map_err(|cause| {
                    Error::new(Kind::Corrupt, "the database holds an impossible camera")
                        .with("camera", uuid)
                        .caused_by(cause)
                })
            })
            .collect()
    }

    async fn add(&self, camera: &Camera, sealed: Option<&str>) -> Result<()> {
        camera.validate()?;
        let mut tx = self.db.begin().await?;
        check_name_free(&mut tx, camera).await?;
        // A camera that was removed still owns its footage; added again under its id, as by an import, it is that one.
        // For how long its footage is kept is not for a file to say.
        let insert = sqlx::query(
            "INSERT INTO camera (name, host, onvif_url, snapshot_url, device_identity, record_mode, record_on, \
                                 schedule, pre_s, post_s, retention_days, quota_bytes, allow_basic, tls_fingerprint, simulated, created_at_us, enabled, \
                                 group_path, endpoint, credential_set_id, uuid) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, \
                     (SELECT id FROM credential_set WHERE uuid = ?), ?) \
             ON CONFLICT (uuid) DO UPDATE SET \
                 name = excluded.name, host = excluded.host, onvif_url = excluded.onvif_url, \
                 snapshot_url = excluded.snapshot_url, device_identity = excluded.device_identity, \
                 record_mode = excluded.record_mode, record_on = excluded.record_on, \
                 schedule = excluded.schedule, pre_s = excluded.pre_s, post_s = excluded.post_s, \
                 allow_basic = excluded.allow_basic, \
                 tls_fingerprint = excluded.tls_fingerprint, \
                 simulated = excluded.simulated, enabled = excluded.enabled, group_path = excluded.group_path, \
                 endpoint = excluded.endpoint, credential_set_id = excluded.credential_set_id, \
                 removed_at_us = NULL \
             WHERE camera.removed_at_us IS NOT NULL RETURNING id",
        );
        let row = bind(insert, camera)?
            .bind(camera.id.to_string())
            .fetch_optional(&mut *tx)
            .await
            .map_err(|error| db_error(error).with("camera", camera.id))?;
        let row = row.ok_or_else(|| {
            Error::new(Kind::Conflict, "the camera is there already").with("camera", camera.id)
        })?;
        let row: i64 = row.try_get(0).map_err(db_error)?;
        write_streams(&mut tx, row, &camera.streams).await?;
        if let Some(sealed) = sealed {
            write_sealed(&mut tx, row, sealed, self.clock.wall()).await?;
        }
        tx.commit().await.map_err(db_error)
    }

    /// Replaces a camera, and its login where one is given.
    async fn replace(&self, camera: &Camera, sealed: Option<&str>) -> Result<()> {
        camera.validate()?;
        let mut tx = self.db.begin().await?;
        let row = row_in_use(&mut tx, camera.id).await?;
        check_name_free(&mut tx, camera).await?;
        let update = sqlx::query(
            "UPDATE camera SET name = ?, host = ?, onvif_url = ?, snapshot_url = ?, device_identity = ?, \
                    record_mode = ?, record_on = ?, schedule = ?, pre_s = ?, post_s = ?, retention_days = ?, quota_bytes = ?, allow_basic = ?, tls_fingerprint = ?, \
                    simulated = ?, created_at_us = ?, enabled = ?, group_path = ?, endpoint = ?, \
                    credential_set_id = (SELECT id FROM credential_set WHERE uuid = ?) \
             WHERE id = ?",
        );
        bind(update, camera)?.bind(row).execute(&mut *tx).await.map_err(db_error)?;
        delete_streams(&mut tx, row).await?;
        write_streams(&mut tx, row, &camera.streams).await?;
        if let Some(sealed) = sealed {
            write_sealed(&mut tx, row, sealed, self.clock.wall()).await?;
        }
        tx.commit().await.map_err(db_error)?;
        if sealed.is_some() {
            self.db.empty_log().await;
        }
        Ok(())
    }

    async fn forget(&self, id: CameraId) -> Result<()> {
        let mut tx = self.db.begin().await?;
        let row = row_in_use(&mut tx, id).await?;
        delete_streams(&mut tx, row).await?;
        delete_sealed(&mut tx, row).await?;
        sqlx::query(
            "UPDATE camera SET removed_at_us = ?, onvif_url = NULL, snapshot_url = NULL, credential_set_id = NULL, \
                    tls_fingerprint = NULL \
             WHERE id = ?",
        )
        .bind(self.clock.wall().0)
        .bind(row)
        .execute(&mut *tx)
        .await
        .map_err(db_error)?;
        tx.commit().await.map_err(db_error)?;
        self.db.empty_log().await;
        Ok(())
    }

    async fn sealed(&self, id: CameraId) -> Result<Option<String>> {
        let row: Option<Option<String>> = sqlx::query_scalar(
            "SELECT credential.sealed FROM camera LEFT JOIN credential ON credential.camera_id = camera.id \
             WHERE camera.uuid = ? AND camera.removed_at_us IS NULL",
        )
        .bind(id.to_string())
        .fetch_optional(self.db.read())
        .await
        .map_err(db_error)?;
        row.ok_or_else(|| not_found(id))
    }

    async fn set_sealed(&self, id: CameraId, sealed: Option<&str>) -> Result<()> {
        let mut tx = self.db.begin().await?;
        let row = row_in_use(&mut tx, id).await?;
        match sealed {
            Some(sealed) => write_sealed(&mut tx, row, sealed, self.clock.wall()).await?,
            None => delete_sealed(&mut tx, row).await?,
        }
        tx.commit().await.map_err(db_error)?;
        self.db.empty_log().await;
        Ok(())
    }

    async fn read_setting(&self, key: &str) -> Result<Option<String>> {
        sqlx::query_scalar("SELECT value FROM setting WHERE key = ?")
            .bind(key)
            .fetch_optional(self.db.read())
            .await
            .map_err(db_error)
    }

    async fn write_setting(&self, key: &str, value: Option<&str>) -> Result<()> {
        match value {
            Some(value) => sqlx::query(
                "INSERT INTO setting (key, value) VALUES (?, ?) \
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            )
            .bind(key)
            .bind(value),
            None => sqlx::query("DELETE FROM setting WHERE key = ?").bind(key),
        }
        .execute(self.db.write())
        .await
        .map_err(db_error)?;
        Ok(())
    }
}

impl CameraStore for SqliteCameraStore {
    fn list(&self) -> BoxFuture<'_, Result<Vec<Camera>>> {
        Box::pin(self.all())
    }

    fn insert<'a>(&'a self, camera: &'a Camera, sealed: Option<&'a str>) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.add(camera, sealed))
    }

    fn update<'a>(&'a self, camera: &'a Camera) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.replace(camera, None))
    }

    fn update_with_login<'a>(&'a self, camera: &'a Camera, sealed: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.replace(camera, Some(sealed)))
    }

    fn remove(&self, id: CameraId) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.forget(id))
    }

    fn sealed_credentials(&self, id: CameraId) -> BoxFuture<'_, Result<Option<String>>> {
        Box::pin(self.sealed(id))
    }

    fn set_sealed_credentials<'a>(
        &'a self,
        id: CameraId,
        sealed: Option<&'a str>,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.set_sealed(id, sealed))
    }

    fn reseal_credentials<'a>(&'a self, reseal: &'a Reseal<'a>) -> BoxFuture<'a, Result<u32>> {
        Box::pin(self.reseal_all(reseal))
    }

    fn sealed_sample(&self) -> BoxFuture<'_, Result<Vec<String>>> {
        Box::pin(self.sample())
    }

    fn setting<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<String>>> {
        Box::pin(self.read_setting(key))
    }

    fn set_setting<'a>(&'a self, key: &'a str, value: Option<&'a str>) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.write_setting(key, value))
    }
}

/// `Conflict` when another camera in use has the name. Asked inside the write transaction, so nothing comes between;
/// the unique index stands behind it.
async fn check_name_free(conn: &mut SqliteConnection, camera: &Camera) -> Result<()> {
    let taken: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM camera WHERE name = ? AND uuid <> ? AND removed_at_us IS NULL)",
    )
    .bind(&camera.name)
    .bind(camera.id.to_string())
    .fetch_one(conn)
    .await
    .map_err(db_error)?;
    if taken {
        return Err(Error::new(Kind::Conflict, "another camera has this name").with("name", &camera.name));
    }
    Ok(())
}

async fn write_streams(conn: &mut SqliteConnection, row: i64, streams: &[StreamConfig]) -> Result<()> {
    for stream in streams {
        let found = stream.found.as_ref();
        sqlx::query(
            "INSERT INTO stream (camera_id, role, url, transport, poll_ms, codec, width, height, fps_milli, audio) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(row)
        .bind(stream.role.code())
        .bind(stream.url.as_str())
        .bind(stream.transport.code())
        .bind(stream.poll.map(PollInterval::millis))
        .bind(found.map(|facts| facts.codec.as_str()))
        .bind(found.map(|facts| facts.width))
        .bind(found.map(|facts| facts.height))
        .bind(found.map(|facts| facts.fps_milli))
        .bind(found.and_then(|facts| facts.audio.as_deref()))
        .execute(&mut *conn)
        .await
        .map_err(db_error)?;
    }
    Ok(())
}

async fn delete_streams(conn: &mut SqliteConnection, row: i64) -> Result<()> {
    sqlx::query("DELETE FROM stream WHERE camera_id = ?").bind(row).execute(conn).await.map_err(db_error)?;
    Ok(())
}

/// Keeps a camera's sealed login.
pub(super) async fn write_sealed(
    conn: &mut SqliteConnection,
    row: i64,
    sealed: &str,
    now: WallTime,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO credential (camera_id, sealed, changed_at_us) VALUES (?, ?, ?) \
         ON CONFLICT (camera_id) DO UPDATE SET sealed = excluded.sealed, changed_at_us = excluded.changed_at_us",
    )
    .bind(row)
    .bind(sealed)
    .bind(now.0)
    .execute(conn)
    .await
    .map_err(db_error)?;
    Ok(())
}

async fn delete_sealed(conn: &mut SqliteConnection, row: i64) -> Result<()> {
    sqlx::query("DELETE FROM credential WHERE camera_id = ?")
        .bind(row)
        .execute(conn)
        .await
        .map_err(db_error)?;
    Ok(())
}

fn fingerprint(camera: &Camera) -> Option<String> {
    camera.tls_fingerprint.map(|fingerprint| fingerprint.to_string())
}

/// A mode as `record_mode` and `record_on` keep it.
const fn stored_mode(mode: RecordMode) -> (&'static str, Option<&'static str>) {
    match mode {
        RecordMode::Off | RecordMode::Continuous => (mode.code(), None),
        RecordMode::Motion | RecordMode::Schedule => (RecordMode::Continuous.code(), Some(mode.code())),
    }
}

/// SQLite's integers are signed.
fn quota(record: &RecordPolicy) -> Result<Option<i64>> {
    record
        .quota_bytes
        .map(|bytes| {
            i64::try_from(bytes).map_err(|_| {
                Error::new(Kind::InvalidInput, "the quota is more than any disk holds").with("bytes", bytes)
            })
        })
        .transpose()
}

#[derive(sqlx::FromRow)]
struct CameraRow {
    id: i64,
    uuid: String,
    name: String,
    host: String,
    onvif_url: Option<String>,
    snapshot_url: Option<String>,
    device_identity: Option<String>,
    record_mode: String,
    record_on: Option<String>,
    schedule: Option<String>,
    pre_s: u8,
    post_s: u16,
    retention_days: Option<u32>,
    quota_bytes: Option<i64>,
    allow_basic: bool,
    tls_fingerprint: Option<String>,
    simulated: bool,
    created_at_us: i64,
    enabled: bool,
    group_path: Option<String>,
    endpoint: Option<String>,
    credential_set: Option<String>,
}

impl CameraRow {
    fn into_camera(self, streams: &[StreamRow]) -> Result<Camera> {
        let url = |text: Option<String>| text.as_deref().map(StreamUrl::parse).transpose();
        let camera = Camera {
            id: CameraId::from_str(&self.uuid)?,
            name: self.name,
            host: self.host,
            onvif_url: url(self.onvif_url)?,
            snapshot_url: url(self.snapshot_url)?,
            device_identity: self.device_identity,
            endpoint: self.endpoint,
            enabled: self.enabled,
            group: self.group_path.as_deref().map(str::parse).transpose()?,
            credential_set: self.credential_set.as_deref().map(set_id).transpose()?,
            streams: streams
                .iter()
                .filter(|stream| stream.camera_id == self.id)
                .map(StreamRow::to_stream)
                .collect::<Result<_>>()?,
            record: RecordPolicy {
                mode: self.record_on.unwrap_or(self.record_mode).parse()?,
                retention_days: self.retention_days,
                quota_bytes: self.quota_bytes.map(i64::unsigned_abs),
                pre_seconds: self.pre_s,
                post_seconds: self.post_s,
            },
            schedule: self.schedule.as_deref().map(str::parse::<WeeklySchedule>).transpose()?.map(Box::new),
            allow_basic: self.allow_basic,
            tls_fingerprint: self.tls_fingerprint.as_deref().map(str::parse).transpose()?,
            simulated: self.simulated,
            created_at: WallTime(self.created_at_us),
        };
        camera.validate()?;
        Ok(camera)
    }
}

#[derive(sqlx::FromRow)]
struct StreamRow {
    camera_id: i64,
    role: String,
    url: String,
    transport: String,
    poll_ms: Option<u32>,
    codec: Option<String>,
    width: Option<u32>,
    height: Option<u32>,
    fps_milli: Option<u32>,
    audio: Option<String>,
}

impl StreamRow {
    fn to_stream(&self) -> Result<StreamConfig> {
        Ok(StreamConfig {
            role: self.role.parse()?,
            url: StreamUrl::parse(&self.url)?,
            transport: self.transport.parse()?,
            poll: self.poll_ms.map(PollInterval::from_millis).transpose()?,
            // A check in the table keeps the four null together.
            found: self.codec.as_ref().map(|codec| StreamFacts {
                codec: codec.clone(),
                width: self.width.unwrap_or_default(),
                height: self.height.unwrap_or_default(),
                fps_milli: self.fps_milli.unwrap_or_default(),
                audio: self.audio.clone(),
            }),
        })
    }
}

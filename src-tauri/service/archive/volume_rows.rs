//! The rows that say which storage directories are in use and what they are for. Every function is one or a few
//! statements on a connection that the caller may have a transaction on.

use crate::store::db_error;
use atalaya_model::Result;
use atalaya_model::camera::CameraId;
use atalaya_model::storage::VolumeId;
use atalaya_model::time::WallTime;
use sqlx::SqliteConnection;

/// A storage directory, in use or not.
pub(super) struct VolumeRow {
    pub(super) id: i64,
    pub(super) volume: VolumeId,
    pub(super) root: String,
    pub(super) is_default: bool,
    pub(super) removed: bool,
}

/// All of them, in their order.
pub(super) async fn volumes(conn: &mut SqliteConnection) -> Result<Vec<VolumeRow>> {
    let rows: Vec<(i64, String, String, bool, bool)> = sqlx::query_as(
        "SELECT id, uuid, root, is_default, removed_at_us IS NOT NULL FROM volume ORDER BY position, id",
    )
    .fetch_all(conn)
    .await
    .map_err(db_error)?;
    rows.into_iter()
        .map(|(id, uuid, root, is_default, removed)| {
            Ok(VolumeRow { id, volume: uuid.parse()?, root, is_default, removed })
        })
        .collect()
}

/// Takes a volume into use. One that was out of use may have got files meanwhile: all of them are looked at.
pub(super) async fn use_volume(conn: &mut SqliteConnection, id: i64) -> Result<()> {
    sqlx::query(
        "UPDATE volume SET removed_at_us = NULL, \
                clean_from_us = CASE WHEN removed_at_us IS NULL THEN clean_from_us ELSE ?2 END WHERE id = ?1",
    )
    .bind(id)
    .bind(i64::MIN)
    .execute(conn)
    .await
    .map_err(db_error)?;
    Ok(())
}

/// Takes a volume out of use. Its cameras record to the default one.
pub(super) async fn put_volume_away(conn: &mut SqliteConnection, id: i64, now: WallTime) -> Result<()> {
    sqlx::query("UPDATE camera SET volume_id = NULL WHERE volume_id = ?")
        .bind(id)
        .execute(&mut *conn)
        .await
        .map_err(db_error)?;
    sqlx::query("UPDATE volume SET removed_at_us = ?2, is_default = 0 WHERE id = ?1")
        .bind(id)
        .bind(now.0)
        .execute(conn)
        .await
        .map_err(db_error)?;
    Ok(())
}

/// Forgets a volume that is out of use, and what was still to be unlinked there.
pub(super) async fn drop_volume(conn: &mut SqliteConnection, id: i64) -> Result<()> {
    for statement in [
        "DELETE FROM garbage WHERE volume_id = ?",
        "DELETE FROM day_total WHERE volume_id = ?",
        "DELETE FROM volume WHERE id = ?",
    ] {
        sqlx::query(statement).bind(id).execute(&mut *conn).await.map_err(db_error)?;
    }
    Ok(())
}

/// Makes a volume the default.
pub(super) async fn make_default(conn: &mut SqliteConnection, id: i64) -> Result<()> {
    // In two steps: never are there two of them.
    for statement in [
        "UPDATE volume SET is_default = 0 WHERE is_default = 1 AND id <> ?",
        "UPDATE volume SET is_default = 1 WHERE id = ?",
    ] {
        sqlx::query(statement).bind(id).execute(&mut *conn).await.map_err(db_error)?;
    }
    Ok(())
}

/// Sends a camera's footage to a volume; none sends it to the default one.
pub(super) async fn assign(conn: &mut SqliteConnection, camera: i64, volume: Option<i64>) -> Result<()> {
    sqlx::query("UPDATE camera SET volume_id = ?2 WHERE id = ?1")
        .bind(camera)
        .bind(volume)
        .execute(conn)
        .await
        .map_err(db_error)?;
    Ok(())
}

/// The volume that a camera is assigned to.
pub(super) async fn assigned_to(conn: &mut SqliteConnection, camera: CameraId) -> Result<Option<i64>> {
    let row: Option<Option<i64>> = sqlx::query_scalar("SELECT volume_id FROM camera WHERE uuid = ?")
        .bind(camera.to_string())
        .fetch_optional(conn)
        .await
        .map_err(db_error)?;
    Ok(row.flatten())
}

/// Which volumes cameras in use are assigned to, by the cameras' names.
pub(super) async fn assigned(conn: &mut SqliteConnection) -> Result<Vec<(i64, CameraId)>> {
    let rows: Vec<(i64, String)> = sqlx::query_as(
        "SELECT volume_id, uuid FROM camera WHERE volume_id IS NOT NULL AND removed_at_us IS NULL ORDER BY name",
    )
    .fetch_all(conn)
    .await
    .map_err(db_error)?;
    rows.into_iter().map(|(volume, camera)| Ok((volume, camera.parse()?))).collect()
}

/// How many segments a volume has, open ones among them, and the bytes of all.
pub(super) async fn held(conn: &mut SqliteConnection, volume: i64) -> Result<(u64, u64)> {
    let (segments, bytes): (i64, i64) =
        sqlx::query_as("SELECT count(*), coalesce(sum(bytes), 0) FROM segment WHERE volume_id = ?")
            .bind(volume)
            .fetch_one(conn)
            .await
            .map_err(db_error)?;
    Ok((segments.max(0) as u64, bytes.max(0) as u64))
}

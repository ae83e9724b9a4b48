//! Protected ranges and the record of deletions, as rows. Must not know: why anything is deleted or kept.

use crate::store::{camera_row, db_error};
use atalaya_model::camera::CameraId;
use atalaya_model::recording::Segment;
use atalaya_model::retention::{Author, DAY_US, Deletion, ProtectedId, ProtectedRange, Rule};
use atalaya_model::time::{TimeRange, WallTime};
use atalaya_model::{Error, Kind, Result};
use sqlx::SqliteConnection;
use std::collections::BTreeMap;

#[derive(sqlx::FromRow)]
struct RangeRow {
    uuid: String,
    camera: String,
    start_us: i64,
    end_us: i64,
    reason: String,
    expires_us: Option<i64>,
    created_at_us: i64,
}

#[derive(sqlx::FromRow)]
struct DeletionRow {
    camera: String,
    rule: String,
    author: String,
    at_us: i64,
    start_us: i64,
    end_us: i64,
    segments: i64,
    bytes: i64,
}

/// All protected ranges, by start.
pub(super) async fn all(conn: &mut SqliteConnection) -> Result<Vec<ProtectedRange>> {
    let rows: Vec<RangeRow> = sqlx::query_as(
        "SELECT p.uuid, c.uuid AS camera, p.start_us, p.end_us, p.reason, p.expires_us, p.created_at_us \
         FROM protected_range p JOIN camera c ON c.id = p.camera_id ORDER BY p.start_us, p.uuid",
    )
    .fetch_all(conn)
    .await
    .map_err(db_error)?;
    rows.into_iter()
        .map(|row| {
            Ok(ProtectedRange {
                id: row.uuid.parse()?,
                camera: row.camera.parse()?,
                range: TimeRange::new(WallTime(row.start_us), WallTime(row.end_us))?,
                reason: row.reason,
                expires: row.expires_us.map(WallTime),
                created: WallTime(row.created_at_us),
            })
        })
        .collect()
}

/// Adds a range.
pub(super) async fn add(conn: &mut SqliteConnection, range: &ProtectedRange) -> Result<()> {
    range.validate()?;
    let camera = camera_row(conn, range.camera).await?;
    sqlx::query(
        "INSERT INTO protected_range (uuid, camera_id, start_us, end_us, reason, expires_us, created_at_us) \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(range.id.to_string())
    .bind(camera)
    .bind(range.range.start.0)
    .bind(range.range.end.0)
    .bind(&range.reason)
    .bind(range.expires.map(|expires| expires.0))
    .bind(range.created.0)
    .execute(conn)
    .await
    .map_err(db_error)?;
    Ok(())
}

/// Takes a range away. `NotFound`.
pub(super) async fn remove(conn: &mut SqliteConnection, id: ProtectedId) -> Result<()> {
    let gone = sqlx::query("DELETE FROM protected_range WHERE uuid = ?")
        .bind(id.to_string())
        .execute(conn)
        .await
        .map_err(db_error)?
        .rows_affected();
    if gone == 0 {
        return Err(Error::new(Kind::NotFound, "no such protected range").with("id", id));
    }
    Ok(())
}

/// Whether a segment is protected.
pub(super) async fn covers(conn: &mut SqliteConnection, segment: &Segment, at: WallTime) -> Result<bool> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM protected_range p JOIN camera c ON c.id = p.camera_id \
                        WHERE c.uuid = ?1 AND p.start_us < max(?3, ?2 + 1) AND p.end_us > ?2 \
                          AND (p.expires_us IS NULL OR p.expires_us > ?4))",
    )
    .bind(segment.camera.to_string())
    .bind(segment.range.start.0)
    .bind(segment.range.end.0)
    .bind(at.0)
    .fetch_one(conn)
    .await
    .map_err(db_error)
}

/// Records that segments are deleted.
pub(super) async fn note(
    conn: &mut SqliteConnection,
    (rule, author): (Rule, Author),
    at: WallTime,
    segments: &[Segment],
) -> Result<()> {
    let mut by_camera: BTreeMap<CameraId, (i64, i64, i64, i64)> = BTreeMap::new();
    for segment in segments {
        let TimeRange { start, end } = segment.range;
        let sum = by_camera.entry(segment.camera).or_insert((start.0, end.0, 0, 0));
        *sum = (sum.0.min(start.0), sum.1.max(end.0), sum.2 + 1, sum.3 + segment.bytes as i64);
    }
    for (camera, (start, end, count, bytes)) in by_camera {
        sqlx::query(
            "INSERT INTO deletion (day, camera_id, rule, author, at_us, start_us, end_us, segments, bytes) \
             SELECT ?1, id, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM camera WHERE uuid = ?2 \
             ON CONFLICT DO UPDATE SET at_us = max(at_us, excluded.at_us), \
                                       start_us = min(start_us, excluded.start_us), \
                                       end_us = max(end_us, excluded.end_us), \
                                       segments = segments + excluded.segments, bytes = bytes + excluded.bytes",
        )
        .bind(at.0.div_euclid(DAY_US))
        .bind(camera.to_string())
        .bind(rule.code())
        .bind(author.code())
        .bind(at.0)
        .bind(start)
        .bind(end)
        .bind(count)
        .bind(bytes)
        .execute(&mut *conn)
        .await
        .map_err(db_error)?;
    }
    Ok(())
}

/// The record of deletions, the newest first.
pub(super) async fn deletions(conn: &mut SqliteConnection, limit: u32) -> Result<Vec<Deletion>> {
    let rows: Vec<DeletionRow> = sqlx::query_as(
        "SELECT c.uuid AS camera, d.rule, d.author, d.at_us, d.start_us, d.end_us, d.segments, d.bytes \
         FROM deletion d JOIN camera c ON c.id = d.camera_id ORDER BY d.day DESC, d.at_us DESC, c.id LIMIT ?",
    )
    .bind(limit)
    .fetch_all(conn)
    .await
    .map_err(db_error)?;
    rows.into_iter()
        .map(|row| {
            Ok(Deletion {
                at: WallTime(row.at_us),
                camera: row.camera.parse()?,
                range: TimeRange { start: WallTime(row.start_us), end: WallTime(row.end_us) },
                segments: row.segments as u64,
                bytes: row.bytes as u64,
                rule: row.rule.parse()?,
                author: row.author.parse()?,
            })
        })
        .collect()
}

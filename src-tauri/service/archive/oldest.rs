//! What the rules of retention ask of the index: the oldest segments by pages, and totals by camera. Nothing here
//! walks over all segments: a year of sixteen cameras is 8.4 million.

use crate::store::db_error;
use atalaya_model::Result;
use atalaya_model::camera::CameraId;
use atalaya_model::recording::SegmentId;
use atalaya_model::retention::{DAY_US, Holding, OldSegment, Page};
use atalaya_model::time::{TimeRange, WallTime};
use sqlx::SqliteConnection;
use std::ops::Range;

/// A page of a camera's oldest closed segments on a volume.
pub(super) async fn page(conn: &mut SqliteConnection, volume: i64, page: &Page) -> Result<Vec<OldSegment>> {
    let (start, id) = page.after.map_or((i64::MIN, i64::MIN), |after| (after.start.0, after.id.0));
    let rows: Vec<(i64, i64, i64, i64)> = sqlx::query_as(
        "SELECT s.id, s.start_us, s.end_us, s.bytes FROM camera c CROSS JOIN segment s ON s.camera_id = c.id \
         WHERE c.uuid = ?2 AND (s.start_us, s.id) > (?3, ?4) AND s.volume_id = ?1 AND s.open = 0 \
         ORDER BY s.start_us, s.id LIMIT ?5",
    )
    .bind(volume)
    .bind(page.camera.to_string())
    .bind(start)
    .bind(id)
    .bind(Page::LEN as i64)
    .fetch_all(conn)
    .await
    .map_err(db_error)?;
    let segment = |(id, start, end, bytes): (i64, i64, i64, i64)| OldSegment {
        id: SegmentId(id),
        volume,
        range: TimeRange { start: WallTime(start), end: WallTime(end) },
        bytes: bytes as u64,
    };
    Ok(rows.into_iter().map(segment).collect())
}

/// What each camera holds on a volume.
pub(super) async fn holdings(
    conn: &mut SqliteConnection,
    volume: i64,
    recent: Range<i64>,
) -> Result<Vec<Holding>> {
    let totals: Vec<(i64, String, i64, i64, Option<i64>)> = sqlx::query_as(
        "SELECT c.id, c.uuid, t.bytes, t.first_day, \
                (SELECT s.end_us FROM segment s WHERE s.camera_id = c.id AND s.open = 0 AND s.volume_id = ?1 \
                 ORDER BY s.start_us DESC LIMIT 1) \
         FROM (SELECT camera_id, sum(bytes) AS bytes, min(day) AS first_day FROM day_total \
               WHERE volume_id = ?1 GROUP BY camera_id) t \
         JOIN camera c ON c.id = t.camera_id ORDER BY c.id",
    )
    .bind(volume)
    .fetch_all(&mut *conn)
    .await
    .map_err(db_error)?;
    let mut holdings = Vec::with_capacity(totals.len());
    for (row, uuid, bytes, first_day, newest) in totals {
        let recent: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT day, bytes FROM day_total WHERE volume_id = ? AND camera_id = ? AND day >= ? AND day < ? \
             ORDER BY day",
        )
        .bind(volume)
        .bind(row)
        .bind(recent.start)
        .bind(recent.end)
        .fetch_all(&mut *conn)
        .await
        .map_err(db_error)?;
        holdings.push(Holding {
            camera: uuid.parse()?,
            bytes: bytes.max(0) as u64,
            newest: newest.map_or(WallTime(first_day * DAY_US), WallTime),
            first_day,
            recent: recent.into_iter().map(|(day, bytes)| (day, bytes.max(0) as u64)).collect(),
        });
    }
    Ok(holdings)
}

/// Bytes of a camera's closed segments that touch a range.
pub(super) async fn bytes_in(conn: &mut SqliteConnection, camera: CameraId, range: TimeRange) -> Result<u64> {
    let bytes: i64 = sqlx::query_scalar(
        "SELECT coalesce(sum(s.bytes), 0) FROM camera c CROSS JOIN segment s ON s.camera_id = c.id \
         WHERE c.uuid = ?1 AND s.start_us < ?3 AND s.end_us > ?2 AND s.open = 0 \
           AND s.start_us >= ?2 - (SELECT coalesce(max(longest_us), 0) FROM volume)",
    )
    .bind(camera.to_string())
    .bind(range.start.0)
    .bind(range.end.0)
    .fetch_one(conn)
    .await
    .map_err(db_error)?;
    Ok(bytes.max(0) as u64)
}

/// Folders (`<camera>/<day>`) in which a volume's footage should be.
pub(super) async fn folders(conn: &mut SqliteConnection, volume: i64) -> Result<Vec<String>> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT c.uuid, d.day FROM day_total d JOIN camera c ON c.id = d.camera_id \
         WHERE d.volume_id = ? AND d.segments > 0",
    )
    .bind(volume)
    .fetch_all(conn)
    .await
    .map_err(db_error)?;
    let folder = |(camera, day): (String, i64)| {
        let day = WallTime(day.saturating_mul(DAY_US)).to_rfc3339();
        Some(format!("{camera}/{}", day.get(..10)?))
    };
    Ok(rows.into_iter().filter_map(folder).collect())
}

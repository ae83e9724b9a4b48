//! Gaps with their causes. A file tells those that came before it; the last ones are in the index only.

use crate::store::{Database, camera_row, db_error};
use atalaya_model::camera::CameraId;
use atalaya_model::recording::{Gap, GapCause};
use atalaya_model::time::{TimeRange, WallTime};
use atalaya_model::timeline::HOLE_MIN_US;
use atalaya_model::{Error, Kind, Result};
use sqlx::SqliteConnection;

/// Deleted footage this close together is one gap, in microseconds: between two runs a little is always missing, and
/// a gap row for each deleted file would outgrow the index that deleting is meant to shrink.
const JOIN_US: i64 = 2_000_000;

/// The most gaps that a file tells: a camera that comes and goes makes a gap, and no file, each time.
const TOLD_MAX: u32 = 64;

/// Opens a gap (or notes a closed one). One that lasts already stays as it is.
pub(super) async fn open(db: &Database, gap: Gap) -> Result<()> {
    if gap.end.is_some_and(|end| end <= gap.start) {
        return Err(Error::new(Kind::InvalidInput, "a gap ends after it starts").with("start", gap.start));
    }
    let mut tx = db.begin().await?;
    let camera = camera_row(&mut tx, gap.camera).await?;
    insert(&mut tx, camera, gap.start, gap.end, gap.cause).await?;
    tx.commit().await.map_err(db_error)
}

/// Closes the camera's open gap. Of one that has no length, as after a clock set back, no row stays; it ends where it
/// starts.
pub(super) async fn close(db: &Database, camera: CameraId, end: WallTime) -> Result<Option<Gap>> {
    let mut tx = db.begin().await?;
    let row = camera_row(&mut tx, camera).await?;
    let without_length: Option<(i64, String)> = sqlx::query_as(
        "DELETE FROM gap WHERE camera_id = ?1 AND end_us IS NULL AND start_us >= ?2 RETURNING start_us, cause",
    )
    .bind(row)
    .bind(end.0)
    .fetch_optional(&mut *tx)
    .await
    .map_err(db_error)?;
    let closed: Option<(i64, String)> = sqlx::query_as(
        "UPDATE gap SET end_us = ?2 WHERE camera_id = ?1 AND end_us IS NULL RETURNING start_us, cause",
    )
    .bind(row)
    .bind(end.0)
    .fetch_optional(&mut *tx)
    .await
    .map_err(db_error)?;
    tx.commit().await.map_err(db_error)?;
    closed
        .or(without_length)
        .map(|(start, cause)| {
            let start = WallTime(start);
            Ok(Gap { camera, start, end: Some(end.max(start)), cause: cause.parse()? })
        })
        .transpose()
}

/// Where a camera's account ends: the end of its last segment or closed gap, whichever is later.
pub(super) async fn accounted_until(
    conn: &mut SqliteConnection,
    camera: CameraId,
) -> Result<Option<WallTime>> {
    // Two look-ups at the end of an index each; a closed gap is never before the last segment and an open one.
    let ends: Option<(Option<i64>, Option<i64>)> = sqlx::query_as(
        "SELECT (SELECT s.end_us FROM segment s WHERE s.camera_id = c.id ORDER BY s.start_us DESC LIMIT 1), \
                (SELECT g.end_us FROM gap g WHERE g.camera_id = c.id ORDER BY g.start_us DESC LIMIT 1) \
         FROM camera c WHERE c.uuid = ?",
    )
    .bind(camera.to_string())
    .fetch_optional(conn)
    .await
    .map_err(db_error)?;
    Ok(ends.and_then(|(segment, gap)| segment.max(gap)).map(WallTime))
}

/// Gaps of a camera that touch a range, by start.
pub(super) async fn touching(
    conn: &mut SqliteConnection,
    camera: CameraId,
    range: TimeRange,
) -> Result<Vec<Gap>> {
    // One text for all: a row costs more to hand over than to find. Of the gaps that start before the range the last
    // one of each cause may reach into it: those of one cause do not overlap.
    let list: Option<String> = sqlx::query_scalar(
        "SELECT group_concat(start_us || ' ' || coalesce(end_us, '-') || ' ' || cause, ' ') FROM \
         (SELECT g.start_us, g.end_us, g.cause FROM camera c CROSS JOIN gap g \
          WHERE c.uuid = ?1 AND g.camera_id = c.id AND g.start_us >= ?2 AND g.start_us < ?3 \
          UNION ALL \
          SELECT g.start_us, g.end_us, g.cause FROM camera c CROSS JOIN json_each(?4) k CROSS JOIN gap g \
          WHERE c.uuid = ?1 AND g.id = (SELECT b.id FROM gap b WHERE b.camera_id = c.id AND b.cause = k.value \
                                        AND b.start_us < ?2 ORDER BY b.start_us DESC LIMIT 1) \
            AND (g.end_us IS NULL OR g.end_us > ?2))",
    )
    .bind(camera.to_string())
    .bind(range.start.0)
    .bind(range.end.0)
    .bind(causes())
    .fetch_one(conn)
    .await
    .map_err(db_error)?;
    let list = list.unwrap_or_default();
    let mut words = list.split_ascii_whitespace();
    let mut gaps = Vec::new();
    while let (Some(start), Some(end), Some(cause)) = (words.next(), words.next(), words.next()) {
        let time = |word: &str| word.parse().map(WallTime).map_err(|_| damaged(camera));
        let end = if end == "-" { None } else { Some(time(end)?) };
        gaps.push(Gap { camera, start: time(start)?, end, cause: cause.parse()? });
    }
    gaps.sort_by_key(|gap| gap.start);
    Ok(gaps)
}

/// Every cause, as a JSON list.
fn causes() -> String {
    let codes: Vec<_> = GapCause::ALL.iter().map(|cause| format!("\"{}\"", cause.code())).collect();
    format!("[{}]", codes.join(","))
}

fn damaged(camera: CameraId) -> Error {
    Error::new(Kind::Corrupt, "a gap's row is damaged").with("camera", camera)
}

/// Notes footage that was there and is no more, as one gap with what was noted for the same cause right beside it.
/// An empty range is nothing.
pub(super) async fn note_lost(
    conn: &mut SqliteConnection,
    camera: CameraId,
    range: TimeRange,
    cause: GapCause,
) -> Result<()> {
    if range.start >= range.end {
        return Ok(());
    }
    let row = camera_row(conn, camera).await?;
    let joined: Vec<(i64, i64)> = sqlx::query_as(
        "DELETE FROM gap WHERE camera_id = ?1 AND cause = ?2 AND start_us <= ?4 + ?5 AND end_us >= ?3 - ?5 \
         RETURNING start_us, end_us",
    )
    .bind(row)
    .bind(cause.code())
    .bind(range.start.0)
    .bind(range.end.0)
    .bind(JOIN_US)
    .fetch_all(&mut *conn)
    .await
    .map_err(db_error)?;
    let start = joined.iter().map(|gap| gap.0).chain([range.start.0]).min().map(WallTime);
    let end = joined.iter().map(|gap| gap.1).chain([range.end.0]).max().map(WallTime);
    insert(conn, row, start.unwrap_or(range.start), end, cause).await
}

/// A camera's gaps since its last footage that were over before an instant, by start; the last ones of many.
pub(super) async fn since_footage(
    conn: &mut SqliteConnection,
    camera: CameraId,
    row: i64,
    before: WallTime,
) -> Result<Vec<Gap>> {
    let mut found: Vec<(i64, i64, String)> = sqlx::query_as(
        "SELECT start_us, end_us, cause FROM gap WHERE camera_id = ?1 AND end_us <= ?2 AND start_us >= coalesce( \
             (SELECT end_us FROM segment WHERE camera_id = ?1 AND role = 'main' ORDER BY start_us DESC LIMIT 1), 0) \
         ORDER BY start_us DESC LIMIT ?3",
    )
    .bind(row)
    .bind(before.0)
    .bind(TOLD_MAX)
    .fetch_all(conn)
    .await
    .map_err(db_error)?;
    found.reverse();
    let gap = |(start, end, cause): (i64, i64, String)| {
        Ok(Gap { camera, start: WallTime(start), end: Some(WallTime(end)), cause: cause.parse()? })
    };
    found.into_iter().map(gap).collect()
}

/// Notes gaps that a file tells, where nothing is noted yet.
pub(super) async fn note_told(conn: &mut SqliteConnection, camera: i64, gaps: &[Gap]) -> Result<()> {
    for gap in gaps {
        sqlx::query(
            "INSERT INTO gap (camera_id, start_us, end_us, cause) SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS \
             (SELECT 1 FROM gap WHERE camera_id = ?1 AND start_us < ?3 AND (end_us IS NULL OR end_us > ?2))",
        )
        .bind(camera)
        .bind(gap.start.0)
        .bind(gap.end.map(|end| end.0))
        .bind(gap.cause.code())
        .execute(&mut *conn)
        .await
        .map_err(db_error)?;
    }
    Ok(())
}

/// Notes what lies between two files of a camera's main stream and has no gap, after an index was made anew. Where no
/// file tells why it is missing, that went with the storage that lost the index: `disk` claims least.
pub(super) async fn note_unexplained(conn: &mut SqliteConnection, camera: i64) -> Result<()> {
    sqlx::query(
        "WITH footage AS ( \
             SELECT start_us, max(end_us) OVER (ORDER BY start_us, id \
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before_us \
             FROM segment WHERE camera_id = ?3 AND role = 'main') \
         INSERT INTO gap (camera_id, start_us, end_us, cause) \
         SELECT ?3, f.before_us, f.start_us, ?2 FROM footage f WHERE f.start_us - f.before_us >= ?1 \
             AND NOT EXISTS (SELECT 1 FROM gap g WHERE g.camera_id = ?3 AND g.start_us < f.start_us \
                             AND (g.end_us IS NULL OR g.end_us > f.before_us))",
    )
    .bind(HOLE_MIN_US)
    .bind(GapCause::Disk.code())
    .bind(camera)
    .execute(conn)
    .await
    .map_err(db_error)?;
    Ok(())
}

async fn insert(
    conn: &mut SqliteConnection,
    camera: i64,
    start: WallTime,
    end: Option<WallTime>,
    cause: GapCause,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO gap (camera_id, start_us, end_us, cause) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
    )
    .bind(camera)
    .bind(start.0)
    .bind(end.map(|end| end.0))
    .bind(cause.code())
    .execute(conn)
    .await
    .map_err(db_error)?;
    Ok(())
}

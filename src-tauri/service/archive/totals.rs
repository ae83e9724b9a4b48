//! How much of a camera's time is recorded: from the totals of whole days (UTC), and from the segments at both ends.

use crate::store::db_error;
use atalaya_model::Result;
use atalaya_model::camera::CameraId;
use atalaya_model::time::TimeRange;
use sqlx::SqliteConnection;
use std::time::Duration;

const DAY_US: i64 = 86_400_000_000;

/// How much of each range the camera's files cover, on whatever volumes they are.
pub(super) async fn recorded(
    conn: &mut SqliteConnection,
    camera: CameraId,
    ranges: &[TimeRange],
) -> Result<Vec<Duration>> {
    let row: Option<i64> = sqlx::query_scalar("SELECT id FROM camera WHERE uuid = ?")
        .bind(camera.to_string())
        .fetch_optional(&mut *conn)
        .await
        .map_err(db_error)?;
    let mut found = Vec::with_capacity(ranges.len());
    for range in ranges {
        let micros = match row {
            Some(row) => covered(conn, row, range.start.0, range.end.0).await?,
            None => 0,
        };
        found.push(Duration::from_micros(u64::try_from(micros).unwrap_or(0)));
    }
    Ok(found)
}

/// Microseconds of `from..to` that segments cover.
async fn covered(conn: &mut SqliteConnection, camera: i64, from: i64, to: i64) -> Result<i64> {
    // Whole days of UTC; there are none where the last one ends before the first begins.
    let first = from.div_euclid(DAY_US) + i64::from(from.rem_euclid(DAY_US) > 0);
    let end = to.div_euclid(DAY_US);
    if first >= end {
        return scanned(conn, camera, from, to, false).await;
    }
    let whole: i64 = sqlx::query_scalar(
        "SELECT coalesce(sum(t.recorded_us), 0) FROM volume v \
         CROSS JOIN day_total t ON t.volume_id = v.id AND t.camera_id = ?1 AND t.day >= ?2 AND t.day < ?3",
    )
    .bind(camera)
    .bind(first)
    .bind(end)
    .fetch_one(&mut *conn)
    .await
    .map_err(db_error)?;
    let (first, end) = (first * DAY_US, end * DAY_US);
    // Totals count closed segments only.
    let open = scanned(conn, camera, first, end, true).await?;
    let head = scanned(conn, camera, from, first, false).await?;
    let tail = scanned(conn, camera, end, to, false).await?;
    Ok(whole + open + head + tail)
}

/// The same, added up from the segments' own rows; of all that touch the range, or of open ones only.
async fn scanned(
    conn: &mut SqliteConnection,
    camera: i64,
    from: i64,
    to: i64,
    open_only: bool,
) -> Result<i64> {
    if from >= to {
        return Ok(0);
    }
    // Open segments have an index of their own: the plus signs keep the planner from the other one.
    let sql = if open_only {
        "SELECT coalesce(sum(min(end_us, ?3) - max(start_us, ?2)), 0) FROM segment \
         WHERE open = 1 AND +camera_id = ?1 AND +start_us < ?3 AND +end_us > ?2"
    } else {
        "SELECT coalesce(sum(min(end_us, ?3) - max(start_us, ?2)), 0) FROM segment \
         WHERE camera_id = ?1 AND start_us < ?3 AND end_us > ?2 \
           AND start_us >= ?2 - (SELECT coalesce(max(longest_us), 0) FROM volume)"
    };
    sqlx::query_scalar(sql).bind(camera).bind(from).bind(to).fetch_one(conn).await.map_err(db_error)
}

//! The timeline of many cameras over a day or over a year, and how much of ranges is recorded, without a look at every
//! segment.
//!
//! Footage and gaps complete each other: every missing second is noted as a gap. Where the sums of both fill a stretch
//! of time, the footage in it is what the gaps leave; only where they do not (before a camera's first recording, today,
//! after the loss of the index) its segments are read one by one. So the work grows with the answer, not with the index.
//!
//! Lists come out of SQLite as one text each: a row costs more to hand over than to find.

use super::{SqliteArchive, gaps};
use crate::store::{camera_row, db_error};
use atalaya_model::camera::CameraId;
use atalaya_model::recording::Gap;
use atalaya_model::retention::DAY_US;
use atalaya_model::time::{TimeRange, WallTime};
use atalaya_model::timeline::{
    CameraTimeline, HOLE_MIN_US, Recorded, Resolution, covered_us, fills, joined, missing, without,
};
use atalaya_model::{Kind, Result};
use sqlx::SqliteConnection;
use std::collections::BTreeMap;
use std::time::Duration;

/// Segments of a camera that touch a range, on every volume.
macro_rules! of_segments {
    ($what:literal) => {
        concat!(
            "SELECT ",
            $what,
            " FROM segment WHERE camera_id = ?1 AND start_us < ?3 AND end_us > ?2 \
              AND start_us >= ?2 - (SELECT coalesce(max(longest_us), 0) FROM volume)"
        )
    };
}

impl SqliteArchive {
    /// Reads one camera after the other, on one connection.
    pub(super) async fn timelines(
        &self,
        cameras: &[CameraId],
        range: TimeRange,
        resolution: &Resolution,
    ) -> Result<Vec<CameraTimeline>> {
        let mut conn = self.reader().await?;
        let mut timelines = Vec::with_capacity(cameras.len());
        for &camera in cameras {
            let row = camera_row(&mut conn, camera).await?;
            // Of whole days, as the sums that they complete.
            let [first, last] = days_of(range);
            let days = TimeRange { start: whole_day(first).start, end: whole_day(last).end };
            let mut gaps = gaps::touching(&mut conn, camera, days).await?;
            let recorded = match resolution {
                Resolution::Spans => Recorded::Spans(spans(&mut conn, row, range, &gaps).await?),
                Resolution::Parts(parts) => Recorded::Parts(sums(&mut conn, row, parts, &gaps).await?),
            };
            gaps.retain(|gap| gap.start < range.end && gap.end.is_none_or(|end| end > range.start));
            timelines.push(CameraTimeline { camera, recorded, gaps });
        }
        Ok(timelines)
    }
}

async fn spans(
    conn: &mut SqliteConnection,
    camera: i64,
    range: TimeRange,
    gaps: &[Gap],
) -> Result<Vec<TimeRange>> {
    let missing = missing(gaps);
    let mut footage = Vec::new();
    for (day, of_day) in day_totals(conn, camera, range).await? {
        let whole = whole_day(day);
        let Some(inside) = whole.intersect(range) else { continue };
        if fills(whole, of_day, covered_us(&missing, whole)) {
            footage.push(inside);
        } else {
            footage.extend(looked_up(conn, camera, inside, &missing).await?);
        }
    }
    let footage = without(&joined(footage, HOLE_MIN_US), &missing);
    Ok(footage.into_iter().filter_map(|span| span.intersect(range)).collect())
}

/// What is recorded around a part of a day, by its segments: by their sum if that and the gaps fill it, else by each.
async fn looked_up(
    conn: &mut SqliteConnection,
    camera: i64,
    part: TimeRange,
    missing: &[TimeRange],
) -> Result<Vec<TimeRange>> {
    let (start, end, recorded): (Option<i64>, Option<i64>, Option<i64>) =
        sqlx::query_as(of_segments!("min(start_us), max(end_us), sum(end_us - start_us)"))
            .bind(camera)
            .bind(part.start.0)
            .bind(part.end.0)
            .fetch_one(&mut *conn)
            .await
            .map_err(db_error)?;
    let (Some(start), Some(end), Some(recorded)) = (start, end, recorded) else {
        return Ok(Vec::new());
    };
    let extent = TimeRange { start: WallTime(start), end: WallTime(end) };
    if fills(extent, recorded, covered_us(missing, extent)) {
        return Ok(vec![extent]);
    }
    let list = of_segments!("group_concat(start_us || ' ' || end_us, ' ')");
    Ok(ranges(&numbers(conn, list, camera, [part.start.0, part.end.0]).await?))
}

/// How much of each part is recorded.
async fn sums(
    conn: &mut SqliteConnection,
    camera: i64,
    parts: &[TimeRange],
    gaps: &[Gap],
) -> Result<Vec<Duration>> {
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else {
        return Ok(Vec::new());
    };
    let range = TimeRange { start: first.start, end: last.end };
    let missing = missing(gaps);
    let days = day_totals(conn, camera, range).await?;
    let mut sums = Vec::with_capacity(parts.len());
    for part in parts {
        let mut recorded: i64 = 0;
        let [first, last] = days_of(*part);
        for day in first..=last {
            // Nothing recorded, nothing to look for.
            let Some(&of_day) = days.get(&day) else { continue };
            let whole = whole_day(day);
            let inside = TimeRange { start: part.start.max(whole.start), end: part.end.min(whole.end) };
            let room = inside.end.micros_since(inside.start) - covered_us(&missing, inside);
            let found = if inside == whole {
                of_day
            } else if fills(whole, of_day, covered_us(&missing, whole)) {
                room
            } else {
                covered(conn, camera, inside).await?
            };
            recorded += found.clamp(0, room);
        }
        sums.push(Duration::from_micros(recorded.unsigned_abs()));
    }
    Ok(sums)
}

/// How much of each range the camera's files cover, on whatever volumes they are.
pub(super) async fn recorded(
    conn: &mut SqliteConnection,
    camera: CameraId,
    ranges: &[TimeRange],
) -> Result<Vec<Duration>> {
    let row = match camera_row(conn, camera).await {
        Err(error) if error.kind() == Kind::NotFound => return Ok(vec![Duration::ZERO; ranges.len()]),
        row => row?,
    };
    let around = |all: TimeRange, one: TimeRange| TimeRange {
        start: all.start.min(one.start),
        end: all.end.max(one.end),
    };
    let Some(span) = ranges.iter().copied().reduce(around) else { return Ok(Vec::new()) };
    let days = day_totals(conn, row, span).await?;
    let mut found = Vec::with_capacity(ranges.len());
    for &range in ranges {
        let [first, last] = days_of(range);
        let mut micros: i64 = 0;
        for (&day, &of_day) in days.range(first..=last.max(first)) {
            let whole = whole_day(day);
            let Some(inside) = whole.intersect(range) else { continue };
            micros += if inside == whole { of_day } else { covered(conn, row, inside).await? };
        }
        found.push(Duration::from_micros(u64::try_from(micros).unwrap_or(0)));
    }
    Ok(found)
}

/// Microseconds of a range that segments cover, by their own rows.
async fn covered(conn: &mut SqliteConnection, camera: i64, range: TimeRange) -> Result<i64> {
    sqlx::query_scalar(of_segments!("coalesce(sum(min(end_us, ?3) - max(start_us, ?2)), 0)"))
        .bind(camera)
        .bind(range.start.0)
        .bind(range.end.0)
        .fetch_one(conn)
        .await
        .map_err(db_error)
}

/// Microseconds recorded on each UTC day that touches a range, files that are being written included.
async fn day_totals(
    conn: &mut SqliteConnection,
    camera: i64,
    range: TimeRange,
) -> Result<BTreeMap<i64, i64>> {
    // CROSS JOIN keeps the order: the few volumes, and for each a run of its clustered totals.
    let totals = "SELECT group_concat(d.day || ' ' || d.recorded_us, ' ') \
                  FROM volume v CROSS JOIN day_total d \
                  WHERE d.volume_id = v.id AND d.camera_id = ?1 AND d.day BETWEEN ?2 AND ?3";
    let mut recorded = BTreeMap::new();
    for pair in numbers(conn, totals, camera, days_of(range)).await?.chunks_exact(2) {
        *recorded.entry(pair[0]).or_insert(0) += pair[1];
    }
    // INDEXED BY: by the camera's key all of its footage would be read.
    let open = "SELECT group_concat(start_us || ' ' || end_us, ' ') FROM segment INDEXED BY segment_open \
                WHERE open = 1 AND camera_id = ?1 AND start_us < ?3 AND end_us > ?2";
    for file in ranges(&numbers(conn, open, camera, [range.start.0, range.end.0]).await?) {
        let [first, last] = days_of(file);
        for day in first..=last {
            *recorded.entry(day).or_insert(0) += covered_us(&[file], whole_day(day));
        }
    }
    Ok(recorded)
}

/// The first and the last UTC day that a range touches, by their numbers since 1970.
const fn days_of(range: TimeRange) -> [i64; 2] {
    [range.start.0.div_euclid(DAY_US), (range.end.0 - 1).div_euclid(DAY_US)]
}

/// A day by its number since 1970.
const fn whole_day(day: i64) -> TimeRange {
    TimeRange { start: WallTime(day * DAY_US), end: WallTime((day + 1) * DAY_US) }
}

/// The numbers of a list that a statement gives as one text; it is asked about a camera's row between two bounds.
async fn numbers(
    conn: &mut SqliteConnection,
    statement: &'static str,
    camera: i64,
    [from, to]: [i64; 2],
) -> Result<Vec<i64>> {
    let text: Option<String> = sqlx::query_scalar(statement)
        .bind(camera)
        .bind(from)
        .bind(to)
        .fetch_one(conn)
        .await
        .map_err(db_error)?;
    Ok(text.unwrap_or_default().split_ascii_whitespace().filter_map(|number| number.parse().ok()).collect())
}

/// Pairs of start and end. A file that has no length yet is none.
fn ranges(numbers: &[i64]) -> Vec<TimeRange> {
    let pairs = numbers.chunks_exact(2).filter(|pair| pair[0] < pair[1]);
    pairs.map(|pair| TimeRange { start: WallTime(pair[0]), end: WallTime(pair[1]) }).collect()
}

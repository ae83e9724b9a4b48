//! Timelines on a generated index: what `cargo xtask bench archive` asks.
//!
//! - `timeline fill DIR DAYS` gives the cameras of a data directory a file a minute for the last DAYS days of 2025, and
//!   a gap a day. The files themselves are not made, and no index of their fragments, which no timeline reads.
//! - `timeline point DIR PORT` moves the cameras' streams on 127.0.0.1 to another port.
//! - `timeline ask DIR DAYS ROUNDS` reads the timelines of a day, a month and a year, and prints how long that took; and
//!   beside each how long the rows of the same range take.

use atalaya_model::camera::CameraId;
use atalaya_model::ports::Archive;
use atalaya_model::time::{TimeRange, WallTime};
use atalaya_model::timeline::Resolution;
use atalaya_model::{Error, Kind, Result};
use atalaya_service::archive::SqliteArchive;
use atalaya_service::clock::SystemClock;
use atalaya_service::store::{Database, camera_row, db_error};
use atalaya_service::{Access, Installation};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

const MINUTE_US: i64 = 60_000_000;
const HOUR_US: i64 = 60 * MINUTE_US;
const DAY_US: i64 = 24 * HOUR_US;
/// Minutes that are added in one commit.
const BATCH: i64 = 30 * 1440;

/// Where the gap of day n/1440 of camera k lies, as SQL: from its first minute to the one after its last.
macro_rules! gap_of {
    ($day:literal) => {
        concat!(
            "((",
            $day,
            " * 7919 + ?5 * 104729) % 1380) AS first, ((",
            $day,
            " * 7919 + ?5 * 104729) % 1380) + 1 + ((",
            $day,
            " * 31 + ?5 * 17) % 20) AS after"
        )
    };
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number =
        |index: usize| arguments.get(index).and_then(|text| text.parse::<i64>().ok()).ok_or_else(usage);
    let dir = PathBuf::from(arguments.get(1).ok_or_else(usage)?);
    match arguments[0].as_str() {
        "fill" => fill(dir, number(2)?).await,
        "point" => point(&dir, number(2)?).await,
        "ask" => ask(&dir, number(2)?, number(3)?).await,
        _ => Err(usage()),
    }
}

fn usage() -> Error {
    Error::new(Kind::InvalidInput, "timeline fill DIR DAYS | point DIR PORT | ask DIR DAYS ROUNDS")
}

/// The end of the footage.
fn end() -> Result<WallTime> {
    WallTime::parse("2026-01-01T00:00:00Z")
}

async fn fill(dir: PathBuf, days: i64) -> Result<()> {
    let installation = Installation::open(Some(dir), Access::Engine).await?;
    let ports = installation.ports();
    // Makes the storage directory a volume.
    ports.archive.recover().await?;
    let cameras = ports.cameras.list().await?;
    let db = Database::open(&installation.data_dir().database()).await?;
    let start = end()?.0 - days * DAY_US;

    let mut tx = db.begin().await?;
    let volume: i64 =
        sqlx::query_scalar("UPDATE volume SET longest_us = ?1, clean_from_us = ?2 RETURNING id")
            .bind(MINUTE_US)
            .bind(end()?.0)
            .fetch_one(&mut *tx)
            .await
            .map_err(db_error)?;
    let format: i64 = sqlx::query_scalar(
        "INSERT INTO media_format (codec, width, height, audio) VALUES ('h264', 1920, 1080, 'aac') \
         ON CONFLICT DO UPDATE SET codec = excluded.codec RETURNING id",
    )
    .fetch_one(&mut *tx)
    .await
    .map_err(db_error)?;
    tx.commit().await.map_err(db_error)?;

    // As many at once as keep the log small.
    for first in (0..days * 1440).step_by(BATCH as usize) {
        let mut tx = db.begin().await?;
        for (k, camera) in (0_i64..).zip(&cameras) {
            let row = camera_row(&mut tx, camera.id).await?;
            sqlx::query(concat!(
                "INSERT INTO segment (camera_id, start_us, id, end_us, bytes, volume_id, format_id, role, twin, open) \
                 WITH RECURSIVE minute (n) AS (VALUES (?3) UNION ALL SELECT n + 1 FROM minute WHERE n + 1 < ?4) \
                 SELECT ?1, ?2 + n * 60000000, n * ?6 + ?5 + 1, ?2 + (n + 1) * 60000000, 30000000, ?7, ?8, 'main', 0, 0 \
                 FROM (SELECT n, ",
                gap_of!("(n / 1440)"),
                " FROM minute) WHERE n % 1440 < first OR n % 1440 >= after",
            ))
            .bind(row)
            .bind(start)
            .bind(first)
            .bind((first + BATCH).min(days * 1440))
            .bind(k)
            .bind(cameras.len() as i64)
            .bind(volume)
            .bind(format)
            .execute(&mut *tx)
            .await
            .map_err(db_error)?;
        }
        tx.commit().await.map_err(db_error)?;
    }
    let mut tx = db.begin().await?;
    for (k, camera) in (0_i64..).zip(&cameras) {
        let row = camera_row(&mut tx, camera.id).await?;
        sqlx::query(concat!(
            "INSERT INTO gap (camera_id, start_us, end_us, cause) \
             WITH RECURSIVE day (d) AS (VALUES (?3) UNION ALL SELECT d + 1 FROM day WHERE d + 1 < ?4) \
             SELECT ?1, ?2 + (d * 1440 + first) * 60000000, ?2 + (d * 1440 + after) * 60000000, \
                    CASE d % 3 WHEN 0 THEN 'offline' WHEN 1 THEN 'loss' ELSE 'disk' END \
             FROM (SELECT d, ",
            gap_of!("d"),
            " FROM day)",
        ))
        .bind(row)
        .bind(start)
        .bind(0_i64)
        .bind(days)
        .bind(k)
        .execute(&mut *tx)
        .await
        .map_err(db_error)?;
        sqlx::query(
            "INSERT INTO day_total (volume_id, camera_id, day, segments, bytes, recorded_us) \
             SELECT volume_id, camera_id, start_us / 86400000000, count(*), sum(bytes), sum(end_us - start_us) \
             FROM segment WHERE camera_id = ?1 GROUP BY 1, 2, 3",
        )
        .bind(row)
        .execute(&mut *tx)
        .await
        .map_err(db_error)?;
    }
    tx.commit().await.map_err(db_error)?;
    db.close().await;
    installation.close().await;
    Ok(())
}

async fn point(dir: &Path, port: i64) -> Result<()> {
    let db = Database::open(&dir.join("atalaya.db")).await?;
    // What comes behind "rtsp://127.0.0.1:" is the port, and from the next slash on the path.
    sqlx::query(
        "UPDATE stream SET url = 'rtsp://127.0.0.1:' || ?1 || substr(url, 17 + instr(substr(url, 18), '/'))",
    )
    .bind(port)
    .execute(db.write())
    .await
    .map_err(db_error)?;
    db.close().await;
    Ok(())
}

async fn ask(dir: &Path, days: i64, rounds: i64) -> Result<()> {
    let db = Database::open(&dir.join("atalaya.db")).await?;
    let archive = SqliteArchive::new(db.clone(), dir.join("recordings"), Arc::new(SystemClock::new()));
    let rows: Vec<(i64, String)> =
        sqlx::query_as("SELECT id, uuid FROM camera").fetch_all(db.read()).await.map_err(db_error)?;
    let cameras: Vec<CameraId> = rows.iter().map(|(_, uuid)| uuid.parse()).collect::<Result<_>>()?;
    for (name, length, resolution) in [("day", 1, "spans"), ("month", 31, "days"), ("year", 365, "days")] {
        if length > days {
            continue;
        }
        // Days of a zone an hour ahead of UTC.
        let from = end()?.0 - length * DAY_US - HOUR_US;
        let day = |n: i64| WallTime(from + n * DAY_US);
        let range = TimeRange::new(day(0), day(length))?;
        let resolution = match resolution {
            "spans" => Resolution::Spans,
            _ => {
                Resolution::Parts((0..length).map(|n| TimeRange { start: day(n), end: day(n + 1) }).collect())
            }
        };
        let mut times = Vec::new();
        for round in 0..rounds + 3 {
            let started = Instant::now();
            let timelines = archive.timeline(&cameras, range, &resolution).await?;
            assert_eq!(timelines.len(), cameras.len());
            // The first ones fill the caches.
            if round >= 3 {
                times.push(started.elapsed().as_secs_f64() * 1000.0);
            }
        }
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[(share * (times.len() - 1) as f64).round() as usize];
        let started = Instant::now();
        let mut segments = 0;
        for (camera, _) in &rows {
            let found: Vec<(i64, i64)> = sqlx::query_as(
                "SELECT start_us, end_us FROM segment WHERE camera_id = ?1 AND start_us >= ?2 AND start_us < ?3",
            )
            .bind(*camera)
            .bind(range.start.0)
            .bind(range.end.0)
            .fetch_all(db.read())
            .await
            .map_err(db_error)?;
            segments += found.len();
        }
        let plain_ms = started.elapsed().as_secs_f64() * 1000.0;
        println!(
            "{}",
            json!({ "range": name, "p50_ms": at(0.5), "p95_ms": at(0.95), "rows": segments, "rows_ms": plain_ms })
        );
    }
    db.close().await;
    Ok(())
}

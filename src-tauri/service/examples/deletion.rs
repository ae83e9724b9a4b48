//! Deleting while 16 cameras record: how long recorders are held up, and whether the database grows.
//!
//! `deletion DIR CYCLES SEGMENTS` writes 16 streams of 4 Mbit/s in real time into an empty folder. In each cycle it
//! makes SEGMENTS small files with their rows and deletes them again. Prints, as one JSON value, the time of the
//! recorders' writes in milliseconds while nothing and while something was deleted, and the database's bytes and the
//! program's memory after each cycle.

use atalaya_model::camera::{CameraId, Role};
use atalaya_model::fragment::Fragment;
use atalaya_model::media::{VideoCodec, VideoFormat, VideoUnit};
use atalaya_model::ports::{Archive, Clock};
use atalaya_model::recording::{SegmentHeader, SegmentId};
use atalaya_model::time::WallTime;
use atalaya_model::{Error, Kind, Result};
use atalaya_service::archive::SqliteArchive;
use atalaya_service::clock::SystemClock;
use atalaya_service::store::{Database, adopt_camera, camera_row, db_error};
use bytes::Bytes;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const CAMERAS: u128 = 16;
/// Recording alone, before the first cycle.
const QUIET: Duration = Duration::from_secs(20);
/// Bytes of one picture: 25 of them make 4 Mbit.
const PICTURE: usize = 20_000;
/// Pictures and ticks of a fragment of a second.
const PICTURES: i64 = 25;
const TICKS: i64 = 90_000;
/// Seconds of a file.
const FILE: i64 = 60;

/// What goes on beside the recorders.
const NOTHING: u8 = 0;
const DELETING: u8 = 1;
/// Files are made: no time that counts.
const MAKING: u8 = 2;

/// What the recorders' writes took, in milliseconds: beside nothing, and beside deleting.
type Times = Arc<Mutex<[Vec<f64>; 2]>>;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let usage = || Error::new(Kind::InvalidInput, "deletion DIR CYCLES SEGMENTS");
    let [dir, cycles, segments] = &arguments[..] else { return Err(usage()) };
    let (cycles, segments): (u32, i64) =
        (cycles.parse().map_err(|_| usage())?, segments.parse().map_err(|_| usage())?);
    let dir = PathBuf::from(dir);
    let clock = Arc::new(SystemClock::new());
    let path = dir.join("atalaya.db");
    let db = Database::open(&path).await?;
    let archive = SqliteArchive::new(db.clone(), dir.join("footage"), clock.clone());
    archive.recover().await?;
    let mut tx = db.begin().await?;
    for camera in cameras() {
        adopt_camera(&mut tx, camera, "Camera", clock.wall()).await?;
    }
    tx.commit().await.map_err(db_error)?;

    let (times, beside) = (Times::default(), Arc::new(AtomicU8::new(NOTHING)));
    let mut recorders = JoinSet::new();
    for camera in cameras() {
        recorders.spawn(record(archive.clone(), camera, clock.wall(), beside.clone(), times.clone()));
    }
    clock.sleep(QUIET).await;
    let (mut sizes, mut seconds, mut memory) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..cycles {
        beside.store(MAKING, Ordering::Relaxed);
        let ids = make(&db, &dir.join("footage"), segments).await?;
        beside.store(DELETING, Ordering::Relaxed);
        let started = Instant::now();
        archive.delete(&ids).await?;
        seconds.push(started.elapsed().as_secs_f64());
        beside.store(NOTHING, Ordering::Relaxed);
        sizes.push(std::fs::metadata(&path).map_or(0, |file| file.len()));
        memory.push(resident_kib());
    }
    if let Some(Ok(Err(error))) = recorders.try_join_next() {
        return Err(error);
    }
    recorders.shutdown().await;
    let [quiet, deleting] = &*times.lock().expect("no holder panics");
    println!(
        "{}",
        json!({ "quiet": quiet, "deleting": deleting, "seconds": seconds, "database": sizes,
        "memory_kib": memory })
    );
    Ok(())
}

/// What of this program is in memory (proc(5), status); none where no system tells.
fn resident_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

fn cameras() -> impl Iterator<Item = CameraId> {
    (1..=CAMERAS).map(|n| CameraId(uuid::Uuid::from_u128(n)))
}

/// Records in real time until it is dropped.
async fn record(
    archive: SqliteArchive,
    camera: CameraId,
    start: WallTime,
    beside: Arc<AtomicU8>,
    times: Times,
) -> Result<()> {
    let video = Arc::new(VideoFormat {
        codec: VideoCodec::H264,
        codec_string: "avc1.640028".to_owned(),
        width: 1920,
        height: 1080,
        coded_width: 1920,
        coded_height: 1088,
        decoder_config: Bytes::new(),
        sample_entry: Bytes::from_static(b"\0\0\0\x08avc1"),
        declared_fps_milli: None,
    });
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    for file in 0_i64.. {
        let header = SegmentHeader {
            camera,
            camera_name: "Camera".to_owned(),
            role: Role::Main,
            start: start.plus_micros(file * FILE * 1_000_000),
            start_pts_90k: 0,
            video: video.clone(),
            audio: None,
            clock_offset_ms: None,
            missing: Vec::new(),
        };
        let begin = header.start;
        let mut writer = archive.begin(header).await?;
        for second in 0..FILE {
            tick.tick().await;
            let (now, started) = (beside.load(Ordering::Relaxed), Instant::now());
            writer.append(fragment(&video, second), begin.plus_micros(second * 1_000_000)).await?;
            // One that began beside deleting counts there, whatever came while it lasted.
            if let Some(times) = times.lock().expect("no holder panics").get_mut(usize::from(now)) {
                times.push(started.elapsed().as_secs_f64() * 1000.0);
            }
        }
        writer.finish().await?;
    }
    Ok(())
}

fn fragment(format: &Arc<VideoFormat>, second: i64) -> Fragment {
    static PICTURE_BYTES: [u8; PICTURE] = [7; PICTURE];
    let unit = |n: i64| VideoUnit {
        data: Bytes::from_static(&PICTURE_BYTES),
        pts_90k: second * TICKS + n * TICKS / PICTURES,
        key: n == 0,
        packets_lost: 0,
        format: format.clone(),
        received: atalaya_model::time::MonoTime(0),
        received_wall: WallTime(0),
        camera_time: None,
    };
    Fragment {
        video: (0..PICTURES).map(unit).collect(),
        audio: Vec::new(),
        next_pts_90k: Some((second + 1) * TICKS),
        continues_gop: false,
    }
}

/// Makes files of the year before last and their rows, spread over the cameras.
async fn make(db: &Database, root: &Path, segments: i64) -> Result<Vec<SegmentId>> {
    let first = WallTime::parse("2024-01-01T00:00:00Z")?;
    let ids: Vec<_> = cameras().collect();
    let start = |n: i64| first.plus_micros(n / ids.len() as i64 * 60_000_000);
    // Before the transaction, which the recorders wait for.
    for n in 0..segments {
        let text = start(n).to_rfc3339();
        let folder = root.join(ids[n as usize % ids.len()].to_string()).join(&text[..10]);
        let io =
            |error: std::io::Error| Error::new(Kind::Unreachable, "a file cannot be made").caused_by(error);
        std::fs::create_dir_all(&folder).map_err(io)?;
        let name = format!("{}Z-main.mp4", text[11..23].replace(':', ""));
        std::fs::write(folder.join(name), [0_u8; 4096]).map_err(io)?;
    }
    let mut tx = db.begin().await?;
    let mut rows = Vec::new();
    for &camera in &ids {
        rows.push(camera_row(&mut tx, camera).await?);
    }
    let format: i64 = sqlx::query_scalar(
        "INSERT INTO media_format (codec, width, height, audio) VALUES ('h264', 1920, 1080, '') \
         ON CONFLICT DO UPDATE SET codec = excluded.codec RETURNING id",
    )
    .fetch_one(&mut *tx)
    .await
    .map_err(db_error)?;
    let last: i64 = sqlx::query_scalar("SELECT coalesce(max(id), 0) FROM segment")
        .fetch_one(&mut *tx)
        .await
        .map_err(db_error)?;
    let mut made = Vec::new();
    for n in 0..segments {
        let id = last + 1 + n;
        sqlx::query(
            "INSERT INTO segment (camera_id, start_us, id, end_us, bytes, volume_id, format_id, role, twin, open) \
             SELECT ?1, ?2, ?3, ?2 + 60000000, 4096, id, ?4, 'main', 0, 0 FROM volume",
        )
        .bind(rows[n as usize % rows.len()])
        .bind(start(n).0)
        .bind(id)
        .bind(format)
        .execute(&mut *tx)
        .await
        .map_err(db_error)?;
        // Thirty fragments take about so much.
        sqlx::query("INSERT INTO segment_index (segment_id, fragments) VALUES (?1, zeroblob(270))")
            .bind(id)
            .execute(&mut *tx)
            .await
            .map_err(db_error)?;
        made.push(SegmentId(id));
    }
    sqlx::query(
        "INSERT OR REPLACE INTO day_total (volume_id, camera_id, day, segments, bytes, recorded_us) \
         SELECT volume_id, camera_id, start_us / 86400000000, count(*), sum(bytes), sum(end_us - start_us) \
         FROM segment WHERE id > ?1 GROUP BY 1, 2, 3",
    )
    .bind(last)
    .execute(&mut *tx)
    .await
    .map_err(db_error)?;
    tx.commit().await.map_err(db_error)?;
    Ok(made)
}

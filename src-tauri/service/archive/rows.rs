//! The index's rows: volumes, segments, their fragments, day totals. Every function is one or a few statements on a
//! connection that the caller may have a transaction on.

use super::index;
use super::names::FileName;
use crate::store::db_error;
use atalaya_model::camera::CameraId;
use atalaya_model::recording::{FragmentEntry, Segment, SegmentId};
use atalaya_model::retention::DAY_US;
use atalaya_model::storage::Place;
use atalaya_model::time::{TimeRange, WallTime};
use atalaya_model::{Error, Kind, Result};
use sqlx::SqliteConnection;
use uuid::Uuid;

/// The volume that was last seen at this path.
pub(super) async fn volume_at(conn: &mut SqliteConnection, root: &str) -> Result<Option<(i64, Uuid)>> {
    let row: Option<(i64, String)> = sqlx::query_as("SELECT id, uuid FROM volume WHERE root = ?")
        .bind(root)
        .fetch_optional(conn)
        .await
        .map_err(db_error)?;
    row.map(|(id, uuid)| Ok((id, uuid.parse().map_err(|_| impossible("volume", id))?))).transpose()
}

/// A volume that came to this path with its marker; one that is not known has nothing indexed yet.
pub(super) async fn take_volume(conn: &mut SqliteConnection, uuid: Uuid, root: &str) -> Result<i64> {
    sqlx::query_scalar(
        "INSERT INTO volume (uuid, root, clean_from_us, longest_us, position) \
         SELECT ?, ?, ?, 0, coalesce(max(position), 0) + 1 FROM volume WHERE true \
         ON CONFLICT (uuid) DO UPDATE SET root = excluded.root RETURNING id",
    )
    .bind(uuid.to_string())
    .bind(root)
    .bind(i64::MIN)
    .fetch_one(conn)
    .await
    .map_err(db_error)
}

/// An empty volume.
pub(super) async fn new_volume(
    conn: &mut SqliteConnection,
    uuid: Uuid,
    root: &str,
    now: WallTime,
) -> Result<i64> {
    sqlx::query_scalar(
        "INSERT INTO volume (uuid, root, clean_from_us, longest_us, position) \
         SELECT ?, ?, ?, 0, coalesce(max(position), 0) + 1 FROM volume RETURNING id",
    )
    .bind(uuid.to_string())
    .bind(root)
    .bind(now.0)
    .fetch_one(conn)
    .await
    .map_err(db_error)
}

/// From when on files may lack a row.
pub(super) async fn clean_from(conn: &mut SqliteConnection, volume: i64) -> Result<WallTime> {
    sqlx::query_scalar("SELECT clean_from_us FROM volume WHERE id = ?")
        .bind(volume)
        .fetch_one(conn)
        .await
        .map(WallTime)
        .map_err(db_error)
}

/// Sets from when on files may lack a row.
pub(super) async fn set_clean_from(conn: &mut SqliteConnection, volume: i64, from: WallTime) -> Result<()> {
    sqlx::query("UPDATE volume SET clean_from_us = ?2 WHERE id = ?1")
        .bind(volume)
        .bind(from.0)
        .execute(conn)
        .await
        .map_err(db_error)?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct SegmentRow {
    id: i64,
    camera: String,
    role: String,
    start_us: i64,
    end_us: i64,
    bytes: i64,
    codec: String,
    width: u32,
    height: u32,
    audio: String,
    twin: u8,
    open: bool,
    volume: String,
    root: String,
}

impl SegmentRow {
    fn into_segment(self) -> Result<Segment> {
        let name = FileName {
            camera: self.camera.parse()?,
            start: WallTime(self.start_us),
            role: self.role.parse()?,
            twin: self.twin,
        };
        Ok(Segment {
            id: SegmentId(self.id),
            camera: name.camera,
            role: name.role,
            range: TimeRange { start: name.start, end: WallTime(self.end_us) },
            bytes: u64::try_from(self.bytes).map_err(|_| impossible("segment", self.id))?,
            codec: self.codec,
            width: self.width,
            height: self.height,
            audio: Some(self.audio).filter(|audio| !audio.is_empty()),
            place: Place { volume: self.volume.parse()?, root: self.root.into() },
            path: name.path()?,
            open: self.open,
        })
    }
}

/// The columns of [`SegmentRow`].
macro_rules! select_segments {
    ($rest:literal) => {
        concat!(
            "SELECT s.id, c.uuid AS camera, s.role, s.start_us, s.end_us, s.bytes, f.codec, f.width, f.height, \
                    f.audio, s.twin, s.open, (SELECT uuid FROM volume WHERE id = s.volume_id) AS volume, \
                    (SELECT root FROM volume WHERE id = s.volume_id) AS root ",
            $rest
        )
    };
}

fn segments(rows: Vec<SegmentRow>) -> Result<Vec<Segment>> {
    rows.into_iter().map(SegmentRow::into_segment).collect()
}

/// Segments of a volume that touch a range, of one camera or of all.
pub(super) async fn touching(
    conn: &mut SqliteConnection,
    volume: i64,
    camera: Option<CameraId>,
    range: TimeRange,
) -> Result<Vec<Segment>> {
    // CROSS JOIN keeps the order: the few cameras, and for each a range of the clustered segments.
    let rows = sqlx::query_as(select_segments!(
        "FROM camera c CROSS JOIN segment s ON s.camera_id = c.id JOIN media_format f ON f.id = s.format_id \
         WHERE (?2 IS NULL OR c.uuid = ?2) AND s.volume_id = ?1 AND s.start_us < ?4 AND s.end_us > ?3 \
           AND s.start_us >= ?3 - (SELECT longest_us FROM volume WHERE id = ?1) \
         ORDER BY s.start_us, s.id"
    ))
    .bind(volume)
    .bind(camera.map(|camera| camera.to_string()))
    .bind(range.start.0)
    .bind(range.end.0)
    .fetch_all(conn)
    .await
    .map_err(db_error)?;
    segments(rows)
}

/// The next segments of a volume after this number, for walks over all of them.
pub(super) async fn after(conn: &mut SqliteConnection, volume: i64, id: SegmentId) -> Result<Vec<Segment>> {
    let rows = sqlx::query_as(select_segments!(
        "FROM segment s JOIN camera c ON c.id = s.camera_id JOIN media_format f ON f.id = s.format_id \
         WHERE s.id > ?2 AND s.volume_id = ?1 ORDER BY s.id LIMIT 1000"
    ))
    .bind(volume)
    .bind(id.0)
    .fetch_all(conn)
    .await
    .map_err(db_error)?;
    segments(rows)
}

/// Segments of a volume whose row says that they are being written.
pub(super) async fn open(conn: &mut SqliteConnection, volume: i64) -> Result<Vec<Segment>> {
    let rows = sqlx::query_as(select_segments!(
        "FROM segment s JOIN camera c ON c.id = s.camera_id JOIN media_format f ON f.id = s.format_id \
         WHERE s.open = 1 AND s.volume_id = ? ORDER BY s.id"
    ))
    .bind(volume)
    .fetch_all(conn)
    .await
    .map_err(db_error)?;
    segments(rows)
}

/// One segment. `NotFound`.
pub(super) async fn by_id(conn: &mut SqliteConnection, id: SegmentId) -> Result<Segment> {
    let row: Option<SegmentRow> = sqlx::query_as(select_segments!(
        "FROM segment s JOIN camera c ON c.id = s.camera_id JOIN media_format f ON f.id = s.format_id \
         WHERE s.id = ?"
    ))
    .bind(id.0)
    .fetch_optional(conn)
    .await
    .map_err(db_error)?;
    row.ok_or_else(|| Error::new(Kind::NotFound, "no such segment").with("segment", id.0))?.into_segment()
}

/// The segment whose file has this name.
pub(super) async fn by_name(
    conn: &mut SqliteConnection,
    volume: i64,
    name: &FileName,
) -> Result<Option<SegmentId>> {
    // The name has milliseconds, the row microseconds.
    let id: Option<i64> = sqlx::query_scalar(
        "SELECT s.id FROM camera c JOIN segment s ON s.camera_id = c.id \
         WHERE c.uuid = ?2 AND s.start_us >= ?3 AND s.start_us < ?3 + 1000 AND s.role = ?4 AND s.twin = ?5 \
           AND s.volume_id = ?1",
    )
    .bind(volume)
    .bind(name.camera.to_string())
    .bind(name.start.as_millis() * 1000)
    .bind(name.role.code())
    .bind(name.twin)
    .fetch_optional(conn)
    .await
    .map_err(db_error)?;
    Ok(id.map(SegmentId))
}

/// Adds a row marked open; the segment's id is ignored. A row for the same file stays as it is.
pub(super) async fn insert(
    conn: &mut SqliteConnection,
    volume: i64,
    camera: i64,
    segment: &Segment,
) -> Result<SegmentId> {
    let name = FileName::parse(&segment.path).ok_or_else(|| impossible_path(&segment.path))?;
    if let Some(id) = by_name(conn, volume, &name).await? {
        return Ok(id);
    }
    let format: i64 = sqlx::query_scalar(
        "INSERT INTO media_format (codec, width, height, audio) VALUES (?, ?, ?, ?) \
         ON CONFLICT DO UPDATE SET codec = excluded.codec RETURNING id",
    )
    .bind(&segment.codec)
    .bind(segment.width)
    .bind(segment.height)
    .bind(segment.audio.as_deref().unwrap_or(""))
    .fetch_one(&mut *conn)
    .await
    .map_err(db_error)?;
    sqlx::query_scalar(
        "INSERT INTO segment (camera_id, start_us, id, end_us, bytes, volume_id, format_id, role, twin, open) \
         SELECT ?, ?, coalesce(max(id), 0) + 1, ?, ?, ?, ?, ?, ?, 1 FROM segment RETURNING id",
    )
    .bind(camera)
    .bind(segment.range.start.0)
    .bind(segment.range.end.0)
    .bind(segment.bytes as i64)
    .bind(volume)
    .bind(format)
    .bind(segment.role.code())
    .bind(name.twin)
    .fetch_one(conn)
    .await
    .map(SegmentId)
    .map_err(db_error)
}

/// Notes how far a segment that is being written has come.
pub(super) async fn touch(conn: &mut SqliteConnection, segment: &Segment) -> Result<()> {
    sqlx::query("UPDATE segment SET end_us = ?2, bytes = ?3 WHERE id = ?1 AND open = 1")
        .bind(segment.id.0)
        .bind(segment.range.end.0)
        .bind(segment.bytes as i64)
        .execute(conn)
        .await
        .map_err(db_error)?;
    Ok(())
}

/// Makes a segment's row final and counts it. `before` is the row's content so far.
pub(super) async fn close(
    conn: &mut SqliteConnection,
    volume: i64,
    before: &Segment,
    segment: &Segment,
    fragments: &[FragmentEntry],
) -> Result<()> {
    if !before.open {
        count(conn, volume, before, -1).await?;
    }
    sqlx::query("UPDATE segment SET end_us = ?2, bytes = ?3, open = 0 WHERE id = ?1")
        .bind(segment.id.0)
        .bind(segment.range.end.0)
        .bind(segment.bytes as i64)
        .execute(&mut *conn)
        .await
        .map_err(db_error)?;
    sqlx::query("INSERT OR REPLACE INTO segment_index (segment_id, fragments) VALUES (?, ?)")
        .bind(segment.id.0)
        .bind(index::encode(segment.range.start, fragments))
        .execute(&mut *conn)
        .await
        .map_err(db_error)?;
    sqlx::query("UPDATE volume SET longest_us = ?2 WHERE id = ?1 AND longest_us < ?2")
        .bind(volume)
        .bind(segment.range.end.micros_since(segment.range.start))
        .execute(&mut *conn)
        .await
        .map_err(db_error)?;
    count(conn, volume, segment, 1).await
}

/// Takes a segment's rows away; its file stays.
pub(super) async fn delete(conn: &mut SqliteConnection, volume: i64, segment: &Segment) -> Result<()> {
    if !segment.open {
        count(conn, volume, segment, -1).await?;
    }
    sqlx::query("DELETE FROM segment_index WHERE segment_id = ?")
        .bind(segment.id.0)
        .execute(&mut *conn)
        .await
        .map_err(db_error)?;
    sqlx::query("DELETE FROM segment WHERE id = ?")
        .bind(segment.id.0)
        .execute(conn)
        .await
        .map_err(db_error)?;
    Ok(())
}

/// Takes all rows of a volume away, so that they can be made anew from its files.
pub(super) async fn forget_volume(conn: &mut SqliteConnection, volume: i64) -> Result<()> {
    for statement in [
        "DELETE FROM segment_index WHERE segment_id IN (SELECT id FROM segment WHERE volume_id = ?1 AND open = 0)",
        "DELETE FROM segment WHERE volume_id = ?1 AND open = 0",
        "DELETE FROM day_total WHERE volume_id = ?1",
    ] {
        sqlx::query(statement).bind(volume).execute(&mut *conn).await.map_err(db_error)?;
    }
    // Should this be broken off, start-up goes on with it.
    set_clean_from(conn, volume, WallTime(i64::MIN)).await
}

/// Adds a closed segment to the totals of its days, or takes it out of them.
async fn count(conn: &mut SqliteConnection, volume: i64, segment: &Segment, sign: i64) -> Result<()> {
    let TimeRange { start, end } = segment.range;
    let first = start.0.div_euclid(DAY_US);
    let last = (end.0 - 1).div_euclid(DAY_US).max(first);
    for day in first..=last {
        let covered = end.0.min((day + 1) * DAY_US) - start.0.max(day * DAY_US);
        let own = i64::from(day == first);
        sqlx::query(
            "INSERT INTO day_total (volume_id, camera_id, day, segments, bytes, recorded_us) \
             SELECT ?1, id, ?3, ?4, ?5, ?6 FROM camera WHERE uuid = ?2 \
             ON CONFLICT DO UPDATE SET segments = segments + excluded.segments, bytes = bytes + excluded.bytes, \
                                       recorded_us = recorded_us + excluded.recorded_us",
        )
        .bind(volume)
        .bind(segment.camera.to_string())
        .bind(day)
        .bind(sign * own)
        .bind(sign * own * segment.bytes as i64)
        .bind(sign * covered)
        .execute(&mut *conn)
        .await
        .map_err(db_error)?;
    }
    if sign < 0 {
        sqlx::query(
            "DELETE FROM day_total WHERE volume_id = ? AND camera_id = (SELECT id FROM camera WHERE uuid = ?) \
             AND day BETWEEN ? AND ? AND segments = 0 AND recorded_us = 0",
        )
        .bind(volume)
        .bind(segment.camera.to_string())
        .bind(first)
        .bind(last)
        .execute(conn)
        .await
        .map_err(db_error)?;
    }
    Ok(())
}

/// How many closed segments a volume has, and their bytes.
pub(super) async fn totals(conn: &mut SqliteConnection, volume: i64) -> Result<(u64, u64)> {
    let (segments, bytes): (i64, i64) = sqlx::query_as(
        "SELECT coalesce(sum(segments), 0), coalesce(sum(bytes), 0) FROM day_total WHERE volume_id = ?",
    )
    .bind(volume)
    .fetch_one(conn)
    .await
    .map_err(db_error)?;
    Ok((segments.max(0) as u64, bytes.max(0) as u64))
}

/// Pairs of segments of one stream, on one volume or on any, of which the later starts more than `tolerance_us` before
/// the earlier ends.
pub(super) async fn overlaps(
    conn: &mut SqliteConnection,
    volume: Option<i64>,
    tolerance_us: i64,
) -> Result<u64> {
    let found: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM (SELECT start_us, lag(end_us) OVER (PARTITION BY camera_id, role ORDER BY start_us, id) \
                               AS before_us FROM segment WHERE ?1 IS NULL OR volume_id = ?1) \
         WHERE start_us < before_us - ?2",
    )
    .bind(volume)
    .bind(tolerance_us)
    .fetch_one(conn)
    .await
    .map_err(db_error)?;
    Ok(found.max(0) as u64)
}

/// Notes that a file is to be unlinked.
pub(super) async fn add_garbage(conn: &mut SqliteConnection, volume: i64, path: &str) -> Result<()> {
    sqlx::query("INSERT OR IGNORE INTO garbage (volume_id, path) VALUES (?, ?)")
        .bind(volume)
        .bind(path)
        .execute(conn)
        .await
        .map_err(db_error)?;
    Ok(())
}

/// Files to be unlinked.
pub(super) async fn garbage(conn: &mut SqliteConnection, volume: i64) -> Result<Vec<String>> {
    sqlx::query_scalar("SELECT path FROM garbage WHERE volume_id = ?")
        .bind(volume)
        .fetch_all(conn)
        .await
        .map_err(db_error)
}

/// Notes that a file is unlinked.
pub(super) async fn drop_garbage(conn: &mut SqliteConnection, volume: i64, path: &str) -> Result<()> {
    sqlx::query("DELETE FROM garbage WHERE volume_id = ? AND path = ?")
        .bind(volume)
        .bind(path)
        .execute(conn)
        .await
        .map_err(db_error)?;
    Ok(())
}

/// The fragments of a closed segment; none for one that is open. `Corrupt`.
pub(super) async fn fragments(
    conn: &mut SqliteConnection,
    segment: &Segment,
) -> Result<Option<Vec<FragmentEntry>>> {
    let blob: Option<Vec<u8>> =
        sqlx::query_scalar("SELECT fragments FROM segment_index WHERE segment_id = ?")
            .bind(segment.id.0)
            .fetch_optional(conn)
            .await
            .map_err(db_error)?;
    blob.map(|blob| {
        index::decode(segment.range.start, &blob).ok_or_else(|| {
            Error::new(Kind::Corrupt, "the index of a segment's fragments is damaged")
                .with("segment", segment.id.0)
        })
    })
    .transpose()
}

fn impossible(table: &'static str, id: i64) -> Error {
    Error::new(Kind::Corrupt, "the database holds an impossible row").with("table", table).with("id", id)
}

fn impossible_path(path: &str) -> Error {
    Error::new(Kind::Internal, "a segment's path is not of our making").with("path", path)
}

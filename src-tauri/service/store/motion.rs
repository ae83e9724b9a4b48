//! How motion is looked for and when it was seen, in SQLite. Knows nothing of pictures, nor who watches them.

use super::Database;
use super::camera::camera_row;
use super::error::db_error;
use atalaya_model::camera::CameraId;
use atalaya_model::motion::{MotionEvent, MotionSettings, Point, Zone};
use atalaya_model::ports::{BoxFuture, MotionStore};
use atalaya_model::time::{TimeRange, WallTime};
use atalaya_model::{Error, Kind, Result};

/// How long before a range an event that touches it can have begun: an event that lasts longer is kept as several.
const LONGEST_US: i64 = MotionEvent::LONGEST.as_micros() as i64;

/// Motion in the database.
#[derive(Debug, Clone)]
pub struct SqliteMotion {
    db: Database,
}

/// A zone as it stands in the column `zones`.
type ZoneText = (String, String, Vec<(f32, f32)>);

/// `enabled`, `sensitivity`, `onvif` and `zones`.
type SettingsRow = (bool, i64, bool, String);

/// `start_us`, `end_us`, `source`, `lasting` and `peak`.
type EventRow = (i64, i64, String, bool, Option<i64>);

impl SqliteMotion {
    /// The motion of an open database.
    pub fn new(db: Database) -> Self {
        Self { db }
    }

    async fn settings_of(&self, camera: CameraId) -> Result<MotionSettings> {
        let row: Option<SettingsRow> = sqlx::query_as(
            "SELECT m.enabled, m.sensitivity, m.onvif, m.zones \
             FROM motion_setting m JOIN camera c ON c.id = m.camera_id WHERE c.uuid = ?",
        )
        .bind(camera.to_string())
        .fetch_optional(self.db.read())
        .await
        .map_err(db_error)?;
        let Some(row) = row else {
            return Ok(MotionSettings::default());
        };
        read_settings(row).ok_or_else(|| {
            Error::new(Kind::Corrupt, "the database holds impossible motion settings").with("camera", camera)
        })
    }

    async fn put_settings(&self, camera: CameraId, settings: &MotionSettings) -> Result<()> {
        settings.validate()?;
        let zones: Vec<ZoneText> = settings
            .zones
            .iter()
            .map(|zone| {
                let points = zone.points.iter().map(|point| (point.x, point.y)).collect();
                (zone.name.clone(), zone.kind.code().to_owned(), points)
            })
            .collect();
        let zones = serde_json::to_string(&zones).expect("finite numbers and texts are valid JSON");
        let mut tx = self.db.begin().await?;
        let camera = camera_row(&mut tx, camera).await?;
        sqlx::query(
            "INSERT INTO motion_setting (camera_id, enabled, sensitivity, onvif, zones) VALUES (?, ?, ?, ?, ?) \
             ON CONFLICT (camera_id) DO UPDATE SET enabled = excluded.enabled, \
                 sensitivity = excluded.sensitivity, onvif = excluded.onvif, zones = excluded.zones",
        )
        .bind(camera)
        .bind(settings.enabled)
        .bind(settings.sensitivity)
        .bind(settings.onvif)
        .bind(zones)
        .execute(&mut *tx)
        .await
        .map_err(db_error)?;
        tx.commit().await.map_err(db_error)
    }

    async fn put_events(&self, events: &[MotionEvent]) -> Result<()> {
        let mut tx = self.db.begin().await?;
        for event in events {
            let camera = camera_row(&mut tx, event.camera).await?;
            sqlx::query(
                "INSERT INTO motion (camera_id, start_us, source, end_us, lasting, peak) VALUES (?, ?, ?, ?, ?, ?) \
                 ON CONFLICT (camera_id, start_us, source) DO UPDATE SET \
                     end_us = excluded.end_us, lasting = excluded.lasting, peak = excluded.peak",
            )
            .bind(camera)
            .bind(event.start.0)
            .bind(event.source.code())
            .bind(event.end.0.max(event.start.0))
            .bind(event.lasting)
            .bind(event.peak)
            .execute(&mut *tx)
            .await
            .map_err(db_error)?;
        }
        tx.commit().await.map_err(db_error)
    }

    async fn touching(&self, camera: CameraId, range: TimeRange) -> Result<Vec<MotionEvent>> {
        let rows: Vec<EventRow> = sqlx::query_as(
            "SELECT m.start_us, m.end_us, m.source, m.lasting, m.peak \
             FROM camera c JOIN motion m ON m.camera_id = c.id \
             WHERE c.uuid = ?1 AND m.start_us >= ?2 - ?4 AND m.start_us < ?3 AND m.end_us >= ?2 \
             ORDER BY m.start_us, m.source",
        )
        .bind(camera.to_string())
        .bind(range.start.0)
        .bind(range.end.0)
        .bind(LONGEST_US)
        .fetch_all(self.db.read())
        .await
        .map_err(db_error)?;
        rows.into_iter()
            .map(|(start, end, source, lasting, peak)| {
                Ok(MotionEvent {
                    camera,
                    source: source.parse()?,
                    start: WallTime(start),
                    end: WallTime(end),
                    lasting,
                    peak: peak.and_then(|peak| u8::try_from(peak).ok()),
                })
            })
            .collect()
    }

    async fn end_all(&self, oldest: WallTime) -> Result<u64> {
        let mut tx = self.db.begin().await?;
        // By camera, as the table is clustered.
        sqlx::query("DELETE FROM motion WHERE camera_id IN (SELECT id FROM camera) AND start_us < ?")
            .bind(oldest.0)
            .execute(&mut *tx)
            .await
            .map_err(db_error)?;
        let ended = sqlx::query("UPDATE motion SET lasting = 0 WHERE lasting = 1")
            .execute(&mut *tx)
            .await
            .map_err(db_error)?
            .rows_affected();
        tx.commit().await.map_err(db_error)?;
        Ok(ended)
    }
}

impl MotionStore for SqliteMotion {
    fn settings(&self, camera: CameraId) -> BoxFuture<'_, Result<MotionSettings>> {
        Box::pin(self.settings_of(camera))
    }

    fn set_settings<'a>(
        &'a self,
        camera: CameraId,
        settings: &'a MotionSettings,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.put_settings(camera, settings))
    }

    fn note<'a>(&'a self, events: &'a [MotionEvent]) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.put_events(events))
    }

    fn events(&self, camera: CameraId, range: TimeRange) -> BoxFuture<'_, Result<Vec<MotionEvent>>> {
        Box::pin(self.touching(camera, range))
    }

    fn settle(&self, oldest: WallTime) -> BoxFuture<'_, Result<u64>> {
        Box::pin(self.end_all(oldest))
    }
}

/// The settings; none when anything in the row is impossible.
fn read_settings((enabled, sensitivity, onvif, zones): SettingsRow) -> Option<MotionSettings> {
    let zones: Vec<ZoneText> = serde_json::from_str(&zones).ok()?;
    let zone = |(name, kind, points): ZoneText| {
        let points = points.into_iter().map(|(x, y)| Point { x, y }).collect();
        Some(Zone { name, kind: kind.parse().ok()?, points })
    };
    let zones = zones.into_iter().map(zone).collect::<Option<_>>()?;
    let settings = MotionSettings { enabled, sensitivity: u8::try_from(sensitivity).ok()?, zones, onvif };
    settings.validate().is_ok().then_some(settings)
}

//! Keeps the retention rules: every few minutes deletes what the cameras' policies say.

use crate::engine::Inner;
use atalaya_model::Result;
use atalaya_model::camera::Camera;
use atalaya_model::retention::expired;
use atalaya_model::time::{TimeRange, WallTime};
use std::sync::Arc;
use std::time::Duration;

/// How often the rules are kept. A file holds a minute, so an hour's quota is exceeded by a tenth at the most.
const EVERY: Duration = Duration::from_mins(5);

/// Runs until the engine ends.
pub(crate) async fn keep(engine: Arc<Inner>) {
    loop {
        tokio::select! {
            () = engine.ports.clock.sleep(EVERY) => {}
            () = engine.cancel.cancelled() => return,
        }
        match engine.ports.cameras.list().await {
            Ok(cameras) => {
                for camera in cameras {
                    if let Err(error) = keep_camera(&engine, &camera).await {
                        tracing::error!(camera = %camera.id, %error, "retention failed");
                    }
                }
            }
            Err(error) => tracing::error!(%error, "retention failed"),
        }
    }
}

async fn keep_camera(engine: &Inner, camera: &Camera) -> Result<()> {
    if camera.record.retention_days.is_none() && camera.record.quota_bytes.is_none() {
        return Ok(());
    }
    let everything = TimeRange::new(WallTime(i64::MIN), WallTime::MAX)?;
    let segments = engine.ports.archive.segments(Some(camera.id), everything).await?;
    let ids = expired(&segments, &camera.record, engine.ports.clock.wall());
    if !ids.is_empty() {
        tracing::info!(camera = %camera.id, segments = ids.len(), "deleted by the retention rules");
        engine.ports.archive.delete(&ids).await?;
    }
    Ok(())
}

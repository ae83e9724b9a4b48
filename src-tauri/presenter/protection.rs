//! Footage that no rule deletes: protected with a reason, until a person or its expiry ends that.

use crate::Result;
use crate::engine::Inner;
use crate::vm::retention::ProtectedVm;
use atalaya_model::retention::{ProtectedId, ProtectedRange};
use atalaya_model::time::{TimeRange, WallTime};
use atalaya_model::{Error, Kind};
use std::sync::Arc;

/// The most protected ranges: each is asked about in each pass.
const RANGES_MAX: usize = 1000;

/// Lists, adds and removes protections.
pub struct Protections {
    engine: Arc<Inner>,
}

impl Protections {
    pub(crate) fn new(engine: Arc<Inner>) -> Self {
        Self { engine }
    }

    /// All protections by start, of one camera or of all; those that have expired too.
    pub async fn list(&self, camera: Option<&str>) -> Result<Vec<ProtectedVm>> {
        let camera = match camera {
            Some(camera) => Some(self.engine.find_camera(camera).await?.id),
            None => None,
        };
        let ranges = self.engine.ports.retention.protected().await?;
        let mut out = Vec::new();
        for range in ranges.iter().filter(|range| camera.is_none_or(|camera| camera == range.camera)) {
            out.push(self.view(range).await?);
        }
        Ok(out)
    }

    /// Protects a range of a camera's footage. `INVALID_INPUT` without a reason, or with an expiry that is past.
    pub async fn add(
        &self,
        camera: &str,
        start: &str,
        end: &str,
        reason: &str,
        expires: Option<&str>,
    ) -> Result<ProtectedVm> {
        let store = &self.engine.ports.retention;
        let range = ProtectedRange {
            id: ProtectedId(uuid::Uuid::new_v4()),
            range: TimeRange::new(WallTime::parse(start)?, WallTime::parse(end)?)?,
            camera: self.engine.find_camera(camera).await?.id,
            reason: reason.trim().to_owned(),
            expires: expires.map(WallTime::parse).transpose()?,
            created: self.engine.ports.clock.wall(),
        };
        range.validate()?;
        if store.protected().await?.len() >= RANGES_MAX {
            return Err(Error::new(Kind::InvalidInput, "there are too many protected ranges")
                .with("max", RANGES_MAX)
                .into());
        }
        store.protect(&range).await?;
        tracing::info!(id = %range.id, camera = %range.camera, range = ?range.range, "footage is protected");
        self.view(&range).await
    }

    /// Ends a protection.
    pub async fn remove(&self, id: &str) -> Result<()> {
        let id: ProtectedId = id.parse()?;
        self.engine.ports.retention.unprotect(id).await?;
        tracing::info!(%id, "footage is no longer protected");
        Ok(())
    }

    async fn view(&self, range: &ProtectedRange) -> Result<ProtectedVm> {
        let bytes = self.engine.ports.retention.bytes_in(range.camera, range.range).await?;
        Ok(ProtectedVm::new(range, bytes))
    }
}

//! What was recorded, what is missing, and playing it.

use crate::Result;
use crate::engine::Inner;
use crate::vm::recording::{CoverageVm, FsckVm, GapVm, SegmentVm};
use atalaya_model::camera::CameraId;
use atalaya_model::coverage::Account;
use atalaya_model::ports::Playback;
use atalaya_model::recording::SegmentId;
use atalaya_model::time::{TimeRange, WallTime};
use bytes::Bytes;
use std::sync::Arc;

/// Reads recorded footage.
pub struct Recordings {
    engine: Arc<Inner>,
}

impl Recordings {
    pub(crate) fn new(engine: Arc<Inner>) -> Self {
        Self { engine }
    }

    /// Files that touch the range.
    pub async fn list(&self, camera: &str, from: &str, to: &str) -> Result<Vec<SegmentVm>> {
        let (camera, range) = self.subject(camera, from, to).await?;
        let segments = self.engine.ports.archive.segments(Some(camera), range).await?;
        Ok(segments.iter().map(SegmentVm::from).collect())
    }

    /// Gaps that touch the range.
    pub async fn gaps(&self, camera: &str, from: &str, to: &str) -> Result<Vec<GapVm>> {
        let (camera, range) = self.subject(camera, from, to).await?;
        Ok(self.engine.ports.archive.gaps(camera, range).await?.iter().map(GapVm::from).collect())
    }

    /// How much of the range is there, of what should be. Time that the user had paused, or in which
    /// nothing was to be recorded, is not expected, nor is time that is in no file and in no gap.
    pub async fn coverage(&self, camera: &str, from: &str, to: &str) -> Result<CoverageVm> {
        let (camera, range) = self.subject(camera, from, to).await?;
        let archive = &self.engine.ports.archive;
        let segments = archive.segments(Some(camera), range).await?;
        let recorded = segments.iter().filter_map(|segment| segment.range.intersect(range));
        let recorded = recorded.map(TimeRange::duration).sum();
        let gaps = archive.gaps(camera, range).await?;
        let coverage = Account::of(range, recorded, &gaps, self.engine.ports.clock.wall()).coverage();
        Ok(CoverageVm {
            seconds_expected: coverage.seconds_expected,
            seconds_recorded: coverage.seconds_recorded,
            coverage: coverage.ratio(),
        })
    }

    /// How a player opens a segment. Its fragments' times count from the segment's start.
    pub async fn playback(&self, segment: i64) -> Result<Playback> {
        Ok(self.engine.ports.archive.playback(SegmentId(segment)).await?)
    }

    /// Bytes of one fragment for the player.
    pub async fn fragment(&self, segment: i64, index: usize) -> Result<Bytes> {
        Ok(self.engine.ports.archive.playback_fragment(SegmentId(segment), index).await?)
    }

    /// Holds files and index against each other.
    pub async fn fsck(&self, repair: bool, rebuild_index: bool) -> Result<FsckVm> {
        Ok(FsckVm::from(&self.engine.ports.archive.fsck(repair, rebuild_index).await?))
    }

    async fn subject(
        &self,
        camera: &str,
        from: &str,
        to: &str,
    ) -> atalaya_model::Result<(CameraId, TimeRange)> {
        let range = TimeRange::new(WallTime::parse(from)?, WallTime::parse(to)?)?;
        Ok((self.engine.find_camera(camera).await?.id, range))
    }
}

//! What is kept now and under which rules: read once for each pass of the rules and for each forecast.

use crate::engine::Inner;
use atalaya_model::camera::{Camera, CameraId};
use atalaya_model::retention::{
    DAY_US, Footage, Holding, Limits, ProtectedRange, Room, Shortage, default_reserve,
};
use atalaya_model::time::{TimeRange, WallTime};
use atalaya_model::timeline::joined;
use atalaya_model::{Kind, Result};
use std::ops::Range;

/// The setting that holds how many bytes shall stay free on each volume.
pub(crate) const RESERVE: &str = "reserve_bytes";

/// How many full days a camera's daily bytes are the mean of.
const FULL_DAYS: i64 = 7;

/// All of it.
pub(crate) struct Kept {
    /// Now.
    pub(crate) now: WallTime,
    /// The cameras in use.
    pub(crate) cameras: Vec<Camera>,
    /// What the cameras hold, those that were removed too.
    pub(crate) holdings: Vec<Holding>,
    /// Room on each volume; none where the system does not tell.
    pub(crate) rooms: Vec<Room>,
    /// What shall stay free on each volume, where the user has set it.
    pub(crate) reserve: Option<u64>,
    protected: Vec<ProtectedRange>,
}

impl Kept {
    pub(crate) async fn read(engine: &Inner) -> Result<Self> {
        let store = &engine.ports.retention;
        let now = engine.ports.clock.wall();
        let rooms = match store.rooms().await {
            Err(error) if error.kind() == Kind::Unsupported => Vec::new(),
            rooms => rooms?,
        };
        let reserve = engine.ports.cameras.setting(RESERVE).await?;
        Ok(Self {
            now,
            cameras: engine.ports.cameras.list().await?,
            holdings: store.holdings(Self::full_days(now)).await?,
            rooms,
            reserve: reserve.and_then(|bytes| bytes.parse().ok()),
            protected: store.protected().await?,
        })
    }

    /// The last full days, in days since 1970-01-01 UTC.
    pub(crate) fn full_days(now: WallTime) -> Range<i64> {
        let today = now.0.div_euclid(DAY_US);
        today - FULL_DAYS..today
    }

    /// What ages are measured against: now, but not later than the newest footage.
    pub(crate) fn reference(&self) -> WallTime {
        self.newest().map_or(self.now, |newest| newest.min(self.now))
    }

    /// The end of the newest footage.
    pub(crate) fn newest(&self) -> Option<WallTime> {
        self.holdings.iter().map(|holding| holding.newest).max()
    }

    /// A camera's own rules. One that was removed has none.
    pub(crate) fn limits(&self, camera: CameraId) -> Limits {
        self.cameras
            .iter()
            .find(|one| one.id == camera)
            .map(|one| Limits::from(&one.record))
            .unwrap_or_default()
    }

    /// What shall stay free on a volume.
    pub(crate) fn reserve_of(&self, room: &Room) -> u64 {
        self.reserve.unwrap_or_else(|| default_reserve(room.total_bytes))
    }

    /// Each volume's room and reserve.
    pub(crate) fn shortages(&self) -> Vec<Shortage> {
        self.rooms
            .iter()
            .map(|room| Shortage {
                volume: room.volume,
                free_bytes: room.free_bytes,
                reserve_bytes: self.reserve_of(room),
            })
            .collect()
    }

    /// What the rules may know of each camera's footage; protections that expire after `in_force_at` hold.
    pub(crate) async fn footage(&self, engine: &Inner, in_force_at: WallTime) -> Result<Vec<Footage>> {
        let mut out = Vec::with_capacity(self.holdings.len());
        for holding in &self.holdings {
            let protected = self.protected_of(holding.camera, in_force_at);
            let mut protected_bytes = 0;
            for &range in &protected {
                protected_bytes += engine.ports.retention.bytes_in(holding.camera, range).await?;
            }
            out.push(Footage {
                camera: holding.camera,
                bytes: holding.bytes,
                protected_bytes: protected_bytes.min(holding.bytes),
                limits: self.limits(holding.camera),
                protected,
            });
        }
        Ok(out)
    }

    fn protected_of(&self, camera: CameraId, in_force_at: WallTime) -> Vec<TimeRange> {
        let ranges = self.protected.iter().filter(|one| one.camera == camera && one.in_force(in_force_at));
        joined(ranges.map(|one| one.range).collect(), 0)
    }
}

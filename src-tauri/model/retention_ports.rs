//! What keeping the retention rules needs of the footage, as a trait.

use crate::camera::CameraId;
use crate::error::Result;
use crate::ports::BoxFuture;
use crate::recording::SegmentId;
use crate::retention::{
    Deletion, DeletionOrder, Holding, OldSegment, Page, ProtectedId, ProtectedRange, Room, Sweep,
};
use crate::time::TimeRange;
use alloc::vec::Vec;
use core::ops::Range;

/// The footage as the retention rules see it. What is on a volume that is not there is neither listed nor touched.
pub trait RetentionStore: Send + Sync {
    /// What every camera that owns footage holds, removed cameras too, with bytes by day for these days (since
    /// 1970-01-01 UTC). Reads totals, not segments.
    fn holdings(&self, recent: Range<i64>) -> BoxFuture<'_, Result<Vec<Holding>>>;
    /// A page of a camera's oldest closed segments, at most [`Page::LEN`].
    fn oldest(&self, page: Page) -> BoxFuture<'_, Result<Vec<OldSegment>>>;
    /// Bytes of a camera's closed segments that touch the range.
    fn bytes_in(&self, camera: CameraId, range: TimeRange) -> BoxFuture<'_, Result<u64>>;
    /// Room on each volume. `Unsupported` where the system does not tell.
    fn rooms(&self) -> BoxFuture<'_, Result<Vec<Room>>>;
    /// Deletes closed segments in two phases, notes the gap with cause `retention`, and records the deletion. Passes
    /// over those that are gone already and those that are protected. Returns how many were deleted.
    fn retire<'a>(&'a self, ids: &'a [SegmentId], order: DeletionOrder) -> BoxFuture<'a, Result<u64>>;
    /// The record of deletions, the newest first, at most so many.
    fn deletions(&self, limit: u32) -> BoxFuture<'_, Result<Vec<Deletion>>>;
    /// All protected ranges, expired ones too, by start.
    fn protected(&self) -> BoxFuture<'_, Result<Vec<ProtectedRange>>>;
    /// Protects a range. `NotFound` when no such camera owns footage.
    fn protect<'a>(&'a self, range: &'a ProtectedRange) -> BoxFuture<'a, Result<()>>;
    /// Ends a protection. `NotFound`.
    fn unprotect(&self, id: ProtectedId) -> BoxFuture<'_, Result<()>>;
    /// Holds the files of the next folder after this one (`<camera>/<day>`) against the index, and puts right what
    /// does not agree; begins anew behind the last.
    fn sweep<'a>(&'a self, after: Option<&'a str>) -> BoxFuture<'a, Result<Sweep>>;
}

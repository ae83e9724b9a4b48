//! For how long footage is kept: the rules by age, by quota and by free room, what is protected from them, and the
//! record of what they deleted. Which segments go in a pass is decided in `planner.rs`.
//!
//! Ages are measured against the newest footage, not only the clock, and after a clock that jumped ahead the rule of
//! age waits: a clock set a year ahead deletes nothing (R13). Must not know: files, and when a pass is made.

mod planner;
#[cfg(test)]
mod tests;

pub use planner::{Doomed, Footage, Page, Plan, Planner, Shortage};

use crate::camera::{CameraId, RecordPolicy};
use crate::error::{Error, Kind, Result};
use crate::recording::SegmentId;
use crate::text;
use crate::time::{MonoTime, TimeRange, WallTime};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;
use core::time::Duration;
use uuid::Uuid;

/// A day in microseconds.
pub const DAY_US: i64 = 86_400_000_000;

/// The longest reason for a protection, in characters.
const REASON_MAX: usize = 200;

/// What a user allows one camera's footage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// Days after which it is deleted; none keeps it until something else asks for its room.
    pub days: Option<u32>,
    /// The most bytes of it, protected footage not counted; none sets no limit.
    pub bytes: Option<u64>,
}

impl From<&RecordPolicy> for Limits {
    fn from(policy: &RecordPolicy) -> Self {
        Self { days: policy.retention_days, bytes: policy.quota_bytes }
    }
}

/// Why footage is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// It is older than the camera's days.
    Age,
    /// It is the oldest of more than the camera's quota.
    Quota,
    /// It is the oldest on a volume with less than its reserve free.
    Reserve,
    /// Its file was found to be gone. No rule of ours.
    Lost,
}

impl Rule {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Age, Self::Quota, Self::Reserve, Self::Lost];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::Quota => "quota",
            Self::Reserve => "reserve",
            Self::Lost => "lost",
        }
    }
}

impl FromStr for Rule {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|rule| rule.code() == text).ok_or_else(|| {
            Error::new(Kind::Corrupt, "unknown retention rule").with("rule", text::excerpt(text, 32))
        })
    }
}

/// By whose wish footage is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Author {
    /// The rules, by themselves.
    Rule,
    /// A person, who asked for the rules to be kept at once.
    User,
}

impl Author {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::User => "user",
        }
    }
}

impl FromStr for Author {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        [Self::Rule, Self::User].into_iter().find(|author| author.code() == text).ok_or_else(|| {
            Error::new(Kind::Corrupt, "unknown author of a deletion").with("author", text::excerpt(text, 32))
        })
    }
}

/// How segments are to be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeletionOrder {
    /// By which rule.
    pub rule: Rule,
    /// By whose wish.
    pub author: Author,
    /// Protections that expire after this hold.
    pub in_force_at: WallTime,
}

/// What the record of deletions says of one day, camera, rule and author.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deletion {
    /// When the last of it was deleted.
    pub at: WallTime,
    /// Whose footage it was.
    pub camera: CameraId,
    /// From the start of the first segment deleted to the end of the last. What lies between may be there still.
    pub range: TimeRange,
    /// Segments deleted.
    pub segments: u64,
    /// Their bytes.
    pub bytes: u64,
    /// By which rule.
    pub rule: Rule,
    /// By whose wish.
    pub author: Author,
}

/// Where a segment stands among those of its camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Its start.
    pub start: WallTime,
    /// Its number, which tells those apart that start together.
    pub id: SegmentId,
}

/// A closed segment, as far as the rules need to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OldSegment {
    /// Its number.
    pub id: SegmentId,
    /// The row of the volume that it is on.
    pub volume: i64,
    /// The time it covers.
    pub range: TimeRange,
    /// The bytes of its file.
    pub bytes: u64,
}

impl OldSegment {
    /// Where it stands.
    pub const fn place(&self) -> Place {
        Place { start: self.range.start, id: self.id }
    }
}

/// What a camera's closed segments come to, on all volumes that are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// The camera; one that was removed may own footage still.
    pub camera: CameraId,
    /// Their bytes.
    pub bytes: u64,
    /// The end of the newest.
    pub newest: WallTime,
    /// The day of the oldest, in days since 1970-01-01 UTC.
    pub first_day: i64,
    /// Bytes by day (as above), for the days that were asked for and have any.
    pub recent: Vec<(i64, u64)>,
}

impl Holding {
    /// Takes in what the same camera has on another volume.
    pub fn add(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.newest = self.newest.max(other.newest);
        self.first_day = self.first_day.min(other.first_day);
        for (day, bytes) in other.recent {
            match self.recent.iter_mut().find(|(known, _)| *known == day) {
                Some((_, sum)) => *sum += bytes,
                None => self.recent.push((day, bytes)),
            }
        }
        self.recent.sort_unstable_by_key(|&(day, _)| day);
    }
}

/// Room on one volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// The volume's row.
    pub volume: i64,
    /// Bytes that can still be written there.
    pub free_bytes: u64,
    /// Bytes of the whole file system.
    pub total_bytes: u64,
}

/// What the sweep of one folder found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sweep {
    /// The folder, as `<camera>/<day>`; none when there is no footage at all.
    pub folder: Option<String>,
    /// Files without a row, which now have one or are in quarantine.
    pub adopted: u64,
    /// Rows without a file, which are now gaps.
    pub lost: u64,
}

/// The reserve of a volume where the user has set none: 5 % of it, at least 2 GiB and at most 50 GiB, but never more
/// than a quarter, so that a small volume is not all reserve.
pub const fn default_reserve(total_bytes: u64) -> u64 {
    const GIB: u64 = 1 << 30;
    let share = total_bytes / 20;
    let share = if share < 2 * GIB { 2 * GIB } else { share };
    let share = if share > 50 * GIB { 50 * GIB } else { share };
    if share > total_bytes / 4 { total_bytes / 4 } else { share }
}

/// A protected range's identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProtectedId(pub Uuid);

impl fmt::Display for ProtectedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ProtectedId {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Uuid::try_parse(text).map(Self).map_err(|_| {
            Error::new(Kind::InvalidInput, "not a protected range's id").with("id", text::excerpt(text, 64))
        })
    }
}

/// Footage that no rule deletes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtectedRange {
    /// Its identity.
    pub id: ProtectedId,
    /// Whose footage.
    pub camera: CameraId,
    /// Which: every segment that touches this.
    pub range: TimeRange,
    /// Why, in the user's words, 1 to 200 characters.
    pub reason: String,
    /// When the protection ends; none: when the user removes it.
    pub expires: Option<WallTime>,
    /// When it was made.
    pub created: WallTime,
}

impl ProtectedRange {
    /// Whether it holds.
    pub fn in_force(&self, at: WallTime) -> bool {
        self.expires.is_none_or(|expires| expires > at)
    }

    /// `InvalidInput` when it has no reason, or has expired when it is made.
    pub fn validate(&self) -> Result<()> {
        if !text::is_name(&self.reason, REASON_MAX) {
            return Err(Error::new(Kind::InvalidInput, "a reason has 1 to 200 visible characters")
                .with("reason", text::excerpt(&self.reason, 64)));
        }
        if !self.in_force(self.created) {
            return Err(Error::new(Kind::InvalidInput, "the protection has expired already"));
        }
        Ok(())
    }
}

/// Notices a clock that jumps ahead. What looks old by such a clock may not be, so the rule of age waits for a day, in
/// which somebody may set the clock right. A computer that was off or asleep for longer than a day looks the same: its
/// footage goes a day late.
#[derive(Debug, Clone, Copy, Default)]
pub struct ClockTrust {
    seen: Option<(WallTime, MonoTime)>,
    held_until: Option<MonoTime>,
}

impl ClockTrust {
    /// How far ahead of what was expected a clock may be, and for how long it is not believed after that.
    pub const DAY: Duration = Duration::from_hours(24);

    /// Looks at both clocks; `newest` is the end of the newest footage, what is known of the time before the first
    /// look. Returns whether the clock on the wall is believed.
    pub fn look(&mut self, wall: WallTime, mono: MonoTime, newest: WallTime) -> bool {
        let expected = self.seen.map_or(newest, |(seen, at)| seen + mono.since(at));
        if wall > expected + Self::DAY {
            self.held_until = Some(mono + Self::DAY);
        }
        self.seen = Some((wall, mono));
        self.held_until.is_none_or(|until| mono >= until)
    }
}

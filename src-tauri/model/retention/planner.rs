//! One pass of the rules: which segments go, in which order. Asks for pages of the oldest segments as it needs them,
//! so that a year of footage is not read to delete a minute of it.
//!
//! First each camera's own rules, age and then quota, from its oldest segment on; then, for each volume that is short
//! of room, the oldest segments of all cameras on it. No camera loses more than a tenth of its footage in a pass, or
//! one file where a tenth is less; one that is at its tenth is passed over, and the next pass goes on.

use super::{DAY_US, Limits, OldSegment, Place, Rule};
use crate::camera::CameraId;
use crate::recording::SegmentId;
use crate::time::{TimeRange, WallTime};
use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// The most segments of one pass: what is decided at once stays small in memory, however much is to go.
const PASS_MAX: usize = 4096;

/// A camera loses one part in so many of its footage in a pass.
const PARTS: u64 = 10;

/// What the rules know of one camera.
#[derive(Debug, Clone)]
pub struct Footage {
    /// The camera.
    pub camera: CameraId,
    /// Bytes of its closed segments.
    pub bytes: u64,
    /// Those of them that are protected, which its quota does not count.
    pub protected_bytes: u64,
    /// Its own rules.
    pub limits: Limits,
    /// Ranges of it that are protected now.
    pub protected: Vec<TimeRange>,
}

/// A volume's room.
#[derive(Debug, Clone, Copy)]
pub struct Shortage {
    /// The volume's row.
    pub volume: i64,
    /// Bytes free on it.
    pub free_bytes: u64,
    /// Bytes that shall be free on it.
    pub reserve_bytes: u64,
}

/// Which segments are needed to go on: a camera's closed ones by start, from the first one behind a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// The camera.
    pub camera: CameraId,
    /// Only those on this volume; none: on all volumes that are there.
    pub volume: Option<i64>,
    /// The place; none for the beginning.
    pub after: Option<Place>,
}

impl Page {
    /// Segments of a page. One with fewer is the last.
    pub const LEN: usize = 128;
}

/// A segment to be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doomed {
    /// Whose it is.
    pub camera: CameraId,
    /// Its number.
    pub id: SegmentId,
    /// The time it covers.
    pub range: TimeRange,
    /// Its bytes.
    pub bytes: u64,
    /// Why it goes.
    pub rule: Rule,
}

/// What one pass deletes.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The segments, in the order in which they go.
    pub doomed: Vec<Doomed>,
    /// Whether more would go if a pass were not bounded.
    pub held_back: bool,
    /// Whether a volume stays short of room although everything went that may.
    pub starved: bool,
}

/// Makes a plan: `while let Some(page) = planner.wants() { planner.give(…) }`, then [`Planner::finish`].
#[derive(Debug)]
pub struct Planner {
    walks: Vec<Walk>,
    /// Volumes, and the bytes that each is still short of.
    short: Vec<(i64, u64)>,
    /// The camera whose own rules are being kept.
    own: usize,
    /// The volume whose reserve is being kept.
    room: usize,
    /// The camera that the page asked for is for.
    asked: usize,
    left: usize,
    plan: Plan,
}

/// A walk along one camera's segments.
#[derive(Debug)]
struct Walk {
    footage: Footage,
    horizon: Option<WallTime>,
    over_quota: u64,
    budget: u64,
    taken: u64,
    full: bool,
    queue: VecDeque<OldSegment>,
    /// The last segment that was read.
    read: Option<Place>,
    /// The last segment that was decided about.
    decided: Option<Place>,
    /// Where its own rules ended.
    settled: Option<Place>,
    ended: bool,
}

enum Front {
    /// A page has to be read first.
    Unread,
    Nothing,
    Segment(OldSegment),
}

impl Planner {
    /// Begins a pass. `reference` is what ages are measured against, none when the clock is not believed; `all` lifts
    /// the bound on what a camera may lose.
    pub fn new(cameras: Vec<Footage>, rooms: &[Shortage], reference: Option<WallTime>, all: bool) -> Self {
        Self {
            walks: cameras.into_iter().map(|footage| Walk::new(footage, reference, all)).collect(),
            short: rooms
                .iter()
                .map(|room| (room.volume, room.reserve_bytes.saturating_sub(room.free_bytes)))
                .collect(),
            own: 0,
            room: 0,
            asked: 0,
            left: PASS_MAX,
            plan: Plan::default(),
        }
    }

    /// Goes on as far as it can. The page it needs then; none when the plan is made.
    pub fn wants(&mut self) -> Option<Page> {
        while self.own < self.walks.len() {
            let page = self.keep_own_rules(self.own);
            if page.is_some() {
                return page;
            }
            self.walks[self.own].settle();
            self.own += 1;
        }
        while self.room < self.short.len() {
            let page = self.keep_reserve(self.room);
            if page.is_some() {
                return page;
            }
            self.walks.iter_mut().for_each(Walk::rewind);
            self.room += 1;
        }
        None
    }

    /// Takes the page that was asked for last.
    pub fn give(&mut self, segments: Vec<OldSegment>) {
        let walk = &mut self.walks[self.asked];
        walk.ended = segments.len() < Page::LEN;
        walk.read = segments.last().map(OldSegment::place).or(walk.read);
        walk.queue.extend(segments);
    }

    /// The plan.
    pub fn finish(mut self) -> Plan {
        self.plan.starved = !self.plan.held_back && self.short.iter().any(|&(_, short)| short > 0);
        self.plan
    }

    fn keep_own_rules(&mut self, index: usize) -> Option<Page> {
        loop {
            let walk = &mut self.walks[index];
            if walk.full || (walk.horizon.is_none() && walk.over_quota == 0) {
                return None;
            }
            let segment = match walk.front() {
                Front::Unread => return Some(self.ask(index, None)),
                Front::Nothing => return None,
                Front::Segment(segment) => segment,
            };
            if walk.horizon.is_some_and(|horizon| segment.range.end <= horizon) {
                self.take(index, segment, Rule::Age);
            } else if walk.over_quota > 0 {
                self.take(index, segment, Rule::Quota);
            } else {
                return None;
            }
        }
    }

    fn keep_reserve(&mut self, room: usize) -> Option<Page> {
        loop {
            let (volume, short) = self.short[room];
            if short == 0 {
                return None;
            }
            let mut oldest: Option<(usize, OldSegment)> = None;
            for index in 0..self.walks.len() {
                if self.walks[index].full {
                    continue;
                }
                match self.walks[index].front() {
                    Front::Unread => return Some(self.ask(index, Some(volume))),
                    Front::Nothing => {}
                    Front::Segment(segment) => {
                        if oldest.is_none_or(|(_, other)| segment.place() < other.place()) {
                            oldest = Some((index, segment));
                        }
                    }
                }
            }
            let (index, segment) = oldest?;
            self.take(index, segment, Rule::Reserve);
        }
    }

    fn ask(&mut self, index: usize, volume: Option<i64>) -> Page {
        self.asked = index;
        let walk = &self.walks[index];
        Page { camera: walk.footage.camera, volume, after: walk.read }
    }

    /// Dooms the segment at the front of a walk, or notes that the camera has lost enough for now.
    fn take(&mut self, index: usize, segment: OldSegment, rule: Rule) {
        let walk = &mut self.walks[index];
        let fits = walk.taken == 0 || walk.taken.saturating_add(segment.bytes) <= walk.budget;
        if self.left == 0 || !fits {
            walk.full = true;
            self.plan.held_back = true;
            return;
        }
        self.left -= 1;
        walk.pass();
        walk.taken = walk.taken.saturating_add(segment.bytes);
        walk.over_quota = walk.over_quota.saturating_sub(segment.bytes);
        for (volume, short) in &mut self.short {
            if *volume == segment.volume {
                *short = short.saturating_sub(segment.bytes);
            }
        }
        let OldSegment { id, range, bytes, .. } = segment;
        self.plan.doomed.push(Doomed { camera: walk.footage.camera, id, range, bytes, rule });
    }
}

impl Walk {
    fn new(footage: Footage, reference: Option<WallTime>, all: bool) -> Self {
        let days = reference.zip(footage.limits.days);
        let horizon = days.map(|(reference, days)| reference.plus_micros(-(i64::from(days) * DAY_US)));
        let counted = footage.bytes.saturating_sub(footage.protected_bytes);
        Self {
            horizon,
            over_quota: footage.limits.bytes.map_or(0, |quota| counted.saturating_sub(quota)),
            budget: if all { u64::MAX } else { footage.bytes / PARTS },
            footage,
            taken: 0,
            full: false,
            queue: VecDeque::new(),
            read: None,
            decided: None,
            settled: None,
            ended: false,
        }
    }

    /// The oldest segment that is neither decided about nor protected.
    fn front(&mut self) -> Front {
        while let Some(&segment) = self.queue.front() {
            let touches = |range: &TimeRange| {
                range.start < segment.range.end.max(segment.range.start.plus_micros(1))
                    && segment.range.start < range.end
            };
            if !self.footage.protected.iter().any(touches) {
                return Front::Segment(segment);
            }
            self.pass();
        }
        if self.ended { Front::Nothing } else { Front::Unread }
    }

    fn pass(&mut self) {
        self.decided = self.queue.pop_front().map(|segment| segment.place()).or(self.decided);
    }

    /// Its own rules are kept: what follows begins behind what they decided.
    fn settle(&mut self) {
        self.settled = self.decided;
        self.rewind();
    }

    fn rewind(&mut self) {
        self.queue.clear();
        self.read = self.settled;
        self.ended = false;
    }
}

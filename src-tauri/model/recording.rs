//! Recorded footage: segments (files), their fragments, gaps with causes, coverage, and where a file is cut.

use crate::camera::{CameraId, Role};
use crate::error::{Error, Kind, Result};
use crate::media::{AudioFormat, VideoFormat, VideoUnit};
use crate::storage::Place;
use crate::time::{TimeRange, WallTime};
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::str::FromStr;
use core::time::Duration;

/// A segment's row in the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentId(pub i64);

/// One recorded file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Its row.
    pub id: SegmentId,
    /// The camera recorded.
    pub camera: CameraId,
    /// Which of its streams.
    pub role: Role,
    /// The time it covers. While the file is being written the end is that of its last closed fragment.
    pub range: TimeRange,
    /// Bytes of the file up to the end of its last closed fragment.
    pub bytes: u64,
    /// Video codec, such as `h264`.
    pub codec: String,
    /// Picture width in pixels.
    pub width: u32,
    /// Picture height in pixels.
    pub height: u32,
    /// Audio codec, when there is audio.
    pub audio: Option<String>,
    /// The storage directory that the file is in.
    pub place: Place,
    /// The file, relative to the storage directory, with `/` between the parts.
    pub path: String,
    /// Whether a recorder is still writing it.
    pub open: bool,
}

impl Segment {
    /// The file's full path.
    pub fn file(&self) -> String {
        format!("{}/{}", self.place.root, self.path)
    }
}

/// What a new file is opened with, and what stands in it so that the index can be rebuilt from files alone.
#[derive(Debug, Clone)]
pub struct SegmentHeader {
    /// The camera recorded.
    pub camera: CameraId,
    /// Its name now, for a person who finds the file alone.
    pub camera_name: String,
    /// Which of its streams.
    pub role: Role,
    /// Wall time of the first picture.
    pub start: WallTime,
    /// Presentation time of the first picture on its pull's time line: becomes time zero of the file.
    pub start_pts_90k: i64,
    /// The video track.
    pub video: Arc<VideoFormat>,
    /// The audio track, when there is one.
    pub audio: Option<Arc<AudioFormat>>,
    /// Camera clock minus ours in milliseconds, when its sender reports tell.
    pub clock_offset_ms: Option<i64>,
    /// What is missing between the camera's footage before and this, in order. A recorder names the gap that the file
    /// ends; the archive adds those that ended before.
    pub missing: Vec<Gap>,
}

/// A fragment that is safely in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FragmentEntry {
    /// Where its `moof` (or the `prft` before it) starts in the file, in bytes.
    pub offset: u64,
    /// Bytes to the end of its `mdat`.
    pub bytes: u32,
    /// Wall time of its first picture.
    pub start: WallTime,
    /// What it covers, in microseconds.
    pub duration_us: u32,
    /// Whether it starts with a key picture.
    pub key: bool,
}

/// Why footage that should be there is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GapCause {
    /// The camera could not be reached, or broke off.
    Offline,
    /// The camera refused the login.
    Auth,
    /// Media was lost on the way.
    Loss,
    /// The storage could not take it in time, or had no room.
    Disk,
    /// No engine was running.
    AppClosed,
    /// The computer slept.
    Asleep,
    /// The user had switched recording off.
    Paused,
    /// It was deleted to keep the retention rules.
    Retention,
    /// The camera sends what cannot be recorded.
    Unsupported,
    /// Nothing was to be recorded: outside of the schedule, or nothing moved.
    Idle,
}

impl GapCause {
    /// Every cause.
    pub const ALL: [Self; 10] = [
        Self::Offline,
        Self::Auth,
        Self::Loss,
        Self::Disk,
        Self::AppClosed,
        Self::Asleep,
        Self::Paused,
        Self::Retention,
        Self::Unsupported,
        Self::Idle,
    ];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Auth => "auth",
            Self::Loss => "loss",
            Self::Disk => "disk",
            Self::AppClosed => "app_closed",
            Self::Asleep => "asleep",
            Self::Paused => "paused",
            Self::Retention => "retention",
            Self::Unsupported => "unsupported",
            Self::Idle => "idle",
        }
    }

    /// Whether it is footage that should be there. Nobody misses what nobody wanted.
    pub const fn is_missed(self) -> bool {
        !matches!(self, Self::Paused | Self::Idle)
    }

    /// The cause that an error at the camera stands for.
    pub const fn of(kind: Kind) -> Self {
        match kind {
            Kind::Unauthorized | Kind::Refused | Kind::UntrustedCertificate | Kind::CertificateChanged => {
                Self::Auth
            }
            Kind::StorageFull | Kind::Corrupt => Self::Disk,
            Kind::Unsupported | Kind::InvalidInput => Self::Unsupported,
            _ => Self::Offline,
        }
    }
}

impl FromStr for GapCause {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|cause| cause.code() == text).ok_or_else(|| {
            Error::new(Kind::Corrupt, "unknown gap cause").with("cause", crate::text::excerpt(text, 32))
        })
    }
}

/// A span in which nothing was recorded, mostly against somebody's wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The camera.
    pub camera: CameraId,
    /// The first instant missing.
    pub start: WallTime,
    /// The first instant recorded again; none while the gap lasts.
    pub end: Option<WallTime>,
    /// Why.
    pub cause: GapCause,
}

impl Gap {
    /// The part of it that lies in a span. One that lasts goes on until `now`.
    pub fn inside(&self, span: TimeRange, now: WallTime) -> Option<TimeRange> {
        TimeRange { start: self.start, end: self.end.unwrap_or(now) }.intersect(span)
    }
}

/// How much of what should have been recorded was.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Coverage {
    /// Seconds in which recording was wanted.
    pub seconds_expected: f64,
    /// Seconds that are there.
    pub seconds_recorded: f64,
}

impl Coverage {
    /// The share recorded, 1 when nothing was expected.
    pub fn ratio(self) -> f64 {
        if self.seconds_expected > 0.0 {
            (self.seconds_recorded / self.seconds_expected).min(1.0)
        } else {
            1.0
        }
    }
}

/// A nominal file's length.
pub const SEGMENT_LENGTH: Duration = Duration::from_mins(1);

/// How far the media time line may lie from the wall clock before a new run starts, in microseconds.
const WALL_STEP_MAX_US: i64 = 2_000_000;

/// Pictures that were held up come at least a quarter faster than they were taken.
const CATCH_UP_SHARE: i64 = 4;

/// How far a run's media time may lie from the wall clock before it is led back, in microseconds: more than a network
/// delays pictures by.
const LEAD_FROM_US: i64 = 100_000;

/// How far it is led back at one fragment, in microseconds: less than what counts as a hole.
const LEAD_STEP_US: i64 = 400_000;

/// The time line of one run: an unbroken stretch of one pull, whose positions are the media's and whose place on the
/// wall clock is fixed by the least delayed picture of its first fragment.
#[derive(Debug, Clone, Copy)]
pub struct RunClock {
    origin: WallTime,
    origin_pts_90k: i64,
    /// How far the run was moved behind the clock on the wall, so that it does not overlap what is there already.
    moved_us: i64,
    /// How late the first picture of the fragment before was, in microseconds.
    late_us: i64,
    /// How far the clock on the wall was from the one that nobody sets then, in microseconds.
    clocks_us: i64,
}

impl RunClock {
    /// The run that starts with these pictures, at least one, but not before what is accounted for already: a clock that
    /// was set back must not file two things under one time. The picture that the network delayed least tells when they
    /// were taken.
    pub fn starting_with(units: &[VideoUnit], not_before: WallTime) -> Self {
        let Some(first) = units.first() else {
            return Self { origin: not_before, origin_pts_90k: 0, moved_us: 0, late_us: 0, clocks_us: 0 };
        };
        let taken = units
            .iter()
            .map(|unit| unit.received_wall.plus_micros(micros(first.pts_90k.saturating_sub(unit.pts_90k))))
            // Otherwise somebody set a clock in between.
            .filter(|&at| first.received_wall.micros_since(at) < WALL_STEP_MAX_US)
            .min()
            .unwrap_or(first.received_wall);
        let mut run = Self {
            origin: taken.max(not_before),
            origin_pts_90k: first.pts_90k,
            moved_us: not_before.micros_since(first.received_wall).max(0),
            late_us: 0,
            clocks_us: clocks(first),
        };
        run.late_us = run.off(first);
        run
    }

    /// The wall time of a picture.
    pub const fn wall_of(&self, pts_90k: i64) -> WallTime {
        self.origin.plus_micros(micros(pts_90k.saturating_sub(self.origin_pts_90k)))
    }

    /// Leads the run back to the clock on the wall, a little at each fragment, of which these are the pictures. A camera
    /// that says 25 pictures a second and sends 21 has a media time that is too slow by a sixth: its footage would stay
    /// behind until a new run began, and between the two something would seem to be missing that nobody missed.
    ///
    /// Pictures that the network held up and now lets through say nothing about the media's rate.
    pub fn follow(&mut self, units: &[VideoUnit]) {
        let Some(first) = units.first() else { return };
        let (off, late_us) = (self.least_off(units), self.off(first));
        if off.unsigned_abs() > LEAD_FROM_US.unsigned_abs() && !self.catch_up(units) {
            self.origin = self.origin.plus_micros((off / 2).clamp(-LEAD_STEP_US, LEAD_STEP_US));
        }
        self.late_us = late_us;
        self.clocks_us = clocks(first);
    }

    /// Whether these pictures' media time still agrees with the clock on the wall. Where it does not (somebody set the
    /// clock, the camera's RTP time jumped or runs at another rate), footage would be filed under a wrong time. A line
    /// that was cut for seconds and brings everything that was sent meanwhile is no disagreement: late as they come, the
    /// pictures were taken when their media time says.
    pub fn agrees_with(&self, units: &[VideoUnit]) -> bool {
        let near = |off: i64| off.unsigned_abs() <= WALL_STEP_MAX_US.unsigned_abs();
        let was_set = units.first().is_some_and(|first| !near(clocks(first).saturating_sub(self.clocks_us)));
        !was_set && (near(self.least_off(units)) || self.catch_up(units))
    }

    /// How much later a picture arrived than its media time says, in microseconds.
    const fn off(&self, unit: &VideoUnit) -> i64 {
        unit.received_wall.plus_micros(self.moved_us).micros_since(self.wall_of(unit.pts_90k))
    }

    /// The same of the picture that was delayed least: a key picture takes the longest, each time.
    fn least_off(&self, units: &[VideoUnit]) -> i64 {
        units.iter().map(|unit| self.off(unit)).min().unwrap_or(0)
    }

    /// Whether pictures come late and much faster than they were taken, and did not do so before: on a slow line every
    /// key picture holds up those that follow it.
    fn catch_up(&self, units: &[VideoUnit]) -> bool {
        let (Some(first), Some(last)) = (units.first(), units.last()) else { return false };
        let much = micros(last.pts_90k.saturating_sub(first.pts_90k)) / CATCH_UP_SHARE;
        let late = self.off(first);
        much > 0
            && late > 0
            && late.saturating_sub(self.off(last)) > much
            && late.saturating_sub(self.late_us).saturating_abs() > much
    }
}

/// How far the clock on the wall is from the one that nobody sets, in microseconds.
const fn clocks(unit: &VideoUnit) -> i64 {
    unit.received_wall.0.saturating_sub_unsigned(unit.received.0)
}

/// Microseconds of a span of media time.
const fn micros(span_90k: i64) -> i64 {
    span_90k.saturating_mul(100) / 9
}

/// When a camera's first file of a run ends: somewhere in the second half of a nominal file, so that sixteen cameras
/// started together do not all close their files in the same instant ever after.
pub fn first_segment_length(camera: CameraId) -> Duration {
    let spread =
        camera.0.as_bytes().iter().fold(0_u32, |sum, &byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    SEGMENT_LENGTH / 2 + SEGMENT_LENGTH * (spread % 512) / 1024
}

/// What the check of files against the index found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FsckReport {
    /// Segments that the index lists.
    pub segments: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Rows whose file is missing or too short.
    pub rows_without_file: u64,
    /// Files that no row names.
    pub files_without_row: u64,
    /// Fragments that cannot be parsed.
    pub bad_fragments: u64,
    /// Pairs of segments of one camera that cover the same time.
    pub overlaps: u64,
    /// Problems put right.
    pub repaired: u64,
    /// The same of each storage directory, in their order.
    pub volumes: Vec<VolumeFsck>,
}

/// What the check found in one storage directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeFsck {
    /// Which.
    pub place: Place,
    /// Why it could not be checked; none when it was.
    pub unchecked: Option<String>,
    /// What was found; lists no directories itself.
    pub found: FsckReport,
}

impl FsckReport {
    /// Whether everything was checked and nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.rows_without_file == 0
            && self.files_without_row == 0
            && self.bad_fragments == 0
            && self.overlaps == 0
            && self.volumes.iter().all(|volume| volume.unchecked.is_none())
    }
}

/// What start-up put right after the last run ended without closing its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RecoveryReport {
    /// Files that were still open in the index.
    pub segments: u64,
    /// Whole fragments found in them.
    pub fragments: u64,
    /// Bytes cut off: the fragment that was being written.
    pub bytes_cut: u64,
    /// Storage directories that are not there; they are looked at when they are.
    pub volumes_missing: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fragment::tests::unit;
    use crate::time::MonoTime;

    const START: WallTime = WallTime(1_000_000_000);

    /// A picture of this media time, received so long after the start, both in microseconds.
    fn picture(taken_us: i64, received_us: i64) -> VideoUnit {
        let mut unit = unit(taken_us * 9 / 100, true);
        unit.received_wall = START.plus_micros(received_us);
        unit.received = MonoTime(received_us.try_into().unwrap());
        unit
    }

    /// A fragment of 25 pictures a second from this media time on, received as the function says.
    fn fragment(from_us: i64, seconds: i64, received: impl Fn(i64) -> i64) -> Vec<VideoUnit> {
        let taken = |n: i64| from_us + n * 40_000;
        (0..25 * seconds).map(|n| picture(taken(n), received(taken(n)))).collect()
    }

    /// The same by a clock on the wall that was set, by so many microseconds.
    fn set(mut units: Vec<VideoUnit>, by_us: i64) -> Vec<VideoUnit> {
        for unit in &mut units {
            unit.received_wall = unit.received_wall.plus_micros(by_us);
        }
        units
    }

    #[test]
    fn a_run_follows_the_media_and_notices_a_step() {
        let run = RunClock::starting_with(&[picture(0, 0)], WallTime(0));
        assert_eq!(run.wall_of(90_000), START.plus_micros(1_000_000));
        assert!(run.agrees_with(&[picture(60_000_000, 61_900_000)]));
        assert!(!run.agrees_with(&[picture(60_000_000, 62_100_000)]));
        for by in [-3_600_000_000, -2_100_000, 2_100_000, 3_600_000_000] {
            assert!(!run.agrees_with(&set(fragment(60_000_000, 2, |taken| taken), by)), "set by {by}");
        }
    }

    #[test]
    fn a_run_is_led_back_to_the_clock_on_the_wall() {
        let mut run = RunClock::starting_with(&[picture(0, 0)], WallTime(0));
        // 21 pictures a second that say they are 25: two seconds of media take 2.38.
        for n in 0..1000 {
            let later = [picture(n * 2_000_000, n * 2_380_952)];
            assert!(run.agrees_with(&later), "fragment {n}");
            run.follow(&later);
            assert!(run.off(&later[0]).abs() < 800_000, "fragment {n}");
        }
        // What a network delays a picture by moves nothing.
        let mut run = RunClock::starting_with(&[picture(0, 0)], WallTime(0));
        run.follow(&[picture(0, 90_000)]);
        assert_eq!(run.wall_of(0), START);
    }

    #[test]
    fn what_a_line_held_up_was_taken_when_its_media_time_says() {
        let mut run = RunClock::starting_with(&fragment(0, 2, |taken| taken), WallTime(0));
        // From the second 3 on the line is cut; at 9 it brings everything, within a tenth of a second.
        let cut = |taken: i64| if taken < 3_000_000 { taken } else { taken.max(9_000_000 + taken / 100) };
        for from in [2, 4, 6, 8, 10] {
            let held_up = fragment(from * 1_000_000, 2, cut);
            assert!(run.agrees_with(&held_up), "from {from} s");
            run.follow(&held_up);
            assert_eq!(run.wall_of(0), START, "from {from} s");
        }
        // The camera's own time stood still for six seconds: what comes now comes at its pace, and late.
        assert!(!run.agrees_with(&fragment(12_000_000, 2, |taken| taken + 6_000_000)));
        // So does a burst by a clock that was set meanwhile.
        assert!(
            !run.agrees_with(&set(fragment(12_000_000, 2, |taken| 16_000_000 + taken / 100), 3_600_000_000))
        );
    }

    #[test]
    fn a_slow_line_hides_no_drift_and_no_step() {
        // Every key picture takes 0.3 s, and those after it catch up within the second.
        let slow = |taken: i64| taken + (300_000 - taken % 1_000_000 / 2).max(8_000);
        let mut run = RunClock::starting_with(&fragment(0, 1, slow), WallTime(0));
        let mut drift = 0;
        for n in 1..3600 {
            // The media is slow by a hundredth.
            drift = n * 10_000;
            let units = fragment(n * 1_000_000, 1, |taken| slow(taken) + drift);
            assert!(run.agrees_with(&units), "second {n}");
            run.follow(&units);
            assert!(run.least_off(&units).abs() < 300_000, "second {n}: {}", run.least_off(&units));
        }
        let later = fragment(3_600_000_000, 1, |taken| slow(taken) + drift);
        assert!(run.agrees_with(&later) && !run.agrees_with(&set(later, 3_600_000_000)));
    }

    #[test]
    fn a_run_that_begins_while_the_line_is_slow_is_not_late() {
        let run = RunClock::starting_with(&fragment(0, 2, |taken| taken.max(1_500_000)), WallTime(0));
        assert_eq!(run.wall_of(0), START);
        // A clock that is set back within the first pictures says nothing about when they were taken.
        let mut units = fragment(0, 2, |taken| taken);
        units[25..]
            .iter_mut()
            .for_each(|unit| unit.received_wall = unit.received_wall.plus_micros(-60_000_000));
        assert_eq!(RunClock::starting_with(&units, WallTime(0)).wall_of(0), START);
        // Pictures from before what is accounted for, as a camera has them ready, are not taken for a clock set back.
        let ready = fragment(0, 2, |taken| taken.max(1_500_000));
        let run = RunClock::starting_with(&ready, START.plus_micros(1_000_000));
        assert_eq!((run.wall_of(0), run.moved_us), (START.plus_micros(1_000_000), 0));
    }

    #[test]
    fn a_clock_set_back_does_not_overlap() {
        let accounted = START.plus_micros(4_000_000_000);
        let run = RunClock::starting_with(&[picture(0, 0)], accounted);
        assert_eq!(run.wall_of(0), accounted);
        assert!(run.agrees_with(&[picture(1_000_000, 1_000_000)]));
    }

    #[test]
    fn first_lengths_are_spread_over_half_a_file() {
        for n in 0..100_u128 {
            let length = first_segment_length(CameraId(uuid::Uuid::from_u128(n * 0x9e37_79b9_7f4a_7c15)));
            assert!(length >= SEGMENT_LENGTH / 2 && length < SEGMENT_LENGTH, "{length:?}");
        }
    }
}

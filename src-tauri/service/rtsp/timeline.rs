//! Owns the times of a pull: RTP timestamps on the pull's own line, the camera's clock from its sender reports, and
//! where audio lies against video. Must not know of packets or sockets.
//!
//! retina has unwrapped the 32-bit timestamps by the time they come here. A step of more than [`JUMP_S`] seconds
//! between two units cannot be a pause (the pull would have ended by then): the camera has set its RTP clock. The
//! line then goes on by the time that passed here, so neither a hole nor an overlap comes into the recording.

use atalaya_model::media::VIDEO_CLOCK_HZ;
use atalaya_model::time::WallTime;
use std::time::Instant;

/// The largest step between two units that is taken for true, in seconds; a pull without pictures ends before.
const JUMP_S: u128 = 11;
/// How far the camera's clock may be from ours to be worth showing, in microseconds: a day.
const CLOCK_MAX_MICROS: i64 = 86_400_000_000;
/// How far audio and video may start apart to be believed, in microseconds.
const OFFSET_MAX_MICROS: i64 = 10_000_000;
const MICROS_PER_S: i128 = 1_000_000;

/// One stream's RTP time.
#[derive(Debug)]
pub(super) struct Track {
    rate: u32,
    start: Option<Start>,
    /// The timestamp of the last unit, and when it was received.
    last: (i64, Instant),
    report: Option<Report>,
}

/// The first unit.
#[derive(Debug, Clone, Copy)]
struct Start {
    /// The timestamp at time zero of the line; moves when the camera sets its RTP clock.
    zero: i128,
    /// Ticks from the `rtptime` of the PLAY answer (RFC 2326 §12.33), zero without one.
    elapsed: i64,
    received: Instant,
}

/// A sender report (RFC 3550 §6.4.1): the same instant on both of the camera's clocks.
#[derive(Debug, Clone, Copy)]
struct Report {
    /// Microseconds since 1970.
    wall_micros: i64,
    rtp: i64,
}

impl Track {
    /// A stream with this many ticks a second.
    pub(super) fn new(rate: u32, now: Instant) -> Self {
        Self { rate: rate.max(1), start: None, last: (0, now), report: None }
    }

    /// Whether a unit has come.
    pub(super) const fn has_started(&self) -> bool {
        self.start.is_some()
    }

    /// The unit's time in ticks since the first one. `rtp` is its unwrapped timestamp, `elapsed` the ticks since
    /// the `rtptime` of the PLAY answer.
    pub(super) fn advance(&mut self, rtp: i64, elapsed: i64, received: Instant) -> i64 {
        let start = self.start.get_or_insert_with(|| {
            self.last = (rtp, received);
            Start { zero: rtp.into(), elapsed, received }
        });
        let step = i128::from(rtp) - i128::from(self.last.0);
        if step.unsigned_abs() > u128::from(self.rate) * JUMP_S {
            let passed = received.saturating_duration_since(self.last.1).as_micros();
            let passed = i128::try_from(passed * u128::from(self.rate) / 1_000_000).unwrap_or(0);
            tracing::warn!(
                step,
                rate = self.rate,
                "the camera set its RTP clock; the pull's time goes on without it"
            );
            start.zero += step - passed;
            self.report = None;
        }
        self.last = (rtp, received);
        i64::try_from(i128::from(rtp) - start.zero).unwrap_or(i64::MAX)
    }

    /// Takes a sender report: NTP time (32.32 bits since 1900, RFC 5905 §6) and the unwrapped timestamp.
    pub(super) fn report(&mut self, ntp: u64, rtp: i64) {
        // Modulo 2^64 this is right in NTP's next era, from 2036 on, too.
        let since_1970 = ntp.wrapping_sub(retina::UNIX_EPOCH.0);
        let wall_micros = (u128::from(since_1970) * 1_000_000) >> 32;
        self.report = i64::try_from(wall_micros).ok().map(|wall_micros| Report { wall_micros, rtp });
    }

    /// When the camera says it took what has this timestamp; none without a report and when its clock is more than
    /// a day from ours.
    pub(super) fn camera_time(&self, rtp: i64, received_wall: WallTime) -> Option<WallTime> {
        let micros = self.report?.wall_at(rtp, self.rate)?;
        let time = WallTime(micros);
        (time.micros_since(received_wall).abs() <= CLOCK_MAX_MICROS).then_some(time)
    }
}

impl Report {
    fn wall_at(self, rtp: i64, rate: u32) -> Option<i64> {
        self.wall_micros.checked_add(ticks_to_micros(rtp.checked_sub(self.rtp)?, rate))
    }
}

/// Where audio's zero lies on video's line.
#[derive(Debug, Default)]
pub(super) struct AudioOffset {
    micros: Option<i64>,
    from_reports: bool,
}

impl AudioOffset {
    /// Microseconds from video's zero to audio's. Both tracks have started. First by the `rtptime`s of the PLAY
    /// answer, or by arrival when there were none; once both streams have had a sender report, by the camera's
    /// clock, and from then on the same.
    pub(super) fn micros(&mut self, video: &Track, audio: &Track) -> i64 {
        let (Some(video_start), Some(audio_start)) = (video.start, audio.start) else {
            return 0;
        };
        let first = *self.micros.get_or_insert_with(|| {
            let by_npt = ticks_to_micros(audio_start.elapsed, audio.rate)
                .saturating_sub(ticks_to_micros(video_start.elapsed, video.rate));
            let told = audio_start.elapsed != 0 || video_start.elapsed != 0;
            if told && by_npt.abs() <= OFFSET_MAX_MICROS {
                by_npt
            } else {
                signed_micros(audio_start.received, video_start.received)
            }
        });
        if !self.from_reports
            && let (Some(video_report), Some(audio_report)) = (video.report, audio.report)
            && let (Some(video_zero), Some(audio_zero)) = (
                i64::try_from(video_start.zero).ok().and_then(|zero| video_report.wall_at(zero, video.rate)),
                i64::try_from(audio_start.zero).ok().and_then(|zero| audio_report.wall_at(zero, audio.rate)),
            )
        {
            self.from_reports = true;
            let told = audio_zero.saturating_sub(video_zero);
            if told.saturating_sub(first).abs() <= OFFSET_MAX_MICROS {
                self.micros = Some(told);
            }
        }
        self.micros.unwrap_or(first)
    }
}

/// Ticks of a clock as the 90 kHz ticks of every video time here.
pub(super) fn to_90k(ticks: i64, rate: u32) -> i64 {
    if rate == VIDEO_CLOCK_HZ {
        return ticks;
    }
    scaled(ticks, i128::from(VIDEO_CLOCK_HZ), rate)
}

fn ticks_to_micros(ticks: i64, rate: u32) -> i64 {
    scaled(ticks, MICROS_PER_S, rate)
}

fn scaled(ticks: i64, to: i128, rate: u32) -> i64 {
    i64::try_from(i128::from(ticks) * to / i128::from(rate.max(1))).unwrap_or(0)
}

fn signed_micros(a: Instant, b: Instant) -> i64 {
    let micros = |later: Instant, earlier| later.saturating_duration_since(earlier).as_micros() as i64;
    micros(a, b) - micros(b, a)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// 2026-11-21T10:00:00Z
    const WALL: WallTime = WallTime(1_795_255_200_000_000);

    fn ntp(wall: WallTime) -> u64 {
        retina::UNIX_EPOCH.0.wrapping_add(((wall.0 as u128) << 32).div_ceil(1_000_000) as u64)
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn times_count_from_the_first_unit_and_survive_a_clock_that_is_set() {
        let t0 = Instant::now();
        let mut track = Track::new(90_000, t0);
        assert_eq!(track.advance(5_000_000_000, 7, t0), 0);
        assert_eq!(track.advance(5_000_006_000, 0, t0 + ms(67)), 6_000);
        // Ten hours back, and the next picture a fifteenth of a second later.
        assert_eq!(track.advance(1_760_000_000, 0, t0 + ms(167)), 15_000);
        assert_eq!(track.advance(1_760_006_000, 0, t0 + ms(234)), 21_000);
        assert_eq!(track.advance(i64::MAX, 0, t0 + ms(334)), 30_000);
        assert_eq!(track.advance(i64::MIN, 0, t0 + ms(434)), 39_000);
    }

    #[test]
    fn the_cameras_time_follows_its_last_report_unless_it_is_nonsense() {
        let t0 = Instant::now();
        let mut track = Track::new(90_000, t0);
        assert_eq!(track.camera_time(90_000, WALL), None);
        track.report(ntp(WALL), 90_000);
        assert_eq!(track.camera_time(90_000 * 3, WALL), Some(WALL.plus_micros(2_000_000)));
        assert_eq!(track.camera_time(0, WALL), Some(WALL.plus_micros(-1_000_000)));
        track.report(0, 0);
        assert_eq!(track.camera_time(0, WALL), None, "1900 or 2036");
        track.report(u64::MAX, i64::MIN);
        assert_eq!(track.camera_time(i64::MAX, WALL), None);
    }

    #[test]
    fn audio_is_placed_by_rtptime_then_by_reports() {
        let t0 = Instant::now();
        let (mut video, mut audio) = (Track::new(90_000, t0), Track::new(8_000, t0));
        let mut offset = AudioOffset::default();
        video.advance(1_000_000, 9_000, t0);
        audio.advance(50_000, 1_600, t0 + ms(700));
        assert_eq!(offset.micros(&video, &audio), 100_000, "200 ms minus 100 ms");
        video.report(ntp(WALL), 1_000_000);
        assert_eq!(offset.micros(&video, &audio), 100_000);
        audio.report(ntp(WALL.plus_micros(130_000)), 50_000);
        assert_eq!(offset.micros(&video, &audio), 130_000);
        audio.report(ntp(WALL.plus_micros(500_000)), 50_000);
        assert_eq!(offset.micros(&video, &audio), 130_000, "once");
    }

    #[test]
    fn without_rtptime_audio_is_placed_by_arrival_and_mad_reports_change_nothing() {
        let t0 = Instant::now();
        let (mut video, mut audio) = (Track::new(90_000, t0), Track::new(8_000, t0));
        let mut offset = AudioOffset::default();
        video.advance(0, 0, t0 + ms(250));
        audio.advance(0, 0, t0);
        assert_eq!(offset.micros(&video, &audio), -250_000);
        video.report(ntp(WALL), 0);
        audio.report(ntp(WALL.plus_micros(60_000_000)), 0);
        assert_eq!(offset.micros(&video, &audio), -250_000);
    }

    #[test]
    fn other_video_clocks_are_scaled() {
        assert_eq!(to_90k(1_000, 1_000), 90_000);
        assert_eq!(to_90k(-5, 90_000), -5);
        assert_eq!(to_90k(i64::MAX, 1), 0, "out of range is zero, not a panic");
    }
}

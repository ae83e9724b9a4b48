//! The figures of one pull, measured from what arrives: frames a second, bitrate, latency, loss.

use crate::media::VideoUnit;
use crate::time::MonoTime;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

/// The span over which "now" is measured.
pub const WINDOW: Duration = Duration::from_secs(4);

/// The figures at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Metrics {
    /// Pictures a second over the last [`WINDOW`].
    pub fps: f64,
    /// Pictures a second since the connection became live.
    pub fps_average: f64,
    /// Bits of coded video a second over the last [`WINDOW`].
    pub bitrate_bps: u64,
    /// Median time from the camera's clock to our socket over the window, in milliseconds. Right only as far as both
    /// clocks agree; none while the camera sends no sender reports.
    pub latency_ms: Option<i64>,
    /// The 95th percentile of the same.
    pub latency_p95_ms: Option<i64>,
    /// Spread of the arrival against the media time (RFC 3550 §6.4.1's interarrival jitter, of pictures), in
    /// milliseconds.
    pub jitter_ms: f64,
    /// Pictures since the pull exists, over all its connections.
    pub frames: u64,
    /// RTP packets missed since the pull exists.
    pub packets_lost: u64,
    /// Pictures that a viewer or the recorder could not take in time, and that were left out for it.
    pub dropped: u64,
    /// Media time between the last two key pictures, in milliseconds; none before the second one of a connection.
    pub gop_ms: Option<u32>,
    /// Whether pictures come in another order than they are shown (B-frames).
    pub reordered: bool,
}

#[derive(Debug, Clone, Copy)]
struct Arrival {
    at: MonoTime,
    bytes: u32,
    latency_micros: Option<i64>,
}

/// Gathers what [`Metrics`] are made of. Costs a few words a picture and no allocation once warm.
#[derive(Debug, Default)]
pub struct Meter {
    window: VecDeque<Arrival>,
    window_bytes: u64,
    live_since: Option<MonoTime>,
    live_frames: u64,
    frames: u64,
    packets_lost: u64,
    dropped: u64,
    jitter_micros: f64,
    last: Option<(MonoTime, i64)>,
    last_key_90k: Option<i64>,
    gop_ms: Option<u32>,
    reordered: bool,
}

impl Meter {
    /// A new connection starts: what is measured per connection begins anew.
    pub fn connection_started(&mut self) {
        self.window.clear();
        self.window_bytes = 0;
        self.live_since = None;
        self.live_frames = 0;
        self.jitter_micros = 0.0;
        self.last = None;
        self.last_key_90k = None;
        self.gop_ms = None;
        self.reordered = false;
    }

    /// A picture came.
    pub fn picture(&mut self, unit: &VideoUnit) {
        self.live_since.get_or_insert(unit.received);
        self.live_frames += 1;
        self.frames += 1;
        self.packets_lost += u64::from(unit.packets_lost);
        if let Some((at, pts)) = self.last {
            let arrived = unit.received.since(at).as_micros() as f64;
            let sent = (unit.pts_90k - pts) as f64 * 100.0 / 9.0;
            self.jitter_micros += ((arrived - sent).abs() - self.jitter_micros) / 16.0;
            self.reordered |= unit.pts_90k < pts;
        }
        self.last = Some((unit.received, unit.pts_90k));
        if unit.key {
            let gop_90k = self.last_key_90k.replace(unit.pts_90k).map(|before| unit.pts_90k - before);
            self.gop_ms = gop_90k.and_then(|ticks| u32::try_from(ticks / 90).ok()).or(self.gop_ms);
        }
        self.window_bytes += unit.data.len() as u64;
        self.window.push_back(Arrival {
            at: unit.received,
            bytes: unit.data.len() as u32,
            latency_micros: unit.camera_time.map(|camera| unit.received_wall.micros_since(camera)),
        });
        self.forget_before(unit.received);
    }

    /// Pictures were left out because somebody was too slow.
    pub fn dropped(&mut self, pictures: u64) {
        self.dropped += pictures;
    }

    fn forget_before(&mut self, now: MonoTime) {
        while let Some(oldest) = self.window.front()
            && now.since(oldest.at) > WINDOW
        {
            self.window_bytes -= u64::from(oldest.bytes);
            self.window.pop_front();
        }
    }

    /// The figures now.
    pub fn read(&mut self, now: MonoTime) -> Metrics {
        self.forget_before(now);
        let mut latencies: Vec<i64> = self.window.iter().filter_map(|a| a.latency_micros).collect();
        latencies.sort_unstable();
        let percentile = |p: usize| {
            latencies.get((latencies.len().saturating_sub(1) * p).div_ceil(100)).map(|&us| us / 1000)
        };
        // A young connection has no full window yet: divide by the time there was, which the first picture began.
        let live_for = self.live_since.map_or(0.0, |since| now.since(since).as_secs_f64());
        let young = live_for < WINDOW.as_secs_f64();
        let span = live_for.clamp(0.5, WINDOW.as_secs_f64());
        Metrics {
            fps: self.window.len().saturating_sub(usize::from(young)) as f64 / span,
            fps_average: if live_for > 0.5 { (self.live_frames - 1) as f64 / live_for } else { 0.0 },
            bitrate_bps: (self.window_bytes as f64 * 8.0 / span) as u64,
            latency_ms: percentile(50),
            latency_p95_ms: percentile(95),
            jitter_ms: self.jitter_micros / 1000.0,
            frames: self.frames,
            packets_lost: self.packets_lost,
            dropped: self.dropped,
            gop_ms: self.gop_ms,
            reordered: self.reordered,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fragment::tests::unit;
    use crate::time::WallTime;

    #[test]
    fn measures_a_steady_stream_and_its_silence() {
        let mut meter = Meter::default();
        let mut now = MonoTime(0);
        for i in 0..150_i64 {
            now = MonoTime(i as u64 * 66_667);
            let mut picture = unit(i * 6000, i % 30 == 0);
            picture.received = now;
            picture.received_wall = WallTime(1_000_000 + i * 66_667 + 40_000);
            picture.camera_time = Some(WallTime(1_000_000 + i * 66_667));
            picture.packets_lost = u32::from(i == 10);
            meter.picture(&picture);
        }
        let metrics = meter.read(now);
        assert!((metrics.fps - 15.0).abs() < 0.5, "{metrics:?}");
        assert!((metrics.fps_average - 15.0).abs() < 0.2, "{metrics:?}");
        assert_eq!((metrics.latency_ms, metrics.packets_lost, metrics.frames), (Some(40), 1, 150));
        assert!(metrics.bitrate_bps.abs_diff(12_000) < 500 && metrics.jitter_ms < 1.0, "{metrics:?}");
        let mut young = Meter::default();
        for i in 0..16_i64 {
            let mut picture = unit(i * 6000, i == 0);
            picture.received = MonoTime(i as u64 * 66_667);
            young.picture(&picture);
        }
        let after_a_second = young.read(MonoTime(15 * 66_667));
        assert!((after_a_second.fps - 15.0).abs() < 0.1, "{after_a_second:?}");
        assert_eq!((metrics.gop_ms, metrics.reordered), (Some(2000), false));
        meter.picture(&unit(149 * 6000 - 3000, false));
        assert!(meter.read(now).reordered);
        let silent = meter.read(now + Duration::from_secs(5));
        assert!(silent.fps.abs() < f64::EPSILON && silent.latency_ms.is_none(), "{silent:?}");
    }
}

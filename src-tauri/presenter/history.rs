//! What was measured of each stream over the last day and how each connection fared: rings of a fixed size, in memory
//! alone. Knows no clock, no task and no view: time and reports come to it as arguments.

use crate::pull::PullReport;
use atalaya_model::camera::{CameraId, Role};
use atalaya_model::pull::PullState;
use atalaya_model::text::excerpt;
use atalaya_model::time::{MonoTime, WallTime};
use std::collections::{HashMap, VecDeque};
use std::mem::replace;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The distance of two rows of [`Trace::recent`].
pub(crate) const STEP: Duration = Duration::from_secs(2);

/// Rows of [`Trace::recent`]: ten minutes.
pub(crate) const RECENT: usize = 300;

/// Steps that make up a row of [`Trace::day`].
const STEPS_A_MINUTE: u64 = 30;

/// Rows of [`Trace::day`]: a day of minutes.
pub(crate) const DAY: usize = 24 * 60;

/// Changes of state that are remembered of a camera.
pub(crate) const LOG: usize = 200;

/// Characters kept of a failure's words: a camera may have chosen them.
pub(crate) const DETAIL_MAX: usize = 120;

/// The figures of one stretch of time, a step or a minute long; not a number where they are unknown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    /// Pictures a second, on the average; not a number where nothing was wanted of the stream.
    pub(crate) fps: f32,
    /// The lowest of them.
    pub(crate) fps_min: f32,
    /// Bits of video a second, on the average.
    pub(crate) bitrate_bps: f32,
    /// The highest of them.
    pub(crate) bitrate_max_bps: f32,
    /// Median latency, on the average.
    pub(crate) latency_ms: f32,
    /// The highest 95th percentile of it.
    pub(crate) latency_p95_ms: f32,
    /// The highest jitter.
    pub(crate) jitter_ms: f32,
    /// RTP packets lost a second, on the average.
    pub(crate) lost_per_s: f32,
    /// The lowest health, 0 to 100; says nothing where the pictures a second are unknown.
    pub(crate) health: u8,
    /// Connections made again.
    pub(crate) reconnects: u8,
}

impl Row {
    pub(crate) const UNKNOWN: Self = Self {
        fps: f32::NAN,
        fps_min: f32::NAN,
        bitrate_bps: f32::NAN,
        bitrate_max_bps: f32::NAN,
        latency_ms: f32::NAN,
        latency_p95_ms: f32::NAN,
        jitter_ms: f32::NAN,
        lost_per_s: f32::NAN,
        health: 0,
        reconnects: 0,
    };

    /// Whether anything was wanted of the stream.
    pub(crate) const fn is_known(&self) -> bool {
        !self.fps.is_nan()
    }

    /// Several rows as one.
    fn over<'a>(rows: &(impl Iterator<Item = &'a Self> + Clone)) -> Self {
        let mean = |read: fn(&Self) -> f32| {
            let known = rows.clone().map(read).filter(|value| !value.is_nan());
            // Nothing known: zero divided by zero is not a number.
            known.clone().sum::<f32>() / known.count() as f32
        };
        // Either is the other number where one is none.
        let highest = |read: fn(&Self) -> f32| rows.clone().map(read).fold(f32::NAN, f32::max);
        Self {
            fps: mean(|row| row.fps),
            fps_min: rows.clone().map(|row| row.fps_min).fold(f32::NAN, f32::min),
            bitrate_bps: mean(|row| row.bitrate_bps),
            bitrate_max_bps: highest(|row| row.bitrate_max_bps),
            latency_ms: mean(|row| row.latency_ms),
            latency_p95_ms: highest(|row| row.latency_p95_ms),
            jitter_ms: highest(|row| row.jitter_ms),
            lost_per_s: mean(|row| row.lost_per_s),
            health: rows.clone().filter(|row| row.is_known()).map(|row| row.health).min().unwrap_or_default(),
            reconnects: rows.clone().map(|row| row.reconnects).fold(0, u8::saturating_add),
        }
    }
}

/// One stream's rows. Both rings have their size from the start and never grow.
#[derive(Debug)]
pub(crate) struct Trace {
    recent: VecDeque<Row>,
    day: VecDeque<Row>,
    /// The step that comes after the newest row, counted from the clock's start.
    next: u64,
    packets_lost: u64,
    reconnects: u32,
}

impl Trace {
    /// An empty one whose first row is that of `step`.
    pub(crate) fn starting_at(step: u64) -> Self {
        Self {
            recent: VecDeque::with_capacity(RECENT),
            day: VecDeque::with_capacity(DAY),
            next: step,
            packets_lost: 0,
            reconnects: 0,
        }
    }

    /// Takes the row of a step. Steps left out (the machine was busy or asleep) are unknown.
    pub(crate) fn take(&mut self, step: u64, row: Row) {
        // No longer than it takes to empty both rings; a minute more, since the first one may be a part.
        let longest = (DAY as u64 + 1) * STEPS_A_MINUTE;
        for each in self.next.max(step.saturating_sub(longest))..=step {
            push(&mut self.recent, RECENT, if each == step { row } else { Row::UNKNOWN });
            self.next = each + 1;
            if self.next.is_multiple_of(STEPS_A_MINUTE) {
                let minute = Row::over(&self.recent.iter().rev().take(STEPS_A_MINUTE as usize));
                push(&mut self.day, DAY, minute);
            }
        }
    }

    /// The row that a report makes, and the counters up to it.
    fn row(&mut self, step: u64, report: &PullReport) -> Row {
        let metrics = report.metrics;
        let seconds = STEP.as_secs_f32() * (step + 1).saturating_sub(self.next).max(1) as f32;
        // A counter that is lower than before began anew, with its pull.
        let lost_before = replace(&mut self.packets_lost, metrics.packets_lost);
        let lost = metrics.packets_lost.checked_sub(lost_before).unwrap_or(metrics.packets_lost);
        let reconnects_before = replace(&mut self.reconnects, report.reconnects);
        let reconnects = report.reconnects.checked_sub(reconnects_before).unwrap_or(report.reconnects);
        let reconnects = u8::try_from(reconnects).unwrap_or(u8::MAX);
        if !report.wanted {
            return Row { reconnects, ..Row::UNKNOWN };
        }
        // What was measured of a connection that is gone says nothing of now.
        let live = matches!(report.state, PullState::Live { .. });
        let known = |ms: Option<i64>| ms.filter(|_| live).map_or(f32::NAN, |ms| ms as f32);
        let fps = if live { metrics.fps as f32 } else { 0.0 };
        let bitrate_bps = if live { metrics.bitrate_bps as f32 } else { 0.0 };
        Row {
            fps,
            fps_min: fps,
            bitrate_bps,
            bitrate_max_bps: bitrate_bps,
            latency_ms: known(metrics.latency_ms),
            latency_p95_ms: known(metrics.latency_p95_ms),
            jitter_ms: if live { metrics.jitter_ms as f32 } else { f32::NAN },
            lost_per_s: lost as f32 / seconds,
            health: report.health.score,
            reconnects,
        }
    }

    /// The last ten minutes, oldest first, and when they begin on the clock that never steps.
    pub(crate) fn recent(&self) -> (MonoTime, &VecDeque<Row>) {
        (time_of(self.next - self.recent.len() as u64), &self.recent)
    }

    /// The last day by minutes, oldest first, and when it begins. The minute that still runs is not in it.
    pub(crate) fn day(&self) -> (MonoTime, &VecDeque<Row>) {
        let minutes = self.next / STEPS_A_MINUTE - self.day.len() as u64;
        (time_of(minutes * STEPS_A_MINUTE), &self.day)
    }

    /// Connections made again in the last day.
    pub(crate) fn reconnects(&self) -> u32 {
        let running = (self.next % STEPS_A_MINUTE) as usize;
        let rows = self.day.iter().chain(self.recent.iter().rev().take(running));
        rows.map(|row| u32::from(row.reconnects)).sum()
    }
}

/// Adds to a ring that holds `most`.
fn push<T>(ring: &mut VecDeque<T>, most: usize, value: T) {
    if ring.len() == most {
        ring.pop_front();
    }
    ring.push_back(value);
}

fn time_of(step: u64) -> MonoTime {
    MonoTime(step * STEP.as_micros() as u64)
}

/// A stream's connection was in one state.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) role: Role,
    /// [`PullState::code`].
    pub(crate) state: &'static str,
    pub(crate) since: MonoTime,
    pub(crate) since_wall: WallTime,
    /// Why it is not live, redacted.
    pub(crate) detail: Option<Box<str>>,
    /// How often the same was tried in vain.
    pub(crate) attempts: u32,
}

/// What is remembered of one camera.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) traces: HashMap<Role, Trace>,
    /// Oldest first.
    pub(crate) log: VecDeque<Connection>,
}

impl History {
    /// A stream's state changed. Attempts that fail alike are one entry, or an outage would wash out all that was
    /// before it.
    pub(crate) fn note(
        &mut self,
        role: Role,
        state: PullState,
        detail: Option<&str>,
        since: MonoTime,
        wall: WallTime,
    ) {
        let fails =
            matches!(state, PullState::Backoff { .. } | PullState::Stopped { .. } | PullState::Unauthorized);
        let detail = detail.filter(|_| fails).map(|detail| excerpt(detail, DETAIL_MAX).into_boxed_str());
        if let Some(last) = self.log.iter_mut().rev().find(|entry| entry.role == role) {
            if matches!(last.state, "backoff" | "stopped") && state == PullState::Connecting {
                return;
            }
            if last.state == state.code() && last.detail == detail {
                last.attempts = last.attempts.saturating_add(1);
                return;
            }
        }
        let state = state.code();
        push(&mut self.log, LOG, Connection { role, state, since, since_wall: wall, detail, attempts: 1 });
    }
}

/// What is remembered of all cameras: about 61 KiB a stream and at most 37 KiB of log a camera.
#[derive(Debug, Default)]
pub(crate) struct Histories(Mutex<HashMap<CameraId, History>>);

impl Histories {
    pub(crate) fn all(&self) -> MutexGuard<'_, HashMap<CameraId, History>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a row of every pull there is. What has no pull any more is forgotten.
    pub(crate) fn sample(&self, now: MonoTime, reports: &[PullReport]) {
        let step = now.0 / STEP.as_micros() as u64;
        let mut all = self.all();
        all.retain(|id, _| reports.iter().any(|report| report.camera.id == *id));
        for report in reports {
            let traces = &mut all.entry(report.camera.id).or_default().traces;
            let trace = traces.entry(report.role).or_insert_with(|| Trace::starting_at(step));
            let row = trace.row(step, report);
            trace.take(step, row);
        }
    }
}

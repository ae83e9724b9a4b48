//! How the streams fared over the last day: fills their histories, whether or not anybody looks, and shows them.

use crate::Result;
use crate::engine::Inner;
use crate::history::{Row, STEP, Trace};
use crate::pull::PullHandle;
use crate::vm::health::{ConnectionVm, HistoryVm};
use atalaya_model::camera::Role;
use atalaya_model::text::excerpt;
use atalaya_model::time::MonoTime;
use atalaya_model::{Error, Kind};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// Takes the figures of every stream at each step, until the engine ends.
pub(crate) async fn keep(engine: Arc<Inner>) {
    let step = STEP.as_micros() as u64;
    let clock = &engine.ports.clock;
    loop {
        // To the next full step, so that none is left out however long a round takes.
        tokio::select! {
            () = clock.sleep(Duration::from_micros(step - clock.mono().0 % step)) => {}
            () = engine.cancel.cancelled() => return,
        }
        let reports: Vec<_> = engine.all_pulls().iter().map(PullHandle::report).collect();
        engine.histories.sample(clock.mono(), &reports);
    }
}

/// Shows how streams fared.
pub struct Health {
    engine: Arc<Inner>,
}

impl Health {
    pub(crate) fn new(engine: Arc<Inner>) -> Self {
        Self { engine }
    }

    /// A stream's figures over `recent` (ten minutes in steps of two seconds) or `day` (24 hours by minutes). Empty
    /// while the stream was never wanted.
    pub async fn history(&self, camera: &str, role: &str, span: &str) -> Result<HistoryVm> {
        let role: Role = role.parse()?;
        let day = match span {
            "recent" => false,
            "day" => true,
            _ => {
                return Err(Error::new(Kind::InvalidInput, "a span is recent or day")
                    .with("span", excerpt(span, 32))
                    .into());
            }
        };
        let camera = self.engine.find_camera(camera).await?;
        let role = camera.stream(role).role;
        let histories = self.engine.histories.all();
        let trace = histories.get(&camera.id).and_then(|history| history.traces.get(&role));
        let now = self.engine.ports.clock.mono();
        let nothing = VecDeque::new();
        let (start, rows) = match trace {
            Some(trace) if day => trace.day(),
            Some(trace) => trace.recent(),
            None => (now, &nothing),
        };
        let numbers = |read: fn(&Row) -> f32| rows.iter().map(|row| number(read(row))).collect();
        Ok(HistoryVm {
            camera: camera.id.to_string(),
            role: role.code().to_owned(),
            start: (self.engine.ports.clock.wall() - now.since(start)).to_rfc3339(),
            step_s: if day { 60 } else { STEP.as_secs() as u32 },
            fps: numbers(|row| row.fps),
            fps_min: numbers(|row| row.fps_min),
            bitrate_bps: numbers(|row| row.bitrate_bps),
            bitrate_max_bps: numbers(|row| row.bitrate_max_bps),
            latency_ms: numbers(|row| row.latency_ms),
            latency_p95_ms: numbers(|row| row.latency_p95_ms),
            jitter_ms: numbers(|row| row.jitter_ms),
            lost_per_s: numbers(|row| row.lost_per_s),
            health: numbers(|row| if row.is_known() { row.health.into() } else { f32::NAN }),
            reconnects_day: trace.map_or(0, Trace::reconnects),
        })
    }

    /// The states that a camera's connections were in, newest first.
    pub async fn log(&self, camera: &str) -> Result<Vec<ConnectionVm>> {
        let camera = self.engine.find_camera(camera).await?;
        let histories = self.engine.histories.all();
        // When the next state of the same stream began, while walking back in time.
        let (mut main_next, mut sub_next): (Option<MonoTime>, Option<MonoTime>) = (None, None);
        let log = histories.get(&camera.id).into_iter().flat_map(|history| history.log.iter().rev());
        let entries = log.map(|entry| {
            let next = match entry.role {
                Role::Main => &mut main_next,
                Role::Sub => &mut sub_next,
            };
            let ended = next.replace(entry.since);
            ConnectionVm {
                role: entry.role.code().to_owned(),
                state: entry.state.to_owned(),
                at: entry.since_wall.to_rfc3339(),
                seconds: ended.map(|end| end.since(entry.since).as_secs_f64()),
                detail: entry.detail.as_deref().map(str::to_owned),
                attempts: entry.attempts,
            }
        });
        Ok(entries.collect())
    }
}

/// A figure as it is handed over: hundredths at most, none while unknown.
fn number(value: f32) -> Option<f64> {
    (!value.is_nan()).then(|| (f64::from(value) * 100.0).round() / 100.0)
}

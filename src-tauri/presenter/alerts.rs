//! What the person at this computer is to be told while no window shows it: watches the cameras that are recorded and
//! the storage. When something is told is `model/alert.rs`'s. Must not know words or desktops.

use crate::engine::Inner;
use crate::pull::{PullHandle, PullReport};
use crate::recorder::RecorderStatus;
use crate::settings::Settings;
use crate::vm::event::EventVm;
use atalaya_model::alert::{Alert, AlertBook, AlertCause};
use atalaya_model::camera::RecordMode;
use atalaya_model::pull::PullState;
use atalaya_model::text::excerpt;
use atalaya_model::time::MonoTime;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// Between two looks at the cameras.
const EVERY: Duration = Duration::from_secs(1);

/// The longest name of a camera in a notification, in characters.
const NAME_MAX: usize = 64;

/// What is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What is wrong.
    pub cause: AlertCause,
    /// It is over.
    pub over: bool,
    /// Names of the cameras, in alphabetical order; none where it is the storage.
    pub cameras: Vec<String>,
}

/// Tells what is to be told, one after the other.
pub struct Alerts {
    engine: Arc<Inner>,
    events: Receiver<EventVm>,
    book: AlertBook,
    waiting: VecDeque<Told>,
    /// The setting for how long a camera may be offline; none while nothing is to be told.
    after: Option<Duration>,
    is_read: bool,
    /// When the cameras were last looked at.
    looked: MonoTime,
}

impl Alerts {
    pub(crate) fn new(engine: Arc<Inner>) -> Self {
        Self {
            events: engine.events.subscribe(),
            looked: engine.ports.clock.mono(),
            engine,
            book: AlertBook::default(),
            waiting: VecDeque::new(),
            after: None,
            is_read: false,
        }
    }

    /// The next that is to be told; none when the engine has ended.
    pub async fn next(&mut self) -> Option<Told> {
        loop {
            if let Some(told) = self.waiting.pop_front() {
                return Some(told);
            }
            if !self.is_read {
                self.read().await;
            }
            // What is left of the wait, whatever was heard meanwhile: there are many more events than looks.
            let wait = EVERY.saturating_sub(self.engine.ports.clock.mono().since(self.looked));
            tokio::select! {
                event = self.events.recv() => match event {
                    Ok(event) => self.hear(&event),
                    // A change of the settings may have been among what was missed.
                    Err(RecvError::Lagged(_)) => self.is_read = false,
                    Err(RecvError::Closed) => return None,
                },
                () = self.engine.ports.clock.sleep(wait) => self.look(),
                () = self.engine.cancel.cancelled() => return None,
            }
        }
    }

    async fn read(&mut self) {
        match Settings::new(self.engine.clone()).get().await {
            Ok(settings) => self.follow(settings.notify, settings.notify_offline_s),
            Err(error) => tracing::warn!(error.message, "the settings could not be read"),
        }
        self.is_read = true;
    }

    fn follow(&mut self, notify: bool, offline_s: u32) {
        self.after = notify.then(|| Duration::from_secs(offline_s.into()));
    }

    fn hear(&mut self, event: &EventVm) {
        let cause = match event {
            EventVm::SettingsChanged { settings } => {
                return self.follow(settings.notify, settings.notify_offline_s);
            }
            EventVm::StorageLow { .. } => AlertCause::StorageLow,
            EventVm::StorageFailed { .. } => AlertCause::StorageFailed,
            _ => return,
        };
        let now = self.engine.ports.clock.mono();
        if self.after.is_some() && self.book.storage(cause, now) {
            self.waiting.push_back(Told { cause, over: false, cameras: Vec::new() });
        }
    }

    fn look(&mut self) {
        let now = self.engine.ports.clock.mono();
        self.looked = now;
        let pulls = self.engine.recorded();
        let reports: Vec<_> = pulls.iter().map(PullHandle::report).collect();
        for (pull, report) in pulls.iter().zip(&reports) {
            self.book.look(report.camera.id, trouble(pull, report, now), now);
        }
        let recorded: BTreeSet<_> = reports.iter().map(|report| report.camera.id).collect();
        self.book.keep(|camera| recorded.contains(&camera));
        let Some(after) = self.after else { return };
        let told = |Alert { cause, over, cameras }: Alert| {
            let named = reports.iter().filter(|report| cameras.contains(&report.camera.id));
            let mut names: Vec<_> = named.map(|report| excerpt(&report.camera.name, NAME_MAX)).collect();
            names.sort();
            Told { cause, over, cameras: names }
        };
        self.waiting.extend(self.book.due(now, after).into_iter().map(told));
    }
}

/// What is wrong with a camera that is to be recorded.
fn trouble(pull: &PullHandle, report: &PullReport, now: MonoTime) -> Option<AlertCause> {
    if !matches!(report.state, PullState::Live { .. }) {
        return Some(AlertCause::Offline);
    }
    // One that is recorded at times only may have nothing to write.
    let writes = report.camera.record.mode != RecordMode::Continuous
        || pull.recorder().bytes_since(now, RecorderStatus::PROOF_WINDOW) > 0;
    (!writes).then_some(AlertCause::Stopped)
}

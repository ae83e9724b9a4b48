//! Going on without a window: what closing and quitting come to, and what a view shows of it.

use crate::Result;
use crate::awake::Sleep;
use crate::engine::Inner;
use crate::pull::PullHandle;
use crate::settings::Settings;
use crate::vm::background::BackgroundVm;
use crate::vm::event::EventVm;
use atalaya_model::background::{Leave, Wish, leave};
use atalaya_model::camera::Role;
use std::sync::{Arc, Mutex};

/// The setting that remembers that the person knows what closing the window does.
const EXPLAINED: &str = "close_explained";

/// What the person is asked and has not answered.
#[derive(Default)]
pub(crate) struct Question(Mutex<Option<Wish>>);

impl Question {
    fn replace(&self, wish: Option<Wish>) -> Option<Wish> {
        std::mem::replace(&mut *self.0.lock().expect("no holder panics"), wish)
    }

    fn get(&self) -> Option<Wish> {
        *self.0.lock().expect("no holder panics")
    }
}

impl Inner {
    /// The pulls of the cameras that are to be recorded.
    pub(crate) fn recorded(&self) -> Vec<PullHandle> {
        let is_recorded = |pull: &PullHandle| {
            let report = pull.report();
            report.role == Role::Main && report.camera.is_recorded()
        };
        self.all_pulls().into_iter().filter(is_recorded).collect()
    }
}

/// Decides about closing and quitting, and tells how the program goes on without a window.
pub struct Background {
    engine: Arc<Inner>,
}

impl Background {
    pub(crate) fn new(engine: Arc<Inner>) -> Self {
        Self { engine }
    }

    /// What comes of a wish. When the person is to be asked first, the window hears it as an event.
    pub async fn wish(&self, wish: Wish) -> Leave {
        let recorded = self.engine.recorded().len();
        // What cannot be read is asked about: nothing ends, and nothing goes on unseen, by a mistake.
        let keeps = Settings::new(self.engine.clone()).get().await.is_ok_and(|all| all.close_to_tray);
        let explained = self.engine.ports.cameras.setting(EXPLAINED).await.is_ok_and(|is| is.is_some());
        let mut leave = leave(wish, recorded, keeps, explained);
        if leave == Leave::Ask {
            let asked = self.engine.question.replace(Some(wish));
            if asked.is_some() && wish == Wish::Close {
                // Closed again instead of answered, perhaps because the page shows nothing: then nothing stops.
                leave = Leave::Hide;
            }
        }
        if leave != Leave::Ask {
            self.engine.question.replace(None);
        }
        self.tell();
        leave
    }

    /// The person keeps recording, and knows now what that means.
    pub async fn keep(&self) -> Result<()> {
        self.engine.question.replace(None);
        self.tell();
        Ok(self.engine.ports.cameras.set_setting(EXPLAINED, Some("true")).await?)
    }

    /// The person answered that all stays as it is.
    pub fn stay(&self) {
        self.engine.question.replace(None);
        self.tell();
    }

    /// How it is now.
    pub fn get(&self) -> BackgroundVm {
        let now = self.engine.ports.clock.mono();
        let recorded = self.engine.recorded();
        let (sleep, sleep_detail) = match self.engine.awake.state() {
            Sleep::Free => ("free", None),
            Sleep::Held => ("held", None),
            Sleep::Failed(detail) => ("failed", Some(detail)),
        };
        BackgroundVm {
            recorded: recorded.len() as u32,
            recording: recorded.iter().filter(|pull| pull.metrics(now).recording).count() as u32,
            sleep: sleep.to_owned(),
            sleep_detail,
            question: self.engine.question.get().map(|wish| {
                match wish {
                    Wish::Close => "close",
                    Wish::Quit => "quit",
                }
                .to_owned()
            }),
        }
    }

    fn tell(&self) {
        self.engine.emit(EventVm::BackgroundChanged { background: self.get() });
    }
}

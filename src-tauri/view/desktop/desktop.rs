//! What the commands work with: the engine, the live socket, the simulated cameras, the export folder, the windows; and
//! the tasks that go on beside them.

use crate::clipboard::SystemClipboard;
use crate::export_folder::ExportFolder;
use crate::first_run;
use crate::frames::LiveServer;
use crate::simulator::Simulator;
use crate::texts::Texts;
use crate::windows::Windows;
use atalaya_model::ports::{Autostart, BoxStream, Clock, Notifier};
use atalaya_presenter::Engine;
use std::future::Future;
use std::io;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What the composition root hands over.
pub struct Parts {
    /// The engine, running.
    pub engine: Engine,
    /// The clock that the engine runs by.
    pub clock: Arc<dyn Clock>,
    /// Where database, footage and logs are.
    pub data_dir: PathBuf,
    /// Where exports and still pictures go.
    pub export_dir: PathBuf,
    /// Start simulated cameras and add them, if there are no cameras yet.
    pub add_simulated: bool,
    /// Show no window at first.
    pub in_background: bool,
    /// The desktop's notifications.
    pub notifier: Arc<dyn Notifier>,
    /// Starting at login.
    pub autostart: Arc<dyn Autostart>,
    /// Second starts of the program; none where they cannot be heard.
    pub rings: Option<BoxStream<()>>,
}

/// The state of the windows' commands. Clones share it.
#[derive(Clone)]
pub(crate) struct Desktop {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) engine: Engine,
    pub(crate) live: LiveServer,
    pub(crate) simulator: Simulator,
    pub(crate) exports: ExportFolder,
    pub(crate) clipboard: SystemClipboard,
    pub(crate) windows: Windows,
    /// Where database, footage and logs are.
    pub(crate) data_dir: PathBuf,
    pub(crate) notifier: Arc<dyn Notifier>,
    pub(crate) autostart: Arc<dyn Autostart>,
    /// The window went for the first time, and the person was told where to.
    pub(crate) has_hidden: AtomicBool,
    texts: Mutex<Arc<Texts>>,
    tasks: TaskTracker,
    cancel: CancellationToken,
    runtime: Handle,
}

impl Deref for Desktop {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.inner
    }
}

impl Desktop {
    /// Opens the live socket and starts what goes on beside the windows.
    pub(crate) async fn start(parts: Parts) -> io::Result<Self> {
        let Parts { engine, clock, data_dir, export_dir, add_simulated, notifier, autostart, .. } = parts;
        // Until the page says what it speaks.
        let language = engine.settings().get().await.map(|settings| settings.language);
        let desktop = Self {
            inner: Arc::new(Inner {
                live: LiveServer::start(engine.clone(), clock.clone()).await?,
                exports: ExportFolder::new(&export_dir, clock),
                clipboard: SystemClipboard::default(),
                engine,
                simulator: Simulator::default(),
                windows: Windows::default(),
                data_dir,
                notifier,
                autostart,
                has_hidden: AtomicBool::new(false),
                texts: Mutex::new(Arc::new(Texts::speaking(language.as_deref().unwrap_or_default()))),
                tasks: TaskTracker::new(),
                cancel: CancellationToken::new(),
                runtime: Handle::current(),
            }),
        };
        let this = desktop.clone();
        desktop.spawn(async move {
            first_run::simulated_cameras(&this.engine, &this.simulator, add_simulated).await;
        });
        Ok(desktop)
    }

    /// The sentences in the language that the pages speak.
    pub(crate) fn texts(&self) -> Arc<Texts> {
        self.texts.lock().expect("no holder panics").clone()
    }

    /// The pages speak this language from now on.
    pub(crate) fn speak(&self, language: &str) {
        *self.texts.lock().expect("no holder panics") = Arc::new(Texts::speaking(language));
    }

    /// Runs a task until the main window closes. The main thread, which calls this, is not inside the runtime.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let cancel = self.cancel.clone();
        self.tasks.spawn_on(async move { cancel.run_until_cancelled(task).await }, &self.runtime);
    }

    /// Ends the tasks, the live sessions and the simulated cameras.
    pub(crate) async fn stop(&self) {
        self.cancel.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.live.stop().await;
        self.simulator.stop().await;
    }
}

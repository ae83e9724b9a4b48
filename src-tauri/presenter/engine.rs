//! The engine: owns every actor, hands out the presenters, and ends all of it in order.

use crate::alerts::Alerts;
use crate::awake::{self, Awake};
use crate::background::{Background, Question};
use crate::cameras::Cameras;
use crate::coverage::Ledger;
use crate::credential_sets::CredentialSets;
use crate::devices::Devices;
use crate::doctor::{Doctor, DoctorState};
use crate::drives::Drives;
use crate::exports::{ExportJobs, Exports};
use crate::focus::Focus;
use crate::forecast::Forecasts;
use crate::gate::ConnectGate;
use crate::governor::Decisions;
use crate::health::{self, Health};
use crate::history::Histories;
use crate::live::Live;
use crate::machine::{self, Machine};
use crate::motion::{self, Motion, Motions};
use crate::notices::{self, NoticeBoard, Watchers};
use crate::picture_watch::PictureWatches;
use crate::protection::Protections;
use crate::ptz::Ptz;
use crate::pull::{Login, PullHandle, PullSpec};
use crate::recordings::Recordings;
use crate::report::Reports;
use crate::retention::{Keeper, Retention};
use crate::scans::{ScanState, Scans};
use crate::settings::Settings;
use crate::stills::Stills;
use crate::storage::StorageDirectories;
use crate::timeline::Timelines;
use crate::transfer::Transfer;
use crate::triggers::Triggers;
use crate::views::Views;
use crate::vm::event::EventVm;
use crate::vm::system::{KeyRotatedVm, KeyStatusVm};
use crate::windows::Windows;
use crate::{Result, absence, indexing, picture_watch, presence, retention, status};
use atalaya_model::camera::{Camera, CameraId, Role};
use atalaya_model::ports::{OnvifTarget, Ports};
use atalaya_model::recording::RecoveryReport;
use atalaya_model::secret::Credentials;
use atalaya_model::time::WallTime;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::{RwLock, broadcast};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Events kept for a view that is late; one that is later misses the oldest and reads the state anew.
const EVENTS_KEPT: usize = 1024;

/// How long the end of the program waits for files to be closed.
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(10);

/// What this engine is there for.
#[derive(Debug, Clone, Copy, Default)]
pub struct EngineOptions {
    /// Record the cameras that are set to record, keep the retention rules, and hear which devices come and go. Only the holder of the data
    /// directory's lock may.
    pub record: bool,
    /// Keep what happens for whoever asks first, [`Engine::subscribe_from_start`]. Until then it counts as somebody who
    /// listens, for whom figures are made twice a second.
    pub tell_from_start: bool,
}

/// The engine. Clones share it.
#[derive(Clone)]
pub struct Engine {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) ports: Ports,
    pub(crate) options: EngineOptions,
    /// When it started: what was missed before that was missed because no engine ran.
    pub(crate) started: WallTime,
    /// When an engine last ran before this one.
    pub(crate) alive_before: Option<WallTime>,
    pub(crate) events: broadcast::Sender<EventVm>,
    /// What happened since the start, where that was asked for, until somebody takes it.
    first_events: Mutex<Option<broadcast::Receiver<EventVm>>>,
    pub(crate) gate: ConnectGate,
    pub(crate) tasks: TaskTracker,
    pub(crate) cancel: CancellationToken,
    pub(crate) scan: Mutex<ScanState>,
    pub(crate) doctor: DoctorState,
    pub(crate) exports: Mutex<ExportJobs>,
    pub(crate) drives: Drives,
    /// The same of their lenses.
    pub(crate) lenses: Drives,
    pub(crate) watchers: Watchers,
    /// How the streams fared.
    pub(crate) histories: Histories,
    pub(crate) pictures: PictureWatches,
    pub(crate) motions: Motions,
    /// What recordings wait for.
    pub(crate) triggers: Triggers,
    pub(crate) machine: Machine,
    /// Held by whoever makes a pass of the retention rules.
    pub(crate) keeper: tokio::sync::Mutex<Keeper>,
    pub(crate) awake: Awake,
    /// What the person is asked before the program ends.
    pub(crate) question: Question,
    /// What the live sessions' governors decided.
    pub(crate) decisions: Decisions,
    /// Held to read by whoever seals or unseals and stores or fetches what is sealed, to write while the key is
    /// exchanged: nothing may be sealed with the old key and stored after the new one is in use.
    pub(crate) vault: RwLock<()>,
    pulls: Mutex<HashMap<(CameraId, Role), PullHandle>>,
    recovery: RecoveryReport,
}

impl Engine {
    /// Starts: puts right what a crash left, then records what is to be recorded.
    pub async fn start(ports: Ports, options: EngineOptions) -> Result<Self> {
        let recovery =
            if options.record { ports.archive.recover().await? } else { RecoveryReport::default() };
        let (events, first_events) = broadcast::channel(EVENTS_KEPT);
        let inner = Arc::new(Inner {
            gate: ConnectGate::new(ports.clock.clone()),
            started: ports.clock.wall(),
            alive_before: if options.record { absence::last_alive(&ports).await? } else { None },
            triggers: Triggers::new(ports.clock.clone()),
            ports,
            options,
            events,
            first_events: Mutex::new(options.tell_from_start.then_some(first_events)),
            tasks: TaskTracker::new(),
            cancel: CancellationToken::new(),
            scan: Mutex::default(),
            doctor: DoctorState::default(),
            exports: Mutex::default(),
            drives: Drives::default(),
            lenses: Drives::default(),
            watchers: Watchers::default(),
            histories: Histories::default(),
            pictures: PictureWatches::default(),
            motions: Motions::default(),
            machine: Machine::default(),
            keeper: tokio::sync::Mutex::default(),
            awake: Awake::default(),
            question: Question::default(),
            decisions: Decisions::default(),
            vault: RwLock::default(),
            pulls: Mutex::default(),
            recovery,
        });
        let engine = Self { inner };
        if options.record {
            for camera in engine.inner.ports.cameras.list().await? {
                engine.inner.apply(&camera);
            }
            engine.inner.tasks.spawn(retention::keep(engine.inner.clone()));
            engine.inner.tasks.spawn(indexing::keep(engine.inner.clone()));
            engine.inner.tasks.spawn(absence::say_alive(engine.inner.clone()));
            engine.inner.tasks.spawn(presence::watch(engine.inner.clone()));
            engine.inner.tasks.spawn(motion::keep(engine.inner.clone()));
            engine.inner.tasks.spawn(awake::keep(engine.inner.clone()));
        }
        engine.inner.tasks.spawn(status::publish(engine.inner.clone()));
        engine.inner.tasks.spawn(health::keep(engine.inner.clone()));
        engine.inner.tasks.spawn(picture_watch::forget(engine.inner.clone()));
        engine.inner.tasks.spawn(machine::read(engine.inner.clone()));
        Ok(engine)
    }

    /// What start-up put right.
    pub fn recovery(&self) -> RecoveryReport {
        self.inner.recovery
    }

    /// Everything that happens from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<EventVm> {
        self.inner.events.subscribe()
    }

    /// The same and, for whoever asks first, everything that has happened since the start, if the engine was told to
    /// keep it: a camera may be live before anybody can ask.
    pub fn subscribe_from_start(&self) -> broadcast::Receiver<EventVm> {
        let first = self.inner.first_events.lock().expect("no holder panics").take();
        first.unwrap_or_else(|| self.subscribe())
    }

    /// Ends every task, closing the files being recorded. Waits ten seconds at most.
    pub async fn shutdown(&self) {
        self.inner.cancel.cancel();
        self.inner.tasks.close();
        if tokio::time::timeout(SHUTDOWN_DEADLINE, self.inner.tasks.wait()).await.is_err() {
            tracing::error!(tasks = self.inner.tasks.len(), "tasks did not end in time");
        }
    }

    /// Cameras: list, add, edit, remove, test.
    pub fn cameras(&self) -> Cameras {
        Cameras::new(self.inner.clone())
    }

    /// Logins that many cameras share.
    pub fn credential_sets(&self) -> CredentialSets {
        CredentialSets::new(self.inner.clone())
    }

    /// Scanning the network.
    pub fn scans(&self) -> Scans {
        Scans::new(self.inner.clone())
    }

    /// Moving cameras.
    pub fn ptz(&self) -> Ptz {
        Ptz::new(self.inner.clone())
    }

    /// Moving cameras' focus.
    pub fn focus(&self) -> Focus {
        Focus::new(self.inner.clone())
    }

    /// Devices' settings.
    pub fn devices(&self) -> Devices {
        Devices::new(self.inner.clone())
    }

    /// What cameras notice.
    pub fn notices(&self) -> NoticeBoard {
        NoticeBoard::new(self.inner.clone())
    }

    /// Motion: how it is looked for, and when it was seen.
    pub fn motion(&self) -> Motion {
        Motion::new(self.inner.clone())
    }

    /// Why a camera cannot be found or played.
    pub fn doctor(&self) -> Doctor {
        Doctor::new(self.inner.clone())
    }

    /// How the streams fared.
    pub fn health(&self) -> Health {
        Health::new(self.inner.clone())
    }

    /// Live pictures.
    pub fn live(&self) -> Live {
        Live::new(self.inner.clone())
    }

    /// Still pictures.
    pub fn stills(&self) -> Stills {
        Stills::new(self.inner.clone())
    }

    /// Recorded footage.
    pub fn recordings(&self) -> Recordings {
        Recordings::new(self.inner.clone())
    }

    /// Recorded footage over long times.
    pub fn timelines(&self) -> Timelines {
        Timelines::new(self.inner.clone())
    }

    /// For how long footage is kept.
    pub fn retention(&self) -> Retention {
        Retention::new(self.inner.clone())
    }

    /// Footage that no rule deletes.
    pub fn protections(&self) -> Protections {
        Protections::new(self.inner.clone())
    }

    /// When the storage asks for room.
    pub fn forecasts(&self) -> Forecasts {
        Forecasts::new(self.inner.clone())
    }

    /// What of each day and month is recorded and what is missing.
    pub fn coverage(&self) -> Ledger {
        Ledger::new(self.inner.clone())
    }

    /// Reports about the cameras.
    pub fn reports(&self) -> Reports {
        Reports::new(self.inner.clone())
    }

    /// Exports.
    pub fn exports(&self) -> Exports {
        Exports::new(self.inner.clone())
    }

    /// Storage directories.
    pub fn storage(&self) -> StorageDirectories {
        StorageDirectories::new(self.inner.clone())
    }

    /// Settings.
    pub fn settings(&self) -> Settings {
        Settings::new(self.inner.clone())
    }

    /// Which windows there are.
    pub fn windows(&self) -> Windows {
        Windows::new(self.inner.clone())
    }

    /// The configuration as a file.
    pub fn transfer(&self) -> Transfer {
        Transfer::new(self.inner.clone())
    }

    /// How the live grid is arranged.
    pub fn views(&self) -> Views {
        Views::new(self.inner.clone())
    }

    /// Going on without a window.
    pub fn background(&self) -> Background {
        Background::new(self.inner.clone())
    }

    /// What the person at this computer is to be told.
    pub fn alerts(&self) -> Alerts {
        Alerts::new(self.inner.clone())
    }

    /// Where the vault's key lives.
    pub fn key_status(&self) -> KeyStatusVm {
        self.inner.ports.secrets.status().into()
    }

    /// Exchanges the vault's key: every stored login is sealed anew, all of them or none.
    pub async fn rotate_key(&self) -> Result<KeyRotatedVm> {
        let Ports { secrets, cameras, .. } = &self.inner.ports;
        let _turn = self.inner.vault.write().await;
        let rotation = secrets.rotate().await?;
        let resealed = cameras.reseal_credentials(&|sealed| rotation.reseal(sealed)).await;
        let logins = match resealed {
            Ok(logins) => logins,
            Err(error) => {
                // A commit that failed may have been made all the same: what is stored says so.
                if !cameras.sealed_sample().await?.iter().any(|sealed| rotation.opens(sealed)) {
                    rotation.abandon().await?;
                    return Err(error.into());
                }
                tracing::warn!(%error, "the logins were sealed anew, although the database says otherwise");
                0
            }
        };
        let status = rotation.finish().await?;
        tracing::info!(key = status.fingerprint, logins, "the vault's key was exchanged");
        Ok(KeyRotatedVm { key: status.into(), logins })
    }
}

impl Inner {
    /// Tells whoever listens.
    pub(crate) fn emit(&self, event: EventVm) {
        // No listener is a fine state: a recorder without a window.
        let _ = self.events.send(event);
    }

    fn pulls(&self) -> MutexGuard<'_, HashMap<(CameraId, Role), PullHandle>> {
        self.pulls.lock().expect("no holder panics")
    }

    /// The pull of a camera's stream, started if it was not there.
    pub(crate) fn pull(self: &Arc<Self>, camera: &Camera, role: Role) -> PullHandle {
        // A camera without a sub-stream has one pull, not two connections to the same address.
        let role = camera.stream(role).role;
        let mut pulls = self.pulls();
        let login = pulls.iter().find(|((id, _), _)| *id == camera.id).map(|(_, pull)| pull.login());
        pulls
            .entry((camera.id, role))
            .or_insert_with(|| {
                let login = login.unwrap_or_default();
                PullHandle::start(self, PullSpec { camera: Arc::new(camera.clone()), role, login })
            })
            .clone()
    }

    /// The count of refused logins that a camera's pulls share, when it has any.
    pub(crate) fn login_of(&self, id: CameraId) -> Option<Arc<Login>> {
        self.pulls().iter().find(|((camera, _), _)| *camera == id).map(|(_, pull)| pull.login())
    }

    /// All pulls there are.
    pub(crate) fn all_pulls(&self) -> Vec<PullHandle> {
        self.pulls().values().cloned().collect()
    }

    /// A camera was added or changed: its pulls take the new settings over.
    pub(crate) fn apply(self: &Arc<Self>, camera: &Camera) {
        let known: Vec<_> = self
            .pulls()
            .iter()
            .filter(|((id, _), _)| *id == camera.id)
            .map(|(_, pull)| pull.clone())
            .collect();
        for pull in known {
            pull.reconfigure(Arc::new(camera.clone()));
        }
        if !camera.enabled {
            self.watchers.end(camera.id);
        } else if self.options.record {
            notices::watch(self, camera);
        }
        if self.options.record {
            motion::watch(self, camera);
        }
        if self.options.record && camera.is_recorded() {
            self.pull(camera, Role::Main);
        }
    }

    /// A camera has another login: its pulls try again, and its listener starts anew when it is applied.
    pub(crate) fn login_changed(&self, id: CameraId) {
        self.watchers.end(id);
        motion::heard(self, id, false);
        for pull in self.all_pulls() {
            if pull.report().camera.id == id {
                pull.credentials_changed();
            }
        }
    }

    /// A camera was removed: its pulls end.
    pub(crate) fn forget(&self, id: CameraId) {
        self.watchers.end(id);
        motion::end(self, id);
        self.triggers.forget(id);
        self.pulls().retain(|(camera, _), pull| {
            let keep = *camera != id;
            if !keep {
                pull.stop();
            }
            keep
        });
    }

    /// The camera's login, unsealed for one use: nobody keeps it longer than a connection takes.
    pub(crate) async fn credentials(&self, camera: &Camera) -> atalaya_model::Result<Option<Credentials>> {
        let _turn = self.vault.read().await;
        let sealed = self.ports.cameras.sealed_credentials(camera.id).await?;
        sealed.map(|sealed| self.ports.secrets.open(camera.id, &camera.host, &sealed)).transpose()
    }

    /// The camera with this id or unique name, and its ONVIF service with the login there. `Unsupported` for a camera
    /// that was added by its stream's address.
    pub(crate) async fn onvif_target(
        &self,
        id_or_name: &str,
    ) -> atalaya_model::Result<(Camera, OnvifTarget)> {
        let camera = self.find_camera(id_or_name).await?;
        let at = self.onvif_target_of(&camera).await?;
        Ok((camera, at))
    }

    /// A camera's ONVIF service with the login there.
    pub(crate) async fn onvif_target_of(&self, camera: &Camera) -> atalaya_model::Result<OnvifTarget> {
        use atalaya_model::{Error, Kind};
        let device_url = camera.onvif_url.clone().ok_or_else(|| {
            Error::new(Kind::Unsupported, "the camera was added without ONVIF").with("camera", &camera.name)
        })?;
        Ok(OnvifTarget {
            device_url,
            credentials: self.credentials(camera).await?,
            tls: camera.tls_fingerprint,
        })
    }

    /// The camera with this id or unique name, to look at. `Conflict` when it is switched off.
    pub(crate) async fn find_enabled(&self, id_or_name: &str) -> atalaya_model::Result<Camera> {
        use atalaya_model::{Error, Kind};
        let camera = self.find_camera(id_or_name).await?;
        if camera.enabled {
            return Ok(camera);
        }
        Err(Error::new(Kind::Conflict, "the camera is switched off").with("camera", &camera.name))
    }

    /// The camera with this id or unique name.
    pub(crate) async fn find_camera(&self, id_or_name: &str) -> atalaya_model::Result<Camera> {
        use atalaya_model::{Error, Kind};
        let cameras = self.ports.cameras.list().await?;
        let id = id_or_name.parse::<CameraId>().ok();
        cameras.into_iter().find(|camera| Some(camera.id) == id || camera.name == id_or_name).ok_or_else(
            || {
                Error::new(Kind::NotFound, "no camera has this id or name")
                    .with("camera", atalaya_model::text::excerpt(id_or_name, 64))
            },
        )
    }
}

//! Fakes of the ports: a clock on virtual time, cameras in memory, streams by script, an archive that can fail.

use crate::{Engine, EngineOptions};
use atalaya_model::address::StreamUrl;
use atalaya_model::camera::{Camera, CameraId, RecordMode, RecordPolicy, Role, StreamConfig, Transport};
use atalaya_model::certificate::CertificateFingerprint;
use atalaya_model::credential_set::{CredentialSet, CredentialSetId};
use atalaya_model::device_event::{DeviceEvent, Notice};
use atalaya_model::discovery::{Found, Presence, ScanRequest};
use atalaya_model::doctor::{Neighbour, Onvif, Port, PortState, Route, Speech, Via};
use atalaya_model::export::{ExportReport, ExportRequest, Progress};
use atalaya_model::focus::FocusMove;
use atalaya_model::fragment::Fragment;
use atalaya_model::imaging::{Imaging, ImagingChange};
use atalaya_model::inventory::KnownDevice;
use atalaya_model::live::{Grid, View};
use atalaya_model::machine::Load;
use atalaya_model::media::{
    AudioCodec, AudioFormat, AudioUnit, ColorSpace, MediaUnit, Picture, VideoCodec, VideoFormat, VideoUnit,
};
use atalaya_model::motion::{CELLS, COLUMNS, LumaSample, MotionEvent, MotionSettings};
use atalaya_model::ports::*;
use atalaya_model::ptz::{PtzGoal, PtzMove, PtzPreset};
use atalaya_model::recording::*;
use atalaya_model::saved_view::{SavedView, SavedViewId};
use atalaya_model::secret::{Credentials, Secret};
use atalaya_model::storage::{Place, VolumeId, VolumeStatus, taking_over};
use atalaya_model::time::{MonoTime, TimeRange, WallTime};
use atalaya_model::tour::{Tour, TourId};
use atalaya_model::zone::{self, Date};
use atalaya_model::{Error, Kind, Result};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use std::any::Any;
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::Instant;

/// 2026-11-21T10:00:00Z.
pub(super) const START: WallTime = WallTime(1_795_255_200_000_000);

pub(super) struct VirtualClock {
    start: Instant,
    step_us: AtomicI64,
    slept_us: AtomicU64,
}

impl VirtualClock {
    pub(super) fn step(&self, by: Duration) {
        self.step_by_us(by.as_micros() as i64);
    }

    /// The same in either direction.
    pub(super) fn step_by_us(&self, by: i64) {
        self.step_us.fetch_add(by, Ordering::Relaxed);
    }

    /// The computer sleeps for so long, and monotonic time stands still.
    pub(super) fn doze(&self, by: Duration) {
        self.step(by);
        self.slept_us.fetch_add(by.as_micros() as u64, Ordering::Relaxed);
    }
}

impl Clock for VirtualClock {
    fn wall(&self) -> WallTime {
        (START + self.start.elapsed()).plus_micros(self.step_us.load(Ordering::Relaxed))
    }
    fn mono(&self) -> MonoTime {
        MonoTime(self.start.elapsed().as_micros() as u64)
    }
    fn slept(&self) -> Option<Duration> {
        Some(Duration::from_micros(self.slept_us.load(Ordering::Relaxed)))
    }
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// What a camera does when it is called.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Behaviour {
    /// Sends 15 pictures a second, a key picture every two seconds.
    Plays,
    /// Plays for so long, then breaks off.
    PlaysFor(Duration),
    Refuses,
    WrongPassword,
    Panics,
}

/// Media time of the n-th picture, in 90 kHz ticks.
pub(super) type MediaTime = fn(i64) -> i64;

#[derive(Default)]
pub(super) struct World {
    pub(super) cameras: Mutex<HashMap<CameraId, Camera>>,
    pub(super) sealed: Mutex<HashMap<CameraId, String>>,
    pub(super) settings: Mutex<HashMap<String, String>>,
    behaviour: Mutex<HashMap<CameraId, Behaviour>>,
    /// Which streams of all cameras have sound.
    pub(super) audible: Mutex<Vec<Role>>,
    /// Every call of a camera: when, which, which stream.
    pub(super) calls: Mutex<Vec<(MonoTime, CameraId, Role)>>,
    /// What the computer's clock is off when the engine starts, in microseconds.
    boot_us: i64,
    /// Media time of the n-th picture in 90 kHz ticks, where it is not that of 15 a second.
    pub(super) media_time: Mutex<Option<MediaTime>>,
    pub(super) segments: Mutex<Vec<Segment>>,
    pub(super) gaps: Mutex<Vec<Gap>>,
    /// What the retention rules see and do.
    pub(super) keeping: super::retention::Keeping,
    /// How long the disk takes for a fragment, in milliseconds.
    pub(super) disk_ms: AtomicU64,
    pub(super) disk_error: Mutex<Option<Kind>>,
    /// How many storage directories there are besides the one that `disk_ms` and `disk_error` are about.
    pub(super) more_volumes: AtomicU64,
    /// What the next scans find.
    pub(super) scans: Mutex<VecDeque<Vec<Found>>>,
    /// What is heard; taken by the first who listens.
    pub(super) presence: Mutex<Option<UnboundedReceiver<Presence>>>,
    pub(super) inventory: Mutex<Vec<KnownDevice>>,
    pub(super) sets: Mutex<Vec<CredentialSet>>,
    views: Mutex<Vec<SavedView>>,
    tours: Mutex<Vec<Tour>>,
    /// What devices at these hosts say of themselves without a login; the others do not answer.
    pub(super) identities: Mutex<HashMap<String, DeviceIdentity>>,
    /// Which logins went to which hosts over ONVIF.
    pub(super) asked: Mutex<Vec<(String, Option<Credentials>)>>,
    /// What devices say to whoever logs in: their serial number.
    pub(super) serial: Mutex<String>,
    /// Every call of a drive: when, and what.
    pub(super) drives: Mutex<Vec<(MonoTime, String)>>,
    /// How long a drive takes to answer, in milliseconds.
    pub(super) drive_ms: AtomicU64,
    /// When cameras' events were subscribed to.
    pub(super) subscriptions: Mutex<Vec<MonoTime>>,
    /// How a subscription ends; none lets it last.
    pub(super) events_fail: Mutex<Option<Kind>>,
    pictures: Mutex<HashMap<String, Bytes>>,
    /// Use of the computer's processor, in percent.
    pub(super) processor: AtomicU64,
    /// Motion settings of cameras that have their own.
    pub(super) motion_settings: Mutex<HashMap<CameraId, MotionSettings>>,
    /// Every motion event as it was noted, in that order.
    pub(super) motion_events: Mutex<Vec<MotionEvent>>,
    /// What eyes show: the column at which a bright object stands, none without one.
    pub(super) object: Mutex<Option<usize>>,
    /// How often the computer is kept awake now.
    pub(super) awake: Arc<AtomicU64>,
    /// The system does not stay awake.
    pub(super) falls_asleep: AtomicBool,
    /// The composition takes every second picture only.
    pub(super) decodes_half: AtomicBool,
}

pub(super) struct Bench {
    pub(super) world: Arc<World>,
    pub(super) clock: Arc<VirtualClock>,
    pub(super) engine: Engine,
}

pub(super) fn camera(n: u128, mode: RecordMode) -> Camera {
    let stream = |role: Role| StreamConfig {
        role,
        url: StreamUrl::parse(&format!("rtsp://192.0.2.{n}/{}", role.code())).unwrap(),
        transport: Transport::Tcp,
        poll: None,
        found: None,
    };
    Camera {
        id: CameraId(uuid::Uuid::from_u128(n)),
        name: format!("camera {n}"),
        host: format!("192.0.2.{n}"),
        onvif_url: None,
        snapshot_url: None,
        device_identity: None,
        endpoint: None,
        streams: vec![stream(Role::Main), stream(Role::Sub)],
        record: RecordPolicy { mode, ..RecordPolicy::default() },
        schedule: None,
        enabled: true,
        group: None,
        credential_set: None,
        allow_basic: false,
        tls_fingerprint: None,
        simulated: false,
        created_at: START,
    }
}

impl Bench {
    pub(super) async fn start(cameras: Vec<Camera>, behaviour: Behaviour) -> Self {
        Self::start_in(World::default(), cameras, behaviour).await
    }

    pub(super) async fn start_in(world: World, cameras: Vec<Camera>, behaviour: Behaviour) -> Self {
        let world = Arc::new(world);
        for camera in cameras {
            world.behave(camera.id, behaviour);
            world.sealed.lock().unwrap().insert(camera.id, "sealed".to_owned());
            world.cameras.lock().unwrap().insert(camera.id, camera);
        }
        let clock = Arc::new(VirtualClock {
            start: Instant::now(),
            step_us: AtomicI64::new(world.boot_us),
            slept_us: AtomicU64::new(0),
        });
        let hands = Hands { world: world.clone(), clock: clock.clone() };
        let ports = Ports {
            clock: clock.clone(),
            cameras: Arc::new(hands.clone()),
            credential_sets: Arc::new(hands.clone()),
            saved_views: Arc::new(hands.clone()),
            secrets: Arc::new(hands.clone()),
            discovery: Arc::new(hands.clone()),
            inventory: Arc::new(hands.clone()),
            onvif: Arc::new(hands.clone()),
            ptz: Arc::new(hands.clone()),
            device_settings: Arc::new(hands.clone()),
            device_events: Arc::new(hands.clone()),
            preset_pictures: Arc::new(hands.clone()),
            hosts: Arc::new(hands.clone()),
            streams: Arc::new(hands.clone()),
            archive: Arc::new(hands.clone()),
            retention: Arc::new(hands.clone()),
            stills: Arc::new(hands.clone()),
            compositor: Arc::new(hands.clone()),
            eyes: Arc::new(hands.clone()),
            motion: Arc::new(hands.clone()),
            machine: Arc::new(hands.clone()),
            zones: Arc::new(hands.clone()),
            sleep: Arc::new(hands),
        };
        let engine =
            Engine::start(ports, EngineOptions { record: true, ..EngineOptions::default() }).await.unwrap();
        Self { world, clock, engine }
    }

    pub(super) async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

impl World {
    /// One whose computer's clock is off by so many microseconds when the engine starts.
    pub(super) fn booted_at(boot_us: i64) -> Self {
        Self { boot_us, ..Self::default() }
    }

    pub(super) fn behave(&self, camera: CameraId, behaviour: Behaviour) {
        self.behaviour.lock().unwrap().insert(camera, behaviour);
    }

    pub(super) fn calls_of(&self, camera: CameraId) -> usize {
        self.calls.lock().unwrap().iter().filter(|call| call.1 == camera).count()
    }

    /// The same of its main stream alone: who watches for motion calls the other one.
    pub(super) fn main_calls_of(&self, camera: CameraId) -> usize {
        let calls = self.calls.lock().unwrap();
        calls.iter().filter(|call| call.1 == camera && call.2 == Role::Main).count()
    }

    /// The camera's gaps as offsets from the start, in milliseconds.
    pub(super) fn gaps_of(&self, camera: CameraId) -> Vec<(i64, Option<i64>, GapCause)> {
        let offset = |time: WallTime| time.micros_since(START) / 1000;
        let gaps = self.gaps.lock().unwrap();
        gaps.iter()
            .filter(|g| g.camera == camera)
            .map(|g| (offset(g.start), g.end.map(offset), g.cause))
            .collect()
    }

    /// Lengths of the camera's closed files, in milliseconds.
    pub(super) fn files_of(&self, camera: CameraId) -> Vec<u128> {
        let segments = self.segments.lock().unwrap();
        segments.iter().filter(|s| s.camera == camera).map(|s| s.range.duration().as_millis()).collect()
    }
}

/// All ports in one: hands that reach into the world.
#[derive(Clone)]
pub(super) struct Hands {
    pub(super) world: Arc<World>,
    pub(super) clock: Arc<VirtualClock>,
}

impl CameraStore for Hands {
    fn list(&self) -> BoxFuture<'_, Result<Vec<Camera>>> {
        Box::pin(async {
            let mut all: Vec<Camera> = self.world.cameras.lock().unwrap().values().cloned().collect();
            all.sort_by(|one, other| one.name.cmp(&other.name));
            Ok(all)
        })
    }
    fn insert<'a>(&'a self, camera: &'a Camera, sealed: Option<&'a str>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.world.cameras.lock().unwrap().insert(camera.id, camera.clone());
            self.set_sealed_credentials(camera.id, sealed).await
        })
    }
    fn update<'a>(&'a self, camera: &'a Camera) -> BoxFuture<'a, Result<()>> {
        Box::pin(async {
            self.world.cameras.lock().unwrap().insert(camera.id, camera.clone());
            Ok(())
        })
    }
    fn update_with_login<'a>(&'a self, camera: &'a Camera, sealed: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.world.sealed.lock().unwrap().insert(camera.id, sealed.to_owned());
            CameraStore::update(self, camera).await
        })
    }
    fn remove(&self, id: CameraId) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            self.world.cameras.lock().unwrap().remove(&id);
            Ok(())
        })
    }
    fn sealed_credentials(&self, id: CameraId) -> BoxFuture<'_, Result<Option<String>>> {
        Box::pin(async move { Ok(self.world.sealed.lock().unwrap().get(&id).cloned()) })
    }
    fn set_sealed_credentials<'a>(
        &'a self,
        id: CameraId,
        sealed: Option<&'a str>,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            match sealed {
                Some(sealed) => self.world.sealed.lock().unwrap().insert(id, sealed.to_owned()),
                None => self.world.sealed.lock().unwrap().remove(&id),
            };
            Ok(())
        })
    }
    fn reseal_credentials<'a>(&'a self, reseal: &'a Reseal<'a>) -> BoxFuture<'a, Result<u32>> {
        Box::pin(async move {
            let mut sealed = self.world.sealed.lock().unwrap();
            let resealed: Result<Vec<_>> =
                sealed.iter().map(|(id, sealed)| Ok((*id, reseal(sealed)?))).collect();
            sealed.extend(resealed?);
            Ok(sealed.len() as u32)
        })
    }
    fn sealed_sample(&self) -> BoxFuture<'_, Result<Vec<String>>> {
        Box::pin(async { Ok(self.world.sealed.lock().unwrap().values().cloned().collect()) })
    }
    fn setting<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<String>>> {
        Box::pin(async move { Ok(self.world.settings.lock().unwrap().get(key).cloned()) })
    }
    fn set_setting<'a>(&'a self, key: &'a str, value: Option<&'a str>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut settings = self.world.settings.lock().unwrap();
            match value {
                Some(value) => settings.insert(key.to_owned(), value.to_owned()),
                None => settings.remove(key),
            };
            Ok(())
        })
    }
}

impl CredentialSetStore for Hands {
    fn list(&self) -> BoxFuture<'_, Result<Vec<CredentialSet>>> {
        Box::pin(async { Ok(self.world.sets.lock().unwrap().clone()) })
    }
    fn insert<'a>(&'a self, set: &'a CredentialSet) -> BoxFuture<'a, Result<()>> {
        Box::pin(async {
            self.world.sets.lock().unwrap().push(set.clone());
            Ok(())
        })
    }
    fn change<'a>(
        &'a self,
        set: &'a CredentialSet,
        copies: &'a [(CameraId, String)],
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async {
            self.world.sets.lock().unwrap().iter_mut().filter(|it| it.id == set.id).for_each(|it| {
                it.clone_from(set);
            });
            self.world.sealed.lock().unwrap().extend(copies.iter().cloned());
            Ok(())
        })
    }
    fn remove(&self, id: CredentialSetId) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            self.world.sets.lock().unwrap().retain(|set| set.id != id);
            for camera in self.world.cameras.lock().unwrap().values_mut() {
                camera.credential_set = camera.credential_set.filter(|set| *set != id);
            }
            Ok(())
        })
    }
}

impl SavedViewStore for Hands {
    fn views(&self) -> BoxFuture<'_, Result<Vec<SavedView>>> {
        Box::pin(async { Ok(self.world.views.lock().unwrap().clone()) })
    }
    fn keep_view<'a>(&'a self, view: &'a SavedView) -> BoxFuture<'a, Result<()>> {
        Box::pin(async {
            kept(&mut self.world.views.lock().unwrap(), view, |one| (one.id, one.name.as_str()))
        })
    }
    fn remove_view(&self, id: SavedViewId) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move { gone(&mut self.world.views.lock().unwrap(), |view| view.id == id) })
    }
    fn order_views<'a>(&'a self, ids: &'a [SavedViewId]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async {
            let place = |view: &SavedView| ids.iter().position(|id| *id == view.id).unwrap_or(ids.len());
            self.world.views.lock().unwrap().sort_by_key(place);
            Ok(())
        })
    }
    fn tours(&self) -> BoxFuture<'_, Result<Vec<Tour>>> {
        Box::pin(async { Ok(self.world.tours.lock().unwrap().clone()) })
    }
    fn keep_tour<'a>(&'a self, tour: &'a Tour) -> BoxFuture<'a, Result<()>> {
        Box::pin(async {
            kept(&mut self.world.tours.lock().unwrap(), tour, |one| (one.id, one.name.as_str()))
        })
    }
    fn remove_tour(&self, id: TourId) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move { gone(&mut self.world.tours.lock().unwrap(), |tour| tour.id == id) })
    }
}

/// Keeps an item in the place of the one with its identity, else as the last; no two have one name.
fn kept<T: Clone, I: PartialEq>(all: &mut Vec<T>, item: &T, key: impl Fn(&T) -> (I, &str)) -> Result<()> {
    let (id, name) = key(item);
    if all.iter().any(|one| key(one).1 == name && key(one).0 != id) {
        return Err(Error::new(Kind::Conflict, "the name is taken"));
    }
    match all.iter().position(|one| key(one).0 == id) {
        Some(place) => all[place] = item.clone(),
        None => all.push(item.clone()),
    }
    Ok(())
}

fn gone<T>(all: &mut Vec<T>, is: impl Fn(&T) -> bool) -> Result<()> {
    let place = all.iter().position(is).ok_or_else(|| Error::new(Kind::NotFound, "no such item"))?;
    all.remove(place);
    Ok(())
}

/// What stands for a sealed text: owner, place, user and password. The cameras that a test begins with have `sealed`.
fn sealed_for(owner: impl std::fmt::Display, place: &str, login: &Credentials) -> String {
    format!("{owner}|{place}|{}|{}", login.user, login.password.expose())
}

fn opened(owner: impl std::fmt::Display, place: &str, sealed: &str) -> Result<Credentials> {
    let rest = sealed.strip_prefix(&format!("{owner}|{place}|"));
    let login = rest.and_then(|rest| rest.split_once('|')).map(|(user, word)| Credentials::new(user, word));
    login.ok_or_else(|| Error::new(Kind::Refused, "the stored login belongs to somebody else"))
}

impl SecretBox for Hands {
    fn seal(&self, camera: CameraId, host: &str, login: &Credentials) -> Result<String> {
        Ok(sealed_for(camera, host, login))
    }
    fn open(&self, camera: CameraId, host: &str, sealed: &str) -> Result<Credentials> {
        if sealed == "sealed" {
            return Ok(Credentials::new("admin", "secret"));
        }
        opened(camera, host, sealed)
    }
    fn seal_set(&self, set: CredentialSetId, name: &str, login: &Credentials) -> Result<String> {
        Ok(sealed_for(set, name, login))
    }
    fn open_set(&self, set: CredentialSetId, name: &str, sealed: &str) -> Result<Credentials> {
        opened(set, name, sealed)
    }
    fn status(&self) -> KeyStatus {
        KeyStatus { place: "file", location: "memory".to_owned(), fingerprint: "00000000".to_owned() }
    }
    fn rotate(&self) -> BoxFuture<'_, Result<Box<dyn KeyRotation>>> {
        Box::pin(async { Err(Error::new(Kind::Unsupported, "not in this test")) })
    }
    fn seal_under(&self, passphrase: Secret, text: Secret) -> BoxFuture<'_, Result<String>> {
        // Turned round, so that what is done to the readable part of a file is not done to this.
        let text: String = text.expose().chars().rev().collect();
        Box::pin(async move { Ok(format!("{}$$$$$${text}", passphrase.expose())) })
    }
    fn open_under(&self, passphrase: Secret, sealed: String) -> BoxFuture<'_, Result<Secret>> {
        Box::pin(async move {
            let (sealed_under, text) = sealed.split_once("$$$$$$").unwrap();
            if sealed_under == passphrase.expose() {
                return Ok(Secret::new(text.chars().rev().collect()));
            }
            Err(Error::new(Kind::Refused, "the passphrase is wrong"))
        })
    }
}

impl Discovery for Hands {
    fn scan(&self, _: ScanRequest) -> BoxStream<Result<Found>> {
        let found = self.world.scans.lock().unwrap().pop_front().unwrap_or_default();
        Box::pin(stream::iter(found.into_iter().map(Ok)))
    }
    fn presence(&self) -> BoxStream<Result<Presence>> {
        match self.world.presence.lock().unwrap().take() {
            Some(heard) => Box::pin(stream::unfold(heard, |mut heard| async move {
                heard.recv().await.map(|presence| (Ok(presence), heard))
            })),
            None => Box::pin(stream::pending()),
        }
    }
}

impl Inventory for Hands {
    fn list(&self) -> BoxFuture<'_, Result<Vec<KnownDevice>>> {
        Box::pin(async { Ok(self.world.inventory.lock().unwrap().clone()) })
    }
    fn replace<'a>(&'a self, devices: &'a [KnownDevice]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async {
            *self.world.inventory.lock().unwrap() = devices.to_vec();
            Ok(())
        })
    }
}

impl OnvifDevice for Hands {
    fn read<'a>(
        &'a self,
        url: &'a StreamUrl,
        login: Option<&'a Credentials>,
        _: Option<CertificateFingerprint>,
    ) -> BoxFuture<'a, Result<DeviceFacts>> {
        self.world.asked.lock().unwrap().push((url.host().to_owned(), login.cloned()));
        Box::pin(async {
            if !self.world.identities.lock().unwrap().contains_key(url.host()) {
                return Err(Error::new(Kind::Unreachable, "no ONVIF here"));
            }
            Ok(DeviceFacts { serial: self.world.serial.lock().unwrap().clone(), ..DeviceFacts::default() })
        })
    }
    fn identity<'a>(&'a self, url: &'a StreamUrl) -> BoxFuture<'a, Result<DeviceIdentity>> {
        let told = self.world.identities.lock().unwrap().get(url.host()).cloned();
        Box::pin(async { told.ok_or_else(|| Error::new(Kind::Unreachable, "no ONVIF here")) })
    }
    fn locate<'a>(&'a self, _: &'a str, _: Option<u16>) -> BoxFuture<'a, Result<StreamUrl>> {
        Box::pin(async { Err(Error::new(Kind::Unreachable, "no ONVIF here")) })
    }
    fn snapshot<'a>(
        &'a self,
        _: &'a StreamUrl,
        _: Option<&'a Credentials>,
        _: Option<CertificateFingerprint>,
    ) -> BoxFuture<'a, Result<Bytes>> {
        Box::pin(async { Err(Error::new(Kind::Unreachable, "no ONVIF here")) })
    }
}

impl DeviceSettings for Hands {
    fn focus<'a>(&'a self, _: &'a OnvifTarget, movement: FocusMove) -> BoxFuture<'a, Result<()>> {
        self.world.drove(self.clock.mono(), format!("{movement:?}"))
    }
    fn stop_focus<'a>(&'a self, _: &'a OnvifTarget) -> BoxFuture<'a, Result<()>> {
        self.world.drove(self.clock.mono(), "stop focus")
    }
    fn set_imaging<'a>(
        &'a self,
        _: &'a OnvifTarget,
        change: ImagingChange,
    ) -> BoxFuture<'a, Result<Imaging>> {
        Box::pin(async move {
            self.world.drove(self.clock.mono(), format!("{change:?}")).await?;
            Ok(Imaging { auto_focus: change.auto_focus, ..Imaging::default() })
        })
    }
}

impl World {
    /// Notes a call of a camera's drive.
    fn drove(&self, at: MonoTime, what: impl Into<String>) -> BoxFuture<'_, Result<()>> {
        self.drives.lock().unwrap().push((at, what.into()));
        let answer_ms = self.drive_ms.load(Ordering::Relaxed);
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(answer_ms)).await;
            Ok(())
        })
    }
}

impl Ptz for Hands {
    fn drive<'a>(&'a self, _: &'a OnvifTarget, movement: PtzMove) -> BoxFuture<'a, Result<()>> {
        let what = match movement {
            PtzMove::Continuous(speed) => format!("move {:?}", speed.pan_tilt.unwrap_or_default()),
            other => format!("{other:?}"),
        };
        self.world.drove(self.clock.mono(), what)
    }
    fn stop<'a>(&'a self, _: &'a OnvifTarget) -> BoxFuture<'a, Result<()>> {
        self.world.drove(self.clock.mono(), "stop")
    }
    fn go_to<'a>(&'a self, _: &'a OnvifTarget, goal: &'a PtzGoal) -> BoxFuture<'a, Result<()>> {
        self.world.drove(self.clock.mono(), format!("{goal:?}"))
    }
    fn presets<'a>(&'a self, _: &'a OnvifTarget) -> BoxFuture<'a, Result<Vec<PtzPreset>>> {
        let preset =
            |token: &str, name: &str| PtzPreset { token: token.into(), name: name.into(), place: None };
        Box::pin(async move { Ok(vec![preset("1", "gate"), preset("2", "yard"), preset("3", "yard")]) })
    }
    fn set_preset<'a>(&'a self, _: &'a OnvifTarget, _: &'a str) -> BoxFuture<'a, Result<String>> {
        Box::pin(async { Ok("4".to_owned()) })
    }
}

impl DeviceEvents for Hands {
    fn listen<'a>(
        &'a self,
        _: &'a OnvifTarget,
        until: BoxFuture<'a, ()>,
        mut heard: Box<dyn FnMut(DeviceEvent) + Send + 'a>,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.world.subscriptions.lock().unwrap().push(self.clock.mono());
            for active in [true, true, false, true] {
                let (notice, source) = (Notice::Motion, String::new());
                heard(DeviceEvent { notice, source, active, camera_time: None });
            }
            if let Some(kind) = *self.world.events_fail.lock().unwrap() {
                return Err(Error::new(kind, "the events broke off"));
            }
            until.await;
            Ok(())
        })
    }
}

impl PresetPictures for Hands {
    fn load<'a>(&'a self, _: CameraId, token: &'a str) -> BoxFuture<'a, Result<Option<Bytes>>> {
        Box::pin(async move { Ok(self.world.pictures.lock().unwrap().get(token).cloned()) })
    }
    fn keep<'a>(&'a self, _: CameraId, token: &'a str, jpeg: Option<Bytes>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut pictures = self.world.pictures.lock().unwrap();
            match jpeg {
                Some(jpeg) => pictures.insert(token.to_owned(), jpeg),
                None => pictures.remove(token),
            };
            Ok(())
        })
    }
}

impl HostProbe for Hands {
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, Result<IpAddr>> {
        let host = host.parse().map_err(|_| Error::new(Kind::NotFound, "no such name"));
        Box::pin(async { host })
    }
    fn route(&self, _: IpAddr) -> BoxFuture<'_, Result<Route>> {
        let route = Route {
            via: Via::Link,
            interface: Some("lan0".to_owned()),
            source: Some([192, 0, 2, 100].into()),
            networks: vec!["192.0.2.0/24".to_owned()],
        };
        Box::pin(async { Ok(route) })
    }
    fn neighbour(&self, _: IpAddr) -> BoxFuture<'_, Neighbour> {
        Box::pin(async { Neighbour::Unknown })
    }
    fn port(&self, _: IpAddr, number: u16) -> BoxFuture<'_, Port> {
        let rtsp = number == 554;
        Box::pin(async move {
            Port {
                number,
                state: if rtsp { PortState::Open } else { PortState::Refused },
                speech: rtsp.then_some(Speech::Rtsp),
            }
        })
    }
    fn onvif<'a>(&'a self, _: &'a StreamUrl) -> BoxFuture<'a, Onvif> {
        Box::pin(async { Onvif::Absent })
    }
}

fn format() -> Arc<VideoFormat> {
    Arc::new(VideoFormat {
        codec: VideoCodec::H264,
        codec_string: "avc1.42c01e".to_owned(),
        width: 640,
        height: 360,
        coded_width: 640,
        coded_height: 368,
        decoder_config: Bytes::new(),
        sample_entry: Bytes::new(),
        declared_fps_milli: Some(15_000),
    })
}

fn audio_format() -> Arc<AudioFormat> {
    Arc::new(AudioFormat {
        codec: AudioCodec::Pcmu,
        codec_string: "ulaw".to_owned(),
        sample_rate: 9_000,
        channels: 1,
        decoder_config: Bytes::new(),
        sample_entry: Bytes::new(),
    })
}

impl StreamOpener for Hands {
    fn open(&self, request: OpenRequest) -> BoxFuture<'_, Result<OpenStream>> {
        Box::pin(async move {
            self.world.calls.lock().unwrap().push((self.clock.mono(), request.camera, request.role));
            let behaviour = self.world.behaviour.lock().unwrap()[&request.camera];
            let lasts = match behaviour {
                Behaviour::Refuses => return Err(Error::new(Kind::Unreachable, "connection refused")),
                Behaviour::WrongPassword => return Err(Error::new(Kind::Unauthorized, "401")),
                Behaviour::PlaysFor(time) => time,
                Behaviour::Plays | Behaviour::Panics => Duration::MAX,
            };
            let (world, clock, format) = (self.world.clone(), self.clock.clone(), format());
            let started = Instant::now();
            let units = stream::unfold(0_i64, move |n| {
                let (world, clock, format) = (world.clone(), clock.clone(), format.clone());
                async move {
                    let due = Duration::from_micros(n as u64 * 6000 * 100 / 9);
                    tokio::time::sleep_until(started + due).await;
                    let pts_90k = world.media_time.lock().unwrap().map_or(n * 6000, |media| media(n));
                    let broken = started.elapsed() > lasts
                        || world.behaviour.lock().unwrap()[&request.camera] == Behaviour::Refuses;
                    assert!(
                        world.behaviour.lock().unwrap()[&request.camera] != Behaviour::Panics || n < 30,
                        "staged panic"
                    );
                    let unit = if broken {
                        Err(Error::new(Kind::Unreachable, "broken off"))
                    } else {
                        Ok(MediaUnit::Video(VideoUnit {
                            data: Bytes::from_static(&[0; 1000]),
                            pts_90k,
                            key: n % 30 == 0,
                            packets_lost: 0,
                            format,
                            received: clock.mono(),
                            received_wall: clock.wall(),
                            camera_time: None,
                        }))
                    };
                    Some((unit, n + 1))
                }
            });
            let audio = self.world.audible.lock().unwrap().contains(&request.role).then(audio_format);
            let format = audio.clone();
            // With each picture the sound of the time before it.
            let units = units.flat_map(move |unit| {
                let sound = match (&unit, &format) {
                    (Ok(MediaUnit::Video(picture)), Some(format)) => Some(Ok(MediaUnit::Audio(AudioUnit {
                        data: Bytes::from_static(&[0xff; 600]),
                        pts: picture.pts_90k / 10 - 600,
                        offset_micros: 0,
                        format: format.clone(),
                    }))),
                    _ => None,
                };
                stream::iter(std::iter::once(unit).chain(sound))
            });
            let audio_note = audio.is_none().then(|| "left out: G726-32".to_owned());
            Ok(OpenStream { video: None, audio, audio_note, poll: None, units: Box::pin(units) })
        })
    }
}

/// The storage directories, named by their number.
pub(super) fn volume(n: u64) -> Place {
    Place { volume: VolumeId(uuid::Uuid::from_u128(n.into())), root: format!("/disk/{n}").into() }
}

impl Volumes for Hands {
    fn volumes(&self) -> BoxFuture<'_, Result<Vec<VolumeStatus>>> {
        Box::pin(async { Ok(Vec::new()) })
    }
    fn places(&self, _: CameraId) -> BoxFuture<'_, Result<Vec<Place>>> {
        Box::pin(async {
            let list = (0..=self.world.more_volumes.load(Ordering::Relaxed)).map(volume).collect();
            Ok(taking_over(list, volume(0).volume))
        })
    }
    fn add_volume<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<VolumeId>> {
        Box::pin(async { Err(Error::new(Kind::Unsupported, "not faked")) })
    }
    fn remove_volume(&self, _: VolumeId, _: bool) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { Ok(()) })
    }
    fn assign_volume(&self, _: CameraId, _: Option<VolumeId>) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { Ok(()) })
    }
    fn make_default_volume(&self, _: VolumeId) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}

struct MemoryWriter {
    world: Arc<World>,
    segment: Segment,
}

impl SegmentWriter for MemoryWriter {
    fn append(&mut self, fragment: Fragment, start: WallTime) -> BoxFuture<'_, Result<FragmentEntry>> {
        Box::pin(async move {
            if self.segment.place == volume(0) {
                tokio::time::sleep(Duration::from_millis(self.world.disk_ms.load(Ordering::Relaxed))).await;
                if let Some(kind) = *self.world.disk_error.lock().unwrap() {
                    return Err(Error::new(kind, "staged disk error"));
                }
            }
            let first = fragment.video.first().expect("a fragment has pictures").pts_90k;
            let last = fragment.video.last().expect("a fragment has pictures").pts_90k;
            let ticks = fragment.next_pts_90k.unwrap_or(last + 6000) - first;
            let duration_us = (ticks.max(0) * 100 / 9) as u32;
            let bytes = fragment.media_bytes() as u32;
            assert!(
                start >= self.segment.range.end || self.segment.bytes == 0,
                "a fragment goes back in time"
            );
            self.segment.range.end = start + Duration::from_micros(duration_us.into());
            self.segment.bytes += u64::from(bytes);
            Ok(FragmentEntry { offset: 0, bytes, start, duration_us, key: !fragment.continues_gop })
        })
    }
    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<Segment>> {
        Box::pin(async move {
            if self.segment.bytes == 0 {
                return Err(Error::new(Kind::NotFound, "nothing was recorded"));
            }
            self.world.segments.lock().unwrap().push(self.segment.clone());
            Ok(self.segment)
        })
    }
}

impl Archive for Hands {
    fn begin_on(&self, on: VolumeId, header: SegmentHeader) -> BoxFuture<'_, Result<Box<dyn SegmentWriter>>> {
        Box::pin(async move {
            let segment = Segment {
                id: SegmentId(0),
                camera: header.camera,
                role: header.role,
                range: TimeRange { start: header.start, end: header.start },
                bytes: 0,
                codec: header.video.codec.code().to_owned(),
                width: header.video.width,
                height: header.video.height,
                audio: None,
                place: volume(on.0.as_u128() as u64),
                path: String::new(),
                open: false,
            };
            Ok(Box::new(MemoryWriter { world: self.world.clone(), segment }) as Box<dyn SegmentWriter>)
        })
    }
    fn recover(&self) -> BoxFuture<'_, Result<RecoveryReport>> {
        Box::pin(async { Ok(RecoveryReport::default()) })
    }
    fn index_rest(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { Ok(()) })
    }
    fn segments(&self, camera: Option<CameraId>, _: TimeRange) -> BoxFuture<'_, Result<Vec<Segment>>> {
        Box::pin(async move {
            let segments = self.world.segments.lock().unwrap();
            Ok(segments.iter().filter(|s| camera.is_none_or(|id| id == s.camera)).cloned().collect())
        })
    }
    fn segment(&self, _: SegmentId) -> BoxFuture<'_, Result<Segment>> {
        Box::pin(async { Err(Error::new(Kind::NotFound, "no such segment")) })
    }
    fn accounted_until(&self, camera: CameraId) -> BoxFuture<'_, Result<Option<WallTime>>> {
        Box::pin(async move {
            let (segments, gaps) = (self.world.segments.lock().unwrap(), self.world.gaps.lock().unwrap());
            let recorded = segments.iter().filter(|s| s.camera == camera).map(|s| s.range.end);
            let missed = gaps.iter().filter(|gap| gap.camera == camera).filter_map(|gap| gap.end);
            Ok(recorded.chain(missed).max())
        })
    }
    fn open_gap(&self, gap: Gap) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            self.world.gaps.lock().unwrap().push(gap);
            Ok(())
        })
    }
    fn close_gap(&self, camera: CameraId, end: WallTime) -> BoxFuture<'_, Result<Option<Gap>>> {
        Box::pin(async move {
            let mut gaps = self.world.gaps.lock().unwrap();
            let gap = gaps.iter_mut().find(|gap| gap.camera == camera && gap.end.is_none());
            Ok(gap.map(|gap| {
                gap.end = Some(end);
                *gap
            }))
        })
    }
    fn recorded<'a>(
        &'a self,
        camera: CameraId,
        ranges: &'a [TimeRange],
    ) -> BoxFuture<'a, Result<Vec<Duration>>> {
        Box::pin(async move {
            let segments = self.world.segments.lock().unwrap();
            let inside = |range: &TimeRange| {
                let own = segments.iter().filter(|segment| segment.camera == camera);
                own.filter_map(|segment| segment.range.intersect(*range))
                    .map(TimeRange::duration)
                    .sum::<Duration>()
            };
            Ok(ranges.iter().map(inside).collect())
        })
    }
    fn gaps(&self, camera: CameraId, _: TimeRange) -> BoxFuture<'_, Result<Vec<Gap>>> {
        Box::pin(async move {
            Ok(self.world.gaps.lock().unwrap().iter().filter(|gap| gap.camera == camera).copied().collect())
        })
    }
    fn delete<'a>(&'a self, _: &'a [SegmentId]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }
    fn fsck(&self, _: bool, _: bool) -> BoxFuture<'_, Result<FsckReport>> {
        Box::pin(async { Ok(FsckReport::default()) })
    }
    fn export(
        &self,
        _: ExportRequest,
        _: Box<dyn FnMut(Progress) -> bool + Send>,
    ) -> BoxFuture<'_, Result<ExportReport>> {
        Box::pin(async { Err(Error::new(Kind::NotFound, "nothing recorded")) })
    }
    fn playback(&self, _: SegmentId) -> BoxFuture<'_, Result<Playback>> {
        Box::pin(async { Err(Error::new(Kind::NotFound, "nothing recorded")) })
    }
    fn playback_fragment(&self, _: SegmentId, _: usize) -> BoxFuture<'_, Result<Bytes>> {
        Box::pin(async { Err(Error::new(Kind::NotFound, "nothing recorded")) })
    }
    fn storage(&self) -> BoxFuture<'_, Result<Storage>> {
        Box::pin(async { Ok(Storage { used_bytes: 0, free_bytes: 1 << 40 }) })
    }
}

impl StillCamera for Hands {
    fn decode(&self, _: VideoUnit) -> BoxFuture<'_, Result<Picture>> {
        Box::pin(async {
            Ok(Picture {
                width: 2,
                height: 2,
                i420: Bytes::from_static(&[0; 6]),
                color: ColorSpace::default(),
            })
        })
    }
    fn encode_jpeg(&self, _: Picture) -> BoxFuture<'_, Result<Bytes>> {
        Box::pin(async { Ok(Bytes::from_static(&[0xff, 0xd8])) })
    }
    fn save<'a>(&'a self, _: &'a str, _: Bytes, _: bool) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}

/// The zone of Madrid in 2026, whatever its name.
impl Zones for Hands {
    fn here(&self) -> String {
        "Europe/Madrid".to_owned()
    }
    fn begins(&self, _: &str, date: Date) -> Result<WallTime> {
        let date = date.to_string();
        let summer = date.as_str() > "2026-03-29" && date.as_str() <= "2026-10-25";
        WallTime::parse(&format!("{date}T00:00:00+0{}:00", if summer { 2 } else { 1 }))
    }
    fn date(&self, _: &str, at: WallTime) -> Result<Date> {
        let utc = at.to_rfc3339();
        let summer = utc.as_str() > "2026-03-29T01" && utc.as_str() < "2026-10-25T01";
        let there = at + Duration::from_hours(if summer { 2 } else { 1 });
        zone::date(&there.to_rfc3339()[..10])
    }
    fn shows(&self, _: &str, at: WallTime) -> Result<String> {
        Ok(format!("local {at}"))
    }
}

/// Keeps the fake computer awake.
struct Held(Arc<AtomicU64>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl SleepBlock for Hands {
    fn hold<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Box<dyn Any + Send + Sync>>> {
        Box::pin(async {
            if self.world.falls_asleep.load(Ordering::Relaxed) {
                return Err(Error::new(Kind::Refused, "not allowed"));
            }
            let awake = self.world.awake.clone();
            awake.fetch_add(1, Ordering::Relaxed);
            let held: Box<dyn Any + Send + Sync> = Box::new(Held(awake));
            Ok(held)
        })
    }
}

impl MachineLoad for Hands {
    fn read(&self) -> BoxFuture<'_, Result<Load>> {
        let processor = self.world.processor.load(Ordering::Relaxed) as f64 / 100.0;
        Box::pin(async move {
            Ok(Load {
                processor,
                processor_own: processor / 2.0,
                cores: 4,
                memory_total: 8 << 30,
                memory_available: 4 << 30,
                memory_own: 1 << 30,
            })
        })
    }
}

impl Compositor for Hands {
    fn start(&self) -> Box<dyn Composition> {
        Box::new(CountingComposition { fed: 0, asked: 0, hands: self.clone() })
    }
}

/// An eye that looks at every third picture, in which an object stands eight cells wide and high.
impl MotionEye for Hands {
    fn open(&self) -> OpenEye {
        let (looks, seen) = tokio::sync::mpsc::unbounded_channel::<LumaSample>();
        let seen = stream::unfold(seen, |mut seen| async move { seen.recv().await.map(|look| (look, seen)) });
        OpenEye { feed: Box::new(Eye { fed: 0, looks, world: self.world.clone() }), looks: Box::pin(seen) }
    }
}

struct Eye {
    fed: u32,
    looks: tokio::sync::mpsc::UnboundedSender<LumaSample>,
    world: Arc<World>,
}

impl EyeFeed for Eye {
    fn feed(&mut self, unit: VideoUnit) -> bool {
        self.fed += 1;
        if self.fed.is_multiple_of(3) {
            let mut cells = [90; CELLS];
            if let Some(at) = *self.world.object.lock().unwrap() {
                for row in 10..18 {
                    cells[row * COLUMNS + at..][..8].fill(220);
                }
            }
            let _ = self.looks.send(LumaSample { at: unit.received, cells });
        }
        true
    }
}

impl MotionStore for Hands {
    fn settings(&self, camera: CameraId) -> BoxFuture<'_, Result<MotionSettings>> {
        let settings = self.world.motion_settings.lock().unwrap().get(&camera).cloned();
        Box::pin(async move { Ok(settings.unwrap_or_default()) })
    }
    fn set_settings<'a>(
        &'a self,
        camera: CameraId,
        settings: &'a MotionSettings,
    ) -> BoxFuture<'a, Result<()>> {
        self.world.motion_settings.lock().unwrap().insert(camera, settings.clone());
        Box::pin(async { Ok(()) })
    }
    fn note<'a>(&'a self, events: &'a [MotionEvent]) -> BoxFuture<'a, Result<()>> {
        self.world.motion_events.lock().unwrap().extend(events);
        Box::pin(async { Ok(()) })
    }
    fn events(&self, camera: CameraId, _: TimeRange) -> BoxFuture<'_, Result<Vec<MotionEvent>>> {
        let events = self.world.motion_events.lock().unwrap();
        let events = events.iter().filter(|event| event.camera == camera).copied().collect();
        Box::pin(async move { Ok(events) })
    }
    fn settle(&self, _: WallTime) -> BoxFuture<'_, Result<u64>> {
        Box::pin(async { Ok(0) })
    }
}

struct CountingComposition {
    fed: u32,
    asked: u32,
    hands: Hands,
}

impl Composition for CountingComposition {
    fn set_grid(&mut self, _: &Grid) {}
    fn set_view(&mut self, _: usize, _: View) {}
    fn feed(&mut self, _: usize, _: VideoUnit) -> bool {
        self.asked += 1;
        let taken = self.asked % 2 == 1 || !self.hands.world.decodes_half.load(Ordering::Relaxed);
        self.fed += u32::from(taken);
        taken
    }
    fn compose(&mut self) -> Option<ComposedGrid> {
        let fed = std::mem::take(&mut self.fed);
        (fed > 0).then(|| ComposedGrid {
            picture: Picture {
                width: 2,
                height: 2,
                i420: Bytes::from_static(&[0; 6]),
                color: ColorSpace::default(),
            },
            decoded: vec![fed],
            received: vec![self.hands.clock.mono()],
        })
    }
}

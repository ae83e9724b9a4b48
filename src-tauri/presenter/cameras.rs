//! Adding, changing, testing and removing cameras.

use crate::engine::Inner;
use crate::pause;
use crate::stream_test::{self, Subject, Tested};
use crate::vm::camera::{AddCamera, CameraVm, EditCamera, StreamTestVm, StreamVm};
use crate::vm::error::UserError;
use crate::vm::event::EventVm;
use crate::vm::recording::RecordVm;
use crate::{Result, vm};
use atalaya_model::address::StreamUrl;
use atalaya_model::camera::{
    Camera, CameraId, PollInterval, RecordMode, RecordPolicy, Role, StreamConfig, Transport, validate_name,
};
use atalaya_model::certificate::CertificateFingerprint;
use atalaya_model::credential_set::CredentialSetId;
use atalaya_model::group::GroupPath;
use atalaya_model::ports::DeviceFacts;
use atalaya_model::schedule::WeeklySchedule;
use atalaya_model::secret::Credentials;
use atalaya_model::text::excerpt;
use atalaya_model::{Error, Kind};
use std::str::FromStr;
use std::sync::Arc;

/// The manufacturer that simulated cameras name, by which they are labelled wherever they are shown.
const SIMULATED_MODEL: &str = "Simulated camera";

/// Adds, changes, tests and removes cameras.
pub struct Cameras {
    pub(crate) engine: Arc<Inner>,
}

/// What a camera to add gets beside what is found out about it.
#[derive(Default)]
pub(crate) struct Terms {
    /// The login to try and to keep.
    pub(crate) login: Option<Credentials>,
    /// The credential set that it is of.
    pub(crate) credential_set: Option<CredentialSetId>,
    pub(crate) record: RecordPolicy,
    pub(crate) schedule: Option<Box<WeeklySchedule>>,
    pub(crate) group: Option<GroupPath>,
}

/// What was found out about a camera to add.
struct Found {
    host: String,
    onvif_url: Option<StreamUrl>,
    endpoint: Option<String>,
    facts: DeviceFacts,
    main: StreamUrl,
    sub: Option<StreamUrl>,
}

impl Cameras {
    pub(crate) fn new(engine: Arc<Inner>) -> Self {
        Self { engine }
    }

    /// All cameras, by name.
    pub async fn list(&self) -> Result<Vec<CameraVm>> {
        Ok(self.engine.ports.cameras.list().await?.iter().map(CameraVm::from).collect())
    }

    /// The cameras of a group, or of a site with all its groups, by name.
    pub async fn list_in(&self, group: &str) -> Result<Vec<CameraVm>> {
        let wanted: GroupPath = group.parse()?;
        let cameras = self.engine.ports.cameras.list().await?;
        let within = |camera: &&Camera| camera.group.as_ref().is_some_and(|group| wanted.holds(group));
        Ok(cameras.iter().filter(within).map(CameraVm::from).collect())
    }

    /// The camera with this id or unique name.
    pub async fn get(&self, camera: &str) -> Result<CameraVm> {
        Ok(CameraVm::from(&self.engine.find_camera(camera).await?))
    }

    /// Finds out what the camera is, tests each stream, and stores it with its credentials sealed.
    pub async fn add(&self, add: AddCamera) -> Result<CameraVm> {
        let (credential_set, login) = {
            let _turn = self.engine.vault.read().await;
            let typed = login(add.user.clone(), add.password.clone())?;
            self.engine.choose_login(typed, add.credentials.as_deref()).await?
        };
        let mode = if add.record { RecordMode::Continuous } else { RecordMode::Off };
        let terms = Terms {
            login,
            credential_set,
            record: RecordPolicy { mode, ..RecordPolicy::default() },
            schedule: None,
            group: add.group.as_deref().map(group).transpose()?.flatten(),
        };
        self.add_on(add, terms).await
    }

    /// The same with a login that is known, and with more settings than a new camera has.
    pub(crate) async fn add_on(&self, add: AddCamera, terms: Terms) -> Result<CameraVm> {
        let id = CameraId(uuid::Uuid::new_v4());
        let transport: Transport = add.transport.as_deref().map_or(Ok(Transport::default()), str::parse)?;
        let tls: Option<CertificateFingerprint> =
            add.tls_fingerprint.as_deref().map(str::parse).transpose()?;
        let (found, pasted) = match (&add.url, &add.host) {
            (Some(url), _) => by_url(url, add.sub_url.as_deref())?,
            (None, Some(host)) => {
                (self.by_onvif(host, add.onvif_port, terms.login.as_ref(), tls).await?, None)
            }
            (None, None) => {
                return Err(Error::new(
                    Kind::InvalidInput,
                    "a camera is added by its host or its stream's URL",
                )
                .into());
            }
        };
        let mut credentials = terms.login.or(pasted);
        let kind = add.http_kind.as_deref().map(str::parse::<HttpKind>).transpose()?;
        let poll = add.snapshot_every_ms.map(PollInterval::from_millis).transpose()?;
        let allow_basic = add.allow_basic.unwrap_or(false);
        let mut streams = Vec::new();
        for (role, url) in [(Role::Main, Some(found.main)), (Role::Sub, found.sub)] {
            let Some(url) = url else { continue };
            let subject = Subject {
                camera: id,
                role,
                url: &url,
                transport,
                poll,
                credentials: credentials.as_ref(),
                allow_basic,
                tls,
            };
            let tested = stream_test::test(&self.engine, subject).await;
            match tested.and_then(|tested| as_expected(kind, &url, tested)) {
                Ok(tested) => streams.push(stream_test::config(role, url, transport, &tested)),
                // Without its sub-stream a camera is still worth having.
                Err(error)
                    if role == Role::Sub
                        && error.kind() != Kind::Unauthorized
                        && !error.kind().is_certificate() =>
                {
                    tracing::warn!(%error, "the sub-stream does not play and is left out");
                }
                Err(error) => return Err(error.into()),
            }
        }
        let suggested = match add.suggested_name.as_deref().map(str::trim) {
            Some(name) if !name.is_empty() => name.to_owned(),
            _ => own_name(&found.facts, &found.host),
        };
        let mut camera = Camera {
            id,
            name: match &add.name {
                Some(name) => name.clone(),
                None => self.free_name(&suggested).await?,
            },
            simulated: found.facts.model == SIMULATED_MODEL,
            device_identity: Some(found.facts.serial.clone()).filter(|serial| !serial.is_empty()),
            endpoint: found.endpoint,
            host: found.host.clone(),
            onvif_url: found.onvif_url,
            snapshot_url: found.facts.snapshot_url.clone(),
            streams,
            record: terms.record,
            schedule: terms.schedule,
            enabled: true,
            group: terms.group,
            credential_set: terms.credential_set,
            allow_basic,
            tls_fingerprint: tls,
            created_at: self.engine.ports.clock.wall(),
        };
        camera.validate()?;
        let _turn = self.engine.vault.read().await;
        if let Some(set) = camera.credential_set {
            // The set may have got another login while the streams were tested.
            credentials = Some(self.engine.open_set(&set.to_string()).await?.1);
        }
        let sealed = credentials
            .map(|credentials| self.engine.ports.secrets.seal(id, &camera.host, &credentials))
            .transpose()?;
        // Cameras added at the same time can choose the same free name: whoever is second chooses again.
        while let Err(error) = self.engine.ports.cameras.insert(&camera, sealed.as_deref()).await {
            let free = self.free_name(&suggested).await?;
            if error.kind() != Kind::Conflict || add.name.is_some() || free == camera.name {
                return Err(error.into());
            }
            camera.name = free;
        }
        self.changed(&camera);
        Ok(CameraVm::from(&camera))
    }

    async fn by_onvif(
        &self,
        host: &str,
        port: Option<u16>,
        credentials: Option<&Credentials>,
        tls: Option<CertificateFingerprint>,
    ) -> atalaya_model::Result<Found> {
        let host = plain_host(host)?;
        let onvif = &self.engine.ports.onvif;
        let device_url = onvif.locate(&host, port).await?;
        let mut facts = onvif.read(&device_url, credentials, tls).await?;
        facts
            .profiles
            .sort_by_key(|profile| std::cmp::Reverse(u64::from(profile.width) * u64::from(profile.height)));
        let mut profiles = facts.profiles.iter();
        let Some(main) = profiles.next() else {
            return Err(Error::new(Kind::Unsupported, "the device has no video profile").with("host", host));
        };
        // Of the other profiles the smallest: it is for tiles. Where a device does not tell sizes, its last.
        let sub = profiles.rfind(|profile| profile.url != main.url).map(|p| p.url.clone());
        let main = main.url.clone();
        // A device that does not tell it cannot be followed to another address; that is all.
        let endpoint = onvif.identity(&device_url).await.ok().and_then(|identity| identity.endpoint);
        Ok(Found { host, onvif_url: Some(device_url), endpoint, facts, main, sub })
    }

    /// This name, or the first of "name 2", "name 3", ... that no camera has.
    async fn free_name(&self, base: &str) -> atalaya_model::Result<String> {
        let base = excerpt(base, 48);
        let taken: Vec<_> =
            self.engine.ports.cameras.list().await?.into_iter().map(|camera| camera.name).collect();
        Ok((1..=u32::MAX)
            .map(|n| if n == 1 { base.clone() } else { format!("{base} {n}") })
            .find(|name| !taken.contains(name))
            .expect("there are fewer cameras than numbers"))
    }

    /// Changes what is kept of a camera.
    pub async fn edit(&self, camera: &str, changes: EditCamera) -> Result<CameraVm> {
        let before = self.engine.find_camera(camera).await?;
        let mut camera = before.clone();
        if let Some(name) = changes.name {
            validate_name(&name)?;
            camera.name = name;
        }
        if let Some(transport) = &changes.transport {
            let transport = transport.parse()?;
            for stream in &mut camera.streams {
                stream.transport = transport;
            }
        }
        camera.allow_basic = changes.allow_basic.unwrap_or(camera.allow_basic);
        camera.tls_fingerprint = match changes.tls_fingerprint.as_deref() {
            None => camera.tls_fingerprint,
            Some("none") => None,
            Some(fingerprint) => Some(fingerprint.parse()?),
        };
        if let Some(ms) = changes.snapshot_every_ms {
            let interval = PollInterval::from_millis(ms)?;
            // A stream that comes by itself has no interval to change.
            for poll in camera.streams.iter_mut().filter_map(|stream| stream.poll.as_mut()) {
                *poll = interval;
            }
        }
        camera.enabled = changes.enabled.unwrap_or(camera.enabled);
        if let Some(path) = &changes.group {
            camera.group = group(path)?;
        }
        let typed = login(changes.user, changes.password)?;
        {
            let _turn = self.engine.vault.read().await;
            let (set, login) = self.engine.choose_login(typed, changes.credentials.as_deref()).await?;
            if login.is_some() || changes.credentials.is_some() {
                camera.credential_set = set;
            }
            match login {
                Some(login) => {
                    let sealed = self.engine.ports.secrets.seal(camera.id, &camera.host, &login)?;
                    self.engine.ports.cameras.update_with_login(&camera, &sealed).await?;
                    self.engine.login_changed(camera.id);
                }
                None => self.engine.ports.cameras.update(&camera).await?,
            }
        }
        if camera.tls_fingerprint != before.tls_fingerprint {
            // It listens again by the certificate that is believed now.
            self.engine.watchers.end(camera.id);
        }
        pause::account(&self.engine, &before, &camera).await?;
        self.changed(&camera);
        Ok(CameraVm::from(&camera))
    }

    /// Sets what is recorded of a camera.
    pub async fn set_record(&self, camera: &str, record: &RecordVm) -> Result<CameraVm> {
        let before = self.engine.find_camera(camera).await?;
        let mut camera = before.clone();
        camera.record.mode = record.mode.parse()?;
        if let Some(schedule) = &record.schedule {
            camera.schedule = Some(Box::new(schedule.parse()?));
        }
        camera.record.pre_seconds = record.pre_seconds.unwrap_or(camera.record.pre_seconds);
        camera.record.post_seconds = record.post_seconds.unwrap_or(camera.record.post_seconds);
        if let Some(days) = record.retention_days {
            camera.record.retention_days = Some(days).filter(|&days| days > 0);
        }
        if let Some(bytes) = record.quota_bytes {
            camera.record.quota_bytes = Some(bytes).filter(|&bytes| bytes > 0);
        }
        camera.validate()?;
        self.engine.ports.cameras.update(&camera).await?;
        pause::account(&self.engine, &before, &camera).await?;
        self.changed(&camera);
        Ok(CameraVm::from(&camera))
    }

    /// Forgets a camera and its credentials. Its footage stays.
    pub async fn remove(&self, camera: &str) -> Result<()> {
        let camera = self.engine.find_camera(camera).await?;
        self.engine.ports.cameras.remove(camera.id).await?;
        self.engine.forget(camera.id);
        self.engine.emit(EventVm::CamerasChanged);
        Ok(())
    }

    /// Opens each stream of a camera and says what it is.
    pub async fn test(&self, camera: &str) -> Result<Vec<StreamTestVm>> {
        let mut camera = self.engine.find_camera(camera).await?;
        let credentials = self.engine.credentials(&camera).await?;
        let mut results = Vec::new();
        for stream in &mut camera.streams {
            let tested = stream_test::test(
                &self.engine,
                Subject {
                    camera: camera.id,
                    role: stream.role,
                    url: &stream.url,
                    transport: stream.transport,
                    poll: stream.poll,
                    credentials: credentials.as_ref(),
                    allow_basic: camera.allow_basic,
                    tls: camera.tls_fingerprint,
                },
            )
            .await;
            let refused = tested.as_ref().is_err_and(|error| error.kind() == Kind::Unauthorized);
            results.push(test_result(stream, tested));
            if refused {
                // The camera counts refused logins: the other stream's would be refused too (S6).
                break;
            }
        }
        // The camera may have been changed meanwhile: only what was found is kept, and only of streams that are the same.
        let tested = camera.streams;
        let mut camera = self.engine.find_camera(&camera.id.to_string()).await?;
        for stream in &mut camera.streams {
            if let Some(tested) = tested.iter().find(|it| it.role == stream.role && it.url == stream.url) {
                stream.found.clone_from(&tested.found);
                stream.poll = tested.poll;
            }
        }
        self.engine.ports.cameras.update(&camera).await?;
        self.changed(&camera);
        Ok(results)
    }

    pub(crate) fn changed(&self, camera: &Camera) {
        self.engine.apply(camera);
        self.engine.emit(EventVm::CamerasChanged);
    }
}

/// What the user says an HTTP address hands out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum HttpKind {
    Mjpeg,
    Snapshot,
}

impl FromStr for HttpKind {
    type Err = Error;
    fn from_str(text: &str) -> atalaya_model::Result<Self> {
        match text {
            "mjpeg" => Ok(Self::Mjpeg),
            "snapshot" => Ok(Self::Snapshot),
            _ => Err(Error::new(Kind::InvalidInput, "an HTTP stream is mjpeg or snapshot")
                .with("kind", excerpt(text, 32))),
        }
    }
}

/// Refuses a stream that is not what the user said. Without a say, what the camera's answer says is taken.
fn as_expected(kind: Option<HttpKind>, url: &StreamUrl, tested: Tested) -> atalaya_model::Result<Tested> {
    let found = if tested.poll.is_some() { HttpKind::Snapshot } else { HttpKind::Mjpeg };
    match kind {
        Some(kind) if url.scheme().starts_with("http") && kind != found => {
            let message = match found {
                HttpKind::Snapshot => "the address hands out single pictures, not an MJPEG stream",
                HttpKind::Mjpeg => "the address hands out an MJPEG stream, not single pictures",
            };
            Err(Error::new(Kind::InvalidInput, message).with("url", url))
        }
        _ => Ok(tested),
    }
}

fn test_result(stream: &mut StreamConfig, tested: atalaya_model::Result<Tested>) -> StreamTestVm {
    let (first_picture_ms, audio_note, error) = match tested {
        Ok(tested) => {
            stream.found = Some(tested.facts);
            stream.poll = tested.poll;
            (Some(tested.first_picture.as_millis() as u32), tested.audio_note, None)
        }
        Err(error) => (None, None, Some(UserError::from(error))),
    };
    StreamTestVm {
        role: stream.role.code().to_owned(),
        ok: error.is_none(),
        first_picture_ms,
        stream: StreamVm::from(&*stream),
        audio_note,
        error,
    }
}

fn by_url(url: &str, sub_url: Option<&str>) -> atalaya_model::Result<(Found, Option<Credentials>)> {
    let (main, pasted) = StreamUrl::parse_with_credentials(url)?;
    let (sub, pasted_sub) = match sub_url.map(StreamUrl::parse_with_credentials).transpose()? {
        Some((sub, pasted)) => (Some(sub), pasted),
        None => (None, None),
    };
    let found = Found {
        host: main.host().to_owned(),
        onvif_url: None,
        endpoint: None,
        facts: DeviceFacts::default(),
        main,
        sub,
    };
    Ok((found, pasted.or(pasted_sub)))
}

/// A host's name or address and nothing more, such as a path or user info; an IPv6 address without brackets.
pub(crate) fn plain_host(host: &str) -> atalaya_model::Result<String> {
    let host = host.trim().trim_start_matches('[').trim_end_matches(']');
    let bracketed = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let url = StreamUrl::parse(&format!("http://{bracketed}/"))?;
    if url.host() != host.to_ascii_lowercase() {
        return Err(
            Error::new(Kind::InvalidInput, "not a host name or address").with("host", excerpt(host, 64))
        );
    }
    Ok(url.host().to_owned())
}

/// The group of this path; an empty one is none.
fn group(path: &str) -> atalaya_model::Result<Option<GroupPath>> {
    (!path.trim().is_empty()).then(|| path.parse()).transpose()
}

impl Inner {
    /// The login that was typed, or that of the credential set named, with the set's identity. The empty name stands for
    /// no set. The caller has the vault's turn.
    async fn choose_login(
        &self,
        typed: Option<Credentials>,
        set: Option<&str>,
    ) -> atalaya_model::Result<(Option<CredentialSetId>, Option<Credentials>)> {
        match (typed, set.filter(|set| !set.is_empty())) {
            (Some(_), Some(_)) => Err(Error::new(
                Kind::InvalidInput,
                "a login is typed or taken from a credential set, not both",
            )),
            (None, Some(set)) => self.open_set(set).await.map(|(id, login)| (Some(id), Some(login))),
            (typed, None) => Ok((None, typed)),
        }
    }
}

/// The login that was typed, if one was: user name and password, or neither.
pub(crate) fn login(
    user: Option<String>,
    password: Option<vm::camera::Password>,
) -> atalaya_model::Result<Option<Credentials>> {
    match (user.filter(|user| !user.is_empty()), password) {
        (Some(user), Some(password)) => Ok(Some(Credentials::new(user, password.into_inner()))),
        (None, None) => Ok(None),
        (Some(_), None) => Err(Error::new(Kind::InvalidInput, "a user name needs its password")),
        (None, Some(_)) => Err(Error::new(Kind::InvalidInput, "a password needs its user name")),
    }
}

/// What a camera is called when nobody names it.
fn own_name(facts: &DeviceFacts, host: &str) -> String {
    match (facts.vendor.as_str(), facts.model.as_str()) {
        ("", "") => host.to_owned(),
        ("", model) | (_, model @ SIMULATED_MODEL) => model.to_owned(),
        (vendor, model) => format!("{vendor} {model}"),
    }
}

//! The file that a configuration travels in: JSON, with a version, without paths. Logins are in it only sealed under
//! a passphrase, and so is what else is secret in an address. Every byte of it may have been written by anybody.

use crate::vm::saved_view::{SavedViewVm, TourVm};
use atalaya_model::address::{StreamUrl, redact};
use atalaya_model::camera::{Camera, CameraId, PollInterval, RecordPolicy, StreamConfig};
use atalaya_model::credential_set::CredentialSet;
use atalaya_model::group::GroupPath;
use atalaya_model::schedule::WeeklySchedule;
use atalaya_model::secret::{Credentials, Secret};
use atalaya_model::text::{excerpt, from_device};
use atalaya_model::time::WallTime;
use atalaya_model::{Error, Kind, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The largest file read, in bytes: a thousand cameras take about one.
pub const FILE_MAX_BYTES: usize = 4 << 20;
/// The most cameras of a file.
const CAMERAS_MAX: usize = 1000;
/// The most saved views of a file, and the most tours.
const VIEWS_MAX: usize = 200;
const FORMAT: &str = "atalaya-cameras";
const VERSION: u32 = 2;
/// The first version, which knew no groups, no credential sets and no camera that is switched off.
const FIRST_VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    format: String,
    version: u32,
    exported_at: String,
    cameras: Vec<Entry>,
    /// Left out where there are none, so that older versions read the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) views: Vec<SavedViewVm>,
    /// The same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) tours: Vec<TourVm>,
    /// The sealed text of [`Sealed`]; in the first version of a list of [`Secrets`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) secrets: Option<String>,
}

/// What is read of a file first: whether the rest can be understood.
#[derive(Deserialize)]
struct Head {
    format: String,
    version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    name: String,
    host: String,
    onvif_url: Option<String>,
    snapshot_url: Option<String>,
    device_identity: Option<String>,
    streams: Vec<StreamEntry>,
    record_mode: String,
    /// Left out where there is none, and the two below where they are as usual, so that older versions read the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    schedule: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pre_seconds: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    post_seconds: Option<u16>,
    retention_days: Option<u32>,
    quota_bytes: Option<u64>,
    allow_basic: bool,
    /// Left out where there is none, so that older versions read the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_fingerprint: Option<String>,
    simulated: bool,
    #[serde(default = "yes")]
    enabled: bool,
    #[serde(default)]
    group: Option<String>,
    #[serde(default)]
    endpoint: Option<String>,
}

/// Cameras of files of the first version are all in use.
const fn yes() -> bool {
    true
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StreamEntry {
    role: String,
    url: String,
    transport: String,
    snapshot_every_ms: Option<u32>,
}

/// What is sealed under the passphrase.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    cameras: Vec<Secrets>,
    sets: Vec<SetEntry>,
}

/// A credential set.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SetEntry {
    name: String,
    user: String,
    password: String,
}

/// What is secret of one camera, and the host that it is for (S4).
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Secrets {
    id: String,
    host: String,
    user: Option<String>,
    password: Option<String>,
    /// The name of the credential set that its login is of. Not in the readable part: whoever changes that must not get
    /// a camera of his into a set, whose next password would go there.
    #[serde(default)]
    set: Option<String>,
    /// The certificate that the login may be sent to.
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_fingerprint: Option<String>,
    /// Addresses with a secret in them: role or `onvif` or `snapshot`, and the address.
    urls: Vec<(String, String)>,
}

/// A camera of a file, with its login where the file was opened.
pub(super) struct Entered {
    pub(super) camera: Camera,
    pub(super) login: Option<Credentials>,
    /// The name of the credential set that the login is of.
    pub(super) set: Option<String>,
}

/// A credential set of a file.
pub(super) struct EnteredSet {
    pub(super) name: String,
    pub(super) login: Credentials,
}

/// The file of these cameras and, to be sealed, the text of their secrets and of the credential sets.
pub(super) fn write(
    cameras: &[(Camera, Option<Credentials>)],
    sets: &[(CredentialSet, Credentials)],
    now: WallTime,
) -> (File, Secret) {
    let mut secrets = Vec::new();
    let mut entries = Vec::new();
    for (camera, login) in cameras {
        let mut urls = Vec::new();
        let mut public = |what: &str, url: &StreamUrl| {
            let shown = redact(url.as_str());
            if shown != url.as_str() {
                urls.push((what.to_owned(), url.as_str().to_owned()));
            }
            shown
        };
        let tls_fingerprint = camera.tls_fingerprint.map(|fingerprint| fingerprint.to_string());
        entries.push(Entry {
            id: camera.id.to_string(),
            name: camera.name.clone(),
            host: camera.host.clone(),
            onvif_url: camera.onvif_url.as_ref().map(|url| public("onvif", url)),
            snapshot_url: camera.snapshot_url.as_ref().map(|url| public("snapshot", url)),
            device_identity: camera.device_identity.clone(),
            streams: camera
                .streams
                .iter()
                .map(|stream| StreamEntry {
                    role: stream.role.code().to_owned(),
                    url: public(stream.role.code(), &stream.url),
                    transport: stream.transport.code().to_owned(),
                    snapshot_every_ms: stream.poll.map(PollInterval::millis),
                })
                .collect(),
            record_mode: camera.record.mode.code().to_owned(),
            schedule: camera.schedule.as_ref().map(ToString::to_string),
            pre_seconds: Some(camera.record.pre_seconds).filter(|&pre| pre != RecordPolicy::PRE_S),
            post_seconds: Some(camera.record.post_seconds).filter(|&post| post != RecordPolicy::POST_S),
            retention_days: camera.record.retention_days,
            quota_bytes: camera.record.quota_bytes,
            allow_basic: camera.allow_basic,
            tls_fingerprint: tls_fingerprint.clone(),
            simulated: camera.simulated,
            enabled: camera.enabled,
            group: camera.group.as_ref().map(ToString::to_string),
            endpoint: camera.endpoint.clone(),
        });
        if login.is_some() || !urls.is_empty() {
            secrets.push(Secrets {
                id: camera.id.to_string(),
                host: camera.host.clone(),
                user: login.as_ref().map(|login| login.user.clone()),
                password: login.as_ref().map(|login| login.password.expose().to_owned()),
                set: sets
                    .iter()
                    .find(|(set, _)| Some(set.id) == camera.credential_set)
                    .map(|(set, _)| set.name.clone()),
                tls_fingerprint,
                urls,
            });
        }
    }
    let file = File {
        format: FORMAT.to_owned(),
        version: VERSION,
        exported_at: now.to_rfc3339(),
        cameras: entries,
        views: Vec::new(),
        tours: Vec::new(),
        secrets: None,
    };
    let set = |(set, login): &(CredentialSet, Credentials)| SetEntry {
        name: set.name.clone(),
        user: login.user.clone(),
        password: login.password.expose().to_owned(),
    };
    let sealed = Sealed { cameras: secrets, sets: sets.iter().map(set).collect() };
    (file, Secret::new(serde_json::to_string(&sealed).expect("plain texts are valid JSON")))
}

impl File {
    /// As bytes.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).expect("plain texts are valid JSON")
    }

    /// Reads a file. `InvalidInput` when it is none, `Unsupported` when it is of a newer version.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self> {
        if bytes.len() > FILE_MAX_BYTES {
            return Err(Error::new(Kind::InvalidInput, "the file is larger than a configuration can be")
                .with("bytes", bytes.len())
                .with("most", FILE_MAX_BYTES));
        }
        let head: Head = serde_json::from_slice(bytes).map_err(not_ours)?;
        if head.format != FORMAT {
            return Err(Error::new(Kind::InvalidInput, "the file is no configuration of Atalaya"));
        }
        if !(FIRST_VERSION..=VERSION).contains(&head.version) {
            return Err(Error::new(Kind::Unsupported, "the file was written by another version of Atalaya")
                .with("version", head.version)
                .with("known", VERSION));
        }
        let file: Self = serde_json::from_slice(bytes).map_err(not_ours)?;
        if file.cameras.len() > CAMERAS_MAX {
            return Err(Error::new(Kind::InvalidInput, "the file holds too many cameras")
                .with("cameras", file.cameras.len())
                .with("most", CAMERAS_MAX));
        }
        if file.views.len().max(file.tours.len()) > VIEWS_MAX {
            return Err(Error::new(Kind::InvalidInput, "the file holds too many saved views or tours")
                .with("most", VIEWS_MAX));
        }
        Ok(file)
    }

    /// Its cameras and credential sets, each checked as if it were typed in; `secrets` is the opened text of
    /// [`File::secrets`].
    pub(super) fn contents(
        &self,
        secrets: Option<&Secret>,
        now: WallTime,
    ) -> Result<(Vec<Entered>, Vec<EnteredSet>)> {
        let sealed = match secrets.map(Secret::expose) {
            Some(text) if self.version == FIRST_VERSION => {
                Sealed { cameras: serde_json::from_str(text).map_err(not_ours)?, sets: Vec::new() }
            }
            Some(text) => serde_json::from_str(text).map_err(not_ours)?,
            None => Sealed::default(),
        };
        let cameras = self.cameras.iter().map(|entry| {
            let secret = sealed.cameras.iter().find(|secret| secret.id == entry.id);
            entry.read(secret, now).map_err(|error| error.with("name", excerpt(&entry.name, 64)))
        });
        let cameras = cameras.collect::<Result<_>>()?;
        let mut names = BTreeSet::new();
        for set in &sealed.sets {
            CredentialSet::validate_name(&set.name)?;
            if !names.insert(&set.name) {
                return Err(Error::new(Kind::InvalidInput, "two credential sets of the file have one name")
                    .with("name", &set.name));
            }
        }
        let set = |set: &SetEntry| EnteredSet {
            name: set.name.clone(),
            login: Credentials::new(set.user.clone(), set.password.clone()),
        };
        Ok((cameras, sealed.sets.iter().map(set).collect()))
    }
}

impl Entry {
    fn read(&self, secret: Option<&Secrets>, now: WallTime) -> Result<Entered> {
        if let Some(secret) = secret.filter(|secret| secret.host != self.host) {
            // Whoever changes the readable part must not get the password sent elsewhere.
            return Err(Error::new(Kind::Refused, "a login of the file belongs to another host")
                .with("host", excerpt(&self.host, 64))
                .with("sealed_for", excerpt(&secret.host, 64)));
        }
        if secret.is_some_and(|secret| secret.tls_fingerprint != self.tls_fingerprint) {
            return Err(Error::new(Kind::Refused, "a login of the file belongs to another certificate"));
        }
        let url = |what: &str, shown: &str| {
            let whole = secret.and_then(|secret| secret.urls.iter().find(|(role, _)| role == what));
            StreamUrl::parse(whole.map_or(shown, |(_, url)| url))
        };
        let pinned = |what: &str, shown: Option<&String>| {
            let Some(url) = shown.map(|shown| url(what, shown)).transpose()? else { return Ok(None) };
            if url.host() == self.host {
                return Ok(Some(url));
            }
            Err(Error::new(Kind::Refused, "every address of a camera must be at the camera's host")
                .with("host", excerpt(&self.host, 64))
                .with("url", url))
        };
        let identity = [&self.device_identity, &self.endpoint];
        if identity.into_iter().flatten().any(|text| from_device(text) != *text) {
            return Err(Error::new(Kind::InvalidInput, "the camera's identity is not a plain text"));
        }
        let streams = self.streams.iter().map(|stream| {
            Ok(StreamConfig {
                role: stream.role.parse()?,
                url: url(&stream.role, &stream.url)?,
                transport: stream.transport.parse()?,
                poll: stream.snapshot_every_ms.map(PollInterval::from_millis).transpose()?,
                found: None,
            })
        });
        let camera = Camera {
            id: self.id.parse::<CameraId>()?,
            name: self.name.clone(),
            host: self.host.clone(),
            onvif_url: pinned("onvif", self.onvif_url.as_ref())?,
            snapshot_url: pinned("snapshot", self.snapshot_url.as_ref())?,
            device_identity: self.device_identity.clone(),
            streams: streams.collect::<Result<_>>()?,
            record: RecordPolicy {
                mode: self.record_mode.parse()?,
                retention_days: self.retention_days,
                quota_bytes: self.quota_bytes,
                pre_seconds: self.pre_seconds.unwrap_or(RecordPolicy::PRE_S),
                post_seconds: self.post_seconds.unwrap_or(RecordPolicy::POST_S),
            },
            schedule: self
                .schedule
                .as_deref()
                .map(|text| text.parse::<WeeklySchedule>().map(Box::new))
                .transpose()?,
            allow_basic: self.allow_basic,
            endpoint: self.endpoint.clone(),
            enabled: self.enabled,
            group: self.group.as_deref().map(str::parse::<GroupPath>).transpose()?,
            credential_set: None,
            tls_fingerprint: self.tls_fingerprint.as_deref().map(str::parse).transpose()?,
            simulated: self.simulated,
            created_at: now,
        };
        camera.validate()?;
        let login = secret.and_then(|secret| secret.user.clone().zip(secret.password.clone()));
        let login = login.map(|(user, password)| Credentials::new(user, password));
        Ok(Entered { camera, login, set: secret.and_then(|secret| secret.set.clone()) })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "used as map_err's argument")]
fn not_ours(error: serde_json::Error) -> Error {
    // The error's own text may quote the file.
    Error::new(Kind::InvalidInput, "the file is no configuration of Atalaya, or it is damaged")
        .with("line", error.line())
        .with("column", error.column())
}

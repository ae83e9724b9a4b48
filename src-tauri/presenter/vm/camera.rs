//! Cameras as views show and change them.

use super::Rfc3339;
use atalaya_model::camera::{Camera, PollInterval, StreamConfig};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One stream of a camera.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct StreamVm {
    /// `main` or `sub`.
    pub role: String,
    /// Its address, without credentials.
    pub url: String,
    /// `tcp` or `udp`.
    pub transport: String,
    /// How often its single picture is fetched, in milliseconds; null where the camera sends a stream by itself.
    pub snapshot_every_ms: Option<u32>,
    /// `h264`, `h265` or `mjpeg`; null before the first test.
    pub codec: Option<String>,
    /// Picture width in pixels.
    pub width: Option<u32>,
    /// Picture height in pixels.
    pub height: Option<u32>,
    /// Frames a second, declared or measured.
    pub fps: Option<f64>,
    /// Audio codec; null without audio.
    pub audio: Option<String>,
}

impl From<&StreamConfig> for StreamVm {
    fn from(stream: &StreamConfig) -> Self {
        let found = stream.found.as_ref();
        Self {
            role: stream.role.code().to_owned(),
            url: stream.url.to_string(),
            transport: stream.transport.code().to_owned(),
            snapshot_every_ms: stream.poll.map(PollInterval::millis),
            codec: found.map(|facts| facts.codec.clone()),
            width: found.map(|facts| facts.width),
            height: found.map(|facts| facts.height),
            fps: found.filter(|facts| facts.fps_milli > 0).map(|facts| f64::from(facts.fps_milli) / 1000.0),
            audio: found.and_then(|facts| facts.audio.clone()),
        }
    }
}

/// A camera.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CameraVm {
    /// Its identity, a UUID.
    pub id: String,
    /// Its name, unique.
    pub name: String,
    /// Its address or DNS name.
    pub host: String,
    /// Its ONVIF device service.
    pub onvif_url: Option<String>,
    /// Its streams, the main one first.
    pub streams: Vec<StreamVm>,
    /// `off`, `continuous`, `motion` or `schedule`.
    pub record_mode: String,
    /// What is recorded in each half hour of a week of this computer's time: seven days of 48 letters, Monday first,
    /// semicolons between; `-` nothing, `C` everything, `M` what moves. Null: none was made.
    pub schedule: Option<String>,
    /// Seconds recorded from before a motion, 0 to 30.
    pub pre_seconds: u8,
    /// Seconds recorded from after a motion, 1 to 300.
    pub post_seconds: u16,
    /// Days after which footage is deleted.
    pub retention_days: Option<u32>,
    /// Most bytes of footage.
    #[ts(type = "number | null")]
    pub quota_bytes: Option<u64>,
    /// Whether its password may go out in the clear (HTTP Basic) where the camera offers nothing better.
    pub allow_basic: bool,
    /// Whether it is in use; one that is switched off is neither pulled nor recorded.
    pub enabled: bool,
    /// Where it is: a site, or `site / group`.
    pub group: Option<String>,
    /// The id of the credential set that its login is taken from.
    pub credential_set: Option<String>,
    /// The one certificate that is believed to be this camera's: SHA-256, `AA:BB:…`; null where none was accepted.
    pub tls_fingerprint: Option<String>,
    /// Whether it says of itself that it is simulated.
    pub simulated: bool,
    /// When it was added.
    pub created_at: Rfc3339,
}

impl From<&Camera> for CameraVm {
    fn from(camera: &Camera) -> Self {
        Self {
            id: camera.id.to_string(),
            name: camera.name.clone(),
            host: camera.host.clone(),
            onvif_url: camera.onvif_url.as_ref().map(ToString::to_string),
            streams: camera.streams.iter().map(StreamVm::from).collect(),
            record_mode: camera.record.mode.code().to_owned(),
            schedule: camera.schedule.as_ref().map(ToString::to_string),
            pre_seconds: camera.record.pre_seconds,
            post_seconds: camera.record.post_seconds,
            retention_days: camera.record.retention_days,
            quota_bytes: camera.record.quota_bytes,
            allow_basic: camera.allow_basic,
            enabled: camera.enabled,
            group: camera.group.as_ref().map(ToString::to_string),
            credential_set: camera.credential_set.map(|set| set.to_string()),
            tls_fingerprint: camera.tls_fingerprint.map(|fingerprint| fingerprint.to_string()),
            simulated: camera.simulated,
            created_at: camera.created_at.to_rfc3339(),
        }
    }
}

/// A camera to add: by its ONVIF address, or by its streams' URLs.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[ts(export)]
pub struct AddCamera {
    /// The name to give; null takes the device's own.
    #[ts(optional)]
    pub name: Option<String>,
    /// The name to give where none is: with a number behind it when another camera has it.
    #[ts(optional)]
    pub suggested_name: Option<String>,
    /// Host to read over ONVIF.
    #[ts(optional)]
    pub host: Option<String>,
    /// Port of its ONVIF service; null tries the usual ones.
    #[ts(optional)]
    pub onvif_port: Option<u16>,
    /// Main stream's URL, instead of a host.
    #[ts(optional)]
    pub url: Option<String>,
    /// Sub-stream's URL.
    #[ts(optional)]
    pub sub_url: Option<String>,
    /// `tcp` (the default) or `udp`.
    #[ts(optional)]
    pub transport: Option<String>,
    /// User name at the camera.
    #[ts(optional)]
    pub user: Option<String>,
    /// Password at the camera.
    #[ts(optional)]
    pub password: Option<Password>,
    /// Id or name of a credential set, instead of user and password.
    #[ts(optional)]
    pub credentials: Option<String>,
    /// Where it is: a site, or `site / group`.
    #[ts(optional)]
    pub group: Option<String>,
    /// What an HTTP address hands out: `mjpeg` or `snapshot`; null recognises it by the camera's answer.
    #[ts(optional)]
    pub http_kind: Option<String>,
    /// How often to fetch the picture of an address that hands out single ones, 200 to 8000 ms; null is 1000.
    #[ts(optional)]
    pub snapshot_every_ms: Option<u32>,
    /// Whether the password may go out in the clear (HTTP Basic) where the camera offers nothing better.
    #[ts(optional)]
    pub allow_basic: Option<bool>,
    /// The SHA-256 fingerprint of the certificate to believe, `AA:BB:…`; null believes what this computer's authorities
    /// vouch for.
    #[ts(optional)]
    pub tls_fingerprint: Option<String>,
    /// Whether to record it continuously from now on.
    #[serde(default)]
    pub record: bool,
}

/// A camera to make after another: the same settings at another address.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[ts(export)]
pub struct CloneCamera {
    /// Its host.
    pub host: String,
    /// Port of its ONVIF service; null takes that of the other camera.
    #[ts(optional)]
    pub onvif_port: Option<u16>,
    /// Its name; null takes the other camera's with a number behind it.
    #[ts(optional)]
    pub name: Option<String>,
    /// Whether the password may go out in the clear (HTTP Basic); never taken from the other camera.
    #[ts(optional)]
    pub allow_basic: Option<bool>,
}

/// A password on its way in. It deserializes and never serializes or prints.
#[derive(Clone, Deserialize, TS)]
#[serde(transparent)]
#[ts(type = "string")]
pub struct Password(String);

impl Password {
    /// A password read from a prompt or standard input.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// Hands the text over.
    pub fn into_inner(self) -> String {
        self.0
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// Changes to a camera; what is null stays.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[ts(export)]
pub struct EditCamera {
    /// New name.
    #[ts(optional)]
    pub name: Option<String>,
    /// New user name; needs the password too.
    #[ts(optional)]
    pub user: Option<String>,
    /// New password.
    #[ts(optional)]
    pub password: Option<Password>,
    /// Id or name of a credential set, instead of user and password; empty keeps the login as the camera's own.
    #[ts(optional)]
    pub credentials: Option<String>,
    /// Where it is: a site, or `site / group`; empty takes it out of its group.
    #[ts(optional)]
    pub group: Option<String>,
    /// Whether it is in use.
    #[ts(optional)]
    pub enabled: Option<bool>,
    /// `tcp` or `udp`.
    #[ts(optional)]
    pub transport: Option<String>,
    /// Whether the password may go out in the clear (HTTP Basic).
    #[ts(optional)]
    pub allow_basic: Option<bool>,
    /// The SHA-256 fingerprint of the certificate to believe from now on, `AA:BB:…`; `none` believes the accepted one
    /// no more.
    #[ts(optional)]
    pub tls_fingerprint: Option<String>,
    /// How often to fetch single pictures, 200 to 8000 ms; streams that come by themselves are left as they are.
    #[ts(optional)]
    pub snapshot_every_ms: Option<u32>,
}

/// The picture that a window shows of a camera where that is not what the camera sees now: one that a person holds
/// still, or one of a replay.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct ShownPicture {
    /// The picture, a `data:image/jpeg;base64,` URL.
    pub jpeg: String,
    /// When it was taken, RFC 3339.
    pub taken: String,
}

/// What a test of a camera's stream found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct StreamTestVm {
    /// `main` or `sub`.
    pub role: String,
    /// Whether a key picture came.
    pub ok: bool,
    /// Milliseconds from the start of the connection to the first key picture.
    pub first_picture_ms: Option<u32>,
    /// What it is.
    pub stream: StreamVm,
    /// Why audio that the camera offers is left out.
    pub audio_note: Option<String>,
    /// What failed.
    pub error: Option<super::error::UserError>,
}

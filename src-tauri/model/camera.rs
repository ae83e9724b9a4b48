//! A camera as the user keeps it: its name, its streams, what is recorded of it and for how long.

use crate::address::StreamUrl;
use crate::certificate::CertificateFingerprint;
use crate::credential_set::CredentialSetId;
use crate::error::{Error, Kind, Result};
use crate::group::GroupPath;
use crate::schedule::{SlotMode, WeeklySchedule};
use crate::text;
use crate::time::WallTime;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;
use core::time::Duration;
use uuid::Uuid;

/// A camera's identity, given once and kept in every file recorded from it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CameraId(pub Uuid);

impl fmt::Display for CameraId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for CameraId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for CameraId {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Uuid::try_parse(text).map(Self).map_err(|_| {
            Error::new(Kind::InvalidInput, "not a camera id").with("id", text::excerpt(text, 64))
        })
    }
}

/// Which of a camera's streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The full picture, which is recorded.
    Main,
    /// The small picture, for grids and analysis.
    Sub,
}

impl Role {
    /// `main` or `sub`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Sub => "sub",
        }
    }
}

impl FromStr for Role {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "main" => Ok(Self::Main),
            "sub" => Ok(Self::Sub),
            _ => Err(Error::new(Kind::InvalidInput, "a stream is main or sub")
                .with("stream", text::excerpt(text, 32))),
        }
    }
}

/// How RTP reaches us (RFC 2326 §10.12 for interleaved TCP).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Transport {
    /// Interleaved with RTSP in its TCP connection: nothing is lost that the network carries.
    #[default]
    Tcp,
    /// Unicast UDP, for cameras and networks where TCP stalls.
    Udp,
}

impl Transport {
    /// `tcp` or `udp`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

impl FromStr for Transport {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "tcp" => Ok(Self::Tcp),
            "udp" => Ok(Self::Udp),
            _ => Err(Error::new(Kind::InvalidInput, "a transport is tcp or udp")
                .with("transport", text::excerpt(text, 32))),
        }
    }
}

/// One stream of a camera: where it is, and what its last test found there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamConfig {
    /// Which stream.
    pub role: Role,
    /// Where it is, without credentials.
    pub url: StreamUrl,
    /// How to fetch it.
    pub transport: Transport,
    /// How often its still picture is fetched; none where the camera sends a stream by itself.
    pub poll: Option<PollInterval>,
    /// What was found when it was last opened; none before that.
    pub found: Option<StreamFacts>,
}

/// How often a camera that hands out single pictures is asked for one, from the start of one request to that of the
/// next: 0.2 to 8 seconds. A picture that lasts longer than ten seconds is a hole in the recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PollInterval(u32);

impl PollInterval {
    /// The shortest, in milliseconds: every picture is a request of its own, with a login of its own.
    pub const MIN_MS: u32 = 200;
    /// The longest, in milliseconds.
    pub const MAX_MS: u32 = 8_000;

    /// An interval in milliseconds. `InvalidInput` outside of [`Self::MIN_MS`] to [`Self::MAX_MS`].
    pub fn from_millis(ms: u32) -> Result<Self> {
        if (Self::MIN_MS..=Self::MAX_MS).contains(&ms) {
            return Ok(Self(ms));
        }
        Err(Error::new(Kind::InvalidInput, "single pictures are fetched every 0.2 to 8 seconds")
            .with("interval_ms", ms))
    }

    /// In milliseconds.
    pub const fn millis(self) -> u32 {
        self.0
    }

    /// As a duration.
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.0 as u64)
    }
}

impl Default for PollInterval {
    /// One second: what a camera's page does, and what every camera keeps up with.
    fn default() -> Self {
        Self(1_000)
    }
}

/// What a stream was when it was last opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamFacts {
    /// Video codec, such as `h264`.
    pub codec: String,
    /// Picture width in pixels.
    pub width: u32,
    /// Picture height in pixels.
    pub height: u32,
    /// Frames a second in thousandths, as declared or measured; zero when unknown.
    pub fps_milli: u32,
    /// Audio codec, such as `aac` or `pcmu`; none without audio.
    pub audio: Option<String>,
}

/// When a camera is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RecordMode {
    /// Never.
    #[default]
    Off,
    /// Whenever the engine runs.
    Continuous,
    /// While something moves, with what comes before and after.
    Motion,
    /// As the camera's weekly schedule says.
    Schedule,
}

impl RecordMode {
    const ALL: [Self; 4] = [Self::Off, Self::Continuous, Self::Motion, Self::Schedule];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Continuous => "continuous",
            Self::Motion => "motion",
            Self::Schedule => "schedule",
        }
    }
}

impl FromStr for RecordMode {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|mode| mode.code() == text).ok_or_else(|| {
            Error::new(Kind::InvalidInput, "a record mode is off, continuous, motion or schedule")
                .with("mode", text::excerpt(text, 32))
        })
    }
}

/// What is recorded of a camera and how long it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordPolicy {
    /// When to record.
    pub mode: RecordMode,
    /// Days after which footage is deleted; none keeps it until the quota or the disk asks for room.
    pub retention_days: Option<u32>,
    /// The most bytes that this camera's footage may take.
    pub quota_bytes: Option<u64>,
    /// Seconds recorded from before a motion: 0 to [`Self::PRE_MAX_S`].
    pub pre_seconds: u8,
    /// Seconds recorded from after it: 1 to [`Self::POST_MAX_S`].
    pub post_seconds: u16,
}

impl RecordPolicy {
    /// The longest that can be kept in memory for a motion to come, in seconds.
    pub const PRE_MAX_S: u8 = 30;
    /// The longest that is recorded after a motion, in seconds.
    pub const POST_MAX_S: u16 = 300;
    /// What is recorded from before a motion unless the user says otherwise, in seconds.
    pub const PRE_S: u8 = 5;
    /// What is recorded from after it unless the user says otherwise, in seconds.
    pub const POST_S: u16 = 15;
}

impl Default for RecordPolicy {
    fn default() -> Self {
        Self {
            mode: RecordMode::Off,
            retention_days: None,
            quota_bytes: None,
            pre_seconds: Self::PRE_S,
            post_seconds: Self::POST_S,
        }
    }
}

/// A camera as the user keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Camera {
    /// Its identity.
    pub id: CameraId,
    /// Its name, unique among the cameras.
    pub name: String,
    /// The host its credentials may go to (S4): an address or a DNS name.
    pub host: String,
    /// Its ONVIF device service, when it has one.
    pub onvif_url: Option<StreamUrl>,
    /// Where it hands out still pictures, when it does.
    pub snapshot_url: Option<StreamUrl>,
    /// The device's serial number, to know it again at a new address.
    pub device_identity: Option<String>,
    /// The device's ONVIF endpoint reference (ONVIF Core §7.3.1), for the same.
    pub endpoint: Option<String>,
    /// Its streams; the main one is always there.
    pub streams: Vec<StreamConfig>,
    /// What is recorded.
    pub record: RecordPolicy,
    /// When of the week; kept also while another mode is chosen.
    pub schedule: Option<Box<WeeklySchedule>>,
    /// Whether it is in use. One that a person has switched off keeps its settings and its footage, and is neither
    /// pulled nor recorded.
    pub enabled: bool,
    /// Where it is.
    pub group: Option<GroupPath>,
    /// The credential set that its login is a copy of.
    pub credential_set: Option<CredentialSetId>,
    /// Whether its password may go out in the clear (HTTP Basic without proven TLS) where it offers nothing better:
    /// the user's explicit choice for this camera (S5).
    pub allow_basic: bool,
    /// The one certificate that is believed to be this camera's, where the user accepted one: whatever of it speaks
    /// TLS must show this one. None: only what this computer's authorities vouch for.
    pub tls_fingerprint: Option<CertificateFingerprint>,
    /// Whether it says of itself that it is simulated; it is labelled so wherever it is shown.
    pub simulated: bool,
    /// When it was added.
    pub created_at: WallTime,
}

/// The longest camera name, in characters.
pub const NAME_MAX: usize = 64;

impl Camera {
    /// The stream of a role; a camera without a sub-stream shows its main one in both places.
    pub fn stream(&self, role: Role) -> &StreamConfig {
        self.streams
            .iter()
            .find(|stream| stream.role == role)
            .or_else(|| self.streams.first())
            .expect("validate() holds: a camera has a main stream")
    }

    /// Whether it is recorded when something moves, at least at times.
    pub fn waits_for_motion(&self) -> bool {
        match self.record.mode {
            RecordMode::Off | RecordMode::Continuous => false,
            RecordMode::Motion => true,
            RecordMode::Schedule => {
                self.schedule.as_ref().is_some_and(|schedule| schedule.has(SlotMode::Motion))
            }
        }
    }

    /// Whether it is to be recorded, if only at times.
    pub const fn is_recorded(&self) -> bool {
        self.enabled && !matches!(self.record.mode, RecordMode::Off)
    }

    /// What is to be recorded at an instant at which the clock on the wall is so many seconds ahead of UTC.
    pub fn slot_at(&self, at: WallTime, offset_s: i32) -> SlotMode {
        match (self.enabled, self.record.mode) {
            (false, _) | (_, RecordMode::Off) => SlotMode::Off,
            (true, RecordMode::Continuous) => SlotMode::Continuous,
            (true, RecordMode::Motion) => SlotMode::Motion,
            (true, RecordMode::Schedule) => {
                self.schedule.as_ref().map_or(SlotMode::Off, |schedule| schedule.at(at, offset_s))
            }
        }
    }

    /// Checks what [`Camera::stream`] and the store rely on.
    pub fn validate(&self) -> Result<()> {
        validate_name(&self.name)?;
        let roles: Vec<Role> = self.streams.iter().map(|stream| stream.role).collect();
        if !matches!(roles[..], [Role::Main] | [Role::Main, Role::Sub]) {
            return Err(Error::new(
                Kind::InvalidInput,
                "a camera has a main stream, and at most a sub-stream",
            ));
        }
        if self.record.mode == RecordMode::Schedule && self.schedule.is_none() {
            return Err(Error::new(Kind::InvalidInput, "recording by schedule needs a schedule"));
        }
        let RecordPolicy { pre_seconds, post_seconds, .. } = self.record;
        if pre_seconds > RecordPolicy::PRE_MAX_S || !(1..=RecordPolicy::POST_MAX_S).contains(&post_seconds) {
            return Err(Error::new(
                Kind::InvalidInput,
                "a motion is recorded with 0 to 30 seconds before it and 1 to 300 after it",
            )
            .with("pre_seconds", pre_seconds)
            .with("post_seconds", post_seconds));
        }
        if let Some(stream) = self.streams.iter().find(|stream| stream.url.host() != self.host) {
            // S4: the credentials are sealed for one host, and every stream gets them.
            return Err(Error::new(Kind::Refused, "every stream of a camera must be at the camera's host")
                .with("host", &self.host)
                .with("url", &stream.url));
        }
        Ok(())
    }
}

/// Checks a camera's name: something to see, not too long, nothing invisible in it.
pub fn validate_name(name: &str) -> Result<()> {
    if !text::is_name(name, NAME_MAX) {
        return Err(Error::new(Kind::InvalidInput, "a camera's name is 1 to 64 visible characters")
            .with("name", text::excerpt(name.trim(), NAME_MAX)));
    }
    Ok(())
}

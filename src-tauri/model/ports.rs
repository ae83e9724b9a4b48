//! What the presenters need from the world, as traits. The `service` crate answers each with one technology; tests
//! answer with fakes.

use crate::address::StreamUrl;
use crate::camera::{Camera, CameraId, PollInterval, Role, Transport};
use crate::certificate::CertificateFingerprint;
use crate::credential_set::{CredentialSet, CredentialSetId};
use crate::discovery::{Found, Presence, ScanRequest};
use crate::doctor::{Neighbour, Onvif, Port, Route};
use crate::error::Result;
use crate::export::{ExportReport, ExportRequest, Progress};
use crate::fragment::Fragment;
use crate::inventory::KnownDevice;
use crate::live::{Grid, View};
use crate::media::{AudioFormat, MediaUnit, Picture, VideoFormat, VideoUnit};
use crate::motion::{LumaSample, MotionEvent, MotionSettings};
use crate::recording::{FragmentEntry, FsckReport, Gap, RecoveryReport, Segment, SegmentHeader, SegmentId};
use crate::saved_view::{SavedView, SavedViewId};
use crate::secret::{Credentials, Secret};
use crate::storage::VolumeId;
use crate::time::{MonoTime, TimeRange, WallTime};
use crate::timeline::{self, CameraTimeline, Resolution};
use crate::tour::{Tour, TourId};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use bytes::Bytes;
use core::future::Future;
use core::net::IpAddr;
use core::pin::Pin;
use core::time::Duration;
use futures_core::Stream;

pub use crate::background::{Autostart, Notifier, SleepBlock};
pub use crate::device_ports::{
    DeviceEvents, DeviceProfile, DeviceSettings, OnvifTarget, PresetPictures, Ptz,
};
pub use crate::machine::MachineLoad;
pub use crate::retention_ports::RetentionStore;
pub use crate::storage::Volumes;
pub use crate::zone::Zones;

/// A future that a trait object can return.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
/// A stream that a trait object can return.
pub type BoxStream<T> = Pin<Box<dyn Stream<Item = T> + Send>>;

/// The only source of time.
pub trait Clock: Send + Sync {
    /// The time on the wall, which may step.
    fn wall(&self) -> WallTime;
    /// Time that never steps.
    fn mono(&self) -> MonoTime;
    /// How long the computer has slept since this clock was made, which is no part of [`Clock::mono`]; none where the
    /// system does not tell.
    fn slept(&self) -> Option<Duration> {
        None
    }
    /// Waits.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
    /// How far the clock on the wall, where this computer is, goes ahead of UTC at an instant, in seconds. UTC where
    /// nothing is known of a place.
    fn utc_offset_s(&self, _at: WallTime) -> i32 {
        0
    }
}

/// Keeps cameras, their sealed credentials and the settings.
pub trait CameraStore: Send + Sync {
    /// All cameras, by name.
    fn list(&self) -> BoxFuture<'_, Result<Vec<Camera>>>;
    /// Adds a camera with its sealed credentials. `Conflict` when the name is taken.
    fn insert<'a>(&'a self, camera: &'a Camera, sealed: Option<&'a str>) -> BoxFuture<'a, Result<()>>;
    /// Replaces what is kept of a camera; its credentials stay. `NotFound`, `Conflict`.
    fn update<'a>(&'a self, camera: &'a Camera) -> BoxFuture<'a, Result<()>>;
    /// The same, and its credentials with it: both or, on any error, none.
    fn update_with_login<'a>(&'a self, camera: &'a Camera, sealed: &'a str) -> BoxFuture<'a, Result<()>>;
    /// Forgets a camera and its credentials. Its footage stays. `NotFound`.
    fn remove(&self, id: CameraId) -> BoxFuture<'_, Result<()>>;
    /// The camera's sealed credentials, if it has any.
    fn sealed_credentials(&self, id: CameraId) -> BoxFuture<'_, Result<Option<String>>>;
    /// Replaces (or removes) the camera's sealed credentials.
    fn set_sealed_credentials<'a>(
        &'a self,
        id: CameraId,
        sealed: Option<&'a str>,
    ) -> BoxFuture<'a, Result<()>>;
    /// Replaces all sealed credentials, those of credential sets too: all of them or, on any error, none. Returns how
    /// many there are.
    fn reseal_credentials<'a>(&'a self, reseal: &'a Reseal<'a>) -> BoxFuture<'a, Result<u32>>;
    /// Some of the sealed credentials, those of credential sets too, by which it can be told which key sealed them;
    /// none when there are none.
    fn sealed_sample(&self) -> BoxFuture<'_, Result<Vec<String>>>;
    /// A setting's text.
    fn setting<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<String>>>;
    /// Stores (or removes) a setting.
    fn set_setting<'a>(&'a self, key: &'a str, value: Option<&'a str>) -> BoxFuture<'a, Result<()>>;
}

/// Seals credentials for storage.
pub trait SecretBox: Send + Sync {
    /// Encrypts credentials for one camera at one host.
    fn seal(&self, camera: CameraId, host: &str, credentials: &Credentials) -> Result<String>;
    /// Decrypts; `Refused` when the token was sealed for another camera or host (S4), `Corrupt` when it was altered
    /// or the key is another.
    fn open(&self, camera: CameraId, host: &str, sealed: &str) -> Result<Credentials>;
    /// Encrypts the login of a credential set.
    fn seal_set(&self, set: CredentialSetId, name: &str, credentials: &Credentials) -> Result<String>;
    /// Decrypts; `Refused` when the token was sealed for another set, for another name or for a camera, `Corrupt` when
    /// it was altered or the key is another.
    fn open_set(&self, set: CredentialSetId, name: &str, sealed: &str) -> Result<Credentials>;
    /// Where the key lives and how old it is.
    fn status(&self) -> KeyStatus;
    /// Makes a new key and keeps it safe beside the one in use, which stays in use until [`KeyRotation::finish`].
    fn rotate(&self) -> BoxFuture<'_, Result<Box<dyn KeyRotation>>>;
    /// Seals a text under a passphrase, to leave this installation. Takes about half a second of computing.
    fn seal_under(&self, passphrase: Secret, text: Secret) -> BoxFuture<'_, Result<String>>;
    /// Opens such a text. `Refused` when the passphrase is wrong or the text was altered.
    fn open_under(&self, passphrase: Secret, sealed: String) -> BoxFuture<'_, Result<Secret>>;
}

/// An exchange of the vault's key. One that is dropped, or cut off by the end of the program, is settled by the next
/// start: forward when what is stored was sealed with the new key, else back.
pub trait KeyRotation: Send + Sync {
    /// The same credentials, for the same camera and host, sealed with the new key. `Corrupt` when the key in use
    /// does not open them.
    fn reseal(&self, sealed: &str) -> Result<String>;
    /// Whether the new key sealed this.
    fn opens(&self, sealed: &str) -> bool;
    /// The new key takes the old one's place. Call it once everything that it sealed anew is committed.
    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<KeyStatus>>;
    /// The new key goes. Call it when nothing that it sealed was committed.
    fn abandon(self: Box<Self>) -> BoxFuture<'static, Result<()>>;
}

/// Seals a token anew, or says why it cannot.
pub type Reseal<'a> = dyn Fn(&str) -> Result<String> + Send + Sync + 'a;

/// Where the vault's key lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyStatus {
    /// `keyring` or `file`.
    pub place: &'static str,
    /// The file's path, or the keyring entry's name.
    pub location: String,
    /// The first eight hexadecimal digits of the key's SHA-256, to tell keys apart without showing one.
    pub fingerprint: String,
}

/// Finds devices on the network.
pub trait Discovery: Send + Sync {
    /// Scans; each item is a device found or one known better than before (same `key`), the last one says where was
    /// looked. Ends by itself at the request's timeout at the latest; dropping the stream stops the scan at once.
    fn scan(&self, request: ScanRequest) -> BoxStream<Result<Found>>;
    /// Listens to devices that come and go, on every interface, until it is dropped. Sends nothing.
    fn presence(&self) -> BoxStream<Result<Presence>>;
}

/// Keeps what scans have found.
pub trait Inventory: Send + Sync {
    /// All known devices, by address.
    fn list(&self) -> BoxFuture<'_, Result<Vec<KnownDevice>>>;
    /// Replaces all of it.
    fn replace<'a>(&'a self, devices: &'a [KnownDevice]) -> BoxFuture<'a, Result<()>>;
}

/// What a device tells over ONVIF.
#[derive(Debug, Clone, Default)]
pub struct DeviceFacts {
    /// Manufacturer.
    pub vendor: String,
    /// Model.
    pub model: String,
    /// Firmware version.
    pub firmware: String,
    /// Serial number.
    pub serial: String,
    /// The device's clock minus ours, in milliseconds.
    pub clock_offset_ms: Option<i64>,
    /// Its media profiles with a video encoder, in its order.
    pub profiles: Vec<ProfileFacts>,
    /// Where it hands out still pictures.
    pub snapshot_url: Option<StreamUrl>,
}

/// By what a device is known again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeviceIdentity {
    /// Its endpoint reference (ONVIF Core §8.3.17), as [`endpoint_reference`](crate::discovery::endpoint_reference)
    /// writes it.
    pub endpoint: Option<String>,
    /// Its serial number.
    pub serial: Option<String>,
}

/// One ONVIF media profile.
#[derive(Debug, Clone)]
pub struct ProfileFacts {
    /// The profile's token.
    pub token: String,
    /// The stream's address, pinned to the device's host (S3).
    pub url: StreamUrl,
    /// Codec as the device says, such as `H264`.
    pub encoding: String,
    /// Picture width in pixels.
    pub width: u32,
    /// Picture height in pixels.
    pub height: u32,
    /// Frames a second in thousandths.
    pub fps_milli: u32,
}

/// Talks ONVIF to one device.
pub trait OnvifDevice: Send + Sync {
    /// Reads who it is and its streams. `device_url` is its device service. The host of everything it names is
    /// pinned to that of `device_url`; `tls` is the certificate accepted for it.
    fn read<'a>(
        &'a self,
        device_url: &'a StreamUrl,
        credentials: Option<&'a Credentials>,
        tls: Option<CertificateFingerprint>,
    ) -> BoxFuture<'a, Result<DeviceFacts>>;
    /// Asks a device service who it is, without any login: as much as it tells.
    fn identity<'a>(&'a self, device_url: &'a StreamUrl) -> BoxFuture<'a, Result<DeviceIdentity>>;
    /// Looks for the device service at a host: on `port` only, or on the usual ones. Any certificate will do, since
    /// no login is sent.
    fn locate<'a>(&'a self, host: &'a str, port: Option<u16>) -> BoxFuture<'a, Result<StreamUrl>>;
    /// Fetches the still picture at `url` with HTTP Digest: a JPEG. `tls` is the certificate accepted for the camera.
    fn snapshot<'a>(
        &'a self,
        url: &'a StreamUrl,
        credentials: Option<&'a Credentials>,
        tls: Option<CertificateFingerprint>,
    ) -> BoxFuture<'a, Result<Bytes>>;
}

/// Looks at one host from below ONVIF and RTSP, for the doctor. Knows no login and sends none.
pub trait HostProbe: Send + Sync {
    /// An address of a host given by name or address. `NotFound` when the name has none.
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, Result<IpAddr>>;
    /// How packets to the host leave this machine. `Unsupported` where the system does not tell.
    fn route(&self, host: IpAddr) -> BoxFuture<'_, Result<Route>>;
    /// What the link knows of the host. To be asked after packets were sent to it.
    fn neighbour(&self, host: IpAddr) -> BoxFuture<'_, Neighbour>;
    /// Connects to a TCP port and, if it is open, finds out what speaks there.
    fn port(&self, host: IpAddr, number: u16) -> BoxFuture<'_, Port>;
    /// Asks an ONVIF device service for its time, which needs no login (ONVIF Core §8.3.9).
    fn onvif<'a>(&'a self, url: &'a StreamUrl) -> BoxFuture<'a, Onvif>;
}

/// A stream to open.
#[derive(Debug, Clone)]
pub struct OpenRequest {
    /// The camera, for logs.
    pub camera: CameraId,
    /// Which stream, for logs.
    pub role: Role,
    /// Where it is.
    pub url: StreamUrl,
    /// How to fetch it.
    pub transport: Transport,
    /// How often to fetch the picture where the address hands out single ones; none takes the usual interval.
    pub poll: Option<PollInterval>,
    /// The login.
    pub credentials: Option<Credentials>,
    /// Whether the login may go out in the clear where nothing better is offered (S5).
    pub allow_basic: bool,
    /// The certificate accepted for the camera; none takes what this computer's authorities vouch for.
    pub tls: Option<CertificateFingerprint>,
}

/// A stream that plays.
pub struct OpenStream {
    /// The video's format at the start, when the description tells it; else with the first unit.
    pub video: Option<Arc<VideoFormat>>,
    /// The audio's format, when there is audio that can be kept.
    pub audio: Option<Arc<AudioFormat>>,
    /// Why audio that the camera offers is left out.
    pub audio_note: Option<String>,
    /// How often single pictures are fetched; none where the camera sends a stream by itself.
    pub poll: Option<PollInterval>,
    /// The units in decoding order. An error is the last item. Dropping it ends the session at the camera.
    pub units: BoxStream<Result<MediaUnit>>,
}

/// Opens streams, by whatever protocol their URL names.
pub trait StreamOpener: Send + Sync {
    /// Connects, logs in and starts to play.
    fn open(&self, request: OpenRequest) -> BoxFuture<'_, Result<OpenStream>>;
}

/// The recorded footage: files and their index, which it keeps in step. What does not need the files (lists, gaps) is
/// answered for storage directories that are not there, too.
pub trait Archive: Volumes {
    /// Opens a new file in a storage directory. Its row is committed once the first fragment is safe in it.
    fn begin_on(
        &self,
        volume: VolumeId,
        header: SegmentHeader,
    ) -> BoxFuture<'_, Result<Box<dyn SegmentWriter>>>;
    /// Opens a new file in the first directory of the camera's [`places`](Volumes::places), and nowhere else.
    fn begin(&self, header: SegmentHeader) -> BoxFuture<'_, Result<Box<dyn SegmentWriter>>> {
        Box::pin(async move {
            let places = self.places(header.camera).await?;
            let own = places.first().map(|place| place.volume).unwrap_or_default();
            self.begin_on(own, header).await
        })
    }
    /// Puts right what a crash cut off, in every storage directory that is there; those that are not are put right
    /// when they first take a file. Called once, before anything is recorded. Fails when none is there. Where an index was
    /// lost and there is much footage, the newest of it is indexed and the rest left to [`Self::index_rest`].
    fn recover(&self) -> BoxFuture<'_, Result<RecoveryReport>>;
    /// Indexes what was left, the oldest first, in every storage directory that is there. Returns at once when nothing is
    /// left; may take hours while footage is recorded. Dropped, it goes on from there with the next call.
    fn index_rest(&self) -> BoxFuture<'_, Result<()>>;
    /// Segments that touch the range, by start; of one camera, or of all.
    fn segments(&self, camera: Option<CameraId>, range: TimeRange) -> BoxFuture<'_, Result<Vec<Segment>>>;
    /// One segment. `NotFound`.
    fn segment(&self, id: SegmentId) -> BoxFuture<'_, Result<Segment>>;
    /// Where a camera's account ends: the end of its last segment or closed gap, whichever is later.
    fn accounted_until(&self, camera: CameraId) -> BoxFuture<'_, Result<Option<WallTime>>>;
    /// Opens a gap and commits it; one camera has at most one open gap, and a second call leaves it as it is.
    fn open_gap(&self, gap: Gap) -> BoxFuture<'_, Result<()>>;
    /// Closes the camera's open gap, if it has one, and returns it.
    fn close_gap(&self, camera: CameraId, end: WallTime) -> BoxFuture<'_, Result<Option<Gap>>>;
    /// How much of each range the camera's files cover, in the ranges' order. What is being written counts as far as
    /// its row was last touched, some seconds ago.
    fn recorded<'a>(
        &'a self,
        camera: CameraId,
        ranges: &'a [TimeRange],
    ) -> BoxFuture<'a, Result<Vec<Duration>>>;
    /// Gaps that touch the range, by start.
    fn gaps(&self, camera: CameraId, range: TimeRange) -> BoxFuture<'_, Result<Vec<Gap>>>;
    /// What is recorded of these cameras over the range and what is missing, in their order. An archive that knows a
    /// shorter way than through its lists takes it.
    fn timeline<'a>(
        &'a self,
        cameras: &'a [CameraId],
        range: TimeRange,
        resolution: &'a Resolution,
    ) -> BoxFuture<'a, Result<Vec<CameraTimeline>>> {
        Box::pin(async move {
            let mut timelines = Vec::with_capacity(cameras.len());
            for &camera in cameras {
                let footage = self.segments(Some(camera), range).await?;
                let gaps = self.gaps(camera, range).await?;
                let footage = footage.iter().map(|segment| segment.range).collect();
                let recorded = timeline::recorded(footage, &gaps, range, resolution);
                timelines.push(CameraTimeline { camera, recorded, gaps });
            }
            Ok(timelines)
        })
    }
    /// Deletes segments in two phases and notes the gap with cause `retention`. Those whose storage directory is not
    /// there stay, and are an error once the others are deleted.
    fn delete<'a>(&'a self, ids: &'a [SegmentId]) -> BoxFuture<'a, Result<()>>;
    /// Holds files and index against each other, in every storage directory that is there. Fails when none is.
    fn fsck(&self, repair: bool, rebuild_index: bool) -> BoxFuture<'_, Result<FsckReport>>;
    /// Makes one MP4 of a range without transcoding. `progress` is called often and must be quick; when it returns
    /// false the export stops with `Cancelled` and leaves no file.
    fn export(
        &self,
        request: ExportRequest,
        progress: Box<dyn FnMut(Progress) -> bool + Send>,
    ) -> BoxFuture<'_, Result<ExportReport>>;
    /// What a player needs of a segment: how to open its decoder, and its fragments.
    fn playback(&self, id: SegmentId) -> BoxFuture<'_, Result<Playback>>;
    /// Bytes of one fragment for the player, made playable where the recorded form is not (G.711 left out).
    fn playback_fragment(&self, id: SegmentId, index: usize) -> BoxFuture<'_, Result<Bytes>>;
    /// Room in all storage directories that are there.
    fn storage(&self) -> BoxFuture<'_, Result<Storage>>;
}

/// A segment as a player opens it.
#[derive(Debug, Clone)]
pub struct Playback {
    /// MIME type with codecs (RFC 6381).
    pub mime: String,
    /// `ftyp` and `moov`.
    pub init: Bytes,
    /// The fragments.
    pub fragments: Vec<FragmentEntry>,
}

/// Room in the storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Storage {
    /// Bytes that the footage takes.
    pub used_bytes: u64,
    /// Bytes still free for it.
    pub free_bytes: u64,
}

/// A file being recorded. One that is dropped before it has finished, or while it works, keeps only what `append` has
/// returned, and is finished when its storage directory takes a file again.
pub trait SegmentWriter: Send {
    /// Writes a fragment. When this returns the fragment is in the file (not yet necessarily on the disk), and the
    /// index will find it after a crash of this program. A fragment whose writing failed is not in the file.
    fn append(&mut self, fragment: Fragment, start: WallTime) -> BoxFuture<'_, Result<FragmentEntry>>;
    /// Makes the file durable and commits its final row.
    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<Segment>>;
}

/// Decodes single pictures and writes still ones.
pub trait StillCamera: Send + Sync {
    /// Decodes a key unit.
    fn decode(&self, key: VideoUnit) -> BoxFuture<'_, Result<Picture>>;
    /// A JPEG of a picture.
    fn encode_jpeg(&self, picture: Picture) -> BoxFuture<'_, Result<Bytes>>;
    /// Writes a file under its final name at once or not at all.
    fn save<'a>(&'a self, path: &'a str, bytes: Bytes, overwrite: bool) -> BoxFuture<'a, Result<()>>;
}

/// Live B: decodes many streams and composes one picture of the whole grid.
pub trait Compositor: Send + Sync {
    /// Starts a composition. Its decoders run on threads of their own until it is dropped.
    fn start(&self) -> Box<dyn Composition>;
}

/// A grid being decoded and composed.
pub trait Composition: Send {
    /// Lays the tiles out anew. Decoders of streams that stay go on.
    fn set_grid(&mut self, grid: &Grid);
    /// Shows this part of a tile's picture from its next one on.
    fn set_view(&mut self, tile: usize, view: View);
    /// Hands the next coded picture of a tile over. Never blocks: false when the tile's decoder is behind and the
    /// picture was left out; the caller then skips to the next key unit.
    fn feed(&mut self, tile: usize, unit: VideoUnit) -> bool;
    /// The grid as it is now, when anything in it changed since the last call.
    fn compose(&mut self) -> Option<ComposedGrid>;
}

/// One picture of the whole grid.
#[derive(Debug, Clone)]
pub struct ComposedGrid {
    /// The picture; BT.601, limited range.
    pub picture: Picture,
    /// For each tile, pictures decoded since the last composition.
    pub decoded: Vec<u32>,
    /// For each tile, when the picture shown was received; zero before the first.
    pub received: Vec<MonoTime>,
}

/// Sees what streams show, coarsely, to find motion in it.
pub trait MotionEye: Send + Sync {
    /// Opens an eye for one stream. Its decoder runs on threads of its own until both ends are dropped.
    fn open(&self) -> OpenEye;
}

/// An open eye.
pub struct OpenEye {
    /// Where coded pictures go in.
    pub feed: Box<dyn EyeFeed>,
    /// What was seen, about five times a second: the newest that nobody has taken yet.
    pub looks: BoxStream<LumaSample>,
}

/// Where an eye's coded pictures go in.
pub trait EyeFeed: Send {
    /// Hands the next coded picture over; all of them in their order, as each refers to others. Never blocks: false when
    /// the decoder is behind and the picture was left out; the caller then skips to the next key unit.
    fn feed(&mut self, unit: VideoUnit) -> bool;
}

/// Keeps how motion is looked for, and when it was seen.
pub trait MotionStore: Send + Sync {
    /// A camera's settings; the usual ones where it has none of its own. `NotFound`.
    fn settings(&self, camera: CameraId) -> BoxFuture<'_, Result<MotionSettings>>;
    /// Keeps a camera's settings. `NotFound`.
    fn set_settings<'a>(
        &'a self,
        camera: CameraId,
        settings: &'a MotionSettings,
    ) -> BoxFuture<'a, Result<()>>;
    /// Keeps events, those that are kept already in their place: all of them or, on any error, none.
    fn note<'a>(&'a self, events: &'a [MotionEvent]) -> BoxFuture<'a, Result<()>>;
    /// A camera's events that touch the range, by start.
    fn events(&self, camera: CameraId, range: TimeRange) -> BoxFuture<'_, Result<Vec<MotionEvent>>>;
    /// Ends the events that a program left lasting which ended itself, where they are known to have lasted to, and
    /// forgets those that began before `oldest`. Returns how many it ended.
    fn settle(&self, oldest: WallTime) -> BoxFuture<'_, Result<u64>>;
}

/// Keeps credential sets.
pub trait CredentialSetStore: Send + Sync {
    /// All sets, by name.
    fn list(&self) -> BoxFuture<'_, Result<Vec<CredentialSet>>>;
    /// Adds a set. `Conflict` when the name is taken.
    fn insert<'a>(&'a self, set: &'a CredentialSet) -> BoxFuture<'a, Result<()>>;
    /// Replaces a set's sealed login and, with it, the sealed copies of its cameras: all of them or, on any error,
    /// none. `NotFound`; `Conflict` when a camera that is named is not one of the set's, or one of them is not named.
    fn change<'a>(
        &'a self,
        set: &'a CredentialSet,
        copies: &'a [(CameraId, String)],
    ) -> BoxFuture<'a, Result<()>>;
    /// Forgets a set. Its cameras keep their copies as logins of their own. `NotFound`.
    fn remove(&self, id: CredentialSetId) -> BoxFuture<'_, Result<()>>;
}

/// Keeps saved views of the live grid, and tours.
pub trait SavedViewStore: Send + Sync {
    /// All views, in the user's order.
    fn views(&self) -> BoxFuture<'_, Result<Vec<SavedView>>>;
    /// Keeps a view: in the place of the one with its identity, else as the last. `Conflict` when the name is taken.
    fn keep_view<'a>(&'a self, view: &'a SavedView) -> BoxFuture<'a, Result<()>>;
    /// Forgets a view. `NotFound`.
    fn remove_view(&self, id: SavedViewId) -> BoxFuture<'_, Result<()>>;
    /// Puts the views in this order; those that are not named follow.
    fn order_views<'a>(&'a self, ids: &'a [SavedViewId]) -> BoxFuture<'a, Result<()>>;
    /// All tours, by name.
    fn tours(&self) -> BoxFuture<'_, Result<Vec<Tour>>>;
    /// Keeps a tour: in the place of the one with its identity, else as a new one. `Conflict` when the name is taken.
    fn keep_tour<'a>(&'a self, tour: &'a Tour) -> BoxFuture<'a, Result<()>>;
    /// Forgets a tour. `NotFound`.
    fn remove_tour(&self, id: TourId) -> BoxFuture<'_, Result<()>>;
}

/// Everything a set of presenters stands on.
#[derive(Clone)]
pub struct Ports {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Cameras and settings.
    pub cameras: Arc<dyn CameraStore>,
    /// Logins that many cameras share.
    pub credential_sets: Arc<dyn CredentialSetStore>,
    /// Views of the grid, and tours.
    pub saved_views: Arc<dyn SavedViewStore>,
    /// Sealing of credentials.
    pub secrets: Arc<dyn SecretBox>,
    /// Finding devices.
    pub discovery: Arc<dyn Discovery>,
    /// Devices found before.
    pub inventory: Arc<dyn Inventory>,
    /// ONVIF.
    pub onvif: Arc<dyn OnvifDevice>,
    /// Drives.
    pub ptz: Arc<dyn Ptz>,
    /// Devices' settings.
    pub device_settings: Arc<dyn DeviceSettings>,
    /// What devices notice.
    pub device_events: Arc<dyn DeviceEvents>,
    /// Pictures of presets.
    pub preset_pictures: Arc<dyn PresetPictures>,
    /// Looking at hosts.
    pub hosts: Arc<dyn HostProbe>,
    /// Streams.
    pub streams: Arc<dyn StreamOpener>,
    /// Footage.
    pub archive: Arc<dyn Archive>,
    /// The same footage, as the rules for keeping it see it.
    pub retention: Arc<dyn RetentionStore>,
    /// Still pictures.
    pub stills: Arc<dyn StillCamera>,
    /// Live B.
    pub compositor: Arc<dyn Compositor>,
    /// Seeing motion.
    pub eyes: Arc<dyn MotionEye>,
    /// What is kept of it.
    pub motion: Arc<dyn MotionStore>,
    /// The computer's load.
    pub machine: Arc<dyn MachineLoad>,
    /// Time zones.
    pub zones: Arc<dyn Zones>,
    /// The computer's sleep.
    pub sleep: Arc<dyn SleepBlock>,
}

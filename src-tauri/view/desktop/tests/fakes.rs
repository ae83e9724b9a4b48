//! Ports by role: cameras that are there, a stream that plays, a composition that shows grey. Everything else says
//! that it is not there.

use atalaya_model::address::StreamUrl;
use atalaya_model::camera::{Camera, CameraId, RecordPolicy, Role, StreamConfig, Transport};
use atalaya_model::certificate::CertificateFingerprint;
use atalaya_model::credential_set::{CredentialSet, CredentialSetId};
use atalaya_model::discovery::{Found, Presence, ScanRequest};
use atalaya_model::doctor::{Neighbour, Onvif, Port, PortState, Route};
use atalaya_model::export::{ExportReport, ExportRequest, Progress};
use atalaya_model::inventory::KnownDevice;
use atalaya_model::live::{Grid, View};
use atalaya_model::machine::{Load, MachineLoad};
use atalaya_model::media::{ColorSpace, MediaUnit, Picture, VideoCodec, VideoFormat, VideoUnit};
use atalaya_model::motion::{MotionEvent, MotionSettings};
use atalaya_model::ports::{
    Archive, BoxFuture, BoxStream, CameraStore, Clock, ComposedGrid, Composition, Compositor,
    CredentialSetStore, DeviceEvents, DeviceFacts, DeviceIdentity, DeviceSettings, Discovery, EyeFeed,
    HostProbe, Inventory, KeyRotation, KeyStatus, MotionEye, MotionStore, OnvifDevice, OpenEye, OpenRequest,
    OpenStream, Playback, Ports, PresetPictures, Ptz, Reseal, RetentionStore, SavedViewStore, SecretBox,
    SegmentWriter, SleepBlock, StillCamera, Storage, StreamOpener, Volumes,
};
use atalaya_model::recording::{FsckReport, Gap, RecoveryReport, Segment, SegmentHeader, SegmentId};
use atalaya_model::retention::{
    Deletion, DeletionOrder, Holding, OldSegment, Page, ProtectedId, ProtectedRange, Room, Sweep,
};
use atalaya_model::saved_view::{SavedView, SavedViewId};
use atalaya_model::secret::{Credentials, Secret};
use atalaya_model::storage::{Place, VolumeId, VolumeStatus};
use atalaya_model::time::{MonoTime, TimeRange, WallTime};
use atalaya_model::tour::{Tour, TourId};
use atalaya_model::{Error, Kind, Result};
use atalaya_presenter::{Engine, EngineOptions};
use atalaya_service::clock::SystemClock;
use atalaya_service::zones::JiffZones;
use bytes::Bytes;
use futures_util::stream;
use std::any::Any;
use std::net::IpAddr;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Units of a group of pictures of the fake stream.
pub(crate) const GOP: i64 = 10;

/// How the fake camera sends.
#[derive(Clone, Copy)]
pub(crate) struct Pace {
    /// Bytes of a unit.
    pub(crate) unit_bytes: usize,
    /// Time between two.
    pub(crate) every: Duration,
}

/// A running engine over the fakes, with one camera of two streams that records nothing.
pub(crate) async fn engine(pace: Pace) -> (Engine, Arc<dyn Clock>) {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let ports = Ports {
        clock: clock.clone(),
        cameras: Arc::new(OneCamera),
        credential_sets: Arc::new(Absent),
        saved_views: Arc::new(Absent),
        secrets: Arc::new(Absent),
        discovery: Arc::new(Absent),
        inventory: Arc::new(Absent),
        onvif: Arc::new(Absent),
        ptz: Arc::new(Absent),
        device_settings: Arc::new(Absent),
        device_events: Arc::new(Absent),
        preset_pictures: Arc::new(Absent),
        hosts: Arc::new(Absent),
        streams: Arc::new(Playing { pace, clock: clock.clone() }),
        archive: Arc::new(Absent),
        retention: Arc::new(Absent),
        stills: Arc::new(Absent),
        compositor: Arc::new(GreyCompositor),
        eyes: Arc::new(Absent),
        motion: Arc::new(Absent),
        machine: Arc::new(Absent),
        zones: Arc::new(JiffZones),
        sleep: Arc::new(Absent),
    };
    (Engine::start(ports, EngineOptions::default()).await.unwrap(), clock)
}

/// The identity of the one camera.
pub(crate) fn camera_id() -> CameraId {
    CameraId(Uuid::from_u128(7))
}

fn camera() -> Camera {
    let stream = |role, url| StreamConfig {
        role,
        url: StreamUrl::parse(url).unwrap(),
        transport: Transport::default(),
        poll: None,
        found: None,
    };
    Camera {
        id: camera_id(),
        name: "Gate".to_owned(),
        host: "10.0.0.7".to_owned(),
        onvif_url: None,
        snapshot_url: None,
        endpoint: None,
        enabled: true,
        group: None,
        credential_set: None,
        streams: vec![stream(Role::Main, "rtsp://10.0.0.7/main"), stream(Role::Sub, "rtsp://10.0.0.7/sub")],
        record: RecordPolicy::default(),
        schedule: None,
        allow_basic: false,
        tls_fingerprint: None,
        simulated: false,
        device_identity: None,
        created_at: WallTime::default(),
    }
}

fn absent<T: Send + 'static>() -> BoxFuture<'static, Result<T>> {
    Box::pin(async { Err(Error::new(Kind::Unsupported, "not in this test")) })
}

struct OneCamera;

impl CameraStore for OneCamera {
    fn list(&self) -> BoxFuture<'_, Result<Vec<Camera>>> {
        Box::pin(async { Ok(vec![camera()]) })
    }
    fn insert<'a>(&'a self, _: &'a Camera, _: Option<&'a str>) -> BoxFuture<'a, Result<()>> {
        absent()
    }
    fn update<'a>(&'a self, _: &'a Camera) -> BoxFuture<'a, Result<()>> {
        absent()
    }
    fn update_with_login<'a>(&'a self, _: &'a Camera, _: &'a str) -> BoxFuture<'a, Result<()>> {
        absent()
    }
    fn remove(&self, _: CameraId) -> BoxFuture<'_, Result<()>> {
        absent()
    }
    fn sealed_credentials(&self, _: CameraId) -> BoxFuture<'_, Result<Option<String>>> {
        Box::pin(async { Ok(None) })
    }
    fn set_sealed_credentials<'a>(&'a self, _: CameraId, _: Option<&'a str>) -> BoxFuture<'a, Result<()>> {
        absent()
    }
    fn reseal_credentials<'a>(&'a self, _: &'a Reseal<'a>) -> BoxFuture<'a, Result<u32>> {
        absent()
    }
    fn sealed_sample(&self) -> BoxFuture<'_, Result<Vec<String>>> {
        absent()
    }
    fn setting<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<String>>> {
        Box::pin(async { Ok(None) })
    }
    fn set_setting<'a>(&'a self, _: &'a str, _: Option<&'a str>) -> BoxFuture<'a, Result<()>> {
        absent()
    }
}

struct Playing {
    pace: Pace,
    clock: Arc<dyn Clock>,
}

/// The format of the fake stream.
pub(crate) fn format() -> VideoFormat {
    VideoFormat {
        codec: VideoCodec::H264,
        codec_string: "avc1.42c00a".to_owned(),
        width: 640,
        height: 360,
        coded_width: 640,
        coded_height: 368,
        decoder_config: Bytes::from_static(&[1, 2, 3]),
        sample_entry: Bytes::new(),
        declared_fps_milli: Some(30_000),
    }
}

/// Unit `n`: its number is the start of its payload.
pub(crate) fn unit(n: i64, bytes: usize, format: Arc<VideoFormat>, clock: &dyn Clock) -> VideoUnit {
    let mut data = vec![0; bytes];
    data[..8].copy_from_slice(&n.to_le_bytes());
    VideoUnit {
        data: Bytes::from(data),
        pts_90k: n * 3000,
        key: n % GOP == 0,
        packets_lost: 0,
        format,
        received: clock.mono(),
        received_wall: clock.wall(),
        camera_time: None,
    }
}

impl StreamOpener for Playing {
    fn open(&self, _: OpenRequest) -> BoxFuture<'_, Result<OpenStream>> {
        let (pace, clock, format) = (self.pace, self.clock.clone(), Arc::new(format()));
        let first_format = format.clone();
        let units = stream::unfold(0, move |n| {
            let (clock, format) = (clock.clone(), format.clone());
            async move {
                clock.sleep(pace.every).await;
                Some((Ok(MediaUnit::Video(unit(n, pace.unit_bytes, format, &*clock))), n + 1))
            }
        });
        let stream = OpenStream {
            video: Some(first_format),
            audio: None,
            audio_note: None,
            poll: None,
            units: Box::pin(units),
        };
        Box::pin(async { Ok(stream) })
    }
}

impl MotionEye for Absent {
    fn open(&self) -> OpenEye {
        OpenEye { feed: Box::new(Absent), looks: Box::pin(stream::empty()) }
    }
}

impl EyeFeed for Absent {
    fn feed(&mut self, _: VideoUnit) -> bool {
        false
    }
}

impl MotionStore for Absent {
    fn settings(&self, _: CameraId) -> BoxFuture<'_, Result<MotionSettings>> {
        absent()
    }
    fn set_settings<'a>(&'a self, _: CameraId, _: &'a MotionSettings) -> BoxFuture<'a, Result<()>> {
        absent()
    }
    fn note<'a>(&'a self, _: &'a [MotionEvent]) -> BoxFuture<'a, Result<()>> {
        absent()
    }
    fn events(&self, _: CameraId, _: TimeRange) -> BoxFuture<'_, Result<Vec<MotionEvent>>> {
        absent()
    }
    fn settle(&self, _: WallTime) -> BoxFuture<'_, Result<u64>> {
        absent()
    }
}

struct GreyCompositor;

impl Compositor for GreyCompositor {
    fn start(&self) -> Box<dyn Composition> {
        Box::new(Grey { grid: Grid::default(), decoded: Vec::new(), received: Vec::new() })
    }
}

/// A composition that "decodes" by counting.
struct Grey {
    grid: Grid,
    decoded: Vec<u32>,
    received: Vec<MonoTime>,
}

impl Composition for Grey {
    fn set_grid(&mut self, grid: &Grid) {
        self.grid = grid.clone();
        self.decoded = vec![0; grid.tiles.len()];
        self.received = vec![MonoTime::default(); grid.tiles.len()];
    }
    fn set_view(&mut self, _: usize, _: View) {}
    fn feed(&mut self, tile: usize, unit: VideoUnit) -> bool {
        self.decoded[tile] += 1;
        self.received[tile] = unit.received;
        true
    }
    fn compose(&mut self) -> Option<ComposedGrid> {
        if self.decoded.iter().all(|&count| count == 0) {
            return None;
        }
        let (width, height) = (self.grid.width, self.grid.height);
        let picture = Picture {
            width,
            height,
            i420: Bytes::from(vec![128; (width * height * 3 / 2) as usize]),
            color: ColorSpace::default(),
        };
        let decoded = std::mem::replace(&mut self.decoded, vec![0; self.grid.tiles.len()]);
        Some(ComposedGrid { picture, decoded, received: self.received.clone() })
    }
}

/// A service that these tests do without.
struct Absent;

impl CredentialSetStore for Absent {
    fn list(&self) -> BoxFuture<'_, Result<Vec<CredentialSet>>> {
        absent()
    }
    fn insert<'a>(&'a self, _: &'a CredentialSet) -> BoxFuture<'a, Result<()>> {
        absent()
    }
    fn change<'a>(&'a self, _: &'a CredentialSet, _: &'a [(CameraId, String)]) -> BoxFuture<'a, Result<()>> {
        absent()
    }
    fn remove(&self, _: CredentialSetId) -> BoxFuture<'_, Result<()>> {
        absent()
    }
}

impl SavedViewStore for Absent {
    fn views(&self) -> BoxFuture<'_, Result<Vec<SavedView>>> {
        absent()
    }
    fn keep_view<'a>(&'a self, _: &'a SavedView) -> BoxFuture<'a, Result<()>> {
        absent()
    }
    fn remove_view(&self, _: SavedViewId) -> BoxFuture<'_, Result<()>> {
        absent()
    }
    fn order_views<'a>(&'a self, _: &'a [SavedViewId]) -> BoxFuture<'a, Result<()>> {
        absent()
    }
    fn tours(&self) -> BoxFuture<'_, Result<Vec<Tour>>> {
        absent()
    }
    fn keep_tour<'a>(&'a self, _: &'a Tour) -> BoxFuture<'a, Result<()>> {
        absent()
    }
    fn remove_tour(&self, _: TourId) -> BoxFuture<'_, Result<()>> {
        absent()
    }
}

impl SecretBox for Absent {
    fn seal(&self, _: CameraId, _: &str, _: &Credentials) -> Result<String> {
        Err(Error::new(Kind::Unsupported, "not in this test"))
    }
    fn open(&self, _: CameraId, _: &str, _: &str) -> Result<Credentials> {
        Err(Error::new(Kind::Unsupported, "not in this test"))
    }
    fn seal_set(&self, _: CredentialSetId, _: &str, _: &Credentials) -> Result<String> {
        Err(Error::new(Kind::Unsupported, "not in this test"))
    }
    fn open_set(&self, _: CredentialSetId, _: &str, _: &str) -> Result<Credentials> {
        Err(Error::new(Kind::Unsupported, "not in this test"))
    }
    fn status(&self) -> KeyStatus {
        KeyStatus { place: "file", location: String::new(), fingerprint: String::new() }
    }
    fn rotate(&self) -> BoxFuture<'_, Result<Box<dyn KeyRotation>>> {
        absent()
    }
    fn seal_under(&self, _: Secret, _: Secret) -> BoxFuture<'_, Result<String>> {
        absent()
    }
    fn open_under(&self, _: Secret, _: String) -> BoxFuture<'_, Result<Secret>> {
        absent()
    }
}

impl Discovery for Absent {
    fn scan(&self, _: ScanRequest) -> BoxStream<Result<Found>> {
        Box::pin(stream::empty())
    }
    fn presence(&self) -> BoxStream<Result<Presence>> {
        Box::pin(stream::empty())
    }
}

impl Inventory for Absent {
    fn list(&self) -> BoxFuture<'_, Result<Vec<KnownDevice>>> {
        Box::pin(async { Ok(Vec::new()) })
    }
    fn replace<'a>(&'a self, _: &'a [KnownDevice]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}

impl OnvifDevice for Absent {
    fn read<'a>(
        &'a self,
        _: &'a StreamUrl,
        _: Option<&'a Credentials>,
        _: Option<CertificateFingerprint>,
    ) -> BoxFuture<'a, Result<DeviceFacts>> {
        absent()
    }
    fn identity<'a>(&'a self, _: &'a StreamUrl) -> BoxFuture<'a, Result<DeviceIdentity>> {
        absent()
    }
    fn locate<'a>(&'a self, _: &'a str, _: Option<u16>) -> BoxFuture<'a, Result<StreamUrl>> {
        absent()
    }
    fn snapshot<'a>(
        &'a self,
        _: &'a StreamUrl,
        _: Option<&'a Credentials>,
        _: Option<CertificateFingerprint>,
    ) -> BoxFuture<'a, Result<Bytes>> {
        absent()
    }
}

impl Ptz for Absent {}
impl DeviceSettings for Absent {}
impl DeviceEvents for Absent {}

impl PresetPictures for Absent {
    fn load<'a>(&'a self, _: CameraId, _: &'a str) -> BoxFuture<'a, Result<Option<Bytes>>> {
        absent()
    }
    fn keep<'a>(&'a self, _: CameraId, _: &'a str, _: Option<Bytes>) -> BoxFuture<'a, Result<()>> {
        absent()
    }
}

impl HostProbe for Absent {
    fn resolve<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<IpAddr>> {
        absent()
    }
    fn route(&self, _: IpAddr) -> BoxFuture<'_, Result<Route>> {
        absent()
    }
    fn neighbour(&self, _: IpAddr) -> BoxFuture<'_, Neighbour> {
        Box::pin(async { Neighbour::Unknown })
    }
    fn port(&self, _: IpAddr, number: u16) -> BoxFuture<'_, Port> {
        Box::pin(async move { Port { number, state: PortState::Silent, speech: None } })
    }
    fn onvif<'a>(&'a self, _: &'a StreamUrl) -> BoxFuture<'a, Onvif> {
        Box::pin(async { Onvif::Absent })
    }
}

impl SleepBlock for Absent {
    fn hold<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Box<dyn Any + Send + Sync>>> {
        absent()
    }
}

impl MachineLoad for Absent {
    fn read(&self) -> BoxFuture<'_, Result<Load>> {
        absent()
    }
}

impl Volumes for Absent {
    fn volumes(&self) -> BoxFuture<'_, Result<Vec<VolumeStatus>>> {
        absent()
    }
    fn places(&self, _: CameraId) -> BoxFuture<'_, Result<Vec<Place>>> {
        absent()
    }
    fn add_volume<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<VolumeId>> {
        absent()
    }
    fn remove_volume(&self, _: VolumeId, _: bool) -> BoxFuture<'_, Result<()>> {
        absent()
    }
    fn assign_volume(&self, _: CameraId, _: Option<VolumeId>) -> BoxFuture<'_, Result<()>> {
        absent()
    }
    fn make_default_volume(&self, _: VolumeId) -> BoxFuture<'_, Result<()>> {
        absent()
    }
}

impl Archive for Absent {
    fn begin_on(&self, _: VolumeId, _: SegmentHeader) -> BoxFuture<'_, Result<Box<dyn SegmentWriter>>> {
        absent()
    }
    fn recover(&self) -> BoxFuture<'_, Result<RecoveryReport>> {
        absent()
    }
    fn index_rest(&self) -> BoxFuture<'_, Result<()>> {
        absent()
    }
    fn segments(&self, _: Option<CameraId>, _: TimeRange) -> BoxFuture<'_, Result<Vec<Segment>>> {
        absent()
    }
    fn segment(&self, _: SegmentId) -> BoxFuture<'_, Result<Segment>> {
        absent()
    }
    fn accounted_until(&self, _: CameraId) -> BoxFuture<'_, Result<Option<WallTime>>> {
        absent()
    }
    fn open_gap(&self, _: Gap) -> BoxFuture<'_, Result<()>> {
        absent()
    }
    fn close_gap(&self, _: CameraId, _: WallTime) -> BoxFuture<'_, Result<Option<Gap>>> {
        absent()
    }
    fn recorded<'a>(&'a self, _: CameraId, _: &'a [TimeRange]) -> BoxFuture<'a, Result<Vec<Duration>>> {
        absent()
    }
    fn gaps(&self, _: CameraId, _: TimeRange) -> BoxFuture<'_, Result<Vec<Gap>>> {
        absent()
    }
    fn delete<'a>(&'a self, _: &'a [SegmentId]) -> BoxFuture<'a, Result<()>> {
        absent()
    }
    fn fsck(&self, _: bool, _: bool) -> BoxFuture<'_, Result<FsckReport>> {
        absent()
    }
    fn export(
        &self,
        _: ExportRequest,
        _: Box<dyn FnMut(Progress) -> bool + Send>,
    ) -> BoxFuture<'_, Result<ExportReport>> {
        absent()
    }
    fn playback(&self, _: SegmentId) -> BoxFuture<'_, Result<Playback>> {
        absent()
    }
    fn playback_fragment(&self, _: SegmentId, _: usize) -> BoxFuture<'_, Result<Bytes>> {
        absent()
    }
    fn storage(&self) -> BoxFuture<'_, Result<Storage>> {
        Box::pin(async { Ok(Storage::default()) })
    }
}

impl RetentionStore for Absent {
    fn holdings(&self, _: Range<i64>) -> BoxFuture<'_, Result<Vec<Holding>>> {
        absent()
    }
    fn oldest(&self, _: Page) -> BoxFuture<'_, Result<Vec<OldSegment>>> {
        absent()
    }
    fn bytes_in(&self, _: CameraId, _: TimeRange) -> BoxFuture<'_, Result<u64>> {
        absent()
    }
    fn rooms(&self) -> BoxFuture<'_, Result<Vec<Room>>> {
        absent()
    }
    fn retire<'a>(&'a self, _: &'a [SegmentId], _: DeletionOrder) -> BoxFuture<'a, Result<u64>> {
        absent()
    }
    fn deletions(&self, _: u32) -> BoxFuture<'_, Result<Vec<Deletion>>> {
        absent()
    }
    fn protected(&self) -> BoxFuture<'_, Result<Vec<ProtectedRange>>> {
        absent()
    }
    fn protect<'a>(&'a self, _: &'a ProtectedRange) -> BoxFuture<'a, Result<()>> {
        absent()
    }
    fn unprotect(&self, _: ProtectedId) -> BoxFuture<'_, Result<()>> {
        absent()
    }
    fn sweep<'a>(&'a self, _: Option<&'a str>) -> BoxFuture<'a, Result<Sweep>> {
        absent()
    }
}

impl StillCamera for Absent {
    fn decode(&self, _: VideoUnit) -> BoxFuture<'_, Result<Picture>> {
        absent()
    }
    fn encode_jpeg(&self, _: Picture) -> BoxFuture<'_, Result<Bytes>> {
        absent()
    }
    fn save<'a>(&'a self, _: &'a str, _: Bytes, _: bool) -> BoxFuture<'a, Result<()>> {
        absent()
    }
}

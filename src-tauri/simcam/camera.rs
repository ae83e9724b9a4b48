//! Owns one simulated camera: what it is, its two streams, its drive and its keeper of passwords.
//! Must not know protocols; they look at it through shared references.

use crate::{
    clock,
    digest::Authenticator,
    fault::Faults,
    identity::Identity,
    lens::Lens,
    media::{LiveStream, ParameterSets, StreamPlan, VideoFormat},
    options::FleetOptions,
    picture::{self, Painter, Scene},
    ptz::Ptz,
    rtsp::Mount,
    setup::Setup,
};
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU16, AtomicU64},
    },
    time::{Duration, Instant},
};
use tokio_util::task::TaskTracker;

pub(crate) const MAIN: VideoFormat =
    VideoFormat { width: 1280, height: 720, fps: 25, bitrate_bps: 2_000_000, gop: 50 };
pub(crate) const SUB: VideoFormat =
    VideoFormat { width: 640, height: 360, fps: 15, bitrate_bps: 512_000, gop: 30 };
/// Pictures a second of the Motion JPEG stream, which has the size of the sub-stream.
pub(crate) const MJPEG_FPS: u32 = 10;
/// What the streams turn into, and back, with the fault `resolution-change`.
const OTHER_MAIN: VideoFormat = VideoFormat { width: 960, height: 540, ..MAIN };
const OTHER_SUB: VideoFormat = VideoFormat { width: 480, height: 270, ..SUB };

/// The parameter sets of both streams, the same for every camera.
#[derive(Clone)]
pub(crate) struct FleetParameterSets {
    main: ParameterSets,
    sub: ParameterSets,
}

impl FleetParameterSets {
    /// Primes one encoder per format. Takes some ten milliseconds of computing.
    pub(crate) fn prime() -> Result<Self, openh264::Error> {
        Ok(Self { main: ParameterSets::of(MAIN)?, sub: ParameterSets::of(SUB)? })
    }
}

/// One camera.
pub(crate) struct Camera {
    pub(crate) identity: Identity,
    pub(crate) authenticator: Authenticator,
    pub(crate) faults: Faults,
    pub(crate) ptz: Arc<Ptz>,
    pub(crate) lens: Arc<Lens>,
    pub(crate) setup: Arc<Setup>,
    pub(crate) seed: u64,
    /// RTSP sessions at this moment.
    pub(crate) sessions: AtomicU16,
    /// RTP packets that faults kept back so far.
    pub(crate) kept_back: Arc<AtomicU64>,
    /// Zero of all media times.
    pub(crate) epoch: Instant,
    /// The `sess-id` of its session descriptions (RFC 8866 §5.2).
    pub(crate) session_number: u64,
    scene: Scene,
    main: Arc<LiveStream>,
    sub: Arc<LiveStream>,
    parameter_sets: FleetParameterSets,
}

impl Camera {
    pub(crate) fn new(
        identity: Identity,
        scene: Scene,
        options: &FleetOptions,
        parameter_sets: FleetParameterSets,
        tracker: &TaskTracker,
    ) -> Self {
        let faults = Faults::new(options.faults.clone());
        let epoch = Instant::now();
        let ptz = Arc::new(Ptz::new(epoch));
        let lens = Arc::new(Lens::new(epoch));
        let setup = Arc::new(Setup::new(faults.clock_offset_ms()));
        let stream = |label: &str, format: VideoFormat, other, audio| {
            let gop = faults.gop().map_or(format.gop, |length| format.frames_in(length));
            let plan = StreamPlan {
                label: format!("simcam-{}-{label}", identity.number),
                name: identity.name.clone(),
                camera: identity.number,
                scene,
                ptz: Arc::clone(&ptz),
                lens: Arc::clone(&lens),
                setup: Arc::clone(&setup),
                faults: faults.clone(),
                format: VideoFormat { gop, ..format },
                change: faults.resolution_change().map(|every| (every, other)),
                audio,
                epoch,
            };
            LiveStream::new(plan, tracker.clone())
        };
        let main = stream("main", MAIN, OTHER_MAIN, options.audio);
        // Without a picture it must have something.
        let sub_audio = options.audio.filter(|_| faults.has_no_video());
        let sub = stream("sub", SUB, OTHER_SUB, sub_audio);
        let (credentials, rejects) = (options.credentials.clone(), faults.rejects_auth());
        Self {
            authenticator: Authenticator::new(&identity.name, credentials, options.digest, rejects),
            sessions: AtomicU16::new(0),
            kept_back: Arc::default(),
            seed: options.seed.wrapping_add(identity.number.into()),
            session_number: clock::utc_now().as_secs(),
            identity,
            faults,
            ptz,
            lens,
            setup,
            epoch,
            scene,
            main,
            sub,
            parameter_sets,
        }
    }

    pub(crate) fn stream(&self, mount: Mount) -> &Arc<LiveStream> {
        match mount {
            Mount::Main => &self.main,
            Mount::Sub => &self.sub,
        }
    }

    pub(crate) fn parameter_sets(&self, mount: Mount) -> &ParameterSets {
        match mount {
            Mount::Main => &self.parameter_sets.main,
            Mount::Sub => &self.parameter_sets.sub,
        }
    }

    /// The time this camera believes it is.
    pub(crate) fn utc(&self) -> Duration {
        self.setup.utc()
    }

    /// Whether the walking figure is in the motion zone now, or anything is there that moves where that is by request.
    pub(crate) fn sees_motion(&self) -> bool {
        let by_request = self.faults.moves_at(self.epoch.elapsed());
        by_request.unwrap_or_else(|| self.scene.motion_at(clock::utc_now()))
    }

    /// Whether somebody tampers with it now.
    pub(crate) fn is_tampered(&self) -> bool {
        self.faults.is_tampered_at(self.epoch.elapsed())
    }

    /// Whether its digital input is closed now.
    pub(crate) fn input_is_closed(&self) -> bool {
        self.faults.closes_input_at(self.epoch.elapsed())
    }

    /// A still picture of this moment as JPEG. Takes some ten milliseconds of computing.
    pub(crate) fn snapshot(&self) -> io::Result<Vec<u8>> {
        self.paint(&mut self.painter(MAIN))
    }

    /// Paints the pictures of one Motion JPEG stream.
    pub(crate) fn mjpeg_painter(&self) -> Painter {
        self.painter(SUB)
    }

    /// What this painter sees at this moment, as JPEG.
    pub(crate) fn paint(&self, painter: &mut Painter) -> io::Result<Vec<u8>> {
        let now = Instant::now();
        let since = now.saturating_duration_since(self.epoch);
        painter.suffer(self.faults.freezes_at(since), self.faults.covers_at(since));
        painter.rest(self.faults.moves_at(since) == Some(false));
        let picture = painter.paint(clock::utc_now(), self.ptz.view(now), self.lens.blur(now));
        let look = self.setup.look().of(picture);
        picture::jpeg(look.as_ref().unwrap_or(picture)).map_err(io::Error::other)
    }

    fn painter(&self, format: VideoFormat) -> Painter {
        let Identity { name, number, .. } = &self.identity;
        Painter::new(self.scene, name, *number, format.width, format.height)
    }
}

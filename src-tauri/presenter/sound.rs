//! Owns the sound of one pull on its way to who listens: those who do not keep up lose what is old, and neither a
//! picture nor the recorder notices. Must not know what a tile is.

use atalaya_model::media::{AudioUnit, VideoUnit};
use atalaya_model::ports::{BoxStream, OpenStream};
use atalaya_model::time::WallTime;
use futures_util::stream;
use std::sync::Arc;
use tokio::sync::broadcast::{self, error::RecvError};

/// Units kept for a listener that is behind: 0.6 to 1.3 seconds as cameras usually cut them. The window throws away
/// what is older than that anyway.
const KEPT: usize = 32;

/// Units of a connection from which it is learnt how sound lies to pictures: about fifteen seconds, which takes in the
/// first sender reports. Later the camera's two clocks may have drifted apart, for which nothing tells.
const LEARNT_FROM: u32 = 512;

/// How much a unit changes what was learnt: a thirty-second part, so that single late packets do not.
const LEARNT_SLOWLY: i64 = 32;

/// The most that sound may lie off its pictures and be believed, in microseconds.
const LAG_MAX_MICROS: i64 = 500_000;

/// What a listener gets.
#[derive(Debug, Clone)]
pub(crate) enum Sound {
    /// A packet, and when a picture taken at its beginning is received, as near as can be told.
    Unit(AudioUnit, WallTime),
    /// The stream has no sound; with why what the camera offers is left out.
    Absent(Option<Arc<str>>),
}

/// A listener's end: the newest units.
pub(crate) type Listener = BoxStream<Sound>;

/// Where sound goes out. No listener costs a unit more than being counted.
pub(crate) fn channel() -> broadcast::Sender<Sound> {
    broadcast::Sender::new(KEPT)
}

/// Listens from now on.
pub(crate) fn listener(out: &broadcast::Sender<Sound>) -> Listener {
    Box::pin(stream::unfold(out.subscribe(), |mut units| async move {
        loop {
            match units.recv().await {
                Ok(sound) => return Some((sound, units)),
                // Old sound is worth nothing.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    }))
}

/// A pull's side of it.
pub(crate) struct Voice {
    out: broadcast::Sender<Sound>,
    /// What is said while a stream without sound plays.
    absent: Option<Sound>,
    lag: Lag,
}

impl Voice {
    pub(crate) fn new(out: broadcast::Sender<Sound>) -> Self {
        Self { out, absent: None, lag: Lag::default() }
    }

    /// Whether anybody listens.
    pub(crate) fn is_heard(&self) -> bool {
        self.out.receiver_count() > 0
    }

    /// A connection begins.
    pub(crate) fn opened(&mut self, stream: &OpenStream) {
        let note = || stream.audio_note.as_deref().map(Arc::from);
        self.absent = stream.audio.is_none().then(|| Sound::Absent(note()));
        self.lag = Lag::default();
        self.tell_absence();
    }

    /// It ended.
    pub(crate) fn ended(&mut self) {
        self.absent = None;
    }

    /// Says so when nothing is to be heard. Without a listener nobody is told.
    pub(crate) fn tell_absence(&self) {
        if let Some(absent) = &self.absent {
            let _ = self.out.send(absent.clone());
        }
    }

    /// A unit came after this picture.
    pub(crate) fn unit(&mut self, unit: &AudioUnit, picture: Option<&VideoUnit>, now: WallTime) {
        if let Some(picture) = picture {
            self.lag.learn(unit.micros(), now, picture);
        }
        if self.is_heard() {
            let _ = self.out.send(Sound::Unit(unit.clone(), now.plus_micros(-self.lag.micros)));
        }
    }
}

/// How much later than a picture of the same moment sound is received.
#[derive(Debug, Default)]
struct Lag {
    units: u32,
    micros: i64,
}

impl Lag {
    fn learn(&mut self, sound_micros: i64, now: WallTime, picture: &VideoUnit) {
        if self.units == LEARNT_FROM {
            return;
        }
        let behind = now.micros_since(picture.received_wall);
        let found = behind.saturating_sub(sound_micros.saturating_sub(picture.micros()));
        let found = found.clamp(-LAG_MAX_MICROS, LAG_MAX_MICROS);
        self.micros =
            if self.units == 0 { found } else { self.micros + (found - self.micros) / LEARNT_SLOWLY };
        self.units += 1;
    }
}

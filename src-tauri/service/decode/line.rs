//! Owns one stream's units that wait for their decoder, and the decoder. Must not know what becomes of its pictures.

use super::decoder::{Decoders, PictureDecoder, Show};
use atalaya_model::Result;
use atalaya_model::media::{VideoCodec, VideoUnit};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A stream's line. The feeder waits for no decoder: what waits and the decoder have a lock each, never held together.
pub(super) struct Line {
    decoders: Arc<dyn Decoders>,
    /// Units that may wait.
    most: usize,
    queue: Mutex<Queue>,
    pub(super) decoder: Mutex<Option<(VideoCodec, Box<dyn PictureDecoder>)>>,
}

#[derive(Default)]
struct Queue {
    units: VecDeque<VideoUnit>,
    /// A worker has the stream, or it waits for one.
    taken: bool,
}

/// What became of a unit handed to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fed {
    /// A worker must be called.
    Call,
    /// It waits behind others.
    Waits,
    /// There was no room.
    LeftOut,
}

impl Line {
    pub(super) fn new(decoders: Arc<dyn Decoders>, most: usize) -> Self {
        Self { decoders, most, queue: Mutex::default(), decoder: Mutex::default() }
    }

    pub(super) fn feed(&self, unit: VideoUnit) -> Fed {
        let mut queue = lock(&self.queue);
        if queue.units.len() >= self.most {
            return Fed::LeftOut;
        }
        queue.units.push_back(unit);
        if std::mem::replace(&mut queue.taken, true) { Fed::Waits } else { Fed::Call }
    }

    /// The next unit, and whether it is the newest. After none a worker must be called again.
    pub(super) fn next(&self) -> Option<(VideoUnit, bool)> {
        let mut queue = lock(&self.queue);
        let unit = queue.units.pop_front();
        queue.taken = unit.is_some();
        unit.map(|unit| (unit, queue.units.is_empty()))
    }

    /// Decodes a unit, with a new decoder when the codec has changed.
    pub(super) fn decode(&self, unit: &VideoUnit, show: Show<'_>) -> Result<()> {
        let mut slot = lock(&self.decoder);
        let codec = unit.format.codec;
        let decoder = match &mut *slot {
            Some((known, decoder)) if *known == codec => decoder,
            other => &mut other.insert((codec, self.decoders.decoder(codec))).1,
        };
        decoder.decode(unit, show)
    }

    /// Forgets the decoder and what waits, after a panic among them.
    pub(super) fn reset(&self) {
        *lock(&self.decoder) = None;
        *lock(&self.queue) = Queue::default();
    }
}

/// What a panic left behind a lock is put right by [`Line::reset`].
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

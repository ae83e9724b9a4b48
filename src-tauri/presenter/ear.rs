//! Owns listening to one tile: which of its camera's streams is listened to, and what the window is told of it. A
//! picture of a sub-stream goes with the main stream's sound where the sub-stream has none: the main stream is often
//! pulled for its recording anyway.

use crate::engine::Inner;
use crate::live::LivePacket;
use crate::sound::{Listener, Sound};
use atalaya_model::camera::{Camera, Role};
use atalaya_model::media::AudioFormat;
use futures_util::StreamExt;
use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll};

/// An ear at one tile.
pub(crate) struct Ear {
    pub(crate) tile: usize,
    camera: Camera,
    /// The stream that is listened to.
    role: Role,
    sound: Listener,
    format: Option<Arc<AudioFormat>>,
    /// Why the sub-stream's sound was left out.
    note: Option<Arc<str>>,
}

impl Ear {
    /// Listens to a tile that shows this stream.
    pub(crate) fn new(engine: &Arc<Inner>, tile: usize, camera: Camera, shown: Role) -> Self {
        let shown = camera.stream(shown);
        let known_silent = shown.found.as_ref().is_some_and(|found| found.audio.is_none());
        let role = if known_silent { Role::Main } else { shown.role };
        let sound = engine.pull(&camera, role).listen();
        Self { tile, camera, role, sound, format: None, note: None }
    }

    /// Puts what there is to hear behind what waits for the window. False when nothing will come any more.
    pub(crate) fn poll(
        &mut self,
        engine: &Arc<Inner>,
        grid: u32,
        waiting: &mut VecDeque<LivePacket>,
        cx: &mut Context<'_>,
    ) -> bool {
        let tile = self.tile;
        loop {
            match self.sound.poll_next_unpin(cx) {
                Poll::Pending => return true,
                // The camera was removed.
                Poll::Ready(None) => return false,
                Poll::Ready(Some(Sound::Unit(unit, moment))) => {
                    if self.format.as_ref().is_none_or(|format| !Arc::ptr_eq(format, &unit.format)) {
                        let format = unit.format.clone();
                        self.format = Some(format.clone());
                        waiting.push_back(LivePacket::AudioFormat { grid, tile, format });
                    }
                    waiting.push_back(LivePacket::Audio { grid, tile, unit, moment });
                    return true;
                }
                Poll::Ready(Some(Sound::Absent(note))) if self.role == Role::Main => {
                    let note = note.or_else(|| self.note.take());
                    waiting.push_back(LivePacket::NoAudio { grid, tile, note });
                    return false;
                }
                Poll::Ready(Some(Sound::Absent(note))) => {
                    self.note = note;
                    self.role = Role::Main;
                    self.sound = engine.pull(&self.camera, self.role).listen();
                }
            }
        }
    }
}

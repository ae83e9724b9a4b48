//! What a player in a webview gets of a segment: the recorded bytes as they are, or without the sound that no webview
//! plays (G.711).

use super::{SqliteArchive, disk};
use crate::mux::{Head, mime, video_only, write_init};
use atalaya_model::media::VideoCodec;
use atalaya_model::ports::Playback;
use atalaya_model::recording::{Segment, SegmentHeader, SegmentId};
use atalaya_model::{Error, Kind, Result};
use bytes::Bytes;

/// Bytes of a fragment's `prft`, which precedes its `moof` in every file of ours.
pub(super) const PRFT_BYTES: usize = 32;

impl SqliteArchive {
    /// How to open a segment. `Unsupported` for Motion JPEG, which media sources do not play.
    pub(super) async fn play(&self, id: SegmentId) -> Result<Playback> {
        let segment = self.find(id).await?;
        refuse_mjpeg(&segment)?;
        let fragments = self.fragments(&segment).await?;
        let path = Self::full_path(&segment);
        let silent = is_g711(&segment);
        let volume = self.volume_of(&segment.place).await?;
        let work = volume.ask(move |_| {
            let mut file = disk::open(&path)?;
            let Head { header, end, delay } = file.head()?.clone();
            let init = if silent {
                write_init(&SegmentHeader { audio: None, ..header.clone() }, delay)
            } else {
                file.read(0, end)?.unwrap_or_default()
            };
            Ok((mime(&header, !silent), Bytes::from(init)))
        });
        let (mime, init) = work.await?;
        Ok(Playback { mime, init, fragments })
    }

    /// One fragment for the player that was opened so.
    pub(super) async fn play_fragment(&self, id: SegmentId, index: usize) -> Result<Bytes> {
        let segment = self.find(id).await?;
        refuse_mjpeg(&segment)?;
        let fragments = self.fragments(&segment).await?;
        let entry = *fragments.get(index).ok_or_else(|| {
            Error::new(Kind::NotFound, "the segment has no such fragment")
                .with("segment", id.0)
                .with("index", index)
        })?;
        let path = Self::full_path(&segment);
        let silent = is_g711(&segment);
        let volume = self.volume_of(&segment.place).await?;
        let work = volume.ask(move |_| {
            let damaged = || {
                Error::new(Kind::Corrupt, "a fragment is damaged")
                    .with("path", path.display())
                    .with("offset", entry.offset)
            };
            let mut file = disk::open(&path)?;
            let whole = file.read(entry.offset, entry.bytes.into())?.ok_or_else(damaged)?;
            if !silent {
                return Ok(Bytes::from(whole));
            }
            let (_, tables) = file.fragment(entry.offset, entry.start)?.ok_or_else(damaged)?;
            let delay = file.head()?.delay;
            Ok(video_only(&whole, PRFT_BYTES, &tables, index as u32 + 1, delay).into())
        });
        work.await
    }
}

fn refuse_mjpeg(segment: &Segment) -> Result<()> {
    if segment.codec == VideoCodec::Mjpeg.code() {
        return Err(Error::new(Kind::Unsupported, "Motion JPEG cannot be played here: export it")
            .with("segment", segment.id.0));
    }
    Ok(())
}

fn is_g711(segment: &Segment) -> bool {
    matches!(segment.audio.as_deref(), Some("pcmu" | "pcma"))
}

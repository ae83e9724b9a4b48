//! Owns the making of the model's units from whole JPEGs: format, times by arrival, the count of lost ones. Must not
//! know how they came.

use super::failure::{self, Phase};
use super::picture::Jpeg;
use crate::mux::entry;
use atalaya_model::media::{MediaUnit, VideoCodec, VideoFormat, VideoUnit};
use atalaya_model::ports::{BoxStream, Clock};
use atalaya_model::time::MonoTime;
use atalaya_model::{Error, Kind, Result};
use bytes::Bytes;
use futures_util::stream;
use std::future::Future;
use std::sync::Arc;

/// Damaged pictures in a row after which the stream is given up.
const LOST_MAX: u32 = 64;
/// The least time between two pictures that arrived together, in 90 kHz ticks: a millisecond.
const STEP_MIN_90K: i64 = 90;

/// Makes the units of one stream.
pub(super) struct Units {
    clock: Arc<dyn Clock>,
    format: Option<Arc<VideoFormat>>,
    /// When the first picture came, and the time given to the last one.
    line: Option<(MonoTime, i64)>,
    /// Pictures lost since the last one.
    lost: u32,
}

impl Units {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, format: None, line: None, lost: 0 }
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// The unit of a picture that is here now.
    pub(super) fn take(&mut self, jpeg: Jpeg) -> MediaUnit {
        let Jpeg { data, width, height } = jpeg;
        let format = match &self.format {
            Some(format) if (format.width, format.height) == (width, height) => Arc::clone(format),
            _ => Arc::clone(self.format.insert(Arc::new(format(width, height)))),
        };
        let received = self.clock.mono();
        let pts_90k = match self.line {
            None => 0,
            Some((first, last)) => {
                let arrived = i64::try_from(received.since(first).as_micros() * 9 / 100).unwrap_or(i64::MAX);
                arrived.max(last.saturating_add(STEP_MIN_90K))
            }
        };
        self.line = Some((self.line.map_or(received, |(first, _)| first), pts_90k));
        MediaUnit::Video(VideoUnit {
            data,
            pts_90k,
            // Every JPEG stands alone.
            key: true,
            packets_lost: std::mem::take(&mut self.lost),
            format,
            received,
            received_wall: self.clock.wall(),
            camera_time: None,
        })
    }

    /// A picture came damaged, or something else in its place. `Protocol` when nothing else comes.
    pub(super) fn lose(&mut self) -> Result<()> {
        self.lost += 1;
        if self.lost > LOST_MAX {
            return Err(
                Error::new(Kind::Protocol, "the camera sends no whole picture").with("lost", self.lost)
            );
        }
        Ok(())
    }
}

/// The format of pictures of this size. Within the cap on a side, so that it fits the 16 bits of a sample entry.
fn format(width: u32, height: u32) -> VideoFormat {
    VideoFormat {
        codec: VideoCodec::Mjpeg,
        // Object type 0x6C is JPEG (mp4ra.org).
        codec_string: "mp4v.6C".to_owned(),
        width,
        height,
        coded_width: width.next_multiple_of(8),
        coded_height: height.next_multiple_of(8),
        decoder_config: Bytes::new(),
        sample_entry: entry::mjpeg(width as u16, height as u16),
        declared_fps_milli: None,
    }
}

/// Where units come from, one after the other, until there is an error.
pub(super) trait Source: Send + 'static {
    fn next(&mut self) -> impl Future<Output = Result<MediaUnit>> + Send;
}

/// A source as a stream whose last item is its error.
pub(super) fn stream_of(source: impl Source) -> BoxStream<Result<MediaUnit>> {
    Box::pin(stream::unfold(Some(source), async |source| {
        let mut source = source?;
        match source.next().await {
            Ok(unit) => Some((Ok(unit), Some(source))),
            Err(error) => Some((Err(failure::during(Phase::Stream, error)), None)),
        }
    }))
}

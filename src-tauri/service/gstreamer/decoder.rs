//! Owns one GStreamer decoder element, fed and drained in the thread that calls it.
//!
//! A pipeline would hand every picture through two more threads. Instead the element stands alone: what is pushed into
//! the pad before it is decoded in that call, and what it gives comes to the pad behind it before the call returns.
//! Must not know which element it is.

use atalaya_model::media::{ColorSpace, VideoCodec, VideoFormat, VideoUnit};
use atalaya_model::{Error, Kind, Result};
use atalaya_service::decode::{Chain, PictureDecoder, Planes, Show};
use gstreamer::prelude::*;
use gstreamer::{
    Buffer, Caps, ClockTime, Element, Event, EventView, FlowSuccess, Fraction, Pad, PadDirection,
};
use gstreamer_video::{
    VideoColorMatrix, VideoColorRange, VideoFormat as Samples, VideoFrameRef, VideoInfo, VideoMeta,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Units that came to nothing in a row, key units among them, after which the decoder that needs nothing of the system
/// takes over: this element does not take the stream.
const FAILURES_MAX: u32 = 3;

/// What samples may come as: 4:2:0, of eight bits or of ten, which are cut.
const SAMPLES: [Samples; 2] = [Samples::I420, Samples::I42010le];

/// A decoder of one stream.
pub(super) struct GstDecoder<F> {
    element: &'static str,
    /// Makes the decoder that takes over when the element fails.
    other: F,
    stage: Stage,
    chain: Chain,
    failures: u32,
}

enum Stage {
    /// Before the first key unit, and after an error.
    Closed,
    Open(Line),
    /// The element does not take the stream.
    Other(Box<dyn PictureDecoder>),
}

impl<F: Fn() -> Box<dyn PictureDecoder> + Send> GstDecoder<F> {
    pub(super) fn new(element: &'static str, other: F) -> Self {
        Self { element, other, stage: Stage::Closed, chain: Chain::default(), failures: 0 }
    }

    fn failed(&mut self, error: Error) -> Result<()> {
        self.chain.tear();
        self.stage = Stage::Closed;
        self.failures += 1;
        if self.failures >= FAILURES_MAX {
            tracing::info!(element = self.element, %error, "another decoder takes over");
            self.stage = Stage::Other((self.other)());
        }
        Err(error)
    }
}

impl<F: Fn() -> Box<dyn PictureDecoder> + Send> PictureDecoder for GstDecoder<F> {
    fn decode(&mut self, unit: &VideoUnit, show: Show<'_>) -> Result<()> {
        if let Stage::Other(other) = &mut self.stage {
            return other.decode(unit, show);
        }
        if !self.chain.admits(unit) {
            return Ok(());
        }
        let open = match &self.stage {
            Stage::Open(line) => !unit.key || Arc::ptr_eq(&line.format, &unit.format),
            Stage::Closed | Stage::Other(_) => false,
        };
        if !open {
            match Line::open(self.element, &unit.format) {
                Ok(line) => self.stage = Stage::Open(line),
                Err(error) => return self.failed(error),
            }
        }
        let Stage::Open(line) = &mut self.stage else { return Ok(()) };
        match line.push(unit, show) {
            Ok(shown) => {
                if shown {
                    self.failures = 0;
                }
                Ok(())
            }
            Err(error) => self.failed(error),
        }
    }

    fn drain(&mut self, show: Show<'_>) -> Result<()> {
        match &mut self.stage {
            Stage::Open(line) => {
                line.before.push_event(gstreamer::event::Eos::new());
                line.give(show);
                self.stage = Stage::Closed;
                Ok(())
            }
            Stage::Other(other) => other.drain(show),
            Stage::Closed => Ok(()),
        }
    }
}

/// The element between its two pads.
struct Line {
    format: Arc<VideoFormat>,
    element: Element,
    before: Pad,
    /// Kept as long as the element is linked to it.
    _behind: Pad,
    given: Arc<Mutex<Given>>,
    /// Units pushed.
    pushed: u64,
}

/// What came out and was not shown yet.
#[derive(Default)]
struct Given {
    info: Option<VideoInfo>,
    buffers: Vec<Buffer>,
}

impl Line {
    fn open(name: &str, format: &Arc<VideoFormat>) -> Result<Self> {
        let unusable = |cause: &dyn std::fmt::Display| {
            Error::new(Kind::Unsupported, "the system's decoder cannot be used").caused_by(cause.to_string())
        };
        // One thread: more of them hold pictures back, one each.
        let element = gstreamer::ElementFactory::make(name)
            .property("max-threads", 1_i32)
            .property("output-corrupt", false)
            .build()
            .map_err(|cause| unusable(&cause))?;
        let given = Arc::new(Mutex::new(Given::default()));
        let before = Pad::builder(PadDirection::Src).name("src").build();
        let behind = receiver(&given);
        let pad = |name: &str| element.static_pad(name).ok_or_else(|| unusable(&"it has no such pad"));
        before.link(&pad("sink")?).map_err(|cause| unusable(&cause))?;
        pad("src")?.link(&behind).map_err(|cause| unusable(&cause))?;
        for pad in [&before, &behind] {
            pad.set_active(true).map_err(|cause| unusable(&cause))?;
        }
        let line = Self { format: Arc::clone(format), element, before, _behind: behind, given, pushed: 0 };
        line.element.set_state(gstreamer::State::Playing).map_err(|cause| unusable(&cause))?;
        let segment = gstreamer::FormattedSegment::<ClockTime>::new();
        for event in [
            gstreamer::event::StreamStart::new("live"),
            gstreamer::event::Caps::new(&caps(format)),
            gstreamer::event::Segment::new(&segment),
        ] {
            if !line.before.push_event(event) {
                return Err(unusable(&"it does not take the stream's format"));
            }
        }
        Ok(line)
    }

    /// Decodes a unit; whether there was a picture.
    fn push(&mut self, unit: &VideoUnit, show: Show<'_>) -> Result<bool> {
        let mut buffer = Buffer::from_slice(unit.data.clone());
        {
            let buffer = buffer.get_mut().expect("nobody else knows it yet");
            // Only the order counts: a decoder that hears of the real times might leave late pictures out.
            buffer.set_pts(ClockTime::from_mseconds(self.pushed));
            if !unit.key {
                buffer.set_flags(gstreamer::BufferFlags::DELTA_UNIT);
            }
        }
        self.pushed += 1;
        self.before.push(buffer).map_err(|cause| {
            Error::new(Kind::Unsupported, "the system's decoder does not take this picture")
                .caused_by(cause.to_string())
        })?;
        Ok(self.give(show))
    }

    /// Shows what came out; whether there was anything.
    fn give(&self, show: Show<'_>) -> bool {
        let mut given = lock(&self.given);
        let Some(info) = given.info.clone() else { return false };
        let mut any = false;
        for buffer in given.buffers.drain(..) {
            let Ok(frame) = VideoFrameRef::from_buffer_ref_readable(&buffer, &info) else { continue };
            any |= show_frame(&frame, color(&info), show);
        }
        any
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // Elements must be at rest before they go; one that cannot has nothing running.
        let _ = self.element.set_state(gstreamer::State::Null);
    }
}

/// The pad behind the element: keeps what comes, and says that rows may lie further apart than they are long, so that
/// the element decodes straight into what we read.
fn receiver(given: &Arc<Mutex<Given>>) -> Pad {
    let caps = gstreamer_video::VideoCapsBuilder::new().format_list(SAMPLES).build();
    let template =
        gstreamer::PadTemplate::new("sink", PadDirection::Sink, gstreamer::PadPresence::Always, &caps)
            .expect("the template is well-formed");
    let (of_buffers, of_events) = (Arc::clone(given), Arc::clone(given));
    Pad::builder_from_template(&template)
        .chain_function(move |_, _, buffer| {
            lock(&of_buffers).buffers.push(buffer);
            Ok(FlowSuccess::Ok)
        })
        .event_function(move |pad, parent, event: Event| {
            if let EventView::Caps(caps) = event.view() {
                lock(&of_events).info = VideoInfo::from_caps(caps.caps()).ok();
            }
            Pad::event_default(pad, parent, event)
        })
        .query_function(|pad, parent, query| {
            if let gstreamer::QueryViewMut::Allocation(allocation) = query.view_mut() {
                allocation.add_allocation_meta::<VideoMeta>(None);
                return true;
            }
            Pad::query_default(pad, parent, query)
        })
        .build()
}

fn caps(format: &VideoFormat) -> Caps {
    let (media, packing) = match format.codec {
        VideoCodec::H265 => ("video/x-h265", "hvc1"),
        VideoCodec::H264 | VideoCodec::Mjpeg => ("video/x-h264", "avc"),
    };
    Caps::builder(media)
        .field("stream-format", packing)
        .field("alignment", "au")
        .field("codec_data", Buffer::from_slice(format.decoder_config.clone()))
        .field("width", i32::try_from(format.width).unwrap_or(i32::MAX))
        .field("height", i32::try_from(format.height).unwrap_or(i32::MAX))
        // None is declared: a live stream's pictures come when they come.
        .field("framerate", Fraction::new(0, 1))
        .build()
}

fn show_frame(frame: &VideoFrameRef<&gstreamer::BufferRef>, color: ColorSpace, show: Show<'_>) -> bool {
    let size = (frame.width() as usize, frame.height() as usize);
    let strides = frame.plane_stride();
    let stride = |plane: usize| usize::try_from(strides[plane]).unwrap_or(0);
    let data = [0, 1, 2].map(|plane| frame.plane_data(plane).unwrap_or_default());
    let planes = |data, strides| Planes::new(size, data, strides, color);
    if frame.format() == Samples::I420 {
        return planes(data, (stride(0), stride(1))).is_some_and(|planes| {
            show(planes);
            true
        });
    }
    // Ten bits in two bytes, the lower one first: the upper eight of them.
    let cut = data.map(|plane| plane.chunks_exact(2).map(|s| (s[0] >> 2) | (s[1] << 6)).collect::<Vec<_>>());
    let [y, cb, cr] = &cut;
    planes([y, cb, cr], (stride(0) / 2, stride(1) / 2)).is_some_and(|planes| {
        show(planes);
        true
    })
}

/// Range and matrix as the element told them: from the stream, else as players assume.
fn color(info: &VideoInfo) -> ColorSpace {
    let told = info.colorimetry();
    ColorSpace {
        full_range: told.range() == VideoColorRange::Range0_255,
        bt709: told.matrix() == VideoColorMatrix::Bt709,
    }
}

/// What a panic left behind the lock is whole: buffers are added one by one.
fn lock(given: &Mutex<Given>) -> MutexGuard<'_, Given> {
    given.lock().unwrap_or_else(PoisonError::into_inner)
}

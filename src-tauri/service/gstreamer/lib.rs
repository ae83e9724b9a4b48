//! Decoders of the composed grid from GStreamer: libavcodec decodes H.264 in less than half of openh264's time, and
//! H.265 in a tenth of what a decoder in Rust takes. A Linux desktop has GStreamer with its webview; a server without
//! a window does not, so this is a crate of its own that only the window's program links (decision 0019).
//!
//! Must not know tiles, grids or sessions.

#![cfg(target_os = "linux")]

mod decoder;

use atalaya_model::media::VideoCodec;
use atalaya_service::decode::{Decoders, OwnDecoders, PictureDecoder};
use decoder::GstDecoder;

/// The elements of gst-libav for the codecs that are worth the way.
const ELEMENTS: [(VideoCodec, &str); 2] =
    [(VideoCodec::H264, "avdec_h264"), (VideoCodec::H265, "avdec_h265")];

/// GStreamer's decoders where they are installed, else those that need nothing of the system.
#[derive(Debug, Clone, Copy, Default)]
pub struct GstDecoders {
    /// Which of [`ELEMENTS`] are there.
    found: [bool; ELEMENTS.len()],
}

impl GstDecoders {
    /// Looks which decoders this system has. The first look after an installation takes a second: GStreamer reads its
    /// plugins then.
    pub fn look() -> Self {
        if let Err(error) = gstreamer::init() {
            tracing::warn!(%error, "GStreamer does not start; the grid is decoded without it");
            return Self::default();
        }
        let found = ELEMENTS.map(|(_, element)| gstreamer::ElementFactory::find(element).is_some());
        for ((_, element), found) in ELEMENTS.iter().zip(found) {
            tracing::info!(element, found, "decoder of the composed grid");
        }
        Self { found }
    }
}

impl Decoders for GstDecoders {
    fn decoder(&self, codec: VideoCodec) -> Box<dyn PictureDecoder> {
        let own = move || OwnDecoders.decoder(codec);
        let mut elements = ELEMENTS.iter().zip(self.found);
        match elements.find(|((of, _), found)| *of == codec && *found) {
            Some(((_, element), _)) => Box::new(GstDecoder::new(element, own)),
            None => own(),
        }
    }
}

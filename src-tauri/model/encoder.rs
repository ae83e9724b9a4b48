//! A camera's video encoder: what it is set to, what it can be set to, and the check of the one against the other
//! (ONVIF Media §5.2.8, Media2 §5.3). Knows no protocol.

use crate::error::{Error, Kind, Result};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// What an encoder is set to.
#[derive(Debug, Clone, PartialEq)]
pub struct EncoderSettings {
    /// The device's own name for the configuration, opaque.
    pub token: String,
    /// Codec as the device says, such as `H264`.
    pub codec: String,
    /// Picture width in pixels.
    pub width: u32,
    /// Picture height in pixels.
    pub height: u32,
    /// Frames a second in thousandths; zero when the device sets no limit.
    pub fps_milli: u32,
    /// Bitrate in kbit/s; zero when the device sets no limit.
    pub bitrate_kbps: u32,
    /// Frames from one key frame to the next; none for codecs that have no other frames.
    pub gop: Option<u32>,
}

/// What an encoder can be set to for one codec.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EncoderOptions {
    /// The codec these are for.
    pub codec: String,
    /// Sizes, width and height in pixels.
    pub sizes: Vec<(u32, u32)>,
    /// Lowest and highest rate in thousandths of a frame a second.
    pub fps_milli: Option<(u32, u32)>,
    /// Lowest and highest bitrate in kbit/s.
    pub bitrate_kbps: Option<(u32, u32)>,
    /// Shortest and longest group of pictures in frames.
    pub gop: Option<(u32, u32)>,
}

/// A change to an encoder; what is none stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EncoderChange {
    /// New codec.
    pub codec: Option<String>,
    /// New size.
    pub size: Option<(u32, u32)>,
    /// New rate in thousandths of a frame a second.
    pub fps_milli: Option<u32>,
    /// New bitrate in kbit/s.
    pub bitrate_kbps: Option<u32>,
    /// New group of pictures in frames.
    pub gop: Option<u32>,
}

/// An encoder with all that is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoder {
    /// What it is set to.
    pub settings: EncoderSettings,
    /// What it can be set to, one entry a codec; empty when the device does not tell.
    pub options: Vec<EncoderOptions>,
}

/// A key picture that comes less often makes joining, seeking and searching slow, in seconds.
pub const GOP_LONG_S: u32 = 4;

impl EncoderSettings {
    /// Seconds from one key frame to the next, in thousandths; none when a part of it is unknown.
    pub fn gop_ms(&self) -> Option<u64> {
        let gop = self.gop.filter(|&gop| gop > 0 && self.fps_milli > 0)?;
        Some(u64::from(gop) * 1_000_000 / u64::from(self.fps_milli))
    }
}

impl Encoder {
    /// The settings after a change. `InvalidInput` names the first thing that the device does not offer; nothing has
    /// been sent then. What a device tells no limits for it is left to judge itself.
    pub fn changed(&self, change: &EncoderChange) -> Result<EncoderSettings> {
        let mut settings = self.settings.clone();
        if let Some(codec) = &change.codec {
            settings.codec.clone_from(codec);
        }
        if let Some((width, height)) = change.size {
            (settings.width, settings.height) = (width, height);
        }
        settings.fps_milli = change.fps_milli.unwrap_or(settings.fps_milli);
        settings.bitrate_kbps = change.bitrate_kbps.unwrap_or(settings.bitrate_kbps);
        settings.gop = change.gop.or(settings.gop);
        if self.options.is_empty() {
            return Ok(settings);
        }
        let Some(options) = self.options.iter().find(|it| it.codec.eq_ignore_ascii_case(&settings.codec))
        else {
            let offered: Vec<_> = self.options.iter().map(|options| options.codec.as_str()).collect();
            return Err(not_offered("codec", &settings.codec, &offered.join(", ")));
        };
        settings.codec.clone_from(&options.codec);
        let size = (settings.width, settings.height);
        if !options.sizes.is_empty() && !options.sizes.contains(&size) {
            let offered: Vec<_> = options.sizes.iter().map(|(w, h)| format!("{w}x{h}")).collect();
            return Err(not_offered("size", &format!("{}x{}", size.0, size.1), &offered.join(", ")));
        }
        let within = |name, value: u32, range: Option<(u32, u32)>| match range {
            Some((min, max)) if !(min..=max).contains(&value) => {
                Err(not_offered(name, &format!("{value}"), &format!("{min} to {max}")))
            }
            _ => Ok(()),
        };
        // Only what is changed is judged: a camera may stand outside its own limits, as many do.
        if let Some(fps) = change.fps_milli {
            within("fps_milli", fps, options.fps_milli)?;
        }
        if let Some(bitrate) = change.bitrate_kbps {
            within("bitrate_kbps", bitrate, options.bitrate_kbps)?;
        }
        if let Some(gop) = change.gop {
            within("gop", gop, options.gop)?;
        }
        Ok(settings)
    }
}

fn not_offered(what: &'static str, wanted: &str, offered: &str) -> Error {
    Error::new(Kind::InvalidInput, "the camera's encoder does not offer this")
        .with("setting", what)
        .with("wanted", wanted)
        .with("offered", offered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec;

    fn encoder() -> Encoder {
        let settings = EncoderSettings {
            token: "main".into(),
            codec: "H264".into(),
            width: 1280,
            height: 720,
            fps_milli: 25_000,
            bitrate_kbps: 2000,
            gop: Some(50),
        };
        let options = EncoderOptions {
            codec: "H264".into(),
            sizes: vec![(1280, 720), (640, 360)],
            fps_milli: Some((1000, 25_000)),
            bitrate_kbps: Some((64, 4000)),
            gop: Some((1, 250)),
        };
        Encoder { settings, options: vec![options] }
    }

    #[test]
    fn what_is_offered_is_taken_and_the_rest_stays() {
        let change = EncoderChange { gop: Some(25), size: Some((640, 360)), ..Default::default() };
        let changed = encoder().changed(&change).unwrap();
        assert_eq!((changed.gop, changed.width, changed.bitrate_kbps), (Some(25), 640, 2000));
        assert_eq!(changed.gop_ms(), Some(1000));
    }

    #[test]
    fn what_is_not_offered_is_named() {
        let bad = |change: EncoderChange| {
            let error = encoder().changed(&change).unwrap_err();
            (error.fact("setting").unwrap().to_string(), error.fact("offered").unwrap().to_string())
        };
        let none = EncoderChange::default();
        let said = |a: &str, b: &str| (a.to_string(), b.to_string());
        assert_eq!(bad(EncoderChange { codec: Some("H265".into()), ..none.clone() }), said("codec", "H264"));
        assert_eq!(
            bad(EncoderChange { size: Some((1, 1)), ..none.clone() }),
            said("size", "1280x720, 640x360")
        );
        assert_eq!(bad(EncoderChange { gop: Some(0), ..none.clone() }), said("gop", "1 to 250"));
        assert_eq!(bad(EncoderChange { bitrate_kbps: Some(9), ..none.clone() }).0, "bitrate_kbps");
        assert_eq!(bad(EncoderChange { fps_milli: Some(60_000), ..none }).0, "fps_milli");
    }

    #[test]
    fn without_options_the_device_judges() {
        let blind = Encoder { options: vec![], ..encoder() };
        assert!(blind.changed(&EncoderChange { gop: Some(9999), ..Default::default() }).is_ok());
    }
}

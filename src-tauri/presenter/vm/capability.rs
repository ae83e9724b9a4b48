//! What a device can do and is set to, as views show and change it.

use super::camera::StreamVm;
use atalaya_model::encoder::{Encoder, EncoderChange, EncoderOptions, EncoderSettings};
use atalaya_model::imaging::{Imaging, ImagingChange, IrCut, Level};
use atalaya_model::text::excerpt;
use atalaya_model::{Error, Kind};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Something that a camera notices at this moment, or that is seen in its picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct NoticeVm {
    /// The camera.
    pub camera: String,
    /// `motion`, `tamper` or `input`; of the picture shown `frozen`, `clock_only` or `covered`; `moving` where our own
    /// detector sees motion.
    pub notice: String,
    /// Since when the picture shown has been so; null for what the camera notices.
    pub since: Option<super::Rfc3339>,
}

/// An ONVIF media profile.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct ProfileVm {
    /// Its token.
    pub token: String,
    /// Codec as the device says.
    pub codec: String,
    /// Picture width in pixels.
    pub width: u32,
    /// Picture height in pixels.
    pub height: u32,
    /// Frames a second as the device says; null when it does not.
    pub fps: Option<f64>,
}

/// What one codec of an encoder offers.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct EncoderOptionsVm {
    /// The codec.
    pub codec: String,
    /// Sizes, `WIDTHxHEIGHT`.
    pub sizes: Vec<String>,
    /// Lowest and highest frames a second.
    pub fps: Option<[f64; 2]>,
    /// Lowest and highest bitrate in kbit/s.
    pub bitrate_kbps: Option<[u32; 2]>,
    /// Shortest and longest group of pictures in frames.
    pub gop: Option<[u32; 2]>,
}

impl From<&EncoderOptions> for EncoderOptionsVm {
    fn from(options: &EncoderOptions) -> Self {
        let EncoderOptions { codec, sizes, fps_milli, bitrate_kbps, gop } = options;
        let fps = |milli: u32| f64::from(milli) / 1000.0;
        Self {
            codec: codec.clone(),
            sizes: sizes.iter().map(|(width, height)| format!("{width}x{height}")).collect(),
            fps: fps_milli.map(|(min, max)| [fps(min), fps(max)]),
            bitrate_kbps: bitrate_kbps.map(<[u32; 2]>::from),
            gop: gop.map(<[u32; 2]>::from),
        }
    }
}

/// A video encoder of a device.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct EncoderVm {
    /// The device's own name for it.
    pub token: String,
    /// Codec as the device says.
    pub codec: String,
    /// Picture width in pixels.
    pub width: u32,
    /// Picture height in pixels.
    pub height: u32,
    /// Most frames a second; null without a limit.
    pub fps: Option<f64>,
    /// Most kbit/s; null without a limit.
    pub bitrate_kbps: Option<u32>,
    /// Group of pictures in frames.
    pub gop: Option<u32>,
    /// What can be chosen; empty when the device does not tell, or was not asked.
    pub options: Vec<EncoderOptionsVm>,
}

impl From<&EncoderSettings> for EncoderVm {
    fn from(settings: &EncoderSettings) -> Self {
        let EncoderSettings { token, codec, width, height, fps_milli, bitrate_kbps, gop } = settings;
        Self {
            token: token.clone(),
            codec: codec.clone(),
            width: *width,
            height: *height,
            fps: Some(*fps_milli).filter(|&milli| milli > 0).map(|milli| f64::from(milli) / 1000.0),
            bitrate_kbps: Some(*bitrate_kbps).filter(|&kbps| kbps > 0),
            gop: *gop,
            options: Vec::new(),
        }
    }
}

impl From<&Encoder> for EncoderVm {
    fn from(encoder: &Encoder) -> Self {
        let options = encoder.options.iter().map(EncoderOptionsVm::from).collect();
        Self { options, ..Self::from(&encoder.settings) }
    }
}

/// A change to an encoder; what is null stays.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[ts(export)]
pub struct EncoderChangeVm {
    /// New codec.
    #[ts(optional)]
    pub codec: Option<String>,
    /// New size, `WIDTHxHEIGHT`.
    #[ts(optional)]
    pub size: Option<String>,
    /// New frames a second.
    #[ts(optional)]
    pub fps: Option<f64>,
    /// New bitrate in kbit/s.
    #[ts(optional)]
    pub bitrate_kbps: Option<u32>,
    /// New group of pictures in frames.
    #[ts(optional)]
    pub gop: Option<u32>,
}

impl TryFrom<EncoderChangeVm> for EncoderChange {
    type Error = Error;
    fn try_from(change: EncoderChangeVm) -> Result<Self, Error> {
        let size = change.size.as_deref().map(|size| {
            let read = || {
                let (width, height) = size.split_once('x')?;
                Some((width.parse().ok()?, height.parse().ok()?))
            };
            read().ok_or_else(|| {
                Error::new(Kind::InvalidInput, "a size is WIDTHxHEIGHT").with("size", excerpt(size, 32))
            })
        });
        let fps_milli = change.fps.map(|fps| {
            if (0.001..=1000.0).contains(&fps) {
                Ok((fps * 1000.0).round() as u32)
            } else {
                Err(Error::new(Kind::InvalidInput, "a frame rate is above 0 and at most 1000"))
            }
        });
        Ok(Self {
            codec: change.codec,
            size: size.transpose()?,
            fps_milli: fps_milli.transpose()?,
            bitrate_kbps: change.bitrate_kbps,
            gop: change.gop,
        })
    }
}

/// An account at a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct DeviceUserVm {
    /// Its name.
    pub name: String,
    /// Its level, such as `Administrator`.
    pub level: String,
}

/// What was measured of a stream that plays.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct MeasuredVm {
    /// `main` or `sub`.
    pub role: String,
    /// The stream as it was last opened.
    pub stream: StreamVm,
    /// Frames a second now; null while it does not play.
    pub fps: Option<f64>,
    /// Bit/s now; null while it does not play.
    #[ts(type = "number | null")]
    pub bitrate_bps: Option<u64>,
    /// Media time from one key picture to the next in milliseconds; null before the second one.
    pub gop_ms: Option<u32>,
    /// Whether pictures come in another order than they are shown (B-frames); null while it does not play.
    pub b_frames: Option<bool>,
}

/// Everything that is known of a camera's device.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct CapabilityVm {
    /// Manufacturer.
    pub vendor: String,
    /// Model.
    pub model: String,
    /// Firmware version.
    pub firmware: String,
    /// Serial number.
    pub serial: String,
    /// The device's clock minus ours, in milliseconds; null when it does not tell.
    #[ts(type = "number | null")]
    pub clock_offset_ms: Option<i64>,
    /// The media service in use: 1 or 2.
    pub media_version: u8,
    /// Its other services, of `ptz`, `imaging` and `events`.
    pub services: Vec<String>,
    /// Its media profiles.
    pub profiles: Vec<ProfileVm>,
    /// Its video encoders.
    pub encoders: Vec<EncoderVm>,
    /// Its accounts; null when the login may not list them.
    pub users: Option<Vec<DeviceUserVm>>,
    /// What is done for it that ONVIF does not ask for, by stable names.
    pub quirks: Vec<String>,
    /// What was measured of its streams.
    pub measured: Vec<MeasuredVm>,
    /// What a user should know: `gop_long`, `b_frames`, `clock_wrong`, `clock_unknown`.
    pub warnings: Vec<String>,
}

/// A setting with its range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct LevelVm {
    /// What it is set to.
    pub value: f32,
    /// The lowest it can be.
    pub min: f32,
    /// The highest.
    pub max: f32,
}

impl From<Level> for LevelVm {
    fn from(Level { value, min, max }: Level) -> Self {
        Self { value, min, max }
    }
}

/// How a camera makes its picture; what is null it does not offer.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct ImagingVm {
    /// Brightness.
    pub brightness: Option<LevelVm>,
    /// Contrast.
    pub contrast: Option<LevelVm>,
    /// Colour saturation.
    pub saturation: Option<LevelVm>,
    /// Sharpness.
    pub sharpness: Option<LevelVm>,
    /// The infrared filter: `on`, `off` or `auto`.
    pub ir_cut: Option<String>,
    /// What it can be set to.
    pub ir_cut_modes: Vec<String>,
    /// Whether the camera focuses by itself.
    pub auto_focus: Option<bool>,
    /// Whether focus can be moved by hand.
    pub focus: bool,
    /// How: `continuous` (at a speed), `relative` (by a distance), `absolute` (to a place).
    pub focus_ways: Vec<String>,
}

impl From<Imaging> for ImagingVm {
    fn from(imaging: Imaging) -> Self {
        let code = |mode: IrCut| mode.code().to_owned();
        Self {
            brightness: imaging.brightness.map(LevelVm::from),
            contrast: imaging.contrast.map(LevelVm::from),
            saturation: imaging.saturation.map(LevelVm::from),
            sharpness: imaging.sharpness.map(LevelVm::from),
            ir_cut: imaging.ir_cut.map(code),
            ir_cut_modes: imaging.ir_cut_modes.into_iter().map(code).collect(),
            auto_focus: imaging.auto_focus,
            focus: imaging.focus.any(),
            focus_ways: super::focus::ways(imaging.focus),
        }
    }
}

/// A change to it; what is null stays.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[ts(export)]
pub struct ImagingChangeVm {
    /// Brightness.
    #[ts(optional)]
    pub brightness: Option<f32>,
    /// Contrast.
    #[ts(optional)]
    pub contrast: Option<f32>,
    /// Colour saturation.
    #[ts(optional)]
    pub saturation: Option<f32>,
    /// Sharpness.
    #[ts(optional)]
    pub sharpness: Option<f32>,
    /// `on`, `off` or `auto`.
    #[ts(optional)]
    pub ir_cut: Option<String>,
    /// Whether the camera focuses by itself.
    #[ts(optional)]
    pub auto_focus: Option<bool>,
}

impl TryFrom<ImagingChangeVm> for ImagingChange {
    type Error = Error;
    fn try_from(change: ImagingChangeVm) -> Result<Self, Error> {
        let ImagingChangeVm { brightness, contrast, saturation, sharpness, ir_cut, auto_focus } = change;
        let ir_cut = ir_cut.map(|mode| mode.parse()).transpose()?;
        Ok(Self { brightness, contrast, saturation, sharpness, ir_cut, auto_focus })
    }
}

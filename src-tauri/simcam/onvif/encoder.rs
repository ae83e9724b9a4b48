//! Owns the encoders' settings as both media services tell and take them (ONVIF Media §5.2.8, Media2 §5.3).
//! Must not know how pictures are encoded. Sizes cannot be changed; rate, bitrate and key frames can.

use super::{media::Profile, soap::Fault};
use crate::{
    media::VideoFormat,
    xml::{Element, each},
};
use std::ops::RangeInclusive;

/// Frames from one key frame to the next.
const GOP: RangeInclusive<u32> = 1..=300;
/// Kilobits a second.
const KBPS: RangeInclusive<u32> = 64..=8_000;

const INVALID: Fault = Fault::invalid("ter:ConfigModify", "the encoder cannot be set so");

/// The Media1 form; multicast and what stands after it is the caller's.
pub(super) fn configuration1(tag: &str, profile: &Profile, format: VideoFormat, multicast: &str) -> String {
    let token = profile.token;
    format!(
        "<{tag} token=\"{token}\"><tt:Name>{token}</tt:Name><tt:UseCount>1</tt:UseCount><tt:Encoding>H264</tt:Encoding>\
         <tt:Resolution><tt:Width>{}</tt:Width><tt:Height>{}</tt:Height></tt:Resolution><tt:Quality>5</tt:Quality>\
         <tt:RateControl><tt:FrameRateLimit>{}</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval>\
         <tt:BitrateLimit>{}</tt:BitrateLimit></tt:RateControl>\
         <tt:H264><tt:GovLength>{}</tt:GovLength><tt:H264Profile>Baseline</tt:H264Profile></tt:H264>{multicast}</{tag}>",
        format.width,
        format.height,
        format.fps,
        format.bitrate_bps / 1_000,
        format.gop,
    )
}

/// The Media2 form.
pub(super) fn configuration2(tag: &str, profile: &Profile, format: VideoFormat) -> String {
    let token = profile.token;
    format!(
        "<{tag} token=\"{token}\" GovLength=\"{}\" Profile=\"Baseline\"><tt:Name>{token}</tt:Name>\
         <tt:UseCount>1</tt:UseCount><tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>{}</tt:Width>\
         <tt:Height>{}</tt:Height></tt:Resolution><tt:RateControl ConstantBitRate=\"false\">\
         <tt:FrameRateLimit>{}</tt:FrameRateLimit><tt:BitrateLimit>{}</tt:BitrateLimit></tt:RateControl>\
         <tt:Quality>5</tt:Quality></{tag}>",
        format.gop,
        format.width,
        format.height,
        format.fps,
        format.bitrate_bps / 1_000,
    )
}

fn range(tag: &str, range: &RangeInclusive<u32>) -> String {
    format!("<tt:{tag}><tt:Min>{}</tt:Min><tt:Max>{}</tt:Max></tt:{tag}>", range.start(), range.end())
}

fn resolution(format: VideoFormat) -> String {
    format!(
        "<tt:ResolutionsAvailable><tt:Width>{}</tt:Width><tt:Height>{}</tt:Height></tt:ResolutionsAvailable>",
        format.width, format.height
    )
}

/// What the encoders of these profiles offer, in Media1's form.
pub(super) fn options1<'a>(profiles: impl Iterator<Item = &'a Profile> + Clone) -> String {
    let most = profiles.clone().map(|profile| profile.format.fps).max().unwrap_or(1);
    let sizes = each(profiles, |profile| resolution(profile.format));
    let h264 = format!(
        "{sizes}{}{}<tt:EncodingIntervalRange><tt:Min>1</tt:Min><tt:Max>1</tt:Max></tt:EncodingIntervalRange>\
         <tt:H264ProfilesSupported>Baseline</tt:H264ProfilesSupported>",
        range("GovLengthRange", &GOP),
        range("FrameRateRange", &(1..=most)),
    );
    format!(
        "<trt:GetVideoEncoderConfigurationOptionsResponse><trt:Options>\
         <tt:QualityRange><tt:Min>5</tt:Min><tt:Max>5</tt:Max></tt:QualityRange><tt:H264>{h264}</tt:H264>\
         <tt:Extension><tt:H264>{h264}{}</tt:H264></tt:Extension>\
         </trt:Options></trt:GetVideoEncoderConfigurationOptionsResponse>",
        range("BitrateRange", &KBPS)
    )
}

/// The same in Media2's form.
pub(super) fn options2(profile: &Profile) -> String {
    let rates: Vec<_> = (1..=profile.format.fps).rev().map(|rate| rate.to_string()).collect();
    format!(
        "<tr2:Options GovLengthRange=\"{} {}\" FrameRatesSupported=\"{}\" ProfilesSupported=\"Baseline\" \
         ConstantBitRateSupported=\"false\"><tt:Encoding>H264</tt:Encoding>\
         <tt:QualityRange><tt:Min>5</tt:Min><tt:Max>5</tt:Max></tt:QualityRange>{}{}</tr2:Options>",
        GOP.start(),
        GOP.end(),
        rates.join(" "),
        resolution(profile.format),
        range("BitrateRange", &KBPS)
    )
}

/// The format that a configuration of either form asks for.
pub(super) fn wanted(
    profile: &Profile,
    now: VideoFormat,
    configuration: &Element,
) -> Result<VideoFormat, Fault> {
    let number =
        |path: &[&str]| configuration.at(path).and_then(|element| element.text().parse::<f64>().ok());
    let whole = |path: &[&str], otherwise: u32| match configuration.at(path) {
        None => Ok(otherwise),
        Some(_) => {
            number(path).filter(|value| *value >= 0.0).map(|value| value.round() as u32).ok_or(INVALID)
        }
    };
    let size = (whole(&["Resolution", "Width"], 0)?, whole(&["Resolution", "Height"], 0)?);
    let encoding = configuration.child_text("Encoding");
    if encoding != Some("H264") || size != (now.width as u32, now.height as u32) {
        return Err(INVALID);
    }
    let fps = whole(&["RateControl", "FrameRateLimit"], now.fps)?;
    let kbps = whole(&["RateControl", "BitrateLimit"], now.bitrate_bps / 1_000)?;
    let gop = match configuration.attribute("GovLength") {
        Some(text) => text.parse().map_err(|_| INVALID)?,
        None => whole(&["H264", "GovLength"], now.gop)?,
    };
    if !(1..=profile.format.fps).contains(&fps) || !KBPS.contains(&kbps) || !GOP.contains(&gop) {
        return Err(INVALID);
    }
    Ok(VideoFormat { fps, gop, bitrate_bps: kbps * 1_000, ..now })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onvif::media::PROFILES;

    #[test]
    fn what_is_told_can_be_set_and_more_is_refused() {
        let profile = &PROFILES[0];
        let now = profile.format;
        let forms = [
            configuration1("c", profile, VideoFormat { gop: 25, fps: 10, ..now }, ""),
            configuration2("c", profile, VideoFormat { gop: 25, fps: 10, ..now }),
        ];
        for form in forms {
            let form = form.replace("tt:", "");
            let set = |form: &str| wanted(profile, now, &Element::parse(form).unwrap());
            let format = set(&form).unwrap();
            assert_eq!((format.gop, format.fps, format.width), (25, 10, now.width));
            for (from, to) in [
                (">10<", ">26<"),
                (">10<", ">x<"),
                (">1280<", ">640<"),
                (">H264<", ">H265<"),
                (">2000<", ">9000<"),
                ("\"25\"", "\"0\""),
                (">25<", ">999<"),
            ] {
                if form.contains(from) {
                    assert!(set(&form.replace(from, to)).is_err(), "{to}");
                }
            }
        }
    }
}

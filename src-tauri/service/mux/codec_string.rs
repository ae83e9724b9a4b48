//! Codec names for MIME types (RFC 6381 §3; ISO/IEC 14496-15 Annex E for H.265), read from sample entries.

use super::read::{Reader, find};
use atalaya_model::media::{AudioCodec, VideoCodec};
use atalaya_model::recording::SegmentHeader;
use std::fmt::Write;

/// The MIME type of a recorded file as a media source wants it; its audio is named only when `with_audio`.
pub(crate) fn mime(header: &SegmentHeader, with_audio: bool) -> String {
    let mut codecs = header.video.codec_string.clone();
    if let Some(audio) = header.audio.as_ref().filter(|_| with_audio) {
        codecs.push_str(", ");
        codecs.push_str(&audio.codec_string);
    }
    format!("video/mp4; codecs=\"{codecs}\"")
}

/// The video codec that a sample entry is of.
pub(super) fn video_codec(entry: &[u8]) -> Option<VideoCodec> {
    match entry.get(4..8)? {
        b"avc1" => Some(VideoCodec::H264),
        b"hvc1" => Some(VideoCodec::H265),
        b"mp4v" => Some(VideoCodec::Mjpeg),
        _ => None,
    }
}

/// The codec string of video with this body of `avcC` or `hvcC`.
pub(super) fn video(codec: VideoCodec, config: &[u8]) -> Option<String> {
    match codec {
        // Profile, compatibility and level (ISO/IEC 14496-15 §5.3.3.1).
        VideoCodec::H264 => match config.get(1..4)? {
            &[profile, compatibility, level] => {
                Some(format!("avc1.{profile:02x}{compatibility:02x}{level:02x}"))
            }
            _ => None,
        },
        VideoCodec::H265 => h265(config),
        VideoCodec::Mjpeg => Some("mp4v.6C".to_owned()),
    }
}

/// ISO/IEC 14496-15 §8.3.3.1 gives the fields, Annex E.3 how they are written.
fn h265(config: &[u8]) -> Option<String> {
    let mut config = Reader::new(config);
    config.u8()?;
    let profile = config.u8()?;
    let compatibility = config.u32()?.reverse_bits();
    let constraints = config.take(6)?;
    let level = config.u8()?;
    let space = ["", "A", "B", "C"][usize::from(profile >> 6)];
    let tier = if profile & 0x20 == 0 { 'L' } else { 'H' };
    let mut text = format!("hvc1.{space}{}.{compatibility:X}.{tier}{level}", profile & 0x1f);
    let used = constraints.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    for byte in &constraints[..used] {
        write!(text, ".{byte:X}").expect("writing to a String cannot fail");
    }
    Some(text)
}

/// The codec string of audio; `config` is AAC's AudioSpecificConfig.
pub(crate) fn audio(codec: AudioCodec, config: &[u8]) -> String {
    match codec {
        AudioCodec::Aac => format!("mp4a.40.{}", aac_object_type(config).unwrap_or(2)),
        AudioCodec::Pcmu => "ulaw".to_owned(),
        AudioCodec::Pcma => "alaw".to_owned(),
    }
}

/// The audio object type of an AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1).
fn aac_object_type(config: &[u8]) -> Option<u8> {
    match (config.first()? >> 3, config.get(1)) {
        (31, Some(second)) => Some(32 + ((config[0] & 7) << 3 | second >> 5)),
        (plain, _) => Some(plain),
    }
}

/// The AudioSpecificConfig in an `mp4a` entry.
pub(super) fn aac_config(entry: &[u8]) -> Option<&[u8]> {
    // 8 bytes of box header, 28 of AudioSampleEntry, then `esds` with 4 of version and flags.
    let es = descriptor(find(entry.get(36..)?, *b"esds")?.get(4..)?, 0x03)?;
    let decoder = descriptor(es.get(3..)?, 0x04)?;
    descriptor(decoder.get(13..)?, 0x05)
}

/// The body of a descriptor at the start of `data` (ISO/IEC 14496-1 §8.3.3: length in groups of seven bits).
fn descriptor(data: &[u8], tag: u8) -> Option<&[u8]> {
    let mut data = Reader::new(data);
    if data.u8()? != tag {
        return None;
    }
    let mut length = 0_usize;
    for _ in 0..4 {
        let byte = data.u8()?;
        length = length << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return data.rest().get(..length);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_video() {
        assert_eq!(video(VideoCodec::H264, &[1, 0x64, 0, 0x28]).as_deref(), Some("avc1.640028"));
        // An x265 Main profile stream of level 4, as ffmpeg names it.
        let hvcc = [1, 0x01, 0x60, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 120];
        assert_eq!(video(VideoCodec::H265, &hvcc).as_deref(), Some("hvc1.1.6.L120.90"));
        assert_eq!(video(VideoCodec::H265, &hvcc[..5]), None);
    }

    #[test]
    fn names_aac() {
        let format = super::super::samples::aac(16_000);
        assert_eq!(aac_config(&format.sample_entry), Some(&*format.decoder_config));
        assert_eq!(audio(AudioCodec::Aac, &format.decoder_config), "mp4a.40.2");
        assert_eq!(audio(AudioCodec::Aac, &[0xf8 | 1, 0x40]), "mp4a.40.42");
        assert_eq!(audio(AudioCodec::Aac, &[]), "mp4a.40.2");
        assert_eq!(aac_config(b"mp4a"), None);
    }
}

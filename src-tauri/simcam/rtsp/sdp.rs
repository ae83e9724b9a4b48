//! Owns the session description of a mount (RFC 8866 grammar, RFC 2326 appendix C use).
//! Must not know requests.

use super::resource::Medium;
use crate::media::{AudioCodec, ParameterSets, SAMPLE_RATE_HZ, VideoFormat};
use base64::{Engine, prelude::BASE64_STANDARD};
use std::net::IpAddr;

/// RTP payload type of video: the first dynamic one.
pub(super) const VIDEO_PAYLOAD_TYPE: u8 = 96;
/// The RTP clock of video (RFC 6184 §8.2.1).
pub(super) const VIDEO_CLOCK_HZ: u32 = 90_000;

/// Describes a stream seen at `address`.
pub(super) fn describe(
    title: &str,
    session_number: u64,
    address: IpAddr,
    format: VideoFormat,
    sets: &ParameterSets,
    video: bool,
    audio: Option<AudioCodec>,
) -> String {
    let (family, any) = if address.is_ipv4() { ("IP4", "0.0.0.0") } else { ("IP6", "::") };
    // profile-level-id: the three bytes after the NAL header of the SPS (RFC 6184 §8.1).
    let profile = sets.sps.get(1..4).unwrap_or_default();
    let profile = profile.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().concat();
    let (sps, pps) = (BASE64_STANDARD.encode(&sets.sps), BASE64_STANDARD.encode(&sets.pps));
    let mut lines = vec![
        "v=0".to_owned(),
        format!("o=- {session_number} 1 IN {family} {address}"),
        format!("s={title}"),
        format!("c=IN {family} {any}"),
        "t=0 0".to_owned(),
        "a=tool:Atalaya simulated camera".to_owned(),
        "a=range:npt=now-".to_owned(),
        "a=control:*".to_owned(),
    ];
    let video_lines = [
        format!("m=video 0 RTP/AVP {VIDEO_PAYLOAD_TYPE}"),
        format!("b=AS:{}", format.bitrate_bps / 1_000),
        format!("a=rtpmap:{VIDEO_PAYLOAD_TYPE} H264/{VIDEO_CLOCK_HZ}"),
        format!(
            "a=fmtp:{VIDEO_PAYLOAD_TYPE} packetization-mode=1;profile-level-id={profile};sprop-parameter-sets={sps},{pps}"
        ),
        format!("a=framerate:{}", format.fps),
        format!("a=control:{}", Medium::Video.control()),
    ];
    if video {
        lines.extend(video_lines);
    }
    if let Some(codec) = audio {
        let payload_type = codec.payload_type();
        lines.extend([
            format!("m=audio 0 RTP/AVP {payload_type}"),
            format!("a=rtpmap:{payload_type} {}/{SAMPLE_RATE_HZ}", codec.encoding_name()),
            format!("a=control:{}", Medium::Audio.control()),
        ]);
    }
    lines.iter().flat_map(|line| [line.as_str(), "\r\n"]).collect()
}

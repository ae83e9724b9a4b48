//! Parameter sets of any picture size, written bit by bit: no encoder makes the ones that a hostile camera sends.

use super::hostile::SDP;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub(super) const H264_PPS: [u8; 4] = [0x68, 0xce, 0x3c, 0x80];

/// Bits of a raw byte sequence payload.
struct Bits(String);

impl Bits {
    fn new(bits: &str) -> Self {
        Self(bits.to_owned())
    }

    fn put(mut self, bits: &str) -> Self {
        self.0.push_str(bits);
        self
    }

    /// Exp-Golomb codes (ITU-T H.264 §9.1).
    fn golomb<const N: usize>(mut self, values: [u32; N]) -> Self {
        for value in values {
            let coded = format!("{:b}", value + 1);
            self.0.push_str(&"0".repeat(coded.len() - 1));
            self.0.push_str(&coded);
        }
        self
    }

    /// The NAL unit: header, the payload with its stop bit, zeros that look like a start code broken up
    /// (ITU-T H.264 §7.4.1).
    fn nal(self, header: &[u8]) -> Vec<u8> {
        let mut bits = self.0 + "1";
        while !bits.len().is_multiple_of(8) {
            bits.push('0');
        }
        let mut nal = header.to_vec();
        for byte in bits.as_bytes().chunks(8) {
            let byte = byte.iter().fold(0, |byte, bit| byte << 1 | (bit - b'0'));
            if nal.ends_with(&[0, 0]) && byte < 4 {
                nal.push(3);
            }
            nal.push(byte);
        }
        nal
    }
}

/// For pictures of this size, multiples of 16 (ITU-T H.264 §7.3.2.1.1).
pub(super) fn h264_sps(width: u32, height: u32) -> Vec<u8> {
    let profile = [66_u8, 0xc0, 62].map(|byte| format!("{byte:08b}")).concat();
    // Id, frame number bits, picture order type 2, one reference; no gaps.
    let start = Bits::new(&profile).golomb([0, 0, 2, 1]).put("0");
    // Frames only, 8x8 inference, no cropping, no VUI.
    start.golomb([width / 16 - 1, height / 16 - 1]).put("1100").nal(&[0x67])
}

/// A description with this sequence parameter set.
pub(super) fn sdp_with(h264_sps: &[u8]) -> String {
    let sets = format!("{},{}", STANDARD.encode(h264_sps), STANDARD.encode(H264_PPS));
    format!("{SDP}a=fmtp:96 packetization-mode=1;sprop-parameter-sets={sets}\r\n")
}

/// A description of H.265 pictures of this size (ITU-T H.265 §7.3.2.2, §7.3.2.3).
pub(super) fn h265_sdp(width: u32, height: u32) -> String {
    let vps = [0x40, 0x01, 0x0c, 0x01];
    let profile = [1_u8, 0x60, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 93].map(|byte| format!("{byte:08b}")).concat();
    let sps = Bits::new("00000001")
        .put(&profile)
        // Id, 4:2:0, size; no conformance window.
        .golomb([0, 1, width, height])
        .put("0")
        // Bit depths, picture order bits; what the picture buffer holds; block sizes.
        .golomb([0, 0, 4])
        .put("1")
        .golomb([1, 0, 0, 0, 3, 0, 3, 0, 0])
        // No scaling lists, asymmetric partitions, adaptive offset, PCM.
        .put("0000")
        .golomb([0])
        // No long-term references, temporal prediction, smoothing, VUI, extension.
        .put("00000")
        .nal(&[0x42, 0x01]);
    let pps = Bits::new("")
        .golomb([0, 0])
        .put("0000000")
        .golomb([0, 0, 0])
        .put("000")
        .golomb([0, 0])
        .put("0000000000")
        .golomb([0])
        .put("00")
        .nal(&[0x44, 0x01]);
    let [vps, sps, pps] = [&vps[..], &sps, &pps].map(|set| STANDARD.encode(set));
    SDP.replace("H264", "H265") + &format!("a=fmtp:96 sprop-vps={vps};sprop-sps={sps};sprop-pps={pps}\r\n")
}

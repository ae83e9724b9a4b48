//! Owns the simulated sound: a quiet hum per camera with a beep at each full UTC second, as G.711.
//! Must not know streams or RTP.

use std::{f32::consts::TAU, time::Duration};

/// G.711 has one sample rate (RFC 3551 §4.5.14).
pub(crate) const SAMPLE_RATE_HZ: u32 = 8_000;
const BEEP_HZ: f32 = 1_000.0;
const BEEP: Duration = Duration::from_millis(100);

/// The two companding laws of G.711.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AudioCodec {
    /// µ-law, RTP payload type 0.
    #[default]
    Pcmu,
    /// A-law, RTP payload type 8.
    Pcma,
}

impl AudioCodec {
    /// The static RTP payload type (RFC 3551 §6).
    pub(crate) fn payload_type(self) -> u8 {
        match self {
            Self::Pcmu => 0,
            Self::Pcma => 8,
        }
    }

    /// The encoding name of RFC 3551, as in `rtpmap`.
    pub(crate) fn encoding_name(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
        }
    }

    fn compress(self, sample: i16) -> u8 {
        match self {
            Self::Pcmu => mu_law(sample),
            Self::Pcma => a_law(sample),
        }
    }
}

/// `count` samples from `utc` on; `hum_hz` tells cameras apart by ear.
pub(crate) fn samples(codec: AudioCodec, utc: Duration, hum_hz: f32, count: usize) -> Vec<u8> {
    let step = Duration::from_secs(1) / SAMPLE_RATE_HZ;
    (0..count as u32)
        .map(|n| {
            let into_second = Duration::from_nanos((utc + step * n).subsec_nanos().into());
            // Whole numbers of periods fit into a second, so that the wave has no crack at its end.
            let wave = |hz: f32| (into_second.as_secs_f32() * hz * TAU).sin();
            let level =
                if into_second < BEEP { wave(BEEP_HZ) * 8_000.0 } else { wave(hum_hz.round()) * 600.0 };
            codec.compress(level as i16)
        })
        .collect()
}

/// ITU-T G.711 table 2: sign, three bits of segment, four of step, all inverted.
fn mu_law(sample: i16) -> u8 {
    const BIAS: u32 = 0x84;
    let magnitude = u32::from(sample.unsigned_abs()).min(32_635) + BIAS;
    let segment = magnitude.ilog2() - 7;
    let step = magnitude >> (segment + 3) & 0x0F;
    let sign = if sample < 0 { 0x80 } else { 0 };
    !(sign | (segment << 4 | step) as u8)
}

/// ITU-T G.711 table 1: as µ-law but without bias, every second bit inverted.
fn a_law(sample: i16) -> u8 {
    let magnitude = u32::from(if sample < 0 { !sample as u16 } else { sample as u16 }) >> 4;
    let segment = if magnitude < 32 { magnitude >> 4 } else { magnitude.ilog2() - 3 };
    let step = if segment < 2 { magnitude & 0x0F } else { magnitude >> (segment - 1) & 0x0F };
    let sign = if sample < 0 { 0 } else { 0x80 };
    (sign | (segment << 4 | step) as u8) ^ 0x55
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_of_g711() {
        assert_eq!([0, -1, 32_767, -32_768, 1_000].map(mu_law), [0xFF, 0x7F, 0x80, 0x00, 0xCE]);
        assert_eq!([0, -1, 32_767, -32_768, 1_000].map(a_law), [0xD5, 0x55, 0xAA, 0x2A, 0xFA]);
    }

    #[test]
    fn the_beep_stands_at_the_full_second() {
        let loudest = |ms| {
            samples(AudioCodec::Pcmu, Duration::from_millis(ms), 200.0, 400)
                .iter()
                .map(|code| !code & 0x7F)
                .max()
        };
        assert!(loudest(5_000) > loudest(5_500));
    }
}

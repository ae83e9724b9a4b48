//! The tables of one fragment (`prft` and `moof`), written and read back (ISO/IEC 14496-12 §8.8, §8.16.5).

use super::boxes::BoxBuffer;
use super::read::{Reader, boxes, find};
use super::{AUDIO_TRACK, VIDEO_TRACK};
use atalaya_model::time::WallTime;

/// Seconds from 1900-01-01, the start of NTP time (RFC 5905 §6), to 1970-01-01.
const EPOCH_1900: i64 = 2_208_988_800;
/// `sample_flags` of a picture that others may depend on and that depends on none (ISO/IEC 14496-12 §8.8.3.1).
const SYNC: u32 = 0x0200_0000;
/// `sample_flags` of a picture that depends on others and is no sync sample.
const NON_SYNC: u32 = 0x0101_0000;
/// The bit of `sample_flags` that says "no sync sample".
const IS_NON_SYNC: u32 = 0x0001_0000;
/// The latest decoding time that is believed: far above any file's, low enough that sums with it cannot overflow.
const LATEST_TIME: u64 = 1 << 60;

/// One sample of a fragment. Times are in its track's ticks since the file's time zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sample {
    /// Where its bytes start, from the start of `moof`; ignored when writing.
    pub(crate) offset: u64,
    pub(crate) bytes: u32,
    /// Decoding time, before the delay of reordered pictures is taken off.
    pub(crate) dts: u64,
    pub(crate) duration: u32,
    /// Presentation time minus `dts`.
    pub(crate) cts: i32,
    pub(crate) key: bool,
}

impl Sample {
    /// When it is presented; may lie before zero.
    pub(crate) const fn pts(&self) -> i64 {
        self.dts as i64 + self.cts as i64
    }
}

/// The samples of a fragment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FragmentTables {
    /// Wall time of the picture that is presented at `start_pts`.
    pub(crate) start: WallTime,
    /// Presentation time of the first picture in decoding order.
    pub(crate) start_pts: i64,
    pub(crate) video: Vec<Sample>,
    pub(crate) audio: Vec<Sample>,
}

impl FragmentTables {
    /// From the first picture to the end of the last, in 90 kHz ticks.
    pub(crate) fn duration_90k(&self) -> i64 {
        let end = self.video.last().map_or(0, |last| last.dts as i64 + i64::from(last.duration));
        (end - self.start_pts).max(0)
    }

    /// Writes `prft`, `moof` and the head of the `mdat`, whose payload is the pictures and then the sound.
    /// The delay is the one in the file's edit list.
    pub(super) fn write(&self, sequence: u32, delay: u32) -> Vec<u8> {
        let mut out = BoxBuffer::with_capacity(256 + 16 * self.video.len() + 8 * self.audio.len());
        out.full(*b"prft", 1, 0, |out| {
            out.u32(VIDEO_TRACK);
            out.u64(to_ntp(self.start));
            out.u64(u64::try_from(self.start_pts + i64::from(delay)).unwrap_or(0));
        });
        let moof = out.len();
        let mut offsets = [0; 2];
        out.boxed(*b"moof", |out| {
            out.full(*b"mfhd", 0, 0, |out| out.u32(sequence));
            offsets[0] = write_run(out, VIDEO_TRACK, &self.video, delay);
            offsets[1] = write_run(out, AUDIO_TRACK, &self.audio, 0);
        });
        let bytes_of = |samples: &[Sample]| samples.iter().map(|sample| sample.bytes).sum::<u32>();
        let (video, audio) = (bytes_of(&self.video), bytes_of(&self.audio));
        let payload = (out.len() - moof) as u32 + 8;
        for (at, offset) in offsets.into_iter().zip([payload, payload + video]) {
            if at != 0 {
                out.patch_u32(at, offset);
            }
        }
        out.u32(8 + video + audio);
        out.raw(b"mdat");
        out.into_vec()
    }
}

/// Writes `traf`; returns where its data offset stands, 0 when there are no samples and so no `traf`.
fn write_run(out: &mut BoxBuffer, track: u32, samples: &[Sample], delay: u32) -> usize {
    let Some(first) = samples.first() else {
        return 0;
    };
    let mut offset_at = 0;
    out.boxed(*b"traf", |out| {
        // Flags: default-base-is-moof.
        out.full(*b"tfhd", 0, 0x02_0000, |out| out.u32(track));
        out.full(*b"tfdt", 1, 0, |out| out.u64(first.dts));
        let with_flags = samples.iter().any(|sample| !sample.key) || track == VIDEO_TRACK;
        let with_cts = delay > 0 || samples.iter().any(|sample| sample.cts != 0);
        // Data offset, durations and sizes always.
        let flags = 0x301 | u32::from(with_flags) << 10 | u32::from(with_cts) << 11;
        // Version 1: composition offsets are signed.
        out.full(*b"trun", 1, flags, |out| {
            out.u32(samples.len() as u32);
            offset_at = out.len();
            out.u32(0);
            for sample in samples {
                out.u32(sample.duration);
                out.u32(sample.bytes);
                if with_flags {
                    out.u32(if sample.key { SYNC } else { NON_SYNC });
                }
                if with_cts {
                    out.u32(sample.cts.saturating_add_unsigned(delay) as u32);
                }
            }
        });
    });
    offset_at
}

/// Reads a whole `moof` box into pictures and sound; none when it is damaged or of a form we do not write.
pub(super) fn parse(moof: &[u8], delay: u32) -> Option<(Vec<Sample>, Vec<Sample>)> {
    let (mut video, mut audio) = (Vec::new(), Vec::new());
    for (_, traf) in boxes(moof.get(8..)?).filter(|(kind, _)| kind == b"traf") {
        let mut tfhd = Reader::new(find(traf, *b"tfhd")?);
        let flags = tfhd.u32()?;
        let (samples, delay) = match tfhd.u32()? {
            VIDEO_TRACK => (&mut video, delay),
            AUDIO_TRACK => (&mut audio, 0),
            _ => continue,
        };
        if flags != 0x02_0000 || !samples.is_empty() {
            return None;
        }
        read_run(traf, samples, delay)?;
    }
    Some((video, audio))
}

fn read_run(traf: &[u8], samples: &mut Vec<Sample>, delay: u32) -> Option<()> {
    let mut tfdt = Reader::new(find(traf, *b"tfdt")?);
    tfdt.u32()?;
    let mut dts = Some(tfdt.u64()?).filter(|&time| time < LATEST_TIME)?;
    let mut trun = Reader::new(find(traf, *b"trun")?);
    let flags = trun.u32()? & 0x00ff_ffff;
    if flags & !0xc00 != 0x301 {
        return None;
    }
    let count = trun.u32()? as usize;
    let mut offset = u64::from(trun.u32()?);
    let row = 8 + 4 * (flags >> 10).count_ones() as usize;
    // What the count allows to be reserved must be there.
    let mut rows = Reader::new(trun.take(count.checked_mul(row)?)?);
    samples.reserve_exact(count);
    for _ in 0..count {
        let duration = rows.u32()?;
        let bytes = rows.u32()?;
        let key = flags & 0x400 == 0 || rows.u32()? & IS_NON_SYNC == 0;
        let cts = if flags & 0x800 == 0 { 0 } else { rows.u32()? as i32 };
        let cts = cts.saturating_sub_unsigned(delay);
        samples.push(Sample { offset, bytes, dts, duration, cts, key });
        dts += u64::from(duration);
        offset += u64::from(bytes);
    }
    Some(())
}

/// Reads the body of a `prft`: wall time, near `reference`, and the media time that it belongs to.
pub(super) fn parse_reference_time(prft: &[u8], reference: WallTime) -> Option<(WallTime, i64)> {
    let mut prft = Reader::new(prft);
    let (version, track) = (prft.u32()? >> 24, prft.u32()?);
    let ntp = prft.u64()?;
    let media_time = prft.u64()?;
    (version == 1 && track == VIDEO_TRACK && media_time < LATEST_TIME)
        .then(|| (from_ntp(ntp, reference), media_time as i64))
}

/// A wall time as 32 bits of seconds since 1900 and 32 bits of fraction (RFC 5905 §6).
fn to_ntp(time: WallTime) -> u64 {
    let seconds = time.0.div_euclid(1_000_000) + EPOCH_1900;
    let micros = time.0.rem_euclid(1_000_000) as u64;
    // Rounded up, so that reading, which rounds down, gives the same microsecond.
    ((seconds as u64) << 32) | (micros << 32).div_ceil(1_000_000)
}

/// The wall time of an NTP time stamp; its seconds wrap in 2036, so the era is the one nearest to `reference`.
fn from_ntp(ntp: u64, reference: WallTime) -> WallTime {
    let near = reference.0.div_euclid(1_000_000);
    let ahead = ((ntp >> 32) as u32).wrapping_sub(near.wrapping_add(EPOCH_1900) as u32) as i32;
    let micros = ((ntp & 0xffff_ffff) * 1_000_000) >> 32;
    WallTime(near.saturating_add(ahead.into()).saturating_mul(1_000_000).saturating_add(micros as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wall_time_survives_ntp_and_its_wrap() {
        for text in
            ["1969-12-31T23:59:59.999999Z", "2026-11-21T10:05:00.123457Z", "2036-02-07T06:28:16.000001Z"]
        {
            let time = WallTime::parse(text).unwrap();
            assert_eq!(from_ntp(to_ntp(time), time.plus_micros(-60_000_000)), time, "{text}");
        }
    }
}

//! From coded units to fragments of a recorded file. Keeps what spans fragments: decoding times and numbers.

use super::decode_clock::DecodeClock;
use super::moof::{FragmentTables, Sample};
use super::{micros_to_ticks, ticks_to_micros};
use atalaya_model::fragment::Fragment;
use atalaya_model::media::{AudioCodec, AudioFormat, AudioUnit};
use atalaya_model::recording::SegmentHeader;
use atalaya_model::time::WallTime;
use atalaya_model::{Error, Kind, Result};
use bytes::Bytes;

/// The most samples of a fragment. Two seconds hold a few hundred; a camera that sends millions of empty units is
/// hostile, and its tables would outgrow its media (S10).
const SAMPLES_MAX: usize = 65_536;
/// Samples of an AAC access unit (ISO/IEC 14496-3 §4.4.1), where no neighbour tells better.
const AAC_FRAME: u32 = 1024;

/// A fragment as it goes into the file: `head`, then each of `payload`, without copying the media.
#[derive(Debug)]
pub(crate) struct MuxedFragment {
    /// `prft`, `moof` and the head of the `mdat`.
    pub(crate) head: Vec<u8>,
    /// The samples: pictures, then sound.
    pub(crate) payload: Vec<Bytes>,
    /// Bytes of all.
    pub(crate) bytes: u32,
    /// What the pictures cover, in microseconds.
    pub(crate) duration_us: u32,
    /// Whether the first picture is a key picture.
    pub(crate) key: bool,
}

/// Makes the fragments of one file.
#[derive(Debug)]
pub(crate) struct FragmentMuxer {
    header: SegmentHeader,
    sequence: u32,
    clock: DecodeClock,
    /// The first audio time not yet taken, in the audio's ticks.
    audio_free: i64,
}

impl FragmentMuxer {
    /// For the file with this header.
    pub(crate) fn new(header: SegmentHeader) -> Self {
        Self { header, sequence: 0, clock: DecodeClock::default(), audio_free: 0 }
    }

    /// What the file was opened with.
    pub(crate) const fn header(&self) -> &SegmentHeader {
        &self.header
    }

    /// The delay of reordered pictures, in 90 kHz ticks, known with the first fragment: the file's head names it.
    pub(crate) fn delay(&self) -> u32 {
        self.clock.delay()
    }

    /// Makes the next fragment; `start` is the wall time of its first picture. `InvalidInput` when it does not fit
    /// into this file.
    pub(crate) fn mux(&mut self, fragment: &Fragment, start: WallTime) -> Result<MuxedFragment> {
        self.check(fragment)?;
        let tables = FragmentTables {
            start,
            start_pts: fragment.video[0].pts_90k - self.header.start_pts_90k,
            video: self.video(fragment),
            audio: Vec::new(),
        };
        let (audio, sounds) = self.audio(&fragment.audio);
        let tables = FragmentTables { audio, ..tables };
        self.sequence += 1;
        let head = tables.write(self.sequence, self.delay());
        let payload: Vec<Bytes> = fragment.video.iter().map(|unit| unit.data.clone()).chain(sounds).collect();
        let bytes = head.len() + payload.iter().map(Bytes::len).sum::<usize>();
        Ok(MuxedFragment {
            bytes: bytes as u32,
            duration_us: u32::try_from(ticks_to_micros(tables.duration_90k())).unwrap_or(u32::MAX),
            key: tables.video[0].key,
            head,
            payload,
        })
    }

    fn check(&self, fragment: &Fragment) -> Result<()> {
        let refuse = |message: &'static str| Err(Error::new(Kind::InvalidInput, message));
        let Some(first) = fragment.video.first() else {
            return refuse("a fragment needs a picture");
        };
        if first.format.sample_entry != self.header.video.sample_entry {
            return refuse("the video format changed: it needs a new file");
        }
        if fragment.video.len() + fragment.audio.len() > SAMPLES_MAX {
            return refuse("a fragment of too many samples");
        }
        if fragment.media_bytes() > (u32::MAX / 2) as usize {
            return refuse("a fragment of too many bytes");
        }
        Ok(())
    }

    fn video(&mut self, fragment: &Fragment) -> Vec<Sample> {
        let zero = self.header.start_pts_90k;
        let pts: Vec<i64> = fragment.video.iter().map(|unit| unit.pts_90k.saturating_sub(zero)).collect();
        let next = fragment.next_pts_90k.map(|next| next.saturating_sub(zero));
        let times = self.clock.assign(&pts, next);
        let ends = times.dts.iter().skip(1).copied().chain([times.end]);
        fragment
            .video
            .iter()
            .zip(&pts)
            .zip(times.dts.iter().zip(ends))
            .map(|((unit, pts), (&dts, end))| Sample {
                offset: 0,
                bytes: unit.data.len() as u32,
                dts: dts as u64,
                duration: u32::try_from(end - dts).unwrap_or(u32::MAX),
                cts: i32::try_from(pts - dts).unwrap_or(0),
                key: unit.key,
            })
            .collect()
    }

    /// The sound that belongs into this file, and its bytes. Packets before the file's time zero, of another format,
    /// or out of order have no place in it.
    fn audio(&mut self, units: &[AudioUnit]) -> (Vec<Sample>, Vec<Bytes>) {
        let Some(format) = self.header.audio.clone() else {
            return (Vec::new(), Vec::new());
        };
        let zero_us = ticks_to_micros(self.header.start_pts_90k);
        let mut samples: Vec<Sample> = Vec::with_capacity(units.len());
        let mut payload = Vec::with_capacity(units.len());
        let mut dropped = 0_u32;
        for unit in units {
            let time =
                unit.pts.saturating_add(micros_to_ticks(unit.offset_micros - zero_us, format.sample_rate));
            let same = unit.format.sample_entry == format.sample_entry;
            let Some(dts) = u64::try_from(time).ok().filter(|_| same && time >= self.audio_free) else {
                dropped += 1;
                continue;
            };
            if let Some(last) = samples.last_mut() {
                last.duration = u32::try_from(dts - last.dts).unwrap_or(u32::MAX);
            }
            self.audio_free = time + 1;
            samples.push(Sample {
                offset: 0,
                bytes: unit.data.len() as u32,
                dts,
                duration: 0,
                cts: 0,
                key: true,
            });
            payload.push(unit.data.clone());
        }
        if let Some(last) = samples.len().checked_sub(1) {
            let neighbour = last.checked_sub(1).map(|before| samples[before].duration);
            samples[last].duration = own_duration(&format, samples[last].bytes, neighbour);
        }
        if dropped > 0 {
            tracing::debug!(camera = %self.header.camera, dropped, "audio packets outside the file's time line left out");
        }
        (samples, payload)
    }
}

/// How long an audio packet lasts by itself, in ticks.
fn own_duration(format: &AudioFormat, bytes: u32, neighbour: Option<u32>) -> u32 {
    match format.codec {
        // One octet per sample and channel (RFC 3551 §4.5.14).
        AudioCodec::Pcmu | AudioCodec::Pcma => (bytes / u32::from(format.channels.max(1))).max(1),
        AudioCodec::Aac => neighbour.filter(|&ticks| ticks <= 2 * AAC_FRAME).unwrap_or(AAC_FRAME),
    }
}

/// The same fragment with its pictures only. `whole` is the fragment's bytes, `moof` where its `moof` starts in them.
pub(crate) fn video_only(
    whole: &[u8],
    moof: usize,
    tables: &FragmentTables,
    sequence: u32,
    delay: u32,
) -> Vec<u8> {
    let video = FragmentTables { audio: Vec::new(), ..tables.clone() };
    let mut out = video.write(sequence, delay);
    for sample in &video.video {
        let start = moof + sample.offset as usize;
        out.extend_from_slice(&whole[start..start + sample.bytes as usize]);
    }
    out
}

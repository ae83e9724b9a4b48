//! A fragment: the run of samples that is written to a file at once, and the rule where it is cut.
//!
//! A fragment starts at a key unit; a GOP longer than [`FRAGMENT_MAX_90K`] is cut in the middle, so that a crash
//! loses at most two seconds. Where every unit is a key unit, as in Motion JPEG, a fragment gathers about a second of
//! them, so that there is not a write for each.

use crate::media::{AudioUnit, VIDEO_CLOCK_HZ, VideoUnit};
use alloc::vec::Vec;
use core::mem;

/// The longest fragment that a new video unit may still join, in 90 kHz ticks: two seconds.
pub const FRAGMENT_MAX_90K: i64 = 2 * VIDEO_CLOCK_HZ as i64;

/// How long a fragment of nothing but key units grows before the next one closes it, in 90 kHz ticks: one second.
pub const FRAGMENT_INTRA_90K: i64 = VIDEO_CLOCK_HZ as i64;

/// The most bytes of a fragment. A camera that sends more between two cuts has its fragment cut there, so that
/// memory stays bounded (S10).
pub const FRAGMENT_MAX_BYTES: usize = 16 << 20;

/// Samples that are written together.
#[derive(Debug, Clone, Default)]
pub struct Fragment {
    /// Coded pictures in decoding order; the first is a key unit unless `continues_gop`.
    pub video: Vec<VideoUnit>,
    /// Audio that arrived with them.
    pub audio: Vec<AudioUnit>,
    /// Presentation time of the video unit after the last one, when it is known: gives that one its duration.
    pub next_pts_90k: Option<i64>,
    /// Whether the fragment goes on with the GOP of the one before.
    pub continues_gop: bool,
}

impl Fragment {
    /// Bytes of coded media.
    pub fn media_bytes(&self) -> usize {
        self.video.iter().map(|unit| unit.data.len()).sum::<usize>()
            + self.audio.iter().map(|unit| unit.data.len()).sum::<usize>()
    }
}

/// Gathers units and hands out a fragment each time one is complete.
#[derive(Debug, Default)]
pub struct FragmentBuilder {
    open: Fragment,
    bytes: usize,
    /// False until a key unit came: what is before it cannot be decoded and is not kept.
    started: bool,
}

impl FragmentBuilder {
    /// Takes a picture. Returns the fragment that this one closes.
    pub fn push_video(&mut self, unit: VideoUnit) -> Option<Fragment> {
        if !self.started {
            if !unit.key {
                return None;
            }
            self.started = true;
        }
        let too_long = self.open.video.first().is_some_and(|first| {
            unit.pts_90k - first.pts_90k >= FRAGMENT_MAX_90K
                || self.bytes + unit.data.len() > FRAGMENT_MAX_BYTES
        });
        let goes_on_intra = self.open.video.last().is_some_and(|last| last.key)
            && unit.pts_90k - self.open.video[0].pts_90k < FRAGMENT_INTRA_90K;
        let closed = if !self.open.video.is_empty() && (unit.key && !goes_on_intra || too_long) {
            Some(self.close(Some(unit.pts_90k), !unit.key))
        } else {
            None
        };
        self.bytes += unit.data.len();
        self.open.video.push(unit);
        closed
    }

    /// Takes audio; before the first key unit it has no picture to go with and is dropped.
    pub fn push_audio(&mut self, unit: AudioUnit) {
        if self.started && self.bytes + unit.data.len() <= FRAGMENT_MAX_BYTES {
            self.bytes += unit.data.len();
            self.open.audio.push(unit);
        }
    }

    /// Hands out what is there, at the end of a pull. The next picture kept is a key unit.
    pub fn finish(&mut self) -> Option<Fragment> {
        self.started = false;
        if self.open.video.is_empty() { None } else { Some(self.close(None, false)) }
    }

    fn close(&mut self, next_pts_90k: Option<i64>, next_continues: bool) -> Fragment {
        let next = Fragment { continues_gop: next_continues, ..Fragment::default() };
        let mut closed = mem::replace(&mut self.open, next);
        closed.next_pts_90k = next_pts_90k;
        self.bytes = 0;
        closed
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::media::{VideoCodec, VideoFormat};
    use crate::time::{MonoTime, WallTime};
    use alloc::sync::Arc;
    use bytes::Bytes;

    pub(crate) fn unit(pts_90k: i64, key: bool) -> VideoUnit {
        let format = VideoFormat {
            codec: VideoCodec::H264,
            codec_string: "avc1.42c01e".into(),
            width: 640,
            height: 360,
            coded_width: 640,
            coded_height: 368,
            decoder_config: Bytes::new(),
            sample_entry: Bytes::new(),
            declared_fps_milli: None,
        };
        VideoUnit {
            data: Bytes::from_static(&[0; 100]),
            pts_90k,
            key,
            packets_lost: 0,
            format: Arc::new(format),
            received: MonoTime(0),
            received_wall: WallTime(0),
            camera_time: None,
        }
    }

    #[test]
    fn cuts_at_key_units_and_every_two_seconds() {
        let mut builder = FragmentBuilder::default();
        assert!(builder.push_video(unit(-6000, false)).is_none());
        let mut closed = Vec::new();
        for i in 0..100 {
            // A key unit every 50 frames at 15 fps: GOPs of 3.33 s.
            closed.extend(builder.push_video(unit(i * 6000, i % 50 == 0)));
        }
        closed.extend(builder.finish());
        let shape: Vec<_> = closed.iter().map(|f| (f.video.len(), f.continues_gop, f.next_pts_90k)).collect();
        assert_eq!(
            shape,
            [
                (30, false, Some(180_000)),
                (20, true, Some(300_000)),
                (30, false, Some(480_000)),
                (20, true, None)
            ]
        );
    }

    #[test]
    fn key_units_alone_are_gathered_for_a_second() {
        let mut builder = FragmentBuilder::default();
        let mut closed = Vec::new();
        for i in 0..40 {
            closed.extend(builder.push_video(unit(i * 6000, true)));
        }
        closed.extend(builder.finish());
        let shape: Vec<_> = closed.iter().map(|f| (f.video.len(), f.continues_gop)).collect();
        assert_eq!(shape, [(15, false), (15, false), (10, false)]);
    }

    #[test]
    fn bytes_are_bounded() {
        let mut builder = FragmentBuilder::default();
        let mut big = unit(0, true);
        big.data = Bytes::from(alloc::vec![0; FRAGMENT_MAX_BYTES - 10]);
        assert!(builder.push_video(big).is_none());
        let closed = builder.push_video(unit(6000, false)).expect("cut by size");
        assert_eq!((closed.video.len(), closed.next_pts_90k), (1, Some(6000)));
    }
}

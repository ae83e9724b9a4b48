//! Decoding times from presentation times. RTP carries only the latter (RFC 6184 §5.1); a file needs both.
//!
//! The n-th picture in decoding order gets the n-th smallest presentation time as its place. Without reordering that is
//! its own. With it a picture may be presented before its place, by at most the *delay*: files say their composition
//! offsets plus the delay, so that none is negative, and take the delay back in an edit list (ISO/IEC 14496-12 §8.6.6).

use atalaya_model::media::VIDEO_CLOCK_HZ;

/// A picture that would last longer than this in 90 kHz ticks has not lasted that long: the camera's time jumped.
const LONGEST_PICTURE_90K: i64 = 10 * VIDEO_CLOCK_HZ as i64;
/// Pictures are not reordered over more than this, in 90 kHz ticks: sixteen at eight a second (ITU-T H.264 §A.3.1).
const LONGEST_DELAY_90K: i64 = 2 * VIDEO_CLOCK_HZ as i64;

/// The decoding times of one track, across its fragments.
#[derive(Debug, Default)]
pub(super) struct DecodeClock {
    /// The first time not yet given away.
    free: i64,
    /// Where a fragment ends amid reordered pictures: the time of the next picture that was given away already, and
    /// the time of this fragment that was left over for it.
    lent: Option<(i64, i64)>,
    /// How long pictures last, from the fragment before.
    usual: Option<i64>,
    /// The delay, as the first fragment shows it.
    delay: Option<i64>,
}

/// Decoding times of a fragment, in 90 kHz ticks.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DecodeTimes {
    /// One for each picture, rising.
    pub(super) dts: Vec<i64>,
    /// The end of the last one.
    pub(super) end: i64,
}

impl DecodeClock {
    /// How long before its place a picture is presented at most, in 90 kHz ticks; zero before the first fragment.
    pub(super) fn delay(&self) -> u32 {
        self.delay.unwrap_or(0) as u32
    }

    /// Takes a fragment's presentation times in decoding order (not empty), and that of the picture after it.
    pub(super) fn assign(&mut self, pts: &[i64], next: Option<i64>) -> DecodeTimes {
        let mut pool = pts.to_vec();
        if let Some((given, left)) = self.lent.take()
            && let Some(place) = pool.iter().position(|&pts| pts == given)
        {
            pool[place] = left;
        }
        let latest = pts.iter().copied().max().unwrap_or_default();
        let next = next.filter(|next| next - latest <= LONGEST_PICTURE_90K);
        pool.extend(next);
        pool.sort_unstable();
        if let (Some(next), Some(&last)) = (next, pool.last())
            && last > next
        {
            self.lent = Some((next, last));
        }
        let mut dts = Vec::with_capacity(pts.len());
        for &time in &pool[..pts.len()] {
            let time = time.max(self.free);
            dts.push(time);
            self.free = time + 1;
        }
        self.delay.get_or_insert_with(|| {
            let early = dts.iter().zip(pts).map(|(dts, pts)| dts - pts).max().unwrap_or(0);
            Some(early).filter(|early| (0..=LONGEST_DELAY_90K).contains(early)).unwrap_or(0)
        });
        let (first, last) = (dts[0], dts[dts.len() - 1]);
        if dts.len() > 1 {
            self.usual = Some((last - first) / (dts.len() as i64 - 1));
        }
        let end = match next {
            Some(_) if self.lent.is_none() => pool[pts.len()].max(self.free),
            _ => last + self.usual.unwrap_or(i64::from(VIDEO_CLOCK_HZ) / 25).max(1),
        };
        DecodeTimes { dts, end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_reordering_both_times_are_the_same() {
        let mut clock = DecodeClock::default();
        assert_eq!(
            clock.assign(&[0, 3600, 7300], Some(10_800)),
            DecodeTimes { dts: vec![0, 3600, 7300], end: 10_800 }
        );
        let last = clock.assign(&[10_800, 14_400], None);
        assert_eq!((last.dts, last.end), (vec![10_800, 14_400], 18_000));
    }

    #[test]
    fn reordered_pictures_keep_a_steady_pace_across_a_cut() {
        let mut clock = DecodeClock::default();
        // Decoding order 0 3 1 2 6 | 4 5 9 7 8: the cut falls amid the B pictures.
        let first = clock.assign(&[0, 300, 100, 200, 600], Some(400));
        assert_eq!((first.dts, first.end), (vec![0, 100, 200, 300, 400], 500));
        assert_eq!(clock.delay(), 100);
        let second = clock.assign(&[400, 500, 900, 700, 800], None);
        assert_eq!((second.dts, second.end), (vec![500, 600, 700, 800, 900], 1000));
    }

    #[test]
    fn impossible_times_still_rise() {
        let mut clock = DecodeClock::default();
        assert_eq!(clock.assign(&[-500, 0, 0, 0], Some(0)).dts, [0, 1, 2, 3]);
        assert_eq!(clock.assign(&[-9, 2, 1 << 40], Some(1 << 50)).dts, [4, 5, 1 << 40]);
        let jumped = clock.assign(&[5], None);
        assert_eq!(jumped.dts, [(1 << 40) + 1]);
    }
}

//! Owns one outgoing RTP stream: its source, sequence numbers, timestamp offset and counters (RFC 3550 §5.1).
//! Must not know what is inside the payload or how packets travel.

use super::rtcp;
use rand::Rng;
use std::time::Duration;

/// Length of the fixed RTP header.
pub(crate) const HEADER_BYTES: usize = 12;
const VERSION_2: u8 = 0x80;

/// The sending side of one RTP stream.
pub(crate) struct RtpSender {
    payload_type: u8,
    clock_hz: u32,
    ssrc: u32,
    sequence: u16,
    timestamp_offset: u32,
    packets: u32,
    octets: u32,
}

impl RtpSender {
    /// A sender with random source, first sequence number and timestamp offset (RFC 3550 §5.1 wants all three so).
    pub(crate) fn new(payload_type: u8, clock_hz: u32) -> Self {
        let mut random = rand::rng();
        Self {
            payload_type,
            clock_hz,
            ssrc: random.random(),
            sequence: random.random(),
            timestamp_offset: random.random(),
            packets: 0,
            octets: 0,
        }
    }

    pub(crate) fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Sequence number of the next packet.
    pub(crate) fn next_sequence(&self) -> u16 {
        self.sequence
    }

    /// The RTP timestamp of an instant this long after the media epoch.
    pub(crate) fn timestamp(&self, at: Duration) -> u32 {
        self.timestamp_of_ticks((at.as_nanos() * u128::from(self.clock_hz) / 1_000_000_000) as u64)
    }

    /// The RTP timestamp of so many clock ticks after the media epoch; wraps, as RTP time does.
    pub(crate) fn timestamp_of_ticks(&self, ticks: u64) -> u32 {
        self.timestamp_offset.wrapping_add(ticks as u32)
    }

    /// The header of the next packet, whose payload has this many octets. Counts it as sent.
    pub(crate) fn header(
        &mut self,
        timestamp: u32,
        marker: bool,
        payload_octets: usize,
    ) -> [u8; HEADER_BYTES] {
        let mut header = [0; HEADER_BYTES];
        header[0] = VERSION_2;
        header[1] = u8::from(marker) << 7 | self.payload_type;
        header[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        header[4..8].copy_from_slice(&timestamp.to_be_bytes());
        header[8..].copy_from_slice(&self.ssrc.to_be_bytes());
        self.sequence = self.sequence.wrapping_add(1);
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(payload_octets as u32);
        header
    }

    /// A compound sender report for the instant that is `ntp` in wall time and `at` after the media epoch.
    pub(crate) fn sender_report(&self, ntp: u64, at: Duration, cname: &str) -> Vec<u8> {
        let timestamp = self.timestamp(at);
        rtcp::sender_report(self.ssrc, ntp, timestamp, self.packets, self.octets, cname)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_count_up_and_wrap() {
        let mut sender = RtpSender { sequence: 0xFFFF, ..RtpSender::new(96, 90_000) };
        let first = sender.header(7, false, 100);
        let second = sender.header(7, true, 50);
        assert_eq!((first[1], &first[2..8]), (96, &[0xFF, 0xFF, 0, 0, 0, 7][..]));
        assert_eq!((second[1], &second[2..4]), (0xE0, &[0, 0][..]));
        assert_eq!((sender.packets, sender.octets), (2, 150));
    }

    #[test]
    fn timestamps_follow_the_clock_rate_and_wrap() {
        let sender = RtpSender { timestamp_offset: u32::MAX, ..RtpSender::new(96, 90_000) };
        assert_eq!(sender.timestamp(Duration::from_millis(40)), 3_599);
        assert_eq!(
            sender.timestamp(Duration::from_secs(1 << 33)),
            ((90_000_u64 << 33) as u32).wrapping_sub(1)
        );
    }
}

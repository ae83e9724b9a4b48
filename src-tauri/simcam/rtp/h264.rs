//! Owns cutting NAL units into RTP payloads: packetization mode 1, single NAL unit and FU-A (RFC 6184 §5.6, §5.8).
//! Must not know headers or sequence numbers.

use bytes::Bytes;

/// Largest payload: with RTP, UDP and IP headers it stays below an Ethernet frame of 1500 bytes, tunnels included.
const MAX_PAYLOAD_BYTES: usize = 1_380;
const TYPE_FU_A: u8 = 28;
const FU_START: u8 = 0x80;
const FU_END: u8 = 0x40;

/// The payloads of one access unit. `emit` gets the two parts of each payload (fragment header, data) and whether
/// it is the last of the access unit (the marker bit, RFC 6184 §5.1).
pub(crate) fn payloads(nals: &[Bytes], mut emit: impl FnMut(&[u8], &[u8], bool)) {
    for (index, nal) in nals.iter().enumerate() {
        let last_nal = index + 1 == nals.len();
        if nal.len() <= MAX_PAYLOAD_BYTES {
            emit(&[], nal, last_nal);
            continue;
        }
        let header = nal[0];
        let fragments = nal[1..].chunks(MAX_PAYLOAD_BYTES - 2);
        let count = fragments.len();
        for (number, fragment) in fragments.enumerate() {
            let start = if number == 0 { FU_START } else { 0 };
            let end = if number + 1 == count { FU_END } else { 0 };
            // FU indicator keeps the NAL's F and NRI bits, the FU header its type.
            let fu = [header & 0xE0 | TYPE_FU_A, start | end | header & 0x1F];
            emit(&fu, fragment, last_nal && end != 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(nals: &[Bytes]) -> Vec<(Vec<u8>, bool)> {
        let mut cut = Vec::new();
        payloads(nals, |head, data, marker| {
            cut.push(([head, data].concat(), marker));
        });
        cut
    }

    #[test]
    fn small_nals_travel_whole_and_the_last_is_marked() {
        let nals =
            [Bytes::from_static(&[0x67, 1]), Bytes::from_static(&[0x68, 2]), Bytes::from_static(&[0x65, 3])];
        let expected = [(vec![0x67, 1], false), (vec![0x68, 2], false), (vec![0x65, 3], true)];
        assert_eq!(cut(&nals), expected);
    }

    #[test]
    fn fragments_put_together_are_the_nal() {
        for length in [MAX_PAYLOAD_BYTES + 1, MAX_PAYLOAD_BYTES * 2, MAX_PAYLOAD_BYTES * 7 + 5] {
            let nal: Vec<u8> = std::iter::once(0x65).chain((1..length).map(|i| i as u8)).collect();
            let cut = cut(&[nal.clone().into()]);
            assert!(cut.iter().all(|(payload, _)| payload.len() <= MAX_PAYLOAD_BYTES && payload[0] == 0x7C));
            let starts: Vec<_> = cut.iter().map(|(payload, _)| payload[1] & FU_START != 0).collect();
            let ends: Vec<_> =
                cut.iter().map(|(payload, marker)| (payload[1] & FU_END != 0, *marker)).collect();
            assert!(starts[0] && starts[1..].iter().all(|start| !start));
            assert!(
                ends[cut.len() - 1] == (true, true)
                    && ends[..cut.len() - 1].iter().all(|&e| e == (false, false))
            );
            let whole: Vec<u8> = std::iter::once(0x65)
                .chain(cut.iter().flat_map(|(payload, _)| payload[2..].to_vec()))
                .collect();
            assert_eq!(whole, nal);
        }
    }
}

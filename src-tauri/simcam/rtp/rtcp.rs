//! Owns the bytes of RTCP sender reports (RFC 3550 §6.4.1) with their source description (§6.5).
//! Must not know when they are due.

const VERSION_2: u8 = 0x80;
const SENDER_REPORT: u8 = 200;
const SOURCE_DESCRIPTION: u8 = 202;
const ITEM_CNAME: u8 = 1;

/// A compound packet: SR without report blocks, then SDES with the CNAME, which every compound must carry (§6.1).
pub(super) fn sender_report(
    ssrc: u32,
    ntp: u64,
    timestamp: u32,
    packets: u32,
    octets: u32,
    cname: &str,
) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(28 + 12 + cname.len() + 4);
    bytes.extend([VERSION_2, SENDER_REPORT, 0, 6]);
    bytes.extend(ssrc.to_be_bytes());
    bytes.extend(ntp.to_be_bytes());
    for word in [timestamp, packets, octets] {
        bytes.extend(word.to_be_bytes());
    }
    let cname = &cname.as_bytes()[..cname.len().min(255)];
    // One chunk: SSRC, the item (type, length, text), then at least one zero up to a multiple of four.
    let chunk = (4 + 2 + cname.len() + 1).next_multiple_of(4);
    bytes.extend([VERSION_2 | 1, SOURCE_DESCRIPTION, 0, (chunk / 4) as u8]);
    let chunk_start = bytes.len();
    bytes.extend(ssrc.to_be_bytes());
    bytes.extend([ITEM_CNAME, cname.len() as u8]);
    bytes.extend(cname);
    bytes.resize(chunk_start + chunk, 0);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_in_words_minus_one_for_every_cname() {
        for length in 0..20 {
            let report = sender_report(1, 2, 3, 4, 5, &"c".repeat(length));
            assert_eq!(&report[..4], [0x80, 200, 0, 6]);
            let sdes = &report[28..];
            assert_eq!(sdes.len(), (usize::from(sdes[3]) + 1) * 4, "CNAME of {length} bytes");
            assert_eq!(sdes.last(), Some(&0), "the item list ends with a zero");
        }
    }

    #[test]
    fn fields_stand_where_they_belong() {
        let report = sender_report(0x0102_0304, 0x1112_1314_2122_2324, 0x3132_3334, 5, 6, "x");
        assert_eq!(report[4..8], [1, 2, 3, 4]);
        assert_eq!(report[8..16], [0x11, 0x12, 0x13, 0x14, 0x21, 0x22, 0x23, 0x24]);
        assert_eq!(report[16..20], [0x31, 0x32, 0x33, 0x34]);
        assert_eq!(report[20..28], [0, 0, 0, 5, 0, 0, 0, 6]);
    }
}

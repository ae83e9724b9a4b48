//! A segment's fragments as a blob: about nine bytes each. The first byte is the coding's version; then, for each
//! fragment, LEB128 numbers: bytes left out since the last fragment's end, bytes, microseconds of start after the last
//! one's end (zigzag), and duration in microseconds times two, plus one for a key picture.

use atalaya_model::recording::FragmentEntry;
use atalaya_model::time::WallTime;

const VERSION: u8 = 1;

/// Codes the fragments of a segment that starts at `start`.
pub(super) fn encode(start: WallTime, fragments: &[FragmentEntry]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 + fragments.len() * 12);
    out.push(VERSION);
    let (mut offset, mut time) = (0, start);
    for entry in fragments {
        put(&mut out, entry.offset - offset);
        put(&mut out, entry.bytes.into());
        let ahead = entry.start.micros_since(time);
        put(&mut out, (ahead << 1 ^ ahead >> 63) as u64);
        put(&mut out, u64::from(entry.duration_us) << 1 | u64::from(entry.key));
        offset = entry.offset + u64::from(entry.bytes);
        time = entry.start.plus_micros(entry.duration_us.into());
    }
    out
}

/// Reads them back; none when the blob is damaged.
pub(super) fn decode(start: WallTime, blob: &[u8]) -> Option<Vec<FragmentEntry>> {
    let (&version, mut rest) = blob.split_first()?;
    if version != VERSION {
        return None;
    }
    let (mut offset, mut time, mut out) = (0_u64, start, Vec::new());
    while !rest.is_empty() {
        offset = offset.checked_add(take(&mut rest)?)?;
        let bytes = u32::try_from(take(&mut rest)?).ok()?;
        let ahead = take(&mut rest)?;
        let last = take(&mut rest)?;
        let entry = FragmentEntry {
            offset,
            bytes,
            start: time.plus_micros((ahead >> 1) as i64 ^ -((ahead & 1) as i64)),
            duration_us: u32::try_from(last >> 1).ok()?,
            key: last & 1 == 1,
        };
        offset = offset.checked_add(bytes.into())?;
        time = entry.start.plus_micros(entry.duration_us.into());
        out.push(entry);
    }
    Some(out)
}

fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn take(from: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = from.split_first()?;
        *from = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn fragments_survive(parts in prop::collection::vec((0..99_u64, any::<u32>(), any::<i32>(), any::<u32>(), any::<bool>()), 0..40)) {
            let start = WallTime(1_700_000_000_000_000);
            let mut offset = 0;
            let fragments: Vec<_> = parts.into_iter().map(|(skip, bytes, ahead, duration_us, key)| {
                let entry = FragmentEntry { offset: offset + skip, bytes, start: start.plus_micros(ahead.into()), duration_us, key };
                offset = entry.offset + u64::from(bytes);
                entry
            }).collect();
            prop_assert_eq!(decode(start, &encode(start, &fragments)), Some(fragments));
        }

        #[test]
        fn damaged_blobs_are_refused_or_read(blob in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = decode(WallTime(i64::MAX), &blob);
        }
    }
}

//! Owns the changes made to an input. Must not know what becomes of it.

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use std::ops::Range;

/// The longest piece moved, copied or left out at once, in bytes.
const PIECE_MAX: usize = 600;
/// The longest piece repeated many times, in bytes.
const REPEATED_MAX: usize = 64;
/// Numbers at which lengths, counts and indexes break.
const NUMBERS: [&str; 14] = [
    "0",
    "-1",
    "1",
    "255",
    "65535",
    "65536",
    "2147483648",
    "4294967295",
    "9223372036854775807",
    "18446744073709551616",
    "1e309",
    "-0",
    "NaN",
    "99999999999999999999999999",
];

pub(crate) struct Mutator {
    pub(crate) tokens: &'static [&'static [u8]],
    pub(crate) max_bytes: usize,
}

impl Mutator {
    /// One change, with what `other` holds at hand.
    pub(crate) fn mutate(&self, random: &mut StdRng, input: &mut Vec<u8>, other: &[u8]) {
        let piece = piece_of(input, PIECE_MAX, random);
        let token = self.tokens.choose(random).copied().unwrap_or_default();
        match random.random_range(0..64) {
            0..8 => drop(input.drain(piece)),
            8..10 => input.truncate(piece.start),
            10..24 => drop(input.splice(piece.start..piece.start, token.iter().copied())),
            24..28 => drop(input.splice(piece, token.iter().copied())),
            28..34 => {
                let copied = input[piece.clone()].to_vec();
                drop(input.splice(piece.start..piece.start, copied));
            }
            34..40 => input[piece.start..].iter_mut().take(1).for_each(|byte| *byte = random.random()),
            40..44 => {
                let bit = 1_u8 << random.random_range(0..8);
                input[piece.start..].iter_mut().take(1).for_each(|byte| *byte ^= bit);
            }
            44..48 => {
                let fill = *[0, 1, 0x7f, 0x80, 0xfe, 0xff].choose(random).unwrap_or(&0);
                let width = *[1, 2, 4, 8].choose(random).unwrap_or(&1);
                input[piece.start..].iter_mut().take(width).for_each(|byte| *byte = fill);
            }
            48..53 => {
                let number = NUMBERS.choose(random).copied().unwrap_or_default();
                drop(input.splice(digits_after(input, piece.start), number.bytes()));
            }
            53 => {
                let repeated = piece_of(input, REPEATED_MAX, random);
                let room = self.max_bytes.saturating_sub(input.len()) / repeated.len().max(1);
                let copies = input[repeated.clone()].repeat(random.random_range(0..=room));
                drop(input.splice(repeated.start..repeated.start, copies));
            }
            _ => {
                let lent = piece_of(other, PIECE_MAX, random);
                drop(input.splice(piece, other[lent].iter().copied()));
            }
        }
        input.truncate(self.max_bytes);
    }
}

fn piece_of(bytes: &[u8], longest: usize, random: &mut StdRng) -> Range<usize> {
    let start = random.random_range(0..=bytes.len());
    start..start + random.random_range(0..=(bytes.len() - start).min(longest))
}

/// The next run of digits, or nothing at the end.
fn digits_after(bytes: &[u8], at: usize) -> Range<usize> {
    let start = bytes[at..].iter().position(u8::is_ascii_digit).map_or(bytes.len(), |found| at + found);
    let length = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    start..start + length
}

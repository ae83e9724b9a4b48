//! Owns how much of a stream is decoded to see motion: all of it or, where the processor does not keep up, its key
//! pictures. Must not know who decodes.

use crate::time::MonoTime;
use core::time::Duration;

/// Pictures left out so often within [`WITHIN`] mean that the processor does not keep up. One left out may be a moment.
const LEFT_OUT_MAX: u32 = 3;
/// The time in which they are counted.
const WITHIN: Duration = Duration::from_secs(10);
/// How long key pictures only are decoded then, before all of them are tried again.
const REST: Duration = Duration::from_mins(1);

/// How much of one stream is decoded.
#[derive(Debug, Default)]
pub struct Effort {
    /// A picture was left out: nothing can be decoded before the next key unit.
    broken: bool,
    left_out: u32,
    counted_since: MonoTime,
    rests_until: Option<MonoTime>,
}

impl Effort {
    /// Whether to decode this unit.
    pub fn admits(&mut self, key: bool, at: MonoTime) -> bool {
        if self.rests_until.is_some_and(|until| at >= until) {
            *self = Self::default();
            self.broken = true;
        }
        if key {
            self.broken = false;
        }
        key || !(self.broken || self.rests_until.is_some())
    }

    /// A unit was left out since the decoder is behind.
    pub fn left_out(&mut self, at: MonoTime) {
        self.broken = true;
        if at.since(self.counted_since) > WITHIN {
            (self.left_out, self.counted_since) = (0, at);
        }
        self.left_out += 1;
        if self.left_out >= LEFT_OUT_MAX {
            self.rests_until = Some(at + REST);
        }
    }

    /// Whether only key pictures are decoded: motion is then seen late, and what is short is not seen.
    pub const fn is_keys_only(&self) -> bool {
        self.rests_until.is_some()
    }
}

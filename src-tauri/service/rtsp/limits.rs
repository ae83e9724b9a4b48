//! Owns how much a camera may make us keep (S10). Must not know who keeps it.

/// An RTSP message, head and body. The largest bodies are session descriptions: of 46 recorded ones the longest has
/// 1 KiB; a hundred tracks with their parameter sets would have 100 KiB. A head alone is at most 64 KiB, which the
/// session watches over by itself.
pub(super) const MESSAGE_BYTES: usize = 1 << 20;
/// What is held of an access unit that has no end yet, with the packets' headers and what came between them. A key
/// picture of 8192 x 8192 pixels at the coarsest useful quality for a recording has about 8 MiB. As a power of two it
/// is also the most that the buffer of a session grows to.
pub(super) const UNIT_BYTES: usize = 16 << 20;
/// A picture, in pixels of either side: what decoders and players still take.
pub(super) const SIDE: u32 = 8192;
/// Channels of sound: more is no camera's.
pub(super) const CHANNELS: u16 = 8;
/// Unreadable packets in a row, with no picture between, after which the session is given up.
pub(super) const FAULTS: u32 = 64;

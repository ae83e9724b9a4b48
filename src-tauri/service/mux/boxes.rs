//! Writing boxes into memory (ISO/IEC 14496-12 §4.2). Knows no box by name.

/// Bytes being written as nested boxes.
#[derive(Debug, Default)]
pub(super) struct BoxBuffer {
    bytes: Vec<u8>,
}

impl BoxBuffer {
    /// An empty buffer with room for `bytes`.
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes) }
    }

    /// Writes a box around what `body` writes.
    pub(super) fn boxed(&mut self, kind: [u8; 4], body: impl FnOnce(&mut Self)) {
        let start = self.bytes.len();
        self.u32(0);
        self.raw(&kind);
        body(self);
        let size = u32::try_from(self.bytes.len() - start).expect("boxes held in memory are far below 4 GiB");
        self.patch_u32(start, size);
    }

    /// Writes a box with version and flags (ISO/IEC 14496-12 §4.2.2).
    pub(super) fn full(&mut self, kind: [u8; 4], version: u8, flags: u32, body: impl FnOnce(&mut Self)) {
        self.boxed(kind, |out| {
            out.u32(u32::from(version) << 24 | flags);
            body(out);
        });
    }

    pub(super) fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    pub(super) fn u16(&mut self, value: u16) {
        self.raw(&value.to_be_bytes());
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.raw(&value.to_be_bytes());
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.raw(&value.to_be_bytes());
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Replaces four bytes written before.
    pub(super) fn patch_u32(&mut self, at: usize, value: u32) {
        self.bytes[at..at + 4].copy_from_slice(&value.to_be_bytes());
    }

    /// Bytes written so far.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// What was written.
    pub(super) fn into_vec(self) -> Vec<u8> {
        self.bytes
    }
}

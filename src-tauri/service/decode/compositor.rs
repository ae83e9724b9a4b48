//! Owns live B's port: starts compositions and counts what went wrong in all of them. Must not know how one works.

use super::composition::NativeComposition;
use atalaya_model::ports::{Composition, Compositor};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Decodes and composes grids in this program.
#[derive(Debug, Clone, Default)]
pub struct NativeCompositor {
    panics: Arc<AtomicU64>,
}

impl NativeCompositor {
    /// A compositor.
    pub fn new() -> Self {
        Self::default()
    }

    /// Decoders that panicked and were started anew, since the program started.
    pub fn panics(&self) -> u64 {
        self.panics.load(Ordering::Relaxed)
    }
}

impl Compositor for NativeCompositor {
    fn start(&self) -> Box<dyn Composition> {
        Box::new(NativeComposition::start(&self.panics))
    }
}

//! Owns live B's port: starts compositions and counts what went wrong in all of them. Must not know how one works.

use super::composition::NativeComposition;
use super::decoder::{Decoders, OwnDecoders};
use atalaya_model::ports::{Composition, Compositor};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Decodes and composes grids in this program.
#[derive(Debug, Clone)]
pub struct NativeCompositor {
    decoders: Arc<dyn Decoders>,
    panics: Arc<AtomicU64>,
}

impl NativeCompositor {
    /// A compositor that decodes with what these give.
    pub fn with(decoders: Arc<dyn Decoders>) -> Self {
        Self { decoders, panics: Arc::default() }
    }

    /// A compositor that needs nothing of the system.
    pub fn new() -> Self {
        Self::with(Arc::new(OwnDecoders))
    }

    /// Decoders that panicked and were started anew, since the program started.
    pub fn panics(&self) -> u64 {
        self.panics.load(Ordering::Relaxed)
    }
}

impl Default for NativeCompositor {
    fn default() -> Self {
        Self::new()
    }
}

impl Compositor for NativeCompositor {
    fn start(&self) -> Box<dyn Composition> {
        Box::new(NativeComposition::start(Arc::clone(&self.decoders), &self.panics))
    }
}

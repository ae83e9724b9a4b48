//! Coded pictures into shown ones: decoders behind one trait, still pictures, and live B's composed grid.
//! Knows nothing of cameras, sessions or windows.
//!
//! A new codec is a new file with a [`decoder::PictureDecoder`] and one line in [`decoder::for_codec`].

mod color;
mod composition;
mod compositor;
mod decoder;
mod h264;
mod hevc;
mod jpeg;
mod pictures;
mod scale;
mod sheet;
mod still;
#[cfg(test)]
mod tests;
mod tile;
mod workers;

pub use compositor::NativeCompositor;
pub use still::NativeStillCamera;

//! Coded pictures into shown ones: decoders behind one trait, still pictures, live B's composed grid, and the coarse
//! grids in which motion is seen.
//! Knows nothing of cameras, sessions or windows.
//!
//! A new codec is a new file with a [`PictureDecoder`] and one line in `decoder::for_codec`; a system's own decoders are
//! another crate with its [`Decoders`].

mod color;
mod composition;
mod compositor;
mod decoder;
mod eye;
mod h264;
mod hevc;
mod jpeg;
mod line;
mod pictures;
mod scale;
mod sheet;
mod still;
#[cfg(test)]
mod tests;
mod tile;
mod workers;

pub use compositor::NativeCompositor;
pub use decoder::{Chain, Decoders, OwnDecoders, PictureDecoder, Show};
pub use eye::NativeMotionEye;
pub use pictures::Planes;
pub use still::NativeStillCamera;

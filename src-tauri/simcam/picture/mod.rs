//! Owns everything seen: planes, shapes, scenes, the burnt-in clocks and the still picture.
//! Must not know encoders, protocols or who is watching.

mod canvas;
pub mod clock_strip;
mod jpeg;
mod painter;
pub(crate) mod scene;
mod shape;
mod text;
mod view;

pub(crate) use canvas::Canvas;
pub(crate) use jpeg::jpeg;
pub(crate) use painter::Painter;
pub(crate) use scene::Scene;
pub(crate) use view::View;

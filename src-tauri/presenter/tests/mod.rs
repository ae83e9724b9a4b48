//! The presenters against fakes, in virtual time.

mod fakes;
mod pulls;
mod recording;
mod transfer;

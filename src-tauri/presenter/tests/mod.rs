//! The presenters against fakes, in virtual time.

mod devices;
mod doctor;
mod fakes;
mod focus;
mod pulls;
mod recording;
mod scans;
mod transfer;

//! The presenters against fakes, in virtual time.

mod devices;
mod doctor;
mod fakes;
mod pulls;
mod recording;
mod scans;
mod transfer;

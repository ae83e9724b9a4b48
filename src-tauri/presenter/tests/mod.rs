//! The presenters against fakes, in virtual time.

mod credential_sets;
mod devices;
mod doctor;
mod fakes;
mod focus;
mod governor;
mod manage;
mod pulls;
mod recording;
mod scans;
mod transfer;

//! The presenters against fakes, in virtual time.

mod background;
mod clocks;
mod coverage;
mod credential_sets;
mod devices;
mod doctor;
mod fakes;
mod focus;
mod governor;
mod health;
mod manage;
mod modes;
mod motion;
mod picture_watch;
mod pulls;
mod recording;
mod retention;
mod scans;
mod sound;
mod transfer;
mod views;
mod windows;

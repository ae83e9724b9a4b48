//! The end-to-end tests: the built programs against simulated and foreign cameras, judged by foreign tools.

mod canary;
mod crash;
mod discovery;
mod foreign;
mod main_job;
mod onvif;
mod tidy;
mod window;
mod window_onvif;

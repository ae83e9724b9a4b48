//! The end-to-end tests: the built programs against simulated and foreign cameras, judged by foreign tools.

mod canary;
mod configuration;
mod crash;
mod discovery;
mod doctor;
mod foreign;
mod hostile;
mod http_cameras;
mod main_job;
mod manage;
mod onvif;
mod tidy;
mod tls;
mod window;
mod window_background;
mod window_cameras;
mod window_grid;
mod window_live;
mod window_manage;
mod window_onvif;
mod window_texts;

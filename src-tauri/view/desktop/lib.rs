//! The desktop window: Tauri commands and events over the presenters, and the socket that carries live pictures.
//!
//! Holds no logic of its own. Must not know SQL, RTSP or ONVIF; the services come wired into the engine.

mod clipboard;
mod commands;
mod desktop;
mod events;
mod export_folder;
mod first_run;
mod frames;
pub mod log;
pub mod renderer;
mod simulator;

#[cfg(test)]
mod tests;

pub use desktop::Parts;

use desktop::Desktop;
use std::fmt;
use std::io;
use tauri::AppHandle;
use tokio::runtime::Runtime;

/// Why there is no window.
#[derive(Debug)]
pub enum Error {
    /// The live socket could not be opened.
    LiveSocket(io::Error),
    /// The window could not be made.
    Window(tauri::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LiveSocket(error) => write!(f, "the live socket could not be opened: {error}"),
            Self::Window(error) => write!(f, "the window could not be opened: {error}"),
        }
    }
}

impl std::error::Error for Error {}

/// Shows the window until it is closed or the system asks the program to end. Must be called on the main thread.
/// Answers the exit code. The engine is still running then.
pub fn run(runtime: &Runtime, parts: Parts) -> Result<i32, Error> {
    tauri::async_runtime::set(runtime.handle().clone());
    let desktop = runtime.block_on(Desktop::start(parts)).map_err(Error::LiveSocket)?;
    let app = tauri::Builder::default()
        .manage(desktop.clone())
        .invoke_handler(commands::handler())
        .build(tauri::generate_context!())
        .map_err(Error::Window)?;
    let window: AppHandle = app.handle().clone();
    desktop.spawn(events::forward(desktop.engine.subscribe(), window.clone()));
    desktop.spawn(events::exit_on_signal(window));
    let code = app.run_return(|_, _| {});
    runtime.block_on(desktop.stop());
    Ok(code)
}

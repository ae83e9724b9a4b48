//! The desktop's windows: Tauri commands and events over the presenters, and the socket that carries live pictures.
//!
//! Holds no logic of its own. Must not know SQL, RTSP or ONVIF; the services come wired into the engine.

mod alerts;
mod clipboard;
mod commands;
mod desktop;
mod events;
mod export_folder;
mod first_run;
mod frames;
mod leaving;
pub mod log;
mod recovery;
pub mod renderer;
mod simulator;
mod texts;
mod tray;
mod windows;

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

/// Shows the windows until the program is to end: the main one is closed while nothing is recorded, a person quits, or
/// the system asks for it. Must be called on the main thread. Answers the exit code. The engine is still running then.
pub fn run(runtime: &Runtime, mut parts: Parts) -> Result<i32, Error> {
    let (rings, in_background) = (parts.rings.take(), parts.in_background);
    tauri::async_runtime::set(runtime.handle().clone());
    let desktop = runtime.block_on(Desktop::start(parts)).map_err(Error::LiveSocket)?;
    let kept = runtime.block_on(desktop.engine.windows().kept());
    let (opens, hears) = (desktop.clone(), desktop.clone());
    let builder = tauri::Builder::default()
        .manage(desktop.clone())
        .invoke_handler(commands::handler())
        .setup(move |app| {
            tray::show(app.handle(), &opens);
            Ok(windows::restore(app.handle(), &opens, kept, in_background)?)
        });
    #[cfg(target_os = "macos")]
    let builder = builder.on_web_content_process_terminate({
        let desktop = desktop.clone();
        move |page| recovery::died(page.label(), &desktop)
    });
    let app = builder.build(tauri::generate_context!()).map_err(Error::Window)?;
    let handle: AppHandle = app.handle().clone();
    desktop.spawn(events::forward(desktop.engine.subscribe(), handle.clone()));
    desktop.spawn(events::exit_on_signal(handle.clone()));
    desktop.spawn(alerts::tell(desktop.clone()));
    if let Some(rings) = rings {
        desktop.spawn(leaving::answer(rings, desktop.clone(), handle.clone()));
    }
    desktop.spawn(windows::keep_up(desktop.clone(), handle));
    let code = app.run_return(move |app, event| windows::heard(app, &hears, &event));
    runtime.block_on(async {
        windows::keep(&desktop).await;
        desktop.stop().await;
    });
    Ok(code)
}

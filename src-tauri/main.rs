//! `atalaya`: the desktop application. Wires the services into the presenters and the presenters into the window, and
//! ends them in the opposite order.
//!
//! Holds no behaviour of its own.

// A window needs no console beside it on Windows.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

use atalaya_desktop::Parts;
use atalaya_model::Kind;
use atalaya_model::ports::Ports;
use atalaya_presenter::{Engine, EngineOptions};
use atalaya_service::autostart::SessionStart;
use atalaya_service::data_dir::DataDir;
#[cfg(target_os = "linux")]
use atalaya_service::decode::{NativeCompositor, NativeMotionEye};
use atalaya_service::doorbell::Doorbell;
use atalaya_service::notifier::DesktopNotifier;
use atalaya_service::{Access, Installation};
use clap::Parser;
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// Records and shows IP cameras.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Folder of database, footage, exports and logs, instead of the system's place for application data.
    #[arg(long, value_name = "DIR", env = atalaya_service::data_dir::DATA_DIR_VARIABLE)]
    data_dir: Option<PathBuf>,
    /// At the first start, while there are no cameras: start simulated ones on this machine and add them.
    #[arg(long)]
    add_simulated: bool,
    /// Start without a window, as at login: the tray opens it.
    #[arg(long)]
    in_background: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // First of all: nothing else may run yet when it changes the environment.
    atalaya_desktop::renderer::prepare();
    match run(arguments) {
        Ok(code) => code,
        Err(error) => {
            tracing::error!(%error, "the program could not go on");
            eprintln!("atalaya: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A desktop's own decoders show a grid at half the cost of those that need nothing of it.
#[cfg(target_os = "linux")]
fn with_the_systems_decoders(ports: Ports) -> Ports {
    let decoders = Arc::new(atalaya_gstreamer::GstDecoders::look());
    let eyes = Arc::new(NativeMotionEye::with(decoders.clone()));
    Ports { compositor: Arc::new(NativeCompositor::with(decoders)), eyes, ..ports }
}

#[cfg(not(target_os = "linux"))]
fn with_the_systems_decoders(ports: Ports) -> Ports {
    ports
}

fn run(arguments: Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let named = arguments.data_dir.is_some();
    let data_dir = DataDir::resolve(arguments.data_dir)?;
    let _log = atalaya_desktop::log::start(&data_dir.logs())?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), data_dir = %data_dir.root().display(), "started");
    let runtime = Runtime::new()?;
    let opened = runtime.block_on(Installation::open(Some(data_dir.root().to_owned()), Access::Engine));
    let installation = match opened {
        Err(error) if error.kind() == Kind::Conflict && Doorbell::ring(data_dir.root()) => {
            println!("Atalaya runs on this data folder already: its window opens.");
            return Ok(ExitCode::SUCCESS);
        }
        opened => opened?,
    };
    let doorbell = runtime.block_on(async { Doorbell::hang(data_dir.root()) });
    let doorbell = doorbell.inspect_err(|error| tracing::warn!(%error, "a second start opens no window"));
    let mut at_login = vec!["--in-background".to_owned()];
    if named {
        at_login.extend(["--data-dir".to_owned(), data_dir.root().to_string_lossy().into_owned()]);
    }
    let ports = with_the_systems_decoders(installation.ports());
    let clock = ports.clock.clone();
    let engine = runtime
        .block_on(Engine::start(ports, EngineOptions { record: true, ..EngineOptions::default() }))
        .map_err(|error| format!("the engine did not start: {}", error.message))?;
    let parts = Parts {
        engine: engine.clone(),
        clock,
        data_dir: data_dir.root().to_owned(),
        export_dir: data_dir.exports(),
        add_simulated: arguments.add_simulated,
        in_background: arguments.in_background,
        notifier: Arc::new(DesktopNotifier),
        autostart: Arc::new(SessionStart::of_this_program(at_login)),
        rings: doorbell.ok().map(Doorbell::rings),
    };
    let outcome = atalaya_desktop::run(&runtime, parts);
    // Also when there was no window: what was being recorded meanwhile is closed in order.
    runtime.block_on(async {
        engine.shutdown().await;
        installation.close().await;
    });
    // Blocking work that nobody waits for any more (a keyring that does not answer) must not hold the exit up.
    runtime.shutdown_background();
    tracing::info!("ended");
    Ok(u8::try_from(outcome?).map_or(ExitCode::FAILURE, ExitCode::from))
}

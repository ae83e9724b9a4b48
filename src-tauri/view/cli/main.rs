//! `atalaya-cli`: the headless twin of the window. Parses arguments, wires services into the presenters, prints.
//!
//! Holds no logic of its own: what a verb does is a presenter's business, here it is asked for and shown.

mod args;
mod output;
mod password;
mod session;
mod supervisor;
mod texts;
mod verbs;

use args::{Arguments, Verb};
use atalaya_presenter::UserError;
use clap::Parser;
use output::Output;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let output = Output::new(arguments.json);
    let filter = EnvFilter::try_from_env("ATALAYA_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime starts unless the system has no threads or descriptors left");
    let outcome = runtime.block_on(run(arguments, &output));
    // Blocking work that nobody waits for any more (a keyring that does not answer) must not hold the exit up.
    runtime.shutdown_background();
    match outcome {
        Ok(code) => code,
        Err(error) => {
            output.error(&error);
            exit_code(&error)
        }
    }
}

/// The exit codes that scripts rely on.
fn exit_code(error: &UserError) -> ExitCode {
    ExitCode::from(match error.code.as_str() {
        "INVALID_INPUT" => 2,
        "NOT_FOUND" => 3,
        "REFUSED" | "UNTRUSTED_CERTIFICATE" | "CERTIFICATE_CHANGED" => 4,
        _ => 1,
    })
}

async fn run(arguments: Arguments, output: &Output) -> Result<ExitCode, UserError> {
    let data_dir = arguments.data_dir;
    match arguments.verb {
        Verb::Scan(verb) => verbs::scan::run(data_dir, verb, output).await,
        Verb::Doctor(verb) => verbs::doctor::run(data_dir, verb, output).await,
        Verb::Camera(verb) => verbs::camera::run(data_dir, verb, output).await,
        Verb::Credentials(verb) => verbs::credentials::run(data_dir, verb, output).await,
        Verb::Live(verb) => verbs::live::run(data_dir, verb, output).await,
        Verb::Snapshot(verb) => verbs::snapshot::run(data_dir, verb, output).await,
        Verb::Ptz(verb) => verbs::ptz::run(data_dir, verb, output).await,
        Verb::Device(verb) => verbs::device::run(data_dir, verb, output).await,
        Verb::Run(verb) => verbs::run::run(data_dir, verb, output).await,
        Verb::Record(verb) => verbs::record::run(data_dir, verb, output).await,
        Verb::Motion(verb) => verbs::motion::run(data_dir, verb, output).await,
        Verb::Recordings(verb) => verbs::recordings::run(data_dir, verb, output).await,
        Verb::Timeline(verb) => verbs::timeline::run(data_dir, verb, output).await,
        Verb::Protect(verb) => verbs::protect::run(data_dir, verb, output).await,
        Verb::Retention(verb) => verbs::retention::run(data_dir, verb, output).await,
        Verb::Coverage(verb) => verbs::coverage::run(data_dir, verb, output).await,
        Verb::Report(verb) => verbs::coverage::report(data_dir, verb, output).await,
        Verb::Export(verb) => verbs::export::run(data_dir, verb, output).await,
        Verb::Storage(verb) => verbs::storage::run(data_dir, verb, output).await,
        Verb::Fsck(verb) => verbs::fsck::run(data_dir, verb, output).await,
        Verb::Simcam(verb) => verbs::simcam::run(verb, output).await,
        Verb::Key(verb) => verbs::key::run(data_dir, verb, output).await,
    }
}

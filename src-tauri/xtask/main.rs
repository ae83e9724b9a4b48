//! `cargo xtask`: the front door for developers and newcomers. One subcommand is one module.
//!
//! Owns how this repository is prepared, run, tested and measured. Knows the programs only from outside, by their
//! command line: it links none of our crates, so that it is built in seconds on a bare machine.

mod bench;
mod bindings;
mod demo;
mod figures;
mod folders;
mod foreign;
mod lint;
mod machine;
mod packages;
mod process;
mod release;
mod report;
mod run;
mod test;
mod tools;
mod torture;
mod ui;
mod workspace;

use clap::Parser;
use std::process::ExitCode;
use workspace::Workspace;

/// What went wrong is told to a person and decides nothing, so it needs no type of its own.
type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Prepares, runs, tests and measures Atalaya.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
enum Task {
    /// Build the programs and open the window with four simulated cameras; without a display, do the same job on
    /// the command line.
    Run(run::Options),
    /// Install what the tests need, then run all of them.
    Test(test::Options),
    /// Check format, lints, licences and generated files.
    Lint,
    /// Write the TypeScript bindings of the view models to ui/src/gen.
    Gen(bindings::Options),
    /// Measure against what a user would pick instead.
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Break what can break, again and again, and hold what is left against what is promised.
    Torture(torture::Options),
}

fn main() -> ExitCode {
    let task = Task::parse();
    let outcome = Workspace::locate().and_then(|workspace| match task {
        Task::Run(options) => run::run(&workspace, &options),
        Task::Test(options) => test::run(&workspace, &options),
        Task::Lint => lint::run(&workspace),
        Task::Gen(options) => bindings::run(&workspace, &options),
        Task::Bench(bench) => bench::run(&workspace, &bench),
        Task::Torture(options) => torture::run(&workspace, &options),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\ncargo xtask: {error}");
            if error.is::<torture::Skipped>() { ExitCode::from(3) } else { ExitCode::FAILURE }
        }
    }
}

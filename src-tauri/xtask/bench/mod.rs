//! `cargo xtask bench`: figures as ratios against what a user would pick instead, both measured in the same run on
//! the same machine, in turns. A measurement never gates a test.

mod record;

use crate::Result;
use crate::workspace::Workspace;

#[derive(clap::Subcommand)]
pub(crate) enum Bench {
    /// Recording beside one ffmpeg for each camera (P1, P2, P3).
    Record(record::Options),
}

pub(crate) fn run(workspace: &Workspace, bench: &Bench) -> Result {
    if !cfg!(target_os = "linux") {
        return Err("the measurements read /proc and run on Linux only".into());
    }
    match bench {
        Bench::Record(options) => record::run(workspace, options),
    }
}

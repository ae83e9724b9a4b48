//! How well our own detector sees motion, and what that costs. Owns the table; clips, decoding and judging are the
//! service's (`service/examples/motion.rs`).

use super::keep;
use crate::report::say;
use crate::workspace::Workspace;
use crate::{Result, process, release};
use serde_json::Value;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Length of each clip in seconds, 60 at least.
    #[arg(long, default_value_t = 70)]
    seconds: u32,
}

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result {
    release::examples(workspace)?;
    let seconds = options.seconds.to_string();
    let printed = process::capture(release::example(workspace, "motion").arg(&seconds))?;
    let figures: Value = serde_json::from_str(printed.trim())?;
    let row = |name: &str, of: &Value| {
        let figure = |key: &str| of[key].as_f64().unwrap_or(f64::NAN);
        say(&format!("{name:<24} precision {:>5.2}  recall {:>5.2}", figure("precision"), figure("recall")));
    };
    for clip in figures["clips"].as_array().into_iter().flatten() {
        row(clip["clip"].as_str().unwrap_or_default(), clip);
    }
    row("all", &figures);
    say(&format!(
        "{:.0} core-seconds an hour for one camera of 640x360 at 15 pictures a second",
        figures["core_seconds_per_hour"].as_f64().unwrap_or(f64::NAN)
    ));
    keep(workspace, "motion", figures)
}

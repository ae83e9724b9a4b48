//! Owns what a person reads while this program works: steps with their time, and a summary at the end.

use crate::Result;
use std::time::{Duration, Instant};

/// Says what comes next.
pub(crate) fn step(title: &str) {
    println!("\n==> {title}");
}

/// Says something about the step.
pub(crate) fn say(text: &str) {
    println!("    {text}");
}

/// Steps that are all tried, whatever becomes of the ones before, and told together at the end.
#[derive(Default)]
pub(crate) struct Report {
    steps: Vec<(&'static str, Duration, Option<String>)>,
    notes: Vec<String>,
}

impl Report {
    /// Does a step and notes how it ended.
    pub(crate) fn step(&mut self, title: &'static str, work: impl FnOnce() -> Result) {
        step(title);
        let start = Instant::now();
        let failure = work().err().map(|error| error.to_string());
        if let Some(failure) = &failure {
            say(&format!("FAILED: {failure}"));
        }
        self.steps.push((title, start.elapsed(), failure));
    }

    /// Something to say at the end, such as what was left out.
    pub(crate) fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    /// Prints the summary; an error when a step failed.
    pub(crate) fn finish(self) -> Result {
        step("Summary");
        for (title, took, failure) in &self.steps {
            let verdict = if failure.is_none() { "ok    " } else { "FAILED" };
            say(&format!("{verdict} {:>6.1} s  {title}", took.as_secs_f64()));
        }
        for note in &self.notes {
            say(note);
        }
        match self.steps.iter().filter(|(_, _, failure)| failure.is_some()).count() {
            0 => Ok(()),
            failed => Err(format!("{failed} of {} steps failed", self.steps.len()).into()),
        }
    }
}

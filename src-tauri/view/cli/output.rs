//! Standard output: JSON lines for scripts, or aligned text for people; progress and errors on standard error.

use atalaya_model::export::Progress;
use atalaya_presenter::UserError;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::json;
use std::io::{IsTerminal, Write};

/// How results are shown.
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether a script reads along.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Prints one result: its JSON, or the text made for people.
    pub(crate) fn result<T: Serialize>(&self, value: &T, text: impl FnOnce(&T) -> String) {
        if self.json {
            line(&serde_json::to_string(value).expect("view models serialize"));
        } else {
            line(&text(value));
        }
    }

    /// Tells a person something that a script does not need.
    pub(crate) fn note(&self, text: &str) {
        if !self.json {
            let _ = writeln!(std::io::stderr(), "{text}");
        }
    }

    /// Prints an error: as JSON on standard output with `--json`, else on standard error.
    pub(crate) fn error(&self, error: &UserError) {
        if self.json {
            line(&json!({ "error": error }).to_string());
            return;
        }
        let mut text = format!("error: {} ({})", error.message, error.code);
        for (key, value) in &error.params {
            text.push_str(&format!("\n  {key}: {value}"));
        }
        let _ = writeln!(std::io::stderr(), "{text}");
    }

    /// Shows how far a long piece of work is: a bar on a terminal, JSON lines with `--json`.
    pub(crate) fn progress(&self) -> ProgressView {
        if self.json {
            return ProgressView::Json;
        }
        if !std::io::stderr().is_terminal() {
            return ProgressView::Silent;
        }
        let style = "{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
        let style = ProgressStyle::with_template(style).expect("the template is well formed");
        ProgressView::Bar(ProgressBar::new(0).with_style(style))
    }
}

/// Warns whoever reads standard error, people and scripts' logs alike.
pub(crate) fn warning(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// A progress bar, or what stands for it.
pub(crate) enum ProgressView {
    Json,
    Silent,
    Bar(ProgressBar),
}

impl ProgressView {
    pub(crate) fn show(&self, progress: Progress) {
        match self {
            Self::Json => {
                let Progress { done, total } = progress;
                let progress = json!({ "progress": { "done": done, "total": total, "unit": "bytes" } });
                let _ = writeln!(std::io::stderr(), "{progress}");
            }
            Self::Silent => {}
            Self::Bar(bar) => {
                bar.set_length(progress.total);
                bar.set_position(progress.done);
            }
        }
    }

    pub(crate) fn end(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

/// A reader that went away (`| head`) is no error of ours.
fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// A size as people read it, in powers of 1000.
pub(crate) fn bytes(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if value < 1000.0 {
            return if unit == "B" { format!("{bytes} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1000.0;
    }
    format!("{value:.2} TB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(
            [0, 999, 1500, 2_500_000, 1_800_000_000, 3_000_000_000_000].map(bytes),
            ["0 B", "999 B", "1.5 kB", "2.5 MB", "1.8 GB", "3.00 TB"]
        );
    }
}

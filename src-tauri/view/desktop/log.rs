//! The program's log: to standard error and to one file a day, each line through the redactor.
//!
//! Our own types cannot print secrets; the redactor is for what other crates write.

use atalaya_model::address::redact;
use std::io::{self, Write};
use std::path::Path;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{InitError, RollingFileAppender, Rotation};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

/// Overrides the filter, as `ATALAYA_LOG=debug` does.
const FILTER_VARIABLE: &str = "ATALAYA_LOG";

/// Our own crates tell what they do, others only what goes wrong.
const FILTER: &str = "warn,atalaya=info";

/// Days of which a log is kept.
const FILES_KEPT: usize = 14;

/// Starts logging for the life of the process. The file's last lines are written when the guard is dropped.
pub fn start(folder: &Path) -> Result<WorkerGuard, InitError> {
    let file = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("atalaya")
        .filename_suffix("log")
        .max_log_files(FILES_KEPT)
        .build(folder)?;
    // On a thread of its own: a slow disk must not hold up whoever has something to say.
    let (file, guard) = tracing_appender::non_blocking(file);
    let filter = EnvFilter::try_from_env(FILTER_VARIABLE).unwrap_or_else(|_| EnvFilter::new(FILTER));
    tracing_subscriber::registry()
        .with(filter)
        // Without colours: both layers share what the first has formatted of a span.
        .with(fmt::layer().with_ansi(false).with_writer(|| Redacted(io::stderr())))
        .with(fmt::layer().with_ansi(false).with_writer(move || Redacted(file.clone())))
        .init();
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        tracing::error!(%panic, "panicked");
        print(panic);
    }));
    Ok(guard)
}

/// Redacts each word of what is written. The formatter writes one whole event at a time.
struct Redacted<W>(W);

impl<W: Write> Write for Redacted<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let event_text = String::from_utf8_lossy(event);
        let clean: String = event_text.split_inclusive(char::is_whitespace).map(redact_word).collect();
        self.0.write_all(clean.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Redacts a word and keeps the space behind it, which could otherwise pass for a part of a secret.
fn redact_word(word: &str) -> String {
    let bare = word.trim_end();
    redact(bare) + &word[bare.len()..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_in_urls_are_taken_out_of_every_word() {
        let mut out = Vec::new();
        let line = "GET rtsp://ana:secreto@10.0.0.7/live and http://10.0.0.7/cgi?ch=1&pwd=secreto\n";
        Redacted(&mut out).write_all(line.as_bytes()).unwrap();
        let written = String::from_utf8(out).unwrap();
        assert_eq!(written, "GET rtsp://***@10.0.0.7/live and http://10.0.0.7/cgi?ch=1&pwd=***\n");
    }
}

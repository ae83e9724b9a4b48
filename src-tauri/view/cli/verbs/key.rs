//! `key`: where the key lives that credentials are encrypted with, and its exchange.

use super::Outcome;
use crate::args::Key;
use crate::output::Output;
use crate::session;
use std::path::PathBuf;
use std::process::ExitCode;

pub(crate) async fn run(data_dir: Option<PathBuf>, verb: Key, output: &Output) -> Outcome {
    match verb {
        Key::Status => {
            session::reading(data_dir, async |engine| {
                output.result(&engine.key_status(), |status| {
                    format!(
                        "The key is in the {} ({}), fingerprint {}",
                        status.place, status.location, status.fingerprint
                    )
                });
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        Key::Rotate => {
            session::changing(data_dir, async |engine| {
                output.result(&engine.rotate_key().await?, |rotated| {
                    format!(
                        "The new key has the fingerprint {}; {} logins were encrypted anew",
                        rotated.key.fingerprint, rotated.logins
                    )
                });
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
    }
}

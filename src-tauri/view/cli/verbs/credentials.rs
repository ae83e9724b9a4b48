//! `credentials`: logins that are kept once and used for many cameras.

use super::Outcome;
use crate::args::{Credentials, SetLogin};
use crate::output::Output;
use crate::{password, session};
use atalaya_presenter::vm::credential_set::CredentialSetVm;
use std::path::PathBuf;
use std::process::ExitCode;

pub(crate) async fn run(data_dir: Option<PathBuf>, verb: Credentials, output: &Output) -> Outcome {
    match verb {
        Credentials::Add(SetLogin { name, user, password_stdin }) => {
            let password = password::of_user(&user, password_stdin)?;
            session::changing(data_dir, async |engine| {
                output.result(&engine.credential_sets().add(&name, user, password).await?, text);
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        Credentials::Change(SetLogin { name, user, password_stdin }) => {
            let password = password::of_user(&user, password_stdin)?;
            session::changing(data_dir, async |engine| {
                let changed = engine.credential_sets().change(&name, user, password).await?;
                output.result(&changed, |set| format!("{}: changed for {} cameras", set.name, set.cameras));
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        Credentials::List => {
            session::reading(data_dir, async |engine| {
                let sets = engine.credential_sets().list().await?;
                for set in &sets {
                    output.result(set, text);
                }
                if sets.is_empty() {
                    output.note("No credential sets yet. Add one with `credentials add`.");
                }
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        Credentials::Remove { name } => {
            session::changing(data_dir, async |engine| {
                let removed = engine.credential_sets().remove(&name).await?;
                output.result(&removed, |set| {
                    format!("Removed {}. {} cameras keep its login as their own.", set.name, set.cameras)
                });
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
    }
}

fn text(set: &CredentialSetVm) -> String {
    format!("{:<24} {:<16} {} cameras", set.name, set.user, set.cameras)
}

//! `protect`: footage that no rule deletes.

use super::Outcome;
use crate::args::{Protect, ProtectVerb};
use crate::output::{self, Output};
use crate::session;
use atalaya_model::{Error, Kind};
use atalaya_presenter::vm::retention::ProtectedVm;
use std::path::PathBuf;
use std::process::ExitCode;

/// Works beside a running engine, which asks for the protections anew before it deletes anything.
pub(crate) async fn run(data_dir: Option<PathBuf>, verb: Protect, output: &Output) -> Outcome {
    session::reading(data_dir, async |engine| {
        let protections = engine.protections();
        match (&verb.verb, &verb.range) {
            (Some(ProtectVerb::List { camera }), _) => {
                let ranges = protections.list(camera.as_deref()).await?;
                for range in &ranges {
                    output.result(range, text);
                }
                if ranges.is_empty() {
                    output.note("Nothing is protected.");
                }
            }
            (Some(ProtectVerb::Remove { id }), _) => protections.remove(id).await?,
            (None, Some(range)) => {
                let expires = range.expires.as_deref();
                let (from, to) = (&range.from, &range.to);
                output.result(&protections.add(&range.camera, from, to, &range.reason, expires).await?, text);
            }
            (None, None) => {
                return Err(Error::new(Kind::InvalidInput, "say which footage: CAM --from T --to T").into());
            }
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

fn text(range: &ProtectedVm) -> String {
    let expires = range.expires.as_ref().map(|expires| format!(", until {expires}")).unwrap_or_default();
    format!(
        "{}  {}  {}  {}  {:>9}  {}{expires}",
        range.id,
        range.camera,
        range.start,
        range.end,
        output::bytes(range.bytes),
        range.reason
    )
}

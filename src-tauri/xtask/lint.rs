//! `cargo xtask lint`: everything that is judged without running a test.

use crate::report::Report;
use crate::workspace::Workspace;
use crate::{Result, bindings, process, ui};

pub(crate) fn run(workspace: &Workspace) -> Result {
    let mut report = Report::default();
    report.step("Format", || process::run(workspace.cargo().args(["fmt", "--all", "--check"])));
    // First, because the desktop program holds the built pages: without them it does not compile.
    report.step("Pages", || ui::install(workspace).and_then(|()| ui::build(workspace)));
    report.step("Lints of the pages", || ui::script(workspace, "lint"));
    report.step("Types of the pages", || ui::script(workspace, "check"));
    report.step("Clippy", || {
        let mut cargo = workspace.cargo();
        process::run(cargo.args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ]))
    });
    report.step("TypeScript bindings", || bindings::run(workspace, &bindings::Options::CHECK));
    if process::find("cargo-deny").is_some() {
        report.step("Licences and advisories", || {
            process::run(workspace.cargo().args(["deny", "--all-features", "check"]))
        });
    } else {
        report.note("Licences and advisories were not checked: cargo install cargo-deny --locked");
    }
    report.finish()
}

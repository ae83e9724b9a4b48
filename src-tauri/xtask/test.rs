//! `cargo xtask test`: from a machine with Rust, Node and git to every test run.

use crate::packages::{self, Purpose};
use crate::report::{Report, step};
use crate::tools::{NEXTEST, TAURI_DRIVER};
use crate::workspace::Workspace;
use crate::{Result, bindings, foreign, process, ui};
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Leave out the tests that open the window.
    #[arg(long)]
    no_window: bool,
}

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result {
    packages::ensure(Purpose::Test)?;
    ui::install(workspace)?;
    // The end-to-end tests stand on foreign cameras, network namespaces and a virtual display, as Linux has them.
    let end_to_end = cfg!(target_os = "linux");
    let window = end_to_end && !options.no_window;

    let mut report = Report::default();
    report.step("Lints of the pages", || ui::script(workspace, "lint"));
    report.step("Types of the pages", || ui::script(workspace, "check"));
    report.step("Tests of the pages", || ui::script(workspace, "test"));
    ui::build(workspace)?;

    step("Test tools");
    let driver = if window { Some(TAURI_DRIVER.ensure(workspace)?) } else { None };
    // Built for minutes on a bare machine; where that fails, cargo's own runner does, with less protection.
    let nextest =
        NEXTEST.ensure(workspace).inspect_err(|error| report.note(format!("Without nextest: {error}"))).ok();

    let others = if end_to_end {
        foreign::ensure(workspace)
            .inspect_err(|error| report.note(format!("Without ONVIF programs of others: {error}")))
            .ok()
    } else {
        None
    };
    let left_out: &[&'static str] = match (window, &others) {
        (true, Some(_)) => &[],
        (true, None) => &["of_others"],
        (false, Some(_)) => &["window"],
        (false, None) => &["window", "of_others"],
    };

    step("Programs and tests");
    // One call for both, so that what they share is compiled once with the same features. Not this program itself:
    // Windows refuses to write over a running one.
    let all = ["build", "--workspace", "--exclude", "xtask", "--bins", "--tests", "--quiet"];
    process::run(workspace.cargo().args(all))?;

    let made = bindings::fresh_folder(workspace)?;
    report.step("Tests", || {
        let mut tests = Tests { workspace, nextest, left_out, end_to_end }.command();
        tests.env("ATALAYA_BIN_DIR", workspace.target("debug"));
        tests.env(bindings::FOLDER_VARIABLE, &made);
        if let Some(others) = &others {
            tests.env(foreign::FOLDER_VARIABLE, others);
        }
        if let Some(driver) = &driver {
            tests.env("ATALAYA_TAURI_DRIVER", driver);
        }
        process::run(&mut tests)
    });
    report.step("TypeScript bindings", || bindings::check(workspace, &made));
    report.step("Examples in the documentation", || {
        process::run(workspace.cargo().args(["test", "--workspace", "--doc", "--quiet"]))
    });
    if !end_to_end {
        report.note("The end-to-end tests run on Linux only and were left out.");
    } else if !window {
        report.note("The tests that open the window were left out.");
    }
    report.finish()
}

/// Which tests to run, and with what.
struct Tests<'a> {
    workspace: &'a Workspace,
    nextest: Option<PathBuf>,
    /// What the names of end-to-end tests hold that are not run.
    left_out: &'a [&'static str],
    end_to_end: bool,
}

impl Tests<'_> {
    fn command(&self) -> Command {
        match &self.nextest {
            Some(nextest) => self.with_nextest(nextest),
            None => self.with_cargo(),
        }
    }

    fn with_nextest(&self, nextest: &Path) -> Command {
        let mut command = self.workspace.command(nextest);
        command.args(["nextest", "run", "--workspace", "--cargo-quiet"]);
        if !self.end_to_end {
            command.args(["--filterset", "not package(atalaya-tests) or test(/^tidy::/)"]);
        } else if !self.left_out.is_empty() {
            let names = self.left_out.join("|");
            command.args(["--filterset", &format!("not (package(atalaya-tests) and test(/{names}/))")]);
        }
        command
    }

    fn with_cargo(&self) -> Command {
        let mut command = self.workspace.cargo();
        command.args(["test", "--workspace", "--quiet", "--no-fail-fast", "--lib", "--bins", "--tests"]);
        if !self.end_to_end {
            command.args(["--exclude", "atalaya-tests"]);
        } else if !self.left_out.is_empty() {
            command.arg("--").args(self.left_out.iter().flat_map(|name| ["--skip", name]));
        }
        command
    }
}

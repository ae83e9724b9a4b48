//! `doctor`: why a camera cannot be found or played. As JSON one line a finding; on a terminal one line a topic, then
//! the cause and what to do.

use super::Outcome;
use crate::args::Doctor;
use crate::output::Output;
use crate::texts::Texts;
use crate::{password, session};
use atalaya_presenter::vm::doctor::{DoctorRequest, FindingVm};
use futures_util::StreamExt;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

/// Columns of the topic's name.
const LABEL: usize = 12;
/// Columns of a line.
const LINE: usize = 100;

/// A finding with its sentence.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    finding: &'a FindingVm,
    detail: String,
}

pub(crate) async fn run(data_dir: Option<PathBuf>, verb: Doctor, output: &Output) -> Outcome {
    let password = password::read(&verb.login)?;
    let mut request = DoctorRequest { user: verb.login.user, password, ..DoctorRequest::default() };
    session::reading(data_dir, async |engine| {
        // A camera's name stands for it, unless a login was typed for the host.
        let is_camera = request.user.is_none() && engine.cameras().get(&verb.host).await.is_ok();
        *(if is_camera { &mut request.camera } else { &mut request.host }) = Some(verb.host);
        let mut findings = std::pin::pin!(engine.doctor().run(request).await?);
        let english = Texts::english();
        let mut terminal = Terminal::new();
        let mut failed = false;
        while let Some(finding) = findings.next().await {
            failed |= finding.step == "verdict" && finding.state == "failed";
            if output.is_json() {
                output.result(&Line { detail: detail(&english, &finding), finding: &finding }, |_| {
                    String::new()
                });
            } else {
                for line in terminal.take(finding) {
                    output.result(&(), |()| line);
                }
            }
        }
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    })
    .await
}

fn detail(texts: &Texts, finding: &FindingVm) -> String {
    match (&*finding.step, &finding.advice_code) {
        ("verdict", Some(advice)) => texts.say(&["doctor", "advice", advice, "what"], &finding.params),
        _ => texts.say(&["doctor", "found", &finding.found], &finding.params),
    }
}

/// Gathers findings into one line a topic.
struct Terminal {
    texts: Texts,
    colored: bool,
    topic: &'static str,
    gathered: Vec<FindingVm>,
}

/// The topic that a finding belongs to.
fn topic(finding: &FindingVm) -> &'static str {
    match (&*finding.step, finding.stream.as_deref()) {
        // Before the streams: a cause that lies in one of them names it.
        ("verdict", _) => "verdict",
        (_, Some("main")) => "main",
        (_, Some(_)) => "sub",
        ("route" | "neighbour", _) => "network",
        ("ports" | "http", _) => "ports",
        ("onvif", _) => "onvif",
        ("multicast", _) => "multicast",
        ("clock", _) => "clock",
        ("login" | "profiles", _) => "login",
        _ => "streams",
    }
}

impl Terminal {
    fn new() -> Self {
        let colored = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { texts: Texts::of_terminal(), colored, topic: "", gathered: Vec::new() }
    }

    /// The lines that are ready with this finding.
    fn take(&mut self, finding: FindingVm) -> Vec<String> {
        let mut lines = Vec::new();
        let topic = topic(&finding);
        if topic != self.topic {
            lines.extend(self.row());
            self.topic = topic;
        }
        if topic == "verdict" {
            lines.extend(self.verdict(&finding));
        } else {
            self.gathered.push(finding);
        }
        lines
    }

    /// The topic's line: what is known of it, or why nothing is; its mark is that of the worst.
    fn row(&mut self) -> Option<String> {
        let gathered = std::mem::take(&mut self.gathered);
        let worst = gathered.iter().map(|finding| rank(&finding.state)).max()?;
        let told = gathered.iter().filter(|finding| worst == 0 || finding.state != "unknown");
        let told: Vec<_> = told.map(|finding| detail(&self.texts, finding)).collect();
        let label = self.texts.say(&["doctor", "row", self.topic], &BTreeMap::new());
        Some(self.line(worst, &label, &told.join(" · ")))
    }

    fn verdict(&self, finding: &FindingVm) -> Vec<String> {
        let Some(code) = &finding.advice_code else { return Vec::new() };
        let say = |path: &[&str]| self.texts.say(path, &finding.params);
        let what = say(&["doctor", "advice", code, "what"]);
        let worst = rank(&finding.state);
        let cause = self.line(worst, &say(&["doctor", "causeLabel"]), &what);
        let to_do = say(&["doctor", "advice", code, "do"]);
        vec![cause, self.line(4, &say(&["doctor", "doLabel"]), &to_do)]
    }

    /// Mark, label and text; what is longer than a line goes on below its beginning.
    fn line(&self, mark: usize, label: &str, text: &str) -> String {
        let (sign, color) = [("–", "2"), ("✓", "32"), ("!", "33"), ("✗", "31"), ("→", "36")][mark];
        let sign = if self.colored { format!("\u{1b}[1;{color}m{sign}\u{1b}[0m") } else { sign.to_owned() };
        let mut lines = vec![String::new()];
        for word in text.split(' ') {
            let line = lines.last_mut().expect("there is always one");
            if line.is_empty() {
                line.push_str(word);
            } else if line.chars().count() + 1 + word.chars().count() <= LINE - LABEL - 2 {
                line.push(' ');
                line.push_str(word);
            } else {
                lines.push(word.to_owned());
            }
        }
        let indent = " ".repeat(LABEL + 2);
        format!("{sign} {label:<LABEL$}{}", lines.join(&format!("\n{indent}")))
    }
}

/// How much a state weighs in a line's mark.
fn rank(state: &str) -> usize {
    match state {
        "passed" => 1,
        "warning" => 2,
        "failed" => 3,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use atalaya_model::camera::Role;
    use atalaya_model::doctor::{Cause, Finding, Found, State, Step, verdict};

    #[test]
    fn a_topic_is_one_line() {
        let findings = [
            Finding::new(Step::Route, State::Passed, Found::RouteDirect)
                .with("interface", "eth0")
                .with("source", "192.0.2.1"),
            Finding::new(Step::Neighbour, State::Unknown, Found::NeighbourUnknown),
            Finding::new(Step::Multicast, State::Unknown, Found::DiscoverySilent),
            Finding::new(Step::Describe, State::Passed, Found::Described).of(Role::Main),
            Finding::new(Step::Setup, State::Failed, Found::SessionForgotten)
                .advise(Cause::SessionNotFound)
                .of(Role::Main),
        ];
        let mut terminal =
            Terminal { texts: Texts::english(), colored: false, topic: "", gathered: Vec::new() };
        let verdict = verdict(&findings);
        let lines: Vec<String> = findings
            .iter()
            .chain([&verdict])
            .flat_map(|finding| terminal.take(FindingVm::from(finding)))
            .collect();
        assert_eq!(
            lines,
            [
                "✓ Network     eth0 192.0.2.1, same network",
                "– Discovery   does not answer discovery",
                "✗ Main stream DESCRIBE · forgets its session (454)",
                "✗ Cause       The camera forgets its own session (RTSP error 454).",
                "→ Do          Restart it and update its firmware. Many open connections may also cause this.",
            ]
        );
    }
}

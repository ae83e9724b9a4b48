//! Scanning a network of 254 addresses: `atalaya-cli scan` beside `nmap -sS` of the same ports (P7), and how soon the
//! first camera and all of them are shown (P8). 16 cameras, 40 other hosts, the rest dead, in namespaces of their own.
//!
//! Owns the turns, the clocks and the table. Knows the network only as `tests/support/lan.py` tells it.

use super::{keep, median, percentile};
use crate::Result;
use crate::demo::text;
use crate::folders;
use crate::packages::{self, Purpose};
use crate::process::{self, Background};
use crate::release;
use crate::report::{say, step};
use crate::workspace::Workspace;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

/// The ports that a scan tries, as the model has them (`CAMERA_PORTS`).
const PORTS: &str = "554,80,8080,8000,2020,8554,8899,5543,443,10554";

/// A scan that takes longer has failed.
const SCAN_LIMIT: Duration = Duration::from_secs(20);

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How often both scan, in turns.
    #[arg(long, value_name = "N", default_value_t = 20)]
    runs: u32,
    /// Measure the development build, without building anything.
    #[arg(long)]
    debug: bool,
}

/// One scan of ours, times in seconds since the program was started.
#[derive(Debug, Clone, Copy, Serialize)]
struct Scan {
    /// Until the program has ended.
    seconds: f64,
    /// Until the first camera was printed.
    first_shown: f64,
    /// Until the last camera was printed.
    all_shown: f64,
    /// Cameras of the network that were found.
    found: usize,
    /// Printed as a camera and none, or twice.
    wrong: usize,
}

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result {
    packages::ensure(Purpose::Scan)?;
    let profile = if options.debug { "debug" } else { "release" };
    if !options.debug {
        release::build(workspace)?;
    }
    let cli = workspace.program(profile, "atalaya-cli");
    let data_dir = workspace.target("bench").join("scan");
    folders::fresh(&data_dir)?;

    step("Network");
    let mut python = workspace.command("python3");
    let lan = Background::start(python.arg("tests/support/lan.py").arg("--simcam").arg(&cli))?;
    let told: Value = serde_json::from_str(&lan.line(Duration::from_mins(1))?)?;
    let (namespace, network) = (text(&told, "scanner"), text(&told, "network"));
    let list = |of: &str| told[of].as_array().into_iter().flatten().filter_map(Value::as_str);
    let cameras: BTreeSet<&str> = list("cameras").collect();
    say(&format!("{} cameras, {} other hosts in {network}", cameras.len(), list("others").count()));

    let atalaya = || -> Result<Scan> {
        let mut command = workspace.command("ip");
        command.args(["netns", "exec", namespace]).arg(&cli).args(["--json", "--data-dir"]).arg(&data_dir);
        command.args(["scan"]).env("ATALAYA_KEY_STORE", "file").stderr(Stdio::null());
        measure(&mut command, &cameras)
    };
    let nmap = || -> Result<f64> {
        let mut command = workspace.command("ip");
        command.args([
            "netns",
            "exec",
            namespace,
            "nmap",
            "-sS",
            "-n",
            "-Pn",
            "-T4",
            "--min-hostgroup",
            "256",
        ]);
        command.args(["-p", PORTS, network]).stderr(Stdio::null());
        let start = Instant::now();
        process::capture(&mut command)?;
        Ok(start.elapsed().as_secs_f64())
    };

    // The first scan makes the data directory, which no later one does.
    atalaya()?;
    let mut pairs = Vec::new();
    for run in 1..=options.runs {
        step(&format!("Turn {run} of {}", options.runs));
        let (ours, theirs) = (atalaya()?, nmap()?);
        say(&format!(
            "atalaya-cli {:.2} s (first {:.2} s, all {:.2} s; {} of {} cameras, {} wrong)   nmap {theirs:.2} s",
            ours.seconds,
            ours.first_shown,
            ours.all_shown,
            ours.found,
            cameras.len(),
            ours.wrong,
        ));
        pairs.push((ours, theirs));
        // Dead addresses are forgotten by then, so that the next one starts as a first one does.
        let flush = || process::run(workspace.command("ip").args(["-n", namespace, "neigh", "flush", "all"]));
        // It fails when the kernel forgets an address at the same moment.
        flush().or_else(|_| flush())?;
        thread::sleep(Duration::from_millis(500));
    }
    report(workspace, profile, cameras.len(), &pairs)
}

fn measure(command: &mut std::process::Command, cameras: &BTreeSet<&str>) -> Result<Scan> {
    let start = Instant::now();
    let scan = Background::start(command)?;
    let mut met: Vec<String> = Vec::new();
    let (mut first_shown, mut all_shown) = (f64::NAN, f64::NAN);
    // It ends by itself, and says nothing more when it has.
    while let Ok(line) = scan.line(SCAN_LIMIT) {
        let device: Value = serde_json::from_str(&line)?;
        if text(&device, "kind") != "other" && text(&device, "change") != "gone" {
            all_shown = start.elapsed().as_secs_f64();
            first_shown = if met.is_empty() { all_shown } else { first_shown };
            met.push(text(&device, "host").to_owned());
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    let found = cameras.iter().filter(|camera| met.iter().any(|host| host == *camera)).count();
    Ok(Scan { seconds, first_shown, all_shown, found, wrong: met.len() - found })
}

fn report(workspace: &Workspace, profile: &str, cameras: usize, pairs: &[(Scan, f64)]) -> Result {
    step(&format!("Median of {} turns, {cameras} cameras of 254 addresses, {profile} build", pairs.len()));
    let ours = median(pairs.iter().map(|(ours, _)| ours.seconds));
    let theirs = median(pairs.iter().map(|(_, theirs)| *theirs));
    // The median of the turns' ratios: what disturbs the machine disturbs both of a turn.
    let ratio = median(pairs.iter().map(|(ours, theirs)| ours.seconds / theirs));
    let first = median(pairs.iter().map(|(ours, _)| ours.first_shown));
    let all = median(pairs.iter().map(|(ours, _)| ours.all_shown));
    let worst = |figure: fn(&Scan) -> f64| percentile(pairs.iter().map(|(ours, _)| figure(ours)), 1.0);
    let perfect = pairs.iter().filter(|(ours, _)| ours.found == cameras && ours.wrong == 0).count();
    say(&format!("{:<32} {:>12} {:>12} {:>8}", "", "atalaya-cli", "nmap", "ratio"));
    say(&format!("{:<32} {ours:>12.2} {theirs:>12.2} {ratio:>8.3}", "P7 whole scan, s"));
    say(&format!(
        "{:<32} {first:>12.2} {:>12} (worst {:.2})",
        "P8 first camera shown, s",
        "",
        worst(|it| it.first_shown)
    ));
    say(&format!(
        "{:<32} {all:>12.2} {:>12} (worst {:.2})",
        "P8 all cameras shown, s",
        "",
        worst(|it| it.all_shown)
    ));
    say(&format!("Every camera and nothing else: {perfect} of {} turns", pairs.len()));
    let turns: Vec<_> =
        pairs.iter().map(|(ours, theirs)| json!({ "atalaya": ours, "nmap": theirs })).collect();
    let figures = json!({
        "profile": profile,
        "cameras": cameras,
        "median": {
            "seconds": { "atalaya": ours, "nmap": theirs, "ratio": ratio },
            "first_shown": first,
            "all_shown": all,
        },
        "perfect_turns": perfect,
        "turns": turns,
    });
    keep(workspace, "scan", figures)
}

//! Owns which packages of the system are needed, and installs those that are missing where it knows how: on Debian
//! and its relatives. Elsewhere it says what to install.

use crate::report::{say, step};
use crate::{Result, process};
use std::io::IsTerminal;

/// What the packages are for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To build and run the programs.
    Run,
    /// To run every test and most measurements as well.
    Test,
    /// To scan a network as others do, besides.
    Scan,
    /// To watch cameras as others do, besides.
    Watch,
    /// To see what a recorder asks of the system, besides.
    Record,
}

/// To compile: a C and C++ compiler for openh264, SQLite and aws-lc; nasm, without which openh264 is two to three
/// times slower and says nothing; the headers of the webview and of GStreamer. To run: GStreamer's decoders, which the webview plays with and the grid is
/// composed from.
const RUN: &[&str] = &[
    "build-essential",
    "nasm",
    "pkg-config",
    "libwebkit2gtk-4.1-dev",
    "libayatana-appindicator3-dev",
    "librsvg2-dev",
    "libgstreamer1.0-dev",
    "libgstreamer-plugins-base1.0-dev",
    "gstreamer1.0-libav",
    "gstreamer1.0-plugins-base",
    "gstreamer1.0-plugins-good",
    "gstreamer1.0-plugins-bad",
];

/// For the tests: foreign cameras (GStreamer's RTSP server, driven from Python, and ffmpeg for what they play), a
/// virtual display with the webview's driver and programs to photograph it and to hide a window, network namespaces,
/// and certificates for cameras over TLS.
const TEST: &[&str] = &[
    "gir1.2-gst-rtsp-server-1.0",
    "gir1.2-gst-plugins-base-1.0",
    "gstreamer1.0-rtsp",
    "gstreamer1.0-plugins-ugly",
    "python3-gi",
    "python3-venv",
    "ffmpeg",
    "fonts-dejavu-core",
    "xvfb",
    "libgl1-mesa-dri",
    "webkit2gtk-driver",
    "imagemagick",
    "xdotool",
    "iproute2",
    "openssl",
];

/// What a scan is measured against.
const SCAN: &[&str] = &["nmap"];

/// What the live grid is measured against, besides what ffmpeg and GStreamer bring.
const WATCH: &[&str] = &["mpv", "gstreamer1.0-tools", "gstreamer1.0-x"];

/// What a recorder's system calls are counted with, and its processors chosen.
const RECORD: &[&str] = &["strace", "util-linux"];

/// Sees to it that the packages are there.
pub(crate) fn ensure(purpose: Purpose) -> Result {
    step("System packages");
    if cfg!(windows) {
        say(
            "Needed: the C++ build tools of Visual Studio, NASM, and the WebView2 runtime (part of Windows 11).",
        );
        return Ok(());
    }
    if cfg!(target_os = "macos") {
        say("Needed: the command line tools of Xcode (xcode-select --install) and nasm on Intel machines.");
        return Ok(());
    }
    let mut wanted = RUN.to_vec();
    if purpose != Purpose::Run {
        wanted.extend(TEST);
    }
    match purpose {
        Purpose::Scan => wanted.extend(SCAN),
        Purpose::Watch => wanted.extend(WATCH),
        Purpose::Record => wanted.extend(RECORD),
        Purpose::Run | Purpose::Test => {}
    }
    if process::find("dpkg-query").is_none() || process::find("apt-get").is_none() {
        say("This is not Debian or one of its relatives. Needed are, by Debian's names:");
        say(&wanted.join(" "));
        return Ok(());
    }
    wanted.retain(|package| !is_installed(package));
    if wanted.is_empty() {
        say("All there.");
        return Ok(());
    }
    say(&format!("Missing: {}", wanted.join(" ")));
    apt_get(&["update", "-qq"])?;
    apt_get(&[&["install", "-y", "-qq", "--no-install-recommends"], &wanted[..]].concat())
}

fn is_installed(package: &str) -> bool {
    let mut query = process::command("dpkg-query");
    // dpkg complains on standard error about a package it never heard of; that is an answer too.
    query
        .args(["--show", "--showformat", "${db:Status-Status}\n", package])
        .stderr(std::process::Stdio::null());
    // A package of several architectures has a line for each.
    process::capture(&mut query).is_ok_and(|text| text.lines().any(|status| status == "installed"))
}

fn apt_get(args: &[&str]) -> Result {
    // `env` because sudo keeps no variables; debconf must not wait for an answer.
    let as_root = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
    let mut command = if is_root() {
        process::command(as_root[0])
    } else {
        let sudo = process::find("sudo")
            .ok_or("not root and no sudo: install the packages above, then run this again")?;
        let mut sudo = process::command(sudo);
        // Without a terminal nobody could type a password.
        if !std::io::stdin().is_terminal() {
            sudo.arg("-n");
        }
        sudo.arg(as_root[0]);
        sudo
    };
    process::run(command.args(&as_root[1..]).args(args))
}

fn is_root() -> bool {
    process::capture(process::command("id").arg("-u")).is_ok_and(|uid| uid.trim() == "0")
}

//! Owns child processes: the only place of this program that starts one (S1). Knows nothing of what they do.

use crate::Result;
use std::env;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

/// A program to start with fixed arguments, never through a shell.
#[expect(clippy::disallowed_methods, reason = "xtask's one place to start child processes")]
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    Command::new(program)
}

/// Where a program of this name is in `PATH`.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    // Windows starts `npm` only by its full name, npm.cmd.
    let names: &[String] = if cfg!(windows) {
        &[format!("{program}.exe"), format!("{program}.cmd")]
    } else {
        &[program.to_owned()]
    };
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
        .find(|file| file.is_file())
}

/// Runs a command to its end; its output is the user's to read.
pub(crate) fn run(command: &mut Command) -> Result {
    println!("    $ {}", shown(command));
    let status =
        command.status().map_err(|error| format!("{} cannot be started: {error}", shown(command)))?;
    check(command, status)
}

/// Runs a command to its end and returns its standard output.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let mut child = started(command.stdin(Stdio::null()).stdout(Stdio::piped()))?;
    let mut text = String::new();
    let read = child.stdout.take().expect("standard output is piped").read_to_string(&mut text);
    // Waited for in any case, so that none stays behind as a zombie.
    let status = child.wait()?;
    read?;
    check(command, status)?;
    Ok(text)
}

/// Runs a command to its end, however that is; returns its exit code and its standard output.
pub(crate) fn outcome(command: &mut Command) -> Result<(Option<i32>, String)> {
    let child = started(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()))?;
    let output = child.wait_with_output()?;
    Ok((output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned()))
}

/// Sends a process a signal by its name: `STOP`, `CONT`, `TERM`.
pub(crate) fn signal(pid: u32, name: &str) -> Result {
    capture(command("kill").args([&format!("-{name}"), &pid.to_string()])).map(drop)
}

fn started(command: &mut Command) -> Result<Child> {
    command.spawn().map_err(|error| format!("{} cannot be started: {error}", shown(command)).into())
}

fn check(command: &Command, status: ExitStatus) -> Result {
    if status.success() {
        return Ok(());
    }
    Err(format!("{} ended with {status}", shown(command)).into())
}

/// The command as a person would type it, the program by its last name.
fn shown(command: &Command) -> String {
    let name = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy();
    let args = command.get_args().map(OsStr::to_string_lossy);
    std::iter::once(name).chain(args).collect::<Vec<_>>().join(" ")
}

/// A program that goes on beside us. Its standard input stays open as long as this lives, and it ends with this.
pub(crate) struct Background {
    name: String,
    child: Child,
    /// Held open: some programs end when nobody can write to them any more.
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Background {
    /// Starts it. Its standard output comes as lines, its standard error goes where ours does.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let mut child = started(command.stdin(Stdio::piped()).stdout(Stdio::piped()))?;
        let output = BufReader::new(child.stdout.take().expect("standard output is piped"));
        let (send, lines) = mpsc::channel();
        // Ends by itself when the child does, or when nobody wants its lines any more.
        thread::spawn(move || {
            for line in output.lines().map_while(std::result::Result::ok) {
                if send.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Self { name: shown(command), input: child.stdin.take(), child, lines })
    }

    /// The next line it prints.
    pub(crate) fn line(&self, within: Duration) -> Result<String> {
        let silent = || format!("{} printed nothing for {} s", self.name, within.as_secs()).into();
        self.line_within(within)?.ok_or_else(silent)
    }

    /// The next line it prints; none when that takes longer.
    pub(crate) fn line_within(&self, limit: Duration) -> Result<Option<String>> {
        match self.lines.recv_timeout(limit) {
            Ok(line) => Ok(Some(line)),
            Err(mpsc::RecvTimeoutError::Timeout) => Ok(None),
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(format!("{} ended early", self.name).into()),
        }
    }

    /// Throws away what it has printed by now.
    pub(crate) fn drain(&self) {
        while self.line(Duration::ZERO).is_ok() {}
    }

    /// Writes a line to its standard input.
    pub(crate) fn order(&mut self, line: &str) -> Result {
        let input = self.input.as_mut().ok_or("its standard input was closed")?;
        writeln!(input, "{line}").map_err(|error| format!("{} takes no orders: {error}", self.name).into())
    }

    /// Closes its standard input and waits until it has put away what it started.
    pub(crate) fn end(mut self, within: Duration) -> Result {
        self.input = None;
        let deadline = Instant::now() + within;
        while self.child.try_wait()?.is_none() {
            if Instant::now() > deadline {
                return Err(format!("{} does not end", self.name).into());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // Either fails only when the program has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! `atalaya-cli` in a data directory of its own.

use crate::process::{bin_dir, command};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The time range of everything that can have been recorded, as the verbs take it.
pub const EVER: [&str; 4] = ["--from", "2020-01-01T00:00:00Z", "--to", "2100-01-01T00:00:00Z"];

/// The command line in one data directory.
pub struct Cli {
    data_dir: PathBuf,
    netns: Option<String>,
}

/// What a verb printed and how it ended.
#[derive(Debug)]
pub struct Finished {
    /// The exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Finished {
    /// The JSON lines of standard output.
    pub fn lines(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line:?}"));
        self.stdout.lines().map(parse).collect()
    }
}

/// A verb that goes on; killed when dropped.
pub struct Running {
    child: Child,
    lines: std::sync::mpsc::Receiver<String>,
}

impl Cli {
    /// In `data_dir`, with the key in a file, as on a machine without a keyring.
    pub fn new(data_dir: impl AsRef<Path>) -> Self {
        Self { data_dir: data_dir.as_ref().to_owned(), netns: None }
    }

    /// The same inside a network namespace.
    #[must_use]
    pub fn in_netns(mut self, name: &str) -> Self {
        self.netns = Some(name.to_owned());
        self
    }

    /// The data directory.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    fn command(&self, args: &[&str]) -> Command {
        let program = bin_dir().join("atalaya-cli");
        let mut command = if let Some(netns) = &self.netns {
            let mut ip = command("ip");
            ip.args(["netns", "exec", netns]).arg(program);
            ip
        } else {
            command(program)
        };
        command.args(args).arg("--json").arg("--data-dir").arg(&self.data_dir);
        command.env("ATALAYA_KEY_STORE", "file").env("ATALAYA_LOG", "debug");
        command
    }

    /// Runs a verb with something on standard input, and waits for its end.
    pub fn run_with_input(&self, args: &[&str], input: &str) -> Finished {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("atalaya-cli is built before the tests run");
        // A verb that reads nothing may have ended before it is written to.
        let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
        let output = child.wait_with_output().expect("the child was not waited for yet");
        Finished {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("output is UTF-8"),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs a verb and waits for its end.
    pub fn run(&self, args: &[&str]) -> Finished {
        self.run_with_input(args, "")
    }

    /// Runs a verb that must succeed, and returns its JSON lines.
    pub fn ok(&self, args: &[&str]) -> Vec<Value> {
        self.ok_with_input(args, "")
    }

    /// The same with something on standard input.
    pub fn ok_with_input(&self, args: &[&str], input: &str) -> Vec<Value> {
        let finished = self.run_with_input(args, input);
        assert_eq!(finished.code, Some(0), "{args:?}: {}\n{}", finished.stdout, finished.stderr);
        finished.lines()
    }

    /// Records until so many seconds of each of these cameras lie on the disk, and ends the engine; its events.
    pub fn record(&self, cameras: &[&str], seconds: f64) -> Vec<Value> {
        let engine = self.start(&["run"]);
        let deadline = Instant::now() + Duration::from_mins(2);
        for &camera in cameras {
            loop {
                let coverage =
                    self.ok(&[&["recordings", camera, "--coverage"][..], &EVER].concat()).remove(0);
                if coverage["seconds_recorded"].as_f64() >= Some(seconds) {
                    break;
                }
                assert!(Instant::now() < deadline, "{camera} is not recorded: {coverage}");
                std::thread::sleep(Duration::from_millis(200));
            }
        }
        let (code, lines) = engine.terminate();
        assert_eq!(code, Some(0), "{lines:?}");
        let parse = |line: &String| serde_json::from_str(line).expect("a line of JSON");
        lines.iter().map(parse).collect()
    }

    /// Starts a verb that goes on.
    pub fn start(&self, args: &[&str]) -> Running {
        self.start_with_input(args, "")
    }

    /// The same with something on standard input.
    pub fn start_with_input(&self, args: &[&str], input: &str) -> Running {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        Running::of(command, input)
    }
}

impl Running {
    /// Starts a command that gets this input and then its end.
    pub(crate) fn of(command: Command, input: &str) -> Self {
        let mut running = Self::keeping_input(command);
        let _ = running.child.stdin.take().expect("piped").write_all(input.as_bytes());
        running
    }

    /// Starts a command whose standard input stays open until it is dropped.
    pub(crate) fn keeping_input(mut command: Command) -> Self {
        let mut child = command.spawn().expect("the program is there");
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        let (send, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines }
    }

    /// The next line of standard output as JSON.
    pub fn next(&self, within: Duration) -> Option<Value> {
        self.next_line(within).map(|line| serde_json::from_str(&line).expect("a line of JSON"))
    }

    /// The next line of standard output.
    pub fn next_line(&self, within: Duration) -> Option<String> {
        self.lines.recv_timeout(within).ok()
    }

    /// Waits for the first line that `wanted` accepts.
    pub fn wait_for(&self, within: Duration, mut wanted: impl FnMut(&Value) -> bool) -> Value {
        let deadline = Instant::now() + within;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = self.next(left).expect("the awaited line came in time");
            if wanted(&line) {
                return line;
            }
        }
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once, as `kill -9` does.
    pub fn kill(mut self) {
        self.child.kill().expect("it is our child");
        self.child.wait().expect("it is our child");
    }

    /// Asks it to end, waits, and returns its exit code and the lines not read yet.
    pub fn terminate(mut self) -> (Option<i32>, Vec<String>) {
        let pid = self.child.id().to_string();
        let _ = command("kill").args(["-TERM", &pid]).status();
        let deadline = Instant::now() + Duration::from_mins(1);
        let code = loop {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                break status.code();
            }
            assert!(Instant::now() < deadline, "process {pid} did not end on SIGTERM");
            std::thread::sleep(Duration::from_millis(20));
        };
        (code, self.lines.iter().collect())
    }

    /// Waits until it ends by itself.
    pub fn wait(mut self) -> (Option<i32>, Vec<String>) {
        let status = self.child.wait().expect("it is our child");
        (status.code(), self.lines.iter().collect())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// All files below a folder with their bytes.
pub fn all_files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder is there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(all_files(&path));
        } else {
            let mut bytes = Vec::new();
            if std::fs::File::open(&path).and_then(|mut file| file.read_to_end(&mut bytes)).is_ok() {
                found.push((path, bytes));
            }
        }
    }
    found
}

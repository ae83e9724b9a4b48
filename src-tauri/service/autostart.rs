//! Starting with the user's session: a file of the desktop's autostart folder on Linux (XDG Autostart 0.5), a launch
//! agent on macOS, a value of the registry on Windows. Must not know when a user wants it.

use atalaya_model::ports::{Autostart, BoxFuture};
use atalaya_model::{Error, Kind, Result};
use std::path::PathBuf;

/// What the session starts.
#[derive(Debug, Clone)]
pub struct SessionStart {
    /// The program and its arguments, or why they cannot be named: that hinders nothing but starting at login.
    command: std::result::Result<Vec<String>, String>,
}

impl SessionStart {
    /// This program with these arguments.
    pub fn of_this_program(arguments: Vec<String>) -> Self {
        // An AppImage runs from a folder that is another one the next time.
        let program = std::env::var_os("APPIMAGE").map(PathBuf::from).map_or_else(std::env::current_exe, Ok);
        let command = program.map_err(|error| error.to_string()).and_then(|program| {
            let program = program.to_str().ok_or("the program's path is not Unicode")?;
            Ok([vec![program.to_owned()], arguments].concat())
        });
        Self { command }
    }
}

impl Autostart for SessionStart {
    fn is_on(&self) -> BoxFuture<'_, Result<bool>> {
        Box::pin(async { place::is_on() })
    }

    fn set(&self, on: bool) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            if on { place::write(self.command.as_deref().map_err(failed)?) } else { place::remove() }
        })
    }
}

fn failed(cause: impl std::fmt::Display) -> Error {
    Error::new(Kind::Unsupported, "starting at login could not be changed").caused_by(cause.to_string())
}

/// One file that is there or not.
#[cfg(not(windows))]
mod place {
    use super::{PathBuf, Result, failed, text};
    use std::io::ErrorKind;

    fn path() -> Result<PathBuf> {
        let dirs = directories::BaseDirs::new().ok_or_else(|| failed("this user has no home folder"))?;
        #[cfg(target_os = "macos")]
        let path = dirs.home_dir().join("Library/LaunchAgents/org.atalaya.recorder.plist");
        #[cfg(not(target_os = "macos"))]
        let path = dirs.config_dir().join("autostart/atalaya.desktop");
        Ok(path)
    }

    pub(super) fn is_on() -> Result<bool> {
        path()?.try_exists().map_err(failed)
    }

    pub(super) fn write(command: &[String]) -> Result<()> {
        let path = path()?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        std::fs::write(path, text(command)).map_err(failed)
    }

    pub(super) fn remove() -> Result<()> {
        match std::fs::remove_file(path()?) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(error)),
            _ => Ok(()),
        }
    }
}

/// A value of the user's own part of the registry.
#[cfg(windows)]
mod place {
    use super::{Result, failed};
    use windows_registry::{CURRENT_USER, Key};

    const NAME: &str = "Atalaya";

    fn key() -> Result<Key> {
        CURRENT_USER.create(r"Software\Microsoft\Windows\CurrentVersion\Run").map_err(failed)
    }

    pub(super) fn is_on() -> Result<bool> {
        Ok(key()?.get_string(NAME).is_ok())
    }

    pub(super) fn write(command: &[String]) -> Result<()> {
        // No path of Windows holds a quotation mark.
        let quoted: Vec<String> = command.iter().map(|part| format!("\"{part}\"")).collect();
        key()?.set_string(NAME, quoted.join(" ")).map_err(failed)
    }

    pub(super) fn remove() -> Result<()> {
        if is_on()? { key()?.remove_value(NAME).map_err(failed) } else { Ok(()) }
    }
}

/// The desktop entry. Its arguments are quoted twice: once as a command line, once as a string of the file (Desktop
/// Entry Specification 1.5, "The Exec key").
#[cfg(not(any(windows, target_os = "macos")))]
fn text(command: &[String]) -> String {
    let quoted = |part: &String| {
        let mut quoted = String::from("\"");
        for letter in part.chars() {
            match letter {
                '"' | '`' | '$' | '\\' => quoted.extend(['\\', letter]),
                '%' => quoted.push_str("%%"),
                _ => quoted.push(letter),
            }
        }
        quoted.push('"');
        quoted.replace('\\', "\\\\")
    };
    let exec: Vec<String> = command.iter().map(quoted).collect();
    format!(
        "[Desktop Entry]\nType=Application\nName=Atalaya\nIcon=atalaya\nTerminal=false\nExec={}\n",
        exec.join(" ")
    )
}

/// The launch agent.
#[cfg(target_os = "macos")]
fn text(command: &[String]) -> String {
    let escaped = |part: &String| part.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let arguments: String =
        command.iter().map(|part| format!("    <string>{}</string>\n", escaped(part))).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <plist version=\"1.0\">\n<dict>\n  <key>Label</key>\n  <string>org.atalaya.recorder</string>\n  \
         <key>RunAtLoad</key>\n  <true/>\n  <key>ProgramArguments</key>\n  <array>\n{arguments}  </array>\n</dict>\n</plist>\n"
    )
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_quoted_for_the_desktop() {
        let command = ["atalaya", "--data-dir", r#"my "50 %" $cameras\here"#].map(str::to_owned);
        let text = text(&command);
        let exec = text.lines().find_map(|line| line.strip_prefix("Exec=")).expect("an Exec line");
        assert_eq!(exec, r#""atalaya" "--data-dir" "my \\"50 %%\\" \\$cameras\\\\here""#);
    }
}

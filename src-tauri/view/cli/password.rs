//! Passwords on their way in: from standard input or a prompt, never from arguments or the environment.

use crate::args::Login;
use atalaya_model::{Error, Kind};
use atalaya_presenter::UserError;
use atalaya_presenter::vm::camera::Password;
use std::io::{BufRead, IsTerminal};

/// The password that goes with the user name given, if one was.
pub(crate) fn read(login: &Login) -> Result<Option<Password>, UserError> {
    let Some(user) = &login.user else { return Ok(None) };
    let failed = |error: std::io::Error| {
        Error::new(Kind::InvalidInput, "the password could not be read").caused_by(error)
    };
    if login.password_stdin {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map_err(failed)?;
        let password = line.strip_suffix('\n').unwrap_or(&line);
        return Ok(Some(Password::new(password.strip_suffix('\r').unwrap_or(password).to_owned())));
    }
    if !std::io::stdin().is_terminal() {
        return Err(Error::new(Kind::InvalidInput, "give the password with --password-stdin").into());
    }
    let password = rpassword::prompt_password(format!("Password of {user}: ")).map_err(failed)?;
    Ok(Some(Password::new(password)))
}

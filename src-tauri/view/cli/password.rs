//! Passwords on their way in: from standard input or a prompt, never from arguments or the environment.

use crate::args::{Login, WithSecrets};
use atalaya_model::{Error, Kind};
use atalaya_presenter::UserError;
use atalaya_presenter::vm::camera::Password;
use std::io::{BufRead, IsTerminal};

/// The password that goes with the user name given, if one was.
pub(crate) fn read(login: &Login) -> Result<Option<Password>, UserError> {
    login.user.as_ref().map(|user| of_user(user, login.password_stdin)).transpose()
}

/// The password of a user.
pub(crate) fn of_user(user: &str, from_input: bool) -> Result<Password, UserError> {
    secret(from_input, &format!("Password of {user}: "), "give the password with --password-stdin")
}

/// The passphrase of a file's logins, if they are wanted. A new one is asked for twice.
pub(crate) fn passphrase(wanted: &WithSecrets, new: bool) -> Result<Option<Password>, UserError> {
    if !wanted.with_secrets {
        return Ok(None);
    }
    let ask = |prompt| secret(wanted.passphrase_stdin, prompt, "give the passphrase with --passphrase-stdin");
    let first = ask("Passphrase: ")?;
    if new && !wanted.passphrase_stdin {
        let again = ask("The same passphrase again: ")?;
        if first.clone().into_inner() != again.into_inner() {
            return Err(Error::new(Kind::InvalidInput, "the two passphrases differ").into());
        }
    }
    Ok(Some(first))
}

fn secret(from_input: bool, prompt: &str, otherwise: &'static str) -> Result<Password, UserError> {
    let failed = |error: std::io::Error| {
        Error::new(Kind::InvalidInput, "the password could not be read").caused_by(error)
    };
    if from_input {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map_err(failed)?;
        let password = line.strip_suffix('\n').unwrap_or(&line);
        return Ok(Password::new(password.strip_suffix('\r').unwrap_or(password).to_owned()));
    }
    if !std::io::stdin().is_terminal() {
        return Err(Error::new(Kind::InvalidInput, otherwise).into());
    }
    let password = rpassword::prompt_password(prompt).map_err(failed)?;
    Ok(Password::new(password))
}

//! Secrets that cannot be printed or serialized, and that leave no copy in memory when dropped.

use alloc::string::String;
use core::fmt;
use zeroize::Zeroizing;

/// A text that must not reach a log, a message, a URL or a file in the clear.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself. Every call of this is a place to look at in a review.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A user name and its password at one camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The account's name, which is not secret.
    pub user: String,
    /// The account's password.
    pub password: Secret,
}

impl Credentials {
    /// Credentials from plain texts.
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self { user: user.into(), password: Secret::new(password.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    #[test]
    fn debug_hides_the_password() {
        let printed = format!("{:?}", Credentials::new("admin", "hunter2"));
        assert!(printed.contains("admin") && !printed.contains("hunter2"), "{printed}");
    }
}

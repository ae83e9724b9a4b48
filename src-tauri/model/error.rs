//! The one error type that crosses layers, with a closed set of kinds.
//!
//! Foreign errors are mapped to it once, in the adapter that meets them. It knows no foreign error by name.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

/// A result whose error is [`Error`].
pub type Result<T> = core::result::Result<T, Error>;

/// What went wrong, as far as anybody who decides something about it must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// What the user or a caller handed over is not acceptable.
    InvalidInput,
    /// The other side wants other credentials.
    Unauthorized,
    /// The named object does not exist.
    NotFound,
    /// No connection could be made, or it broke.
    Unreachable,
    /// No answer came in time.
    Timeout,
    /// The other side said something that its protocol does not allow.
    Protocol,
    /// Both sides are right, but this program cannot do it.
    Unsupported,
    /// The object exists already, or somebody else holds it.
    Conflict,
    /// The storage has no room.
    StorageFull,
    /// What was stored cannot be read back.
    Corrupt,
    /// The user, or the end of the program, stopped it.
    Cancelled,
    /// Refused although possible, because it would put credentials or footage at risk.
    Refused,
    /// The camera's TLS certificate is signed by nobody known, and nobody has accepted it. The facts `fingerprint`,
    /// `subject`, `valid_from` and `valid_until` are for whoever decides about it.
    UntrustedCertificate,
    /// The camera's TLS certificate is not the one that was accepted: the facts name both, `fingerprint` and
    /// `accepted`.
    CertificateChanged,
    /// A fault of this program.
    Internal,
}

impl Kind {
    /// Whether the same attempt may succeed later without anybody changing anything. This alone decides retries.
    pub const fn is_transient(self) -> bool {
        matches!(self, Self::Unreachable | Self::Timeout | Self::Protocol | Self::StorageFull)
    }

    /// Whether a camera's certificate is not believed, so that nothing was said to the camera.
    pub const fn is_certificate(self) -> bool {
        matches!(self, Self::UntrustedCertificate | Self::CertificateChanged)
    }

    /// The stable name used in error codes, logs and the database.
    pub const fn code(self) -> &'static str {
        match self {
            Self::InvalidInput => "INVALID_INPUT",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::NotFound => "NOT_FOUND",
            Self::Unreachable => "UNREACHABLE",
            Self::Timeout => "TIMEOUT",
            Self::Protocol => "PROTOCOL",
            Self::Unsupported => "UNSUPPORTED",
            Self::Conflict => "CONFLICT",
            Self::StorageFull => "STORAGE_FULL",
            Self::Corrupt => "CORRUPT",
            Self::Cancelled => "CANCELLED",
            Self::Refused => "REFUSED",
            Self::UntrustedCertificate => "UNTRUSTED_CERTIFICATE",
            Self::CertificateChanged => "CERTIFICATE_CHANGED",
            Self::Internal => "INTERNAL",
        }
    }
}

/// An error with what a person needs to find the packet or the file behind it.
pub struct Error {
    kind: Kind,
    message: Cow<'static, str>,
    context: Vec<(&'static str, String)>,
    source: Option<Box<dyn core::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of `kind`; `message` is one lower-case clause in English, without secrets.
    pub fn new(kind: Kind, message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, message: message.into(), context: Vec::new(), source: None }
    }

    /// Adds a fact, such as `peer`, `cseq`, `path` or `offset`.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "a number is a fact as often as a borrowed text")]
    pub fn with(mut self, key: &'static str, value: impl ToString) -> Self {
        self.context.push((key, value.to_string()));
        self
    }

    /// Keeps the foreign error that this one stands for.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn core::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What went wrong.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The clause handed to [`Error::new`].
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The facts added by [`Error::with`].
    pub fn context(&self) -> &[(&'static str, String)] {
        &self.context
    }

    /// The value of the first fact named `key`.
    pub fn fact(&self, key: &str) -> Option<&str> {
        self.context.iter().find(|(k, _)| *k == key).map(|(_, v)| v.as_str())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for (i, (key, value)) in self.context.iter().enumerate() {
            write!(f, "{}{key}={value}", if i == 0 { " [" } else { ", " })?;
        }
        if !self.context.is_empty() {
            f.write_str("]")?;
        }
        if let Some(source) = &self.source {
            write!(f, ": {source}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {self}", self.kind.code())
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    #[test]
    fn displays_facts_and_cause() {
        let cause = core::str::from_utf8(&[0xff_u8][..]).expect_err("0xff is never UTF-8");
        let error = Error::new(Kind::Protocol, "bad reply")
            .with("peer", "192.0.2.1:554")
            .with("cseq", 3)
            .caused_by(cause);
        assert_eq!(
            format!("{error}"),
            "bad reply [peer=192.0.2.1:554, cseq=3]: invalid utf-8 sequence of 1 bytes from index 0"
        );
        assert_eq!(error.fact("cseq"), Some("3"));
    }
}

//! Credential sets: a login that is kept once and used for many cameras.
//!
//! A set is never sent anywhere. A camera that it is assigned to gets a copy sealed for that camera and its host (S4),
//! and only that copy is ever opened to log in.

use crate::error::{Error, Kind, Result};
use crate::text;
use alloc::string::String;
use core::fmt;
use uuid::Uuid;

/// The longest name, in characters.
const NAME_MAX: usize = 64;

/// A credential set's identity, given once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CredentialSetId(pub Uuid);

impl fmt::Display for CredentialSetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for CredentialSetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A credential set as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialSet {
    /// Its identity.
    pub id: CredentialSetId,
    /// Its name, unique among the sets.
    pub name: String,
    /// Its login, sealed for this set and name.
    pub sealed: String,
}

impl CredentialSet {
    /// Checks a set's name: something to see, not too long, nothing invisible in it.
    pub fn validate_name(name: &str) -> Result<()> {
        if text::is_name(name, NAME_MAX) {
            return Ok(());
        }
        Err(Error::new(Kind::InvalidInput, "a credential set's name is 1 to 64 visible characters")
            .with("name", text::excerpt(name, NAME_MAX)))
    }
}

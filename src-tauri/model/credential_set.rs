//! Credential sets: a login that is kept once and used for many cameras.
//!
//! A set is never sent anywhere. A camera that it is assigned to gets a copy sealed for that camera and its host (S4),
//! and only that copy is ever opened to log in.

use crate::camera::{CameraId, NAME_MAX};
use crate::error::{Error, Kind, Result};
use crate::ports::BoxFuture;
use crate::text;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use uuid::Uuid;

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

/// Keeps credential sets.
pub trait CredentialSetStore: Send + Sync {
    /// All sets, by name.
    fn list(&self) -> BoxFuture<'_, Result<Vec<CredentialSet>>>;
    /// Adds a set. `Conflict` when the name is taken.
    fn insert<'a>(&'a self, set: &'a CredentialSet) -> BoxFuture<'a, Result<()>>;
    /// Replaces a set's sealed login and, with it, the sealed copies of its cameras: all of them or, on any error,
    /// none. `NotFound`; `Conflict` when a camera that is named is not one of the set's, or one of them is not named.
    fn change<'a>(
        &'a self,
        set: &'a CredentialSet,
        copies: &'a [(CameraId, String)],
    ) -> BoxFuture<'a, Result<()>>;
    /// Forgets a set. Its cameras keep their copies as logins of their own. `NotFound`.
    fn remove(&self, id: CredentialSetId) -> BoxFuture<'_, Result<()>>;
}

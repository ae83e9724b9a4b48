//! Credential sets as views show them: never their passwords.

use serde::Serialize;
use ts_rs::TS;

/// A login that is kept once and used for many cameras.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct CredentialSetVm {
    /// Its identity, a UUID.
    pub id: String,
    /// Its name, unique.
    pub name: String,
    /// Its user name.
    pub user: String,
    /// How many cameras use it; of one that was removed, how many keep its login as their own.
    pub cameras: u32,
}

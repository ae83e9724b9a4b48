//! Owns remembering which logins were refused where, without keeping them. Must not know cameras.

use atalaya_model::secret::Credentials;
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::Mutex;

/// Refused logins kept in mind; beyond that somebody is guessing, and starts from anew.
const KEPT: usize = 4096;

/// Which logins were refused in this run of the program. A login is kept as a hash under a key that ends with it.
#[derive(Default)]
pub(crate) struct RefusedLogins {
    key: RandomState,
    seen: Mutex<HashSet<u64>>,
}

impl RefusedLogins {
    fn hash(&self, host: &str, login: &Credentials) -> u64 {
        self.key.hash_one((host, &login.user, login.password.expose()))
    }

    /// Whether this login was refused at the host.
    pub(crate) fn contain(&self, host: &str, login: &Credentials) -> bool {
        self.seen.lock().expect("no holder panics").contains(&self.hash(host, login))
    }

    /// Takes note of it.
    pub(crate) fn note(&self, host: &str, login: &Credentials) {
        let mut seen = self.seen.lock().expect("no holder panics");
        if seen.len() == KEPT {
            seen.clear();
        }
        seen.insert(self.hash(host, login));
    }
}

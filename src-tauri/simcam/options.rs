//! Owns what a caller can ask of a fleet.
//! Must not know how any of it is done.

use crate::{fault::Fault, media::AudioCodec};
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
};

/// A user and its password. Printing it shows no password.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub(crate) user: String,
    pub(crate) password: String,
}

impl Credentials {
    /// An account; both may hold any Unicode.
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self { user: user.into(), password: password.into() }
    }

    /// The user's name.
    pub fn user(&self) -> &str {
        &self.user
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

/// Which Digest challenges a camera sends (RFC 7616).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DigestAlgorithms {
    /// SHA-256 first, then MD5.
    #[default]
    Both,
    /// Only MD5, as older cameras do.
    Md5,
    /// Only SHA-256.
    Sha256,
}

/// What fleet to start.
#[derive(Clone, Debug)]
pub struct FleetOptions {
    /// Number of cameras, 1..=64.
    pub count: u16,
    /// Camera `i` listens on `first_port + 2 * i` (RTSP) and the port after it (HTTP); 0 takes free ports.
    pub first_port: u16,
    /// The address to listen on.
    pub bind: IpAddr,
    /// What the cameras' identities are made of beside their ports. The same text at another address gives the same
    /// cameras, as when DHCP moves them; none takes the address.
    pub identity: Option<String>,
    /// The account all cameras share; none opens them to everybody.
    pub credentials: Option<Credentials>,
    /// Digest algorithms offered.
    pub digest: DigestAlgorithms,
    /// Sound of the main stream, if any.
    pub audio: Option<AudioCodec>,
    /// What is wrong with every camera of the fleet.
    pub faults: Vec<Fault>,
    /// Whether WS-Discovery answers for the cameras.
    pub discoverable: bool,
    /// Seed of everything random that a test may want to repeat (lost packets).
    pub seed: u64,
}

impl Default for FleetOptions {
    /// One open camera on loopback and free ports, discoverable, with sound and without faults.
    fn default() -> Self {
        Self {
            count: 1,
            first_port: 0,
            bind: Ipv4Addr::LOCALHOST.into(),
            identity: None,
            credentials: None,
            digest: DigestAlgorithms::default(),
            audio: Some(AudioCodec::default()),
            faults: Vec::new(),
            discoverable: true,
            seed: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_options_shows_no_password() {
        let options =
            FleetOptions { credentials: Some(Credentials::new("ana", "secreto")), ..Default::default() };
        let printed = format!("{options:?}");
        assert!(printed.contains("ana") && !printed.contains("secreto"), "{printed}");
    }
}

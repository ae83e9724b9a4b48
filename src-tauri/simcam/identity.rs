//! Owns who a simulated camera says it is.
//! Must not know its streams. Everything follows from index, place and port, so that a restart is the same camera.

use crate::picture::Scene;
use uuid::Uuid;

pub(crate) const MANUFACTURER: &str = "Atalaya";
pub(crate) const MODEL: &str = "Simulated camera";
pub(crate) const FIRMWARE: &str = env!("CARGO_PKG_VERSION");

/// Name and numbers of one camera.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    /// Number in the fleet, from 1.
    pub(crate) number: u8,
    pub(crate) name: String,
    pub(crate) uuid: Uuid,
    pub(crate) serial: String,
    /// RTCP canonical name (RFC 3550 §6.5.1).
    pub(crate) cname: String,
}

impl Identity {
    /// The camera with this index (from 0) of the fleet, listening on this RTSP port. `place` is the fleet's address, or
    /// what stands for it where cameras keep who they are at another one.
    pub(crate) fn new(index: u16, scene: Scene, place: &str, port: u16) -> Self {
        let number = index + 1;
        let uuid = stable_uuid(&format!("atalaya simulated camera {place} {port}"));
        Self {
            number: number as u8,
            name: format!("{MODEL} {number} ({})", scene.label()),
            uuid,
            serial: format!("SIM-{}", &uuid.simple().to_string()[..12].to_uppercase()),
            cname: format!("simcam-{number}@{place}"),
        }
    }
}

/// A name-based UUID of version 8 (RFC 9562 §5.8): the first 16 bytes of the name's SHA-256.
fn stable_uuid(name: &str) -> Uuid {
    use sha2::{Digest, Sha256};
    let hash: [u8; 32] = Sha256::digest(name).into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_place_is_the_same_camera_and_another_is_not() {
        let of = |index, port| Identity::new(index, Scene::of_camera(index), "127.0.0.1", port);
        assert_eq!(of(0, 8554).uuid, of(0, 8554).uuid);
        assert_ne!(of(0, 8554).uuid, of(0, 8556).uuid);
        assert_ne!(of(0, 8554).serial, of(1, 8556).serial);
        assert_eq!(of(0, 8554).name, "Simulated camera 1 (gate)");
        assert_eq!(of(0, 8554).uuid.get_version_num(), 8);
    }
}

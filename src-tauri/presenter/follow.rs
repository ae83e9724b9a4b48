//! Following a camera whose device has got another address, as DHCP gives them.
//!
//! # What an attacker on the LAN could do
//!
//! Whoever can send packets here can say hello with a camera's endpoint reference and serial number, and would like to be
//! sent its password. So nothing is followed by itself: the user asks for it and is shown both addresses. Then
//!
//! - the device at the new address must say who it is before any login is made: same endpoint reference, same serial
//!   number. Where it keeps the serial number for those who log in, it is asked with the login, by Digest and WS-Security
//!   only, and nothing is stored unless it is the same;
//! - the old address must not answer as the same device any more. The true camera gives an impostor away as long as it is
//!   in its place, so an attacker would have to silence it first;
//! - leave to send the password in the clear is taken back: it was given for another address.
//!
//! What is left is an attacker who silences the camera, poses as it, and is followed by a user who believes it: he sees a
//! Digest of the password, not the password, as he would by taking over the old address itself (ARP, DHCP), against which
//! no check of addresses helps. A camera with a pinned certificate keeps its pin, and then he gets nothing.

use crate::Result;
use crate::cameras::Cameras;
use crate::vm::camera::CameraVm;
use atalaya_model::address::StreamUrl;
use atalaya_model::camera::Camera;
use atalaya_model::discovery::Device;
use atalaya_model::inventory::KnownDevice;
use atalaya_model::moved::{Likeness, likeness, seems_moved};
use atalaya_model::{Error, Kind};

impl Cameras {
    /// Moves a camera to the address at which its device was last met, after the device there has proved to be the same:
    /// its streams' addresses and what its login is sealed for. `NOT_FOUND` when it was met nowhere else, `REFUSED` when it
    /// is not the same or still answers where it was.
    pub async fn follow(&self, camera: &str) -> Result<CameraVm> {
        let camera = self.engine.find_camera(camera).await?;
        let known = self.engine.known_devices().await;
        let there = |known: &&KnownDevice| known.gone_since.is_none() && seems_moved(&camera, &known.device);
        let Some(entry) = known.iter().find(there) else {
            return Err(Error::new(
                Kind::NotFound,
                "the camera was seen at no other address; a scan may find it",
            )
            .with("camera", &camera.name)
            .with("host", &camera.host)
            .into());
        };
        let moved = self.moved(&camera, &entry.device).await?;
        self.keep_moved(&camera, &moved).await?;
        tracing::info!(camera = %camera.id, from = camera.host, to = moved.host, "a camera was followed");
        self.engine.login_changed(moved.id);
        self.changed(&moved);
        // What is shown of the device says no more that it has moved.
        self.engine.show_heard(entry.clone(), None).await;
        Ok(CameraVm::from(&moved))
    }

    /// The camera at its device's new address, once that is proved.
    async fn moved(&self, camera: &Camera, met: &Device) -> atalaya_model::Result<Camera> {
        let onvif = &self.engine.ports.onvif;
        let host = met.host.to_string();
        let refused = |why: &'static str| {
            Error::new(Kind::Refused, why)
                .with("camera", &camera.name)
                .with("from", &camera.host)
                .with("to", &host)
        };
        let url = met.onvif_url.as_ref().filter(|url| url.host() == host);
        let url = url.ok_or_else(|| refused("the device names a service at yet another address"))?;
        let by_tls = |url: &StreamUrl| url.scheme() == "https";
        if camera.onvif_url.as_ref().is_some_and(by_tls) && !by_tls(url) {
            return Err(refused(
                "the device at the new address speaks without TLS, which the camera's does not",
            ));
        }
        let said = onvif.identity(url).await?;
        let like = likeness(camera, &said);
        if like == Likeness::Other {
            return Err(refused("the device at the new address does not say that it is this camera"));
        }
        // Who does not answer any more has left.
        if let Some(old) = &camera.onvif_url
            && let Ok(still) = onvif.identity(old).await
            && likeness(camera, &still) != Likeness::Other
        {
            return Err(refused(
                "the camera still answers at its old address: two devices say that they are it",
            ));
        }
        if like == Likeness::Unsaid {
            let login = self.engine.credentials(camera).await?;
            let facts = onvif.read(url, login.as_ref(), camera.tls_fingerprint).await?;
            if camera.device_identity.as_ref() != Some(&facts.serial) {
                return Err(refused("the device at the new address has another serial number"));
            }
        }
        let at = |old: &StreamUrl| old.pinned_to(&host, None);
        let mut moved = camera.clone();
        for stream in &mut moved.streams {
            stream.url = at(&stream.url);
        }
        moved.snapshot_url = camera.snapshot_url.as_ref().map(at);
        moved.onvif_url = Some(url.clone());
        moved.endpoint = said.endpoint.or(moved.endpoint);
        moved.allow_basic = false;
        moved.host = host;
        moved.validate()?;
        Ok(moved)
    }

    /// Stores the camera together with its login, sealed for the new host.
    async fn keep_moved(&self, camera: &Camera, moved: &Camera) -> atalaya_model::Result<()> {
        let ports = &self.engine.ports;
        let _turn = self.engine.vault.read().await;
        match ports.cameras.sealed_credentials(camera.id).await? {
            Some(sealed) => {
                let login = ports.secrets.open(camera.id, &camera.host, &sealed)?;
                let sealed = ports.secrets.seal(moved.id, &moved.host, &login)?;
                ports.cameras.update_with_login(moved, &sealed).await
            }
            None => ports.cameras.update(moved).await,
        }
    }
}

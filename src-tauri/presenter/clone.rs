//! Making a camera after another one: the same settings and the same login at another address.
//!
//! The login goes to the new address because the user names both: the camera whose login it is, and the host.

use crate::Result;
use crate::cameras::{Cameras, Terms, plain_host};
use crate::vm::camera::{AddCamera, CameraVm, CloneCamera};
use atalaya_model::address::StreamUrl;
use atalaya_model::camera::{PollInterval, Role};

impl Cameras {
    /// Adds a camera with another one's transport, record mode, retention, quota, group and login, tested as any that is
    /// added: over ONVIF where the other one has that, else at the same paths of the new host. Whether it may send its
    /// password in the clear is not taken over: that was allowed for another device.
    pub async fn clone_of(&self, camera: &str, clone: CloneCamera) -> Result<CameraVm> {
        let source = self.engine.find_camera(camera).await?;
        let host = plain_host(&clone.host)?;
        let main = source.stream(Role::Main);
        let mut add = AddCamera {
            name: clone.name,
            suggested_name: Some(source.name.clone()),
            transport: Some(main.transport.code().to_owned()),
            allow_basic: clone.allow_basic,
            ..AddCamera::default()
        };
        if let Some(url) = &source.onvif_url {
            add.onvif_port = clone.onvif_port.or(Some(url.port()));
            add.host = Some(host);
        } else {
            let at = |url: &StreamUrl| url.pinned_to(&host, None).as_str().to_owned();
            let sub = source.streams.iter().find(|stream| stream.role == Role::Sub);
            add.snapshot_every_ms = main.poll.map(PollInterval::millis);
            add.sub_url = sub.map(|stream| at(&stream.url));
            add.url = Some(at(&main.url));
        }
        let terms = Terms {
            login: self.engine.credentials(&source).await?,
            credential_set: source.credential_set,
            record: source.record,
            schedule: source.schedule,
            group: source.group,
        };
        self.add_on(add, terms).await
    }
}

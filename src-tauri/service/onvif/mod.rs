//! Owns ONVIF towards one device: who it is, its streams, its drive, its settings and what it notices, over the library
//! oxvif, which nothing outside this module knows.
//! Must not know how devices are found, nor decide which of a camera's streams are used or when it is moved.

mod care;
mod device;
mod digest;
mod encoder;
mod events;
mod http;
mod identify;
mod imaging;
mod lens;
mod locate;
mod opened;
mod profiles;
mod ptz;
mod pull_point;
mod read;
mod reference;
mod session;
mod snapshot;
mod transport;
pub(crate) mod xml;

pub(crate) use identify::Identity;
#[cfg(test)]
pub(crate) use identify::Information;
pub(crate) use locate::device_url;

use atalaya_model::address::StreamUrl;
use atalaya_model::certificate::CertificateFingerprint;
use atalaya_model::device_event::DeviceEvent;
use atalaya_model::encoder::{EncoderChange, EncoderSettings};
use atalaya_model::focus::{FocusMove, FocusStatus};
use atalaya_model::imaging::{Imaging, ImagingChange};
use atalaya_model::ports::{
    BoxFuture, Clock, DeviceEvents, DeviceFacts, DeviceIdentity, DeviceProfile, DeviceSettings, OnvifDevice,
    OnvifTarget, Ptz,
};
use atalaya_model::ptz::{PtzAbility, PtzGoal, PtzMove, PtzPreset, PtzStatus};
use atalaya_model::secret::Credentials;
use atalaya_model::{Kind, Result};
use bytes::Bytes;
use device::Device;
use opened::Opened;
use ptz::Drive;
use reqwest::Client;
use std::sync::Arc;
use std::time::Duration;

/// ONVIF devices, reached through oxvif.
pub struct OxvifDevice {
    /// For whatever a login may be sent in.
    clients: http::Clients,
    /// For looking around without one.
    unproven: Client,
    clock: Arc<dyn Clock>,
    opened: Opened,
}

impl OxvifDevice {
    /// A client for any number of devices. `clock` is what a device's clock is compared with.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clients: http::Clients::default(),
            unproven: http::unproven(),
            clock,
            opened: Opened::default(),
        }
    }

    /// Works with a device that is open already, or opens it.
    async fn with_device<T>(
        &self,
        at: &OnvifTarget,
        work: impl AsyncFnOnce(&Device) -> Result<T>,
    ) -> Result<T> {
        let device = if let Some(device) = self.opened.get(at, self.clock.mono()) {
            device
        } else {
            let device = Device::open(&self.clients.of(at.tls), &*self.clock, at).await?;
            self.opened.keep(at, device, self.clock.mono())
        };
        let done = work(&device).await;
        // What went wrong may lie in what is remembered; what the device refused as a question does not.
        if done.as_ref().is_err_and(|error| !matches!(error.kind(), Kind::InvalidInput | Kind::NotFound)) {
            self.opened.forget(at);
        }
        done
    }

    /// The same with its drive.
    async fn with_drive<T>(
        &self,
        at: &OnvifTarget,
        work: impl AsyncFnOnce(&Device, &Drive) -> Result<T>,
    ) -> Result<T> {
        self.with_device(at, async |device| work(device, device.drive().await?).await).await
    }

    /// What the device service at `url` tells without a login, if it begins to within `patience`.
    pub(crate) async fn identify(&self, url: &StreamUrl, patience: Duration) -> Identity {
        identify::identify(&self.unproven, url, patience).await
    }
}

impl OnvifDevice for OxvifDevice {
    fn read<'a>(
        &'a self,
        device_url: &'a StreamUrl,
        credentials: Option<&'a Credentials>,
        tls: Option<CertificateFingerprint>,
    ) -> BoxFuture<'a, Result<DeviceFacts>> {
        Box::pin(async move {
            let at = OnvifTarget { device_url: device_url.clone(), credentials: credentials.cloned(), tls };
            read::read(&self.clients.of(tls), &*self.clock, &at).await
        })
    }

    fn identity<'a>(&'a self, device_url: &'a StreamUrl) -> BoxFuture<'a, Result<DeviceIdentity>> {
        Box::pin(identify::who(&self.unproven, device_url))
    }

    fn locate<'a>(&'a self, host: &'a str, port: Option<u16>) -> BoxFuture<'a, Result<StreamUrl>> {
        Box::pin(locate::locate(&self.unproven, host, port))
    }

    fn snapshot<'a>(
        &'a self,
        url: &'a StreamUrl,
        credentials: Option<&'a Credentials>,
        tls: Option<CertificateFingerprint>,
    ) -> BoxFuture<'a, Result<Bytes>> {
        Box::pin(async move { snapshot::fetch(&self.clients.of(tls), url, credentials).await })
    }
}

impl Ptz for OxvifDevice {
    fn ability<'a>(&'a self, at: &'a OnvifTarget) -> BoxFuture<'a, Result<PtzAbility>> {
        Box::pin(self.with_drive(at, async |_, drive| Ok(drive.ability)))
    }

    fn status<'a>(&'a self, at: &'a OnvifTarget) -> BoxFuture<'a, Result<PtzStatus>> {
        Box::pin(self.with_drive(at, async |device, drive| drive.status(device).await))
    }

    fn drive<'a>(&'a self, at: &'a OnvifTarget, movement: PtzMove) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.with_drive(at, async move |device, drive| drive.drive(device, movement).await))
    }

    fn stop<'a>(&'a self, at: &'a OnvifTarget) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.with_drive(at, async |device, drive| drive.stop(device).await))
    }

    fn go_to<'a>(&'a self, at: &'a OnvifTarget, goal: &'a PtzGoal) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.with_drive(at, async move |device, drive| drive.go_to(device, goal).await))
    }

    fn presets<'a>(&'a self, at: &'a OnvifTarget) -> BoxFuture<'a, Result<Vec<PtzPreset>>> {
        Box::pin(self.with_drive(at, async |device, drive| drive.presets(device).await))
    }

    fn set_preset<'a>(&'a self, at: &'a OnvifTarget, name: &'a str) -> BoxFuture<'a, Result<String>> {
        Box::pin(self.with_drive(at, async move |device, drive| drive.set_preset(device, name).await))
    }

    fn remove_preset<'a>(&'a self, at: &'a OnvifTarget, token: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.with_drive(at, async move |device, drive| drive.remove_preset(device, token).await))
    }

    fn set_home<'a>(&'a self, at: &'a OnvifTarget) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.with_drive(at, async |device, drive| drive.set_home(device).await))
    }
}

impl DeviceSettings for OxvifDevice {
    fn profile<'a>(&'a self, at: &'a OnvifTarget) -> BoxFuture<'a, Result<DeviceProfile>> {
        Box::pin(async move {
            // Whoever asks for everything wants it new, the clock first of all.
            self.opened.forget(at);
            self.with_device(at, async |device| read::profile(device, at).await).await
        })
    }

    fn set_encoder<'a>(
        &'a self,
        at: &'a OnvifTarget,
        token: &'a str,
        change: &'a EncoderChange,
    ) -> BoxFuture<'a, Result<EncoderSettings>> {
        Box::pin(self.with_device(at, async move |device| encoder::set(device, token, change).await))
    }

    fn imaging<'a>(&'a self, at: &'a OnvifTarget) -> BoxFuture<'a, Result<Imaging>> {
        Box::pin(self.with_device(at, async |device| imaging::get(device).await))
    }

    fn set_imaging<'a>(
        &'a self,
        at: &'a OnvifTarget,
        change: ImagingChange,
    ) -> BoxFuture<'a, Result<Imaging>> {
        Box::pin(self.with_device(at, async move |device| imaging::set(device, change).await))
    }

    fn focus<'a>(&'a self, at: &'a OnvifTarget, movement: FocusMove) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.with_device(at, async move |device| device.lens().await?.focus(device, movement).await))
    }

    fn stop_focus<'a>(&'a self, at: &'a OnvifTarget) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.with_device(at, async |device| device.lens().await?.stop(device).await))
    }

    fn focus_status<'a>(&'a self, at: &'a OnvifTarget) -> BoxFuture<'a, Result<FocusStatus>> {
        Box::pin(self.with_device(at, async |device| device.lens().await?.status(device).await))
    }

    fn set_time<'a>(&'a self, at: &'a OnvifTarget) -> BoxFuture<'a, Result<i64>> {
        Box::pin(async move {
            let offset =
                self.with_device(at, async |device| care::set_time(device, &*self.clock).await).await;
            // Logins are made for the clock that was.
            self.opened.forget(at);
            offset
        })
    }

    fn reboot<'a>(&'a self, at: &'a OnvifTarget) -> BoxFuture<'a, Result<String>> {
        Box::pin(async move {
            let said = self.with_device(at, async |device| care::reboot(device).await).await;
            self.opened.forget(at);
            said
        })
    }
}

impl DeviceEvents for OxvifDevice {
    fn listen<'a>(
        &'a self,
        at: &'a OnvifTarget,
        until: BoxFuture<'a, ()>,
        heard: Box<dyn FnMut(DeviceEvent) + Send + 'a>,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            // A session of its own: it waits in one call for most of its life.
            let device = Device::open(&self.clients.of(at.tls), &*self.clock, at).await?;
            events::listen(&device, until, heard).await
        })
    }
}

#[cfg(test)]
mod abilities;
#[cfg(test)]
mod dialects;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod hostile;
#[cfg(test)]
pub(crate) mod tests;

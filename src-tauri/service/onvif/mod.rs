//! Owns ONVIF towards one device (Core, Media, Media2): who it is and where its streams are, over the library oxvif,
//! which nothing outside this module knows.
//! Must not know how devices are found, nor decide which of a camera's streams are used.

mod digest;
mod http;
mod identify;
mod locate;
mod profiles;
mod read;
mod session;
mod snapshot;
mod transport;
pub(crate) mod xml;

pub(crate) use identify::Identity;
#[cfg(test)]
pub(crate) use identify::Information;
pub(crate) use locate::device_url;

use atalaya_model::Result;
use atalaya_model::address::StreamUrl;
use atalaya_model::ports::{BoxFuture, Clock, DeviceFacts, OnvifDevice};
use atalaya_model::secret::Credentials;
use bytes::Bytes;
use reqwest::Client;
use std::sync::Arc;
use std::time::Duration;

/// ONVIF devices, reached through oxvif.
pub struct OxvifDevice {
    client: Client,
    clock: Arc<dyn Clock>,
}

impl OxvifDevice {
    /// A client for any number of devices. `clock` is what a device's clock is compared with.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { client: http::client(), clock }
    }

    /// What the device service at `url` tells without a login, if it begins to within `patience`.
    pub(crate) async fn identify(&self, url: &StreamUrl, patience: Duration) -> Identity {
        identify::identify(&self.client, url, patience).await
    }
}

impl OnvifDevice for OxvifDevice {
    fn read<'a>(
        &'a self,
        device_url: &'a StreamUrl,
        credentials: Option<&'a Credentials>,
    ) -> BoxFuture<'a, Result<DeviceFacts>> {
        Box::pin(read::read(&self.client, &*self.clock, device_url, credentials))
    }

    fn locate<'a>(&'a self, host: &'a str, port: Option<u16>) -> BoxFuture<'a, Result<StreamUrl>> {
        Box::pin(locate::locate(&self.client, host, port))
    }

    fn snapshot<'a>(
        &'a self,
        url: &'a StreamUrl,
        credentials: Option<&'a Credentials>,
    ) -> BoxFuture<'a, Result<Bytes>> {
        Box::pin(snapshot::fetch(&self.client, url, credentials))
    }
}

#[cfg(test)]
pub(crate) mod tests;

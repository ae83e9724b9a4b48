//! What a scan found, as views show it.

use atalaya_model::discovery::Device;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A device on the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct DeviceVm {
    /// Stays the same while more is learned about the device.
    pub key: String,
    /// Its address.
    pub host: String,
    /// Its open ports.
    pub ports: Vec<u16>,
    /// `camera`, `recorder` or `other`.
    pub kind: String,
    /// What was learned, weakest first: `open_port`, `http`, `rtsp_options`, `rtsp_describe`, `ws_discovery`,
    /// `onvif_time`, `onvif_device_information`.
    pub evidence: Vec<String>,
    /// How sure it is, 0 to 1.
    pub confidence: f64,
    /// Manufacturer.
    pub vendor: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Name, as the device says.
    pub name: Option<String>,
    /// Its ONVIF device service.
    pub onvif_url: Option<String>,
    /// Streams it told without a login.
    pub rtsp_urls: Vec<String>,
    /// Whether it is among the cameras already.
    pub already_added: bool,
}

impl DeviceVm {
    /// The view model of a device.
    pub fn new(device: &Device, already_added: bool) -> Self {
        Self {
            key: device.key.clone(),
            host: device.host.to_string(),
            ports: device.ports.iter().copied().collect(),
            kind: device.kind.code().to_owned(),
            evidence: device.evidence.iter().map(|evidence| evidence.code().to_owned()).collect(),
            confidence: (device.confidence() * 1000.0).round() / 1000.0,
            vendor: device.vendor.clone(),
            model: device.model.clone(),
            name: device.name.clone(),
            onvif_url: device.onvif_url.as_ref().map(ToString::to_string),
            rtsp_urls: device.rtsp_urls.iter().map(ToString::to_string).collect(),
            already_added,
        }
    }
}

/// A scan to start.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[ts(export)]
pub struct ScanVm {
    /// Interfaces by name or address; empty means all.
    #[serde(default)]
    pub interfaces: Vec<String>,
    /// Networks to sweep, such as `192.168.1.0/24`; empty means the interfaces' own.
    #[serde(default)]
    pub subnets: Vec<String>,
    /// Seconds after which it stops.
    #[ts(optional)]
    pub timeout_s: Option<u32>,
}

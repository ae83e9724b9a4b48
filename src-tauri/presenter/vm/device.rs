//! What a scan found, as views show it.

use super::Rfc3339;
use atalaya_model::camera::Camera;
use atalaya_model::inventory::{Change, KnownDevice};
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
    /// What was learned, weakest first: `open_port`, `http`, `brand`, `rtsp_options`, `rtsp_describe`, `ws_discovery`,
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
    /// Firmware version.
    pub firmware: Option<String>,
    /// Hardware address of its network card, where the system tells.
    pub mac: Option<String>,
    /// The brand it seems to be of, when it does not tell its vendor.
    pub brand: Option<String>,
    /// Addresses that devices of its brand have. Nobody has tried them.
    pub guesses: Vec<GuessVm>,
    /// What is different since the scan before: `new`, `back`, `moved`, `firmware_changed` or `gone`.
    pub change: Option<String>,
    /// The address or firmware before, of one that moved or changed.
    pub changed_from: Option<String>,
    /// The camera whose device this seems to be, when the camera is kept at another address: it can be followed here.
    pub moved_camera: Option<MovedCameraVm>,
    /// When it was last met.
    pub seen_at: Rfc3339,
}

/// A camera whose device was met at another address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct MovedCameraVm {
    /// The camera's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The address at which it is kept.
    pub host: String,
}

/// An address that a device may have because others of its brand do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct GuessVm {
    /// What it would be for: `main`, `sub`, `snapshot` or `mjpeg`.
    pub purpose: String,
    /// The address.
    pub url: String,
}

impl DeviceVm {
    /// The view model of a device.
    pub fn new(
        known: &KnownDevice,
        change: Option<&Change>,
        already_added: bool,
        moved: Option<&Camera>,
    ) -> Self {
        let device = &known.device;
        // Nothing answers at a device that is gone.
        let answers = change != Some(&Change::Gone);
        let evidence = device.evidence.iter().filter(|_| answers);
        let confidence = if answers { device.confidence() } else { 0.0 };
        Self {
            key: device.key.clone(),
            host: device.host.to_string(),
            ports: device.ports.iter().copied().collect(),
            kind: device.kind.code().to_owned(),
            evidence: evidence.map(|evidence| evidence.code().to_owned()).collect(),
            confidence: (confidence * 1000.0).round() / 1000.0,
            vendor: device.vendor.clone(),
            model: device.model.clone(),
            name: device.name.clone(),
            onvif_url: device.onvif_url.as_ref().map(ToString::to_string),
            rtsp_urls: device.rtsp_urls.iter().map(ToString::to_string).collect(),
            already_added,
            firmware: device.firmware.clone(),
            mac: device.mac.clone(),
            brand: device.brand.clone(),
            guesses: device
                .guesses
                .iter()
                .map(|guess| GuessVm { purpose: guess.purpose.code().to_owned(), url: guess.url.to_string() })
                .collect(),
            change: change.map(|change| change.code().to_owned()),
            changed_from: change.and_then(Change::before),
            moved_camera: moved.filter(|_| answers).map(|camera| MovedCameraVm {
                id: camera.id.to_string(),
                name: camera.name.clone(),
                host: camera.host.clone(),
            }),
            seen_at: known.last_seen.to_rfc3339(),
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

//! Windows and monitors, as pages see them.

use atalaya_model::window::Monitor;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a further window shows; what is left out is up to the page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct WindowShowsVm {
    /// The saved view.
    #[ts(optional)]
    pub view: Option<String>,
    /// The one camera that fills it.
    #[ts(optional)]
    pub camera: Option<String>,
    /// The site or group whose cameras it shows.
    #[ts(optional)]
    pub group: Option<String>,
    /// Tiles of its layout.
    #[ts(optional)]
    pub tiles: Option<u8>,
}

/// A monitor that a window can be opened on. It is named by its place in the list.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct MonitorVm {
    /// As the system calls it; may be empty, and two of a kind may have the same name.
    pub name: String,
    /// Left edge in the desktop, in physical pixels.
    pub x: i32,
    /// Upper edge.
    pub y: i32,
    /// Width in physical pixels.
    pub width: u32,
    /// Height.
    pub height: u32,
    /// Physical pixels to one of the page's.
    pub scale: f64,
    /// Whether the asking window is on it.
    pub here: bool,
}

impl MonitorVm {
    /// A monitor, seen from a window that is on it or not.
    pub fn new(monitor: &Monitor, here: bool) -> Self {
        let area = monitor.area;
        Self {
            name: monitor.name.clone(),
            x: area.x,
            y: area.y,
            width: area.width,
            height: area.height,
            scale: monitor.scale,
            here,
        }
    }
}

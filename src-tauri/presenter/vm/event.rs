//! Events as views receive them.

use super::background::BackgroundVm;
use super::device::DeviceVm;
use super::doctor::FindingVm;
use super::live::MetricsVm;
use super::recording::{ExportJobVm, GapVm, SegmentVm, StatusVm};
use super::system::SettingsVm;
use serde::Serialize;
use ts_rs::TS;

/// Something that happened. In the window the event's Tauri name is `engine` and this its payload; on the command
/// line it is one line of JSON.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "event")]
#[ts(export)]
pub enum EventVm {
    /// A stream's connection changed its state.
    #[serde(rename = "camera.state_changed")]
    CameraStateChanged {
        /// The camera.
        camera: String,
        /// `main` or `sub`.
        role: String,
        /// The new state.
        state: String,
        /// Why, in English, redacted.
        detail: Option<String>,
    },
    /// A camera noticed something by itself, or it is seen in its picture, or no longer.
    #[serde(rename = "camera.noticed")]
    CameraNoticed {
        /// The camera.
        camera: String,
        /// `motion`, `tamper` or `input`; of the picture shown `frozen`, `clock_only` or `covered`. These end also when
        /// nobody looks at the picture any more.
        notice: String,
        /// Whether it goes on from now.
        active: bool,
        /// When, by this computer's clock. Of a picture: since when it has been so, which may be a minute ago.
        at: super::Rfc3339,
    },
    /// Something moves at a camera, or no longer.
    #[serde(rename = "motion.changed")]
    MotionChanged {
        /// The camera.
        camera: String,
        /// Whether it goes on from now.
        active: bool,
        /// Who says so: `own` detector, or the camera by `onvif`.
        source: String,
        /// When, by this computer's clock.
        at: super::Rfc3339,
    },
    /// The cameras changed: read them again.
    #[serde(rename = "cameras.changed")]
    CamerasChanged,
    /// Saved views, tours or the order of all cameras changed: read them again.
    #[serde(rename = "views.changed")]
    ViewsChanged,
    /// The settings changed.
    #[serde(rename = "settings.changed")]
    SettingsChanged {
        /// All of them.
        settings: SettingsVm,
    },
    /// The person is asked something before the program ends, or has answered.
    #[serde(rename = "background.changed")]
    BackgroundChanged {
        /// How it is now.
        background: BackgroundVm,
    },
    /// A file was closed.
    #[serde(rename = "recording.segment_closed")]
    SegmentClosed {
        /// The file.
        segment: SegmentVm,
    },
    /// Recording that should go on does not.
    #[serde(rename = "gap.opened")]
    GapOpened {
        /// The camera.
        camera: String,
        /// The gap.
        gap: GapVm,
    },
    /// It goes on again.
    #[serde(rename = "gap.closed")]
    GapClosed {
        /// The camera.
        camera: String,
        /// The gap.
        gap: GapVm,
    },
    /// The storage is nearly full.
    #[serde(rename = "storage.low")]
    StorageLow {
        /// What is known about it.
        detail: String,
    },
    /// The storage fails.
    #[serde(rename = "storage.failed")]
    StorageFailed {
        /// What is known about it.
        detail: String,
    },
    /// A camera's footage goes to another storage directory from its next file on.
    #[serde(rename = "storage.moved")]
    StorageMoved {
        /// The camera.
        camera: String,
        /// Path of the directory that it went to before.
        from: String,
        /// Path of the one that it goes to now.
        to: String,
        /// What failed, in English; empty when it goes where it should again.
        detail: String,
    },
    /// A scan found a device or learned more about it.
    #[serde(rename = "scan.device_found")]
    DeviceFound {
        /// The device.
        device: DeviceVm,
    },
    /// The scan ended.
    #[serde(rename = "scan.finished")]
    ScanFinished,
    /// The doctor found something.
    #[serde(rename = "doctor.found")]
    DoctorFound {
        /// The examination's number.
        run: u32,
        /// What it found.
        finding: FindingVm,
    },
    /// The examination ended, or was ended.
    #[serde(rename = "doctor.finished")]
    DoctorFinished {
        /// Its number.
        run: u32,
    },
    /// Figures, twice a second while a window listens.
    #[serde(rename = "metrics.measured")]
    Metrics {
        /// One for each stream that is pulled or should be.
        streams: Vec<MetricsVm>,
        /// The engine as a whole.
        status: StatusVm,
    },
    /// An export went on or ended.
    #[serde(rename = "export.progressed")]
    Export {
        /// The job.
        job: ExportJobVm,
    },
}

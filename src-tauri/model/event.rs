//! What happened, for whoever watches: a window, a log, a script.

use crate::camera::{CameraId, Role};
use crate::discovery::Device;
use crate::error::Kind;
use crate::pull::PullState;
use crate::recording::{Gap, Segment};
use alloc::boxed::Box;
use alloc::string::String;

/// Something that happened in the engine.
#[derive(Debug, Clone)]
pub enum Event {
    /// A stream's connection changed its state.
    CameraStateChanged {
        /// The camera.
        camera: CameraId,
        /// Which stream.
        role: Role,
        /// The new state.
        state: PullState,
        /// What a person should know about it, redacted.
        detail: Option<String>,
    },
    /// The list of cameras, or one in it, changed.
    CamerasChanged,
    /// A file was closed and is in the index.
    SegmentClosed(Box<Segment>),
    /// Recording that should go on does not.
    GapOpened(Gap),
    /// It goes on again.
    GapClosed(Gap),
    /// The storage fails or is nearly full.
    StorageTrouble {
        /// What is wrong with it.
        kind: Kind,
        /// What a person should know about it.
        detail: String,
    },
    /// A scan found a device or learned more about it.
    DeviceFound(Box<Device>),
    /// A scan ended.
    ScanFinished,
}

impl Event {
    /// The stable name: `noun.past`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::CameraStateChanged { .. } => "camera.state_changed",
            Self::CamerasChanged => "cameras.changed",
            Self::SegmentClosed(_) => "recording.segment_closed",
            Self::GapOpened(_) => "gap.opened",
            Self::GapClosed(_) => "gap.closed",
            Self::StorageTrouble { kind: Kind::StorageFull, .. } => "storage.low",
            Self::StorageTrouble { .. } => "storage.failed",
            Self::DeviceFound(_) => "scan.device_found",
            Self::ScanFinished => "scan.finished",
        }
    }
}

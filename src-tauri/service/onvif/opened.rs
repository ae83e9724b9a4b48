//! Owns the devices that are open at the moment, so that a joystick's twentieth move does not read the clock and the
//! services again. Must not know what is done with them.

use super::device::Device;
use atalaya_model::ports::OnvifTarget;
use atalaya_model::time::MonoTime;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a device stays open unused: as long as a hand may rest between two moves. It is also how long a login is
/// in memory after its last use.
const IDLE: Duration = Duration::from_mins(1);
/// How old what was read of it may be: its clock drifts, and it may have been set up anew.
const AGE: Duration = Duration::from_mins(10);

struct Entry {
    at: OnvifTarget,
    device: Arc<Device>,
    opened: MonoTime,
    used: MonoTime,
}

/// The open devices.
#[derive(Default)]
pub(super) struct Opened(Mutex<Vec<Entry>>);

impl Opened {
    /// The device at this address with this login, if it is open. Lets go of those that nobody used of late.
    pub(super) fn get(&self, at: &OnvifTarget, now: MonoTime) -> Option<Arc<Device>> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|entry| now.since(entry.used) < IDLE && now.since(entry.opened) < AGE);
        let entry = entries.iter_mut().find(|entry| entry.at == *at)?;
        entry.used = now;
        Some(entry.device.clone())
    }

    /// Keeps a device open.
    pub(super) fn keep(&self, at: &OnvifTarget, device: Device, now: MonoTime) -> Arc<Device> {
        let device = Arc::new(device);
        let entry = Entry { at: at.clone(), device: device.clone(), opened: now, used: now };
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|entry| entry.at.device_url != at.device_url);
        entries.push(entry);
        device
    }

    /// Closes a device.
    pub(super) fn forget(&self, at: &OnvifTarget) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|entry| entry.at != *at);
    }
}

//! What the presenters need of a device beyond its streams, as traits: moving it, its settings, what it notices. A
//! part of [`crate::ports`], through which it is named.

use crate::address::StreamUrl;
use crate::camera::CameraId;
use crate::certificate::CertificateFingerprint;
use crate::device_event::DeviceEvent;
use crate::encoder::{Encoder, EncoderChange, EncoderSettings};
use crate::error::{Error, Kind, Result};
use crate::focus::{FocusMove, FocusStatus};
use crate::imaging::{Imaging, ImagingChange};
use crate::ports::{BoxFuture, DeviceFacts};
use crate::ptz::{PtzAbility, PtzGoal, PtzMove, PtzPreset, PtzStatus};
use crate::quirk::OnvifQuirk;
use crate::secret::Credentials;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use bytes::Bytes;

/// A device's ONVIF service and the login there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnvifTarget {
    /// Its device service.
    pub device_url: StreamUrl,
    /// The login; none for a device that is open to all.
    pub credentials: Option<Credentials>,
    /// The certificate accepted for it; none takes what this computer's authorities vouch for.
    pub tls: Option<CertificateFingerprint>,
}

/// A device that cannot do this, or not over its protocol.
fn cannot<T: Send + 'static>() -> BoxFuture<'static, Result<T>> {
    Box::pin(async { Err(Error::new(Kind::Unsupported, "the device cannot do this")) })
}

/// Moves a camera. What a device has no drive for is `Unsupported`.
pub trait Ptz: Send + Sync {
    /// What the drive can do.
    fn ability<'a>(&'a self, _at: &'a OnvifTarget) -> BoxFuture<'a, Result<PtzAbility>> {
        cannot()
    }
    /// What the drive does now.
    fn status<'a>(&'a self, _at: &'a OnvifTarget) -> BoxFuture<'a, Result<PtzStatus>> {
        cannot()
    }
    /// Starts a movement. A continuous one ends by itself after [`crate::ptz::MOVE_MAX`] where the device can do
    /// that; the caller stops it all the same.
    fn drive<'a>(&'a self, _at: &'a OnvifTarget, _movement: PtzMove) -> BoxFuture<'a, Result<()>> {
        cannot()
    }
    /// Stops every axis.
    fn stop<'a>(&'a self, _at: &'a OnvifTarget) -> BoxFuture<'a, Result<()>> {
        cannot()
    }
    /// Goes home or to a preset. `NotFound` when there is no such preset.
    fn go_to<'a>(&'a self, _at: &'a OnvifTarget, _goal: &'a PtzGoal) -> BoxFuture<'a, Result<()>> {
        cannot()
    }
    /// The presets, in the device's order.
    fn presets<'a>(&'a self, _at: &'a OnvifTarget) -> BoxFuture<'a, Result<Vec<PtzPreset>>> {
        cannot()
    }
    /// Keeps the present place under a name; the new preset's token.
    fn set_preset<'a>(&'a self, _at: &'a OnvifTarget, _name: &'a str) -> BoxFuture<'a, Result<String>> {
        cannot()
    }
    /// Forgets a preset. `NotFound`.
    fn remove_preset<'a>(&'a self, _at: &'a OnvifTarget, _token: &'a str) -> BoxFuture<'a, Result<()>> {
        cannot()
    }
    /// Makes the present place the home place.
    fn set_home<'a>(&'a self, _at: &'a OnvifTarget) -> BoxFuture<'a, Result<()>> {
        cannot()
    }
}

/// What a device is and can do, read in one go.
#[derive(Debug, Clone, Default)]
pub struct DeviceProfile {
    /// Who it is, its profiles and its clock.
    pub facts: DeviceFacts,
    /// The media service in use: 1 or 2.
    pub media_version: u8,
    /// The other services it has, of `ptz`, `imaging` and `events`.
    pub services: Vec<&'static str>,
    /// Its video encoders.
    pub encoders: Vec<Encoder>,
    /// Its accounts, with their level; none when the login may not list them.
    pub users: Option<Vec<(String, String)>>,
    /// What is done for it that ONVIF does not ask for.
    pub quirks: Vec<OnvifQuirk>,
}

/// Reads and changes a device's settings.
pub trait DeviceSettings: Send + Sync {
    /// What it is and can do.
    fn profile<'a>(&'a self, _at: &'a OnvifTarget) -> BoxFuture<'a, Result<DeviceProfile>> {
        cannot()
    }
    /// Changes an encoder, checked against what it offers; what it is set to then, as the device tells when asked
    /// again. `NotFound` for an unknown token, `InvalidInput` for what it does not offer.
    fn set_encoder<'a>(
        &'a self,
        _at: &'a OnvifTarget,
        _token: &'a str,
        _change: &'a EncoderChange,
    ) -> BoxFuture<'a, Result<EncoderSettings>> {
        cannot()
    }
    /// How the first video source makes its picture.
    fn imaging<'a>(&'a self, _at: &'a OnvifTarget) -> BoxFuture<'a, Result<Imaging>> {
        cannot()
    }
    /// Changes that, checked against what the device offers; what it is set to then.
    fn set_imaging<'a>(
        &'a self,
        _at: &'a OnvifTarget,
        _change: ImagingChange,
    ) -> BoxFuture<'a, Result<Imaging>> {
        cannot()
    }
    /// Starts moving the focus, which ends the camera's focusing by itself (ONVIF Imaging §5.2.4). A continuous
    /// movement has no end of its own but the range's: the caller stops it. `Unsupported` for a way that the device
    /// does not offer.
    fn focus<'a>(&'a self, _at: &'a OnvifTarget, _movement: FocusMove) -> BoxFuture<'a, Result<()>> {
        cannot()
    }
    /// Stops the focus.
    fn stop_focus<'a>(&'a self, _at: &'a OnvifTarget) -> BoxFuture<'a, Result<()>> {
        cannot()
    }
    /// What the focus does now.
    fn focus_status<'a>(&'a self, _at: &'a OnvifTarget) -> BoxFuture<'a, Result<FocusStatus>> {
        cannot()
    }
    /// Sets the device's clock to ours; its offset afterwards in milliseconds.
    fn set_time<'a>(&'a self, _at: &'a OnvifTarget) -> BoxFuture<'a, Result<i64>> {
        cannot()
    }
    /// Starts the device anew; what it says about it.
    fn reboot<'a>(&'a self, _at: &'a OnvifTarget) -> BoxFuture<'a, Result<String>> {
        cannot()
    }
}

/// Hears what a device notices.
pub trait DeviceEvents: Send + Sync {
    /// Subscribes and hands over every report until `until` is over, renewing the subscription in time; then
    /// unsubscribes and returns. An error ends it earlier; when to try again is the caller's to decide.
    fn listen<'a>(
        &'a self,
        _at: &'a OnvifTarget,
        _until: BoxFuture<'a, ()>,
        _heard: Box<dyn FnMut(DeviceEvent) + Send + 'a>,
    ) -> BoxFuture<'a, Result<()>> {
        cannot()
    }
}

/// Keeps a small picture for each preset. A device's token is any text, and no file name.
pub trait PresetPictures: Send + Sync {
    /// The JPEG kept for a preset.
    fn load<'a>(&'a self, camera: CameraId, token: &'a str) -> BoxFuture<'a, Result<Option<Bytes>>>;
    /// Keeps a JPEG, or with none forgets what was kept.
    fn keep<'a>(&'a self, camera: CameraId, token: &'a str, jpeg: Option<Bytes>)
    -> BoxFuture<'a, Result<()>>;
}

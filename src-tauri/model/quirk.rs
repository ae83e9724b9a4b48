//! Ways in which cameras depart from ONVIF that this program works with. Each is a named policy, found while talking
//! to the camera, and shown for it. Knows no protocol.

/// One departure, and with it what is done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OnvifQuirk {
    /// Names its services at another host, as cameras behind NAT or with two interfaces do. They are asked at the
    /// host that answered (S3).
    ForeignServiceHost,
    /// Names a stream or a still picture at another host. It is fetched from the host that answered (S3).
    ForeignMediaHost,
    /// Has no `GetServices` (before ONVIF 2.0). `GetCapabilities` is asked instead, and Media1 is used.
    NoServiceList,
    /// Wants a login even for its clock, against Core §5.9.4.1. The login is made for this computer's clock.
    ClockBehindLogin,
    /// Its clock is so far off that a login made for this computer's would be refused. It is made for the camera's.
    ClockFarOff,
    /// Refuses a move that ends by itself (PTZ §5.3.3). It is sent without an end, and stopped from here.
    MoveWithoutTimeout,
}

impl OnvifQuirk {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ForeignServiceHost => "foreign_service_host",
            Self::ForeignMediaHost => "foreign_media_host",
            Self::NoServiceList => "no_service_list",
            Self::ClockBehindLogin => "clock_behind_login",
            Self::ClockFarOff => "clock_far_off",
            Self::MoveWithoutTimeout => "move_without_timeout",
        }
    }
}

/// From here on a clock is far off, in milliseconds: half of the five minutes that devices commonly allow a login.
pub const CLOCK_FAR_OFF_MS: i64 = 150_000;

/// From here on a camera's clock is wrong enough to tell the user, in milliseconds: the clock burnt into the picture
/// no longer agrees with the recording's.
pub const CLOCK_WRONG_MS: i64 = 2_000;

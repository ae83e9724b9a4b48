//! Why a camera cannot be found or played: the steps of an examination, what each found, and the one cause that is
//! behind it. Owns the reasoning; must not know how anything is looked at, nor any sentence: views have those, by the
//! stable codes given here.

use crate::address::StreamUrl;
use crate::camera::Role;
use crate::error::{Error, Kind, Result};
use crate::secret::Credentials;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::IpAddr;

mod network;
mod stream;
#[cfg(test)]
mod tests;

pub use network::{Heard, Neighbour, Onvif, Port, PortState, Route, Speech, Tls, Via};
pub use network::{clock, multicast, name_unknown, neighbour, onvif, ports, route, web};
pub use stream::{GOP_LONG_MS, Login, Watched, connections, login, no_stream, profiles, stream};

/// An enum of plain codes: its variants in their order, and the stable name of each.
macro_rules! codes {
    ($(#[$outer:meta])* $name:ident { $($(#[$inner:meta])* $variant:ident = $code:literal,)+ }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$inner])* $variant,)+ }
        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The stable name.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }
    };
}

codes! {
    /// A step of the examination, in the order in which they are told.
    Step {
        /// How packets to the host leave this computer.
        Route = "route",
        /// Whether the link knows the host (RFC 826, RFC 4861).
        Neighbour = "neighbour",
        /// TCP ports that cameras use.
        Ports = "ports",
        /// What web servers say, and their certificates.
        Web = "http",
        /// The ONVIF device service.
        Onvif = "onvif",
        /// WS-Discovery, which is how scans find cameras.
        Multicast = "multicast",
        /// The device's clock.
        Clock = "clock",
        /// The login.
        Login = "login",
        /// ONVIF media profiles.
        Profiles = "profiles",
        /// RTSP DESCRIBE (RFC 2326 §10.2).
        Describe = "describe",
        /// RTSP SETUP and PLAY (RFC 2326 §10.4, §10.5).
        Setup = "setup",
        /// The first key picture.
        KeyFrame = "key_frame",
        /// Whether it can be decoded here.
        Decoder = "decoder",
        /// From one key picture to the next.
        Gop = "gop",
        /// Streams at the same time.
        Connections = "connections",
        /// The cause of it all.
        Verdict = "verdict",
    }
}

codes! {
    /// A cause, by the code of its advice. Of several the first in this order is the one to mend first: what stands
    /// later often follows from it. From [`Cause::TlsUnknown`] on, the camera can be watched all the same.
    Cause {
        /// No address belongs to the name.
        NameUnknown = "NAME_UNKNOWN",
        /// The host is in a network that this computer cannot reach.
        OtherSubnet = "OTHER_SUBNET",
        /// Nobody on the link has this address.
        HostGone = "HOST_GONE",
        /// Whoever has this address does not answer.
        HostSilent = "HOST_SILENT",
        /// The named port is closed; the service is at another one.
        WrongPort = "WRONG_PORT",
        /// The host is there and none of a camera's ports is open.
        NoCameraPort = "NO_CAMERA_PORT",
        /// What answers is no camera.
        NotACamera = "NOT_A_CAMERA",
        /// The device takes passwords only in the clear.
        BasicOnly = "BASIC_ONLY",
        /// The device takes passwords in no way that is known here.
        LoginSchemeUnknown = "LOGIN_SCHEME_UNKNOWN",
        /// The device wants a login and none was given.
        LoginMissing = "LOGIN_MISSING",
        /// The device refuses the login.
        WrongPassword = "WRONG_PASSWORD",
        /// The RTSP server does not answer.
        RtspSilent = "RTSP_SILENT",
        /// The server leads to another address, which is not followed (S3).
        LeadsElsewhere = "LEADS_ELSEWHERE",
        /// The server has no stream of this path.
        WrongPath = "WRONG_PATH",
        /// The stream has sound and no picture.
        AudioOnly = "AUDIO_ONLY",
        /// The stream's codec is not one that is read here.
        CodecUnknown = "CODEC_UNKNOWN",
        /// The camera serves no more viewers.
        ConnectionLimit = "CONNECTION_LIMIT",
        /// The camera forgets the session it has just made (RTSP 454).
        SessionNotFound = "SESSION_NOT_FOUND",
        /// The camera agrees to everything and then sends nothing.
        DeadAfterSetup = "DEAD_AFTER_SETUP",
        /// The stream is not as its protocol says.
        StreamFault = "STREAM_FAULT",
        /// The pictures come, and no decoder here takes them.
        NoDecoder = "NO_DECODER",
        /// The device's certificate is signed by nobody known.
        TlsUnknown = "TLS_UNKNOWN",
        /// The device's clock is wrong.
        ClockWrong = "CLOCK_WRONG",
        /// Key pictures are rare.
        LongGop = "LONG_GOP",
        /// ONVIF answers wrongly, or names no stream.
        OnvifFault = "ONVIF_FAULT",
        /// The camera streams and does not speak ONVIF.
        OnvifDisabled = "ONVIF_DISABLED",
        /// The device answers when asked directly, and does not hear what is asked of all.
        MulticastBlocked = "MULTICAST_BLOCKED",
        /// The device does not take part in discovery.
        DiscoveryOff = "DISCOVERY_OFF",
        /// Nothing was found to be wrong.
        Healthy = "HEALTHY",
    }
}

codes! {
    /// How a step went.
    State {
        /// As it should be.
        Passed = "passed",
        /// Worth knowing; the camera can be used.
        Warning = "warning",
        /// This is in the way.
        Failed = "failed",
        /// Not looked at, or not to be known here.
        Unknown = "unknown",
    }
}

codes! {
    /// What a step found; views have a sentence for each, with its parameters.
    Found {
        /// `source, interface`: the host is on a link of this computer.
        RouteDirect = "route_direct",
        /// `source, interface, gateway`: a router stands between.
        RouteGateway = "route_gateway",
        /// The host is this computer.
        RouteLocal = "route_local",
        /// `networks`: no way leads there from this computer's networks.
        RouteNone = "route_none",
        /// `host`: the name has no address.
        NameUnknown = "name_unknown",
        /// The system does not tell its routes.
        RouteUnknown = "route_unknown",
        /// `mac`: the link knows the host.
        NeighbourPresent = "neighbour_present",
        /// Nobody answered the link's call.
        NeighbourMissing = "neighbour_missing",
        /// Beyond a router or on this computer nobody can ask the link.
        NeighbourNotOnLink = "neighbour_not_on_link",
        /// The system does not tell.
        NeighbourUnknown = "neighbour_unknown",
        /// `open`: these ports are open.
        PortsOpen = "ports_open",
        /// `port, found`: the named one is closed, the service is at another.
        PortElsewhere = "port_elsewhere",
        /// `refused`: the host says no on all of them.
        PortsClosed = "ports_closed",
        /// No answer on any port.
        PortsSilent = "ports_silent",
        /// `server`: a web server answers.
        WebServer = "web_server",
        /// `port`, `fingerprint`: over TLS, with a certificate that nobody known has signed.
        WebTlsUnknown = "web_tls_unknown",
        /// `port`, `fingerprint`: over TLS, with the certificate that the user accepted.
        WebTlsAccepted = "web_tls_accepted",
        /// `port`, `fingerprint`: over TLS, with another certificate than the user accepted.
        WebTlsChanged = "web_tls_changed",
        /// No web server answers.
        WebNone = "web_none",
        /// `url`: the device service answers.
        OnvifAnswers = "onvif_answers",
        /// `reason`: something answers that is not as ONVIF lays down.
        OnvifFaulty = "onvif_faulty",
        /// The device streams, ONVIF is not there.
        OnvifAbsent = "onvif_absent",
        /// Neither ONVIF nor RTSP: no camera.
        NoCamera = "no_camera",
        /// The device hears multicast.
        MulticastHeard = "multicast_heard",
        /// Directly it answers, by multicast not.
        MulticastBlocked = "multicast_blocked",
        /// It answers neither.
        DiscoverySilent = "discovery_silent",
        /// Discovery ends at the router.
        MulticastNotOnLink = "multicast_not_on_link",
        /// `offset`: the clock goes right.
        ClockRight = "clock_right",
        /// `offset`: the clock is off.
        ClockOff = "clock_off",
        /// The device does not tell its time.
        ClockUnknown = "clock_unknown",
        /// `user`: the login is right.
        LoginAccepted = "login_accepted",
        /// No login is asked for.
        LoginNotNeeded = "login_not_needed",
        /// `user`: the login is refused.
        LoginRefused = "login_refused",
        /// `user`: it was refused before, and is not sent again.
        LoginNotSent = "login_not_sent",
        /// A login is asked for.
        LoginMissing = "login_missing",
        /// Only Basic is offered.
        LoginBasicOnly = "login_basic_only",
        /// No way to log in is offered that is known here.
        LoginSchemeUnknown = "login_scheme_unknown",
        /// Nothing was asked for one.
        LoginUntested = "login_untested",
        /// `names`: the profiles.
        ProfilesRead = "profiles_read",
        /// `reason`: no profile can be read.
        ProfilesFaulty = "profiles_faulty",
        /// Nothing tells the stream's address.
        NoStreamKnown = "no_stream_known",
        /// The stream is described.
        Described = "described",
        /// `fingerprint`: nothing was said to a camera whose certificate is not believed.
        CertificateRefused = "certificate_refused",
        /// `reason`: not.
        DescribeFailed = "describe_failed",
        /// `status`: it is at another address.
        LeadsElsewhere = "leads_elsewhere",
        /// `path`: there is no such stream.
        PathUnknown = "path_unknown",
        /// `offered`: no picture in it.
        OnlyAudio = "only_audio",
        /// `offered`: no codec that is read here.
        CodecUnknown = "codec_unknown",
        /// SETUP and PLAY are answered.
        SetUp = "set_up",
        /// It plays here already; that connection was looked at.
        PlaysAlready = "plays_already",
        /// `reason`: they are not.
        SetupFailed = "setup_failed",
        /// `status`: the camera has no room for another viewer.
        NoRoom = "no_room",
        /// The session is unknown as soon as it is made.
        SessionForgotten = "session_forgotten",
        /// `seconds`: nothing came after SETUP.
        NothingCame = "nothing_came",
        /// `codec, size, seconds`: the first key picture came.
        KeyFrameCame = "key_frame_came",
        /// `reason`: it did not.
        KeyFrameFailed = "key_frame_failed",
        /// It is decoded here.
        Decoded = "decoded",
        /// `codec, reason`: no decoder takes it.
        NotDecoded = "not_decoded",
        /// `seconds`: from one key picture to the next.
        GopShort = "gop_short",
        /// `seconds`: the same, and long.
        GopLong = "gop_long",
        /// `seconds`: none in this time.
        GopLonger = "gop_longer",
        /// The stream broke off before the next one.
        GopUnknown = "gop_unknown",
        /// Both streams play at the same time.
        BothPlay = "both_play",
        /// One plays only without the other.
        OneAtATime = "one_at_a_time",
        /// There was no time left for this.
        OutOfTime = "out_of_time",
        /// The examination is over; its cause is the advice.
        Concluded = "concluded",
    }
}

/// What one step found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The step.
    pub step: Step,
    /// The stream it is about; none where it is about the device.
    pub stream: Option<Role>,
    /// How it went.
    pub state: State,
    /// What was found.
    pub found: Found,
    /// Figures and names for the sentence, in the order of their mention. Safe to show.
    pub params: Vec<(&'static str, String)>,
    /// What to do about it.
    pub advice: Option<Cause>,
}

impl Finding {
    /// A finding about the device.
    pub fn new(step: Step, state: State, found: Found) -> Self {
        Self { step, stream: None, state, found, params: Vec::new(), advice: None }
    }

    /// What could not be looked at for want of time.
    pub fn out_of_time(step: Step) -> Self {
        Self::new(step, State::Unknown, Found::OutOfTime)
    }

    /// Adds a figure or a name.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "a number is a fact as often as a borrowed text")]
    pub fn with(mut self, key: &'static str, value: impl ToString) -> Self {
        self.params.push((key, value.to_string()));
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub const fn advise(mut self, cause: Cause) -> Self {
        self.advice = Some(cause);
        self
    }

    /// Says which stream it is about.
    #[must_use]
    pub const fn of(mut self, stream: Role) -> Self {
        self.stream = Some(stream);
        self
    }
}

/// Who is examined.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Name or address.
    pub host: String,
    /// The port that was named with it, be it of RTSP or of ONVIF.
    pub port: Option<u16>,
    /// Streams that are known, with their role.
    pub streams: Vec<(Role, StreamUrl)>,
}

impl Subject {
    /// Reads what a person types or pastes: a name, an address, either with a port, or a stream's URL. A login in it
    /// is taken out and handed back apart.
    pub fn parse(text: &str) -> Result<(Self, Option<Credentials>)> {
        let text = text.trim();
        // An IPv6 address has colons of its own; with a port it stands in brackets.
        let bare = text.parse::<IpAddr>().is_ok_and(|address| address.is_ipv6());
        let is_url = text.contains("://");
        let written = match (is_url, bare) {
            (true, _) => text.to_string(),
            (false, true) => format!("rtsp://[{text}]"),
            (false, false) => format!("rtsp://{text}"),
        };
        let (url, login) = StreamUrl::parse_with_credentials(&written)?;
        if !is_url && (login.is_some() || text.contains(['/', '?', '#'])) {
            return Err(Error::new(Kind::InvalidInput, "not a host's name or address")
                .with("host", crate::address::redact(&crate::text::excerpt(text, 64))));
        }
        let after_brackets = text.rsplit_once(']').map_or(text, |(_, rest)| rest);
        let names_port = is_url || (!bare && after_brackets.contains(':'));
        let streams = if is_url && url.scheme().starts_with("rtsp") {
            [(Role::Main, url.clone())].into()
        } else {
            Vec::new()
        };
        Ok((Self { host: url.host().to_string(), port: names_port.then(|| url.port()), streams }, login))
    }
}

/// The cause behind all findings: of the advice they give, what is to be mended first.
pub fn verdict(findings: &[Finding]) -> Finding {
    let first =
        findings.iter().filter(|finding| finding.advice.is_some()).min_by_key(|finding| finding.advice);
    let Some(first) = first else {
        return Finding::new(Step::Verdict, State::Passed, Found::Concluded).advise(Cause::Healthy);
    };
    let state = if first.advice < Some(Cause::TlsUnknown) { State::Failed } else { State::Warning };
    Finding { step: Step::Verdict, state, found: Found::Concluded, ..first.clone() }
}

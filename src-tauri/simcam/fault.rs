//! Owns the faults a simulated camera can have and their written form (`--fault SPEC`).
//! Must not know how a fault is carried out: the module it strikes asks [`Faults`] for its one figure.
//!
//! Grammar, one fault per SPEC (seconds may have a fraction):
//!
//! ```text
//! SPEC = "loss=" PERCENT            RTP packets that never leave, 0..=100; seeded, so that a run repeats
//!      | "udp-loss=" PERCENT        and so over UDP only, as in a network: what is sent over TCP comes
//!      | "reorder=" PERCENT         RTP packets that leave after the one that follows them, over UDP only
//!      | "duplicate=" PERCENT       RTP packets that leave twice, over UDP only
//!      | "stall=" AFTER_S ":" FOR_S media stops AFTER_S after PLAY for FOR_S seconds, the connection stays
//!      | "close=" EVERY_S           an RTSP connection is cut EVERY_S after it was accepted
//!      | "reject-auth"              every password is refused, in RTSP, HTTP and ONVIF
//!      | "no-rtptime"               PLAY answers an RTP-Info without rtptime
//!      | "clock-offset=" SECONDS    camera clock off by SECONDS (ONVIF, RTCP); the burnt-in clock stays right
//!      | "resolution-change=" EVERY_S   the picture changes size every EVERY_S seconds, and back
//!      | "no-sr"                    no RTCP sender reports
//!      | "no-discovery"             WS-Discovery says and answers nothing
//!      | "no-ipv4-multicast"        WS-Discovery neither hears nor speaks to the IPv4 group, as behind some switches
//!      | "discovery-delay=" MAX_S   probes are answered up to MAX_S late, at random, instead of up to 0.1 s
//!      | "no-media2"                ONVIF without the second media service, as cameras before 2016 speak it
//!      | "no-onvif"                 the ONVIF services answer 404, and nothing answers discovery
//!      | "connection-limit=" N      no more than N RTSP sessions at a time; a further SETUP is answered 453
//!      | "dead-after-setup"         no answer to PLAY, the connection stays
//!      | "session-not-found"        PLAY is answered 454, as if SETUP had never been
//!      | "audio-only"               the streams have sound and no picture
//!      | "long-gop=" SECONDS        so long from one key picture to the next, instead of 2 s
//!      | "tamper=" EVERY_S ":" FOR_S  ONVIF tells of tampering for the last FOR_S of every EVERY_S seconds
//!      | "motion=" EVERY_S ":" FOR_S  everything that moves is there for the last FOR_S of every EVERY_S only, and
//!                                   ONVIF tells of motion then
//!      | "input=" EVERY_S ":" FOR_S   and so of a digital input that is closed
//!      | "freeze=" EVERY_S ":" FOR_S  pictures of streams repeat for the last FOR_S of every EVERY_S, clock and all
//!      | "cover=" EVERY_S ":" FOR_S   and so the picture is dark and flat, but for what is burnt in
//!      | "event-life=" SECONDS      event subscriptions live so long only, and pulling prolongs none
//!      | "event-reference"          they are told apart by a reference parameter, all at one address
//!      | "no-focus"                 the lens is fixed, as most are
//!      | "tls"                      HTTP and ONVIF over TLS only, with a certificate that nobody has signed
//!      | "rtsps"                    RTSP over TLS only, with the same certificate
//! ```

use std::{fmt, str::FromStr, time::Duration};

/// One thing wrong with a simulated camera.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// This share of RTP packets is dropped, in percent (0..=100).
    Loss(f64),
    /// This share of RTP packets over UDP is dropped, in percent (0..=100).
    UdpLoss(f64),
    /// This share of RTP packets over UDP leaves after the one that follows it, in percent (0..=100).
    Reorder(f64),
    /// This share of RTP packets over UDP leaves twice, in percent (0..=100).
    Duplicate(f64),
    /// Media stops for a while although the connection stays open.
    Stall {
        /// Time from PLAY to the silence.
        after: Duration,
        /// Length of the silence.
        length: Duration,
    },
    /// RTSP connections are cut this long after they were accepted.
    Close(Duration),
    /// No password is good enough.
    RejectAuth,
    /// `RTP-Info` carries no `rtptime` (RFC 2326 §12.33 makes it optional).
    NoRtptime,
    /// The clock told by ONVIF and RTCP is off by this many milliseconds.
    ClockOffset(i64),
    /// The picture changes size this often.
    ResolutionChange(Duration),
    /// No RTCP sender reports are sent.
    NoSenderReports,
    /// WS-Discovery neither announces the camera nor answers for it.
    NoDiscovery,
    /// The IPv4 group of WS-Discovery is out of reach; IPv6's, and the camera's own address, are not.
    NoIpv4Multicast,
    /// Answers to probes wait a random time up to this.
    DiscoveryDelay(Duration),
    /// The second media service is missing.
    NoMedia2,
    /// There is no ONVIF service, and nobody answers discovery.
    NoOnvif,
    /// RTSP sessions at a time.
    ConnectionLimit(u16),
    /// PLAY is not answered.
    DeadAfterSetup,
    /// PLAY does not know its session (RFC 2326 §11.3.7).
    SessionNotFound,
    /// The streams have no video.
    AudioOnly,
    /// Key pictures this far apart.
    LongGop(Duration),
    /// Events tell of tampering at the end of every period.
    Tamper {
        /// The period.
        every: Duration,
        /// How long of it.
        length: Duration,
    },
    /// Something moves in the picture, and events tell of it, at the end of every period only.
    Motion {
        /// The period.
        every: Duration,
        /// How long of it.
        length: Duration,
    },
    /// Events tell of a closed digital input at the end of every period.
    Input {
        /// The period.
        every: Duration,
        /// How long of it.
        length: Duration,
    },
    /// Streams go on with one and the same picture at the end of every period.
    Freeze {
        /// The period.
        every: Duration,
        /// How long of it.
        length: Duration,
    },
    /// The lens is covered at the end of every period.
    Cover {
        /// The period.
        every: Duration,
        /// How long of it.
        length: Duration,
    },
    /// Event subscriptions live so long, whatever is asked for; pulling does not prolong them.
    EventLife(Duration),
    /// Event subscriptions are named by a reference parameter (WS-Addressing 1.0 Core §2.1).
    EventReference,
    /// The lens cannot be focused.
    NoFocus,
    /// HTTP is spoken over TLS only.
    Tls,
    /// RTSP is spoken over TLS only.
    Rtsps,
}

/// Why a SPEC was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultSyntaxError {
    spec: String,
}

impl fmt::Display for FaultSyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "unknown fault {:?}; known are loss=PERCENT, udp-loss=PERCENT, reorder=PERCENT, duplicate=PERCENT, \
             stall=AFTER_S:FOR_S, close=EVERY_S, reject-auth, no-rtptime, clock-offset=SECONDS, \
             resolution-change=EVERY_S, no-sr, no-discovery, no-ipv4-multicast, \
             discovery-delay=MAX_S, no-media2, no-onvif, connection-limit=N, dead-after-setup, \
             session-not-found, audio-only, long-gop=SECONDS, tamper=EVERY_S:FOR_S, motion=EVERY_S:FOR_S, \
             input=EVERY_S:FOR_S, freeze=EVERY_S:FOR_S, cover=EVERY_S:FOR_S, event-life=SECONDS, \
             event-reference, no-focus, tls, rtsps",
            self.spec
        )
    }
}

impl std::error::Error for FaultSyntaxError {}

impl FromStr for Fault {
    type Err = FaultSyntaxError;

    fn from_str(spec: &str) -> Result<Self, Self::Err> {
        parse(spec).ok_or_else(|| FaultSyntaxError { spec: spec.to_owned() })
    }
}

fn parse(spec: &str) -> Option<Fault> {
    let Some((name, value)) = spec.split_once('=') else {
        return match spec {
            "reject-auth" => Some(Fault::RejectAuth),
            "no-rtptime" => Some(Fault::NoRtptime),
            "no-sr" => Some(Fault::NoSenderReports),
            "no-discovery" => Some(Fault::NoDiscovery),
            "no-ipv4-multicast" => Some(Fault::NoIpv4Multicast),
            "no-media2" => Some(Fault::NoMedia2),
            "no-onvif" => Some(Fault::NoOnvif),
            "dead-after-setup" => Some(Fault::DeadAfterSetup),
            "session-not-found" => Some(Fault::SessionNotFound),
            "audio-only" => Some(Fault::AudioOnly),
            "event-reference" => Some(Fault::EventReference),
            "no-focus" => Some(Fault::NoFocus),
            "tls" => Some(Fault::Tls),
            "rtsps" => Some(Fault::Rtsps),
            _ => None,
        };
    };
    match name {
        "loss" => percent(value).map(Fault::Loss),
        "udp-loss" => percent(value).map(Fault::UdpLoss),
        "reorder" => percent(value).map(Fault::Reorder),
        "duplicate" => percent(value).map(Fault::Duplicate),
        "stall" => {
            let (after, length) = value.split_once(':')?;
            Some(Fault::Stall { after: seconds(after)?, length: period(length)? })
        }
        "close" => period(value).map(Fault::Close),
        "tamper" => part(value).map(|(every, length)| Fault::Tamper { every, length }),
        "motion" => part(value).map(|(every, length)| Fault::Motion { every, length }),
        "input" => part(value).map(|(every, length)| Fault::Input { every, length }),
        "freeze" => part(value).map(|(every, length)| Fault::Freeze { every, length }),
        "cover" => part(value).map(|(every, length)| Fault::Cover { every, length }),
        "event-life" => period(value).map(Fault::EventLife),
        "clock-offset" => {
            let offset_s = value.parse::<f64>().ok().filter(|s| s.abs() <= MAX_S)?;
            Some(Fault::ClockOffset((offset_s * 1_000.0).round() as i64))
        }
        "resolution-change" => period(value).map(Fault::ResolutionChange),
        "discovery-delay" => seconds(value).map(Fault::DiscoveryDelay),
        "connection-limit" => value.parse().ok().map(Fault::ConnectionLimit),
        "long-gop" => period(value).filter(|length| *length <= LONGEST_GOP).map(Fault::LongGop),
        _ => None,
    }
}

/// A hundred years: more than any test waits, far from overflow.
const MAX_S: f64 = 3_155_760_000.0;

/// The encoder counts its pictures to the next key picture in 32 bits.
const LONGEST_GOP: Duration = Duration::from_hours(24);

fn percent(text: &str) -> Option<f64> {
    text.parse().ok().filter(|percent| (0.0..=100.0).contains(percent))
}

fn seconds(text: &str) -> Option<Duration> {
    text.parse::<f64>().ok().filter(|s| (0.0..=MAX_S).contains(s)).map(Duration::from_secs_f64)
}

/// A length that is not zero: nothing can happen every 0 seconds.
fn period(text: &str) -> Option<Duration> {
    seconds(text).filter(|length| !length.is_zero())
}

/// A period, and a part of it.
fn part(text: &str) -> Option<(Duration, Duration)> {
    let (every, length) = text.split_once(':')?;
    let (every, length) = (period(every)?, period(length)?);
    (length < every).then_some((every, length))
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Loss(percent) => write!(f, "loss={percent}"),
            Self::UdpLoss(percent) => write!(f, "udp-loss={percent}"),
            Self::Reorder(percent) => write!(f, "reorder={percent}"),
            Self::Duplicate(percent) => write!(f, "duplicate={percent}"),
            Self::Stall { after, length } => {
                write!(f, "stall={}:{}", after.as_secs_f64(), length.as_secs_f64())
            }
            Self::Close(every) => write!(f, "close={}", every.as_secs_f64()),
            Self::RejectAuth => f.write_str("reject-auth"),
            Self::NoRtptime => f.write_str("no-rtptime"),
            Self::ClockOffset(offset_ms) => write!(f, "clock-offset={}", *offset_ms as f64 / 1_000.0),
            Self::ResolutionChange(every) => write!(f, "resolution-change={}", every.as_secs_f64()),
            Self::NoSenderReports => f.write_str("no-sr"),
            Self::NoDiscovery => f.write_str("no-discovery"),
            Self::NoIpv4Multicast => f.write_str("no-ipv4-multicast"),
            Self::DiscoveryDelay(most) => write!(f, "discovery-delay={}", most.as_secs_f64()),
            Self::NoMedia2 => f.write_str("no-media2"),
            Self::NoOnvif => f.write_str("no-onvif"),
            Self::ConnectionLimit(sessions) => write!(f, "connection-limit={sessions}"),
            Self::DeadAfterSetup => f.write_str("dead-after-setup"),
            Self::SessionNotFound => f.write_str("session-not-found"),
            Self::AudioOnly => f.write_str("audio-only"),
            Self::LongGop(length) => write!(f, "long-gop={}", length.as_secs_f64()),
            Self::Tamper { every, length } => {
                write!(f, "tamper={}:{}", every.as_secs_f64(), length.as_secs_f64())
            }
            Self::Motion { every, length } => {
                write!(f, "motion={}:{}", every.as_secs_f64(), length.as_secs_f64())
            }
            Self::Input { every, length } => {
                write!(f, "input={}:{}", every.as_secs_f64(), length.as_secs_f64())
            }
            Self::Freeze { every, length } => {
                write!(f, "freeze={}:{}", every.as_secs_f64(), length.as_secs_f64())
            }
            Self::Cover { every, length } => {
                write!(f, "cover={}:{}", every.as_secs_f64(), length.as_secs_f64())
            }
            Self::EventLife(life) => write!(f, "event-life={}", life.as_secs_f64()),
            Self::EventReference => f.write_str("event-reference"),
            Self::NoFocus => f.write_str("no-focus"),
            Self::Tls => f.write_str("tls"),
            Self::Rtsps => f.write_str("rtsps"),
        }
    }
}

/// All faults of a camera, one answer per question; of two faults of the same kind the last one counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn new(faults: Vec<Fault>) -> Self {
        Self(faults)
    }

    fn last<T>(&self, pick: impl Fn(&Fault) -> Option<T>) -> Option<T> {
        self.0.iter().rev().find_map(pick)
    }

    /// Share of RTP packets to drop, 0..=1.
    pub(crate) fn loss(&self) -> f64 {
        self.last(|f| if let Fault::Loss(percent) = f { Some(percent / 100.0) } else { None }).unwrap_or(0.0)
    }

    /// Share of RTP packets over UDP to drop, 0..=1.
    pub(crate) fn udp_loss(&self) -> f64 {
        self.last(|f| if let Fault::UdpLoss(percent) = f { Some(percent / 100.0) } else { None })
            .unwrap_or(0.0)
    }

    /// Share of RTP packets to let the next one overtake, 0..=1.
    pub(crate) fn reorder(&self) -> f64 {
        self.last(|f| if let Fault::Reorder(percent) = f { Some(percent / 100.0) } else { None })
            .unwrap_or(0.0)
    }

    /// Share of RTP packets to send twice, 0..=1.
    pub(crate) fn duplicate(&self) -> f64 {
        self.last(|f| if let Fault::Duplicate(percent) = f { Some(percent / 100.0) } else { None })
            .unwrap_or(0.0)
    }

    /// Whether media is silent `since_play` after PLAY.
    pub(crate) fn stalls_at(&self, since_play: Duration) -> bool {
        self.0.iter().any(|fault| match fault {
            Fault::Stall { after, length } => (*after..*after + *length).contains(&since_play),
            _ => false,
        })
    }

    pub(crate) fn close_after(&self) -> Option<Duration> {
        self.last(|f| if let Fault::Close(every) = f { Some(*every) } else { None })
    }

    pub(crate) fn rejects_auth(&self) -> bool {
        self.0.contains(&Fault::RejectAuth)
    }

    pub(crate) fn omits_rtptime(&self) -> bool {
        self.0.contains(&Fault::NoRtptime)
    }

    pub(crate) fn omits_sender_reports(&self) -> bool {
        self.0.contains(&Fault::NoSenderReports)
    }

    pub(crate) fn hides_from_discovery(&self) -> bool {
        self.0.contains(&Fault::NoDiscovery)
    }

    pub(crate) fn hides_from_ipv4_group(&self) -> bool {
        self.0.contains(&Fault::NoIpv4Multicast)
    }

    /// The most that an answer to a probe waits.
    pub(crate) fn discovery_delay(&self) -> Option<Duration> {
        self.last(|f| if let Fault::DiscoveryDelay(most) = f { Some(*most) } else { None })
    }

    pub(crate) fn omits_media2(&self) -> bool {
        self.0.contains(&Fault::NoMedia2)
    }

    pub(crate) fn hides_onvif(&self) -> bool {
        self.0.contains(&Fault::NoOnvif)
    }

    pub(crate) fn connection_limit(&self) -> Option<u16> {
        self.last(|f| if let Fault::ConnectionLimit(sessions) = f { Some(*sessions) } else { None })
    }

    pub(crate) fn is_dead_after_setup(&self) -> bool {
        self.0.contains(&Fault::DeadAfterSetup)
    }

    pub(crate) fn forgets_sessions(&self) -> bool {
        self.0.contains(&Fault::SessionNotFound)
    }

    pub(crate) fn has_no_video(&self) -> bool {
        self.0.contains(&Fault::AudioOnly)
    }

    pub(crate) fn gop(&self) -> Option<Duration> {
        self.last(|f| if let Fault::LongGop(length) = f { Some(*length) } else { None })
    }

    /// Whether the camera is tampered with `since` it was started.
    pub(crate) fn is_tampered_at(&self, since: Duration) -> bool {
        let part =
            |f: &Fault| if let Fault::Tamper { every, length } = f { Some((*every, *length)) } else { None };
        self.last(part).is_some_and(|part| is_at_the_end(part, since))
    }

    /// Whether anything moves `since` the camera was started; none where that is left to the scene.
    pub(crate) fn moves_at(&self, since: Duration) -> Option<bool> {
        let part =
            |f: &Fault| if let Fault::Motion { every, length } = f { Some((*every, *length)) } else { None };
        self.last(part).map(|part| is_at_the_end(part, since))
    }

    /// Whether the digital input is closed `since` the camera was started.
    pub(crate) fn closes_input_at(&self, since: Duration) -> bool {
        let part =
            |f: &Fault| if let Fault::Input { every, length } = f { Some((*every, *length)) } else { None };
        self.last(part).is_some_and(|part| is_at_the_end(part, since))
    }

    /// Whether pictures repeat `since` the camera was started.
    pub(crate) fn freezes_at(&self, since: Duration) -> bool {
        let part =
            |f: &Fault| if let Fault::Freeze { every, length } = f { Some((*every, *length)) } else { None };
        self.last(part).is_some_and(|part| is_at_the_end(part, since))
    }

    /// Whether the lens is covered `since` the camera was started.
    pub(crate) fn covers_at(&self, since: Duration) -> bool {
        let part =
            |f: &Fault| if let Fault::Cover { every, length } = f { Some((*every, *length)) } else { None };
        self.last(part).is_some_and(|part| is_at_the_end(part, since))
    }

    pub(crate) fn event_life(&self) -> Option<Duration> {
        self.last(|f| if let Fault::EventLife(life) = f { Some(*life) } else { None })
    }

    pub(crate) fn names_events_by_reference(&self) -> bool {
        self.0.contains(&Fault::EventReference)
    }

    pub(crate) fn has_a_fixed_lens(&self) -> bool {
        self.0.contains(&Fault::NoFocus)
    }

    pub(crate) fn speaks_tls(&self) -> bool {
        self.0.contains(&Fault::Tls)
    }

    /// How the URLs of HTTP and ONVIF begin.
    pub(crate) fn http_scheme(&self) -> &'static str {
        if self.speaks_tls() { "https" } else { "http" }
    }

    pub(crate) fn speaks_rtsps(&self) -> bool {
        self.0.contains(&Fault::Rtsps)
    }

    /// How the URLs of streams begin.
    pub(crate) fn rtsp_scheme(&self) -> &'static str {
        if self.speaks_rtsps() { "rtsps" } else { "rtsp" }
    }

    pub(crate) fn clock_offset_ms(&self) -> i64 {
        self.last(|f| if let Fault::ClockOffset(ms) = f { Some(*ms) } else { None }).unwrap_or(0)
    }

    pub(crate) fn resolution_change(&self) -> Option<Duration> {
        self.last(|f| if let Fault::ResolutionChange(every) = f { Some(*every) } else { None })
    }
}

/// Whether a moment lies in the last part of its period.
fn is_at_the_end((every, length): (Duration, Duration), since: Duration) -> bool {
    since.as_nanos() % every.as_nanos() >= every.saturating_sub(length).as_nanos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_survives_its_written_form() {
        for spec in [
            "loss=2.5",
            "udp-loss=20",
            "reorder=1",
            "duplicate=0.5",
            "stall=10:30",
            "close=7.5",
            "reject-auth",
            "no-rtptime",
            "clock-offset=-3600",
            "clock-offset=0.25",
            "resolution-change=12",
            "no-sr",
            "no-discovery",
            "no-ipv4-multicast",
            "discovery-delay=0.5",
            "no-media2",
            "no-onvif",
            "connection-limit=1",
            "dead-after-setup",
            "session-not-found",
            "audio-only",
            "long-gop=7.5",
            "tamper=30:4.5",
            "motion=20:6",
            "input=20:5",
            "freeze=60:40",
            "cover=90:20.5",
            "event-life=3",
            "event-reference",
            "no-focus",
            "tls",
            "rtsps",
        ] {
            assert_eq!(spec.parse::<Fault>().unwrap().to_string(), spec);
        }
    }

    #[test]
    fn nonsense_is_refused_with_the_grammar() {
        for spec in [
            "",
            "loss",
            "loss=",
            "loss=-1",
            "loss=101",
            "loss=NaN",
            "reorder=-1",
            "duplicate=200",
            "stall=1",
            "stall=1:0",
            "close=0",
            "close=1e300",
            "clock-offset=inf",
            "reject-auth=1",
            "No-SR",
            "resolution-change=0",
            "discovery-delay=-1",
            "connection-limit=-1",
            "connection-limit=",
            "long-gop=0",
            "long-gop=1e9",
            "tamper=5",
            "tamper=5:5",
            "motion=5",
            "input=5:0",
            "freeze=40",
            "cover=5:6",
            "event-life=0",
            "tls=1",
        ] {
            let error = spec.parse::<Fault>().unwrap_err().to_string();
            assert!(error.contains("resolution-change=EVERY_S"), "{error}");
        }
    }

    #[test]
    fn the_last_of_a_kind_counts() {
        let faults = Faults::new(vec![Fault::Loss(50.0), Fault::Loss(1.0)]);
        assert!((faults.loss() - 0.01).abs() < 1e-9);
        assert!(!faults.rejects_auth());
    }

    #[test]
    fn a_stall_has_a_beginning_and_an_end() {
        let faults = Faults::new(vec!["stall=2:3".parse().unwrap()]);
        let stalled = [0, 1, 2, 4, 5].map(|s| faults.stalls_at(Duration::from_secs(s)));
        assert_eq!(stalled, [false, false, true, true, false]);
    }

    #[test]
    fn signals_come_at_the_end_of_their_periods() {
        let faults = ["tamper=10:3", "input=4:1", "freeze=10:3", "cover=4:1"];
        let faults = Faults::new(faults.map(|fault| fault.parse().unwrap()).into());
        let at = |s| {
            let since = Duration::from_secs(s);
            let (every_10, every_4) = (faults.is_tampered_at(since), faults.closes_input_at(since));
            assert_eq!((faults.freezes_at(since), faults.covers_at(since)), (every_10, every_4));
            (every_10, every_4)
        };
        assert_eq!(
            [0, 3, 6, 7, 9, 10, 17].map(at),
            [
                (false, false),
                (false, true),
                (false, false),
                (true, true),
                (true, false),
                (false, false),
                (true, false),
            ]
        );
    }
}

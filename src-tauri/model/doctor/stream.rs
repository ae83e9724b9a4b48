//! Owns what the login and the streams say. Must not know the network below.

use super::{Cause, Finding, Found, State, Step};
use crate::address::StreamUrl;
use crate::camera::Role;
use crate::error::{Error, Kind};
use crate::text::from_device;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// From this on the distance of key pictures is long: a viewer waits that long for its first picture, and so much can
/// be lost with one packet.
pub const GOP_LONG_MS: u64 = 5_000;

/// What came of the login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// It was right.
    Accepted,
    /// None was asked for.
    NotNeeded,
    /// It was wrong.
    Refused,
    /// It was refused before, and was kept back, since cameras lock accounts.
    NotSent,
    /// One is asked for and none was given.
    Missing,
    /// Only Basic is offered, which would show the password to the network.
    BasicOnly,
    /// Only ways to log in are offered that are not known here.
    SchemeUnknown,
}

/// Whether an answer led to another address (RFC 9110 §15.4, RFC 2326 §11.2).
fn leads_elsewhere(error: &Error) -> bool {
    error.fact("status").is_some_and(|status| status.len() == 3 && status.starts_with('3'))
}

impl Login {
    /// What an attempt that ended so says of the login; none when it says nothing.
    pub fn of(outcome: Result<(), &Error>, sent: bool) -> Option<Self> {
        let Err(error) = outcome else {
            return Some(if sent { Self::Accepted } else { Self::NotNeeded });
        };
        match error.kind() {
            Kind::Unauthorized => Some(if sent { Self::Refused } else { Self::Missing }),
            Kind::Refused if leads_elsewhere(error) => None,
            // Of a stream: after the camera named the ways it takes a login.
            Kind::Refused if error.fact("login") == Some("unknown") => Some(Self::SchemeUnknown),
            Kind::Refused => Some(Self::BasicOnly),
            _ => None,
        }
    }

    /// Whether trying anything else with it would be of use.
    pub const fn opens(&self) -> bool {
        matches!(self, Self::Accepted | Self::NotNeeded)
    }
}

/// What was seen of one stream.
#[derive(Debug, Default)]
pub struct Watched {
    /// Path and query of its address.
    pub path: String,
    /// Why it did not play, if so. Its fact `phase` says how far it came, `status` what the server said.
    pub error: Option<Error>,
    /// A running pull was looked at.
    pub was_playing: bool,
    /// Codec and size of the first key picture, and how long it took, in milliseconds.
    pub key: Option<(String, u64)>,
    /// Whether it could be decoded, and why not.
    pub decoded: Option<Result<(), String>>,
    /// Milliseconds to the second key picture, or how long was waited in vain.
    pub gop_ms: Option<Result<u64, u64>>,
}

/// What the login says.
pub fn login(login: Option<&Login>, user: &str) -> Finding {
    let finding = |state, found| Finding::new(Step::Login, state, found);
    match login {
        Some(Login::Accepted) => finding(State::Passed, Found::LoginAccepted).with("user", user),
        Some(Login::NotNeeded) => finding(State::Passed, Found::LoginNotNeeded),
        Some(Login::Refused) => {
            finding(State::Failed, Found::LoginRefused).with("user", user).advise(Cause::WrongPassword)
        }
        Some(Login::NotSent) => {
            finding(State::Failed, Found::LoginNotSent).with("user", user).advise(Cause::WrongPassword)
        }
        Some(Login::Missing) => finding(State::Failed, Found::LoginMissing).advise(Cause::LoginMissing),
        Some(Login::BasicOnly) => finding(State::Failed, Found::LoginBasicOnly).advise(Cause::BasicOnly),
        Some(Login::SchemeUnknown) => {
            finding(State::Failed, Found::LoginSchemeUnknown).advise(Cause::LoginSchemeUnknown)
        }
        None => finding(State::Unknown, Found::LoginUntested),
    }
}

/// What the media profiles say: their names and sizes, or why there are none.
pub fn profiles(read: Result<&[String], &Error>) -> Finding {
    let finding = |state, found| Finding::new(Step::Profiles, state, found);
    match read {
        Ok(names) => finding(State::Passed, Found::ProfilesRead).with("names", names.join(", ")),
        Err(error) if error.kind().is_certificate() => certificate(Step::Profiles, State::Warning, error),
        Err(error) => finding(State::Warning, Found::ProfilesFaulty)
            .with("reason", error.message())
            .advise(Cause::OnvifFault),
    }
}

/// Nothing tells where the streams are.
pub fn no_stream() -> Finding {
    Finding::new(Step::Describe, State::Unknown, Found::NoStreamKnown)
}

/// What a stream says, one step after the other up to the first that failed.
pub fn stream(role: Role, facts: &Watched) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut tell = |finding: Finding| found.push(finding.of(role));
    let passed = |step, what| Finding::new(step, State::Passed, what);
    if let Some(error) = &facts.error {
        let failure = failure(facts, error);
        if failure.step > Step::Describe {
            tell(passed(Step::Describe, Found::Described));
        }
        if failure.step > Step::Setup {
            tell(passed(Step::Setup, Found::SetUp));
        }
        tell(failure);
        return found;
    }
    tell(passed(Step::Describe, Found::Described));
    tell(passed(Step::Setup, if facts.was_playing { Found::PlaysAlready } else { Found::SetUp }));
    if let Some((what, ms)) = &facts.key {
        tell(passed(Step::KeyFrame, Found::KeyFrameCame).with("video", what).with("seconds", seconds(*ms)));
    }
    match &facts.decoded {
        Some(Ok(())) => tell(passed(Step::Decoder, Found::Decoded)),
        Some(Err(reason)) => tell(
            Finding::new(Step::Decoder, State::Failed, Found::NotDecoded)
                .with("reason", reason)
                .advise(Cause::NoDecoder),
        ),
        None => {}
    }
    let warned = |what, ms| {
        Finding::new(Step::Gop, State::Warning, what).with("seconds", seconds(ms)).advise(Cause::LongGop)
    };
    match facts.gop_ms {
        Some(Ok(ms)) if ms >= GOP_LONG_MS => tell(warned(Found::GopLong, ms)),
        Some(Ok(ms)) => tell(passed(Step::Gop, Found::GopShort).with("seconds", seconds(ms))),
        Some(Err(ms)) if ms >= GOP_LONG_MS => tell(warned(Found::GopLonger, ms)),
        _ => tell(Finding::new(Step::Gop, State::Unknown, Found::GopUnknown)),
    }
    found
}

/// What both streams at a time say: the second one failed beside the first and played without it, or it did not fail.
pub fn connections(both: bool) -> Finding {
    if both {
        Finding::new(Step::Connections, State::Passed, Found::BothPlay)
    } else {
        Finding::new(Step::Connections, State::Failed, Found::OneAtATime).advise(Cause::ConnectionLimit)
    }
}

/// Nothing was asked, since the certificate is not believed.
fn certificate(step: Step, state: State, error: &Error) -> Finding {
    Finding::new(step, state, Found::CertificateRefused)
        .with("fingerprint", error.fact("fingerprint").unwrap_or_default())
        .advise(Cause::TlsUnknown)
}

fn failure(facts: &Watched, error: &Error) -> Finding {
    let failed = |step, found, cause| Finding::new(step, State::Failed, found).advise(cause);
    let reason = from_device(error.message());
    let seconds = |error: &Error| error.fact("limit_s").or(error.fact("seconds")).unwrap_or("?").to_string();
    let status = error.fact("status").unwrap_or_default();
    let phase = error.fact("phase").unwrap_or("describe");
    if leads_elsewhere(error) {
        return failed(Step::Describe, Found::LeadsElsewhere, Cause::LeadsElsewhere).with("status", status);
    }
    if matches!(error.kind(), Kind::Unauthorized | Kind::Refused) {
        // The step before says what to do.
        return Finding::new(Step::Describe, State::Unknown, Found::DescribeFailed).with("reason", reason);
    }
    if error.kind().is_certificate() {
        return certificate(Step::Describe, State::Failed, error);
    }
    match (phase, status) {
        // RFC 2326 §11.3.6, §7.1.1: what servers say that are full.
        (_, "453" | "503") => {
            let step = if phase == "describe" { Step::Describe } else { Step::Setup };
            failed(step, Found::NoRoom, Cause::ConnectionLimit).with("status", status)
        }
        (_, "454") => failed(Step::Setup, Found::SessionForgotten, Cause::SessionNotFound),
        ("describe", _) => {
            match error.kind() {
                Kind::NotFound => {
                    failed(Step::Describe, Found::PathUnknown, Cause::WrongPath).with("path", &facts.path)
                }
                Kind::Unsupported => match error.fact("offered") {
                    Some(offered) if !offered.contains("video/") && offered.contains("audio/") => {
                        failed(Step::Describe, Found::OnlyAudio, Cause::AudioOnly).with("offered", offered)
                    }
                    Some(offered) => failed(Step::Describe, Found::CodecUnknown, Cause::CodecUnknown)
                        .with("offered", offered),
                    None => failed(Step::Describe, Found::DescribeFailed, Cause::StreamFault)
                        .with("reason", reason),
                },
                Kind::Timeout | Kind::Unreachable => {
                    failed(Step::Describe, Found::DescribeFailed, Cause::RtspSilent).with("reason", reason)
                }
                _ => failed(Step::Describe, Found::DescribeFailed, Cause::StreamFault).with("reason", reason),
            }
        }
        ("play" | "stream", "") if error.kind() == Kind::Timeout => {
            failed(Step::KeyFrame, Found::NothingCame, Cause::DeadAfterSetup).with("seconds", seconds(error))
        }
        ("play" | "stream", "") if error.kind() == Kind::Unreachable => {
            failed(Step::KeyFrame, Found::KeyFrameFailed, Cause::DeadAfterSetup).with("reason", reason)
        }
        ("stream", _) => {
            failed(Step::KeyFrame, Found::KeyFrameFailed, Cause::StreamFault).with("reason", reason)
        }
        _ => failed(Step::Setup, Found::SetupFailed, Cause::StreamFault).with("reason", reason),
    }
}

fn seconds(ms: u64) -> String {
    format!("{}.{}", ms / 1000, ms / 100 % 10)
}

/// Path and query of a stream's address, for people.
pub(super) fn path_of(url: &StreamUrl) -> String {
    let shown = url.to_string();
    let rest = shown.split_once("://").map_or(shown.as_str(), |(_, rest)| rest);
    rest.find('/').map_or_else(String::new, |at| from_device(&rest[at..]))
}

impl Watched {
    /// Of the stream at this address nothing has been seen yet.
    pub fn at(url: &StreamUrl) -> Self {
        Self { path: path_of(url), ..Self::default() }
    }
}

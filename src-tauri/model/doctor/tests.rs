//! Tests of the doctor's reasoning, without anything that could be looked at.

use super::*;
use crate::certificate::CertificateFingerprint;
use crate::secret::Credentials;
use alloc::borrow::ToOwned;
use alloc::vec;

fn port(number: u16, state: PortState, speech: Option<Speech>) -> Port {
    Port { number, state, speech }
}

fn rtsp(number: u16) -> Port {
    port(number, PortState::Open, Some(Speech::Rtsp))
}

fn http(number: u16) -> Port {
    port(number, PortState::Open, Some(Speech::Http("Webs".to_owned())))
}

fn subject(text: &str) -> Subject {
    Subject::parse(text).expect(text).0
}

fn answers(clock_offset_ms: Option<i64>) -> Onvif {
    let url = StreamUrl::parse("http://192.0.2.7/onvif/device_service").expect("valid");
    Onvif::Answers { url, clock_offset_ms }
}

fn broken(kind: Kind, facts: &[(&'static str, &str)]) -> Watched {
    let error = facts.iter().fold(Error::new(kind, "staged"), |error, (key, value)| error.with(key, value));
    let url = StreamUrl::parse("rtsp://192.0.2.7/live?channel=1&password=x").expect("valid");
    Watched { error: Some(error), ..Watched::at(&url) }
}

#[test]
fn what_people_type_is_understood() {
    let read = |text: &str| {
        let subject = subject(text);
        (subject.host, subject.port, subject.streams.len())
    };
    assert_eq!(read(" 192.0.2.7 "), ("192.0.2.7".to_owned(), None, 0));
    assert_eq!(read("192.0.2.7:8554"), ("192.0.2.7".to_owned(), Some(8554), 0));
    assert_eq!(read("cam-1.lan"), ("cam-1.lan".to_owned(), None, 0));
    assert_eq!(read("fe80::1"), ("fe80::1".to_owned(), None, 0));
    assert_eq!(read("[fe80::1]"), ("fe80::1".to_owned(), None, 0));
    assert_eq!(read("[fe80::1]:554"), ("fe80::1".to_owned(), Some(554), 0));
    assert_eq!(read("rtsp://192.0.2.7/main"), ("192.0.2.7".to_owned(), Some(554), 1));
    assert_eq!(read("http://192.0.2.7:8080/"), ("192.0.2.7".to_owned(), Some(8080), 0));
    let (subject, login) = Subject::parse("rtsp://ana:p%40@192.0.2.7/main").expect("valid");
    assert_eq!(subject.streams[0].1.as_str(), "rtsp://192.0.2.7/main");
    assert_eq!(login, Some(Credentials::new("ana", "p@")));
    for bad in ["", "a b", "ana:pw@host", "host/path", "host?x", "file:///etc/passwd", "h:99999", "[::1"] {
        assert!(Subject::parse(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn the_way_and_the_link() {
    let way = |via| Route {
        via,
        interface: Some("eth0".to_owned()),
        source: Some([192, 0, 2, 1].into()),
        networks: vec!["192.0.2.0/24".to_owned()],
    };
    assert_eq!(route(Some(&way(Via::Link))).advice, None);
    assert_eq!(route(Some(&way(Via::Nowhere))).advice, Some(Cause::OtherSubnet));
    let link = Some(Via::Link);
    let silent = [port(554, PortState::Silent, None)];
    assert_eq!(neighbour(link, &Neighbour::Missing, &silent).advice, Some(Cause::HostGone));
    // A port that answered is stronger than the table.
    assert_eq!(neighbour(link, &Neighbour::Missing, &[rtsp(554)]).advice, None);
    assert_eq!(neighbour(link, &Neighbour::Unknown, &silent).state, State::Unknown);
    let any = subject("192.0.2.7");
    assert_eq!(ports(&any, link, &silent).advice, Some(Cause::HostSilent));
    assert_eq!(ports(&any, Some(Via::Gateway(None)), &silent).advice, Some(Cause::OtherSubnet));
    let refused = port(80, PortState::Refused, None);
    assert_eq!(ports(&any, link, core::slice::from_ref(&refused)).advice, Some(Cause::NoCameraPort));
    let named = subject("192.0.2.7:80");
    assert_eq!(ports(&named, link, &[refused, rtsp(8554)]).advice, Some(Cause::WrongPort));
    assert_eq!(ports(&named, link, &[http(80), rtsp(8554)]).advice, None);
}

#[test]
fn servers_and_discovery() {
    let fingerprint = CertificateFingerprint([0xab; 32]);
    let tls = |trusted| port(443, PortState::Open, Some(Speech::Tls(Tls { trusted, fingerprint })));
    assert_eq!(web(&[tls(false)], None).advice, Some(Cause::TlsUnknown));
    assert_eq!(web(&[tls(true)], None).advice, None);
    assert_eq!(web(&[http(80), tls(false)], None).advice, None);
    // What the user accepted counts, and nothing else beside it.
    assert_eq!(web(&[tls(false)], Some(fingerprint)).advice, None);
    let other = Some(CertificateFingerprint([0xac; 32]));
    for trusted in [false, true] {
        let changed = web(&[tls(trusted)], other);
        assert_eq!((changed.found, changed.advice), (Found::WebTlsChanged, Some(Cause::TlsUnknown)));
    }
    let any = subject("192.0.2.7");
    assert_eq!(onvif(&any, &Onvif::Absent, &[http(80)]).advice, Some(Cause::NotACamera));
    assert_eq!(onvif(&any, &Onvif::Absent, &[rtsp(554)]).advice, Some(Cause::OnvifDisabled));
    assert_eq!(onvif(&any, &answers(None), &[http(80)]).advice, None);
    let mjpeg = StreamUrl::parse("http://192.0.2.7/mjpeg").expect("valid");
    let over_http = Subject { streams: vec![(Role::Main, mjpeg)], ..any };
    assert_eq!(onvif(&over_http, &Onvif::Absent, &[http(80)]).advice, None);
    let rtsps = StreamUrl::parse("rtsps://192.0.2.7/main").expect("valid");
    let over_tls = Subject { streams: vec![(Role::Main, rtsps)], ..over_http };
    assert_eq!(onvif(&over_tls, &Onvif::Absent, &[tls(false)]).advice, None);
    let heard = |multicast, unicast| Heard { multicast, unicast };
    let by = |via, heard| multicast(Some(via), heard, &answers(None)).advice;
    assert_eq!(by(Via::Link, heard(true, true)), None);
    assert_eq!(by(Via::Link, heard(false, true)), Some(Cause::MulticastBlocked));
    assert_eq!(by(Via::Link, heard(false, false)), Some(Cause::DiscoveryOff));
    assert_eq!(by(Via::Gateway(None), heard(false, true)), None);
    assert_eq!(multicast(Some(Via::Link), heard(false, false), &Onvif::Absent).advice, None);
}

#[test]
fn clocks() {
    let of = |ms| {
        let finding = clock(&answers(Some(ms)));
        (finding.params[0].1.clone(), finding.advice)
    };
    assert_eq!(of(400), ("+0.4 s".to_owned(), None));
    assert_eq!(of(-59_000), ("-59.0 s".to_owned(), None));
    assert_eq!(of(86_400_400), ("+1 d 0 h".to_owned(), Some(Cause::ClockWrong)));
    assert_eq!(of(-12_000_000), ("-3 h 20 min".to_owned(), Some(Cause::ClockWrong)));
    assert_eq!(of(125_000), ("+2 min 5 s".to_owned(), Some(Cause::ClockWrong)));
    assert_eq!(clock(&answers(None)).state, State::Unknown);
}

#[test]
fn logins() {
    let of = |kind: Option<Kind>, sent| {
        let error = kind.map(|kind| Error::new(kind, "staged"));
        let known = Login::of(error.as_ref().map_or(Ok(()), Err), sent);
        login(known.as_ref(), "ana").advice
    };
    assert_eq!(of(None, true), None);
    assert_eq!(of(Some(Kind::Unauthorized), true), Some(Cause::WrongPassword));
    assert_eq!(of(Some(Kind::Unauthorized), false), Some(Cause::LoginMissing));
    assert_eq!(of(Some(Kind::Refused), true), Some(Cause::BasicOnly));
    assert_eq!(of(Some(Kind::Timeout), true), None);
    let refused = |fact, value| {
        let error = Error::new(Kind::Refused, "staged").with(fact, value);
        Login::of(Err(&error), true)
    };
    assert_eq!(refused("status", "301"), None, "nothing was said of the login");
    assert_eq!(refused("status", "401"), Some(Login::BasicOnly));
    assert_eq!(refused("login", "unknown"), Some(Login::SchemeUnknown));
    assert_eq!(login(Some(&Login::SchemeUnknown), "ana").advice, Some(Cause::LoginSchemeUnknown));
}

#[test]
fn a_stream_ends_at_its_first_fault() {
    for (watched, step, cause) in [
        (
            broken(Kind::UntrustedCertificate, &[("phase", "describe"), ("fingerprint", "AB:CD")]),
            Step::Describe,
            Cause::TlsUnknown,
        ),
        (
            broken(Kind::NotFound, &[("phase", "describe"), ("status", "404")]),
            Step::Describe,
            Cause::WrongPath,
        ),
        (broken(Kind::Timeout, &[("phase", "describe")]), Step::Describe, Cause::RtspSilent),
        (
            broken(Kind::Refused, &[("phase", "describe"), ("status", "301")]),
            Step::Describe,
            Cause::LeadsElsewhere,
        ),
        (
            broken(Kind::Unsupported, &[("phase", "describe"), ("offered", "audio/pcmu")]),
            Step::Describe,
            Cause::AudioOnly,
        ),
        (
            broken(Kind::Unsupported, &[("phase", "describe"), ("offered", "video/h266,audio/pcmu")]),
            Step::Describe,
            Cause::CodecUnknown,
        ),
        (
            broken(Kind::Protocol, &[("phase", "setup"), ("status", "453")]),
            Step::Setup,
            Cause::ConnectionLimit,
        ),
        (
            broken(Kind::Protocol, &[("phase", "describe"), ("status", "503")]),
            Step::Describe,
            Cause::ConnectionLimit,
        ),
        (
            broken(Kind::Protocol, &[("phase", "play"), ("status", "454")]),
            Step::Setup,
            Cause::SessionNotFound,
        ),
        (
            broken(Kind::Timeout, &[("phase", "play"), ("limit_s", "10")]),
            Step::KeyFrame,
            Cause::DeadAfterSetup,
        ),
        (broken(Kind::Unreachable, &[("phase", "stream")]), Step::KeyFrame, Cause::DeadAfterSetup),
        (broken(Kind::Protocol, &[("phase", "stream")]), Step::KeyFrame, Cause::StreamFault),
        (
            broken(Kind::Unsupported, &[("phase", "setup"), ("status", "461")]),
            Step::Setup,
            Cause::StreamFault,
        ),
    ] {
        let found = stream(Role::Main, &watched);
        let last = found.last().expect("something is told");
        assert_eq!((last.step, last.advice), (step, Some(cause)), "{watched:?}");
        assert!(found.iter().rev().skip(1).all(|before| before.state == State::Passed && before.step < step));
    }
    let path = stream(Role::Main, &broken(Kind::NotFound, &[("phase", "describe")]))[0].params[0].1.clone();
    assert_eq!(path, "/live?channel=1&password=***");
}

#[test]
fn a_stream_that_plays_is_judged_by_its_pictures() {
    let of = |decoded: core::result::Result<(), &str>, gop_ms| {
        let watched = Watched {
            key: Some(("H.265 640×360".to_owned(), 400)),
            decoded: Some(decoded.map_err(ToOwned::to_owned)),
            gop_ms: Some(gop_ms),
            ..Watched::default()
        };
        verdict(&stream(Role::Sub, &watched)).advice
    };
    assert_eq!(of(Ok(()), Ok(2000)), Some(Cause::Healthy));
    assert_eq!(of(Ok(()), Ok(8000)), Some(Cause::LongGop));
    assert_eq!(of(Ok(()), Err(12_000)), Some(Cause::LongGop));
    assert_eq!(of(Ok(()), Err(700)), Some(Cause::Healthy));
    assert_eq!(of(Err("4:2:2"), Ok(8000)), Some(Cause::NoDecoder));
}

#[test]
fn the_verdict_is_what_is_to_be_mended_first() {
    let of = |causes: &[Cause]| {
        let findings: Vec<Finding> = causes
            .iter()
            .map(|cause| Finding::new(Step::Gop, State::Warning, Found::GopLong).advise(*cause))
            .collect();
        let verdict = verdict(&findings);
        (verdict.advice, verdict.state)
    };
    assert_eq!(of(&[]), (Some(Cause::Healthy), State::Passed));
    assert_eq!(of(&[Cause::LongGop, Cause::ClockWrong]), (Some(Cause::ClockWrong), State::Warning));
    assert_eq!(of(&[Cause::OnvifDisabled, Cause::WrongPath]), (Some(Cause::WrongPath), State::Failed));
}

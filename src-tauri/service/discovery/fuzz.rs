//! Mutated WS-Discovery (R11): whatever a datagram holds, what is taken from it is within its limits, fit to be shown and
//! at the host that sent it.

use super::probe_match::{self, Announcement, Notice};
use atalaya_fuzz::Target;
use atalaya_model::Kind;
use atalaya_model::text::excerpt;
use std::net::{IpAddr, Ipv4Addr};
use uuid::Uuid;

const WS_DISCOVERY: Target = Target {
    name: "ws-discovery",
    tokens: &[
        b"<",
        b">",
        b"/>",
        b"</",
        b"&",
        b"%",
        b"%E2%80%AE",
        b"%00",
        b"+",
        b" ",
        b"\xff",
        b"<!DOCTYPE a>",
        b"urn:uuid:",
        b"00000000-0000-0000-0000-000000000007",
        b"00000000-0000-0000-0000-000000000000",
        b"dn:NetworkVideoTransmitter",
        b"dn:NetworkVideoStorage ",
        b"onvif://www.onvif.org/name/",
        b"onvif://www.onvif.org/mfr/x ",
        b"http://192.0.2.7/onvif ",
        b"https://192.0.2.7:8443/onvif ",
        b"http://10.9.9.9:81/a ",
        b"http://[fe80::1]/ ",
        b"http://a:b@192.0.2.7/ ",
        b"<ProbeMatch>",
        b"</ProbeMatch>",
        b"<Hello>",
        b"<Bye>",
        b"<XAddrs>",
        b"<Scopes>",
    ],
    max_bytes: 64 << 10,
};
const ASKED: Uuid = Uuid::from_u128(7);
const HOST: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

fn check(found: &Announcement) {
    assert_eq!(found.host, HOST);
    assert!(found.urls.len() <= 32, "{}", found.urls.len());
    for url in &found.urls {
        assert!(matches!(url.scheme(), "http" | "https") && url.host() == "192.0.2.7", "{url}");
    }
    for text in [&found.name, &found.hardware, &found.vendor].into_iter().flatten() {
        assert!(!text.is_empty() && excerpt(text, 129) == *text, "{text:?}");
    }
    if let Some(endpoint) = &found.endpoint {
        assert_eq!(probe_match::endpoint(endpoint).as_ref(), Some(endpoint), "compared in one form");
    }
}

/// One of each message, with all that is read of it.
fn seeds() -> Vec<Vec<u8>> {
    let about = "<a:EndpointReference><a:Address>urn:uuid:00000000-0000-0000-0000-0000000000AB</a:Address>\
        </a:EndpointReference><d:Types>dn:NetworkVideoTransmitter tds:Device</d:Types>\
        <d:Scopes>onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/name/Front%20door \
        onvif://www.onvif.org/hardware/IPC-1 onvif://www.onvif.org/manufacturer/ACME ldap:///ou=x</d:Scopes>\
        <d:XAddrs>http://192.0.2.7:8000/onvif/device_service http://[fe80::1]/x</d:XAddrs>";
    let envelope = |body: String| {
        format!(
            "<s:Envelope xmlns:s=\"x\"><s:Header><a:RelatesTo>urn:uuid:{ASKED}</a:RelatesTo></s:Header>\
             <s:Body>{body}</s:Body></s:Envelope>"
        )
    };
    let one = format!("<d:ProbeMatch>{about}</d:ProbeMatch>");
    [
        format!("<d:ProbeMatches>{one}</d:ProbeMatches>"),
        format!("<d:ProbeMatches>{}</d:ProbeMatches>", one.repeat(70)),
        format!("<d:Hello>{about}</d:Hello>"),
        format!("<d:Bye>{about}</d:Bye>"),
    ]
    .map(envelope)
    .map(String::into_bytes)
    .to_vec()
}

#[test]
fn no_datagram_does_harm() {
    WS_DISCOVERY.run(seeds(), |input| {
        let matches = match probe_match::parse(input, HOST, &[ASKED]) {
            Ok((probe, found)) => {
                assert!(probe == ASKED && found.len() <= 64, "{}", found.len());
                found.iter().for_each(check);
                let urls = found.iter().map(|it| it.urls.len()).max();
                Ok((found.len().min(3), urls.unwrap_or(0).min(3), found.iter().any(|it| it.records)))
            }
            Err(error) => {
                let kinds = [Kind::NotFound, Kind::Refused, Kind::Protocol];
                assert!(kinds.contains(&error.kind()), "{error:?}");
                Err(error.message().to_owned())
            }
        };
        let notice = match probe_match::notice(input, HOST) {
            Ok(Some(Notice::Hello(announcement))) => {
                check(&announcement);
                "hello"
            }
            Ok(Some(Notice::Bye(endpoint))) => {
                assert_eq!(probe_match::endpoint(&endpoint), Some(endpoint));
                "bye"
            }
            Ok(None) => "other",
            Err(_) => "nothing",
        };
        (matches, notice)
    });
}

//! Owns what WS-Discovery says (April 2005, §5): writing a Probe, reading ProbeMatches.
//! Must not know sockets. A reply is foreign text: what it names is pinned to the address it came from (S3).

use crate::onvif::xml::Element;
use atalaya_model::address::StreamUrl;
pub(crate) use atalaya_model::discovery::endpoint_reference as endpoint;
use atalaya_model::discovery::uuid_in;
use atalaya_model::text::from_device;
use atalaya_model::{Error, Kind, Result};
use std::net::{IpAddr, Ipv4Addr};
use uuid::Uuid;

/// Addresses taken from one match (S9).
const XADDRS_MAX: usize = 32;
/// Matches taken from one reply; a program that speaks for many cameras sends many.
const MATCHES_MAX: usize = 64;
/// Scopes looked at in one match.
const SCOPES_MAX: usize = 64;

/// What a probe asks for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted {
    /// `dn:NetworkVideoTransmitter` (ONVIF Core §7.3.1).
    Transmitter,
    /// `tds:Device` (ONVIF Core §7.3.1), which some devices answer only.
    Device,
    /// Anything, for devices that match no types at all.
    Anything,
}

/// A Probe (WS-Discovery §5.2) of this number.
pub(super) fn probe(message: Uuid, wanted: Wanted) -> String {
    let types = match wanted {
        Wanted::Transmitter => {
            "<d:Types xmlns:dn=\"http://www.onvif.org/ver10/network/wsdl\">dn:NetworkVideoTransmitter</d:Types>"
        }
        Wanted::Device => {
            "<d:Types xmlns:tds=\"http://www.onvif.org/ver10/device/wsdl\">tds:Device</d:Types>"
        }
        Wanted::Anything => "",
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" \
         xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" \
         xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\"><s:Header>\
         <a:Action s:mustUnderstand=\"1\">http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>\
         <a:MessageID>urn:uuid:{message}</a:MessageID>\
         <a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo>\
         <a:To s:mustUnderstand=\"1\">urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header>\
         <s:Body><d:Probe>{types}</d:Probe></s:Body></s:Envelope>"
    )
}

/// A video device that answered a probe.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Announcement {
    /// Where the answer came from.
    pub(super) host: IpAddr,
    /// Its endpoint reference, if it told one.
    pub(super) endpoint: Option<String>,
    /// Its device services at that host, the best to ask first; none of one that answered from an address that counts
    /// on one link only, for no URL can say on which (RFC 3986 §3.2.2).
    pub(super) urls: Vec<StreamUrl>,
    /// The IPv4 addresses that such a one says it has. Nobody has answered there.
    pub(super) says_it_is_at: Vec<Ipv4Addr>,
    /// Name by its scopes (ONVIF Core §7.3.2.2).
    pub(super) name: Option<String>,
    /// Hardware by its scopes.
    pub(super) hardware: Option<String>,
    /// Manufacturer by its scopes; not standard, yet common.
    pub(super) vendor: Option<String>,
    /// Whether it says that it records.
    pub(super) records: bool,
}

/// Which of our probes a reply from `host` answers, and the video devices in it. `NotFound` when it answers none of them.
pub(super) fn parse(datagram: &[u8], host: IpAddr, asked: &[Uuid]) -> Result<(Uuid, Vec<Announcement>)> {
    let envelope = Element::parse(&String::from_utf8_lossy(datagram))?;
    let relates_to = envelope.text_at(&["Header", "RelatesTo"]).and_then(uuid_in);
    let Some(probe) = relates_to.filter(|message| asked.contains(message)) else {
        return Err(Error::new(Kind::NotFound, "a reply to no probe of ours").with("peer", host));
    };
    let matches = envelope.at(&["Body", "ProbeMatches"]);
    let matches = matches.into_iter().flat_map(|matches| matches.children("ProbeMatch")).take(MATCHES_MAX);
    Ok((probe, matches.filter_map(|found| announcement(found, host)).collect()))
}

/// What a device says unasked (WS-Discovery §4).
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Notice {
    /// A video device joins the network.
    Hello(Announcement),
    /// Whoever has this endpoint reference leaves it.
    Bye(String),
}

/// The Hello or Bye in a datagram from `host`; none in any other message.
pub(super) fn notice(datagram: &[u8], host: IpAddr) -> Result<Option<Notice>> {
    let envelope = Element::parse(&String::from_utf8_lossy(datagram))?;
    if let Some(hello) = envelope.at(&["Body", "Hello"]) {
        return Ok(announcement(hello, host).map(Notice::Hello));
    }
    let bye = envelope.text_at(&["Body", "Bye", "EndpointReference", "Address"]);
    Ok(bye.and_then(endpoint).map(Notice::Bye))
}

fn announcement(found: &Element, host: IpAddr) -> Option<Announcement> {
    let types = found.text_at(&["Types"]).unwrap_or_default();
    let scopes: Vec<&str> = found
        .text_at(&["Scopes"])
        .unwrap_or_default()
        .split_whitespace()
        .filter_map(|scope| scope.strip_prefix("onvif://www.onvif.org/"))
        .take(SCOPES_MAX)
        .collect();
    let type_is = |known: &[&str]| {
        types.split_whitespace().any(|name| known.contains(&name.rsplit(':').next().unwrap_or_default()))
    };
    // Computers and printers answer too, to `Device` of another namespace and to probes for anything.
    if !type_is(&["NetworkVideoTransmitter", "NetworkVideoStorage", "NetworkVideoDisplay"])
        && scopes.is_empty()
    {
        return None;
    }
    // The first text under a category that says anything.
    let scope = |categories: &[&str]| {
        scopes.iter().find_map(|scope| {
            let (category, value) = scope.split_once('/')?;
            let value = from_device(&percent_decoded(value));
            (categories.contains(&category.to_ascii_lowercase().as_str()) && !value.is_empty())
                .then_some(value)
        })
    };
    let kinds =
        ["type/networkvideorecorder", "type/network_video_recorder", "type/networkvideostorage", "type/nvr"];
    let records = type_is(&["NetworkVideoStorage"])
        || scopes.iter().any(|scope| kinds.contains(&scope.to_ascii_lowercase().as_str()));
    let xaddrs = found.text_at(&["XAddrs"]).unwrap_or_default();
    let (urls, says_it_is_at) = match host {
        IpAddr::V6(host) if host.is_unicast_link_local() => (Vec::new(), ipv4_in(xaddrs)),
        _ => (urls(xaddrs, host), Vec::new()),
    };
    Some(Announcement {
        host,
        endpoint: found.text_at(&["EndpointReference", "Address"]).and_then(endpoint),
        urls,
        says_it_is_at,
        name: scope(&["name"]),
        hardware: scope(&["hardware"]),
        vendor: scope(&["manufacturer", "mfr"]),
        records,
    })
}

/// The IPv4 addresses in a list of URLs, each once.
fn ipv4_in(xaddrs: &str) -> Vec<Ipv4Addr> {
    let mut addresses: Vec<Ipv4Addr> = Vec::new();
    for url in xaddrs.split_whitespace().take(XADDRS_MAX).filter_map(|xaddr| StreamUrl::parse(xaddr).ok()) {
        if let Ok(address) = url.host().parse()
            && !addresses.contains(&address)
        {
            addresses.push(address);
        }
    }
    addresses
}

/// The device services named, at the host that answered: those it names there itself, else the first named
/// elsewhere, moved (a camera behind NAT, or one with a stale address). HTTP before HTTPS, whose certificates nobody
/// vouches for.
fn urls(xaddrs: &str, host: IpAddr) -> Vec<StreamUrl> {
    let named: Vec<StreamUrl> = xaddrs
        .split_whitespace()
        .take(XADDRS_MAX)
        .filter_map(|xaddr| StreamUrl::parse(xaddr).ok())
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .collect();
    let here = |url: &&StreamUrl| url.host().parse() == Ok(host);
    let mut urls: Vec<StreamUrl> = named.iter().filter(here).cloned().collect();
    if urls.is_empty() {
        // An IPv6 address beside the IPv4 one we asked is the same device's other side, on the same port.
        urls.extend(named.first().map(|url| url.pinned_to(&host.to_string(), None)));
    }
    urls.dedup();
    urls.sort_by_key(|url| url.scheme() == "https");
    urls
}

/// Decodes `%XX` (RFC 3986 §2.1).
fn percent_decoded(text: &str) -> String {
    // A plus is no space in a URI, so form decoding has to be kept from taking it for one.
    let escaped = text.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    url::form_urlencoded::parse(escaped.as_bytes())
        .map(|(key, _)| key.into_owned())
        .next()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: Uuid = Uuid::from_u128(7);
    const HOST: [u8; 4] = [192, 0, 2, 7];
    const ENDPOINT: &str = "urn:uuid:00000000-0000-0000-0000-0000000000AB";

    fn reply(relates_to: &str, types: &str, scopes: &str, xaddrs: &str) -> String {
        format!(
            "<SOAP-ENV:Envelope xmlns:SOAP-ENV=\"x\" xmlns:wsa=\"y\"><SOAP-ENV:Header>\
             <wsa:RelatesTo>{relates_to}</wsa:RelatesTo></SOAP-ENV:Header><SOAP-ENV:Body><w:ProbeMatches>\
             <w:ProbeMatch><wsa:EndpointReference><wsa:Address>{ENDPOINT}</wsa:Address></wsa:EndpointReference>\
             <w:Types>{types}</w:Types><w:Scopes>{scopes}</w:Scopes><w:XAddrs>{xaddrs}</w:XAddrs>\
             </w:ProbeMatch></w:ProbeMatches></SOAP-ENV:Body></SOAP-ENV:Envelope>"
        )
    }

    fn parsed(text: &str) -> Result<Vec<Announcement>> {
        parse(text.as_bytes(), HOST.into(), &[ASKED]).map(|(_, found)| found)
    }

    fn urls_of(xaddrs: &str) -> Vec<String> {
        let found =
            parsed(&reply(&format!("uuid:{ASKED}"), "dn:NetworkVideoTransmitter", "", xaddrs)).unwrap();
        found[0].urls.iter().map(|url| url.as_str().to_owned()).collect()
    }

    #[test]
    fn a_match_is_read_with_any_prefixes() {
        let scopes = "onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/Name/Front%20door%2B1+2 \
                      onvif://www.onvif.org/hardware/IPC-1&amp;2=3 onvif://www.onvif.org/mfr/ACME http://x/y";
        let found = parsed(&reply(
            &format!(" urn:uuid:{ASKED} "),
            "dn:NetworkVideoTransmitter tds:Device",
            scopes,
            "http://192.0.2.7:8000/onvif/device_service",
        ))
        .unwrap();
        let url = StreamUrl::parse("http://192.0.2.7:8000/onvif/device_service").unwrap();
        assert_eq!(
            found,
            [Announcement {
                host: HOST.into(),
                endpoint: Some(ENDPOINT.to_lowercase()),
                urls: vec![url],
                says_it_is_at: Vec::new(),
                name: Some("Front door+1+2".into()),
                hardware: Some("IPC-1&2=3".into()),
                vendor: Some("ACME".into()),
                records: false,
            }]
        );
    }

    #[test]
    fn over_ipv6_no_url_is_taken_and_ipv4_addresses_are_noted() {
        let xaddrs = "http://[fe80::7%25eth0]/onvif/device_service http://[fe80::7%eth0]/x \
                      http://192.168.1.108/onvif/device_service https://192.168.1.108/x http://camera/x \
                      http://10.0.0.8:8080/x";
        let text = reply(&format!("uuid:{ASKED}"), "dn:NetworkVideoTransmitter", "", xaddrs);
        let link_local = "fe80::7".parse().unwrap();
        let (_, found) = parse(text.as_bytes(), link_local, &[ASKED]).unwrap();
        assert_eq!((found[0].host, found[0].urls.len()), (link_local, 0));
        let expected = [Ipv4Addr::new(192, 168, 1, 108), Ipv4Addr::new(10, 0, 0, 8)];
        assert_eq!(found[0].says_it_is_at, expected);
        // Any other address of IPv6 is one that can be written down.
        let (_, found) = parse(text.as_bytes(), "2001:db8::7".parse().unwrap(), &[ASKED]).unwrap();
        assert_eq!(found[0].urls[0].host(), "2001:db8::7");
    }

    #[test]
    fn replies_to_nothing_of_ours_are_none() {
        for relates_to in ["", "urn:uuid:00000000-0000-0000-0000-000000000008", "é", &"x".repeat(40)] {
            let error = parsed(&reply(relates_to, "dn:NetworkVideoTransmitter", "", "")).unwrap_err();
            assert_eq!(error.kind(), Kind::NotFound, "{relates_to}");
        }
    }

    #[test]
    fn computers_and_printers_are_no_video_devices() {
        let asked = ASKED.to_string();
        for types in ["wsdp:Device pub:Computer", "wprt:PrintDeviceType", "", "tds:Device"] {
            assert_eq!(parsed(&reply(&asked, types, "ldap:///ou=x", "http://192.0.2.7/")).unwrap(), []);
        }
        assert_eq!(parsed(&reply(&asked, "", "onvif://www.onvif.org/type/ptz", "")).unwrap().len(), 1);
        assert!(parsed(&reply(&asked, "dn:NetworkVideoStorage", "", "")).unwrap()[0].records);
    }

    #[test]
    fn services_are_at_the_host_that_answered() {
        assert_eq!(
            urls_of("https://192.0.2.7/a http://[fe80::1]/a http://10.9.9.9/a http://192.0.2.7/a"),
            ["http://192.0.2.7/a", "https://192.0.2.7/a"]
        );
        assert_eq!(urls_of("http://10.9.9.9:81/a http://evil.example/b"), ["http://192.0.2.7:81/a"]);
        assert_eq!(
            urls_of("file:///etc/passwd rtsp://192.0.2.7/ http://u:p@192.0.2.7/ x"),
            Vec::<String>::new()
        );
        let many = (1..10_000).map(|port| format!("http://192.0.2.7:{port}/ ")).collect::<String>();
        assert_eq!(urls_of(&many).len(), XADDRS_MAX);
    }

    #[test]
    fn hostile_replies_are_refused_or_cleaned() {
        let asked = ASKED.to_string();
        let good = reply(&asked, "dn:NetworkVideoTransmitter", "", "");
        assert_eq!(parsed(&format!("<!DOCTYPE x>{good}")).unwrap_err().kind(), Kind::Refused);
        assert_eq!(parsed(&good[..good.len() / 2]).unwrap_err().kind(), Kind::Protocol);
        assert_eq!(parsed("\u{0}").unwrap_err().kind(), Kind::Protocol);
        let name = "onvif://www.onvif.org/name/gate%E2%80%AEgpj%00%FF%2";
        let found = parsed(&reply(&asked, "", name, "")).unwrap();
        assert_eq!(found[0].name.as_deref(), Some("gate\u{fffd}gpj\u{fffd}\u{fffd}%2"));
        let matches = "<ProbeMatch><Scopes>onvif://www.onvif.org/a/b</Scopes></ProbeMatch>".repeat(3000);
        let flood = format!(
            "<E><Header><RelatesTo>{asked}</RelatesTo></Header><Body><ProbeMatches>{matches}</ProbeMatches></Body></E>"
        );
        assert_eq!(parsed(&flood).unwrap().len(), MATCHES_MAX);
    }

    #[test]
    fn hello_and_bye_are_told_from_all_else() {
        let say = |body: &str| notice(format!("<E><Header/><Body>{body}</Body></E>").as_bytes(), HOST.into());
        let reference = format!("<EndpointReference><Address>{ENDPOINT}</Address></EndpointReference>");
        let hello = say(&format!(
            "<Hello>{reference}<Types>dn:NetworkVideoTransmitter</Types><XAddrs>http://10.9.9.9/a</XAddrs></Hello>"
        ));
        let Some(Notice::Hello(told)) = hello.unwrap() else { panic!("no Hello") };
        assert_eq!(told.endpoint, Some(ENDPOINT.to_lowercase()));
        assert_eq!(told.urls[0].as_str(), "http://192.0.2.7/a", "pinned to who said it");
        let bye = say(&format!("<Bye>{reference}</Bye>")).unwrap();
        assert_eq!(bye, Some(Notice::Bye(ENDPOINT.to_lowercase())));
        for other in
            ["<Probe/>", "<Bye/>", "", "<Hello><Types>wsdp:Device</Types></Hello>", "<ProbeMatches/>"]
        {
            assert_eq!(say(other).unwrap(), None, "{other}");
        }
        assert_eq!(notice(b"\xff<", HOST.into()).unwrap_err().kind(), Kind::Protocol);
    }

    #[test]
    fn endpoints_are_compared_in_one_form() {
        let lower = Some(ENDPOINT.to_lowercase());
        assert_eq!(endpoint(ENDPOINT), lower);
        assert_eq!(endpoint(&ENDPOINT["urn:".len()..]), lower);
        assert_eq!(endpoint(&ENDPOINT["urn:uuid:".len()..]), lower);
        assert_eq!(endpoint("urn:uuid:00000000-0000-0000-0000-000000000000"), None);
        assert_eq!(endpoint("  "), None);
        assert_eq!(endpoint("http://acme/1"), Some("http://acme/1".into()));
    }

    #[test]
    fn a_probe_reads_back() {
        for wanted in [Wanted::Transmitter, Wanted::Device, Wanted::Anything] {
            let probe = Element::parse(&probe(ASKED, wanted)).unwrap();
            assert_eq!(probe.text_at(&["Header", "MessageID"]).and_then(uuid_in), Some(ASKED));
            assert_eq!(
                probe.text_at(&["Body", "Probe", "Types"]).is_none(),
                matches!(wanted, Wanted::Anything)
            );
        }
    }
}

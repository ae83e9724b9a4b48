//! Tests of replies in the dialects that real cameras are known to speak (`tests/fixtures/soap`): each is understood, or
//! refused with the error that its line names.

use super::tests::{Rogue, TIME, onvif, soap};
use super::*;
use atalaya_model::ptz::PtzVector;
use atalaya_model::quirk::OnvifQuirk;
use std::collections::BTreeSet;
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/soap")
}

/// A fixture as it goes over the wire: its head's lines end with CRLF there, and the body's length is told.
fn fixture(name: &str) -> Vec<u8> {
    let bytes = std::fs::read(folder().join(format!("{name}.http"))).unwrap();
    let end = bytes.windows(2).position(|two| two == b"\n\n").unwrap();
    let (head, body) = (String::from_utf8_lossy(&bytes[..end]).into_owned(), &bytes[end + 2..]);
    let head = head.replace('\n', "\r\n");
    let head = format!("{head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// What a camera without any peculiarity answers.
fn plain(request: &str) -> Vec<u8> {
    let is = |operation: &str| {
        request.contains(&format!(":{operation}>")) || request.contains(&format!(":{operation}/>"))
    };
    let service = |namespace: &str| {
        format!(
            "<Service><Namespace>http://www.onvif.org/{namespace}/wsdl</Namespace><XAddr>/onvif/x</XAddr></Service>"
        )
    };
    if is("GetSystemDateAndTime") {
        soap(TIME)
    } else if is("GetServices") {
        soap(&format!(
            "<GetServicesResponse>{}{}</GetServicesResponse>",
            service("ver10/media"),
            service("ver20/ptz")
        ))
    } else if is("GetCapabilities") {
        soap(
            "<GetCapabilitiesResponse><Capabilities><Media><XAddr>/onvif/x</XAddr></Media></Capabilities></GetCapabilitiesResponse>",
        )
    } else if is("GetDeviceInformation") {
        soap("<GetDeviceInformationResponse><Manufacturer>X</Manufacturer></GetDeviceInformationResponse>")
    } else if is("GetProfiles") {
        soap(
            "<GetProfilesResponse><Profiles token=\"a\"><VideoEncoderConfiguration token=\"e\"/><PTZConfiguration/></Profiles></GetProfilesResponse>",
        )
    } else if is("GetStreamUri") {
        soap(
            "<GetStreamUriResponse><MediaUri><Uri>rtsp://127.0.0.1/live</Uri></MediaUri></GetStreamUriResponse>",
        )
    } else if is("GetNodes") {
        soap(
            "<GetNodesResponse><PTZNode><SupportedPTZSpaces><ContinuousPanTiltVelocitySpace/></SupportedPTZSpaces></PTZNode></GetNodesResponse>",
        )
    } else if is("GetUsers") {
        soap("<GetUsersResponse/>")
    } else {
        soap("<DoneResponse/>")
    }
}

/// A camera that answers one operation with a fixture, and all else plainly.
async fn camera(operation: &'static str, name: &str) -> (Rogue, OnvifTarget) {
    let reply = fixture(name);
    let once = operation == "login";
    let rogue = Rogue::start(move |request| {
        let asked =
            request.contains(&format!(":{operation}>")) || request.contains(&format!(":{operation}/>"));
        let challenged = once
            && request.contains("UsernameToken")
            && !request.to_lowercase().contains("\r\nauthorization:");
        if asked || challenged { reply.clone() } else { plain(request) }
    })
    .await;
    let at = OnvifTarget {
        device_url: rogue.device_url(),
        credentials: Some(Credentials::new("ana", "canary-pw")),
        tls: None,
    };
    (rogue, at)
}

/// What comes of reading such a camera.
async fn read(operation: &'static str, name: &str) -> std::result::Result<DeviceProfile, (Kind, String)> {
    let (rogue, at) = camera(operation, name).await;
    let read = onvif().profile(&at).await.map_err(|error| (error.kind(), error.to_string()));
    assert!(rogue.logins() > 0 || operation == "GetSystemDateAndTime", "{name}: the login was tried");
    read
}

#[tokio::test]
async fn clocks() {
    let told = |name| read("GetSystemDateAndTime", name);
    let profile = told("time-1970").await.unwrap();
    assert!(profile.facts.clock_offset_ms.unwrap() < -1_000_000_000_000);
    assert_eq!(profile.quirks, [OnvifQuirk::ClockFarOff]);
    for unknown in ["time-local-only", "time-behind-login"] {
        let profile = told(unknown).await.unwrap();
        assert_eq!(
            (profile.facts.clock_offset_ms, &profile.quirks[..]),
            (None, &[OnvifQuirk::ClockBehindLogin][..])
        );
    }
    // A date that cannot be is no reason to give the camera up.
    assert!(told("time-impossible").await.is_ok());
}

#[tokio::test]
async fn envelopes() {
    for (name, vendor) in [
        ("information-no-content-type", "Dahua"),
        ("information-text-html", "TP-Link"),
        ("information-default-namespace", "Generic"),
        ("information-undeclared-prefixes", "XM"),
        ("information-soap11-envelope", "Foscam"),
        ("information-latin1", "C\u{fffd}maras \u{fffd}"),
        ("information-bom-and-space", "Uniview"),
    ] {
        let profile =
            read("GetDeviceInformation", name).await.map_err(|(_, error)| format!("{name}: {error}"));
        assert_eq!(profile.unwrap().facts.vendor, vendor, "{name}");
    }
    for (name, kind) in [
        ("information-html-page", Kind::Refused),
        ("information-empty", Kind::Protocol),
        ("information-cut-off", Kind::Protocol),
        ("information-doctype", Kind::Refused),
        ("information-fault-soap11", Kind::Unauthorized),
        ("information-fault-with-200", Kind::Unauthorized),
        ("information-redirect", Kind::Protocol),
    ] {
        let (refused, error) =
            read("GetDeviceInformation", name).await.err().unwrap_or_else(|| panic!("{name}"));
        assert_eq!(refused, kind, "{name}: {error}");
    }
}

#[tokio::test]
async fn lists_of_services() {
    for (name, quirks) in [
        ("services-foreign-host", &[OnvifQuirk::ForeignServiceHost][..]),
        ("services-zero-host", &[OnvifQuirk::ForeignServiceHost]),
        ("services-ipv6-link-local", &[]),
        ("services-relative", &[]),
        ("services-not-supported", &[OnvifQuirk::NoServiceList]),
        ("services-404", &[OnvifQuirk::NoServiceList]),
    ] {
        let profile =
            read("GetServices", name).await.map_err(|(_, error)| format!("{name}: {error}")).unwrap();
        let found: Vec<_> =
            profile.quirks.into_iter().filter(|quirk| *quirk != OnvifQuirk::ClockFarOff).collect();
        assert_eq!((found.as_slice(), profile.facts.profiles.len()), (quirks, 1), "{name}");
    }
    assert_eq!(read("GetServices", "services-too-many").await.unwrap_err().0, Kind::Refused);
}

#[tokio::test]
async fn addresses_of_streams() {
    for (name, url) in [
        ("stream-login-in-uri", "rtsp://127.0.0.1:554/h264?username=admin&password=12345"),
        ("stream-cdata-and-space", "rtsp://127.0.0.1:554/cam/realmonitor?channel=1&subtype=0&unicast=true"),
        ("stream-no-port", "rtsp://127.0.0.1/Streaming/Channels/101?transportmode=unicast&profile=Profile_1"),
    ] {
        let profile =
            read("GetStreamUri", name).await.map_err(|(_, error)| format!("{name}: {error}")).unwrap();
        assert_eq!(profile.facts.profiles[0].url.as_str(), url, "{name}");
        let foreign = profile.quirks.contains(&OnvifQuirk::ForeignMediaHost);
        assert_eq!(foreign, name == "stream-login-in-uri", "{name}");
    }
    assert_eq!(read("GetStreamUri", "stream-http-scheme").await.unwrap_err().0, Kind::Refused);
    assert_eq!(read("GetStreamUri", "stream-empty").await.unwrap_err().0, Kind::Protocol);
}

#[tokio::test]
async fn challenges() {
    for name in ["digest-odd-nonce", "digest-rfc2069", "digest-unquoted", "digest-basic-first"] {
        let profile = read("login", name).await.map_err(|(_, error)| format!("{name}: {error}"));
        assert_eq!(profile.unwrap().facts.vendor, "X", "{name}");
    }
    assert_eq!(read("login", "basic-only").await.unwrap_err().0, Kind::Refused);
}

#[tokio::test]
async fn drives() {
    let (_rogue, at) = camera("GetPresets", "presets-odd").await;
    let presets = onvif().presets(&at).await.unwrap();
    let told: Vec<_> = presets.iter().map(|preset| (&*preset.token, &*preset.name)).collect();
    assert_eq!(told, [("1", "gate"), ("<7>", "")]);
    assert_eq!(presets[1].place, Some(PtzVector { pan_tilt: None, zoom: Some(0.5) }));

    let refusal = fixture("move-timeout-refused");
    let rogue = Rogue::start(
        move |request| if request.contains(":Timeout>") { refusal.clone() } else { plain(request) },
    )
    .await;
    let at = OnvifTarget { device_url: rogue.device_url(), credentials: None, tls: None };
    let onvif = onvif();
    for _ in 0..2 {
        onvif.drive(&at, PtzMove::Continuous(PtzVector::new(0.5, 0.0, 0.0))).await.unwrap();
    }
    let moves = |with: &str| {
        let requests = rogue.requests.lock().unwrap();
        requests.iter().filter(|it| it.contains(":ContinuousMove>") && it.contains(with)).count()
    };
    assert_eq!((moves(":Timeout>"), moves("")), (1, 3), "it is asked once, and then known");
}

#[test]
fn every_fixture_is_read_by_a_test() {
    let source = include_str!("dialects.rs");
    let all: BTreeSet<_> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    let unread: Vec<_> = all.iter().filter(|name| !source.contains(&format!("\"{name}\""))).collect();
    assert!(unread.is_empty(), "{unread:?}");
    println!("B3: {} SOAP replies", all.len());
    assert!(all.len() >= 15);
}

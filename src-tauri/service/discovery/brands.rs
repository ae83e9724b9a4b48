//! Owns which brand a device seems to be of, and the addresses that devices of that brand have: the data is
//! `assets/brands.json`, each address with its public source.
//! Must not try any address (S6): they are offered as guesses.

use atalaya_model::address::StreamUrl;
use atalaya_model::discovery::{Device, Evidence, Guess, GuessUse};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::LazyLock;

const FILE: &str = include_str!("../../../assets/brands.json");

/// The name of the entry that fits whoever is of no known brand.
const GENERIC: &str = "generic";

static BRANDS: LazyLock<Vec<Brand>> = LazyLock::new(|| match serde_json::from_str::<File>(FILE) {
    Ok(file) => file.brands,
    Err(error) => {
        // A test reads the file as well; a program without guesses still finds cameras.
        tracing::error!(%error, "the table of brands cannot be read");
        Vec::new()
    }
});

#[derive(Deserialize)]
struct File {
    brands: Vec<Brand>,
}

/// One brand of the table.
#[derive(Deserialize)]
struct Brand {
    name: String,
    /// Words by which servers and devices name it, in lower case.
    names: Vec<String>,
    /// How the hardware addresses of its network cards begin.
    #[serde(default)]
    cards: Vec<String>,
    main: Option<String>,
    sub: Option<String>,
    snapshot: Option<String>,
    mjpeg: Option<String>,
}

impl Brand {
    fn template(&self, purpose: GuessUse) -> Option<&str> {
        match purpose {
            GuessUse::Main => self.main.as_deref(),
            GuessUse::Sub => self.sub.as_deref(),
            GuessUse::Snapshot => self.snapshot.as_deref(),
            GuessUse::Mjpeg => self.mjpeg.as_deref(),
        }
    }
}

/// The ports at which a device answered, for the addresses.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ports {
    /// That of an RTSP server.
    pub(super) rtsp: Option<u16>,
    /// That of an HTTP server.
    pub(super) http: Option<u16>,
}

/// Notes the brand that banners or the network card tell, and, for a device that speaks RTSP and no ONVIF, the
/// addresses to try.
pub(super) fn apply(device: &mut Device, banners: &BTreeSet<String>, ports: Ports) {
    let told = device.vendor.as_ref().and_then(|vendor| by_text(vendor));
    let shown = banners.iter().find_map(|banner| by_text(banner)).or_else(|| by_card(device.mac.as_deref()?));
    if let Some(shown) = shown {
        device.evidence.insert(Evidence::Brand);
        if device.vendor.is_none() {
            device.brand = Some(shown.name.clone());
        }
    }
    let has = |evidence| device.evidence.contains(&evidence);
    let onvif = has(Evidence::WsDiscovery) || has(Evidence::OnvifTime) || device.onvif_url.is_some();
    if !has(Evidence::RtspOptions) || onvif {
        return;
    }
    let brand = told.or(shown).filter(|brand| brand.main.is_some());
    let Some(brand) = brand.or_else(|| BRANDS.iter().find(|brand| brand.name == GENERIC)) else { return };
    device.guesses = GuessUse::ALL
        .into_iter()
        .filter_map(|purpose| {
            let url = filled(brand.template(purpose)?, device.host, ports)?;
            Some(Guess { purpose, url })
        })
        .collect();
}

fn by_text(text: &str) -> Option<&'static Brand> {
    let text = text.to_lowercase();
    BRANDS.iter().find(|brand| brand.names.iter().any(|name| mentions(&text, name)))
}

fn by_card(mac: &str) -> Option<&'static Brand> {
    BRANDS.iter().find(|brand| brand.cards.iter().any(|card| mac.starts_with(card.as_str())))
}

/// Whether a text has this word in it, not as a part of another.
fn mentions(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

/// A template's address at a host; none when it needs a port that is not known.
fn filled(template: &str, host: IpAddr, ports: Ports) -> Option<StreamUrl> {
    let mut url = template.to_owned();
    for (place, port) in [("{host}:{rtsp_port}", ports.rtsp), ("{host}:{http_port}", ports.http)] {
        if url.contains(place) {
            url = url.replace(place, &SocketAddr::new(host, port?).to_string());
        }
    }
    StreamUrl::parse(&url).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    const HOST: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));
    const BOTH: Ports = Ports { rtsp: Some(8554), http: Some(81) };

    fn device(evidence: &[Evidence]) -> Device {
        let mut device = Device::at("k".into(), HOST);
        device.evidence.extend(evidence);
        device
    }

    fn banners(texts: &[&str]) -> BTreeSet<String> {
        texts.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_table_holds_what_it_must() {
        let file: Value = serde_json::from_str(FILE).unwrap();
        let brands = file["brands"].as_array().unwrap();
        assert_eq!(brands.len(), BRANDS.len());
        let names: BTreeSet<_> = BRANDS.iter().map(|brand| brand.name.as_str()).collect();
        for wanted in [
            "Hikvision",
            "Dahua",
            "Axis",
            "TP-Link Tapo",
            "Reolink",
            "Uniview",
            "Hanwha Vision",
            "Amcrest",
            "Foscam",
            "Steren",
            GENERIC,
        ] {
            assert!(names.contains(wanted), "{wanted}");
        }
        for (brand, json) in BRANDS.iter().zip(brands) {
            let source = |what: &str| json["sources"][what].as_str().unwrap_or_default();
            for purpose in GuessUse::ALL {
                let Some(template) = brand.template(purpose) else { continue };
                let (place, scheme) = match purpose {
                    GuessUse::Main | GuessUse::Sub => ("{host}:{rtsp_port}", "rtsp"),
                    GuessUse::Snapshot | GuessUse::Mjpeg => ("{host}:{http_port}", "http"),
                };
                let what = format!("{} {}", brand.name, purpose.code());
                assert!(template.starts_with(&format!("{scheme}://{place}/")), "{what}: {template}");
                assert_eq!(template.matches(['{', '}']).count(), 4, "{what}: an unknown placeholder");
                // Also refuses user info.
                let url = filled(template, HOST, BOTH).unwrap_or_else(|| panic!("{what}: no address"));
                assert_eq!((url.scheme(), url.host()), (scheme, "192.0.2.7"), "{what}");
                assert!(source(purpose.code()).starts_with("https://"), "{what}: without a source");
            }
            assert!(brand.cards.is_empty() || source("cards").starts_with("https://"), "{}", brand.name);
            let is_card = |card: &String| {
                card.len() == 8
                    && card.split(':').all(|byte| byte.len() == 2 && u8::from_str_radix(byte, 16).is_ok())
                    && card.to_lowercase() == *card
            };
            assert!(brand.cards.iter().all(is_card), "{}", brand.name);
            assert!(brand.names.iter().all(|name| name.to_lowercase() == *name), "{}", brand.name);
        }
    }

    #[test]
    fn a_banner_or_a_card_tells_the_brand() {
        let mut camera = device(&[Evidence::OpenPort, Evidence::RtspOptions]);
        apply(&mut camera, &banners(&["Hikvision RTSP/2.1"]), BOTH);
        assert_eq!(camera.brand.as_deref(), Some("Hikvision"));
        assert!(camera.evidence.contains(&Evidence::Brand));
        let urls: Vec<_> = camera.guesses.iter().map(|guess| guess.url.as_str()).collect();
        assert_eq!(
            urls,
            [
                "rtsp://192.0.2.7:8554/Streaming/Channels/101",
                "rtsp://192.0.2.7:8554/Streaming/Channels/102",
                "http://192.0.2.7:81/Streaming/Channels/1/picture"
            ]
        );
        let mut camera = device(&[Evidence::RtspOptions]);
        camera.mac = Some("ac:cc:8e:01:02:03".into());
        apply(&mut camera, &banners(&["nginx"]), Ports { rtsp: Some(554), http: None });
        assert_eq!((camera.brand.as_deref(), camera.guesses.len()), (Some("Axis"), 2));
    }

    #[test]
    fn who_is_of_no_known_brand_gets_what_fits_many() {
        for texts in [&["nginx"][..], &["praxis clinic"], &["Steren"], &[]] {
            let mut camera = device(&[Evidence::RtspOptions]);
            apply(&mut camera, &banners(texts), BOTH);
            assert_eq!(camera.guesses[0].url.as_str(), "rtsp://192.0.2.7:8554/live/ch00_0", "{texts:?}");
        }
        let mut unknown = device(&[Evidence::RtspOptions]);
        apply(&mut unknown, &banners(&["praxis clinic"]), BOTH);
        assert_eq!(unknown.brand, None);
    }

    #[test]
    fn no_guesses_without_rtsp_nor_beside_onvif() {
        let mut page = device(&[Evidence::OpenPort, Evidence::Http]);
        apply(&mut page, &banners(&["Hikvision switch"]), BOTH);
        assert_eq!((page.brand.as_deref(), page.guesses.len()), (Some("Hikvision"), 0));
        let mut onvif = device(&[Evidence::RtspOptions, Evidence::OnvifTime]);
        onvif.vendor = Some("Dahua".into());
        apply(&mut onvif, &banners(&[]), BOTH);
        assert_eq!((onvif.brand, onvif.guesses.len()), (None, 0));
    }
}

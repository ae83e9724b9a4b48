//! Owns turning facts into devices: which facts belong to the same one, what it is called, when it can be shown.
//! Must not do I/O: everything here is a function of what was told.
//!
//! Two services are one device when they tell the same endpoint reference, else the same serial number, else when they
//! are at one host that tells of no other. One host can be several devices (simulated cameras, some recorders): each
//! ONVIF service with an endpoint reference of its own is one. Two hosts that tell nothing are one device with two
//! addresses when they alone share a network card and have the same ports open.

use super::brands;
use super::fingerprint::Rtsp;
use super::probe_match::{self, Announcement};
use crate::onvif::Identity;
use atalaya_model::address::StreamUrl;
use atalaya_model::discovery::{Device, DeviceKind, Evidence};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

/// Devices at one host; beyond that somebody makes them up.
const PER_HOST_MAX: usize = 128;
/// Hosts, as large as the largest network swept.
const HOSTS_MAX: usize = 65_536;

/// One thing learned.
#[derive(Debug, Clone)]
pub(super) enum Fact {
    /// A TCP port accepted a connection.
    Open(SocketAddr),
    /// A device answered a probe.
    Announced(Announcement),
    /// What an address told when asked as a device service.
    Identified(IpAddr, StreamUrl, Identity),
    /// What a port told when asked for RTSP.
    Rtsp(SocketAddr, Rtsp),
    /// What a web server calls itself.
    Banners(SocketAddr, BTreeSet<String>),
    /// The hardware address of a host's network card.
    Card(IpAddr, String),
}

impl Fact {
    fn host(&self) -> IpAddr {
        match self {
            Self::Open(at) | Self::Rtsp(at, _) | Self::Banners(at, _) => at.ip(),
            Self::Announced(announcement) => announcement.host,
            Self::Identified(host, ..) | Self::Card(host, _) => *host,
        }
    }
}

/// All that was learned, by host.
#[derive(Default)]
pub(super) struct Ledger {
    hosts: BTreeMap<IpAddr, Host>,
    /// At which host a device was met first, by its endpoint reference or serial number: one with two addresses
    /// stays at the first.
    homes: BTreeMap<String, IpAddr>,
}

#[derive(Default)]
struct Host {
    announced: Vec<Announcement>,
    identified: BTreeMap<String, (StreamUrl, Identity)>,
    open: BTreeSet<u16>,
    rtsp: BTreeMap<u16, Rtsp>,
    banners: BTreeMap<u16, BTreeSet<String>>,
    card: Option<String>,
    /// What was shown, by key.
    shown: BTreeMap<String, Device>,
    /// The key under which what has no name of its own was shown.
    nameless: Option<String>,
}

/// A device in the making.
struct Draft {
    device: Device,
    /// What it is known by elsewhere: endpoint reference or serial number.
    identity: Option<String>,
    /// Its key cannot change any more.
    named: bool,
    /// It told where its streams are.
    told_streams: bool,
    /// What its servers call themselves.
    banners: BTreeSet<String>,
    /// Where they are.
    servers: brands::Ports,
}

impl Ledger {
    /// Takes a fact in; false when there is no place for it.
    pub(super) fn add(&mut self, fact: Fact) -> bool {
        if self.hosts.len() >= HOSTS_MAX && !self.hosts.contains_key(&fact.host()) {
            return false;
        }
        let host = self.hosts.entry(fact.host()).or_default();
        match fact {
            Fact::Open(at) => host.open.insert(at.port()),
            Fact::Rtsp(at, rtsp) => {
                let known = host.rtsp.entry(at.port()).or_default();
                known.options |= rtsp.options;
                known.describe |= rtsp.describe;
                known.banners.extend(rtsp.banners);
                true
            }
            Fact::Banners(at, banners) => {
                host.banners.insert(at.port(), banners);
                true
            }
            Fact::Card(_, card) => {
                host.card = Some(card);
                true
            }
            Fact::Announced(announcement) => {
                let fits = host.announced.len() < PER_HOST_MAX && !host.announced.contains(&announcement);
                if fits {
                    host.announced.push(announcement);
                }
                fits
            }
            Fact::Identified(_, url, identity) => {
                let fits = host.identified.len() < PER_HOST_MAX;
                // The same address may be asked twice; silence the second time takes nothing back.
                let told_before = host.identified.get(url.as_str()).is_some_and(|(_, known)| known.http);
                if fits && (identity.http || !told_before) {
                    host.identified.insert(url.as_str().to_owned(), (url, identity));
                }
                fits
            }
        }
    }

    /// The devices at a host of which more is known than when they were last shown. Those without a name of their own
    /// are held back until the host is `settled`: something might still name them, and a key must not change.
    pub(super) fn news(&mut self, address: IpAddr, settled: bool) -> Vec<Device> {
        let is_one_of_two = settled && self.shares_its_card_with_one(address);
        let Some(host) = self.hosts.get_mut(&address) else { return Vec::new() };
        let mut news = Vec::new();
        for draft in drafts(address, host) {
            let is_named = draft.identity.is_some();
            let by_card = || {
                let card = host.card.as_ref().filter(|_| settled)?;
                Some(format!("card:{card} {:?}", host.open))
            };
            let is_elsewhere = |identity: String| *self.homes.entry(identity).or_insert(address) != address;
            if draft.identity.or_else(by_card).is_some_and(is_elsewhere) && (is_named || is_one_of_two) {
                continue;
            }
            let device = draft.device;
            if (draft.named || settled) && host.shown.get(&device.key) != Some(&device) {
                if !draft.named {
                    host.nameless.get_or_insert_with(|| device.key.clone());
                }
                host.shown.insert(device.key.clone(), device.clone());
                news.push(device);
            }
        }
        news
    }

    /// Whether a device of this endpoint reference was shown.
    pub(super) fn knows(&self, endpoint: &str) -> bool {
        self.homes.contains_key(endpoint)
    }

    /// Whether anything is known of a host.
    pub(super) fn has_met(&self, host: IpAddr) -> bool {
        self.hosts.contains_key(&host)
    }

    /// Whether exactly one other host has the same network card: a relay or a program that plays cameras has many.
    fn shares_its_card_with_one(&self, address: IpAddr) -> bool {
        let card = self.hosts.get(&address).and_then(|host| host.card.as_ref());
        card.is_some() && self.hosts.values().filter(|host| host.card.as_ref() == card).count() == 2
    }

    /// All hosts of which anything is known.
    pub(super) fn hosts(&self) -> Vec<IpAddr> {
        self.hosts.keys().copied().collect()
    }
}

/// The devices at a host.
fn drafts(address: IpAddr, host: &Host) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    for announcement in &host.announced {
        let known = announcement.endpoint.is_some()
            && drafts.iter().any(|draft| draft.identity == announcement.endpoint);
        if !known {
            drafts.push(announced(address, announcement));
        }
    }
    // Those that tell who they are first, so that the others find them.
    let mut services: Vec<_> = host.identified.values().filter(|(_, identity)| identity.onvif).collect();
    services.sort_by_key(|(_, identity)| (identity.endpoint.is_none(), serial(identity).is_none()));
    for (url, identity) in services {
        let at = position(&drafts, url, identity).unwrap_or_else(|| {
            let key = key(address, Some(url.port()));
            drafts.push(Draft::new(Device::at(key, address)));
            drafts.len() - 1
        });
        drafts[at].learn(url, identity);
    }
    let loose = attach_ports(address, host, &mut drafts);
    // Who was shown without a name keeps the key although it has a name by now.
    if let (Some(key), [only], None) = (&host.nameless, &mut drafts[..], &loose)
        && !host.shown.contains_key(&only.device.key)
    {
        only.device.key.clone_from(key);
    }
    drafts.extend(loose);
    for draft in &mut drafts {
        let records = host.announced.iter().any(|announcement| {
            announcement.records && draft.identity.is_some() && announcement.endpoint == draft.identity
        });
        draft.device.mac.clone_from(&host.card);
        brands::apply(&mut draft.device, &draft.banners, draft.servers);
        draft.device.kind = kind(&draft.device, records);
    }
    drafts
}

/// The device of an announcement by which nothing else is known.
pub(super) fn of_announcement(announcement: &Announcement) -> Device {
    let mut device = announced(announcement.host, announcement).device;
    device.kind = kind(&device, announcement.records);
    device
}

impl Draft {
    fn new(device: Device) -> Self {
        Self {
            device,
            identity: None,
            named: false,
            told_streams: false,
            banners: BTreeSet::new(),
            servers: brands::Ports::default(),
        }
    }

    /// What a device service told.
    fn learn(&mut self, url: &StreamUrl, identity: &Identity) {
        let endpoint = identity.endpoint.as_deref().and_then(probe_match::endpoint);
        if self.identity.is_none() {
            if let Some(endpoint) = &endpoint {
                self.device.key.clone_from(endpoint);
                self.named = true;
            }
            self.identity = endpoint.or_else(|| serial(identity));
        }
        let device = &mut self.device;
        device.evidence.extend([Evidence::OpenPort, Evidence::Http, Evidence::OnvifTime]);
        device.ports.insert(url.port());
        device.onvif_url.get_or_insert_with(|| url.clone());
        if let Some(told) = &identity.information {
            device.evidence.insert(Evidence::OnvifDeviceInformation);
            let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
            device.vendor = some(&told.vendor).or(device.vendor.take());
            device.model = some(&told.model).or(device.model.take());
            device.serial = some(&told.serial).or(device.serial.take());
            device.firmware = some(&told.firmware).or(device.firmware.take());
        }
        for stream in &identity.streams {
            self.told_streams = true;
            device.ports.insert(stream.port());
            if !device.rtsp_urls.contains(stream) {
                device.rtsp_urls.push(stream.clone());
            }
        }
    }

    /// A port of which it is known or believed that it is this device's.
    fn take_port(&mut self, port: u16, host: &Host) {
        let device = &mut self.device;
        device.ports.insert(port);
        if host.open.contains(&port) {
            device.evidence.insert(Evidence::OpenPort);
        }
        if host.identified.values().any(|(url, identity)| url.port() == port && identity.http) {
            device.evidence.insert(Evidence::Http);
            self.servers.http.get_or_insert(port);
        }
        self.banners.extend(host.banners.get(&port).into_iter().flatten().cloned());
        let Some(rtsp) = host.rtsp.get(&port).filter(|rtsp| rtsp.options) else { return };
        device.evidence.extend([Evidence::OpenPort, Evidence::RtspOptions]);
        self.servers.rtsp.get_or_insert(port);
        self.banners.extend(rtsp.banners.iter().cloned());
        if rtsp.describe {
            device.evidence.insert(Evidence::RtspDescribe);
        }
        if !self.told_streams {
            device.rtsp_urls.extend(root_url(device.host, port));
        }
    }
}

fn announced(address: IpAddr, announcement: &Announcement) -> Draft {
    let first = announcement.urls.first();
    let key = announcement.endpoint.clone().unwrap_or_else(|| key(address, first.map(StreamUrl::port)));
    let mut device = Device::at(key, address);
    device.evidence.insert(Evidence::WsDiscovery);
    device.ports.extend(announcement.urls.iter().map(StreamUrl::port));
    device.name.clone_from(&announcement.name);
    device.vendor.clone_from(&announcement.vendor);
    device.model.clone_from(&announcement.hardware);
    device.onvif_url = first.cloned();
    let named = announcement.endpoint.is_some();
    Draft { identity: announcement.endpoint.clone(), named, ..Draft::new(device) }
}

/// Which of the devices a service is.
fn position(drafts: &[Draft], url: &StreamUrl, identity: &Identity) -> Option<usize> {
    let endpoint = identity.endpoint.as_deref().and_then(probe_match::endpoint);
    if let Some(at) =
        endpoint.as_ref().and_then(|own| drafts.iter().position(|it| it.identity.as_ref() == Some(own)))
    {
        return Some(at);
    }
    let same_port =
        |draft: &Draft| draft.device.onvif_url.as_ref().is_some_and(|known| known.port() == url.port());
    if let Some(at) = drafts.iter().position(same_port) {
        return Some(at);
    }
    if endpoint.is_some() {
        return None;
    }
    let own = serial(identity);
    let same_serial = |draft: &Draft| own.is_some() && serial_of(&draft.device) == own;
    match drafts.iter().position(same_serial) {
        Some(at) => Some(at),
        // It does not say who it is; at a host of one device it is that one's second port.
        None => (own.is_none() && drafts.len() == 1).then_some(0),
    }
}

/// Gives every port to the device it is of; what is left is a device without a name.
fn attach_ports(address: IpAddr, host: &Host, drafts: &mut [Draft]) -> Option<Draft> {
    let answered = host.identified.values().filter(|(_, identity)| identity.http).map(|(url, _)| url.port());
    let ports: BTreeSet<u16> = host.open.iter().chain(host.rtsp.keys()).copied().chain(answered).collect();
    let mut left = Vec::new();
    for port in ports {
        let speaks_rtsp = host.rtsp.get(&port).is_some_and(|rtsp| rtsp.options);
        let owner = match &mut *drafts {
            [only] => Some(only),
            all => {
                let at = all.iter().position(|draft| draft.device.ports.contains(&port));
                let at = at.or_else(|| speaks_rtsp.then(|| nearest(all, port)).flatten());
                at.map(|at| &mut all[at])
            }
        };
        match owner {
            Some(draft) => draft.take_port(port, host),
            None => left.push((!speaks_rtsp, port)),
        }
    }
    // The key is that of the port most telling: RTSP, then the lowest.
    let (_, first) = left.iter().min()?;
    let key = host.nameless.clone().unwrap_or_else(|| key(address, Some(*first)));
    let mut draft = Draft::new(Device::at(key, address));
    for (_, port) in &left {
        draft.take_port(*port, host);
    }
    Some(draft)
}

/// The device without known streams whose service is on the nearest port, the one above first: a guess, for devices
/// that share a host and tell their streams only to a login.
fn nearest(drafts: &[Draft], port: u16) -> Option<usize> {
    let distance = |draft: &Draft| {
        let service = draft.device.onvif_url.as_ref()?.port();
        Some((service.abs_diff(port), service < port))
    };
    drafts
        .iter()
        .enumerate()
        .filter(|(_, draft)| !draft.told_streams)
        .filter_map(|(at, draft)| Some((distance(draft)?, at)))
        .min()
        .map(|(_, at)| at)
}

fn kind(device: &Device, records: bool) -> DeviceKind {
    let model = device.model.as_deref().unwrap_or_default().to_ascii_uppercase();
    let is_recorder = |word: &str| matches!(word, "NVR" | "DVR" | "XVR" | "HVR");
    let by_model = model.split(|c: char| !c.is_ascii_alphabetic()).any(is_recorder);
    let video = device.evidence.iter().any(|evidence| *evidence >= Evidence::RtspOptions);
    match (video, records || by_model) {
        (true, true) => DeviceKind::Recorder,
        (true, false) => DeviceKind::Camera,
        (false, _) => DeviceKind::Other,
    }
}

/// A serial number that tells devices apart, with its vendor: not one that every device of a batch has.
fn serial(identity: &Identity) -> Option<String> {
    let told = identity.information.as_ref()?;
    telling_serial(&told.vendor, &told.serial)
}

fn serial_of(device: &Device) -> Option<String> {
    telling_serial(device.vendor.as_deref().unwrap_or_default(), device.serial.as_deref()?)
}

fn telling_serial(vendor: &str, serial: &str) -> Option<String> {
    let distinct: BTreeSet<char> = serial.chars().filter(|c| c.is_alphanumeric()).collect();
    (serial.len() >= 5 && distinct.len() >= 3 && serial != "123456789")
        .then(|| format!("serial:{vendor}/{serial}"))
}

fn key(address: IpAddr, port: Option<u16>) -> String {
    match port {
        Some(port) => SocketAddr::new(address, port).to_string(),
        None => address.to_string(),
    }
}

/// The address of whatever an RTSP server streams by default.
pub(super) fn root_url(host: IpAddr, port: u16) -> Option<StreamUrl> {
    StreamUrl::parse(&format!("rtsp://{}/", SocketAddr::new(host, port))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onvif::Information;

    const HOST: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));
    const OTHER_HOST: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 8));

    fn endpoint(number: u32) -> String {
        format!("urn:uuid:00000000-0000-0000-0000-{number:012}")
    }

    fn service(host: IpAddr, port: u16) -> StreamUrl {
        StreamUrl::parse(&format!("http://{host}:{port}/onvif/device_service")).unwrap()
    }

    fn announced_at(host: IpAddr, number: u32, port: u16) -> Fact {
        Fact::Announced(Announcement {
            host,
            endpoint: (number > 0).then(|| endpoint(number)),
            urls: vec![service(host, port)],
            says_it_is_at: Vec::new(),
            name: Some(format!("camera {number}")),
            hardware: Some("IPC-1".into()),
            vendor: None,
            records: false,
        })
    }

    fn identified(host: IpAddr, port: u16, number: u32, serial: &str, streams: &[&str]) -> Fact {
        let information = (!serial.is_empty()).then(|| Information {
            vendor: "ACME".into(),
            model: "M".into(),
            serial: serial.into(),
            firmware: "V1".into(),
        });
        Fact::Identified(
            host,
            service(host, port),
            Identity {
                http: true,
                onvif: true,
                endpoint: (number > 0)
                    .then(|| endpoint(number).to_uppercase().replace("URN:UUID", "urn:uuid")),
                information,
                streams: streams.iter().map(|stream| StreamUrl::parse(stream).unwrap()).collect(),
            },
        )
    }

    fn rtsp(host: IpAddr, port: u16) -> Fact {
        Fact::Rtsp((host, port).into(), Rtsp { options: true, describe: true, ..Rtsp::default() })
    }

    fn http(host: IpAddr, port: u16) -> Fact {
        Fact::Identified(host, service(host, port), Identity { http: true, ..Identity::default() })
    }

    fn open(host: IpAddr, port: u16) -> Fact {
        Fact::Open((host, port).into())
    }

    /// What is shown in the end, one line a device; the order in which facts come must not change it.
    fn shown(facts: &[Fact]) -> Vec<String> {
        let of = |facts: &mut dyn Iterator<Item = &Fact>| {
            let mut ledger = Ledger::default();
            let mut last = BTreeMap::new();
            for fact in facts {
                ledger.add(fact.clone());
                for device in ledger.news(fact.host(), false) {
                    last.insert(device.key.clone(), device);
                }
            }
            for host in ledger.hosts() {
                for device in ledger.news(host, true) {
                    last.insert(device.key.clone(), device);
                }
            }
            last.into_values().map(|device| line(&device)).collect::<Vec<_>>()
        };
        let forward = of(&mut facts.iter());
        assert_eq!(forward, of(&mut facts.iter().rev()));
        forward
    }

    fn line(device: &Device) -> String {
        let urls: Vec<_> = device.rtsp_urls.iter().map(StreamUrl::as_str).collect();
        let evidence: Vec<_> = device.evidence.iter().map(|evidence| evidence.code()).collect();
        let onvif = device.onvif_url.as_ref().map_or(0, StreamUrl::port);
        format!(
            "{} {} {:?} onvif={onvif} {} [{}]",
            device.key.replace("urn:uuid:00000000-0000-0000-0000-00000000000", "#"),
            device.kind.code(),
            device.ports,
            urls.join(" "),
            evidence.join(" ")
        )
    }

    #[test]
    fn one_camera_is_one_device_with_all_its_ports() {
        let facts = [
            announced_at(HOST, 1, 80),
            open(HOST, 554),
            open(HOST, 80),
            open(HOST, 8000),
            http(HOST, 8000),
            identified(HOST, 80, 1, "", &[]),
            rtsp(HOST, 554),
        ];
        assert_eq!(
            shown(&facts),
            ["#1 camera {80, 554, 8000} onvif=80 rtsp://192.0.2.7:554/ \
              [open_port http rtsp_options rtsp_describe ws_discovery onvif_time]"]
        );
    }

    #[test]
    fn cameras_that_share_a_host_stay_apart() {
        let told = |port: u16, number| {
            identified(HOST, port + 1, number, "", &[&format!("rtsp://192.0.2.7:{port}/main")])
        };
        let facts = [
            announced_at(HOST, 1, 8555),
            announced_at(HOST, 2, 8557),
            told(8554, 1),
            told(8556, 2),
            open(HOST, 8554),
            rtsp(HOST, 8554),
            rtsp(HOST, 8556),
            open(HOST, 8080),
            http(HOST, 8080),
        ];
        let evidence = "rtsp_options rtsp_describe ws_discovery onvif_time]";
        assert_eq!(
            shown(&facts),
            [
                "192.0.2.7:8080 other {8080} onvif=0  [open_port http]".to_owned(),
                format!(
                    "#1 camera {{8554, 8555}} onvif=8555 rtsp://192.0.2.7:8554/main [open_port http {evidence}"
                ),
                format!(
                    "#2 camera {{8556, 8557}} onvif=8557 rtsp://192.0.2.7:8556/main [open_port http {evidence}"
                ),
            ]
        );
    }

    #[test]
    fn without_a_login_rtsp_goes_to_the_nearest_service() {
        let facts =
            [announced_at(HOST, 1, 8555), announced_at(HOST, 2, 8557), rtsp(HOST, 8554), rtsp(HOST, 8556)];
        let urls: Vec<_> =
            shown(&facts).iter().map(|line| line.split(' ').nth(5).unwrap().to_owned()).collect();
        assert_eq!(urls, ["rtsp://192.0.2.7:8554/", "rtsp://192.0.2.7:8556/"]);
    }

    #[test]
    fn a_device_with_two_addresses_is_listed_once_at_the_first() {
        let mut ledger = Ledger::default();
        for (host, expected) in [(HOST, 1), (OTHER_HOST, 0)] {
            ledger.add(announced_at(host, 1, 80));
            ledger.add(open(host, 80));
            assert_eq!(ledger.news(host, true).len(), expected);
        }
        let mut ledger = Ledger::default();
        for (host, expected) in [(HOST, 1), (OTHER_HOST, 0)] {
            ledger.add(identified(host, 80, 0, "AB-1234567", &[]));
            assert_eq!(ledger.news(host, true).len(), expected);
        }
        let mut ledger = Ledger::default();
        for host in [HOST, OTHER_HOST] {
            ledger.add(identified(host, 80, 0, "00000000", &[]));
            assert_eq!(ledger.news(host, true).len(), 1, "a serial that all have is none");
        }
    }

    #[test]
    fn two_addresses_of_one_card_are_one_device_and_many_are_many() {
        let third = IpAddr::from([192, 0, 2, 9]);
        let shown_with = |hosts: &[IpAddr], ports: &[u16]| {
            let mut ledger = Ledger::default();
            for (host, port) in hosts.iter().zip(ports) {
                ledger.add(Fact::Card(*host, "02:00:00:00:00:01".into()));
                ledger.add(open(*host, *port));
                ledger.add(rtsp(*host, *port));
            }
            hosts.iter().map(|host| ledger.news(*host, true).len()).sum::<usize>()
        };
        assert_eq!(shown_with(&[HOST, OTHER_HOST], &[554, 554]), 1);
        assert_eq!(shown_with(&[HOST, OTHER_HOST], &[554, 8554]), 2, "two cameras behind one relay");
        assert_eq!(shown_with(&[HOST, OTHER_HOST, third], &[554, 554, 554]), 3);
    }

    #[test]
    fn banners_name_the_brand_and_a_brand_alone_is_no_camera() {
        let banners = Fact::Banners((HOST, 80).into(), ["Hikvision-Webs".to_owned()].into());
        let page = [open(HOST, 80), http(HOST, 80), banners.clone()];
        assert_eq!(shown(&page), ["192.0.2.7:80 other {80} onvif=0  [open_port http brand]"]);
        let mut ledger = Ledger::default();
        for fact in page.into_iter().chain([open(HOST, 554), rtsp(HOST, 554)]) {
            ledger.add(fact);
        }
        let camera = &ledger.news(HOST, true)[0];
        assert_eq!((camera.kind, camera.brand.as_deref()), (DeviceKind::Camera, Some("Hikvision")));
        assert_eq!(camera.guesses.len(), 3);
        assert_eq!(camera.rtsp_urls[0].as_str(), "rtsp://192.0.2.7:554/", "what answered stays what it told");
    }

    #[test]
    fn two_ports_of_one_service_are_one_device() {
        for (number, serial) in [(1, ""), (0, "AB-1234567"), (0, "")] {
            let facts =
                [identified(HOST, 80, number, serial, &[]), identified(HOST, 8080, number, serial, &[])];
            assert_eq!(shown(&facts).len(), 1, "{number} {serial}");
        }
        let facts = [identified(HOST, 80, 1, "", &[]), identified(HOST, 8080, 2, "", &[])];
        assert_eq!(shown(&facts).len(), 2);
        let facts =
            [identified(HOST, 80, 0, "AB-1234567", &[]), identified(HOST, 8080, 0, "AB-7654321", &[])];
        assert_eq!(shown(&facts).len(), 2);
    }

    #[test]
    fn what_is_no_camera_is_other() {
        assert_eq!(
            shown(&[open(HOST, 443), open(HOST, 80), http(HOST, 80)]),
            ["192.0.2.7:80 other {80, 443} onvif=0  [open_port http]"]
        );
        assert_eq!(
            shown(&[open(HOST, 80), rtsp(HOST, 8554)]),
            [
                "192.0.2.7:8554 camera {80, 8554} onvif=0 rtsp://192.0.2.7:8554/ [open_port rtsp_options rtsp_describe]"
            ]
        );
        let mute = Fact::Rtsp((HOST, 554).into(), Rtsp::default());
        assert_eq!(shown(&[open(HOST, 554), mute]), ["192.0.2.7:554 other {554} onvif=0  [open_port]"]);
    }

    #[test]
    fn recorders_are_told_by_type_or_model() {
        let Fact::Announced(mut announcement) = announced_at(HOST, 1, 80) else { unreachable!() };
        announcement.records = true;
        assert!(shown(&[Fact::Announced(announcement.clone())])[0].contains(" recorder "));
        announcement.records = false;
        for (model, kind) in
            [("XVR-5108", " recorder "), ("DS NVR 8ch", " recorder "), ("CANVRA", " camera ")]
        {
            announcement.hardware = Some(model.into());
            assert!(shown(&[Fact::Announced(announcement.clone())])[0].contains(kind), "{model}");
        }
    }

    #[test]
    fn a_key_once_shown_stays() {
        let mut ledger = Ledger::default();
        ledger.add(rtsp(HOST, 554));
        assert!(ledger.news(HOST, false).is_empty(), "something may still name it");
        let key = ledger.news(HOST, true)[0].key.clone();
        ledger.add(open(HOST, 80));
        assert_eq!(ledger.news(HOST, true)[0].key, key);
        ledger.add(identified(HOST, 80, 1, "", &[]));
        let news = ledger.news(HOST, true);
        assert_eq!((news.len(), &news[0].key), (1, &key));
        assert!(news[0].onvif_url.is_some());
        assert!(ledger.news(HOST, true).is_empty(), "nothing new");
    }

    #[test]
    fn floods_end() {
        let mut ledger = Ledger::default();
        let taken = (1..1000).filter(|number| ledger.add(announced_at(HOST, *number, 80))).count();
        assert_eq!(taken, PER_HOST_MAX);
    }
}

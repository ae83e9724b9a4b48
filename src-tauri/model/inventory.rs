//! The devices known from scan to scan, and what has changed since: new, gone, moved, another firmware.
//!
//! Which device of today is which of yesterday goes by identity: the same key (an endpoint reference, mostly), else the
//! same serial number of the same vendor, else the same network card, else, for devices that tell no identity at all,
//! the same address.

use crate::discovery::{Coverage, Device};
use crate::time::WallTime;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

/// How long a device that nobody has met is remembered.
pub const REMEMBERED: Duration = Duration::from_hours(30 * 24);

/// The most devices remembered: more than a /22 full of cameras. Beyond it those met longest ago go first.
pub const REMEMBERED_MAX: usize = 1024;

/// A device met in a scan, or heard.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownDevice {
    /// What it was when it was last met.
    pub device: Device,
    /// When it was first met.
    pub first_seen: WallTime,
    /// When it was last met.
    pub last_seen: WallTime,
    /// When it was found to be gone, or said so; none while it is there.
    pub gone_since: Option<WallTime>,
}

/// What is different about a device, compared with what was known before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Nobody had met it before.
    New,
    /// It was gone and is back.
    Back,
    /// It has another address; this was the one before.
    Moved(IpAddr),
    /// It has another firmware; this was the one before.
    FirmwareChanged(String),
    /// It was there and is not any more.
    Gone,
}

impl Change {
    /// The stable name.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Back => "back",
            Self::Moved(_) => "moved",
            Self::FirmwareChanged(_) => "firmware_changed",
            Self::Gone => "gone",
        }
    }

    /// What it was before, where that says anything.
    pub fn before(&self) -> Option<String> {
        match self {
            Self::Moved(host) => Some(host.to_string()),
            Self::FirmwareChanged(version) => Some(version.clone()),
            Self::New | Self::Back | Self::Gone => None,
        }
    }
}

/// The entry of `known` that is this device.
pub fn find<'a>(known: &'a [KnownDevice], device: &Device) -> Option<&'a KnownDevice> {
    known
        .iter()
        .find(|entry| entry.device.key == device.key)
        .or_else(|| {
            let serial = device.serial.as_ref().filter(|serial| serial.len() >= 5)?;
            only(known, |other| other.serial.as_ref() == Some(serial) && other.vendor == device.vendor)
        })
        // One card is often many devices: a relay, a recorder, a program that plays cameras. Then it tells nothing.
        .or_else(|| device.mac.as_ref().and_then(|mac| only(known, |other| other.mac.as_ref() == Some(mac))))
        .or_else(|| {
            is_nameless(device)
                .then(|| only(known, |other| other.host == device.host && is_nameless(other)))
                .flatten()
        })
}

/// The entry that fits, when no other one does.
fn only(known: &[KnownDevice], fits: impl Fn(&Device) -> bool) -> Option<&KnownDevice> {
    let mut fitting = known.iter().filter(|entry| fits(&entry.device));
    fitting.next().filter(|_| fitting.next().is_none())
}

/// Whether the device has told nothing that it could be known by elsewhere: its key is its address.
fn is_nameless(device: &Device) -> bool {
    device.key.parse::<SocketAddr>().is_ok() || device.key.parse::<IpAddr>().is_ok()
}

/// What is different about a device that was just met. Nothing when nothing at all was known before: then all is new.
pub fn change(before: &[KnownDevice], device: &Device) -> Option<Change> {
    if before.is_empty() {
        return None;
    }
    let Some(known) = find(before, device) else { return Some(Change::New) };
    let firmware = known.device.firmware.as_ref().filter(|_| device.firmware.is_some());
    if known.device.host != device.host {
        Some(Change::Moved(known.device.host))
    } else if firmware.is_some() && firmware != device.firmware.as_ref() {
        firmware.cloned().map(Change::FirmwareChanged)
    } else {
        known.gone_since.map(|_| Change::Back)
    }
}

/// The inventory after a scan: devices met are as they were found, those of the networks looked at that were not met
/// are gone unless they have been heard since the scan started, the others stay as they were.
pub fn after_scan(
    before: &[KnownDevice],
    found: &[Device],
    coverage: &Coverage,
    started: WallTime,
    now: WallTime,
) -> Vec<KnownDevice> {
    let mut met: Vec<&str> = Vec::new();
    let mut after: Vec<KnownDevice> = found
        .iter()
        .map(|device| {
            let known = find(before, device);
            met.extend(known.map(|known| known.device.key.as_str()));
            KnownDevice {
                device: device.clone(),
                first_seen: known.map_or(now, |known| known.first_seen),
                last_seen: now,
                gone_since: None,
            }
        })
        .collect();
    let missed = before.iter().filter(|known| !met.contains(&known.device.key.as_str()));
    after.extend(missed.map(|known| {
        let gone = (coverage.reaches(known.device.host) && known.last_seen < started).then_some(now);
        KnownDevice { gone_since: known.gone_since.or(gone), ..known.clone() }
    }));
    remember(&mut after, now);
    after
}

/// The inventory after a device announced itself: what was known of it stays, its address is the new one.
pub fn after_hello(before: &[KnownDevice], hello: &Device, now: WallTime) -> (Vec<KnownDevice>, KnownDevice) {
    let known = find(before, hello).cloned();
    let device = known.as_ref().map_or_else(
        || hello.clone(),
        |known| {
            let mut device = known.device.clone();
            if device.host != hello.host {
                // Where its streams are now is not known: the old addresses may be another device's.
                device.rtsp_urls.clear();
                device.guesses.clear();
                device.host = hello.host;
            }
            device.onvif_url.clone_from(&hello.onvif_url);
            device.ports.extend(&hello.ports);
            device
        },
    );
    let entry = KnownDevice {
        device,
        first_seen: known.as_ref().map_or(now, |known| known.first_seen),
        last_seen: now,
        gone_since: None,
    };
    let old = known.map(|known| known.device.key);
    let mut after: Vec<KnownDevice> =
        before.iter().filter(|other| Some(&other.device.key) != old.as_ref()).cloned().collect();
    after.push(entry.clone());
    remember(&mut after, now);
    (after, entry)
}

/// The inventory after a device said that it leaves, and the device; none when it is not known at that address (then
/// somebody else says so).
pub fn after_bye(
    before: &[KnownDevice],
    key: &str,
    host: IpAddr,
    now: WallTime,
) -> Option<(Vec<KnownDevice>, KnownDevice)> {
    let at = before.iter().position(|known| {
        known.device.key == key && known.device.host == host && known.gone_since.is_none()
    })?;
    let mut after = before.to_vec();
    after[at].gone_since = Some(now);
    let entry = after[at].clone();
    Some((after, entry))
}

/// Forgets those met too long ago, and the oldest beyond [`REMEMBERED_MAX`].
fn remember(devices: &mut Vec<KnownDevice>, now: WallTime) {
    devices.retain(|known| known.last_seen + REMEMBERED >= now);
    devices.sort_by_key(|known| core::cmp::Reverse(known.last_seen));
    devices.truncate(REMEMBERED_MAX);
    devices.sort_by(|a, b| (a.device.host, &a.device.key).cmp(&(b.device.host, &b.device.key)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::vec;

    const NOW: WallTime = WallTime(1_795_255_200_000_000);
    const LATER: WallTime = WallTime(NOW.0 + 60_000_000);

    fn host(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn named(number: u32, last: u8) -> Device {
        Device::at(format!("urn:uuid:00000000-0000-0000-0000-{number:012}"), host(last))
    }

    fn nameless(last: u8, port: u16) -> Device {
        Device::at(SocketAddr::new(host(last), port).to_string(), host(last))
    }

    fn known(device: Device) -> KnownDevice {
        KnownDevice { device, first_seen: NOW, last_seen: NOW, gone_since: None }
    }

    fn coverage(complete: bool) -> Coverage {
        Coverage { subnets: vec!["192.0.2.0/24".parse().expect("a network")], complete }
    }

    #[test]
    fn the_first_scan_changes_nothing() {
        assert_eq!(change(&[], &named(1, 1)), None);
    }

    #[test]
    fn new_moved_and_changed_devices_are_told() {
        let mut camera = named(1, 1);
        camera.firmware = Some("V1".into());
        let before = [known(camera.clone()), known(nameless(9, 80))];
        assert_eq!(change(&before, &camera), None);
        assert_eq!(change(&before, &named(2, 2)), Some(Change::New));
        assert_eq!(change(&before, &named(1, 7)), Some(Change::Moved(host(1))));
        assert_eq!(change(&before, &named(1, 1)), None, "not telling the firmware is no other firmware");
        camera.firmware = Some("V2".into());
        assert_eq!(change(&before, &camera), Some(Change::FirmwareChanged("V1".into())));
        assert_eq!(change(&before, &nameless(9, 554)), None, "another port of a device without a name");
        assert_eq!(change(&before, &nameless(8, 80)), Some(Change::New));
    }

    #[test]
    fn devices_are_known_by_serial_and_by_a_card_of_their_own() {
        let with = |mut device: Device, serial: Option<&str>, mac: Option<&str>| {
            device.vendor = Some("ACME".into());
            device.serial = serial.map(Into::into);
            device.mac = mac.map(Into::into);
            device
        };
        let before = [known(with(nameless(1, 80), Some("AB-12345"), None))];
        let moved = with(nameless(2, 80), Some("AB-12345"), None);
        assert_eq!(change(&before, &moved), Some(Change::Moved(host(1))));
        let card = "02:00:00:00:00:01";
        let one = known(with(nameless(1, 80), None, Some(card)));
        let here = with(nameless(3, 80), None, Some(card));
        assert_eq!(change(core::slice::from_ref(&one), &here), Some(Change::Moved(host(1))));
        let both = [one, known(with(nameless(2, 80), None, Some(card)))];
        assert_eq!(change(&both, &here), Some(Change::New), "a card that two share names neither");
    }

    #[test]
    fn gone_is_only_who_would_have_been_met() {
        let elsewhere = Device::at("urn:x".into(), IpAddr::from([10, 0, 0, 1]));
        let before = [known(named(1, 1)), known(named(2, 2)), known(elsewhere)];
        let found = [named(2, 2)];
        let gone = |coverage| -> Vec<_> {
            let after = after_scan(&before, &found, &coverage, LATER, LATER);
            assert_eq!(after.len(), 3);
            after.into_iter().filter(|it| it.gone_since.is_some()).map(|it| it.device.host).collect()
        };
        assert_eq!(gone(coverage(true)), [host(1)]);
        assert!(gone(coverage(false)).is_empty(), "a scan that was cut short misses nobody");
        let heard = after_scan(&before, &found, &coverage(true), NOW, LATER);
        assert!(heard.iter().all(|it| it.gone_since.is_none()), "heard since the scan started");
        let mut before = before.to_vec();
        before[0].gone_since = Some(NOW);
        assert_eq!(change(&before, &named(1, 1)), Some(Change::Back));
    }

    #[test]
    fn a_moved_device_is_one_entry() {
        let before = [known(named(1, 1))];
        let after = after_scan(&before, &[named(1, 7)], &coverage(true), LATER, LATER);
        assert_eq!(after.len(), 1);
        assert_eq!((after[0].device.host, after[0].first_seen), (host(7), NOW));
    }

    #[test]
    fn hello_and_bye_move_and_mark() {
        let mut camera = named(1, 1);
        camera.vendor = Some("ACME".into());
        camera.rtsp_urls = vec![crate::address::StreamUrl::parse("rtsp://192.0.2.1/x").expect("a URL")];
        let before = [known(camera)];
        let (after, entry) = after_hello(&before, &named(1, 5), NOW);
        assert_eq!((after.len(), entry.device.host), (1, host(5)));
        assert_eq!((entry.device.vendor.as_deref(), entry.device.rtsp_urls.len()), (Some("ACME"), 0));
        assert!(after_bye(&after, &entry.device.key, host(1), NOW).is_none(), "said by somebody else");
        let (after, gone) = after_bye(&after, &entry.device.key, host(5), NOW).expect("it is known");
        assert_eq!(gone.gone_since, Some(NOW));
        assert!(after_bye(&after, &entry.device.key, host(5), NOW).is_none(), "once is enough");
    }

    #[test]
    fn what_is_old_is_forgotten() {
        let late = NOW + REMEMBERED + Duration::from_secs(1);
        assert!(after_scan(&[known(named(1, 1))], &[], &coverage(true), late, late).is_empty());
        let flood: Vec<Device> = (0..2000).map(|number| named(number, 3)).collect();
        assert_eq!(after_scan(&[], &flood, &coverage(true), NOW, NOW).len(), REMEMBERED_MAX);
    }
}

//! Owns what a device notices as it tells it (ONVIF Core §9): listening to a pull point, and what its messages mean.
//! Must not know who listens, nor when to try again.

use super::device::Device;
use super::pull_point::PullPoint;
use super::xml::Element;
use atalaya_model::Result;
use atalaya_model::device_event::{DeviceEvent, Notice};
use atalaya_model::ports::BoxFuture;
use atalaya_model::text::from_device;
use atalaya_model::time::WallTime;

/// Hands over what the device notices until `until` is over.
pub(super) async fn listen(
    device: &Device,
    mut until: BoxFuture<'_, ()>,
    mut heard: Box<dyn FnMut(DeviceEvent) + Send + '_>,
) -> Result<()> {
    let (point, lease) = PullPoint::create(device).await?;
    let outcome = tokio::select! {
        () = &mut until => Ok(()),
        outcome = point.pull(lease, |message| event(message).into_iter().for_each(&mut *heard)) => outcome,
    };
    // A device keeps few subscriptions at a time, and a forgotten one takes another listener's place.
    point.end().await;
    outcome
}

/// What a message tells; none for topics that are of no use here, and for ones that cannot be read.
pub(super) fn event(message: &Element) -> Option<DeviceEvent> {
    let notice = notice(message.text_at(&["Topic"])?)?;
    // The inner one is ONVIF's, in the outer one of WS-Notification.
    let message = message.at(&["Message", "Message"]).or(message.at(&["Message"]))?;
    let items = |part: &str| message.at(&[part]).into_iter().flat_map(|part| part.children("SimpleItem"));
    let state = state(&items("Data").collect::<Vec<_>>());
    let deleted = message.attribute("PropertyOperation") == Some("Deleted");
    let source: Vec<_> = items("Source").filter_map(|item| item.attribute("Value")).collect();
    Some(DeviceEvent {
        notice,
        source: from_device(&source.join("/")),
        active: !deleted && state?,
        camera_time: message.attribute("UtcTime").and_then(time),
    })
}

/// The state in a message's data: of the item whose name says so, else the first that can be one.
fn state(items: &[&Element]) -> Option<bool> {
    let is_state = |item: &&&Element| {
        let name = item.attribute("Name").unwrap_or_default();
        // `State`, `LogicalState`, `IsMotion`, `IsTamper` (ONVIF Imaging, Device IO and Analytics services).
        name.ends_with("State") || name.starts_with("Is")
    };
    let value = |item: &&Element| truth(item.attribute("Value")?);
    items.iter().filter(is_state).find_map(value).or_else(|| items.iter().find_map(value))
}

/// The notice that a topic stands for, by its last names: prefixes and what stands before differ by vendor.
///
/// | topic | defined by ONVIF's service |
/// | --- | --- |
/// | `VideoSource/MotionAlarm` | Imaging |
/// | `RuleEngine/CellMotionDetector/Motion` | Analytics |
/// | `VideoSource/GlobalSceneChange/*`, by the service that noticed it | Imaging |
/// | `RuleEngine/TamperDetector/Tamper` | Analytics |
/// | `Device/Trigger/DigitalInput` | Device IO |
fn notice(topic: &str) -> Option<Notice> {
    let names: Vec<_> = topic.split('/').map(|name| name.rsplit(':').next().unwrap_or(name).trim()).collect();
    let is_under = |parents: &[&str]| names.iter().any(|name| parents.contains(name));
    match *names.last()? {
        "Motion" | "MotionAlarm" | "MotionDetector" => Some(Notice::Motion),
        "DigitalInput" => Some(Notice::Input),
        "Tamper" | "TamperAlarm" => Some(Notice::Tamper),
        _ if is_under(&["GlobalSceneChange", "TamperDetector"]) => Some(Notice::Tamper),
        _ => None,
    }
}

fn truth(value: &str) -> Option<bool> {
    match value.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "active" | "closed" => Some(true),
        "false" | "0" | "inactive" | "open" => Some(false),
        _ => None,
    }
}

/// An xs:dateTime; without a zone it is UTC, as the attribute's name says.
pub(super) fn time(text: &str) -> Option<WallTime> {
    let text = text.trim();
    let with_zone = || format!("{text}Z");
    let read = text.parse::<jiff::Timestamp>().or_else(|_| with_zone().parse());
    read.ok().map(|time| WallTime(time.as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(topic: &str, operation: &str, data: &str) -> Option<DeviceEvent> {
        let message = format!(
            "<NotificationMessage><Topic>{topic}</Topic><Message><Message UtcTime=\"2026-11-21T10:20:31\" \
             PropertyOperation=\"{operation}\"><Source><SimpleItem Name=\"a\" Value=\"x\"/>\
             <SimpleItem Name=\"b\" Value=\"y\"/></Source><Data>{data}</Data></Message></Message></NotificationMessage>"
        );
        event(&Element::parse(&message).unwrap())
    }

    fn item(value: &str) -> String {
        format!("<SimpleItem Name=\"Other\" Value=\"7.5\"/><SimpleItem Name=\"State\" Value=\"{value}\"/>")
    }

    #[test]
    fn topics_of_several_vendors_are_told_apart() {
        for (topic, notice) in [
            ("tns1:RuleEngine/CellMotionDetector/Motion", Some(Notice::Motion)),
            ("tns1:VideoSource/MotionAlarm", Some(Notice::Motion)),
            ("tns1:RuleEngine/tnshik:MotionDetector/tns1:Motion", Some(Notice::Motion)),
            ("tns1:RuleEngine/TamperDetector/Tamper", Some(Notice::Tamper)),
            ("tns1:VideoSource/GlobalSceneChange/ImagingService", Some(Notice::Tamper)),
            ("tns1:VideoSource/GlobalSceneChange/AnalyticsService", Some(Notice::Tamper)),
            ("tns1:VideoSource/GlobalSceneChange/RecordingService", Some(Notice::Tamper)),
            ("tns1:RuleEngine/TamperDetector/tnsvendor:Covered", Some(Notice::Tamper)),
            ("tns1:Device/Trigger/DigitalInput", Some(Notice::Input)),
            ("tns1:Device/Trigger/Relay", None),
            ("tns1:VideoSource/ImageTooDark/ImagingService", None),
            ("", None),
        ] {
            assert_eq!(read(topic, "Changed", &item("true")).map(|event| event.notice), notice, "{topic}");
        }
    }

    #[test]
    fn states_are_read_and_what_is_deleted_is_over() {
        let motion = |operation, value| read("tns1:VideoSource/MotionAlarm", operation, &item(value));
        let event = motion("Initialized", "1").unwrap();
        assert_eq!((event.source.as_str(), event.active), ("x/y", true));
        assert_eq!(event.camera_time, Some(WallTime(1_795_256_431_000_000)));
        assert!(!motion("Changed", "false").unwrap().active);
        assert!(!motion("Deleted", "true").unwrap().active);
        assert_eq!(motion("Changed", "perhaps"), None);
        // A figure beside the state is not taken for it, nor is its name needed.
        let data = |first: &str, name: &str| {
            let items = format!(
                "<SimpleItem Name=\"{first}\" Value=\"1\"/><SimpleItem Name=\"{name}\" Value=\"false\"/>"
            );
            read("tns1:Device/Trigger/DigitalInput", "Changed", &items).map(|event| event.active)
        };
        assert_eq!(data("Priority", "LogicalState"), Some(false));
        assert_eq!(data("Priority", "IsTamper"), Some(false));
        assert_eq!(data("Closed", "Other"), Some(true));
    }
}

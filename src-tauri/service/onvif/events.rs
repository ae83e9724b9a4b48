//! Owns the event service's pull points (ONVIF Core §9.2): subscribing, pulling, renewing in time, unsubscribing.
//! Must not know who listens, nor when to try again.

use super::device::{CALL_DEADLINE, Device, required};
use super::xml::Element;
use atalaya_model::device_event::{DeviceEvent, Notice};
use atalaya_model::ports::BoxFuture;
use atalaya_model::text::from_device;
use atalaya_model::time::WallTime;
use atalaya_model::{Error, Kind, Result};
use quick_xml::escape::escape;
use std::time::Duration;
use tokio::time::Instant;

/// How long a subscription lives without a renewal: when this program dies, the device forgets it soon.
const LIFE: Duration = Duration::from_mins(1);
/// How long a device holds an empty answer back.
const PULL: Duration = Duration::from_secs(20);
/// A device that answers at once with nothing, against the specification, is not asked more often than this.
const PACE: Duration = Duration::from_millis(500);
/// Messages in one answer.
const MESSAGES_MAX: usize = 64;

const EVENTS: &str = "http://www.onvif.org/ver10/events/wsdl";
const SUBSCRIPTIONS: &str = "http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager";

/// Hands over what the device notices until `until` is over.
pub(super) async fn listen(
    device: &Device,
    mut until: BoxFuture<'_, ()>,
    mut heard: Box<dyn FnMut(DeviceEvent) + Send + '_>,
) -> Result<()> {
    let service = required(device.services.events.as_ref(), "events")?;
    let body = format!(
        "<tev:CreatePullPointSubscription><tev:InitialTerminationTime>PT{}S</tev:InitialTerminationTime>\
         </tev:CreatePullPointSubscription>",
        LIFE.as_secs()
    );
    let action = format!("{EVENTS}/EventPortType/CreatePullPointSubscriptionRequest");
    let created = device.session.ask(service, &action, body).await?;
    let subscription = created.text_at(&["SubscriptionReference", "Address"]).ok_or_else(|| {
        Error::new(Kind::Protocol, "the device's answer is not what ONVIF lays down")
            .with("missing", "SubscriptionReference/Address")
    })?;
    let outcome = tokio::select! {
        () = &mut until => Ok(()),
        outcome = pull(device, subscription, &mut *heard) => outcome,
    };
    // A device keeps few subscriptions at a time, and a forgotten one takes another listener's place.
    let action = format!("{SUBSCRIPTIONS}/UnsubscribeRequest");
    if let Err(error) = device.session.ask(subscription, &action, "<wsnt:Unsubscribe/>".to_owned()).await {
        tracing::debug!(%error, "a subscription could not be ended; it ends by itself");
    }
    outcome
}

/// Pulls until something fails.
async fn pull(
    device: &Device,
    subscription: &str,
    heard: &mut (dyn FnMut(DeviceEvent) + Send),
) -> Result<()> {
    let action = format!("{EVENTS}/PullPointSubscription/PullMessagesRequest");
    let body = format!(
        "<tev:PullMessages><tev:Timeout>PT{}S</tev:Timeout><tev:MessageLimit>{MESSAGES_MAX}</tev:MessageLimit>\
         </tev:PullMessages>",
        PULL.as_secs()
    );
    let mut renewed = Instant::now();
    let mut renews = true;
    loop {
        let asked = Instant::now();
        let answer =
            device.session.ask_within(PULL + CALL_DEADLINE, subscription, &action, body.clone()).await?;
        answer.children("NotificationMessage").take(MESSAGES_MAX).filter_map(event).for_each(&mut *heard);
        if renews && renewed.elapsed() >= LIFE / 3 {
            renews = renew(device, subscription).await?;
            renewed = Instant::now();
        }
        tokio::time::sleep_until(asked + PACE).await;
    }
}

/// Asks for another life; false when the device cannot do that. Pulling keeps a subscription alive as well
/// (ONVIF Core §9.2.2), so that is no failure.
async fn renew(device: &Device, subscription: &str) -> Result<bool> {
    let life = format!("PT{}S", LIFE.as_secs());
    let body =
        format!("<wsnt:Renew><wsnt:TerminationTime>{}</wsnt:TerminationTime></wsnt:Renew>", escape(&life));
    match device.session.ask(subscription, &format!("{SUBSCRIPTIONS}/RenewRequest"), body).await {
        Ok(_) => Ok(true),
        Err(error) if error.fact("fault").is_some() && error.kind() != Kind::NotFound => {
            tracing::debug!(%error, "a device does not renew subscriptions");
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// What a message tells; none for topics that are of no use here, and for ones that cannot be read.
pub(super) fn event(message: &Element) -> Option<DeviceEvent> {
    let notice = notice(message.text_at(&["Topic"])?)?;
    // The inner one is ONVIF's, in the outer one of WS-Notification.
    let message = message.at(&["Message", "Message"]).or(message.at(&["Message"]))?;
    let items = |part: &str| message.at(&[part]).into_iter().flat_map(|part| part.children("SimpleItem"));
    let state = items("Data").find_map(|item| truth(item.attribute("Value")?));
    let deleted = message.attribute("PropertyOperation") == Some("Deleted");
    let source: Vec<_> = items("Source").filter_map(|item| item.attribute("Value")).collect();
    Some(DeviceEvent {
        notice,
        source: from_device(&source.join("/")),
        active: !deleted && state?,
        camera_time: message.attribute("UtcTime").and_then(time),
    })
}

/// The notice that a topic stands for, by its last names: prefixes and what stands before differ by vendor.
fn notice(topic: &str) -> Option<Notice> {
    let names: Vec<_> = topic.split('/').map(|name| name.rsplit(':').next().unwrap_or(name).trim()).collect();
    match *names.last()? {
        "Motion" | "MotionAlarm" | "MotionDetector" => Some(Notice::Motion),
        "Tamper" | "TamperAlarm" | "ImagingService" | "AnalyticsService" | "RecordingService"
            if names
                .iter()
                .any(|name| matches!(*name, "GlobalSceneChange" | "TamperDetector" | "Tamper")) =>
        {
            Some(Notice::Tamper)
        }
        "DigitalInput" => Some(Notice::Input),
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
fn time(text: &str) -> Option<WallTime> {
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
    }
}

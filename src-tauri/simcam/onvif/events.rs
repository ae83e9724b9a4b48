//! Owns the event service (ONVIF Core §9): pull points that tell when the figure enters or leaves the motion zone, when
//! somebody tampers with the camera, and when its digital input opens or closes.
//! Must not know how the camera comes to these three answers.

use super::{Context, EVENTS_PATH, Outcome, SUBSCRIPTION_PATH, ptz::duration, soap::Fault};
use crate::{
    clock::{self, Civil},
    xml::{Element, each},
};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::time;

/// Pull points one camera keeps; real ones have as few.
const MAX_SUBSCRIPTIONS: usize = 32;
const DEFAULT_LIFE: Duration = Duration::from_mins(1);
const MAX_LIFE: Duration = Duration::from_hours(1);
/// Longest wait in PullMessages.
const MAX_PULL: Duration = Duration::from_mins(1);
/// How often a waiting pull looks at the scene: a fifth of the time an eye would notice.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

/// What there is to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Signals {
    motion: bool,
    tamper: bool,
    input: bool,
}

impl Signals {
    fn of(context: &Context<'_>) -> Self {
        let camera = context.camera;
        Self { motion: camera.sees_motion(), tamper: camera.is_tampered(), input: camera.input_is_closed() }
    }
}

struct Subscription {
    expires: Instant,
    /// The state last told, none before the first pull.
    told: Option<Signals>,
}

#[derive(Default)]
struct State {
    next: u32,
    open: BTreeMap<u32, Subscription>,
}

/// The pull points of one camera.
#[derive(Default)]
pub(super) struct Subscriptions(Mutex<State>);

const UNKNOWN: Fault =
    Fault::sender("wsrf-rw:ResourceUnknownFault", "there is no such subscription, or it has expired");

impl Subscriptions {
    fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        state.open.retain(|_, subscription| subscription.expires > now);
        state
    }

    /// Runs `action` on the subscription that the path names.
    fn with<T>(&self, path: Option<&str>, action: impl FnOnce(&mut Subscription) -> T) -> Result<T, Fault> {
        let id = path.and_then(|id| id.parse::<u32>().ok()).ok_or(UNKNOWN)?;
        self.state().open.get_mut(&id).map(action).ok_or(UNKNOWN)
    }

    pub(super) async fn answer(
        &self,
        context: &Context<'_>,
        name: &str,
        operation: &Element,
        subscription: Option<&str>,
    ) -> Outcome {
        match name {
            "GetServiceCapabilities" => Ok(format!(
                "<tev:GetServiceCapabilitiesResponse><tev:Capabilities WSSubscriptionPolicySupport=\"false\" \
                 WSPausableSubscriptionManagerInterfaceSupport=\"false\" MaxNotificationProducers=\"0\" \
                 MaxPullPoints=\"{MAX_SUBSCRIPTIONS}\" PersistentNotificationStorage=\"false\"/>\
                 </tev:GetServiceCapabilitiesResponse>"
            )),
            "GetEventProperties" => Ok(event_properties()),
            "CreatePullPointSubscription" => self.create(context, operation),
            "PullMessages" => self.pull(context, operation, subscription).await,
            "SetSynchronizationPoint" => {
                self.with(subscription, |subscription| subscription.told = None)?;
                Ok("<tev:SetSynchronizationPointResponse/>".to_owned())
            }
            "Renew" => {
                let life = life(context, operation.child_text("TerminationTime"))?;
                self.with(subscription, |subscription| {
                    subscription.expires = Instant::now() + life;
                })?;
                let utc = context.camera.utc();
                Ok(format!(
                    "<wsnt:RenewResponse><wsnt:TerminationTime>{}</wsnt:TerminationTime>\
                     <wsnt:CurrentTime>{}</wsnt:CurrentTime></wsnt:RenewResponse>",
                    Civil::from_utc(utc + life).iso(),
                    Civil::from_utc(utc).iso()
                ))
            }
            "Unsubscribe" => {
                let id = subscription.and_then(|id| id.parse().ok()).ok_or(UNKNOWN)?;
                self.state().open.remove(&id).ok_or(UNKNOWN)?;
                Ok("<wsnt:UnsubscribeResponse/>".to_owned())
            }
            _ => Err(Fault::not_supported()),
        }
    }

    fn create(&self, context: &Context<'_>, operation: &Element) -> Outcome {
        let utc = context.camera.utc();
        let life = life(context, operation.child_text("InitialTerminationTime"))?;
        let id = {
            let mut state = self.state();
            if state.open.len() >= MAX_SUBSCRIPTIONS {
                return Err(Fault::sender("ter:MaxSubscriptions", "there are too many subscriptions"));
            }
            state.next += 1;
            let id = state.next;
            state.open.insert(id, Subscription { expires: Instant::now() + life, told: None });
            id
        };
        let reference = if context.camera.faults.names_events_by_reference() {
            format!(
                "<wsa:Address>{}</wsa:Address><wsa:ReferenceParameters>\
                 <sim:{REFERENCE} xmlns:sim=\"{REFERENCE_NS}\">{id}</sim:{REFERENCE}></wsa:ReferenceParameters>",
                context.http_url(EVENTS_PATH)
            )
        } else {
            format!("<wsa:Address>{}</wsa:Address>", context.http_url(&format!("{SUBSCRIPTION_PATH}{id}")))
        };
        Ok(format!(
            "<tev:CreatePullPointSubscriptionResponse><tev:SubscriptionReference>{reference}\
             </tev:SubscriptionReference><wsnt:CurrentTime>{}</wsnt:CurrentTime>\
             <wsnt:TerminationTime>{}</wsnt:TerminationTime></tev:CreatePullPointSubscriptionResponse>",
            Civil::from_utc(utc).iso(),
            Civil::from_utc(utc + life).iso()
        ))
    }

    async fn pull(&self, context: &Context<'_>, operation: &Element, subscription: Option<&str>) -> Outcome {
        let wait = operation.child_text("Timeout").and_then(duration).unwrap_or_default().min(MAX_PULL);
        let deadline = Instant::now() + wait;
        loop {
            let signals = Signals::of(context);
            // A waiting pull keeps its subscription alive, as the ones of most real cameras do.
            let prolongs = context.camera.faults.event_life().is_none();
            let (told, expires) = self.with(subscription, |subscription| {
                let now = Instant::now();
                if prolongs {
                    subscription.expires = subscription.expires.max(now + DEFAULT_LIFE);
                }
                (subscription.told.replace(signals), subscription.expires.saturating_duration_since(now))
            })?;
            if told != Some(signals) || Instant::now() >= deadline {
                let utc = context.camera.utc();
                let messages = messages(told, signals, utc);
                return Ok(format!(
                    "<tev:PullMessagesResponse><tev:CurrentTime>{}</tev:CurrentTime>\
                     <tev:TerminationTime>{}</tev:TerminationTime>{messages}</tev:PullMessagesResponse>",
                    Civil::from_utc(utc).iso(),
                    Civil::from_utc(utc + expires).iso()
                ));
            }
            time::sleep(LOOK_INTERVAL).await;
        }
    }
}

/// A termination time is a duration or an instant of the camera's clock (Core §9.1). The camera may grant less.
fn life(context: &Context<'_>, text: Option<&str>) -> Result<Duration, Fault> {
    let most = context.camera.faults.event_life().unwrap_or(MAX_LIFE);
    let Some(text) = text else { return Ok(DEFAULT_LIFE.min(most)) };
    duration(text)
        .or_else(|| clock::parse_iso(text).map(|end| end.saturating_sub(context.camera.utc())))
        .filter(|life| !life.is_zero())
        .map(|life| life.min(most))
        .ok_or(Fault::sender("wsnt:UnacceptableTerminationTimeFault", "the termination time cannot be had"))
}

/// A topic: what it is about, and under which name its state stands.
struct Topic {
    name: &'static str,
    source: &'static str,
    state: &'static str,
    of: fn(Signals) -> bool,
}

/// Motion and tampering have two topics each: clients look for the one or the other.
const TOPICS: [Topic; 5] = [
    Topic {
        name: "tns1:RuleEngine/CellMotionDetector/Motion",
        source: "<tt:SimpleItem Name=\"VideoSourceConfigurationToken\" Value=\"video_source_configuration\"/>\
                 <tt:SimpleItem Name=\"VideoAnalyticsConfigurationToken\" Value=\"analytics\"/>\
                 <tt:SimpleItem Name=\"Rule\" Value=\"zone\"/>",
        state: "IsMotion",
        of: |signals| signals.motion,
    },
    Topic {
        name: "tns1:VideoSource/MotionAlarm",
        source: "<tt:SimpleItem Name=\"Source\" Value=\"video_source\"/>",
        state: "State",
        of: |signals| signals.motion,
    },
    Topic {
        name: "tns1:RuleEngine/TamperDetector/Tamper",
        source: "<tt:SimpleItem Name=\"VideoSourceConfigurationToken\" Value=\"video_source_configuration\"/>\
                 <tt:SimpleItem Name=\"VideoAnalyticsConfigurationToken\" Value=\"analytics\"/>\
                 <tt:SimpleItem Name=\"Rule\" Value=\"tamper\"/>",
        state: "IsTamper",
        of: |signals| signals.tamper,
    },
    Topic {
        name: "tns1:VideoSource/GlobalSceneChange/ImagingService",
        source: "<tt:SimpleItem Name=\"Source\" Value=\"video_source\"/>",
        state: "State",
        of: |signals| signals.tamper,
    },
    Topic {
        name: "tns1:Device/Trigger/DigitalInput",
        source: "<tt:SimpleItem Name=\"InputToken\" Value=\"input_1\"/>",
        state: "LogicalState",
        of: |signals| signals.input,
    },
];

/// What has changed since it was last told, or all of it.
fn messages(told: Option<Signals>, signals: Signals, utc: Duration) -> String {
    let change = if told.is_none() { "Initialized" } else { "Changed" };
    let news = TOPICS.iter().filter(|topic| told.map(topic.of) != Some((topic.of)(signals)));
    each(news, |Topic { name, source, state, of }| {
        format!(
            "<wsnt:NotificationMessage><wsnt:Topic Dialect=\"{CONCRETE_SET}\">{name}</wsnt:Topic>\
             <wsnt:Message><tt:Message UtcTime=\"{}\" PropertyOperation=\"{change}\"><tt:Source>{source}</tt:Source>\
             <tt:Data><tt:SimpleItem Name=\"{state}\" Value=\"{}\"/></tt:Data></tt:Message></wsnt:Message>\
             </wsnt:NotificationMessage>",
            Civil::from_utc(utc).iso(),
            of(signals)
        )
    })
}

fn event_properties() -> String {
    let description = |source: &[(&str, &str)], state: &str| {
        let items = each(source, |(name, kind)| {
            format!("<tt:SimpleItemDescription Name=\"{name}\" Type=\"{kind}\"/>")
        });
        format!(
            "<tt:MessageDescription IsProperty=\"true\"><tt:Source>{items}</tt:Source>\
             <tt:Data><tt:SimpleItemDescription Name=\"{state}\" Type=\"xs:boolean\"/></tt:Data>\
             </tt:MessageDescription>"
        )
    };
    let token = "tt:ReferenceToken";
    let rule = [
        ("VideoSourceConfigurationToken", token),
        ("VideoAnalyticsConfigurationToken", token),
        ("Rule", "xs:string"),
    ];
    let (motion, tamper) = (description(&rule, "IsMotion"), description(&rule, "IsTamper"));
    let source = description(&[("Source", token)], "State");
    let input = description(&[("InputToken", token)], "LogicalState");
    format!(
        "<tev:GetEventPropertiesResponse>\
         <tev:TopicNamespaceLocation>http://www.onvif.org/onvif/ver10/topics/topicns.xml</tev:TopicNamespaceLocation>\
         <wsnt:FixedTopicSet>true</wsnt:FixedTopicSet><wstop:TopicSet>\
         <tns1:RuleEngine><CellMotionDetector><Motion wstop:topic=\"true\">{motion}</Motion></CellMotionDetector>\
         <TamperDetector><Tamper wstop:topic=\"true\">{tamper}</Tamper></TamperDetector></tns1:RuleEngine>\
         <tns1:VideoSource><MotionAlarm wstop:topic=\"true\">{source}</MotionAlarm>\
         <GlobalSceneChange><ImagingService wstop:topic=\"true\">{source}</ImagingService></GlobalSceneChange>\
         </tns1:VideoSource>\
         <tns1:Device><Trigger><DigitalInput wstop:topic=\"true\">{input}</DigitalInput></Trigger></tns1:Device></wstop:TopicSet>\
         <wsnt:TopicExpressionDialect>http://docs.oasis-open.org/wsn/t-1/TopicExpression/Concrete</wsnt:TopicExpressionDialect>\
         <wsnt:TopicExpressionDialect>{CONCRETE_SET}</wsnt:TopicExpressionDialect>\
         <tev:MessageContentFilterDialect>http://www.onvif.org/ver10/tev/messageContentFilter/ItemFilter</tev:MessageContentFilterDialect>\
         <tev:MessageContentSchemaLocation>http://www.onvif.org/onvif/ver10/schema/onvif.xsd</tev:MessageContentSchemaLocation>\
         </tev:GetEventPropertiesResponse>"
    )
}

const CONCRETE_SET: &str = "http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet";
/// The reference parameter that names a subscription, and its namespace.
pub(super) const REFERENCE: &str = "SubscriptionId";
pub(super) const REFERENCE_NS: &str = "urn:atalaya:simulated-camera:events";

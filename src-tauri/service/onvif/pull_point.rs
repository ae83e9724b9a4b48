//! Owns the event service's pull points (ONVIF Core §9.2): subscribing, pulling, renewing in time, unsubscribing.
//! Must not know what messages mean.

use super::device::{CALL_DEADLINE, Device, required};
use super::reference::EndpointReference;
use super::xml::Element;
use atalaya_model::{Error, Kind, Result};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// How long a subscription is to live without a renewal: when this program dies, the device forgets it soon.
const LIFE: Duration = Duration::from_mins(1);
/// Devices that grant less than this are asked no oftener.
const LIFE_MIN: Duration = Duration::from_secs(2);
/// How long a device holds an empty answer back.
const PULL: Duration = Duration::from_secs(20);
/// The shortest that can be asked for in whole seconds, which is all that some devices read.
const PULL_MIN: Duration = Duration::from_secs(1);
/// A device that answers at once with nothing, against the specification, is not asked more often than this.
const PACE: Duration = Duration::from_millis(500);
/// Messages in one answer.
const MESSAGES_MAX: usize = 64;

const EVENTS: &str = "http://www.onvif.org/ver10/events/wsdl";
const SUBSCRIPTIONS: &str = "http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager";

/// How long a subscription lives, and since when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lease {
    since: Instant,
    life: Duration,
}

impl Lease {
    /// What the device grants in an answer: its termination time by its own clock (WS-BaseNotification §4.2), which may
    /// be less than was asked for. `otherwise` where it does not tell.
    fn granted(answer: &Element, otherwise: Duration) -> Self {
        let time = |name: &str| super::events::time(answer.text_at(&[name])?);
        let told = time("CurrentTime").zip(time("TerminationTime")).and_then(|(now, end)| {
            let us = u64::try_from(end.0.checked_sub(now.0)?).ok()?;
            (us > 0).then(|| Duration::from_micros(us))
        });
        Self { since: Instant::now(), life: told.unwrap_or(otherwise).clamp(LIFE_MIN, LIFE) }
    }

    /// When it is to be renewed: half its life is left for an answer that is lost or late.
    fn renewal(self) -> Instant {
        self.since + self.life / 2
    }

    /// How long a pull may wait, so that it is over by then.
    fn pull(self, renews: bool) -> Duration {
        let left =
            if renews { self.renewal().saturating_duration_since(Instant::now()) } else { self.life / 2 };
        left.clamp(PULL_MIN, PULL)
    }
}

/// What keeping a subscription takes.
trait Subscription {
    /// Waits for messages, for so long at most.
    async fn messages(&self, wait: Duration) -> Result<Element>;
    /// Asks for another life.
    async fn renewed(&self) -> Result<Element>;
}

/// A subscription at a device.
pub(super) struct PullPoint<'a> {
    device: &'a Device,
    endpoint: EndpointReference,
}

impl<'a> PullPoint<'a> {
    /// Subscribes to everything.
    pub(super) async fn create(device: &'a Device) -> Result<(Self, Lease)> {
        let service = required(device.services.events.as_ref(), "events")?;
        let body = format!(
            "<tev:CreatePullPointSubscription><tev:InitialTerminationTime>PT{}S</tev:InitialTerminationTime>\
             </tev:CreatePullPointSubscription>",
            LIFE.as_secs()
        );
        let action = format!("{EVENTS}/EventPortType/CreatePullPointSubscriptionRequest");
        let (answer, document) = device.session.ask_whole(service, &action, body).await?;
        let endpoint = EndpointReference::read(&document, "SubscriptionReference")?;
        Ok((Self { device, endpoint }, Lease::granted(&answer, LIFE)))
    }

    /// Hands over messages until something fails, and keeps the subscription alive.
    pub(super) async fn pull(&self, lease: Lease, message: impl FnMut(&Element)) -> Result<()> {
        keep(self, lease, message).await
    }

    /// Unsubscribes. Where that fails, the subscription ends by itself.
    pub(super) async fn end(&self) {
        let action = format!("{SUBSCRIPTIONS}/UnsubscribeRequest");
        if let Err(error) = self.ask(CALL_DEADLINE, &action, "<wsnt:Unsubscribe/>".to_owned()).await {
            tracing::debug!(%error, "a subscription could not be ended; it ends by itself");
        }
    }

    async fn ask(&self, deadline: Duration, action: &str, body: String) -> Result<Element> {
        self.device.session.ask_at(deadline, &self.endpoint, action, body).await
    }
}

impl Subscription for PullPoint<'_> {
    async fn messages(&self, wait: Duration) -> Result<Element> {
        let action = format!("{EVENTS}/PullPointSubscription/PullMessagesRequest");
        let body = format!(
            "<tev:PullMessages><tev:Timeout>PT{}S</tev:Timeout>\
             <tev:MessageLimit>{MESSAGES_MAX}</tev:MessageLimit></tev:PullMessages>",
            wait.as_secs()
        );
        self.ask(wait + CALL_DEADLINE, &action, body).await
    }

    async fn renewed(&self) -> Result<Element> {
        let body = format!(
            "<wsnt:Renew><wsnt:TerminationTime>PT{}S</wsnt:TerminationTime></wsnt:Renew>",
            LIFE.as_secs()
        );
        self.ask(CALL_DEADLINE, &format!("{SUBSCRIPTIONS}/RenewRequest"), body).await
    }
}

/// Pulls until something fails, and renews in time. A device that cannot renew is only pulled from, which keeps a
/// subscription alive as well (ONVIF Core §9.2.2).
async fn keep(
    subscription: &impl Subscription,
    mut lease: Lease,
    mut message: impl FnMut(&Element),
) -> Result<()> {
    let mut renews = true;
    loop {
        let asked = Instant::now();
        let answer = subscription.messages(lease.pull(renews)).await?;
        answer.children("NotificationMessage").take(MESSAGES_MAX).for_each(&mut message);
        if renews && Instant::now() >= lease.renewal() {
            match subscription.renewed().await {
                Ok(answer) => lease = Lease::granted(&answer, lease.life),
                Err(error) if cannot_renew(&error) => {
                    tracing::debug!(%error, "a device does not renew subscriptions");
                    renews = false;
                }
                Err(error) => return Err(error),
            }
        }
        sleep_until(asked + PACE).await;
    }
}

/// Whether a device says that it does not do this, and not that the subscription is gone or the login is wrong.
fn cannot_renew(error: &Error) -> bool {
    error.fact("fault").is_some() && !matches!(error.kind(), Kind::NotFound | Kind::Unauthorized)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::{Cell, RefCell};
    use tokio::time::{sleep, timeout};

    /// A device on the test's own clock.
    struct Server {
        /// What it grants, and whether it tells so.
        life: Duration,
        tells: bool,
        /// What it does about renewals: none when it does not know them.
        renews: bool,
        /// Whether pulling prolongs a subscription.
        pulling_prolongs: bool,
        expires: Cell<Instant>,
        renewals: Cell<u32>,
        waits: RefCell<Vec<Duration>>,
    }

    impl Server {
        fn new(life_s: u64) -> Self {
            let life = Duration::from_secs(life_s);
            Self {
                life,
                tells: true,
                renews: true,
                pulling_prolongs: false,
                expires: Cell::new(Instant::now() + life),
                renewals: Cell::new(0),
                waits: RefCell::default(),
            }
        }

        fn answer(&self) -> Element {
            let end = 10 + self.life.as_secs();
            let times = format!(
                "<CurrentTime>1970-01-01T00:00:10Z</CurrentTime>\
                 <TerminationTime>1970-01-01T{:02}:{:02}:{:02}Z</TerminationTime>",
                end / 3600,
                end / 60 % 60,
                end % 60
            );
            let message = "<NotificationMessage/>";
            Element::parse(&format!("<R>{}{message}</R>", if self.tells { &times } else { "" })).unwrap()
        }

        fn alive(&self) -> Result<()> {
            let gone = || Error::new(Kind::NotFound, "no such subscription").with("fault", "x");
            if Instant::now() < self.expires.get() { Ok(()) } else { Err(gone()) }
        }

        fn prolong(&self) {
            self.expires.set(Instant::now() + self.life);
        }

        /// Keeps a subscription for an hour: how it ended, if it did, and the messages.
        async fn hour(&self) -> (Option<Kind>, usize) {
            let mut messages = 0;
            let lease = Lease::granted(&self.answer(), LIFE);
            let kept = timeout(Duration::from_hours(1), keep(self, lease, |_| messages += 1)).await;
            (kept.ok().map(|ended| ended.unwrap_err().kind()), messages)
        }
    }

    impl Subscription for Server {
        async fn messages(&self, wait: Duration) -> Result<Element> {
            self.waits.borrow_mut().push(wait);
            self.alive()?;
            sleep(wait).await;
            self.alive()?;
            if self.pulling_prolongs {
                self.prolong();
            }
            Ok(self.answer())
        }

        async fn renewed(&self) -> Result<Element> {
            self.alive()?;
            if !self.renews {
                return Err(Error::new(Kind::Unsupported, "no").with("fault", "ter:ActionNotSupported"));
            }
            // As long as a slow camera takes.
            sleep(Duration::from_millis(700)).await;
            self.alive()?;
            self.prolong();
            self.renewals.set(self.renewals.get() + 1);
            Ok(self.answer())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn subscriptions_of_any_life_are_renewed_before_they_end() {
        for (life_s, tells) in
            [(3, true), (4, true), (10, true), (45, true), (60, true), (3600, true), (60, false)]
        {
            let server = Server { tells, ..Server::new(life_s) };
            let (ended, messages) = server.hour().await;
            assert_eq!(ended, None, "{life_s} s");
            let least = 3600 / life_s.min(60);
            assert!(
                u64::from(server.renewals.get()) >= least,
                "{life_s} s: {} renewals",
                server.renewals.get()
            );
            assert!(server.renewals.get() <= 3600 && messages > 100, "{life_s} s");
            let waits = server.waits.borrow();
            assert!(waits.iter().all(|wait| (PULL_MIN..=PULL).contains(wait)), "{life_s} s: {waits:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_device_that_cannot_renew_is_pulled_from() {
        let server = Server { renews: false, pulling_prolongs: true, ..Server::new(10) };
        assert_eq!((server.hour().await.0, server.renewals.get()), (None, 0));
        // Where that prolongs nothing either, the end is said, for somebody to subscribe anew.
        let server = Server { renews: false, ..Server::new(10) };
        assert_eq!(server.hour().await.0, Some(Kind::NotFound));
    }

    #[tokio::test(start_paused = true)]
    async fn nonsense_times_grant_what_was_asked_for() {
        let life =
            |times: &str| Lease::granted(&Element::parse(&format!("<R>{times}</R>")).unwrap(), LIFE).life;
        let times = |now: &str, end: &str| {
            life(&format!("<CurrentTime>{now}</CurrentTime><TerminationTime>{end}</TerminationTime>"))
        };
        assert_eq!(times("2026-01-01T00:00:00Z", "2026-01-01T00:00:05Z"), Duration::from_secs(5));
        assert_eq!(times("2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"), LIFE_MIN);
        assert_eq!(times("2026-01-01T00:00:00Z", "2036-01-01T00:00:00Z"), LIFE);
        for (now, end) in [("2026-01-01T00:00:00Z", "2025-01-01T00:00:00Z"), ("x", "y"), ("", "")] {
            assert_eq!(times(now, end), LIFE, "{now} {end}");
        }
    }
}

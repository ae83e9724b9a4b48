//! Owns one running scan: its tasks, what each fact leads to, and when it is over.
//! Must not know how facts become devices. All tasks are in one set: dropping the scan ends them.

use super::banner;
use super::fingerprint::{self, SILENCE};
use super::interfaces::{self, Ways};
use super::merge::{self, Fact, Ledger};
use super::overheard::Overheard;
use super::probe_match::Announcement;
use super::sweep::Sweeper;
use super::ws_discovery;
use crate::onvif::{OxvifDevice, device_url};
use atalaya_model::address::StreamUrl;
use atalaya_model::discovery::{CAMERA_PORTS, Coverage, Found, ScanRequest, Subnet};
use atalaya_model::{Error, Kind, Result};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Sleep, sleep};

/// The ports asked for RTSP; the others are asked for ONVIF.
const RTSP_PORTS: [u16; 4] = [554, 8554, 5543, 10554];
/// How long a device that announced itself may take to begin an answer: small processors are slow.
const ANNOUNCED: Duration = Duration::from_secs(2);
/// Hosts waiting to be probed by themselves; of more, the later ones are not.
const HOSTS_WAITING: usize = 1024;
/// Questions under way at a time.
const QUESTIONS_MAX: usize = 64;
/// Of those, at one host (S23).
const QUESTIONS_PER_HOST: usize = 8;
/// Questions to one host in all; beyond that it makes devices up.
const ASKED_PER_HOST_MAX: usize = 256;
/// Facts on their way.
const FACTS: usize = 256;

/// A scan under way.
pub(super) struct Scan {
    onvif: Arc<OxvifDevice>,
    sweeper: Arc<Sweeper>,
    tasks: JoinSet<Ended>,
    told: mpsc::Sender<Fact>,
    facts: mpsc::Receiver<Fact>,
    ledger: Ledger,
    ready: VecDeque<Result<Found>>,
    deadline: Pin<Box<Sleep>>,
    /// Networks swept anyway.
    swept: Vec<Subnet>,
    /// How many of them were swept from the start.
    asked_for: usize,
    /// Sweeps under way.
    sweeps: usize,
    /// Takes hosts to probe by themselves; none when no more will be met.
    to_probe: Option<mpsc::Sender<Ipv4Addr>>,
    /// Probes still listened for.
    probes: usize,
    /// Those of them that were sent to a group.
    groups: usize,
    overheard: Overheard,
    questions: Arc<Semaphore>,
    hosts: BTreeMap<IpAddr, Questions>,
    over: bool,
}

/// What has been asked of a host.
struct Questions {
    asked: BTreeSet<String>,
    /// Addresses at which an HTTP server answered.
    answered: BTreeSet<String>,
    open: usize,
    places: Arc<Semaphore>,
}

/// What a task was.
enum Ended {
    Probe { to_group: bool, ended: Result<()> },
    Sweep,
    Question(IpAddr),
}

impl Scan {
    /// Starts everything at once.
    pub(super) fn start(onvif: Arc<OxvifDevice>, request: ScanRequest) -> Self {
        let (told, facts) = mpsc::channel(FACTS);
        let mut scan = Self {
            onvif,
            sweeper: Arc::new(Sweeper::new()),
            tasks: JoinSet::new(),
            told,
            facts,
            ledger: Ledger::default(),
            ready: VecDeque::new(),
            deadline: Box::pin(sleep(request.timeout)),
            swept: Vec::new(),
            asked_for: 0,
            sweeps: 0,
            to_probe: None,
            probes: 0,
            groups: 0,
            overheard: Overheard::default(),
            questions: Arc::new(Semaphore::new(QUESTIONS_MAX)),
            hosts: BTreeMap::new(),
            over: false,
        };
        let all = interfaces::all().unwrap_or_else(|error| {
            scan.ready.push_back(Err(error));
            Ways::default()
        });
        let (Ways { interfaces, links }, unknown) = interfaces::choose(all, &request.interfaces);
        scan.ready.extend(unknown.into_iter().map(Err));
        scan.swept = request.subnets;
        if scan.swept.is_empty() {
            scan.swept = interfaces.iter().filter_map(|interface| interface.subnet().ok()).collect();
        }
        let addresses: BTreeSet<Ipv4Addr> = interfaces.iter().map(|interface| interface.address).collect();
        for address in addresses {
            scan.probe(true, move |found| ws_discovery::probe(address, found));
        }
        for link in links {
            scan.probe(true, move |found| ws_discovery::probe_link(link, found));
        }
        let (to_probe, hosts) = mpsc::channel(HOSTS_WAITING);
        scan.probe(false, |found| ws_discovery::probe_hosts(hosts, found));
        for host in scan.swept.iter().filter_map(|subnet| single(*subnet)) {
            // Nobody waits for the first to be sent; more are probed when they show a port.
            let _ = to_probe.try_send(host);
        }
        scan.to_probe = Some(to_probe);
        scan.asked_for = scan.swept.len();
        let mut hosts = Vec::new();
        for (at, subnet) in scan.swept.iter().enumerate() {
            let before = &scan.swept[..at];
            hosts.extend(subnet.hosts().filter(|host| !before.iter().any(|known| known.contains(*host))));
        }
        scan.sweep(hosts);
        scan
    }

    /// The next device found or known better, and where was looked when all is answered or time is up; then none.
    pub(super) async fn next(&mut self) -> Option<Result<Found>> {
        loop {
            if let Some(found) = self.ready.pop_front() {
                return Some(found);
            }
            if self.over {
                return None;
            }
            tokio::select! {
                biased;
                () = &mut self.deadline => self.finish(false),
                // Never ends: this scan holds a sender itself.
                Some(fact) = self.facts.recv() => self.learn(fact),
                ended = self.tasks.join_next() => match ended {
                    Some(ended) => self.note(ended),
                    // A task's facts are sent before it ends, and received before its end is looked at.
                    None => self.finish(true),
                },
            }
        }
    }

    fn probe<F: Future<Output = Result<()>> + Send + 'static>(
        &mut self,
        to_group: bool,
        probe: impl FnOnce(mpsc::Sender<Announcement>) -> F,
    ) {
        self.probes += 1;
        self.groups += usize::from(to_group);
        let (found, mut announcements) = mpsc::channel::<Announcement>(FACTS);
        let (told, probe) = (self.told.clone(), probe(found));
        self.tasks.spawn(async move {
            let forward = async {
                while let Some(announcement) = announcements.recv().await {
                    if told.send(Fact::Announced(announcement)).await.is_err() {
                        break;
                    }
                }
            };
            let (ended, ()) = tokio::join!(probe, forward);
            Ended::Probe { to_group, ended }
        });
    }

    fn sweep(&mut self, hosts: Vec<Ipv4Addr>) {
        self.sweeps += 1;
        let (sweeper, told) = (self.sweeper.clone(), self.told.clone());
        let (open, mut found) = mpsc::channel(FACTS);
        self.tasks.spawn(async move {
            let forward = async {
                while let Some(at) = found.recv().await {
                    if told.send(Fact::Open(at)).await.is_err() {
                        break;
                    }
                }
            };
            let sweep = async move { sweeper.sweep(hosts, &CAMERA_PORTS, &open).await };
            tokio::join!(sweep, forward);
            Ended::Sweep
        });
    }

    /// Keeps what IPv6 told for later; any other fact.
    fn overhear(&mut self, fact: Fact) -> Option<Fact> {
        match fact {
            Fact::Announced(announcement) if Overheard::is_one(&announcement) => {
                self.overheard.keep(announcement);
                None
            }
            other => Some(other),
        }
    }

    /// What a fact leads to.
    fn learn(&mut self, fact: Fact) {
        let Some(fact) = self.overhear(fact) else { return };
        let host = match &fact {
            Fact::Open(at) => {
                self.meet(at.ip());
                if RTSP_PORTS.contains(&at.port()) {
                    self.ask_rtsp(*at, merge::root_url(at.ip(), at.port()));
                } else if let Ok(url) = device_url(&at.ip().to_string(), at.port()) {
                    self.ask_onvif(at.ip(), url, false);
                }
                at.ip()
            }
            Fact::Announced(announcement) => {
                for url in announcement.urls.iter().take(1) {
                    self.ask_onvif(announcement.host, url.clone(), true);
                }
                self.sweep_stranger(announcement.host);
                announcement.host
            }
            Fact::Identified(host, url, identity) => {
                if let Some(questions) = self.hosts.get_mut(host)
                    && identity.http
                {
                    questions.answered.insert(url.as_str().to_owned());
                }
                if identity.http && !identity.onvif && url.scheme() == "http" {
                    self.ask_banner(SocketAddr::new(*host, url.port()));
                }
                for stream in &identity.streams {
                    self.ask_rtsp(SocketAddr::new(*host, stream.port()), Some(stream.clone()));
                }
                *host
            }
            Fact::Rtsp(at, _) | Fact::Banners(at, _) => at.ip(),
            Fact::Card(host, _) => *host,
        };
        if self.ledger.add(fact) {
            self.show(host);
        }
    }

    /// A host showed that it is there: is it a device that hears no multicast, and what is its card?
    fn meet(&mut self, host: IpAddr) {
        let IpAddr::V4(address) = host else { return };
        if self.hosts.contains_key(&host) {
            return;
        }
        if let Some(to_probe) = &self.to_probe {
            // More than fit are found by their ports alone.
            let _ = to_probe.try_send(address);
        }
        self.note_card(address);
    }

    fn note_card(&mut self, host: Ipv4Addr) {
        if let Some(card) = self.sweeper.hardware_address(host) {
            self.ledger.add(Fact::Card(host.into(), card));
        }
    }

    /// Sweeps a host that answered a probe from outside the networks swept: a camera with the wrong address.
    fn sweep_stranger(&mut self, host: IpAddr) {
        let IpAddr::V4(host) = host else { return };
        self.note_card(host);
        if !self.swept.iter().any(|subnet| subnet.contains(host)) {
            self.swept.extend(Subnet::new(host, 32));
            self.sweep(vec![host]);
        }
    }

    /// Asks an address whether it is a device service. An open port may be anything's and must answer soon; a device
    /// that `announced` it is waited for, unless the same address has answered already.
    fn ask_onvif(&mut self, host: IpAddr, url: StreamUrl, announced: bool) {
        let has_answered = |questions: &Questions| questions.answered.contains(url.as_str());
        if announced && self.hosts.get(&host).is_some_and(has_answered) {
            return;
        }
        let onvif = self.onvif.clone();
        let (question, patience) =
            if announced { (format!("announced {url}"), ANNOUNCED) } else { (url.to_string(), SILENCE) };
        self.ask(host, question, async move {
            let identity = onvif.identify(&url, patience).await;
            Fact::Identified(host, url, identity)
        });
    }

    /// A port is asked for its root and for one stream that is known to be there: many answer 404 to the former.
    fn ask_rtsp(&mut self, at: SocketAddr, url: Option<StreamUrl>) {
        if let Some(url) = url {
            let is_root = merge::root_url(at.ip(), at.port()).as_ref() == Some(&url);
            self.ask(at.ip(), format!("rtsp {} {is_root}", at.port()), async move {
                Fact::Rtsp(at, fingerprint::rtsp(at, &url).await)
            });
        }
    }

    fn ask_banner(&mut self, at: SocketAddr) {
        self.ask(at.ip(), format!("banner {}", at.port()), async move {
            Fact::Banners(at, banner::http(at).await)
        });
    }

    /// Asks a host something, once.
    fn ask(&mut self, host: IpAddr, question: String, answer: impl Future<Output = Fact> + Send + 'static) {
        let questions = self.hosts.entry(host).or_insert_with(|| Questions {
            asked: BTreeSet::new(),
            answered: BTreeSet::new(),
            open: 0,
            places: Arc::new(Semaphore::new(QUESTIONS_PER_HOST)),
        });
        if questions.asked.len() >= ASKED_PER_HOST_MAX || !questions.asked.insert(question) {
            return;
        }
        questions.open += 1;
        let (here, all, told) = (questions.places.clone(), self.questions.clone(), self.told.clone());
        self.tasks.spawn(async move {
            // First the host's place: a slow host must not hold everybody's.
            let _here = here.acquire().await;
            let _all = all.acquire().await;
            // Nobody listens any more when the scan is over.
            let _ = told.send(answer.await).await;
            Ended::Question(host)
        });
    }

    fn note(&mut self, ended: std::result::Result<Ended, tokio::task::JoinError>) {
        match ended {
            Ok(Ended::Probe { to_group, ended }) => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "an interface was not probed");
                }
                self.probes -= 1;
                self.groups -= usize::from(to_group);
                if to_group && self.groups == 0 {
                    self.ask_overheard();
                    self.end_probing();
                }
                if self.probes == 0 {
                    self.show_all();
                }
            }
            Ok(Ended::Question(host)) => {
                if let Some(questions) = self.hosts.get_mut(&host) {
                    questions.open -= 1;
                }
                self.show(host);
            }
            Ok(Ended::Sweep) => {
                self.sweeps -= 1;
                self.end_probing();
            }
            Err(error) => {
                let error = Error::new(Kind::Internal, "a part of the scan failed").caused_by(error);
                self.ready.push_back(Err(error));
            }
        }
    }

    /// Those that only IPv6 found are asked at the addresses that they say they have: many networks carry no IPv4
    /// multicast to their cameras.
    fn ask_overheard(&mut self) {
        let Some(to_probe) = &self.to_probe else { return };
        for host in self.overheard.to_ask(&self.ledger, &self.swept) {
            let _ = to_probe.try_send(host);
        }
    }

    /// No more hosts are met once every network is swept and every group has had its time.
    fn end_probing(&mut self) {
        if self.sweeps == 0 && self.groups == 0 {
            self.to_probe = None;
        }
    }

    /// Whether nothing is under way that could still name what is at a host.
    fn is_settled(&self, host: IpAddr) -> bool {
        self.over || (self.probes == 0 && self.hosts.get(&host).is_none_or(|questions| questions.open == 0))
    }

    fn show(&mut self, host: IpAddr) {
        let news = self.ledger.news(host, self.is_settled(host));
        self.ready.extend(news.into_iter().map(|device| Ok(Found::Device(Box::new(device)))));
    }

    fn show_all(&mut self) {
        for host in self.ledger.hosts() {
            self.show(host);
        }
    }

    /// Ends what is under way and shows what is known.
    fn finish(&mut self, complete: bool) {
        self.over = true;
        self.tasks.abort_all();
        while let Ok(fact) = self.facts.try_recv() {
            if let Some(fact) = self.overhear(fact) {
                self.ledger.add(fact);
            }
        }
        self.show_all();
        for announcement in self.overheard.left(&self.ledger) {
            let host = announcement.host;
            self.ledger.add(Fact::Announced(announcement));
            self.show(host);
        }
        let subnets = self.swept[..self.asked_for].to_vec();
        self.ready.push_back(Ok(Found::Finished(Coverage { subnets, complete })));
    }
}

/// The host of a network of one.
fn single(subnet: Subnet) -> Option<Ipv4Addr> {
    let mut hosts = subnet.hosts();
    hosts.next().filter(|_| hosts.next().is_none())
}

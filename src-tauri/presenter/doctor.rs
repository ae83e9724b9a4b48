//! Examining one camera: why it cannot be found or played. Steps come as they are known; the last one is the verdict.
//! What the findings mean is the model's, `doctor`.
//!
//! **Logins** (S6). At most two are sent in one examination, since ONVIF and HTTP may each refuse one; after a refusal
//! none follows. A login that was refused once, by the doctor or by a pull of the same camera, is not sent again. No
//! login but the given one is ever tried.

mod logins;
mod patient;
mod watch;

pub(crate) use logins::RefusedLogins;

use crate::Result;
use crate::engine::Inner;
use crate::vm::doctor::{DoctorRequest, FindingVm};
use crate::vm::event::EventVm;
use atalaya_model::address::StreamUrl;
use atalaya_model::camera::Role;
use atalaya_model::discovery::{CAMERA_PORTS, Device, Evidence, Found, ScanRequest, Subnet};
use atalaya_model::doctor::{self, Finding, Heard, Login, Onvif, Port, Route, Speech, Step, Via};
use atalaya_model::ports::ProfileFacts;
use atalaya_model::text::from_device;
use atalaya_model::{Error, Kind};
use core::net::{IpAddr, Ipv4Addr};
use futures_util::{Stream, StreamExt, future, stream};
use patient::Patient;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use watch::Watch;

/// For the whole examination. A camera that lets every phase of two streams run out takes longer; by then the cause is
/// found.
const DEADLINE: Duration = Duration::from_mins(1);

/// For hearing a device by discovery, with its random delay (WS-Discovery §2.4) and a repetition.
const DISCOVERY: Duration = Duration::from_millis(2500);

/// Ports looked at besides those that a scan sweeps: further ones of device services, rtsps, HTTPS.
const MORE_PORTS: [u16; 4] = [8081, 5000, 322, 8443];

/// Findings on their way; there are about twenty.
const FINDINGS: usize = 64;

/// The examination that runs, and logins that were refused.
#[derive(Default)]
pub(crate) struct DoctorState {
    running: Mutex<Option<CancellationToken>>,
    runs: AtomicU32,
    refused: RefusedLogins,
}

/// Examines cameras.
pub struct Doctor {
    engine: Arc<Inner>,
}

impl Doctor {
    pub(crate) fn new(engine: Arc<Inner>) -> Self {
        Self { engine }
    }

    /// Examines; each item is one step's finding. Dropping the stream ends the examination at once.
    pub async fn run(&self, request: DoctorRequest) -> Result<impl Stream<Item = FindingVm> + use<>> {
        let patient = Patient::of(&self.engine, request).await?;
        let cancel = self.engine.cancel.child_token();
        let (tell, told) = mpsc::channel(FINDINGS);
        let engine = self.engine.clone();
        let ended = cancel.clone();
        self.engine.tasks.spawn(async move {
            tokio::select! {
                () = examine(&engine, patient, tell) => {}
                () = ended.cancelled() => {}
            }
        });
        Ok(stream::unfold((told, cancel.drop_guard()), |(mut told, guard)| async move {
            told.recv().await.map(|finding| (finding, (told, guard)))
        }))
    }

    /// Starts an examination whose findings come as events; the answer is its number, which they bear. One that runs
    /// already is ended first.
    pub async fn start(&self, request: DoctorRequest) -> Result<u32> {
        let mut findings = Box::pin(self.run(request).await?);
        let number = self.engine.doctor.runs.fetch_add(1, Ordering::Relaxed) + 1;
        let cancel = self.engine.cancel.child_token();
        if let Some(running) = self.engine.doctor.running().replace(cancel.clone()) {
            running.cancel();
        }
        let engine = self.engine.clone();
        self.engine.tasks.spawn(async move {
            loop {
                let next = tokio::select! {
                    next = findings.next() => next,
                    () = cancel.cancelled() => None,
                };
                match next {
                    Some(finding) => engine.emit(EventVm::DoctorFound { run: number, finding }),
                    None => break,
                }
            }
            engine.emit(EventVm::DoctorFinished { run: number });
        });
        Ok(number)
    }

    /// Ends the examination that runs, if one does.
    pub fn cancel(&self) {
        if let Some(running) = self.engine.doctor.running().take() {
            running.cancel();
        }
    }
}

impl DoctorState {
    fn running(&self) -> MutexGuard<'_, Option<CancellationToken>> {
        self.running.lock().expect("no holder panics")
    }

    pub(crate) fn refused(&self) -> &RefusedLogins {
        &self.refused
    }
}

/// Findings so far, told as they come.
struct Report {
    tell: mpsc::Sender<FindingVm>,
    findings: Vec<Finding>,
}

impl Report {
    async fn tell(&mut self, finding: Finding) {
        // Whoever listened no more has ended the examination as well.
        let _ = self.tell.send(FindingVm::from(&finding)).await;
        self.findings.push(finding);
    }
}

async fn examine(engine: &Arc<Inner>, patient: Patient, tell: mpsc::Sender<FindingVm>) {
    let mut report = Report { tell, findings: Vec::new() };
    let examination = Examination { engine, patient };
    let in_time = tokio::select! {
        () = examination.run(&mut report) => true,
        () = engine.ports.clock.sleep(DEADLINE) => false,
    };
    if !in_time {
        let last = report.findings.last().map_or(Step::Route, |finding| finding.step);
        let next = Step::ALL.iter().copied().find(|step| *step > last && *step != Step::Verdict);
        report.tell(Finding::out_of_time(next.unwrap_or(last))).await;
    }
    report.tell(doctor::verdict(&report.findings)).await;
}

/// One examination.
struct Examination<'a> {
    engine: &'a Arc<Inner>,
    patient: Patient,
}

impl Examination<'_> {
    async fn run(&self, report: &mut Report) {
        let hosts = &self.engine.ports.hosts;
        let host = match hosts.resolve(&self.patient.subject.host).await {
            Ok(host) => host,
            Err(error) => {
                tracing::debug!(%error, "a name has no address");
                return report.tell(doctor::name_unknown(&self.patient.subject.host)).await;
            }
        };
        let route = hosts.route(host).await.ok();
        let via = route.as_ref().map(|route| route.via);
        report.tell(doctor::route(route.as_ref())).await;
        if via == Some(Via::Nowhere) {
            return;
        }
        let (ports, (heard, devices)) =
            future::join(self.ports(host), self.discovery(host, route.as_ref())).await;
        let neighbour = hosts.neighbour(host).await;
        report.tell(doctor::neighbour(via, &neighbour, &ports)).await;
        report.tell(doctor::ports(&self.patient.subject, via, &ports)).await;
        if !ports.iter().any(|port| port.speech.is_some()) {
            return;
        }
        report.tell(doctor::web(&ports, self.patient.accepted())).await;
        let onvif = self.onvif(&ports, &devices).await;
        report.tell(doctor::onvif(&self.patient.subject, &onvif, &ports)).await;
        report.tell(doctor::multicast(via, heard, &onvif)).await;
        report.tell(doctor::clock(&onvif)).await;
        self.login_and_streams(report, &onvif).await;
    }

    /// Every port that a camera may use, all at once.
    async fn ports(&self, host: IpAddr) -> Vec<Port> {
        let subject = &self.patient.subject;
        let mut numbers: BTreeSet<u16> =
            CAMERA_PORTS.into_iter().chain(MORE_PORTS).chain(subject.port).collect();
        numbers.extend(subject.streams.iter().map(|(_, url)| url.port()));
        numbers.extend(self.patient.onvif_url.iter().map(StreamUrl::port));
        future::join_all(numbers.into_iter().map(|number| self.engine.ports.hosts.port(host, number))).await
    }

    /// Whether the device is heard by what is asked of all and by what is asked of it alone; and what it then tells.
    async fn discovery(&self, host: IpAddr, route: Option<&Route>) -> (Heard, Vec<Device>) {
        let Some((IpAddr::V4(to), IpAddr::V4(from))) =
            route.and_then(|route| route.source).map(|source| (host, source))
        else {
            return (Heard::default(), Vec::new());
        };
        // A scan that sweeps nobody but this computer itself hears of others only what they answer to multicast.
        let all = async {
            match route.map(|route| route.via) {
                Some(Via::Link | Via::Local) => self.scan(from, from, host).await,
                _ => Vec::new(),
            }
        };
        let (all, alone) = future::join(all, self.scan(from, to, host)).await;
        let answered = |devices: &[Device]| {
            devices.iter().any(|device| device.evidence.contains(&Evidence::WsDiscovery))
        };
        // This computer's own address is asked alone by both.
        let multicast = answered(&all) && to != from;
        (Heard { multicast, unicast: answered(&alone) }, alone)
    }

    async fn scan(&self, from: Ipv4Addr, to: Ipv4Addr, host: IpAddr) -> Vec<Device> {
        let Ok(subnet) = Subnet::new(to, 32) else { return Vec::new() };
        let request =
            ScanRequest { interfaces: vec![from.to_string()], subnets: vec![subnet], timeout: DISCOVERY };
        let mut found = self.engine.ports.discovery.scan(request);
        let mut devices: Vec<Device> = Vec::new();
        while let Some(found) = found.next().await {
            let Ok(Found::Device(device)) = found else { continue };
            if device.host == host {
                devices.retain(|known| known.key != device.key);
                devices.push(*device);
            }
        }
        devices
    }

    /// The device service: where it is known to be, where discovery says, or where ONVIF says on any web server.
    async fn onvif(&self, ports: &[Port], devices: &[Device]) -> Onvif {
        let named = self.patient.subject.port;
        let told = devices.iter().filter(|device| named.is_none_or(|port| device.ports.contains(&port)));
        let told = told.chain(devices).filter_map(|device| device.onvif_url.clone());
        let usual = ports.iter().filter_map(|port| {
            let scheme = match &port.speech {
                Some(Speech::Http(_)) => "http",
                Some(Speech::Tls(_)) => "https",
                _ => return None,
            };
            let host = &self.patient.subject.host;
            let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
            StreamUrl::parse(&format!("{scheme}://{host}:{}/onvif/device_service", port.number)).ok()
        });
        let mut asked = BTreeSet::new();
        let mut answer = Onvif::Absent;
        for url in self.patient.onvif_url.clone().into_iter().chain(told).chain(usual) {
            if !asked.insert(url.clone()) {
                continue;
            }
            match self.engine.ports.hosts.onvif(&url).await {
                answers @ Onvif::Answers { .. } => return answers,
                faulty @ Onvif::Faulty(_) => answer = faulty,
                Onvif::Absent => {}
            }
        }
        answer
    }

    async fn login_and_streams(&self, report: &mut Report, onvif: &Onvif) {
        let user = self.patient.user();
        let mut login = self.kept_back();
        let mut streams = self.patient.subject.streams.clone();
        if let Onvif::Answers { url, .. } = onvif
            && login.is_none()
        {
            let read = self.read(url).await;
            let outcome = read.as_ref().map(|_| ());
            // Of ONVIF, refused may also mean an answer that is too long: only a login can be judged by it.
            login = Login::of(outcome, self.patient.credentials.is_some());
            if login.is_some() {
                report.tell(doctor::login(login.as_ref(), user)).await;
            }
            if login.as_ref().is_none_or(Login::opens) {
                let names = read.as_ref().map(|profiles| names(profiles));
                report
                    .tell(doctor::profiles(names.as_ref().map(Vec::as_slice).map_err(|error| *error)))
                    .await;
            }
            if let (Ok(profiles), true) = (&read, streams.is_empty()) {
                streams = best(profiles);
            }
            if matches!(login, Some(Login::Refused | Login::BasicOnly | Login::SchemeUnknown)) {
                return;
            }
        } else if let Some(login) = &login {
            return report.tell(doctor::login(Some(login), user)).await;
        }
        let told = login.is_some();
        if streams.is_empty() {
            if !told {
                report.tell(doctor::login(None, user)).await;
            }
            return report.tell(doctor::no_stream()).await;
        }
        self.streams(report, &streams, told).await;
    }

    /// Looks at each stream, the second beside the first.
    async fn streams(&self, report: &mut Report, streams: &[(Role, StreamUrl)], mut login_told: bool) {
        let mut held: Option<Watch> = None;
        let mut plays = 0;
        for (role, url) in streams {
            let mut watch = Watch::start(self.engine, &self.patient, *role, url).await;
            let mut one_at_a_time = false;
            // What fails beside the other stream and plays without it shows how many viewers the camera takes.
            let is_full = watch.error().is_some_and(|error| {
                !matches!(
                    error.kind(),
                    Kind::Unauthorized | Kind::Refused | Kind::NotFound | Kind::Unsupported
                ) && !error.kind().is_certificate()
            });
            if is_full && plays > 0 && held.take().is_some() {
                watch = Watch::start(self.engine, &self.patient, *role, url).await;
                one_at_a_time = watch.error().is_none();
            }
            if !login_told {
                let outcome = watch.error().map_or(Ok(()), Err);
                let login = Login::of(outcome, self.patient.credentials.is_some());
                report.tell(doctor::login(login.as_ref(), self.patient.user())).await;
                login_told = true;
            }
            let watched = watch.look(self.engine).await;
            let refused = watched.error.as_ref().is_some_and(|error| error.kind() == Kind::Unauthorized);
            let played = watched.error.is_none();
            for finding in doctor::stream(*role, &watched) {
                report.tell(finding).await;
            }
            if plays > 0 && (one_at_a_time || played) {
                report.tell(doctor::connections(!one_at_a_time).of(*role)).await;
            }
            if refused {
                return;
            }
            plays += usize::from(played);
            held = Some(watch).filter(|_| played);
        }
    }

    /// Whether the login was refused before and stays here.
    fn kept_back(&self) -> Option<Login> {
        self.patient.is_refused(self.engine).then_some(Login::NotSent)
    }

    /// Reads the device with the login.
    async fn read(&self, url: &StreamUrl) -> atalaya_model::Result<Vec<ProfileFacts>> {
        let credentials = self.patient.credentials.as_ref();
        let _turn = self.patient.turn().await;
        // Whoever had the turn before may have been refused.
        if self.patient.is_refused(self.engine) {
            return Err(Error::new(Kind::Unauthorized, "the camera refused these credentials before"));
        }
        let read = self.engine.ports.onvif.read(url, credentials, self.patient.accepted()).await;
        if let Err(error) = &read {
            self.patient.note(self.engine, error);
        }
        read.map(|facts| facts.profiles)
    }
}

/// Profiles by name and size, for people; of a recorder's many the first few.
fn names(profiles: &[ProfileFacts]) -> Vec<String> {
    const SHOWN: usize = 3;
    let mut names: Vec<String> = profiles
        .iter()
        .take(SHOWN)
        .map(|profile| from_device(&format!("{} {}×{}", profile.encoding, profile.width, profile.height)))
        .collect();
    if profiles.len() > SHOWN {
        names.push(format!("+{}", profiles.len() - SHOWN));
    }
    names
}

/// The largest and the smallest picture: what would be the camera's main and sub-stream.
fn best(profiles: &[ProfileFacts]) -> Vec<(Role, StreamUrl)> {
    let area = |profile: &&ProfileFacts| u64::from(profile.width) * u64::from(profile.height);
    let main = profiles.iter().rev().max_by_key(area);
    let sub = profiles.iter().filter(|profile| area(profile) > 0).min_by_key(area);
    let sub = sub.filter(|sub| main.is_some_and(|main| main.url != sub.url));
    let roles = [Role::Main, Role::Sub];
    roles.into_iter().zip([main, sub]).filter_map(|(role, found)| Some((role, found?.url.clone()))).collect()
}

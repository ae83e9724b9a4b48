//! Owns one RTSP session: its tracks, how each is delivered, and what is sent while it plays.
//! Must not know requests and responses. TCP output is handed back to be written, UDP is sent here.

use super::{
    resource::{Medium, Mount},
    sdp::{VIDEO_CLOCK_HZ, VIDEO_PAYLOAD_TYPE},
    transport::Offer,
};
use crate::{
    camera::Camera,
    clock,
    fault::Faults,
    media::{SAMPLE_RATE_HZ, Unit},
    rtp::{self, HEADER_BYTES, RtpSender},
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::{
    future, io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};
use tokio::{net::UdpSocket, sync::mpsc, time};

/// A session not heard of for this long ends (RFC 2326 §12.37).
pub(super) const TIMEOUT: Duration = Duration::from_mins(1);
/// From one sender report to the next: the minimum of RFC 3550 §6.2.
const REPORT_INTERVAL: Duration = Duration::from_secs(5);
/// Tries at finding a free even port with a free odd one after it (RFC 3550 §11).
const PORT_TRIES: usize = 64;

/// What a session waits for.
pub(super) enum Event {
    Unit(Unit),
    ReportDue,
    /// The stream behind the session has stopped.
    Ended,
}

enum Path {
    Interleaved { rtp: u8, rtcp: u8 },
    Udp { rtp: UdpSocket, rtcp: UdpSocket, to_rtp: SocketAddr, to_rtcp: SocketAddr },
}

impl Path {
    /// Delivers an RTP packet, given in parts. A datagram that the network does not take now is lost, as on a wire.
    fn rtp(&self, parts: [&[u8]; 3], out: &mut Vec<u8>) {
        match self {
            Self::Interleaved { rtp, .. } => interleave(*rtp, &parts, out),
            Self::Udp { rtp, to_rtp, .. } => {
                let _lost = rtp.try_send_to(&parts.concat(), *to_rtp);
            }
        }
    }

    fn rtcp(&self, packet: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Interleaved { rtcp, .. } => interleave(*rtcp, &[packet], out),
            Self::Udp { rtcp, to_rtcp, .. } => {
                let _lost = rtcp.try_send_to(packet, *to_rtcp);
            }
        }
    }
}

/// Frames binary data in the RTSP connection (RFC 2326 §10.12).
fn interleave(channel: u8, parts: &[&[u8]], out: &mut Vec<u8>) {
    let length = parts.iter().map(|part| part.len()).sum::<usize>() as u16;
    out.extend([b'$', channel]);
    out.extend(length.to_be_bytes());
    for part in parts {
        out.extend_from_slice(part);
    }
}

struct Track {
    medium: Medium,
    sender: RtpSender,
    path: Path,
    /// A packet that the next one is to overtake.
    overtaken: Option<Vec<u8>>,
}

/// What a network does to packets, each by its share (0..=1).
#[derive(Clone, Copy)]
struct Weather {
    loss: f64,
    udp_loss: f64,
    reorder: f64,
    duplicate: f64,
}

impl Weather {
    fn of(faults: &Faults) -> Self {
        Self {
            loss: faults.loss(),
            udp_loss: faults.udp_loss(),
            reorder: faults.reorder(),
            duplicate: faults.duplicate(),
        }
    }
}

impl Track {
    /// Delivers an RTP packet as the weather has it; whether it leaves at all.
    fn deliver(&mut self, parts: [&[u8]; 3], weather: Weather, dice: &mut StdRng, out: &mut Vec<u8>) -> bool {
        let mut strikes = |share: f64| share > 0.0 && dice.random_bool(share);
        if strikes(weather.loss) {
            return false;
        }
        // What TCP carries comes, once and in order.
        if matches!(self.path, Path::Udp { .. }) {
            if strikes(weather.udp_loss) {
                return false;
            }
            if self.overtaken.is_none() && strikes(weather.reorder) {
                self.overtaken = Some(parts.concat());
                return true;
            }
            if strikes(weather.duplicate) {
                self.path.rtp(parts, out);
            }
        }
        self.path.rtp(parts, out);
        if let Some(late) = self.overtaken.take() {
            self.path.rtp([&late, &[], &[]], out);
        }
        true
    }
}

struct Playing {
    units: mpsc::Receiver<Unit>,
    since: Instant,
    /// After a silence, pictures that refer to unsent ones would only be garbage.
    needs_key: bool,
    next_report: time::Instant,
}

/// One client's session.
pub(super) struct Session {
    pub(super) id: String,
    pub(super) mount: Mount,
    camera: Arc<Camera>,
    tracks: Vec<Track>,
    playing: Option<Playing>,
    /// What chance decides, the same in every run of a seed.
    dice: StdRng,
}

impl Session {
    /// A session, or none when the camera has as many as it takes.
    pub(super) fn new(camera: Arc<Camera>, mount: Mount) -> Option<Self> {
        let limit = camera.faults.connection_limit().unwrap_or(u16::MAX);
        let places = |open: u16| (open < limit).then(|| open + 1);
        camera.sessions.fetch_update(Ordering::Relaxed, Ordering::Relaxed, places).ok()?;
        let id = format!("{:016x}", rand::random::<u64>());
        let dice = StdRng::seed_from_u64(camera.seed);
        Some(Self { id, mount, camera, tracks: Vec::new(), playing: None, dice })
    }

    pub(super) fn is_playing(&self) -> bool {
        self.playing.is_some()
    }

    pub(super) fn has_tracks(&self) -> bool {
        !self.tracks.is_empty()
    }

    /// Whether an operation on the one track `medium` would be one on the whole session.
    pub(super) fn consists_of(&self, medium: Medium) -> bool {
        matches!(&self.tracks[..], [only] if only.medium == medium)
    }

    /// Sets a track up, or anew; returns the Transport header that says how. None when the channels are taken.
    pub(super) async fn set_up(
        &mut self,
        medium: Medium,
        offer: Offer,
        local: IpAddr,
        peer: IpAddr,
    ) -> io::Result<Option<String>> {
        self.tracks.retain(|track| track.medium != medium);
        let sender = match medium {
            Medium::Video => RtpSender::new(VIDEO_PAYLOAD_TYPE, VIDEO_CLOCK_HZ),
            Medium::Audio => {
                let codec = self.camera.stream(self.mount).plan().audio.unwrap_or_default();
                RtpSender::new(codec.payload_type(), SAMPLE_RATE_HZ)
            }
        };
        let (path, answer) = match offer {
            Offer::Interleaved(channels) => {
                let Some((rtp, rtcp)) = self.channels(channels) else {
                    return Ok(None);
                };
                (Path::Interleaved { rtp, rtcp }, format!("RTP/AVP/TCP;unicast;interleaved={rtp}-{rtcp}"))
            }
            Offer::Udp(to_rtp, to_rtcp) => {
                let (rtp, rtcp) = bind_pair(local).await?;
                let (rtp_port, rtcp_port) = (rtp.local_addr()?.port(), rtcp.local_addr()?.port());
                let answer = format!(
                    "RTP/AVP;unicast;client_port={to_rtp}-{to_rtcp};server_port={rtp_port}-{rtcp_port}"
                );
                // Only ever to the client itself, whatever `destination` it may have asked for.
                let [to_rtp, to_rtcp] = [to_rtp, to_rtcp].map(|port| SocketAddr::new(peer, port));
                (Path::Udp { rtp, rtcp, to_rtp, to_rtcp }, answer)
            }
        };
        let answer = format!("{answer};ssrc={:08X};mode=\"PLAY\"", sender.ssrc());
        self.tracks.push(Track { medium, sender, path, overtaken: None });
        Ok(Some(answer))
    }

    /// The channels asked for, or the lowest free pair.
    fn channels(&self, wanted: Option<(u8, u8)>) -> Option<(u8, u8)> {
        let taken = |channel| {
            self.tracks.iter().any(|track| match track.path {
                Path::Interleaved { rtp, rtcp } => channel == rtp || channel == rtcp,
                Path::Udp { .. } => false,
            })
        };
        match wanted {
            Some((rtp, rtcp)) => (!taken(rtp) && !taken(rtcp)).then_some((rtp, rtcp)),
            None => (0..=254)
                .step_by(2)
                .map(|rtp| (rtp, rtp + 1))
                .find(|&(rtp, rtcp)| !taken(rtp) && !taken(rtcp)),
        }
    }

    /// Starts to play; returns the RTP-Info header (RFC 2326 §12.33) for tracks under `url`.
    pub(super) fn play(&mut self, url: &str) -> io::Result<String> {
        let now = Instant::now();
        if self.playing.is_none() {
            let units = self.camera.stream(self.mount).subscribe()?;
            let next_report = time::Instant::now();
            self.playing = Some(Playing { units, since: now, needs_key: true, next_report });
        }
        let at = now.saturating_duration_since(self.camera.epoch);
        let tracks = self.tracks.iter().map(|track| {
            let time = if self.camera.faults.omits_rtptime() {
                String::new()
            } else {
                format!(";rtptime={}", track.sender.timestamp(at))
            };
            format!("url={url}/{};seq={}", track.medium.control(), track.sender.next_sequence()) + &time
        });
        Ok(tracks.collect::<Vec<_>>().join(","))
    }

    pub(super) fn pause(&mut self) {
        self.playing = None;
    }

    /// Waits for the next thing to send; for ever while not playing. Cancelling it loses nothing.
    pub(super) async fn next(&mut self) -> Event {
        let Some(playing) = &mut self.playing else {
            return future::pending().await;
        };
        tokio::select! {
            // Reports first: the one after PLAY lets a client place the very first picture in time.
            biased;
            () = time::sleep_until(playing.next_report) => Event::ReportDue,
            unit = playing.units.recv() => unit.map_or(Event::Ended, Event::Unit),
        }
    }

    /// Sends a unit: over UDP at once, else by appending to `out`.
    pub(super) fn send(&mut self, unit: &Unit, out: &mut Vec<u8>) {
        let Some(playing) = &mut self.playing else { return };
        if self.camera.faults.stalls_at(playing.since.elapsed()) {
            playing.needs_key = true;
            return;
        }
        match unit {
            Unit::Video { at, nals, key } => {
                if playing.needs_key && !key {
                    return;
                }
                playing.needs_key = false;
                self.send_payloads(
                    Medium::Video,
                    |sender| sender.timestamp(*at),
                    out,
                    |emit| {
                        rtp::payloads(nals, emit);
                    },
                );
            }
            Unit::Audio { at_sample, samples } => {
                self.send_payloads(
                    Medium::Audio,
                    |sender| sender.timestamp_of_ticks(*at_sample),
                    out,
                    |emit| {
                        emit(&[], samples, false);
                    },
                );
            }
        }
    }

    fn send_payloads(
        &mut self,
        medium: Medium,
        timestamp: impl Fn(&RtpSender) -> u32,
        out: &mut Vec<u8>,
        produce: impl FnOnce(&mut dyn FnMut(&[u8], &[u8], bool)),
    ) {
        let Some(track) = self.tracks.iter_mut().find(|track| track.medium == medium) else {
            return;
        };
        let (timestamp, weather) = (timestamp(&track.sender), Weather::of(&self.camera.faults));
        produce(&mut |head, data, marker| {
            let header: [u8; HEADER_BYTES] = track.sender.header(timestamp, marker, head.len() + data.len());
            if !track.deliver([&header, head, data], weather, &mut self.dice, out) {
                self.camera.kept_back.fetch_add(1, Ordering::Relaxed);
            }
        });
    }

    /// Sends a sender report for every track and sets the time of the next. Returns whether the client was heard
    /// of in the meantime by receiver reports over UDP.
    pub(super) fn report(&mut self, out: &mut Vec<u8>) -> bool {
        let Some(playing) = &mut self.playing else {
            return false;
        };
        playing.next_report = time::Instant::now() + REPORT_INTERVAL;
        let faults = &self.camera.faults;
        let stalled = faults.stalls_at(playing.since.elapsed());
        if !faults.omits_sender_reports() && !stalled {
            let at = Instant::now().saturating_duration_since(self.camera.epoch);
            let ntp = clock::ntp(self.camera.utc());
            for track in &self.tracks {
                track.path.rtcp(&track.sender.sender_report(ntp, at, &self.camera.identity.cname), out);
            }
        }
        // Every socket is to be emptied, so no short cut by `any`.
        let heard = self.tracks.iter().filter(|track| heard_over_udp(&track.path)).count();
        heard > 0
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.camera.sessions.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Empties the RTCP socket; whether anything from the client was in it.
fn heard_over_udp(path: &Path) -> bool {
    let Path::Udp { rtcp, to_rtcp, .. } = path else {
        return false;
    };
    let mut heard = false;
    let mut packet = [0; 1_500];
    while let Ok((_, from)) = rtcp.try_recv_from(&mut packet) {
        heard |= from.ip() == to_rtcp.ip();
    }
    heard
}

/// Two sockets on an even port and the one after it.
async fn bind_pair(address: IpAddr) -> io::Result<(UdpSocket, UdpSocket)> {
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..PORT_TRIES {
        let port = rand::rng().random_range(10_000..32_000_u16) * 2;
        match UdpSocket::bind((address, port)).await {
            Ok(rtp) => match UdpSocket::bind((address, port + 1)).await {
                Ok(rtcp) => return Ok((rtp, rtcp)),
                Err(error) => last = error,
            },
            Err(error) => last = error,
        }
    }
    Err(last)
}

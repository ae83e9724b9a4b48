//! Owns a fleet of cameras: its listeners and every task of it, from start to stop.
//! Must not know what is spoken on the connections.

use crate::{
    camera::{Camera, FleetParameterSets},
    clock,
    discovery::{self, Announced, Manner, Responder},
    fault::Faults,
    http::{self, MJPEG_PATH, SNAPSHOT_PATH},
    identity::Identity,
    onvif::{self, DEVICE_PATH},
    options::FleetOptions,
    picture::Scene,
    rtsp::{self, Mount},
    tls,
};
use std::{
    future::Future,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task, time,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

/// Cameras one fleet can have.
pub const MAX_CAMERAS: u16 = 64;
/// Connections a listener serves at a time; further ones are closed at once.
const MAX_CONNECTIONS: usize = 32;
/// Everything obeys cancellation within a picture's time; what has not by then is left behind and reported.
const STOP_DEADLINE: Duration = Duration::from_secs(5);
/// After a failed accept (no descriptors, say) the listener rests, or it would spin.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// How to reach one camera of a fleet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraInfo {
    /// Name, such as `Simulated camera 1 (gate)`.
    pub name: String,
    /// Stable per address and port.
    pub uuid: Uuid,
    /// Serial number as told by ONVIF.
    pub serial: String,
    /// The ONVIF device service.
    pub onvif_url: String,
    /// Main stream, sub-stream.
    pub rtsp_urls: Vec<String>,
    /// A fresh JPEG.
    pub snapshot_url: String,
    /// Motion JPEG over HTTP, 640 x 360 at ten pictures a second.
    pub mjpeg_url: String,
}

/// Running simulated cameras. Dropping it stops them without waiting; [`Fleet::stop`] waits.
pub struct Fleet {
    cameras: Vec<CameraInfo>,
    kept_back: Vec<Arc<AtomicU64>>,
    tracker: TaskTracker,
    cancel: CancellationToken,
}

impl Fleet {
    /// Starts the cameras; when this returns they can be reached.
    ///
    /// # Errors
    /// `InvalidInput` for a count or port range out of bounds, else what binding the ports brought.
    pub async fn start(options: FleetOptions) -> io::Result<Self> {
        check(&options)?;
        let sets = task::spawn_blocking(FleetParameterSets::prime).await.map_err(io::Error::other)?;
        let sets = sets.map_err(io::Error::other)?;
        // Dropped on an early return, which ends what has been started.
        let mut fleet = Self {
            cameras: Vec::new(),
            kept_back: Vec::new(),
            tracker: TaskTracker::new(),
            cancel: CancellationToken::new(),
        };
        let faults = Faults::new(options.faults.clone());
        let tls = faults.speaks_tls().then(tls::acceptor).transpose()?;
        let rtsp_tls = faults.speaks_rtsps().then(tls::acceptor).transpose()?;
        let (scheme, rtsp_scheme) = (faults.http_scheme(), faults.rtsp_scheme());
        let mut announced = Vec::new();
        for index in 0..options.count {
            let (rtsp, http) = bind(&options, index).await?;
            let (rtsp_at, http_at) = (reachable(rtsp.local_addr()?), reachable(http.local_addr()?));
            let scene = Scene::of_camera(index);
            let place = options.identity.clone().unwrap_or_else(|| options.bind.to_string());
            let identity = Identity::new(index, scene, &place, rtsp_at.port());
            fleet.cameras.push(CameraInfo {
                name: identity.name.clone(),
                uuid: identity.uuid,
                serial: identity.serial.clone(),
                onvif_url: format!("{scheme}://{http_at}{DEVICE_PATH}"),
                rtsp_urls: [Mount::Main, Mount::Sub]
                    .map(|mount| format!("{rtsp_scheme}://{rtsp_at}{}", mount.path()))
                    .into(),
                snapshot_url: format!("{scheme}://{http_at}{SNAPSHOT_PATH}"),
                mjpeg_url: format!("{scheme}://{http_at}{MJPEG_PATH}"),
            });
            announced.push(Announced::new(identity.clone(), scheme, http_at.port()));
            let camera = Arc::new(Camera::new(identity, scene, &options, sets.clone(), &fleet.tracker));
            fleet.kept_back.push(Arc::clone(&camera.kept_back));
            let onvif = Arc::new(onvif::Device::new(Arc::clone(&camera), rtsp_at.port()));
            let for_http = Arc::clone(&camera);
            let rtsp_tls = rtsp_tls.clone();
            fleet.listen(rtsp, move |socket, peer, cancel| {
                rtsp::serve(Arc::clone(&camera), rtsp_tls.clone(), socket, peer, cancel)
            });
            let tls = tls.clone();
            fleet.listen(http, move |socket, peer, cancel| {
                http::accept(Arc::clone(&for_http), Arc::clone(&onvif), tls.clone(), socket, peer, cancel)
            });
        }
        if options.discoverable && !faults.hides_from_discovery() && !faults.hides_onvif() {
            let manner = Manner {
                instance: clock::utc_now().as_secs(),
                max_delay: faults.discovery_delay(),
                in_ipv4_group: !faults.hides_from_ipv4_group(),
            };
            fleet.announce(&announced, options.bind, manner);
        }
        Ok(fleet)
    }

    /// The cameras, in order.
    pub fn cameras(&self) -> &[CameraInfo] {
        &self.cameras
    }

    /// How many RTP packets faults have kept back so far, of all cameras.
    pub fn packets_kept_back(&self) -> u64 {
        self.kept_back.iter().map(|of_one| of_one.load(Ordering::Relaxed)).sum()
    }

    /// Stops every camera and waits until its last task and thread has ended.
    ///
    /// # Errors
    /// `TimedOut` when something did not end within five seconds.
    pub async fn stop(self) -> io::Result<()> {
        self.cancel.cancel();
        self.tracker.close();
        time::timeout(STOP_DEADLINE, self.tracker.wait()).await.map_err(io::Error::from)
    }

    /// Lets WS-Discovery find the cameras. A fleet that cannot be discovered still runs.
    fn announce(&self, cameras: &[Announced], bind: IpAddr, manner: Manner) {
        let IpAddr::V4(bind) = bind else {
            tracing::warn!(%bind, "WS-Discovery tells IPv4 addresses only here; the cameras are reached by address");
            return;
        };
        let run = |responder: Responder| {
            self.tracker.spawn(responder.run(self.tracker.clone(), self.cancel.clone()));
        };
        match Responder::join(cameras.to_vec(), bind, manner) {
            Ok(responder) => run(responder),
            Err(error) => {
                tracing::warn!(%bind, %error, "no WS-Discovery; the cameras are reached by address");
            }
        }
        for (link, home) in discovery::links(bind) {
            match Responder::join_link(cameras.to_vec(), home, link, manner) {
                Ok(responder) => run(responder),
                Err(error) => tracing::debug!(%link, %error, "no WS-Discovery over IPv6"),
            }
        }
    }

    /// Accepts connections until cancelled; `serve` runs each as a task of the fleet.
    fn listen<F>(
        &self,
        listener: TcpListener,
        serve: impl Fn(TcpStream, SocketAddr, CancellationToken) -> F + Send + 'static,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        let (tracker, cancel) = (self.tracker.clone(), self.cancel.clone());
        let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        self.tracker.spawn(async move {
            loop {
                let accepted = tokio::select! {
                    () = cancel.cancelled() => return,
                    accepted = listener.accept() => accepted,
                };
                match accepted {
                    Ok((socket, peer)) => {
                        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
                            tracing::warn!(%peer, "too many connections; this one is closed");
                            continue;
                        };
                        let connection = serve(socket, peer, cancel.clone());
                        tracker.spawn(async move {
                            connection.await;
                            drop(place);
                        });
                    }
                    Err(error) => {
                        tracing::warn!(%error, "accept failed");
                        time::sleep(ACCEPT_REST).await;
                    }
                }
            }
        });
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

fn check(options: &FleetOptions) -> io::Result<()> {
    let ports_end = u32::from(options.first_port) + 2 * u32::from(options.count);
    if !(1..=MAX_CAMERAS).contains(&options.count) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("count must be 1 to {MAX_CAMERAS}")));
    }
    if ports_end > 65_536 {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not enough ports after the first"));
    }
    Ok(())
}

/// The RTSP and the HTTP listener of a camera.
async fn bind(options: &FleetOptions, index: u16) -> io::Result<(TcpListener, TcpListener)> {
    let bind = |offset: u16| async move {
        let port = if options.first_port == 0 { 0 } else { options.first_port + 2 * index + offset };
        let address = SocketAddr::new(options.bind, port);
        TcpListener::bind(address)
            .await
            .map_err(|error| io::Error::new(error.kind(), format!("cannot listen on {address}: {error}")))
    };
    Ok((bind(0).await?, bind(1).await?))
}

/// A listening address as a client on this machine can use it.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

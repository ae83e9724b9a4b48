//! The loopback WebSocket that carries live pictures into the window: its listener, its doors, its tasks.
//!
//! Measured against Tauri's own channels it costs the program and the webview a tenth of them, and its back-pressure
//! reaches the presenter. Loopback is no protection by itself (any page in any browser of this machine can connect to
//! it), so [`Admission`] decides who may enter (S13). Must not know what a picture is: that is the presenter's.

mod admission;
mod message;
mod session;
mod signatures;

#[cfg(test)]
mod tests;

use admission::Admission;
use atalaya_model::ports::Clock;
use atalaya_model::window::WINDOWS_MAX;
use atalaya_presenter::Engine;
use atalaya_presenter::vm::live::LiveEndpointVm;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Windows served at a time: as many as there may be, and half of them twice, since a page that is loaded anew overlaps
/// with its predecessor for a moment and one that died is missed a little later.
const SESSIONS_MAX: usize = WINDOWS_MAX + WINDOWS_MAX / 2;

/// Connections that have not shown the token yet. More than sessions, so that a hostile page that opens some and says
/// nothing does not lock the windows out; few, so that it cannot use up descriptors.
const STRANGERS_MAX: usize = 2 * SESSIONS_MAX;

/// After a failed accept (no descriptors, say) the listener rests, or it would spin.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// The running server. Dropping it ends its sessions without waiting; [`LiveServer::stop`] waits.
pub(crate) struct LiveServer {
    endpoint: LiveEndpointVm,
    tasks: TaskTracker,
    cancel: CancellationToken,
}

/// What every connection is served with.
struct Service {
    engine: Engine,
    clock: Arc<dyn Clock>,
    admission: Admission,
    strangers: Semaphore,
    sessions: Semaphore,
}

impl LiveServer {
    /// Listens on a free port of 127.0.0.1 with a new token.
    pub(crate) async fn start(engine: Engine, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let admission = Admission::new(listener.local_addr()?.port());
        let endpoint = LiveEndpointVm { url: admission.url(), token: admission.token().to_owned() };
        let service = Arc::new(Service {
            engine,
            clock,
            admission,
            strangers: Semaphore::new(STRANGERS_MAX),
            sessions: Semaphore::new(SESSIONS_MAX),
        });
        let (tasks, cancel) = (TaskTracker::new(), CancellationToken::new());
        tasks.spawn(accept(listener, service, tasks.clone(), cancel.clone()));
        Ok(Self { endpoint, tasks, cancel })
    }

    /// Where it listens and what opens it.
    pub(crate) fn endpoint(&self) -> LiveEndpointVm {
        self.endpoint.clone()
    }

    /// Ends every session and waits for their tasks, which end at their next await.
    pub(crate) async fn stop(&self) {
        self.cancel.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for LiveServer {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

async fn accept(listener: TcpListener, service: Arc<Service>, tasks: TaskTracker, cancel: CancellationToken) {
    let accept_all = async {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let serve = connection(service.clone(), stream);
                    let cancel = cancel.clone();
                    tasks.spawn(async move { cancel.run_until_cancelled(serve).await });
                }
                Err(error) => {
                    tracing::warn!(%error, "the live socket could not accept a connection");
                    tokio::time::sleep(ACCEPT_REST).await;
                }
            }
        }
    };
    cancel.run_until_cancelled(accept_all).await;
}

async fn connection(service: Arc<Service>, stream: TcpStream) {
    let Ok(stranger) = service.strangers.try_acquire() else {
        tracing::warn!("too many connections to the live socket that do not introduce themselves");
        return;
    };
    let guest = match session::enter(stream, &service.admission).await {
        Ok(guest) => guest,
        Err(end) => {
            tracing::warn!(%end, "the live socket refused a connection");
            return;
        }
    };
    drop(stranger);
    let Ok(_seat) = service.sessions.try_acquire() else {
        tracing::warn!("every live session is taken");
        session::turn_away(guest).await;
        return;
    };
    let session = service.engine.live().open(guest.ability).await;
    match session::serve(guest, session, &*service.clock).await {
        Ok(()) => tracing::debug!("a live session ended"),
        Err(end) => tracing::info!(%end, "a live session broke off"),
    }
}

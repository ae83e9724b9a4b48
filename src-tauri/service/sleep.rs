//! Holds the computer's sleep off: by an inhibitor of systemd's login manager on Linux, by the system's own calls
//! elsewhere. Must not know why it is held off.

use atalaya_model::ports::{BoxFuture, SleepBlock};
use atalaya_model::{Error, Kind, Result};
use std::any::Any;

/// The operating system's sleep.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemSleep;

impl SleepBlock for SystemSleep {
    fn hold<'a>(&'a self, why: &'a str) -> BoxFuture<'a, Result<Box<dyn Any + Send + Sync>>> {
        Box::pin(hold(why))
    }
}

fn refused(cause: impl std::fmt::Display) -> Error {
    Error::new(Kind::Refused, "the system's sleep could not be held off").caused_by(cause.to_string())
}

/// The lock is a file that the login manager hands over: sleep is free again when it is closed, however this program
/// ends. Sleep alone, not idleness: the screen may go dark.
#[cfg(target_os = "linux")]
async fn hold(why: &str) -> Result<Box<dyn Any + Send + Sync>> {
    use zbus::zvariant::OwnedFd;
    const LOGIN: &str = "org.freedesktop.login1";
    const DEADLINE: std::time::Duration = std::time::Duration::from_secs(5);
    let asked = async {
        let bus = zbus::Connection::system().await?;
        let body = ("sleep", "Atalaya", why, "block");
        let manager = Some("org.freedesktop.login1.Manager");
        let answer =
            bus.call_method(Some(LOGIN), "/org/freedesktop/login1", manager, "Inhibit", &body).await?;
        answer.body().deserialize::<OwnedFd>()
    };
    let lock = tokio::time::timeout(DEADLINE, asked).await.map_err(refused)?.map_err(refused)?;
    Ok(Box::new(lock))
}

/// A thread of its own holds it, since on Windows sleep is held off by a thread; it ends when what is answered is
/// dropped.
#[cfg(not(target_os = "linux"))]
async fn hold(why: &str) -> Result<Box<dyn Any + Send + Sync>> {
    let (held, is_held) = tokio::sync::oneshot::channel();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let why = why.to_owned();
    let work = move || {
        let awake = keepawake::Builder::default()
            .display(false)
            .idle(true)
            .sleep(false)
            .reason(why)
            .app_name("Atalaya")
            .app_reverse_domain("org.atalaya.recorder")
            .create();
        let outcome = awake.as_ref().map(|_| ()).map_err(ToString::to_string);
        // Who does not wait any more has dropped the other end too.
        if held.send(outcome).is_ok() {
            let _ = released.recv();
        }
    };
    std::thread::Builder::new().name("awake".to_owned()).spawn(work).map_err(refused)?;
    is_held.await.map_err(refused)?.map_err(refused)?;
    Ok(Box::new(release))
}

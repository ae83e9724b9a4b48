//! How a second start reaches the program that runs already: a socket in the data folder, which only this user can
//! enter. Who connects has rung; nothing is read. Must not know what opens when it rings.

use atalaya_model::Result;
use atalaya_model::ports::BoxStream;
use futures_util::stream;
use std::path::{Path, PathBuf};

/// The socket's place in a data folder.
fn place(data_dir: &Path) -> PathBuf {
    data_dir.join("window.bell")
}

/// Waits for rings.
pub struct Doorbell {
    #[cfg(unix)]
    listener: tokio::net::UnixListener,
}

#[cfg(unix)]
impl Doorbell {
    /// Hangs the bell. Only for the holder of the data folder's lock: what is left of an earlier one is taken away.
    pub fn hang(data_dir: &Path) -> Result<Self> {
        let place = place(data_dir);
        // There is none at the first start; whatever else is wrong, binding says so.
        let _ = std::fs::remove_file(&place);
        let listener = tokio::net::UnixListener::bind(&place).map_err(|error| failed(&place, error))?;
        Ok(Self { listener })
    }

    /// Until somebody rings.
    pub async fn rung(&self) -> Result<()> {
        let accepted = self.listener.accept().await;
        accepted.map(drop).map_err(|error| failed(Path::new("window.bell"), error))
    }

    /// Rings at the program that runs on this data folder. True when it heard.
    pub fn ring(data_dir: &Path) -> bool {
        std::os::unix::net::UnixStream::connect(place(data_dir)).is_ok()
    }
}

impl Doorbell {
    /// Each ring from now on.
    pub fn rings(self) -> BoxStream<()> {
        Box::pin(stream::unfold(self, |bell| async move {
            match bell.rung().await {
                Ok(()) => Some(((), bell)),
                Err(error) => {
                    tracing::warn!(%error, "a second start opens no window any more");
                    None
                }
            }
        }))
    }
}

#[cfg(unix)]
fn failed(place: &Path, error: std::io::Error) -> atalaya_model::Error {
    atalaya_model::Error::new(atalaya_model::Kind::Internal, "a second start cannot open the window")
        .with("path", place.display())
        .caused_by(error)
}

/// Windows has no such socket here: its tray opens the window.
#[cfg(not(unix))]
impl Doorbell {
    /// There is no bell.
    pub fn hang(data_dir: &Path) -> Result<Self> {
        Err(atalaya_model::Error::new(
            atalaya_model::Kind::Unsupported,
            "a second start cannot open the window on this system",
        )
        .with("path", place(data_dir).display()))
    }

    /// Nobody can ring.
    pub async fn rung(&self) -> Result<()> {
        std::future::pending().await
    }

    /// Nobody hears.
    pub fn ring(_: &Path) -> bool {
        false
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_ring_is_heard_also_after_a_crash_left_a_bell() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert!(!Doorbell::ring(folder.path()));
        drop(Doorbell::hang(folder.path()).expect("hung"));
        assert!(!Doorbell::ring(folder.path()), "nobody is there");
        let bell = Doorbell::hang(folder.path()).expect("hung again");
        assert!(Doorbell::ring(folder.path()));
        bell.rung().await.expect("heard");
    }
}

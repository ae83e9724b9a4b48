//! Still pictures: from the live stream, else from the camera's own snapshot address.

use crate::Result;
use crate::engine::Inner;
use crate::pull::Viewer;
use crate::vm::camera::ShownPicture;
use atalaya_model::camera::{Camera, Role};
use atalaya_model::media::VideoUnit;
use atalaya_model::time::WallTime;
use atalaya_model::{Error, Kind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;

/// How long a live stream may take to show a key picture before the camera's snapshot address is asked.
const FIRST_PICTURE: Duration = Duration::from_secs(15);

/// How a JPEG begins.
const JPEG_START: [u8; 3] = [0xff, 0xd8, 0xff];

/// How the URL of a JPEG begins (RFC 2397).
const JPEG_URL: &str = "data:image/jpeg;base64,";

/// The longest URL of a picture that a window may hand over: more than a JPEG of the largest canvas takes.
const SHOWN_MAX: usize = 64 << 20;

/// A still picture.
pub struct Still {
    /// The JPEG.
    pub jpeg: Bytes,
    /// Width in pixels; zero when the camera made the picture and it was not decoded here.
    pub width: u32,
    /// Height in pixels; zero likewise.
    pub height: u32,
    /// `stream`, `snapshot_uri`, or `window`.
    pub source: &'static str,
    /// When it was taken, where that is not now.
    pub taken: Option<WallTime>,
}

impl Still {
    /// The picture that a window shows. `InvalidInput` when it is no JPEG.
    pub fn shown(picture: &ShownPicture) -> Result<Self> {
        let jpeg = picture.jpeg.strip_prefix(JPEG_URL).filter(|code| code.len() <= SHOWN_MAX);
        let jpeg =
            jpeg.and_then(|code| STANDARD.decode(code).ok()).filter(|jpeg| jpeg.starts_with(&JPEG_START));
        let jpeg = jpeg.ok_or_else(|| Error::new(Kind::InvalidInput, "the window handed over no JPEG"))?;
        let taken = Some(WallTime::parse(&picture.taken)?);
        Ok(Self { jpeg: jpeg.into(), width: 0, height: 0, source: "window", taken })
    }

    /// The picture as a page shows it.
    pub fn data_url(&self) -> String {
        data_url(&self.jpeg)
    }
}

/// A JPEG as a page shows it.
pub(crate) fn data_url(jpeg: &[u8]) -> String {
    format!("{JPEG_URL}{}", STANDARD.encode(jpeg))
}

/// Takes still pictures.
pub struct Stills {
    engine: Arc<Inner>,
}

impl Stills {
    pub(crate) fn new(engine: Arc<Inner>) -> Self {
        Self { engine }
    }

    /// Takes a picture of what a camera sees now, in full size.
    pub async fn take(&self, camera: &str) -> Result<Still> {
        let camera = self.engine.find_enabled(camera).await?;
        match self.of_stream(&camera).await {
            Ok(still) => Ok(still),
            Err(error) => self.of_snapshot_uri(&camera).await.ok_or(error)?.map_err(Into::into),
        }
    }

    /// Writes a picture to a file.
    pub async fn save(&self, still: &Still, path: &str, overwrite: bool) -> Result<()> {
        Ok(self.engine.ports.stills.save(path, still.jpeg.clone(), overwrite).await?)
    }

    async fn of_stream(&self, camera: &Camera) -> atalaya_model::Result<Still> {
        let mut viewer = self.engine.pull(camera, Role::Main).watch().await;
        let key = tokio::select! {
            key = newest_key(&mut viewer) => key,
            () = self.engine.ports.clock.sleep(FIRST_PICTURE) => None,
        };
        drop(viewer);
        let key = key.ok_or_else(|| Error::new(Kind::Timeout, "no picture came from the stream"))?;
        let picture = self.engine.ports.stills.decode(key).await?;
        let (width, height) = (picture.width, picture.height);
        let jpeg = self.engine.ports.stills.encode_jpeg(picture).await?;
        Ok(Still { jpeg, width, height, source: "stream", taken: None })
    }

    async fn of_snapshot_uri(&self, camera: &Camera) -> Option<atalaya_model::Result<Still>> {
        let url = camera.snapshot_url.as_ref()?;
        let fetch = async {
            let credentials = self.engine.credentials(camera).await?;
            let jpeg =
                self.engine.ports.onvif.snapshot(url, credentials.as_ref(), camera.tls_fingerprint).await?;
            Ok(Still { jpeg, width: 0, height: 0, source: "snapshot_uri", taken: None })
        };
        Some(fetch.await)
    }
}

/// A small picture of what a camera sees from now on, not of what was seen before.
pub(crate) async fn small_from_now(engine: &Arc<Inner>, camera: &Camera) -> atalaya_model::Result<Bytes> {
    let now = engine.ports.clock.mono();
    let mut viewer = engine.pull(camera, Role::Sub).watch().await;
    while let Some(unit) = viewer.recv().await {
        if unit.key && unit.received > now {
            let picture = engine.ports.stills.decode(unit).await?;
            return engine.ports.stills.encode_jpeg(picture).await;
        }
    }
    Err(Error::new(Kind::Unreachable, "the stream ended before a key picture came"))
}

async fn newest_key(viewer: &mut Viewer) -> Option<VideoUnit> {
    while let Some(unit) = viewer.recv().await {
        if unit.key {
            return Some(unit);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_of_the_window_is_a_jpeg_with_its_own_time() {
        let shown = |jpeg: &str, taken: &str| {
            Still::shown(&ShownPicture { jpeg: jpeg.to_owned(), taken: taken.to_owned() })
        };
        let url = data_url(&[0xff, 0xd8, 0xff, 0xe0]);
        let still = shown(&url, "2026-11-21T14:03:05Z").unwrap();
        assert_eq!(
            (still.data_url(), still.taken.unwrap().to_rfc3339().get(..19)),
            (url.clone(), Some("2026-11-21T14:03:05"))
        );
        let wrong = [
            "",
            "data:image/jpeg;base64,",
            "data:image/png;base64,/9j/4A==",
            "data:image/jpeg;base64,!",
            "/etc/passwd",
        ];
        for jpeg in wrong {
            assert_eq!(shown(jpeg, "2026-11-21T14:03:05Z").err().unwrap().code, "INVALID_INPUT", "{jpeg}");
        }
        assert_eq!(shown(&url, "yesterday").err().unwrap().code, "INVALID_INPUT");
    }
}

//! Owns the way to the system's clipboard: pictures go onto it. Must not know which camera they are of.

use arboard::{Clipboard, ImageData};
use atalaya_model::{Error, Kind, Result};
use bytes::Bytes;
use image::{ImageFormat, ImageReader};
use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError};

/// The clipboard, opened when it is first needed. It stays open: under X11 and Wayland the program that put something
/// there is asked for it by every program that takes it.
#[derive(Default)]
pub(crate) struct SystemClipboard {
    opened: Arc<Mutex<Option<Clipboard>>>,
}

impl SystemClipboard {
    /// Puts a JPEG there as the picture that it is. `Corrupt` when it is none, `Unsupported` when the system gives no
    /// clipboard.
    pub(crate) async fn put(&self, jpeg: Bytes) -> Result<()> {
        let opened = self.opened.clone();
        tokio::task::spawn_blocking(move || put(&opened, &jpeg))
            .await
            .map_err(|cause| Error::new(Kind::Internal, "copying a picture panicked").caused_by(cause))?
    }
}

fn put(opened: &Mutex<Option<Clipboard>>, jpeg: &[u8]) -> Result<()> {
    let picture = ImageReader::with_format(Cursor::new(jpeg), ImageFormat::Jpeg)
        .decode()
        .map_err(|cause| Error::new(Kind::Corrupt, "the picture cannot be read").caused_by(cause))?
        .into_rgba8();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let image = ImageData { width, height, bytes: picture.into_raw().into() };
    let mut opened = opened.lock().unwrap_or_else(PoisonError::into_inner);
    let unavailable =
        |cause| Error::new(Kind::Unsupported, "the system's clipboard takes no picture").caused_by(cause);
    // One that fails is not kept: the next time it is opened anew.
    let mut clipboard = match opened.take() {
        Some(clipboard) => clipboard,
        None => Clipboard::new().map_err(unavailable)?,
    };
    clipboard.set_image(image).map_err(unavailable)?;
    *opened = Some(clipboard);
    Ok(())
}

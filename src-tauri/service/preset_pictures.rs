//! Small pictures of presets as files in the data folder, one a preset. Knows nothing of cameras but their ids; a
//! preset's token is a device's text and never becomes part of a path.

use crate::data_dir::io_error;
use atalaya_model::camera::CameraId;
use atalaya_model::ports::{BoxFuture, PresetPictures};
use atalaya_model::{Error, Kind, Result};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::io;
use std::path::PathBuf;

/// The folder of presets' pictures.
pub struct PresetFolder {
    folder: PathBuf,
}

impl PresetFolder {
    /// Keeps pictures below this folder, which is made when the first one comes.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn path(&self, camera: CameraId, token: &str) -> PathBuf {
        let name: String =
            Sha256::digest(token.as_bytes())[..16].iter().map(|b| format!("{b:02x}")).collect();
        self.folder.join(camera.to_string()).join(format!("{name}.jpg"))
    }
}

impl PresetPictures for PresetFolder {
    fn load<'a>(&'a self, camera: CameraId, token: &'a str) -> BoxFuture<'a, Result<Option<Bytes>>> {
        let path = self.path(camera, token);
        Box::pin(async move {
            match tokio::fs::read(&path).await {
                Ok(jpeg) => Ok(Some(jpeg.into())),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(io_error("a preset's picture cannot be read", &path, error)),
            }
        })
    }

    fn keep<'a>(
        &'a self,
        camera: CameraId,
        token: &'a str,
        jpeg: Option<Bytes>,
    ) -> BoxFuture<'a, Result<()>> {
        let path = self.path(camera, token);
        Box::pin(async move {
            let folder =
                path.parent().ok_or_else(|| Error::new(Kind::Internal, "a picture without a folder"))?;
            let done = match jpeg {
                Some(jpeg) => {
                    let fresh = path.with_extension("new");
                    async {
                        tokio::fs::create_dir_all(folder).await?;
                        tokio::fs::write(&fresh, jpeg).await?;
                        tokio::fs::rename(&fresh, &path).await
                    }
                    .await
                }
                None => tokio::fs::remove_file(&path).await,
            };
            match done {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    Err(io_error("a preset's picture cannot be kept", &path, error))
                }
                _ => Ok(()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[tokio::test]
    async fn pictures_are_kept_apart_whatever_the_token() {
        let folder = tempfile::tempdir().unwrap();
        let pictures = PresetFolder::new(folder.path().join("presets"));
        let camera = CameraId(Uuid::from_u128(7));
        let tokens = ["1", "../../1", "/etc/passwd", "", "a\0b"];
        for token in tokens {
            assert_eq!(pictures.load(camera, token).await.unwrap(), None);
            pictures.keep(camera, token, Some(token.to_owned().into())).await.unwrap();
        }
        for token in tokens {
            assert_eq!(pictures.load(camera, token).await.unwrap().unwrap(), token);
            pictures.keep(camera, token, None).await.unwrap();
            pictures.keep(camera, token, None).await.unwrap();
            assert_eq!(pictures.load(camera, token).await.unwrap(), None);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing lies outside");
    }
}

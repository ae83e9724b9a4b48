//! Owns still pictures: decoding one key unit, JPEG, and saving under a final name at once or not at all. Must not
//! know which camera they are of.

use super::color::{self, Conversion};
use super::decoder;
use super::pictures::Planes;
use atalaya_model::media::{Picture, VideoUnit};
use atalaya_model::ports::{BoxFuture, StillCamera};
use atalaya_model::{Error, Kind, Result};
use atalaya_scaling::Plane;
use bytes::Bytes;
use jpeg_encoder::{Encoder, ImageBuffer, JpegColorType, SamplingFactor};
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use tokio::sync::Semaphore;

/// JPEG quality, of 100: no visible blocks, a third of the bytes of 95.
const QUALITY: u8 = 85;
/// Stills made at once: they are worth a core for a moment, not the machine.
const AT_ONCE: usize = 2;

/// Makes still pictures on the runtime's blocking threads.
#[derive(Debug)]
pub struct NativeStillCamera {
    turns: Semaphore,
}

impl Default for NativeStillCamera {
    fn default() -> Self {
        Self { turns: Semaphore::new(AT_ONCE) }
    }
}

impl NativeStillCamera {
    /// A still camera.
    pub fn new() -> Self {
        Self::default()
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let _turn = self.turns.acquire().await.expect("the semaphore is never closed");
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|cause| Error::new(Kind::Internal, "making a still picture panicked").caused_by(cause))?
    }
}

impl StillCamera for NativeStillCamera {
    fn decode(&self, key: VideoUnit) -> BoxFuture<'_, Result<Picture>> {
        Box::pin(self.run(move || decode(&key)))
    }

    fn encode_jpeg(&self, picture: Picture) -> BoxFuture<'_, Result<Bytes>> {
        Box::pin(self.run(move || encode_jpeg(picture)))
    }

    fn save<'a>(&'a self, path: &'a str, bytes: Bytes, overwrite: bool) -> BoxFuture<'a, Result<()>> {
        let path = path.to_owned();
        Box::pin(self.run(move || {
            save(Path::new(&path), &bytes, overwrite).map_err(|cause| unsaved(cause).with("path", path))
        }))
    }
}

fn decode(key: &VideoUnit) -> Result<Picture> {
    if !key.key {
        return Err(Error::new(Kind::InvalidInput, "a still picture is made of a key unit"));
    }
    let mut decoder = decoder::for_codec(key.format.codec);
    let mut picture = None;
    decoder.decode(key, &mut |planes| picture = Some(planes.to_picture()))?;
    if picture.is_none() {
        decoder.drain(&mut |planes| picture = Some(planes.to_picture()))?;
    }
    picture.ok_or_else(|| Error::new(Kind::Unsupported, "the key unit gives no picture"))
}

fn encode_jpeg(mut picture: Picture) -> Result<Bytes> {
    if let Some(conversion) = Conversion::between(picture.color, color::JFIF) {
        let mut i420 = picture.i420.to_vec();
        conversion.apply(&mut i420, picture.width, picture.height);
        picture.i420 = i420.into();
    }
    let image = Planes::of(&picture)
        .and_then(Rows::new)
        .ok_or_else(|| Error::new(Kind::InvalidInput, "the picture's size and bytes do not go together"))?;
    let mut out = Vec::with_capacity(picture.i420.len() / 8);
    let mut encoder = Encoder::new(&mut out, QUALITY);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder.encode_image(image).map_err(|cause| {
        Error::new(Kind::Internal, "the picture cannot be written as JPEG").caused_by(cause)
    })?;
    Ok(out.into())
}

/// A picture as the encoder asks for it: three samples for every pixel, without a way over R'G'B'. The encoder takes
/// the mean of the chroma samples again, which are the same four times.
struct Rows<'a> {
    planes: [Plane<'a>; 3],
    width: u16,
    height: u16,
}

impl<'a> Rows<'a> {
    fn new(planes: Planes<'a>) -> Option<Self> {
        let (width, height) = planes.size();
        Some(Self {
            planes: planes.planes(),
            width: u16::try_from(width).ok()?,
            height: u16::try_from(height).ok()?,
        })
    }
}

impl ImageBuffer for Rows<'_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        JpegColorType::Ycbcr
    }

    fn width(&self) -> u16 {
        self.width
    }

    fn height(&self) -> u16 {
        self.height
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let row = |plane: &Plane<'_>, y: usize| y * plane.stride..y * plane.stride + plane.width;
        let [luma, cb, cr] = &self.planes;
        buffers[0].extend_from_slice(&luma.data[row(luma, usize::from(y))]);
        for (plane, buffer) in [(cb, 1), (cr, 2)] {
            let samples = &plane.data[row(plane, usize::from(y) / 2)];
            buffers[buffer].extend(samples.iter().flat_map(|sample| [*sample, *sample]));
        }
    }
}

/// Writes beside the final name, then gives the file that name. Without `overwrite` a file that has it stays (S17).
fn save(path: &Path, bytes: &[u8], overwrite: bool) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut unfinished = name.to_owned();
    unfinished.push(format!(".{}.part", uuid::Uuid::new_v4().simple()));
    let unfinished = path.with_file_name(unfinished);
    let written = write_new(&unfinished, bytes)
        .and_then(|()| if overwrite { fs::rename(&unfinished, path) } else { name_once(&unfinished, path) });
    if written.is_err() {
        // The error that matters is the one above.
        let _ = fs::remove_file(&unfinished);
    }
    written
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Gives a file its final name if nobody has it: by a link, which is made at once or fails. On file systems without
/// links (FAT) the name is first taken with an empty file of ours.
fn name_once(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from),
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => Err(cause),
        Err(_) => {
            fs::OpenOptions::new().write(true).create_new(true).open(to)?;
            fs::rename(from, to)
        }
    }
}

fn unsaved(cause: io::Error) -> Error {
    let (kind, message) = match cause.kind() {
        io::ErrorKind::AlreadyExists => (Kind::Conflict, "a file of this name exists already"),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            (Kind::StorageFull, "there is no room for the picture")
        }
        io::ErrorKind::NotFound => (Kind::NotFound, "the folder does not exist"),
        io::ErrorKind::InvalidInput => (Kind::InvalidInput, "the path names no file"),
        _ => (Kind::Internal, "the picture cannot be saved"),
    };
    Error::new(kind, message).caused_by(cause)
}

//! Records for hours within seconds: what `cargo xtask bench archive` and `export` need.
//!
//! `footage DIR SECONDS` pulls twenty seconds from the first camera of a data directory, then records them again and
//! again, from 2026-01-01T00:00:00Z on, through the same code as a recorder. Prints range and files as one JSON value.

use atalaya_model::fragment::{Fragment, FragmentBuilder};
use atalaya_model::media::{AudioFormat, MediaUnit, VIDEO_CLOCK_HZ};
use atalaya_model::ports::{OpenRequest, Ports, SegmentWriter};
use atalaya_model::recording::SegmentHeader;
use atalaya_model::time::WallTime;
use atalaya_model::{Error, Kind, Result};
use atalaya_service::{Access, Installation};
use futures_util::StreamExt;
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;

/// Ticks of the clip that is pulled, and of a file.
const CLIP: i64 = 20 * VIDEO_CLOCK_HZ as i64;
const FILE: i64 = 60 * VIDEO_CLOCK_HZ as i64;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let usage = || Error::new(Kind::InvalidInput, "footage DIR SECONDS");
    let [dir, seconds] = &arguments[..] else { return Err(usage()) };
    let seconds: i64 = seconds.parse().map_err(|_| usage())?;
    let installation = Installation::open(Some(PathBuf::from(dir)), Access::Engine).await?;
    let ports = installation.ports();
    ports.archive.recover().await?;
    let clip = pull(&ports).await?;
    let mut footage = Footage::new(ports, WallTime::parse("2026-01-01T00:00:00Z")?);
    let mut fragments = FragmentBuilder::default();
    for round in 0..=seconds * i64::from(VIDEO_CLOCK_HZ) / clip.ticks {
        for unit in &clip.units {
            match moved(unit, round * clip.ticks) {
                MediaUnit::Video(unit) if unit.pts_90k >= seconds * i64::from(VIDEO_CLOCK_HZ) => break,
                MediaUnit::Video(unit) => {
                    if let Some(fragment) = fragments.push_video(unit) {
                        footage.take(fragment, clip.audio.clone()).await?;
                    }
                }
                MediaUnit::Audio(unit) => fragments.push_audio(unit),
            }
        }
    }
    if let Some(fragment) = fragments.finish() {
        footage.take(fragment, clip.audio.clone()).await?;
    }
    footage.end().await?;
    let end = footage.start.plus_micros(seconds * 1_000_000);
    let (from, to) = (footage.start.to_rfc3339(), end.to_rfc3339());
    println!("{}", json!({ "from": from, "to": to, "files": footage.files }));
    installation.close().await;
    Ok(())
}

/// What is played again and again: whole GOPs.
struct Clip {
    units: Vec<MediaUnit>,
    ticks: i64,
    audio: Option<Arc<AudioFormat>>,
}

async fn pull(ports: &Ports) -> Result<Clip> {
    let cameras = ports.cameras.list().await?;
    let none = || Error::new(Kind::NotFound, "no camera with a stream");
    let camera = cameras.first().ok_or_else(none)?;
    let stream = camera.streams.first().ok_or_else(none)?;
    let request = OpenRequest {
        camera: camera.id,
        role: stream.role,
        url: stream.url.clone(),
        transport: stream.transport,
        poll: None,
        credentials: None,
        allow_basic: false,
        tls: None,
    };
    let mut open = ports.streams.open(request).await?;
    let (mut units, mut first) = (Vec::new(), None);
    while let Some(unit) = open.units.next().await {
        let unit = unit?;
        if let MediaUnit::Video(unit) = &unit
            && unit.key
        {
            let first = *first.get_or_insert(unit.pts_90k);
            if unit.pts_90k - first >= CLIP {
                return Ok(Clip { units, ticks: unit.pts_90k - first, audio: open.audio });
            }
        }
        if first.is_some() {
            units.push(unit);
        }
    }
    Err(Error::new(Kind::Unreachable, "the stream ended"))
}

/// A unit so many ticks later.
fn moved(unit: &MediaUnit, ticks: i64) -> MediaUnit {
    match unit.clone() {
        MediaUnit::Video(mut unit) => {
            unit.pts_90k += ticks;
            MediaUnit::Video(unit)
        }
        MediaUnit::Audio(mut unit) => {
            unit.pts += ticks * i64::from(unit.format.sample_rate) / i64::from(VIDEO_CLOCK_HZ);
            MediaUnit::Audio(unit)
        }
    }
}

/// The files in the making.
struct Footage {
    ports: Ports,
    start: WallTime,
    /// Media time of the first picture of all.
    origin: Option<i64>,
    writer: Option<(Box<dyn SegmentWriter>, i64)>,
    files: Vec<String>,
}

impl Footage {
    const fn new(ports: Ports, start: WallTime) -> Self {
        Self { ports, start, origin: None, writer: None, files: Vec::new() }
    }

    async fn take(&mut self, fragment: Fragment, audio: Option<Arc<AudioFormat>>) -> Result<()> {
        let first = &fragment.video[0];
        let origin = *self.origin.get_or_insert(first.pts_90k);
        let start = self.start.plus_micros((first.pts_90k - origin) * 100 / 9);
        if self.writer.as_ref().is_some_and(|(_, end)| first.pts_90k >= *end) {
            self.end().await?;
        }
        if self.writer.is_none() {
            let cameras = self.ports.cameras.list().await?;
            let camera = cameras.first().ok_or_else(|| Error::new(Kind::NotFound, "no camera"))?;
            let header = SegmentHeader {
                camera: camera.id,
                camera_name: camera.name.clone(),
                role: camera.streams[0].role,
                start,
                start_pts_90k: first.pts_90k,
                video: first.format.clone(),
                audio,
                clock_offset_ms: None,
                missing: Vec::new(),
            };
            self.writer = Some((self.ports.archive.begin(header).await?, first.pts_90k + FILE));
        }
        if let Some((writer, _)) = &mut self.writer {
            writer.append(fragment, start).await?;
        }
        Ok(())
    }

    async fn end(&mut self) -> Result<()> {
        if let Some((writer, _)) = self.writer.take() {
            self.files.push(writer.finish().await?.path);
        }
        Ok(())
    }
}

//! Pulls one stream and says what came: for trying a camera by hand.
//!
//! `pull URL [--udp] [--secs N] [--still FILE.jpg]`; a login stands in the URL.

use atalaya_model::Result;
use atalaya_model::address::StreamUrl;
use atalaya_model::camera::{CameraId, Role, Transport};
use atalaya_model::media::MediaUnit;
use atalaya_model::ports::{OpenRequest, StillCamera, StreamOpener};
use atalaya_service::clock::SystemClock;
use atalaya_service::decode::NativeStillCamera;
use atalaya_service::rtsp::RetinaOpener;
use futures_util::StreamExt;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (mut url, mut transport, mut secs, mut still) = (String::new(), Transport::Tcp, 5, None);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--udp" => transport = Transport::Udp,
            "--secs" => secs = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(secs),
            "--still" => still = arguments.next(),
            _ => url = argument,
        }
    }
    let (url, credentials) = StreamUrl::parse_with_credentials(&url)?;
    let opener = RetinaOpener::new(Arc::new(SystemClock::new()));
    let started = Instant::now();
    let request = OpenRequest {
        camera: CameraId(uuid::Uuid::new_v4()),
        role: Role::Main,
        url,
        transport,
        poll: None,
        credentials,
        allow_basic: false,
        tls: None,
    };
    let mut stream = opener.open(request).await?;
    println!("opened in {:?}; audio {:?}, note {:?}", started.elapsed(), stream.audio, stream.audio_note);
    println!("described video: {:?}", stream.video);

    let (mut units, mut keys, mut bytes, mut lost, mut audio, mut audio_bytes) = (0, 0, 0, 0, 0, 0);
    let (mut first, mut last, mut format, mut camera, mut offset) = (None, 0, None, None, None);
    let until = tokio::time::Instant::now() + Duration::from_secs(secs);
    while let Ok(Some(item)) = tokio::time::timeout_at(until, stream.units.next()).await {
        match item? {
            MediaUnit::Video(unit) => {
                first.get_or_insert_with(|| (unit.pts_90k, started.elapsed()));
                units += 1;
                keys += u32::from(unit.key);
                bytes += unit.data.len();
                lost += unit.packets_lost;
                last = unit.pts_90k;
                if let Some(time) = unit.camera_time {
                    camera = Some(unit.received_wall.micros_since(time));
                }
                if unit.key
                    && let Some(path) = still.take()
                {
                    let stills = NativeStillCamera::new();
                    let jpeg = stills.encode_jpeg(stills.decode(unit.clone()).await?).await?;
                    stills.save(&path, jpeg, true).await?;
                    println!("saved {path}");
                }
                format = Some(unit.format);
            }
            MediaUnit::Audio(unit) => {
                audio += 1;
                audio_bytes += unit.data.len();
                offset = Some((unit.pts, unit.offset_micros));
            }
        }
    }
    let seconds = first.map_or(0.0, |(first, _)| (last - first) as f64 / 90_000.0);
    println!(
        "video: {units} units, {keys} keys, {bytes} bytes, {lost} packets lost, {seconds:.3} s of media"
    );
    println!("first unit after {:?}; {:.2} fps", first.map(|(_, at)| at), f64::from(units - 1) / seconds);
    println!("received minus camera's time: {camera:?} microseconds");
    println!("audio: {audio} units, {audio_bytes} bytes, last (pts, offset) {offset:?}");
    println!("format: {format:#?}");
    Ok(())
}

//! What live B costs: 16 tiles of one stream, 640x360@15 by default, composed to 1280x720 fifteen times a second.
//!
//! `grid URL [SECONDS]` pulls five seconds of the stream, then plays them round and round into all tiles and prints
//! the cores used by decoding, scaling and composing alone.

use atalaya_model::Result;
use atalaya_model::address::StreamUrl;
use atalaya_model::camera::{CameraId, Role, Transport};
use atalaya_model::live::{Grid, Tile, TileRect};
use atalaya_model::media::{MediaUnit, VideoUnit};
use atalaya_model::ports::{Compositor, OpenRequest, StreamOpener};
use atalaya_service::clock::SystemClock;
use atalaya_service::decode::NativeCompositor;
use atalaya_service::rtsp::RetinaOpener;
use futures_util::StreamExt;
use std::sync::Arc;
use std::time::{Duration, Instant};

const TICKS_PER_S: u32 = 15;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let url = std::env::args().nth(1).unwrap_or_default();
    let seconds: u32 = std::env::args().nth(2).and_then(|n| n.parse().ok()).unwrap_or(20);
    let units = pull(&url).await?;
    println!(
        "{} units of {:?}",
        units.len(),
        units.first().map(|unit| (unit.format.width, unit.format.height))
    );

    let compositor = NativeCompositor::new();
    let mut composition = compositor.start();
    let tiles = (0..16)
        .map(|i| Tile {
            camera: CameraId(uuid::Uuid::from_u128(i)),
            role: Role::Sub,
            rect: TileRect { x: i as u32 % 4 * 320, y: i as u32 / 4 * 180, width: 320, height: 180 },
        })
        .collect();
    composition.set_grid(&Grid { width: 1280, height: 720, tiles });

    let (mut fed, mut left_out, mut decoded, mut pictures) = (0_u32, 0_u32, 0_u32, 0_u32);
    let mut composing = Duration::ZERO;
    let (started, cpu) = (Instant::now(), cpu_seconds());
    for tick in 0..TICKS_PER_S * seconds {
        let unit = &units[tick as usize % units.len()];
        for tile in 0..16 {
            fed += 1;
            left_out += u32::from(!composition.feed(tile, unit.clone()));
        }
        let due = started + Duration::from_secs(1) * (tick + 1) / TICKS_PER_S;
        tokio::time::sleep_until(due.into()).await;
        let before = Instant::now();
        if let Some(grid) = composition.compose() {
            pictures += 1;
            decoded += grid.decoded.iter().sum::<u32>();
        }
        composing += before.elapsed();
    }
    let wall = started.elapsed().as_secs_f64();
    println!("fed {fed}, left out {left_out}, decoded {decoded}, pictures {pictures} in {wall:.2} s");
    println!(
        "{:.3} cores; composing {:.3} ms a tick; panics {}",
        (cpu_seconds() - cpu) / wall,
        composing.as_secs_f64() * 1000.0 / f64::from(TICKS_PER_S * seconds),
        compositor.panics()
    );
    Ok(())
}

/// Five seconds from a key unit on, ending before another one, so that they can be played round.
async fn pull(url: &str) -> Result<Vec<VideoUnit>> {
    let opener = RetinaOpener::new(Arc::new(SystemClock::new()));
    let (url, credentials) = StreamUrl::parse_with_credentials(url)?;
    let camera = CameraId(uuid::Uuid::nil());
    let request = OpenRequest {
        camera,
        role: Role::Sub,
        url,
        transport: Transport::Tcp,
        poll: None,
        credentials,
        allow_basic: false,
        tls: None,
    };
    let mut stream = opener.open(request).await?;
    let mut units: Vec<VideoUnit> = Vec::new();
    while let Some(item) = stream.units.next().await {
        let MediaUnit::Video(unit) = item? else { continue };
        if unit.key && units.first().is_some_and(|first| unit.pts_90k - first.pts_90k >= 5 * 90_000) {
            break;
        }
        if unit.key || !units.is_empty() {
            units.push(unit);
        }
    }
    Ok(units)
}

/// User and system time of this process so far, in seconds (Linux, 100 ticks a second).
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 =
        after_name.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u64>().ok()).sum();
    ticks as f64 / 100.0
}

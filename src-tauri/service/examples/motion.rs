//! How well and at what cost motion is seen: clips with known motion are drawn here, coded as H.264, decoded by the eye
//! that the program uses, and judged by its detector.
//!
//! `motion [SECONDS]` prints one line of JSON: precision and recall for each clip and in all, and the processor's time
//! for an hour of one camera of 640x360 at 15 pictures a second.

use atalaya_model::Result;
use atalaya_model::media::{VideoCodec, VideoFormat, VideoUnit};
use atalaya_model::motion::{LumaGrid, MotionDetector, MotionSettings};
use atalaya_model::ports::{MotionEye, OpenEye};
use atalaya_model::time::{MonoTime, WallTime};
use atalaya_service::decode::NativeMotionEye;
use bytes::Bytes;
use futures_util::StreamExt;
use openh264::encoder::{BitRate, Encoder, EncoderConfig, IntraFramePeriod};
use openh264::formats::YUVBuffer;
use openh264::{OpenH264API, Timestamp};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

const WIDTH: usize = 640;
const HEIGHT: usize = 360;
const FPS: u64 = 15;
/// Motion may be said so much longer than it lasted, in seconds.
const TAIL_S: f64 = 4.0;

type Span = (f64, f64);

/// What a clip shows besides the scene.
#[derive(Clone, Copy)]
struct Clip {
    name: &'static str,
    /// Width and height of an object in pixels, and how many seconds it takes to cross the picture.
    object: Option<(usize, usize, f64)>,
    rain: bool,
    light: bool,
    dawn: bool,
    /// Bits a second: few make the picture pulse with each key picture.
    bits: u32,
}

const STILL: Clip =
    Clip { name: "still", object: None, rain: false, light: false, dawn: false, bits: 512_000 };

const CLIPS: [Clip; 14] = [
    STILL,
    Clip { name: "rain", rain: true, ..STILL },
    Clip { name: "light switch", light: true, ..STILL },
    Clip { name: "slow dawn", dawn: true, ..STILL },
    Clip { name: "key picture pulses", bits: 64_000, ..STILL },
    Clip { name: "1 % object", object: Some((64, 36, 8.0)), ..STILL },
    Clip { name: "1 % object, fast", object: Some((48, 48, 3.0)), ..STILL },
    Clip { name: "1 % object, slow", object: Some((48, 48, 20.0)), ..STILL },
    Clip { name: "person", object: Some((50, 120, 10.0)), ..STILL },
    Clip { name: "car", object: Some((180, 110, 4.0)), ..STILL },
    Clip { name: "person in rain", object: Some((50, 120, 10.0)), rain: true, ..STILL },
    Clip { name: "person at dawn", object: Some((50, 120, 10.0)), dawn: true, ..STILL },
    Clip { name: "person, light switch", object: Some((50, 120, 10.0)), light: true, ..STILL },
    Clip { name: "person, few bits", object: Some((50, 120, 10.0)), bits: 64_000, ..STILL },
];

/// Numbers that look random and are the same in each run (the constants of Numerical Recipes).
struct Dice(u32);

impl Dice {
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) % end
    }
}

impl Clip {
    /// When something moves, for a clip of this length: every half of it from ten seconds on begins with it.
    fn truth(&self, seconds: f64) -> Vec<Span> {
        let Some((_, _, crossing)) = self.object else { return Vec::new() };
        [10.0, 10.0 + (seconds - 10.0) / 2.0].map(|start| (start, start + crossing)).to_vec()
    }

    fn draw(&self, dice: &mut Dice, at: f64, seconds: f64) -> Vec<u8> {
        let light = if self.light && (at / 7.0) as u32 % 2 == 1 { 50.0 } else { 0.0 };
        let dawn = if self.dawn { 0.3 + 0.7 * at / seconds } else { 1.0 };
        let truth = self.truth(seconds);
        let crossing = truth.iter().find(|span| (span.0..span.1).contains(&at));
        let mut luma = vec![0_u8; WIDTH * HEIGHT];
        for (i, sample) in luma.iter_mut().enumerate() {
            let (x, y) = (i % WIDTH, i / WIDTH);
            // Walls, windows and a floor.
            let scene = 60 + (x / 90 * 37 + y / 70 * 53) % 110 + (x / 9 + y / 7) % 2 * 14;
            *sample = (scene as f64 * dawn + light + f64::from(dice.below(9)) - 4.0).clamp(16.0, 235.0) as u8;
        }
        if let (Some((width, height, _)), Some((from, to))) = (self.object, crossing) {
            let left = (at - from) / (to - from) * (WIDTH + width) as f64 - width as f64;
            let columns = (left.max(0.0) as usize)..((left + width as f64).max(0.0) as usize).min(WIDTH);
            for row in luma.chunks_mut(WIDTH).skip(140).take(height) {
                row[columns.clone()].fill((215.0 * dawn) as u8);
            }
        }
        for _ in 0..if self.rain { 250 } else { 0 } {
            let (x, y) = (dice.below(WIDTH as u32 - 2) as usize, dice.below(HEIGHT as u32 - 22) as usize);
            for row in luma.chunks_mut(WIDTH).skip(y).take(20) {
                row[x..x + 2].fill(220);
            }
        }
        luma
    }

    /// The clip as coded units.
    fn film(&self, seconds: u64) -> std::result::Result<Vec<VideoUnit>, openh264::Error> {
        let config = EncoderConfig::new()
            .skip_frames(false)
            .scene_change_detect(false)
            .bitrate(BitRate::from_bps(self.bits))
            .intra_frame_period(IntraFramePeriod::from_num_frames(30));
        let mut encoder = Encoder::with_api_config(OpenH264API::from_source(), config)?;
        let mut dice = Dice(7);
        let mut format = None;
        let mut units = Vec::new();
        for n in 0..seconds * FPS {
            let mut planes = self.draw(&mut dice, n as f64 / FPS as f64, seconds as f64);
            planes.resize(WIDTH * HEIGHT * 3 / 2, 128);
            let picture = YUVBuffer::from_vec(planes, WIDTH, HEIGHT);
            let coded = encoder.encode_at(&picture, Timestamp::from_millis(n * 1000 / FPS))?.to_vec();
            units.extend(unit(&coded, n, &mut format));
        }
        Ok(units)
    }
}

/// An access unit in the form that streams have; none when the encoder gave nothing.
fn unit(annex_b: &[u8], n: u64, format: &mut Option<Arc<VideoFormat>>) -> Option<VideoUnit> {
    let starts: Vec<_> =
        annex_b.windows(3).enumerate().filter(|(_, w)| *w == [0, 0, 1]).map(|(i, _)| i).collect();
    let ends = starts.iter().skip(1).copied().chain([annex_b.len()]);
    let nals = starts.iter().zip(ends).map(|(start, end)| {
        let nal = &annex_b[start + 3..end];
        // The next start code's leading zero.
        if end < annex_b.len() { nal.strip_suffix(&[0]).unwrap_or(nal) } else { nal }
    });
    let (mut data, mut key) = (Vec::new(), false);
    let (mut sps, mut pps) = (None, None);
    for nal in nals {
        match nal.first()? & 31 {
            7 => sps = Some(nal),
            8 => pps = Some(nal),
            kind @ (1 | 5) => {
                key |= kind == 5;
                data.extend_from_slice(&(nal.len() as u32).to_be_bytes());
                data.extend_from_slice(nal);
            }
            _ => {}
        }
    }
    if let (Some(sps), Some(pps), None) = (sps, pps, &format) {
        *format = Some(Arc::new(VideoFormat {
            codec: VideoCodec::H264,
            codec_string: String::new(),
            width: WIDTH as u32,
            height: HEIGHT as u32,
            coded_width: WIDTH as u32,
            coded_height: HEIGHT as u32,
            decoder_config: avcc(sps, pps),
            sample_entry: Bytes::new(),
            declared_fps_milli: None,
        }));
    }
    (!data.is_empty()).then_some(())?;
    Some(VideoUnit {
        data: data.into(),
        pts_90k: (n * 90_000 / FPS) as i64,
        key,
        packets_lost: 0,
        format: format.clone()?,
        received: MonoTime(n * 1_000_000 / FPS),
        received_wall: WallTime(0),
        camera_time: None,
    })
}

/// ISO/IEC 14496-15 §5.3.3.1.
fn avcc(sps: &[u8], pps: &[u8]) -> Bytes {
    let mut out = vec![1, sps[1], sps[2], sps[3], 0xff, 0xe1];
    out.extend_from_slice(&(sps.len() as u16).to_be_bytes());
    out.extend_from_slice(sps);
    out.push(1);
    out.extend_from_slice(&(pps.len() as u16).to_be_bytes());
    out.extend_from_slice(pps);
    out.into()
}

/// When motion was said.
async fn judge(units: Vec<VideoUnit>) -> Vec<Span> {
    let OpenEye { mut feed, mut looks } = NativeMotionEye::new().open();
    let mut detector = MotionDetector::new(&MotionSettings::default());
    let mut said: Vec<Span> = Vec::new();
    let mut before = false;
    let mut take = |look: atalaya_model::motion::LumaSample| {
        let at = look.at.0 as f64 / 1e6;
        let active = detector.take(LumaGrid { cells: &look.cells }, look.at).active;
        if active && !before {
            said.push((at, at));
        } else if let (true, Some(last)) = (before, said.last_mut()) {
            last.1 = at;
        }
        before = active;
    };
    for unit in units {
        // The eye keeps only its newest look: each one is taken before the next can come.
        while !feed.feed(unit.clone()) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        if let Ok(Some(look)) = tokio::time::timeout(Duration::from_millis(4), looks.next()).await {
            take(look);
        }
    }
    drop(feed);
    while let Some(look) = looks.next().await {
        take(look);
    }
    said
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let seconds: u64 = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(70).max(60);
    let (mut clips, mut cpu, mut filmed) = (Vec::new(), 0.0, 0.0);
    let (mut found, mut real, mut right, mut alarms) = (0, 0, 0, 0);
    for clip in CLIPS {
        let units = clip.film(seconds).expect("the encoder takes pictures of this size");
        let before = cpu_seconds();
        let said = judge(units).await;
        cpu += cpu_seconds() - before;
        filmed += seconds as f64;
        let truth = clip.truth(seconds as f64);
        let hits = truth.iter().filter(|t| said.iter().any(|s| s.0 < t.1 + 1.0 && s.1 > t.0)).count();
        let good = said.iter().filter(|s| truth.iter().any(|t| s.0 < t.1 + TAIL_S && s.1 > t.0)).count();
        (found, real, right, alarms) = (found + hits, real + truth.len(), right + good, alarms + said.len());
        clips.push(json!({
            "clip": clip.name,
            "motions": truth.len(),
            "found": hits,
            "alarms": said.len(),
            "right": good,
            "precision": share(good, said.len()),
            "recall": share(hits, truth.len()),
        }));
    }
    println!(
        "{}",
        json!({
            "clips": clips,
            "precision": share(right, alarms),
            "recall": share(found, real),
            "core_seconds_per_hour": cpu / filmed * 3600.0,
        })
    );
    Ok(())
}

/// User and system time of this process so far, in seconds (Linux, 100 ticks a second).
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 =
        after_name.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u64>().ok()).sum();
    ticks as f64 / 100.0
}

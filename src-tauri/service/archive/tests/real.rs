//! A real H.264 stream through recording and export: a decoder fed with the export shows what was filmed.

use super::*;
use crate::mux::samples::flat;
use atalaya_model::export::ExportRequest;
use bytes::Bytes;
use openh264::decoder::Decoder;
use openh264::encoder::{Encoder, EncoderConfig, IntraFramePeriod};
use openh264::formats::{YUVBuffer, YUVSource};
use openh264::{OpenH264API, nal_units};

/// Pictures of one grey each, coded with a key picture every 25: picture n has this luma.
fn grey(n: usize) -> u8 {
    40 + (n * 2 % 160) as u8
}

/// NAL units each behind its length, as recorded; parameter sets apart.
fn encode(pictures: usize) -> (Bytes, Vec<(Bytes, bool)>) {
    let config = EncoderConfig::new().intra_frame_period(IntraFramePeriod::from_num_frames(25));
    let mut encoder = Encoder::with_api_config(OpenH264API::from_source(), config).unwrap();
    let (mut sets, mut out) = (Vec::new(), Vec::new());
    for n in 0..pictures {
        let mut planes = vec![grey(n); 64 * 48];
        planes.extend([128; 64 * 48 / 2]);
        let coded = encoder.encode(&YUVBuffer::from_vec(planes, 64, 48)).unwrap().to_vec();
        let (mut unit, mut key) = (Vec::new(), false);
        for nal in nal_units(&coded) {
            let nal = &nal[nal.iter().position(|&byte| byte == 1).unwrap() + 1..];
            match nal[0] & 0x1f {
                7 | 8 if sets.len() < 2 => sets.push(nal.to_vec()),
                7 | 8 => (),
                kind => {
                    key |= kind == 5;
                    unit.extend((nal.len() as u32).to_be_bytes());
                    unit.extend(nal);
                }
            }
        }
        out.push((unit.into(), key));
    }
    (samples::avcc(&sets[0], &sets[1]), out)
}

fn annex_b(unit: &[u8]) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), unit);
    while let Some((length, tail)) = rest.split_first_chunk::<4>() {
        let (nal, tail) = tail.split_at(u32::from_be_bytes(*length) as usize);
        out.extend([0, 0, 0, 1]);
        out.extend(nal);
        rest = tail;
    }
    out
}

#[tokio::test]
async fn a_decoder_sees_the_pictures_of_the_range() {
    let bench = Bench::new().await;
    let (config, units) = encode(100);
    let video = samples::h264(64, 48, config.clone());
    let pictures = units
        .iter()
        .enumerate()
        .map(|(n, (data, key))| samples::picture(&video, n as i64 * 3600, *key, data.clone()))
        .collect();
    let source = Source { video, audio: None, pictures, sounds: Vec::new() };
    bench.record(&source, 0).await;
    let request = ExportRequest {
        camera: samples::camera(1),
        camera_name: "Gate".into(),
        range: range(1.39, 3.01),
        path: bench.temp.path().join("out.mp4").to_str().unwrap().into(),
        overwrite: false,
    };
    let report = bench.archive.export(request, Box::new(|_| true)).await.unwrap();
    let movie = flat::parse(&std::fs::read(&report.path).unwrap());
    let mut decoder = Decoder::new().unwrap();
    let sps = usize::from(u16::from_be_bytes([config[6], config[7]]));
    decoder.decode(&[&[0, 0, 0, 1], &config[8..8 + sps]].concat()).unwrap();
    decoder.decode(&[&[0, 0, 0, 1], &config[8 + sps + 3..]].concat()).unwrap();
    let mut seen = Vec::new();
    for sample in &movie.video.samples {
        let picture = decoder.decode(&annex_b(&sample.data)).unwrap().expect("a picture a unit");
        if sample.shown_at_s >= -0.0001 && sample.shown_at_s < movie.presented_s {
            seen.push(picture.y()[0]);
        }
    }
    // 1.39 s lies between pictures 34 and 35; 3.01 s behind picture 75.
    assert_eq!(seen.len(), 76 - 35);
    for (n, luma) in (35..).zip(seen) {
        assert!(luma.abs_diff(grey(n)) <= 6, "picture {n} is {luma}, not {}", grey(n));
    }
}

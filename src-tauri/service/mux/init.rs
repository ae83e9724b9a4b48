//! The head of a recorded file: `ftyp` and a `moov` without samples, and reading them back.

use super::boxes::BoxBuffer;
use super::meta::{self, Origin};
use super::movie::{Edit, TrackHeader, TrackKind, movie_header, sample_descriptions, track};
use super::read::{BoxHeader, Reader, boxes, find};
use super::{AUDIO_TRACK, VIDEO_TRACK, codec_string};
use atalaya_model::media::{AudioCodec, AudioFormat, VIDEO_CLOCK_HZ, VideoCodec, VideoFormat};
use atalaya_model::recording::SegmentHeader;
use bytes::Bytes;
use std::sync::Arc;

/// Writes `ftyp` and `moov`. The delay of reordered pictures, in 90 kHz ticks, becomes an edit list.
pub(crate) fn write(header: &SegmentHeader, delay: u32) -> Vec<u8> {
    let mut out = BoxBuffer::with_capacity(2048);
    out.boxed(*b"ftyp", |out| {
        // iso6: movie fragments whose data offsets start at their moof (ISO/IEC 14496-12 Annex E).
        out.raw(b"iso6\0\0\0\0iso6mp41");
    });
    let origin = Origin {
        camera: header.camera,
        camera_name: header.camera_name.clone(),
        role: header.role,
        start: header.start,
        clock_offset_ms: header.clock_offset_ms,
    };
    out.boxed(*b"moov", |out| {
        movie_header(out, header.start, 0);
        // In a fragmented file an edit of no length lasts for all fragments (ISO/IEC 14496-12 §8.6.6).
        let skip_delay = [Edit { duration: 0, media_time: Some(delay.into()) }];
        let video = TrackHeader {
            id: VIDEO_TRACK,
            kind: TrackKind::Video { width: header.video.width, height: header.video.height },
            timescale: VIDEO_CLOCK_HZ,
            created: header.start,
            presented: 0,
            media: 0,
            edits: if delay > 0 { &skip_delay } else { &[] },
        };
        track(out, &video, |out| empty_table(out, &header.video.sample_entry));
        if let Some(audio) = &header.audio {
            let head = TrackHeader {
                id: AUDIO_TRACK,
                kind: TrackKind::Audio,
                timescale: audio.sample_rate,
                edits: &[],
                ..video
            };
            track(out, &head, |out| empty_table(out, &audio.sample_entry));
        }
        out.boxed(*b"mvex", |out| {
            track_extends(out, VIDEO_TRACK);
            if header.audio.is_some() {
                track_extends(out, AUDIO_TRACK);
            }
        });
        origin.write_tags(out);
        origin.write_box(out);
        meta::write_missing(out, &header.missing);
    });
    out.into_vec()
}

/// The tables that `stbl` must have, without samples (ISO/IEC 14496-12 §8.5 to §8.7).
fn empty_table(out: &mut BoxBuffer, entry: &[u8]) {
    sample_descriptions(out, [entry].into_iter());
    for kind in [*b"stts", *b"stsc", *b"stco"] {
        out.full(kind, 0, 0, |out| out.u32(0));
    }
    out.full(*b"stsz", 0, 0, |out| out.u64(0));
}

/// `trex` (ISO/IEC 14496-12 §8.8.3): the first sample entry, everything else stands in the fragments.
fn track_extends(out: &mut BoxBuffer, track: u32) {
    out.full(*b"trex", 0, 0, |out| {
        out.u32(track);
        out.u32(1);
        out.raw(&[0; 12]);
    });
}

/// Reads the body of a recorded file's `moov`, and the delay; none when it is not one of ours or damaged.
pub(super) fn parse(moov: &[u8]) -> Option<(SegmentHeader, u32)> {
    let own = || boxes(moov).filter(|(kind, _)| kind == b"uuid");
    let origin = own().find_map(|(_, body)| Origin::parse(body))?;
    let (mut video, mut audio, mut delay) = (None, None, 0);
    for (_, trak) in boxes(moov).filter(|(kind, _)| kind == b"trak") {
        match track_id(trak)? {
            VIDEO_TRACK => {
                video = Some(Arc::new(video_format(trak)?));
                delay = edit_list_delay(trak)?;
            }
            AUDIO_TRACK => audio = Some(Arc::new(audio_format(trak)?)),
            _ => (),
        }
    }
    let missing = own().find_map(|(_, body)| meta::parse_missing(body, &origin)).unwrap_or_default();
    let header = SegmentHeader {
        camera: origin.camera,
        camera_name: origin.camera_name,
        role: origin.role,
        start: origin.start,
        start_pts_90k: 0,
        video: video?,
        audio,
        clock_offset_ms: origin.clock_offset_ms,
        missing,
    };
    Some((header, delay))
}

/// What the edit list takes off: zero without one. After version, flags, count and duration of `elst` version 1.
fn edit_list_delay(trak: &[u8]) -> Option<u32> {
    let Some(edts) = find(trak, *b"edts") else {
        return Some(0);
    };
    let mut elst = Reader::new(find(edts, *b"elst")?);
    elst.take(16)?;
    u32::try_from(elst.u64()?).ok()
}

/// The track's id: after version, flags and two 64-bit times of `tkhd` version 1.
fn track_id(trak: &[u8]) -> Option<u32> {
    let mut tkhd = Reader::new(find(trak, *b"tkhd")?);
    tkhd.take(20)?;
    tkhd.u32()
}

/// The track's timescale and its first sample entry as a whole box.
fn media(trak: &[u8]) -> Option<(u32, &[u8])> {
    let mdia = find(trak, *b"mdia")?;
    let mut mdhd = Reader::new(find(mdia, *b"mdhd")?);
    mdhd.take(20)?;
    let timescale = mdhd.u32()?;
    let stsd = find(find(find(mdia, *b"minf")?, *b"stbl")?, *b"stsd")?;
    let entries = stsd.get(8..)?;
    // We write short headers, and readers of the entry count on it.
    let entry = BoxHeader::parse(entries).filter(|found| found.head == 8)?;
    Some((timescale, entries.get(..usize::try_from(entry.size).ok()?)?))
}

fn video_format(trak: &[u8]) -> Option<VideoFormat> {
    let (timescale, entry) = media(trak)?;
    if timescale != VIDEO_CLOCK_HZ {
        return None;
    }
    let codec = codec_string::video_codec(entry)?;
    // Before the configuration: 8 bytes of box header and 78 of VisualSampleEntry.
    let config = match codec {
        VideoCodec::H264 => find(entry.get(86..)?, *b"avcC")?,
        VideoCodec::H265 => find(entry.get(86..)?, *b"hvcC")?,
        VideoCodec::Mjpeg => &[],
    };
    let mut tkhd = Reader::new(find(trak, *b"tkhd")?);
    tkhd.take(88)?;
    let (width, height) = (tkhd.u32()? >> 16, tkhd.u32()? >> 16);
    Some(VideoFormat {
        codec,
        codec_string: codec_string::video(codec, config)?,
        width,
        height,
        // The file does not say; 16 is the block of H.264 and JPEG, and a multiple of H.265's smallest.
        coded_width: width.next_multiple_of(16),
        coded_height: height.next_multiple_of(16),
        decoder_config: Bytes::copy_from_slice(config),
        sample_entry: Bytes::copy_from_slice(entry),
        declared_fps_milli: None,
    })
}

fn audio_format(trak: &[u8]) -> Option<AudioFormat> {
    let (sample_rate, entry) = media(trak)?;
    let codec = match entry.get(4..8)? {
        b"mp4a" => AudioCodec::Aac,
        b"ulaw" => AudioCodec::Pcmu,
        b"alaw" => AudioCodec::Pcma,
        _ => return None,
    };
    let config = codec_string::aac_config(entry).unwrap_or_default();
    Some(AudioFormat {
        codec,
        codec_string: codec_string::audio(codec, config),
        sample_rate: Some(sample_rate).filter(|&rate| rate > 0)?,
        channels: Reader::new(entry.get(24..)?).u16()?,
        decoder_config: Bytes::copy_from_slice(config),
        sample_entry: Bytes::copy_from_slice(entry),
    })
}

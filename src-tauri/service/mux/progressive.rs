//! A flat file that can be played while it is fetched: `ftyp`, `moov`, and then the media, whose bytes are copied
//! from recorded files as they are.

use super::boxes::BoxBuffer;
use super::meta::Origin;
use super::movie::{Edit, TrackHeader, TrackKind, movie_header, track};
use super::tables::{Chunk, SampleTable};
use super::{AUDIO_TRACK, MOVIE_TIMESCALE, VIDEO_TRACK};
use atalaya_model::camera::{CameraId, Role};
use atalaya_model::media::VIDEO_CLOCK_HZ;
use atalaya_model::time::WallTime;

/// A track of the new file.
#[derive(Debug, Default)]
pub(crate) struct TrackPlan {
    pub(crate) table: SampleTable,
    /// Ticks a second.
    pub(crate) timescale: u32,
    /// Where the presentation starts, in ticks on the same line as the samples' times. Later than the first sample:
    /// what is before is decoded and not shown. Earlier: a pause comes first.
    pub(crate) presented_from: u64,
}

/// The new file.
#[derive(Debug)]
pub(crate) struct ExportMovie {
    pub(crate) camera: CameraId,
    pub(crate) camera_name: String,
    pub(crate) role: Role,
    /// Wall time of the first picture shown.
    pub(crate) start: WallTime,
    /// Size of the pictures in pixels.
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// How long it plays, in 90 kHz ticks.
    pub(crate) presented: u64,
    pub(crate) video: TrackPlan,
    pub(crate) audio: Option<TrackPlan>,
}

/// How the new file is put together.
#[derive(Debug)]
pub(crate) struct Layout {
    /// Everything before the media.
    pub(crate) head: Vec<u8>,
    /// What is copied behind it, in this order: source, offset in it, bytes.
    pub(crate) copies: Vec<(usize, u64, u64)>,
    /// Bytes of the whole file.
    pub(crate) total: u64,
}

impl ExportMovie {
    /// Lays the file out: chunks of both tracks in the order of their fragments, pictures before sound.
    pub(crate) fn layout(&self) -> Layout {
        let tracks: Vec<&TrackPlan> = std::iter::once(&self.video).chain(&self.audio).collect();
        let mut order: Vec<(u32, usize, usize)> = tracks
            .iter()
            .enumerate()
            .flat_map(|(track, plan)| {
                let chunks = plan.table.chunks().iter().enumerate();
                chunks.map(move |(index, chunk)| (chunk.order, track, index))
            })
            .collect();
        order.sort_unstable();
        let mut places: Vec<Vec<u64>> =
            tracks.iter().map(|plan| vec![0; plan.table.chunks().len()]).collect();
        let mut copies: Vec<(usize, u64, u64)> = Vec::new();
        let mut media = 0;
        for (_, track, index) in order {
            let chunk: &Chunk = &tracks[track].table.chunks()[index];
            places[track][index] = media;
            media += chunk.bytes;
            match copies.last_mut() {
                Some((source, at, bytes)) if *source == chunk.source && *at + *bytes == chunk.at => {
                    *bytes += chunk.bytes;
                }
                _ => copies.push((chunk.source, chunk.at, chunk.bytes)),
            }
        }
        // The tables' size depends on the width of the offsets only, not on their values: write once to learn it.
        let narrow = self.head(&places, media, false);
        let wide = narrow.len() as u64 + media > u64::from(u32::MAX);
        let head_bytes = if wide { self.head(&places, media, true).len() } else { narrow.len() } as u64;
        for place in places.iter_mut().flatten() {
            *place += head_bytes;
        }
        Layout { head: self.head(&places, media, wide), copies, total: head_bytes + media }
    }

    fn head(&self, places: &[Vec<u64>], media: u64, wide: bool) -> Vec<u8> {
        let mut out = BoxBuffer::default();
        out.boxed(*b"ftyp", |out| {
            out.raw(b"isom\0\0\x02\0isommp41mp42");
        });
        let origin = Origin {
            camera: self.camera,
            camera_name: self.camera_name.clone(),
            role: self.role,
            start: self.start,
            clock_offset_ms: None,
        };
        out.boxed(*b"moov", |out| {
            movie_header(out, self.start, self.presented);
            let kind = TrackKind::Video { width: self.width, height: self.height };
            self.track(out, VIDEO_TRACK, kind, &self.video, &places[0], wide);
            if let Some(audio) = &self.audio {
                self.track(out, AUDIO_TRACK, TrackKind::Audio, audio, &places[1], wide);
            }
            origin.write_tags(out);
            origin.write_box(out);
        });
        // mdat: a 64-bit size where 32 bits are not enough (ISO/IEC 14496-12 §4.2).
        if wide {
            out.u32(1);
            out.raw(b"mdat");
            out.u64(16 + media);
        } else {
            out.u32(8 + media as u32);
            out.raw(b"mdat");
        }
        out.into_vec()
    }

    fn track(
        &self,
        out: &mut BoxBuffer,
        id: u32,
        kind: TrackKind,
        plan: &TrackPlan,
        places: &[u64],
        wide: bool,
    ) {
        let header = TrackHeader {
            id,
            kind,
            timescale: plan.timescale,
            created: self.start,
            presented: self.presented,
            media: plan.table.duration(),
            edits: &self.edits(plan),
        };
        track(out, &header, |out| plan.table.write(out, places, wide));
    }

    /// The edit list that starts a track at the presentation's start and ends it with the presentation.
    fn edits(&self, plan: &TrackPlan) -> Vec<Edit> {
        let first = plan.table.first_time().unwrap_or(plan.presented_from);
        let skip = plan.presented_from.saturating_sub(first);
        let pause = rescale(first.saturating_sub(plan.presented_from), plan.timescale).min(self.presented);
        let media = rescale(plan.table.duration().saturating_sub(skip), plan.timescale);
        let mut edits = Vec::with_capacity(2);
        if pause > 0 {
            edits.push(Edit { duration: pause, media_time: None });
        }
        edits.push(Edit {
            duration: media.min(self.presented - pause),
            media_time: Some(skip + u64::from(plan.table.delay())),
        });
        edits
    }
}

/// Ticks of a track in ticks of the movie.
fn rescale(ticks: u64, timescale: u32) -> u64 {
    if timescale == VIDEO_CLOCK_HZ {
        return ticks;
    }
    (u128::from(ticks) * u128::from(MOVIE_TIMESCALE) / u128::from(timescale.max(1))) as u64
}

//! The sample tables of one track of a flat file (ISO/IEC 14496-12 §8.6 and §8.7), built sample by sample in about
//! five bytes each.

use super::boxes::BoxBuffer;
use super::movie::sample_descriptions;
use bytes::Bytes;

/// A sample to be put into the track.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlacedSample {
    /// Decoding time on the exported track, in its ticks; never before the sample's before it.
    pub(crate) time: u64,
    pub(crate) cts: i32,
    pub(crate) key: bool,
    pub(crate) bytes: u32,
    /// The file that its bytes are in, where in it, and its fragment's number over all files.
    pub(crate) source: usize,
    pub(crate) at: u64,
    pub(crate) order: u32,
    /// Its sample entry's index, from [`SampleTable::entry`].
    pub(crate) entry: u32,
}

/// Samples that lie one after the other in one source file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// The number of the fragment that they come from: chunks of both tracks are laid out in this order.
    pub(crate) order: u32,
    pub(crate) source: usize,
    pub(crate) at: u64,
    pub(crate) bytes: u64,
    samples: u32,
    entry: u32,
}

/// A track's tables.
#[derive(Debug, Default)]
pub(crate) struct SampleTable {
    entries: Vec<Bytes>,
    /// Runs of equal durations.
    durations: Vec<(u32, u32)>,
    /// Runs of equal composition offsets.
    offsets: Vec<(u32, i32)>,
    sizes: Vec<u32>,
    /// Numbers of the key samples, from 1.
    keys: Vec<u32>,
    chunks: Vec<Chunk>,
    first_time: Option<u64>,
    last_time: u64,
    /// How far below zero composition offsets go.
    delay: u32,
}

impl SampleTable {
    /// The index of a sample entry, which is added when it is new.
    pub(crate) fn entry(&mut self, entry: &Bytes) -> u32 {
        let known = self.entries.iter().position(|known| known == entry);
        known.unwrap_or_else(|| {
            self.entries.push(entry.clone());
            self.entries.len() - 1
        }) as u32
    }

    /// Adds a sample; the one before lasts until it.
    pub(crate) fn push(&mut self, sample: &PlacedSample) {
        if self.first_time.is_some() {
            self.close_last(sample.time);
        } else {
            self.first_time = Some(sample.time);
        }
        self.last_time = sample.time;
        count(&mut self.offsets, sample.cts);
        self.delay = self.delay.max(sample.cts.min(0).unsigned_abs());
        self.sizes.push(sample.bytes);
        if sample.key {
            self.keys.push(self.sizes.len() as u32);
        }
        match self.chunks.last_mut() {
            Some(chunk)
                if (chunk.order, chunk.source, chunk.entry)
                    == (sample.order, sample.source, sample.entry)
                    && chunk.at + chunk.bytes == sample.at =>
            {
                chunk.bytes += u64::from(sample.bytes);
                chunk.samples += 1;
            }
            _ => self.chunks.push(Chunk {
                order: sample.order,
                source: sample.source,
                at: sample.at,
                bytes: sample.bytes.into(),
                samples: 1,
                entry: sample.entry,
            }),
        }
    }

    /// Ends the last sample.
    pub(crate) fn finish(&mut self, end: u64) {
        if self.first_time.is_some() {
            self.close_last(end);
            self.last_time = end;
        }
    }

    fn close_last(&mut self, end: u64) {
        count(&mut self.durations, u32::try_from(end.saturating_sub(self.last_time)).unwrap_or(u32::MAX));
    }

    /// What is added to every composition offset, so that none is negative, and taken back by the edit list.
    pub(super) const fn delay(&self) -> u32 {
        self.delay
    }

    /// The first sample's decoding time; none without samples.
    pub(crate) const fn first_time(&self) -> Option<u64> {
        self.first_time
    }

    /// How long the samples last, in ticks, once finished.
    pub(super) const fn duration(&self) -> u64 {
        match self.first_time {
            Some(first) => self.last_time - first,
            None => 0,
        }
    }

    /// The chunks, in the track's order.
    pub(crate) fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// Writes the boxes inside `stbl`; `places` are the chunks' offsets in the new file.
    pub(super) fn write(&self, out: &mut BoxBuffer, places: &[u64], wide: bool) {
        sample_descriptions(out, self.entries.iter().map(|entry| &entry[..]));
        out.full(*b"stts", 0, 0, |out| {
            out.u32(self.durations.len() as u32);
            for &(samples, duration) in &self.durations {
                out.u32(samples);
                out.u32(duration);
            }
        });
        if self.offsets.iter().any(|&(_, offset)| offset != 0) {
            out.full(*b"ctts", 0, 0, |out| {
                out.u32(self.offsets.len() as u32);
                for &(samples, offset) in &self.offsets {
                    out.u32(samples);
                    out.u32(offset.saturating_add_unsigned(self.delay) as u32);
                }
            });
        }
        // Without `stss` every sample is a sync sample.
        if self.keys.len() != self.sizes.len() {
            out.full(*b"stss", 0, 0, |out| {
                out.u32(self.keys.len() as u32);
                self.keys.iter().for_each(|&number| out.u32(number));
            });
        }
        out.full(*b"stsc", 0, 0, |out| {
            let shape = |chunk: &Chunk| (chunk.samples, chunk.entry);
            let starts: Vec<usize> = (0..self.chunks.len())
                .filter(|&at| at == 0 || shape(&self.chunks[at]) != shape(&self.chunks[at - 1]))
                .collect();
            out.u32(starts.len() as u32);
            for at in starts {
                out.u32(at as u32 + 1);
                out.u32(self.chunks[at].samples);
                out.u32(self.chunks[at].entry + 1);
            }
        });
        out.full(*b"stsz", 0, 0, |out| {
            out.u32(0);
            out.u32(self.sizes.len() as u32);
            self.sizes.iter().for_each(|&bytes| out.u32(bytes));
        });
        out.full(if wide { *b"co64" } else { *b"stco" }, 0, 0, |out| {
            out.u32(places.len() as u32);
            for &place in places {
                if wide {
                    out.u64(place);
                } else {
                    out.u32(place as u32);
                }
            }
        });
    }
}

/// Adds a value to a list of runs.
fn count<T: PartialEq>(runs: &mut Vec<(u32, T)>, value: T) {
    match runs.last_mut() {
        Some((samples, last)) if *last == value => *samples += 1,
        _ => runs.push((1, value)),
    }
}

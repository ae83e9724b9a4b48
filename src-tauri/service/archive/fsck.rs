//! Holding files and index against each other: every row has its file and every indexed fragment parses (I1), every
//! file has a row or is in quarantine (I2), no two segments of a stream cover the same time (I3).

use super::volume::Volume;
use super::{SqliteArchive, adopt, blocking, disk, rows};
use crate::store::db_error;
use atalaya_model::recording::{FragmentEntry, FsckReport, Segment, SegmentId, VolumeFsck};
use atalaya_model::{Kind, Result};
use std::collections::BTreeSet;
use std::path::Path;

/// Overlap that does not count, in microseconds: how long the last picture before a break lasted is an estimate.
const OVERLAP_TOLERANCE_US: i64 = 100_000;

/// What is wrong with a row's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// It is missing or shorter than the row says.
    NoFile,
    /// So many of its fragments cannot be parsed.
    BadFragments(u64),
}

impl SqliteArchive {
    /// Checks every volume that is there, and repairs when asked. The counters tell what is wrong now, after any repair.
    /// Fails when no volume is there.
    pub(super) async fn check(&self, repair: bool, rebuild_index: bool) -> Result<FsckReport> {
        let (mut report, mut failed) = (FsckReport::default(), None);
        for volume in self.volumes.all().await? {
            let (found, unchecked) = match self.check_volume(&volume, repair, rebuild_index).await {
                Ok(found) => (found, None),
                Err(error) => {
                    tracing::warn!(path = &*volume.place.root, %error, "a storage directory is not checked");
                    (FsckReport::default(), Some(failed.insert(error).to_string()))
                }
            };
            report.segments += found.segments;
            report.bytes += found.bytes;
            report.rows_without_file += found.rows_without_file;
            report.files_without_row += found.files_without_row;
            report.bad_fragments += found.bad_fragments;
            report.repaired += found.repaired;
            report.volumes.push(VolumeFsck { place: volume.place.clone(), unchecked, found });
        }
        // What lies on a volume that is not there is not missing.
        if rebuild_index && failed.is_none() {
            self.note_unexplained().await?;
        }
        match failed {
            Some(error) if report.volumes.iter().all(|volume| volume.unchecked.is_some()) => Err(error),
            _ => {
                // Also two files of one stream on two volumes.
                report.overlaps =
                    rows::overlaps(&mut *self.reader().await?, None, OVERLAP_TOLERANCE_US).await?;
                Ok(report)
            }
        }
    }

    async fn check_volume(&self, volume: &Volume, repair: bool, rebuild_index: bool) -> Result<FsckReport> {
        volume.check().await?;
        self.finish_abandoned(volume).await;
        let mut report = FsckReport::default();
        if rebuild_index {
            let mut tx = self.db.begin().await?;
            rows::forget_volume(&mut tx, volume.id).await?;
            tx.commit().await.map_err(db_error)?;
        }
        self.check_rows(volume, repair, &mut report).await?;
        self.check_files(volume, repair || rebuild_index, &mut report).await?;
        report.overlaps =
            rows::overlaps(&mut *self.reader().await?, Some(volume.id), OVERLAP_TOLERANCE_US).await?;
        self.count_rows(volume, &mut report).await?;
        Ok(report)
    }

    /// I1.
    async fn check_rows(&self, volume: &Volume, repair: bool, report: &mut FsckReport) -> Result<()> {
        let mut last = SegmentId(i64::MIN);
        loop {
            let batch = rows::after(&mut *self.reader().await?, volume.id, last).await?;
            let Some(end) = batch.last() else {
                return Ok(());
            };
            last = end.id;
            for segment in &batch {
                let Some(fault) = self.fault(volume, segment).await? else {
                    continue;
                };
                tracing::warn!(
                    path = segment.path,
                    ?fault,
                    repair,
                    "a segment's file is not what its row says"
                );
                // The writer of a live segment notices by itself.
                if repair && self.live.get(segment.id).is_none() {
                    self.reindex(volume, segment).await?;
                    report.repaired += 1;
                } else {
                    match fault {
                        Fault::NoFile => report.rows_without_file += 1,
                        Fault::BadFragments(count) => report.bad_fragments += count,
                    }
                }
            }
        }
    }

    /// What is wrong with a segment's file. One that is being written is checked as far as it is written.
    async fn fault(&self, volume: &Volume, segment: &Segment) -> Result<Option<Fault>> {
        let written = self.live.get(segment.id).map(|live| live.snapshot());
        let (segment, fragments) = match written {
            Some((segment, fragments)) => (segment, Some(fragments)),
            None => match rows::fragments(&mut *self.reader().await?, segment).await {
                Ok(fragments) => (segment.clone(), fragments),
                Err(error) if error.kind() == Kind::Corrupt => return Ok(Some(Fault::BadFragments(1))),
                Err(error) => return Err(error),
            },
        };
        // Finished or deleted since the list was read?
        let still = rows::by_id(&mut *self.reader().await?, segment.id).await;
        if !still.is_ok_and(|now| now.open == segment.open) {
            return Ok(None);
        }
        volume.run(move |root| fault(&root.join(&segment.path), &segment, fragments.as_deref())).await
    }

    /// I2.
    async fn check_files(&self, volume: &Volume, repair: bool, report: &mut FsckReport) -> Result<()> {
        let root = volume.root().to_owned();
        let files = blocking(move || adopt::all_files(&root)).await?;
        let garbage: BTreeSet<String> =
            rows::garbage(&mut *self.reader().await?, volume.id).await?.into_iter().collect();
        let mut unknown = Vec::new();
        for path in files.into_iter().filter(|path| !garbage.contains(path)) {
            if !self.is_known(volume, &path).await? {
                unknown.push(path);
            }
        }
        if !repair {
            for path in &unknown {
                tracing::warn!(path, "a file has no row");
            }
            report.files_without_row += unknown.len() as u64;
            return Ok(());
        }
        let mut failed = None;
        self.adopt_all(volume, &unknown, |_, indexed| match indexed {
            Ok(_) => report.repaired += 1,
            Err(error) => {
                failed.get_or_insert(error);
            }
        })
        .await;
        failed.map_or(Ok(()), Err)
    }

    async fn count_rows(&self, volume: &Volume, report: &mut FsckReport) -> Result<()> {
        let (closed, bytes) = rows::totals(&mut *self.reader().await?, volume.id).await?;
        let mut live = self.live.indexed();
        live.retain(|segment| segment.place.volume == volume.place.volume);
        report.segments = closed + live.len() as u64;
        report.bytes = bytes + live.iter().map(|segment| segment.bytes).sum::<u64>();
        Ok(())
    }
}

fn fault(path: &Path, segment: &Segment, fragments: Option<&[FragmentEntry]>) -> Result<Option<Fault>> {
    let mut file = match disk::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == Kind::NotFound => return Ok(Some(Fault::NoFile)),
        Err(error) => return Err(error),
    };
    if file.len() < segment.bytes {
        return Ok(Some(Fault::NoFile));
    }
    let Some(fragments) = fragments else {
        // Open, and not by this process: how far it is written is its writer's or recovery's business.
        return Ok((!segment.open).then_some(Fault::BadFragments(1)));
    };
    match file.head() {
        Err(error) if error.kind() == Kind::Corrupt => {
            return Ok(Some(Fault::BadFragments(fragments.len() as u64)));
        }
        Err(error) => return Err(error),
        Ok(_) => (),
    }
    let mut bad = 0;
    for entry in fragments {
        let found = file.fragment(entry.offset, entry.start)?;
        bad += u64::from(found.is_none_or(|(found, _)| found != *entry));
    }
    Ok((bad > 0).then_some(Fault::BadFragments(bad)))
}

//! Start-up after a crash: finish what was cut off, and look only at what is newer than the last clean mark.

use super::names::FileName;
use super::volume::Volume;
use super::{SqliteArchive, adopt, blocking, gaps, rows};
use crate::store::db_error;
use atalaya_model::Result;
use atalaya_model::recording::RecoveryReport;
use atalaya_model::time::WallTime;
use std::collections::BTreeMap;
use std::path::Path;

/// Files that are indexed before recording starts where the index was lost: some seconds' worth.
pub(super) const BEFORE_RECORDING: usize = 2000;

/// Files of a camera's last day that are indexed first where there are more than that: what it recorded last is among
/// them, in both roles.
const NEWEST: usize = 8;

impl SqliteArchive {
    /// Puts right what a crash cut off, on every volume that is there. Fails when none is. Where the index of many files
    /// was lost, the newest ones alone are indexed: see [`Self::recover_rest`].
    pub(super) async fn recover_all(&self) -> Result<RecoveryReport> {
        self.volumes.set_records();
        let (mut report, mut there, mut failed) = (RecoveryReport::default(), 0, None);
        let (mut anew, mut complete) = (false, true);
        for volume in self.volumes.all().await? {
            let _turn = volume.recovery.lock().await;
            match self.recover_volume(&volume, Some(BEFORE_RECORDING)).await {
                Ok(found) => {
                    there += 1;
                    report.segments += found.report.segments;
                    report.fragments += found.report.fragments;
                    report.bytes_cut += found.report.bytes_cut;
                    anew |= found.anew;
                    complete &= found.complete;
                }
                Err(error) => {
                    tracing::error!(path = &*volume.place.root, %error, "a storage directory is not there");
                    report.volumes_missing += 1;
                    failed.get_or_insert(error);
                }
            }
        }
        // What lies on a volume that is not there, or not indexed yet, is not missing.
        if anew && complete && failed.is_none() {
            self.note_unexplained().await?;
        }
        match failed {
            Some(error) if there == 0 => Err(error),
            _ => Ok(report),
        }
    }

    /// Indexes what start-up left, while recording goes on; volumes that are not there are passed over. The oldest files
    /// come first, so that retention does not take the newest for the oldest ones.
    pub(super) async fn recover_rest(&self) -> Result<()> {
        let (mut anew, mut complete) = (false, true);
        for volume in self.volumes.all().await?.iter().filter(|volume| !volume.is_recovered()) {
            if volume.check().await.is_err() {
                complete = false;
                continue;
            }
            let _turn = volume.recovery.lock().await;
            tracing::warn!(path = &*volume.place.root, "the index is completed while recording goes on");
            anew |= self.recover_volume(volume, None).await?.anew;
            tracing::info!(path = &*volume.place.root, "the index is complete");
        }
        if anew && complete {
            self.note_unexplained().await?;
        }
        Ok(())
    }

    /// Notes the holes between files that no gap explains: camera by camera, since recorders wait for each.
    pub(super) async fn note_unexplained(&self) -> Result<()> {
        let cameras: Vec<i64> = sqlx::query_scalar("SELECT id FROM camera")
            .fetch_all(&mut *self.reader().await?)
            .await
            .map_err(db_error)?;
        for camera in cameras {
            let mut tx = self.db.begin().await?;
            gaps::note_unexplained(&mut tx, camera).await?;
            tx.commit().await.map_err(db_error)?;
        }
        Ok(())
    }

    /// Puts right a volume that was not there when this program started.
    pub(super) async fn recover_late(&self, volume: &Volume) {
        if !self.volumes.records() || volume.is_recovered() {
            return;
        }
        // Who finds it being put right records into it meanwhile.
        let Ok(_turn) = volume.recovery.try_lock() else { return };
        match self.recover_volume(volume, Some(BEFORE_RECORDING)).await {
            Ok(Recovered { report, anew, complete }) => {
                tracing::info!(path = &*volume.place.root, ?report, complete, "a storage directory is back");
                if anew
                    && complete
                    && let Err(error) = self.note_unexplained().await
                {
                    tracing::error!(%error, "what is missing between files could not be noted");
                }
            }
            Err(error) => {
                tracing::warn!(path = &*volume.place.root, %error, "a storage directory stays away");
            }
        }
    }

    /// Puts right what a crash cut off on one volume. A file that cannot be read now is left for `fsck` and does not
    /// stop the rest. Where no file has a row and there are more than `at_once`, the newest ones get theirs and the others
    /// are left. The caller holds the volume's recovery.
    pub(super) async fn recover_volume(&self, volume: &Volume, at_once: Option<usize>) -> Result<Recovered> {
        let now = self.clock.wall();
        volume.check().await?;
        self.collect_garbage(volume).await?;
        let mut report = RecoveryReport::default();
        let (open, from) = {
            let mut conn = self.reader().await?;
            (rows::open(&mut conn, volume.id).await?, rows::clean_from(&mut conn, volume.id).await?)
        };
        for segment in open.iter().filter(|segment| self.live.get(segment.id).is_none()) {
            report.segments += 1;
            match self.reindex(volume, segment).await {
                Ok((fragments, cut)) => {
                    report.fragments += fragments;
                    report.bytes_cut += cut;
                }
                Err(error) => {
                    tracing::error!(path = segment.path, %error, "a segment could not be recovered");
                }
            }
        }
        // No mark was ever set: the volume is new here, or the index was lost.
        let anew = from == WallTime(i64::MIN);
        let root = volume.root().to_owned();
        if let Some(at_once) = at_once.filter(|_| anew)
            && let Some(newest) = blocking(move || newest_of_many(&root, at_once)).await?
        {
            self.adopt_unknown(volume, newest, from).await?;
            return Ok(Recovered { report, anew, complete: false });
        }
        self.adopt_since(volume, from).await?;
        let mut tx = self.db.begin().await?;
        // Files that are being written here by now may not have their row yet.
        let from = self.live.earliest_start(volume.id, None).map_or(now, |start| start.min(now));
        rows::set_clean_from(&mut tx, volume.id, from).await?;
        tx.commit().await.map_err(db_error)?;
        volume.set_recovered();
        Ok(Recovered { report, anew, complete: true })
    }

    /// Indexes files that start at or after the mark and have no row, day by day.
    async fn adopt_since(&self, volume: &Volume, from: WallTime) -> Result<()> {
        let root = volume.root().to_owned();
        let folders = blocking(move || {
            // A mark that is no date (none was ever set) looks at everything.
            let day = (from > WallTime(0)).then(|| from.to_rfc3339());
            adopt::day_folders(&root, day.as_deref().and_then(|day| day.get(..10)))
        })
        .await?;
        for folder in folders {
            let root = volume.root().to_owned();
            let files = blocking(move || adopt::files_of(&root, &folder)).await?;
            self.adopt_unknown(volume, files, from).await?;
        }
        Ok(())
    }

    /// Indexes those of these files that start at or after the mark and have no row.
    async fn adopt_unknown(&self, volume: &Volume, files: Vec<String>, from: WallTime) -> Result<()> {
        let mut unknown = Vec::new();
        for path in files {
            // Names have milliseconds.
            let new = FileName::parse(&path).is_some_and(|name| name.start.as_millis() >= from.as_millis());
            if new && !self.is_known(volume, &path).await? {
                unknown.push(path);
            }
        }
        self.adopt_all(volume, &unknown, |path, indexed| match indexed {
            Ok(true) => tracing::info!(path, "a file without a row is indexed"),
            Ok(false) => (),
            Err(error) => tracing::error!(path, %error, "a file could not be indexed"),
        })
        .await;
        Ok(())
    }
}

/// What was put right on one volume.
pub(super) struct Recovered {
    pub(super) report: RecoveryReport,
    /// Whether no mark said what was indexed already.
    pub(super) anew: bool,
    /// Whether every file has been looked at.
    pub(super) complete: bool,
}

/// The last files of each camera where there are more than `at_once` in all; else none.
fn newest_of_many(root: &Path, at_once: usize) -> Result<Option<Vec<String>>> {
    let (mut count, mut last_of) = (0, BTreeMap::new());
    for folder in adopt::day_folders(root, None)?.into_iter().rev() {
        let camera = folder.split('/').next().unwrap_or_default().to_owned();
        if count > at_once && last_of.contains_key(&camera) {
            continue;
        }
        let mut files = adopt::files_of(root, &folder)?;
        count += files.len();
        if !files.is_empty() {
            last_of.entry(camera).or_insert_with(|| files.split_off(files.len().saturating_sub(NEWEST)));
        }
    }
    Ok((count > at_once).then(|| last_of.into_values().flatten().collect()))
}

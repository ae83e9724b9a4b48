//! Start-up after a crash: finish what was cut off, and look only at what is newer than the last clean mark.

use super::names::FileName;
use super::volume::Volume;
use super::{SqliteArchive, adopt, blocking, gaps, rows};
use crate::store::db_error;
use atalaya_model::Result;
use atalaya_model::recording::RecoveryReport;
use atalaya_model::time::WallTime;

impl SqliteArchive {
    /// Puts right what a crash cut off, on every volume that is there. Fails when none is.
    pub(super) async fn recover_all(&self) -> Result<RecoveryReport> {
        self.volumes.set_records();
        let (mut report, mut there, mut failed) = (RecoveryReport::default(), 0, None);
        let mut anew = false;
        for volume in self.volumes.all().await? {
            let _turn = volume.recovery.lock().await;
            // Everything is looked at: the volume is new here, or the index was lost.
            anew |= rows::clean_from(&mut *self.reader().await?, volume.id).await? == WallTime(i64::MIN);
            match self.recover_volume(&volume).await {
                Ok(found) => {
                    there += 1;
                    report.segments += found.segments;
                    report.fragments += found.fragments;
                    report.bytes_cut += found.bytes_cut;
                }
                Err(error) => {
                    tracing::error!(path = &*volume.place.root, %error, "a storage directory is not there");
                    report.volumes_missing += 1;
                    failed.get_or_insert(error);
                }
            }
        }
        // What lies on a volume that is not there is not missing.
        if anew && failed.is_none() {
            self.note_unexplained().await?;
        }
        match failed {
            Some(error) if there == 0 => Err(error),
            _ => Ok(report),
        }
    }

    /// Notes the holes between files that no gap explains.
    pub(super) async fn note_unexplained(&self) -> Result<()> {
        let mut tx = self.db.begin().await?;
        gaps::note_unexplained(&mut tx).await?;
        tx.commit().await.map_err(db_error)
    }

    /// Puts right a volume that was not there when this program started.
    pub(super) async fn recover_late(&self, volume: &Volume) {
        if !self.volumes.records() || volume.is_recovered() {
            return;
        }
        // Who finds it being put right records into it meanwhile.
        let Ok(_turn) = volume.recovery.try_lock() else { return };
        match self.recover_volume(volume).await {
            Ok(report) => tracing::info!(path = &*volume.place.root, ?report, "a storage directory is back"),
            Err(error) => {
                tracing::warn!(path = &*volume.place.root, %error, "a storage directory stays away");
            }
        }
    }

    /// Puts right what a crash cut off on one volume. A file that cannot be read now is left for `fsck` and does not
    /// stop the rest. The caller holds the volume's recovery.
    pub(super) async fn recover_volume(&self, volume: &Volume) -> Result<RecoveryReport> {
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
        self.adopt_since(volume, from).await?;
        let mut tx = self.db.begin().await?;
        // Files that are being written here by now may not have their row yet.
        let from = self.live.earliest_start(volume.id, None).map_or(now, |start| start.min(now));
        rows::set_clean_from(&mut tx, volume.id, from).await?;
        tx.commit().await.map_err(db_error)?;
        volume.set_recovered();
        Ok(report)
    }

    /// Indexes files that start at or after the mark and have no row.
    async fn adopt_since(&self, volume: &Volume, from: WallTime) -> Result<()> {
        let root = volume.root().to_owned();
        let files = blocking(move || {
            // A mark that is no date (none was ever set) looks at everything.
            let day = (from > WallTime(0)).then(|| from.to_rfc3339());
            adopt::files(&root, day.as_deref().and_then(|day| day.get(..10)))
        })
        .await?;
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

//! Start-up after a crash: finish what was cut off, and look only at what is newer than the last clean mark.

use super::names::FileName;
use super::{SqliteArchive, adopt, blocking, gaps, rows};
use crate::store::db_error;
use atalaya_model::Result;
use atalaya_model::recording::RecoveryReport;
use atalaya_model::time::WallTime;

impl SqliteArchive {
    /// Puts right what a crash cut off. A file that cannot be read now is left for `fsck` and does not stop the rest.
    pub(super) async fn recover_all(&self) -> Result<RecoveryReport> {
        let now = self.clock.wall();
        let volume = self.volume.check(&self.db, now).await?;
        self.collect_garbage(volume).await?;
        let mut report = RecoveryReport::default();
        let (open, from) = {
            let mut conn = self.reader().await?;
            (rows::open(&mut conn, volume).await?, rows::clean_from(&mut conn, volume).await?)
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
        // Everything was looked at: the volume is new here, or the index was lost.
        if from == WallTime(i64::MIN) {
            gaps::note_unexplained(&mut tx).await?;
        }
        rows::set_clean_from(&mut tx, volume, now).await?;
        tx.commit().await.map_err(db_error)?;
        self.live.set_recovered();
        Ok(report)
    }

    /// Indexes files that start at or after the mark and have no row.
    async fn adopt_since(&self, volume: i64, from: WallTime) -> Result<()> {
        let root = self.volume.root().to_owned();
        let files = blocking(move || {
            // A mark that is no date (none was ever set) looks at everything.
            let day = (from > WallTime(0)).then(|| from.to_rfc3339());
            adopt::files(&root, day.as_deref().and_then(|day| day.get(..10)))
        })
        .await?;
        for path in files {
            // Names have milliseconds.
            let Some(name) = FileName::parse(&path).filter(|name| name.start.as_millis() >= from.as_millis())
            else {
                continue;
            };
            let indexed = rows::by_name(&mut *self.reader().await?, volume, &name).await?;
            if indexed.is_some() || self.live.writes(&path) {
                continue;
            }
            match self.adopt(volume, &path).await {
                Ok(true) => tracing::info!(path, "a file without a row is indexed"),
                Ok(false) => (),
                Err(error) => tracing::error!(path, %error, "a file could not be indexed"),
            }
        }
        Ok(())
    }
}

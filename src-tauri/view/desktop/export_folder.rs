//! The folder of exports, still pictures and reports, and the names that files get in it (S17: the window hands over no paths).

use atalaya_model::ports::Clock;
use atalaya_model::text::in_file_name;
use atalaya_model::time::WallTime;
use std::path::{MAIN_SEPARATOR, Path};
use std::sync::Arc;

/// Where exports and still pictures go.
pub(crate) struct ExportFolder {
    folder: String,
    clock: Arc<dyn Clock>,
}

impl ExportFolder {
    pub(crate) fn new(folder: &Path, clock: Arc<dyn Clock>) -> Self {
        Self { folder: folder.to_string_lossy().into_owned(), clock }
    }

    /// The folder.
    pub(crate) fn path(&self) -> &str {
        &self.folder
    }

    /// `FOLDER/Gate_2026-11-21_100500.123Z.jpg`: the subject's name with everything that a file system could mind
    /// replaced, and now.
    pub(crate) fn file_path(&self, subject: &str, extension: &str) -> String {
        self.file_path_at(subject, extension, self.clock.wall())
    }

    /// The same with another time than now.
    pub(crate) fn file_path_at(&self, subject: &str, extension: &str, at: WallTime) -> String {
        let name = in_file_name(subject);
        let at = at.to_rfc3339().replace(':', "").replace('T', "_");
        format!("{}{MAIN_SEPARATOR}{name}_{at}.{extension}", self.folder)
    }
}

//! Names of recorded files: `<camera>/<YYYY-MM-DD>/<HHMMSS.mmm>Z-<role>.mp4`, all in UTC. The name follows from the
//! row and the row's place in time from the name, so neither start-up nor the index must store the other.

use atalaya_model::camera::{CameraId, Role};
use atalaya_model::time::WallTime;
use atalaya_model::{Error, Kind, Result};
use jiff::Timestamp;

/// Files of one stream that may start in the same millisecond: a clock that is set back by exactly that much again
/// and again is not one that anybody has.
pub(super) const TWINS: u8 = 10;
/// Where files go that no row can be made for, under the storage directory.
pub(super) const QUARANTINE: &str = "quarantine";

/// What a file's name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileName {
    pub(super) camera: CameraId,
    /// To the millisecond.
    pub(super) start: WallTime,
    pub(super) role: Role,
    pub(super) twin: u8,
}

impl FileName {
    /// The path below the storage directory, with `/` between the parts.
    pub(super) fn path(&self) -> Result<String> {
        let start = Timestamp::from_microsecond(self.start.0).map_err(|cause| {
            Error::new(Kind::InvalidInput, "footage of a year without four digits")
                .with("start_us", self.start.0)
                .caused_by(cause)
        })?;
        let (camera, role) = (self.camera, self.role.code());
        let time = start.strftime("%Y-%m-%d/%H%M%S%.3f");
        Ok(match self.twin {
            0 => format!("{camera}/{time}Z-{role}.mp4"),
            twin => format!("{camera}/{time}Z-{role}-{twin}.mp4"),
        })
    }

    /// Reads a path below the storage directory; none when no file of ours has such a name.
    pub(super) fn parse(path: &str) -> Option<Self> {
        let mut parts = path.split('/');
        let (camera, day, file) = (parts.next()?, parts.next()?, parts.next()?);
        let (time, rest) = file.strip_suffix(".mp4")?.split_once("Z-")?;
        let (role, twin) = rest.split_once('-').unwrap_or((rest, "0"));
        let (hour, minute, second) = (time.get(..2)?, time.get(2..4)?, time.get(4..)?);
        let name = Self {
            camera: camera.parse().ok()?,
            start: WallTime::parse(&format!("{day}T{hour}:{minute}:{second}Z")).ok()?,
            role: role.parse().ok()?,
            twin: twin.parse().ok().filter(|&twin| twin < TWINS)?,
        };
        // Only one spelling counts.
        (name.path().ok()? == path).then_some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mux::samples;

    #[test]
    fn names_are_read_back() {
        let name = FileName {
            camera: samples::camera(1),
            start: WallTime::parse("2026-11-21T09:05:07.042Z").unwrap(),
            role: Role::Main,
            twin: 0,
        };
        let path = name.path().unwrap();
        assert_eq!(path, "00000000-0000-0000-0000-0000c0ffee01/2026-11-21/090507.042Z-main.mp4");
        assert_eq!(FileName::parse(&path), Some(name));
        let twin = FileName { twin: 2, role: Role::Sub, ..name };
        assert_eq!(FileName::parse(&twin.path().unwrap()), Some(twin));
        for wrong in [
            "",
            "a/b/c",
            "00000000-0000-0000-0000-0000c0ffee01/2026-11-21/090507Z-main.mp4",
            "00000000-0000-0000-0000-0000c0ffee01/2026-11-21/090507.042Z-main-0.mp4",
            "00000000-0000-0000-0000-0000c0ffee01/2026-11-21/../x/090507.042Z-main.mp4",
            "00000000-0000-0000-0000-0000C0FFEE01/2026-11-21/090507.042Z-main.mp4",
        ] {
            assert_eq!(FileName::parse(wrong), None, "{wrong}");
        }
    }
}

//! A disk that can be filled, taken away, frozen and copied: ext4 in a file behind a loop device. Needs root.

use super::{Result, Skipped, process, stage};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// A mounted disk; unmounted when dropped.
pub(super) struct LoopDisk {
    image: PathBuf,
    mount: PathBuf,
}

/// Says why nothing can be mounted here, if so.
pub(super) fn can_mount() -> Result {
    stage::need_root("mounting a disk in a file takes root")?;
    if process::find("mkfs.ext4").is_none() {
        return Err(Skipped("mkfs.ext4 is not installed").into());
    }
    Ok(())
}

impl LoopDisk {
    /// Makes a disk of so many bytes and mounts it at a folder, which is made.
    pub(super) fn make(image: PathBuf, mount: PathBuf, bytes: u64) -> Result<Self> {
        File::create(&image)?.set_len(bytes)?;
        process::capture(process::command("mkfs.ext4").args(["-F", "-q", "-m", "0"]).arg(&image))?;
        Self::mount(image, mount)
    }

    /// Mounts one that is there; its journal is played back, as after a power cut.
    pub(super) fn mount(image: PathBuf, mount: PathBuf) -> Result<Self> {
        fs::create_dir_all(&mount)?;
        let disk = Self { image, mount };
        disk.attach()?;
        Ok(disk)
    }

    /// Brings it back after `detach`.
    pub(super) fn attach(&self) -> Result {
        let mut mount = process::command("mount");
        let outcome = process::outcome(mount.args(["-o", "loop"]).arg(&self.image).arg(&self.mount))?;
        if outcome.0 != Some(0) {
            return Err(Skipped("this machine mounts no loop devices").into());
        }
        Ok(())
    }

    pub(super) fn path(&self) -> &Path {
        &self.mount
    }

    /// Takes it away although files on it are open, as when a cable is pulled.
    pub(super) fn detach(&self) -> Result {
        process::capture(process::command("umount").arg("-l").arg(&self.mount)).map(drop)
    }

    /// Holds all writes up, or lets them go on.
    pub(super) fn freeze(&self, frozen: bool) -> Result {
        let how = if frozen { "-f" } else { "-u" };
        process::capture(process::command("fsfreeze").arg(how).arg(&self.mount)).map(drop)
    }

    /// What a power cut at this instant leaves: the blocks that the file system has handed to the device, and nothing
    /// that waits in memory. False when blocks were written while it was copied, so that the copy is of no one instant.
    pub(super) fn copy_as_cut(&self, to: &Path) -> Result<bool> {
        let device =
            process::capture(process::command("losetup").args(["-n", "-O", "NAME", "-j"]).arg(&self.image))?;
        let name = Path::new(device.trim()).file_name().ok_or("the disk has no loop device")?.to_owned();
        let counters = Path::new("/sys/block").join(name).join("stat");
        // Sectors written, the 7th field (Documentation/block/stat.rst).
        let written = || -> Result<String> {
            let text = fs::read_to_string(&counters)?;
            Ok(text.split_ascii_whitespace().nth(6).ok_or("the device counts nothing")?.to_owned())
        };
        let before = written()?;
        let mut cp = process::command("cp");
        process::capture(cp.arg("--sparse=always").arg(&self.image).arg(to))?;
        Ok(before == written()?)
    }
}

impl Drop for LoopDisk {
    fn drop(&mut self) {
        // Already away after `detach`; while something on it is open it goes when that is closed.
        let _ = process::outcome(process::command("umount").arg("-l").arg(&self.mount));
    }
}

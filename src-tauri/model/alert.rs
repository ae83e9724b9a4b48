//! When the person at the computer is told of trouble: late enough to be true, at most once in ten minutes for each
//! camera and cause, and in one sentence where many cameras have it together. Must not know words or desktops.

use crate::camera::CameraId;
use crate::time::MonoTime;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

/// No camera's cause is told again within this.
pub const REPEAT_AFTER: Duration = Duration::from_mins(10);

/// A camera in trouble is told together with others when it would be told this soon itself; and one is back after its
/// trouble has been over for as long.
pub const TOGETHER: Duration = Duration::from_secs(10);

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AlertCause {
    /// Cameras that are to be recorded send nothing.
    Offline,
    /// They send, and nothing is written.
    Stopped,
    /// The storage is full.
    StorageLow,
    /// The storage fails.
    StorageFailed,
}

impl AlertCause {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Stopped => "stopped",
            Self::StorageLow => "storage_low",
            Self::StorageFailed => "storage_failed",
        }
    }
}

/// The causes that are a camera's.
const OF_CAMERAS: [AlertCause; 2] = [AlertCause::Offline, AlertCause::Stopped];

/// One notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// What is wrong.
    pub cause: AlertCause,
    /// It is over.
    pub over: bool,
    /// The cameras it is about, by id; none where it is the storage.
    pub cameras: Vec<CameraId>,
}

/// A camera's trouble of one cause.
#[derive(Debug)]
struct Trouble {
    since: MonoTime,
    over_since: Option<MonoTime>,
    told: bool,
}

/// Remembers what is wrong and what was told.
#[derive(Debug, Default)]
pub struct AlertBook {
    troubles: BTreeMap<(AlertCause, CameraId), Trouble>,
    told: BTreeMap<(Option<CameraId>, AlertCause, bool), MonoTime>,
}

impl AlertBook {
    /// How a camera that is to be recorded fares now; to be called for each at each look, then [`Self::due`].
    pub fn look(&mut self, camera: CameraId, cause: Option<AlertCause>, now: MonoTime) {
        for one in OF_CAMERAS {
            if cause == Some(one) {
                let begun = Trouble { since: now, over_since: None, told: false };
                self.troubles.entry((one, camera)).or_insert(begun).over_since = None;
            } else if let Some(trouble) = self.troubles.get_mut(&(one, camera)) {
                trouble.over_since.get_or_insert(now);
            }
        }
    }

    /// Cameras that are not to be recorded any more are nobody's trouble.
    pub fn keep(&mut self, is_recorded: impl Fn(CameraId) -> bool) {
        self.troubles.retain(|(_, camera), _| is_recorded(*camera));
    }

    /// The storage has trouble. True when that is to be told.
    pub fn storage(&mut self, cause: AlertCause, now: MonoTime) -> bool {
        self.may_tell(None, cause, false, now)
    }

    /// What is to be told now. A trouble is told once it has lasted for `after`.
    pub fn due(&mut self, now: MonoTime, after: Duration) -> Vec<Alert> {
        let mut alerts = Vec::new();
        let soon = after.saturating_sub(TOGETHER);
        let is_over = |one: &Trouble| one.over_since.is_some_and(|since| now.since(since) >= TOGETHER);
        let lasts = |one: &Trouble, time| one.over_since.is_none() && now.since(one.since) >= time;
        for cause in OF_CAMERAS {
            if !self.cameras(cause, |one| !one.told && lasts(one, after)).is_empty() {
                let lasting = self.cameras(cause, |one| !one.told && lasts(one, soon));
                self.tell(cause, false, lasting, now, &mut alerts);
            }
            let over = self.cameras(cause, |one| one.told && is_over(one));
            self.tell(cause, true, over, now, &mut alerts);
        }
        self.troubles.retain(|_, one| !is_over(one));
        alerts
    }

    fn cameras(&self, cause: AlertCause, which: impl Fn(&Trouble) -> bool) -> Vec<CameraId> {
        let found = self.troubles.iter().filter(|((of, _), one)| *of == cause && which(one));
        found.map(|((_, camera), _)| *camera).collect()
    }

    fn tell(
        &mut self,
        cause: AlertCause,
        over: bool,
        mut cameras: Vec<CameraId>,
        now: MonoTime,
        alerts: &mut Vec<Alert>,
    ) {
        cameras.retain(|camera| self.may_tell(Some(*camera), cause, over, now));
        if cameras.is_empty() {
            return;
        }
        for camera in &cameras {
            if let Some(trouble) = self.troubles.get_mut(&(cause, *camera)) {
                trouble.told = true;
            }
        }
        alerts.push(Alert { cause, over, cameras });
    }

    fn may_tell(&mut self, camera: Option<CameraId>, cause: AlertCause, over: bool, now: MonoTime) -> bool {
        self.told.retain(|_, told| now.since(*told) < REPEAT_AFTER);
        let key = (camera, cause, over);
        if self.told.contains_key(&key) {
            return false;
        }
        self.told.insert(key, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    const AFTER: Duration = Duration::from_secs(30);

    fn id(n: u128) -> CameraId {
        CameraId(uuid::Uuid::from_u128(n))
    }

    fn at(seconds: u64) -> MonoTime {
        MonoTime(seconds * 1_000_000)
    }

    /// Looks once a second at cameras whose trouble a closure tells, and answers what was told and when.
    fn watch(cameras: u128, seconds: u64, is_off: impl Fn(u128, u64) -> bool) -> Vec<(u64, Alert)> {
        let mut book = AlertBook::default();
        let mut told = Vec::new();
        for second in 0..seconds {
            for n in 0..cameras {
                book.look(id(n), is_off(n, second).then_some(AlertCause::Offline), at(second));
            }
            told.extend(book.due(at(second), AFTER).into_iter().map(|alert| (second, alert)));
        }
        told
    }

    #[test]
    fn a_short_trouble_is_nobodys_business() {
        assert!(watch(1, 200, |_, second| second % 40 < 25).is_empty());
    }

    #[test]
    fn an_outage_is_told_once_and_its_end_too() {
        let told = watch(1, 300, |_, second| (10..200).contains(&second));
        let alert = |over| Alert { cause: AlertCause::Offline, over, cameras: vec![id(0)] };
        assert_eq!(told, [(40, alert(false)), (210, alert(true))]);
    }

    #[test]
    fn many_are_told_together() {
        let told = watch(12, 100, |n, second| second >= 10 + n as u64 % 8);
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!((told[0].0, told[0].1.cameras.len()), (40, 12));
    }

    #[test]
    fn a_camera_that_comes_and_goes_is_told_every_ten_minutes_at_most() {
        let told = watch(1, 3600, |_, second| second % 90 < 60);
        let offs: Vec<u64> = told.iter().filter(|(_, alert)| !alert.over).map(|(at, _)| *at).collect();
        assert!(offs.len() >= 3, "{offs:?}");
        assert!(offs.windows(2).all(|pair| pair[1] - pair[0] >= REPEAT_AFTER.as_secs()), "{offs:?}");
    }

    #[test]
    fn the_storage_is_told_every_ten_minutes_at_most() {
        let mut book = AlertBook::default();
        let told: Vec<u64> =
            (0..1300).filter(|second| book.storage(AlertCause::StorageLow, at(*second))).collect();
        assert_eq!(told, [0, 600, 1200]);
        assert!(book.storage(AlertCause::StorageFailed, at(1300)));
    }

    #[test]
    fn a_camera_that_is_back_has_time_to_be_written() {
        let mut book = AlertBook::default();
        let mut told = Vec::new();
        for second in 0..100 {
            let cause = match second {
                0..60 => Some(AlertCause::Offline),
                60..63 => Some(AlertCause::Stopped),
                _ => None,
            };
            book.look(id(1), cause, at(second));
            told.extend(book.due(at(second), AFTER).into_iter().map(|one| (second, one.cause, one.over)));
        }
        assert_eq!(told, [(30, AlertCause::Offline, false), (70, AlertCause::Offline, true)]);
    }

    #[test]
    fn what_is_not_recorded_any_more_is_forgotten() {
        let mut book = AlertBook::default();
        book.look(id(1), Some(AlertCause::Stopped), at(0));
        book.keep(|_| false);
        assert!(book.due(at(100), AFTER).is_empty());
    }
}

//! What a camera notices by itself: motion, tampering, a digital input (ONVIF Core §9, event handling). A hint, not a
//! proof: cameras are known to send it late, twice or not at all.

use crate::time::WallTime;
use alloc::collections::BTreeMap;
use alloc::string::String;

/// What was noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Notice {
    /// Something moves.
    Motion,
    /// The lens is covered, turned away or out of focus.
    Tamper,
    /// A digital input is closed.
    Input,
}

impl Notice {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Motion => "motion",
            Self::Tamper => "tamper",
            Self::Input => "input",
        }
    }
}

/// One change that a camera reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceEvent {
    /// What.
    pub notice: Notice,
    /// The rule, video source or input that reports it, as the camera calls it.
    pub source: String,
    /// Whether it goes on from now (else it has ended).
    pub active: bool,
    /// When, by the camera's clock, if it says so.
    pub camera_time: Option<WallTime>,
}

/// Sources of one camera that are kept apart; a camera that names ever new ones does not fill the memory.
const SOURCES_MAX: usize = 64;

/// What a camera notices now: a notice is active as long as any of its sources says so.
#[derive(Debug, Clone, Default)]
pub struct Notices(BTreeMap<(Notice, String), bool>);

impl Notices {
    /// Takes a report in; the notice's new state when the report changed it.
    pub fn take(&mut self, event: &DeviceEvent) -> Option<bool> {
        let before = self.is_active(event.notice);
        let key = (event.notice, event.source.clone());
        if self.0.len() >= SOURCES_MAX && !self.0.contains_key(&key) {
            return None;
        }
        self.0.insert(key, event.active);
        let now = self.is_active(event.notice);
        (now != before).then_some(now)
    }

    /// Whether any source reports this.
    pub fn is_active(&self, notice: Notice) -> bool {
        self.0.iter().any(|((kind, _), active)| *kind == notice && *active)
    }

    /// What is active.
    pub fn active(&self) -> impl Iterator<Item = Notice> + '_ {
        [Notice::Motion, Notice::Tamper, Notice::Input].into_iter().filter(|notice| self.is_active(*notice))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    fn event(notice: Notice, source: &str, active: bool) -> DeviceEvent {
        DeviceEvent { notice, source: source.into(), active, camera_time: None }
    }

    #[test]
    fn a_notice_lasts_as_long_as_one_of_its_sources() {
        let mut notices = Notices::default();
        assert_eq!(notices.take(&event(Notice::Motion, "a", false)), None);
        assert_eq!(notices.take(&event(Notice::Motion, "a", true)), Some(true));
        assert_eq!(notices.take(&event(Notice::Motion, "b", true)), None);
        assert_eq!(notices.take(&event(Notice::Motion, "a", false)), None);
        assert_eq!(notices.take(&event(Notice::Tamper, "a", true)), Some(true));
        assert_eq!(notices.take(&event(Notice::Motion, "b", false)), Some(false));
        assert!(notices.active().eq([Notice::Tamper]));
    }

    #[test]
    fn ever_new_sources_do_not_fill_the_memory() {
        let mut notices = Notices::default();
        for n in 0..1000 {
            notices.take(&event(Notice::Motion, &format!("{n}"), true));
        }
        assert_eq!(notices.0.len(), SOURCES_MAX);
    }
}

//! When a window's page is loaded anew: its web process has died, or answers nothing any more. Knows no webview and no
//! clock: it is told what each probe found, and probes are [`PROBE_EVERY`] apart while the program runs. A machine that
//! sleeps, or a program that is stopped, makes no probes, and so no page hung.

use core::time::Duration;

/// From one probe to the next, and how long a page has to answer one.
pub const PROBE_EVERY: Duration = Duration::from_secs(3);

/// Probes in a row without an answer, after which a page hangs: 15 s.
const HUNG_AFTER: u32 = 5;

/// The same for a page that has not answered since it was loaded: 60 s, for a busy machine that starts.
const HUNG_AFTER_LOADING: u32 = 20;

/// Answers in a row, after which what was before is forgotten: a minute.
const WELL_AFTER: u32 = 20;

/// Seconds from a page's end to its loading, for its first end, its second and so on. At once in the common case; a
/// page that dies again and again (no memory, a broken driver) must not keep the machine busy.
const DELAYS_S: [u64; 8] = [0, 1, 2, 4, 8, 16, 32, 60];

/// What a probe found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// Nobody sees the window, or a debugger holds the page: it was not asked.
    Unasked,
    /// The page answered.
    Answered,
    /// It did not answer before the next probe.
    Silent,
}

/// What follows from a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// Nothing is to be done.
    Nothing,
    /// The page answers for the first time after it was loaded anew.
    Back,
    /// The page hangs: its process is to be ended and the page loaded anew.
    Hung,
}

/// How one window's page has been.
#[derive(Debug, Default)]
pub struct Recovery {
    silent: u32,
    answered: u32,
    ends: usize,
}

impl Recovery {
    /// Takes a probe's result.
    pub fn probed(&mut self, probe: Probe) -> Finding {
        match probe {
            Probe::Unasked => self.silent = 0,
            Probe::Answered => {
                self.silent = 0;
                self.answered += 1;
                if self.answered == 1 && self.ends > 0 {
                    return Finding::Back;
                }
                if self.answered == WELL_AFTER {
                    self.ends = 0;
                }
            }
            Probe::Silent => {
                self.silent += 1;
                let patience = if self.answered == 0 { HUNG_AFTER_LOADING } else { HUNG_AFTER };
                if self.silent == patience {
                    self.silent = 0;
                    return Finding::Hung;
                }
            }
        }
        Finding::Nothing
    }

    /// The page's process has ended: how long to wait before the page is loaded anew.
    pub fn ended(&mut self) -> Duration {
        let delay = DELAYS_S[self.ends.min(DELAYS_S.len() - 1)];
        *self = Self { ends: self.ends + 1, ..Self::default() };
        Duration::from_secs(delay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// The first probe, counted from 1, after which the page hangs.
    fn hangs_at(recovery: &mut Recovery, probes: &[Probe]) -> Option<usize> {
        probes.iter().position(|probe| recovery.probed(*probe) == Finding::Hung).map(|at| at + 1)
    }

    #[test]
    fn a_page_that_answers_nothing_for_15_s_hangs() {
        let mut recovery = Recovery::default();
        assert_eq!(recovery.probed(Probe::Answered), Finding::Nothing);
        assert_eq!(hangs_at(&mut recovery, &[Probe::Silent; 9]), Some(5));
        assert_eq!(PROBE_EVERY * HUNG_AFTER, Duration::from_secs(15));
    }

    #[test]
    fn a_page_that_is_still_loading_has_a_minute() {
        assert_eq!(hangs_at(&mut Recovery::default(), &[Probe::Silent; 30]), Some(20));
        let mut recovery = Recovery::default();
        recovery.probed(Probe::Answered);
        recovery.ended();
        assert_eq!(hangs_at(&mut recovery, &[Probe::Silent; 30]), Some(20), "also when it was loaded anew");
    }

    #[test]
    fn only_an_unbroken_silence_counts() {
        for breaking in [Probe::Answered, Probe::Unasked] {
            let mut recovery = Recovery::default();
            recovery.probed(Probe::Answered);
            for _ in 0..100 {
                assert_eq!(hangs_at(&mut recovery, &[Probe::Silent; 4]), None);
                assert_ne!(recovery.probed(breaking), Finding::Hung);
            }
        }
    }

    #[test]
    fn a_page_that_dies_again_and_again_is_loaded_less_and_less_often() {
        let mut recovery = Recovery::default();
        let delays: Vec<_> = (0..10).map(|_| recovery.ended().as_secs()).collect();
        assert_eq!(delays, [0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn a_minute_of_answers_makes_up_for_what_was_before() {
        let mut recovery = Recovery::default();
        recovery.ended();
        recovery.ended();
        assert_eq!(recovery.probed(Probe::Answered), Finding::Back);
        for _ in 0..18 {
            assert_eq!(recovery.probed(Probe::Answered), Finding::Nothing);
        }
        assert_eq!(recovery.ended().as_secs(), 2, "57 s are too few");
        for _ in 0..20 {
            recovery.probed(Probe::Answered);
        }
        assert_eq!(recovery.ended().as_secs(), 0);
    }

    #[test]
    fn a_page_that_stays_hung_is_told_again() {
        let mut recovery = Recovery::default();
        recovery.probed(Probe::Answered);
        let hung = (0..10).filter(|_| recovery.probed(Probe::Silent) == Finding::Hung).count();
        assert_eq!(hung, 2, "its process could not be ended: once more");
    }
}

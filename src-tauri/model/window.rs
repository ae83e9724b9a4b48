//! The program's windows: how many, how they are called, on which monitor a new one goes and where it is found again.
//! Knows no windowing system and nothing of what a window shows.

use alloc::format;
use alloc::string::String;

/// Windows open at a time, the main one included. Each costs a web process and a live session; more monitors than this
/// hang on no desk.
pub const WINDOWS_MAX: usize = 8;

/// The label of the window with all the pages. The program ends with it.
pub const MAIN: &str = "main";

/// The label of a further window, which shows live pictures only: `live-1` is the first of a run.
pub fn further_label(number: u32) -> String {
    format!("live-{number}")
}

/// A rectangle of the desktop in physical pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Area {
    /// Left edge; monitors left of the first one have negative ones.
    pub x: i32,
    /// Upper edge.
    pub y: i32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

impl Area {
    /// The same area, moved into `room`, and made smaller where it would not fit.
    #[must_use]
    pub fn within(self, room: Self) -> Self {
        let (width, height) = (self.width.min(room.width), self.height.min(room.height));
        let kept = |at: i32, from: i32, space: u32| at.clamp(from, from.saturating_add_unsigned(space));
        Self {
            x: kept(self.x, room.x, room.width - width),
            y: kept(self.y, room.y, room.height - height),
            width,
            height,
        }
    }
}

/// A monitor.
#[derive(Debug, Clone, PartialEq)]
pub struct Monitor {
    /// As the system calls it; two of a kind may have the same name.
    pub name: String,
    /// All of it.
    pub area: Area,
    /// What panels and docks leave of it.
    pub room: Area,
    /// Physical pixels to one of the page's.
    pub scale: f64,
}

/// The monitor that a new window goes to when nobody chose one: the next one after `here` without a window, else `here`
/// itself. Monitors are numbered from 0; `occupied` holds one number for each open window.
pub fn next_monitor(monitors: usize, occupied: &[usize], here: usize) -> usize {
    (1..monitors).map(|step| (here + step) % monitors).find(|at| !occupied.contains(at)).unwrap_or(here)
}

/// Width and height of a new window, in the page's pixels.
const NEW_SIZE: (f64, f64) = (1280.0, 800.0);

/// How far apart cascaded windows are, in the page's pixels: a title bar.
const CASCADE_STEP: f64 = 40.0;

/// Where on a monitor a new window goes: in the middle of an empty one, else cascaded over the `others` there.
pub fn new_area(monitor: &Monitor, others: usize) -> Area {
    let room = monitor.room;
    let pixels = |size: f64| (size * monitor.scale) as u32;
    let (width, height) = (pixels(NEW_SIZE.0).min(room.width), pixels(NEW_SIZE.1).min(room.height));
    let at = |free: u32| match others {
        0 => free / 2,
        // One that would stick out begins anew at the edge.
        others => (pixels(CASCADE_STEP) * others as u32) % (free + 1),
    };
    Area {
        x: room.x.saturating_add_unsigned(at(room.width - width)),
        y: room.y.saturating_add_unsigned(at(room.height - height)),
        width,
        height,
    }
}

/// Where a window is, so that it is found again when the program starts the next time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The name of its monitor.
    pub monitor: String,
    /// Where that monitor lay: tells two with one name apart.
    pub origin: (i32, i32),
    /// Its area when it is neither maximized nor full screen; `x` and `y` count from the monitor's corner, so that it
    /// keeps its place on a monitor that is moved about.
    pub area: Area,
    /// Whether it fills what panels leave of the monitor.
    pub maximized: bool,
    /// Whether it fills the monitor.
    pub full_screen: bool,
}

impl Place {
    /// The place of an area on a monitor.
    pub fn new(monitor: &Monitor, area: Area) -> Self {
        let Area { x, y, .. } = monitor.area;
        Self {
            monitor: monitor.name.clone(),
            origin: (x, y),
            area: Area { x: area.x.saturating_sub(x), y: area.y.saturating_sub(y), ..area },
            maximized: false,
            full_screen: false,
        }
    }

    /// Its monitor, by its number, if it is still there: the one with its name where it was, else one with its name.
    pub fn monitor_in(&self, monitors: &[Monitor]) -> Option<usize> {
        let named = |monitor: &Monitor| monitor.name == self.monitor;
        let there = |monitor: &Monitor| (monitor.area.x, monitor.area.y) == self.origin;
        monitors
            .iter()
            .position(|monitor| named(monitor) && there(monitor))
            .or_else(|| monitors.iter().position(named))
    }

    /// Its area on that monitor, wholly visible even if the monitor has become smaller.
    pub fn area_on(&self, monitor: &Monitor) -> Area {
        let Area { x, y, .. } = monitor.area;
        let area = Area { x: self.area.x.saturating_add(x), y: self.area.y.saturating_add(y), ..self.area };
        area.within(monitor.room)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::borrow::ToOwned;
    use std::vec::Vec;

    fn area(x: i32, y: i32, width: u32, height: u32) -> Area {
        Area { x, y, width, height }
    }

    /// A monitor with a panel of 40 pixels above.
    fn monitor(name: &str, area: Area, scale: f64) -> Monitor {
        let room = Area { y: area.y + 40, height: area.height - 40, ..area };
        Monitor { name: name.to_owned(), area, room, scale }
    }

    #[test]
    fn a_new_window_goes_to_the_next_monitor_without_one() {
        for (monitors, occupied, here, goes_to) in [
            (1, &[0][..], 0, 0),
            (2, &[0], 0, 1),
            (2, &[0, 1], 0, 0),
            (2, &[0, 1], 1, 1),
            (3, &[0, 1], 0, 2),
            (3, &[0, 1], 1, 2),
            (3, &[1, 2], 1, 0),
            (4, &[0, 3, 3], 3, 1),
            (0, &[], 0, 0),
        ] {
            assert_eq!(next_monitor(monitors, occupied, here), goes_to, "{monitors} {occupied:?} {here}");
        }
    }

    #[test]
    fn a_new_window_stands_in_the_middle_of_an_empty_monitor_and_cascades_over_others() {
        let second = monitor("B", area(1920, 0, 1920, 1080), 1.0);
        assert_eq!(new_area(&second, 0), area(1920 + 320, 40 + 120, 1280, 800));
        assert_eq!(new_area(&second, 1), area(1920 + 40, 40 + 40, 1280, 800));
        assert_eq!(new_area(&second, 7), area(1920 + 280, 40 + 39, 1280, 800), "below, it begins anew");
        let fine = monitor("C", area(-3840, 0, 3840, 2160), 2.0);
        assert_eq!(new_area(&fine, 0), area(-3840 + 640, 40 + 260, 2560, 1600));
        let small = monitor("D", area(0, 0, 1024, 600), 1.0);
        for others in 0..10 {
            assert_eq!(new_area(&small, others), small.room, "no larger than the room there is");
        }
    }

    #[test]
    fn every_window_that_may_be_opened_is_wholly_visible() {
        let monitors = [
            monitor("A", area(0, 0, 1280, 1024), 1.0),
            monitor("B", area(-2560, -300, 2560, 1440), 1.25),
            monitor("C", area(1280, 0, 1080, 1920), 1.0),
        ];
        let mut occupied: Vec<usize> = Vec::from([0]);
        while occupied.len() < WINDOWS_MAX {
            let at = next_monitor(monitors.len(), &occupied, 0);
            let others = occupied.iter().filter(|other| **other == at).count();
            let area = new_area(&monitors[at], others);
            assert_eq!(area.within(monitors[at].room), area);
            occupied.push(at);
        }
        assert_eq!(occupied[..3], [0, 1, 2], "each monitor has one before one has two");
    }

    #[test]
    fn a_place_is_found_again_on_its_monitor() {
        let left = monitor("DELL", area(0, 0, 1920, 1080), 1.0);
        let right = monitor("DELL", area(1920, 0, 1920, 1080), 1.0);
        let place = Place::new(&right, area(2000, 100, 1280, 800));
        assert_eq!(place.area, area(80, 100, 1280, 800), "counted from the monitor's corner");
        let both = [left.clone(), right.clone()];
        assert_eq!(place.monitor_in(&both), Some(1), "two of a kind are told apart by where they lie");
        assert_eq!(place.area_on(&both[1]), area(2000, 100, 1280, 800));

        let moved = Monitor { area: area(-1920, 0, 1920, 1080), room: area(-1920, 40, 1920, 1040), ..right };
        assert_eq!(place.monitor_in(core::slice::from_ref(&moved)), Some(0), "one that was moved about");
        assert_eq!(place.area_on(&moved), area(-1840, 100, 1280, 800));

        let other = monitor("projector", area(0, 0, 1920, 1080), 1.0);
        assert_eq!(place.monitor_in(&[other]), None);
        assert_eq!(place.monitor_in(&[]), None);

        let smaller = monitor("DELL", area(1920, 0, 1024, 768), 1.0);
        assert_eq!(place.area_on(&smaller), area(1920, 40, 1024, 728), "wholly visible on a smaller one");
    }

    #[test]
    fn places_far_out_do_no_harm() {
        let monitor = monitor("A", area(0, 0, 1920, 1080), 1.0);
        for at in [i32::MIN, i32::MAX] {
            let place = Place { area: area(at, at, u32::MAX, 0), ..Place::new(&monitor, monitor.room) };
            assert_eq!(place.area_on(&monitor).width, 1920);
        }
    }

    #[test]
    fn further_windows_are_numbered() {
        assert_eq!((further_label(1).as_str(), further_label(12).as_str()), ("live-1", "live-12"));
    }
}

//! The monitors there are, and windows on them: what the windowing system says in the model's words, and back.

use atalaya_model::window::{Area, Monitor, Place};
use tauri::{AppHandle, PhysicalPosition, PhysicalRect, PhysicalSize, WebviewWindow};

/// The monitors at one moment.
pub(super) struct Desk {
    pub(super) monitors: Vec<Monitor>,
}

fn area(position: PhysicalPosition<i32>, size: PhysicalSize<u32>) -> Area {
    Area { x: position.x, y: position.y, width: size.width, height: size.height }
}

fn monitor(monitor: &tauri::Monitor) -> Monitor {
    let PhysicalRect { position, size } = *monitor.work_area();
    Monitor {
        name: monitor.name().cloned().unwrap_or_default(),
        area: area(*monitor.position(), *monitor.size()),
        room: area(position, size),
        scale: monitor.scale_factor(),
    }
}

impl Desk {
    pub(super) fn of(app: &AppHandle) -> tauri::Result<Self> {
        Ok(Self { monitors: app.available_monitors()?.iter().map(monitor).collect() })
    }

    /// The number of the monitor that a window is on.
    pub(super) fn monitor_of(&self, window: &WebviewWindow) -> Option<usize> {
        let here = monitor(&window.current_monitor().ok()??);
        self.monitors.iter().position(|one| one.area == here.area)
    }

    /// Where a window is. One that is minimized or hidden is nowhere; one that fills its monitor keeps the area it had `before`.
    pub(super) fn place_of(&self, window: &WebviewWindow, before: Option<&Place>) -> Option<Place> {
        if window.is_minimized().ok()? || !window.is_visible().ok()? {
            return None;
        }
        let monitor = &self.monitors[self.monitor_of(window)?];
        let (maximized, full_screen) = (window.is_maximized().ok()?, window.is_fullscreen().ok()?);
        let place = Place::new(monitor, area(window.outer_position().ok()?, window.inner_size().ok()?));
        let fills = maximized || full_screen;
        let area = before.filter(|_| fills).map_or(place.area, |before| before.area);
        Some(Place { area, maximized, full_screen, ..place })
    }

    /// Shows a window that was not shown yet: at its place, or where the system puts it.
    pub(super) fn show(&self, window: &WebviewWindow, place: Option<&Place>) -> tauri::Result<()> {
        let found = place.and_then(|place| Some((place, &self.monitors[place.monitor_in(&self.monitors)?])));
        let Some((place, monitor)) = found else { return window.show() };
        let area = place.area_on(monitor);
        window.set_size(PhysicalSize::new(area.width, area.height))?;
        window.set_position(PhysicalPosition::new(area.x, area.y))?;
        window.show()?;
        if place.maximized {
            window.maximize()?;
        }
        if place.full_screen {
            // Names the monitor, since Wayland lets no window choose its position.
            let corner = PhysicalPosition::new(monitor.area.x, monitor.area.y);
            window.set_fullscreen_on_monitor(corner.cast::<f64>())?;
        }
        Ok(())
    }
}

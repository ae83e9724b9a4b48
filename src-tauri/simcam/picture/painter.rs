//! Owns the picture of one stream: the still background as drawn for one view, and the frame on top of it.
//! Must not know why the view moves or where the picture goes. Only what moved is redrawn.

use super::{
    canvas::{Area, Canvas},
    clock_strip,
    scene::Scene,
    shape::Shape,
    text,
    view::View,
};
use crate::clock::Civil;
use std::time::Duration;

/// Draws frame after frame of one camera in one size.
pub(crate) struct Painter {
    scene: Scene,
    name: String,
    camera: u8,
    standing: Vec<Shape>,
    background: Canvas,
    /// The view `background` was drawn for.
    view: Option<View>,
    frame: Canvas,
    /// Where the last frame differs from the background, burnt-in bars apart.
    dirty: Vec<Area>,
}

impl Painter {
    /// A painter of `width` x `height` pixels; `camera` is the number, from 1, shown in the clock strip.
    pub(crate) fn new(scene: Scene, name: &str, camera: u8, width: usize, height: usize) -> Self {
        Self {
            scene,
            name: name.to_owned(),
            camera,
            standing: scene.background(),
            background: Canvas::new(width, height),
            view: None,
            frame: Canvas::new(width, height),
            dirty: Vec::new(),
        }
    }

    /// The picture at `utc`.
    pub(crate) fn paint(&mut self, utc: Duration, view: View) -> &Canvas {
        if self.view == Some(view) {
            for area in self.dirty.drain(..) {
                self.frame.restore(&self.background, area);
            }
        } else {
            for shape in &self.standing {
                shape.draw(&mut self.background, &view);
            }
            self.frame.copy_from(&self.background);
            self.dirty.clear();
            self.view = Some(view);
        }
        for shape in self.scene.foreground(utc) {
            self.dirty.extend(shape.draw(&mut self.frame, &view));
        }
        self.burn_in(utc);
        &self.frame
    }

    fn burn_in(&mut self, utc: Duration) {
        let height = self.frame.height();
        let reading = clock_strip::Reading { utc_ms: utc.as_millis() as u64, camera: self.camera };
        clock_strip::draw(&mut self.frame, reading);
        let scale = (height / 270).max(1);
        let line = 12 * scale;
        let top = (clock_strip::BOTTOM_EDGE * height as f64) as usize + scale;
        text::write(&mut self.frame, &Civil::from_utc(utc).display(), 4 * scale, top, scale);
        text::write(&mut self.frame, &self.name, 4 * scale, height - line, scale);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use openh264::formats::YUVSource;

    #[test]
    fn redrawing_only_what_moved_gives_the_same_picture() {
        for index in 0..8 {
            let new = || Painter::new(Scene::of_camera(index), "Camera", 1, 320, 180);
            let mut reused = new();
            for step in 0..40 {
                let utc = Duration::from_millis(1_795_256_431_000 + step * 370);
                let view =
                    View::from_ptz(if step > 20 { 0.4 } else { 0.0 }, 0.0, if step > 30 { 0.5 } else { 0.0 });
                let expected = new().paint(utc, view).clone();
                let got = reused.paint(utc, view);
                assert!(
                    got.y() == expected.y() && got.u() == expected.u() && got.v() == expected.v(),
                    "step {step}"
                );
            }
        }
    }
}

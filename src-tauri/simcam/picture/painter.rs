//! Owns the picture of one stream: the still background as drawn for one view, and the frame on top of it.
//! Must not know why the view moves or where the picture goes. Only what moved is redrawn.

use super::{
    canvas::{Area, Canvas, Yuv},
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
    /// The frame out of focus or covered, once it was.
    soft: Option<Canvas>,
    /// Where the last frame differs from the background, burnt-in bars apart.
    dirty: Vec<Area>,
    frozen: bool,
    covered: bool,
    /// Nothing that moves is there.
    resting: bool,
    /// What every picture shows while they are frozen: when, from where, how much out of focus, and whether at rest.
    repeated: Option<(Duration, View, f32, bool)>,
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
            soft: None,
            dirty: Vec::new(),
            frozen: false,
            covered: false,
            resting: false,
            repeated: None,
        }
    }

    /// What is wrong with the pictures from the next one on: they repeat it, clock and all, or the lens is covered.
    pub(crate) fn suffer(&mut self, frozen: bool, covered: bool) {
        (self.frozen, self.covered) = (frozen, covered);
        if !frozen {
            self.repeated = None;
        }
    }

    /// Whether what moves is away from the next picture on.
    pub(crate) fn rest(&mut self, resting: bool) {
        self.resting = resting;
    }

    /// The picture at `utc`, so much out of focus (0..=1). What is burnt in is sharp all the same.
    pub(crate) fn paint(&mut self, utc: Duration, view: View, blur: f32) -> &Canvas {
        let now = (utc, view, blur, self.resting);
        let (utc, view, blur, resting) = if self.frozen { *self.repeated.get_or_insert(now) } else { now };
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
        let moving = if resting { Vec::new() } else { self.scene.foreground(utc) };
        for shape in moving {
            self.dirty.extend(shape.draw(&mut self.frame, &view));
        }
        let radius = (blur * BLUR_MAX * self.frame.height() as f32).round() as usize;
        let shown = if radius == 0 && !self.covered {
            &mut self.frame
        } else {
            let soft = self.soft.get_or_insert_with(|| self.frame.clone());
            soft.copy_from(&self.frame);
            if self.covered {
                soft.fill(Area { left: 0, top: 0, right: soft.width(), bottom: soft.height() }, COVERED);
            } else {
                soft.blur(radius);
            }
            soft
        };
        burn_in(shown, &self.name, self.camera, utc);
        shown
    }
}

/// What a lens lets through that is covered.
const COVERED: Yuv = Yuv::grey(30);

/// How far a point spreads at most, as a share of the picture's height.
const BLUR_MAX: f32 = 0.05;

fn burn_in(frame: &mut Canvas, name: &str, camera: u8, utc: Duration) {
    let height = frame.height();
    clock_strip::draw(frame, clock_strip::Reading { utc_ms: utc.as_millis() as u64, camera });
    let scale = (height / 270).max(1);
    let line = 12 * scale;
    let top = (clock_strip::BOTTOM_EDGE * height as f64) as usize + scale;
    text::write(frame, &Civil::from_utc(utc).display(), 4 * scale, top, scale);
    text::write(frame, name, 4 * scale, height - line, scale);
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
                let expected = new().paint(utc, view, 0.0).clone();
                let got = reused.paint(utc, view, 0.0);
                assert!(
                    got.y() == expected.y() && got.u() == expected.u() && got.v() == expected.v(),
                    "step {step}"
                );
            }
        }
    }

    #[test]
    fn frozen_pictures_repeat_and_covered_ones_show_only_the_clock() {
        let mut painter = Painter::new(Scene::of_camera(0), "Camera", 7, 320, 180);
        let mut at = |frozen, covered, ms: u16| {
            painter.suffer(frozen, covered);
            let utc = Duration::from_millis(1_795_256_431_000 + u64::from(ms));
            let picture = painter.paint(utc, View::from_ptz(f32::from(ms) / 10_000.0, 0.0, 0.0), 0.0);
            (clock_strip::read(picture.y(), 320, 320, 180).unwrap().utc_ms % 100_000, picture.y().to_vec())
        };
        let first = at(true, false, 0);
        assert_eq!(first.0, 31_000);
        assert!(at(true, false, 700) == first, "the same");
        assert_eq!(at(false, false, 900).0, 31_900);
        assert_eq!(at(true, false, 1_200).0, 32_200, "another one");
        let (clock_ms, covered) = at(false, true, 1_500);
        assert_eq!(clock_ms, 32_500);
        assert!(covered[320 * 60..320 * 160].iter().all(|luma| *luma == 30));
    }

    #[test]
    fn frozen_pictures_keep_what_moves() {
        let mut painter = Painter::new(Scene::of_camera(0), "Camera", 7, 320, 180);
        let mut at = |frozen, resting| {
            painter.suffer(frozen, false);
            painter.rest(resting);
            painter.paint(Duration::from_secs(1_795_256_431), View::default(), 0.0).y().to_vec()
        };
        let first = at(true, false);
        assert!(at(true, true) == first, "the same");
        assert!(at(false, true) != first, "away");
    }

    #[test]
    fn out_of_focus_all_is_soft_but_the_clock() {
        let mut painter = Painter::new(Scene::of_camera(0), "Camera", 7, 320, 180);
        let utc = Duration::from_millis(1_795_256_431_370);
        // How much neighbours differ, below the clock.
        let detail = |picture: &Canvas| -> u64 {
            let rows = picture.y()[320 * 60..320 * 160].chunks(320);
            rows.flat_map(|row| row.windows(2).map(|two| u64::from(two[0].abs_diff(two[1])))).sum()
        };
        let sharp = detail(painter.paint(utc, View::default(), 0.0));
        let soft = painter.paint(utc, View::default(), 0.5);
        assert!(detail(soft) * 2 < sharp, "{} of {sharp}", detail(soft));
        let reading = clock_strip::read(soft.y(), 320, 320, 180).unwrap();
        assert_eq!((reading.utc_ms, reading.camera), (1_795_256_431_370, 7));
        assert_eq!(detail(painter.paint(utc, View::default(), 0.0)), sharp, "and back");
    }
}

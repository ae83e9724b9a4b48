//! Sequences as cameras give them: scenes with noise and without, lights, weather, hands, and sources that are stuck.

use super::*;
use std::string::String;
use std::vec::Vec;
use std::{format, vec};

/// Noise that a run repeats.
struct Noise(u64);

impl Noise {
    fn uniform(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1 << 24) as f32
    }

    /// About normally distributed.
    fn of(&mut self, sigma: f32) -> f32 {
        ((0..12).map(|_| self.uniform()).sum::<f32>() - 6.0) * sigma
    }
}

type Scene = [f32; CELLS];

/// A yard by day: shading, edges, texture.
fn yard() -> Scene {
    let mut texture = Noise(7);
    core::array::from_fn(|cell| {
        let (x, y) = ((cell % COLUMNS) as f32, (cell / COLUMNS) as f32);
        let wall = if x > 12.0 && y > 6.0 { 45.0 } else { 0.0 };
        60.0 + 2.0 * y + wall + 14.0 * (x * 0.9).sin() * (y * 0.7).cos() + texture.uniform() * 10.0
    })
}

/// The yard, so bright and with so much of its contrast.
fn lit(brightness: f32, contrast: f32) -> Scene {
    yard().map(|luma| brightness + (luma - 90.0) * contrast)
}

fn with(mut scene: Scene, cells: impl IntoIterator<Item = usize>, luma: f32) -> Scene {
    cells.into_iter().for_each(|cell| scene[cell] = luma);
    scene
}

/// A camera that is looked at every two seconds, and what was said of it.
struct Camera {
    watch: PictureWatch,
    noise: Noise,
    seconds: u64,
    view: u32,
    /// Pictures and key pictures in two seconds.
    rate: (u32, u32),
    said: Vec<String>,
}

impl Camera {
    fn new() -> Self {
        Self {
            watch: PictureWatch::default(),
            noise: Noise(1),
            seconds: 0,
            view: 0,
            rate: (30, 1),
            said: Vec::new(),
        }
    }

    fn state(&self) -> Vec<(Verdict, u64)> {
        let since = |verdict| self.watch.since(verdict).map(|since| (verdict, since.0 / 1_000_000));
        Verdict::ALL.into_iter().filter_map(since).collect()
    }

    /// Looks once; each change of what is said is noted with its second.
    fn look(&mut self, scene: &Scene, sigma: f32) {
        let luma = scene.map(|luma| (luma + self.noise.of(sigma)).round().clamp(0.0, 255.0) as u8);
        let before = self.state();
        let (pictures, keys) = self.rate;
        let at = MonoTime(self.seconds * 1_000_000);
        self.watch.take(&Reading { at, view: self.view, pictures, keys, luma: &luma });
        let after = self.state();
        for (verdict, _) in before.iter().filter(|one| !after.contains(one)) {
            self.said.push(format!("{}: not {}", self.seconds, verdict.code()));
        }
        for (verdict, since) in after.iter().filter(|one| !before.contains(one)) {
            self.said.push(format!("{}: {} since {since}", self.seconds, verdict.code()));
        }
        self.seconds += 2;
    }

    /// Looks for so long at a scene that is a function of the seconds since.
    fn show(mut self, seconds: u64, sigma: f32, scene: impl Fn(u64) -> Scene) -> Self {
        for second in (0..seconds).step_by(2) {
            self.look(&scene(second), sigma);
        }
        self
    }

    #[track_caller]
    fn says(self, expected: &[&str]) {
        assert_eq!(self.said, expected);
    }
}

#[test]
fn a_scene_that_stands_still_is_not_frozen() {
    for sigma in [0.1, 0.3, 0.6, 1.0] {
        Camera::new().show(1200, sigma, |_| yard()).says(&[]);
        // A night without light, whose noise is all there is; it may be called dark.
        let shaded = |cell| 18.0 + (cell % COLUMNS) as f32 * 0.13 + (cell / COLUMNS) as f32 * 0.07;
        let night = Camera::new().show(1200, sigma, |_| core::array::from_fn(shaded));
        assert!(night.said.iter().all(|said| said.contains("covered")), "{:?}", night.said);
    }
}

#[test]
fn a_scene_that_flickers_at_key_pictures_only_is_not_frozen() {
    for gop in [2, 4, 10] {
        let flickers: Vec<Scene> = (0..120)
            .map(|key| {
                let mut noise = Noise(100 + key);
                yard().map(|luma| luma + noise.of(0.2))
            })
            .collect();
        let mut camera = Camera::new();
        for second in (0..1200).step_by(2) {
            camera.rate = (30, u32::from(second % gop == 0));
            camera.look(&flickers[(second / gop) as usize % flickers.len()], 0.0);
        }
        camera.says(&[]);
    }
}

#[test]
fn what_moves_rains_or_is_lit_is_not_frozen() {
    let walker = |second: u64| {
        let left = 2 + (second / 2 % 25) as usize;
        with(yard(), (0..12).map(|n| (8 + n / 3) * COLUMNS + left + n % 3), 200.0)
    };
    Camera::new().show(600, 0.0, walker).says(&[]);
    Camera::new().show(600, 4.0, |_| yard()).says(&[]);
    // Clouds, without any noise.
    Camera::new().show(600, 0.0, |second| lit(90.0 + (second as f32 / 30.0).sin() * 20.0, 1.0)).says(&[]);
}

#[test]
fn a_picture_that_repeats_is_frozen_until_it_changes() {
    let camera = Camera::new().show(100, 0.5, |_| yard()).show(60, 0.0, |_| yard());
    camera.show(20, 0.5, |_| yard()).says(&["120: frozen since 100", "160: not frozen"]);
    // One cell by two levels is a real change.
    let camera = Camera::new().show(40, 0.0, |_| yard());
    camera
        .show(4, 0.0, |_| with(yard(), [300], yard()[300] + 2.0))
        .says(&["20: frozen since 0", "40: not frozen"]);
    // Black is said twice: nothing changes, and nothing is seen.
    Camera::new().show(40, 0.0, |_| [16.0; CELLS]).says(&["10: covered since 0", "20: frozen since 0"]);
}

#[test]
fn coded_anew_a_frozen_picture_stays_frozen() {
    let camera = Camera::new().show(30, 0.0, |_| yard());
    // Another one in twenty cells turns over each time, which adds up to all of them.
    let coded = |second: u64| {
        let over = (0..CELLS).filter(|cell| *cell as u64 % 20 == second / 2 % 20);
        over.fold(yard(), |scene, cell| with(scene, [cell], scene[cell] + 1.0))
    };
    camera.show(200, 0.0, coded).says(&["20: frozen since 0"]);
}

#[test]
fn key_pictures_alone_are_enough_and_needed() {
    let mut sparse = Camera::new();
    sparse.rate = (1, 1);
    for turn in 0..10 {
        sparse.seconds = turn * 10;
        sparse.look(&yard(), 0.0);
    }
    sparse.says(&["50: frozen since 0"]);
    // Without one nobody knows whether the encoder leaves out what changes little.
    let mut endless = Camera::new();
    endless.rate = (30, 0);
    endless.show(600, 0.0, |_| yard()).says(&[]);
}

#[test]
fn nothing_is_said_while_no_picture_comes() {
    let mut camera = Camera::new().show(10, 0.0, |_| yard());
    camera.rate = (0, 0);
    camera.show(600, 0.0, |_| [0.0; CELLS]).says(&[]);
}

#[test]
fn where_only_the_clock_changes_that_is_said() {
    let clock = |second: u64| {
        let digits = [(4, 2), (3, 10), (2, 60)];
        digits.into_iter().fold(yard(), |scene, (cell, every)| {
            with(scene, [cell], 120.0 + (second / every * 37 % 100) as f32)
        })
    };
    Camera::new().show(100, 0.0, clock).says(&["60: clock_only since 0"]);
    // A clock without seconds: frozen from minute to minute, and then no more than that.
    let minutes = |second: u64| with(yard(), [3], 120.0 + (second / 60) as f32 * 30.0);
    Camera::new().show(200, 0.0, minutes).says(&[
        "20: frozen since 0",
        "60: not frozen",
        "60: clock_only since 0",
    ]);
    // In a scene with noise a clock proves nothing.
    Camera::new().show(600, 0.3, clock).says(&[]);
    // Too large for a clock.
    Camera::new().show(600, 0.0, |second| with(yard(), 0..20, 100.0 + (second % 60) as f32)).says(&[]);
}

#[test]
fn what_was_said_holds_when_the_picture_is_seen_in_another_size() {
    let frozen = || Camera::new().show(30, 0.0, |_| yard());
    let larger = yard().map(|luma| (luma * 1.02 - 1.0).round());
    let mut same = frozen();
    same.view = 1;
    same.show(40, 0.0, |_| larger).says(&["20: frozen since 0"]);
    let mut other = frozen();
    other.view = 1;
    other.show(30, 0.0, |_| lit(140.0, 1.0)).says(&[
        "20: frozen since 0",
        "30: not frozen",
        "50: frozen since 30",
    ]);
    // What is not said yet begins anew.
    let mut early = Camera::new().show(10, 0.0, |_| yard());
    early.view = 1;
    early.show(30, 0.0, |_| larger).says(&["30: frozen since 10"]);
}

#[test]
fn a_hand_over_the_lens_covers_it_and_no_other_change_does() {
    // Dark, softly shaded, with the clock still burnt in above.
    let hand = |_| {
        let shade: Scene = core::array::from_fn(|cell| 24.0 + (cell % COLUMNS) as f32);
        with(shade, (0..60).step_by(2), 220.0)
    };
    let camera = Camera::new().show(200, 0.4, |_| yard()).show(60, 0.3, hand);
    camera.show(60, 0.4, |_| yard()).says(&["210: covered since 200", "260: not covered"]);
    // Before anything is usual a hand might be the scene; what is flat shows nothing at any time.
    Camera::new().show(60, 0.3, hand).says(&[]);
    Camera::new().show(60, 0.3, |_| [24.0; CELLS]).says(&["10: covered since 0"]);
    // A lamp goes out, and the camera gets used to it; it goes on again, which blinds the camera for a moment.
    let camera = Camera::new().show(200, 0.4, |_| yard()).show(8, 0.6, |_| lit(22.0, 0.05));
    let camera = camera.show(200, 0.6, |_| lit(60.0, 0.5)).show(6, 0.0, |_| [255.0; CELLS]);
    camera.show(200, 0.4, |_| yard()).says(&[]);
    // It goes out, and what is left shows nothing.
    let dark = Camera::new().show(200, 0.4, |_| yard()).show(60, 0.3, |_| lit(22.0, 0.05));
    dark.says(&["210: covered since 200"]);
}

#[test]
fn dusk_is_usual_and_rain_is_detail() {
    let dusk = |second: u64| {
        let left = (-(second as f32) / 1200.0).exp();
        lit(20.0 + 70.0 * left, left.max(0.15))
    };
    Camera::new().show(200, 0.4, |_| yard()).show(3600, 0.4, dusk).says(&[]);
    let camera = Camera::new().show(300, 0.4, |_| yard()).show(1200, 3.0, |_| yard());
    camera.show(1200, 0.4, |_| yard()).says(&[]);
}

#[test]
fn a_camera_that_stays_covered_is_not_taken_for_usual() {
    let camera = Camera::new().show(200, 0.4, |_| yard()).show(4 * 3600, 0.3, |_| [30.0; CELLS]);
    assert_eq!(camera.state(), vec![(Verdict::Covered, 200)]);
}

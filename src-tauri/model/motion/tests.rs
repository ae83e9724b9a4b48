//! Tests of the detector over drawn grids whose motion is known, of zones and of the effort.

use super::*;
use core::time::Duration;
use std::borrow::ToOwned;
use std::string::String;
use std::{format, vec};

/// Looks a second.
const RATE: u32 = 5;

/// Numbers that look random and are the same in each run (the constants of Numerical Recipes).
struct Dice(u32);

impl Dice {
    fn unit(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / (1 << 24) as f32
    }

    /// About a normal distribution, of this deviation.
    fn noise(&mut self, deviation: f32) -> f32 {
        ((0..4).map(|_| self.unit()).sum::<f32>() - 2.0) * 1.732 * deviation
    }
}

type Picture = [f32; CELLS];

/// A scene with large and small parts of different luma.
fn backdrop(dice: &mut Dice) -> Picture {
    let mut picture =
        core::array::from_fn(|i| 90.0 + (i % COLUMNS) as f32 * 0.6 + ((i / COLUMNS) % 9) as f32 * 3.0);
    for _ in 0..12 {
        let (x, y) = (dice.unit() * 56.0, dice.unit() * 28.0);
        let (width, height) = (4.0 + dice.unit() * 20.0, 3.0 + dice.unit() * 14.0);
        let luma = 40.0 + dice.unit() * 150.0;
        draw(&mut picture, (x, y), (width, height), luma);
    }
    picture
}

/// An object; cells that it covers in part are mixed.
fn draw(picture: &mut Picture, (x, y): (f32, f32), (width, height): (f32, f32), luma: f32) {
    let covered = |cell: usize, from: f32, length: f32| {
        ((cell as f32 + 1.0).min(from + length) - (cell as f32).max(from)).max(0.0)
    };
    for (i, cell) in picture.iter_mut().enumerate() {
        let share = covered(i % COLUMNS, x, width) * covered(i / COLUMNS, y, height);
        *cell += (luma - *cell) * share;
    }
}

/// Spans of time in seconds.
type Spans = Vec<(f32, f32)>;

/// What changes a picture at a time, in seconds, and the number of the look.
type Happening<'a> = &'a mut dyn FnMut(&mut Picture, f32, u32, &mut Dice);

/// When the detector said that something moves.
fn watch(seconds: u32, settings: &MotionSettings, happening: Happening<'_>) -> Spans {
    let mut dice = Dice(7);
    let still = backdrop(&mut dice);
    let mut detector = MotionDetector::new(settings);
    let mut spans: Spans = Vec::new();
    let mut before = false;
    for look in 0..seconds * RATE {
        let at = look as f32 / RATE as f32;
        let mut picture = still;
        happening(&mut picture, at, look, &mut dice);
        let cells = picture.map(|luma| (luma + dice.noise(1.2)).clamp(0.0, 255.0) as u8);
        let now = MonoTime(u64::from(look) * 1_000_000 / u64::from(RATE));
        let active = detector.take(LumaGrid { cells: &cells }, now).active;
        match (before, active, spans.last_mut()) {
            (false, true, _) => spans.push((at, at)),
            (true, _, Some(last)) => last.1 = at,
            _ => {}
        }
        before = active;
    }
    spans
}

fn default_watch(seconds: u32, happening: Happening<'_>) -> Spans {
    watch(seconds, &MotionSettings::default(), happening)
}

/// Found and missed motion, and false alarms.
#[derive(Default)]
struct Score {
    found: u32,
    missed: u32,
    right: u32,
    wrong: u32,
    words: String,
}

impl Score {
    /// Motion counts as found when it was said before it was over by a second; what was said counts as right when there
    /// was motion within the four seconds that it may be said longer.
    fn add(&mut self, name: &str, truth: &[(f32, f32)], said: &[(f32, f32)]) {
        let found =
            truth.iter().filter(|real| said.iter().any(|s| s.0 < real.1 + 1.0 && s.1 > real.0)).count();
        let right =
            said.iter().filter(|s| truth.iter().any(|real| s.0 < real.1 + 4.0 && s.1 > real.0)).count();
        self.found += found as u32;
        self.missed += (truth.len() - found) as u32;
        self.right += right as u32;
        self.wrong += (said.len() - right) as u32;
        if found < truth.len() || right < said.len() {
            self.words.push_str(&format!("{name}: {truth:?} but {said:?}; "));
        }
    }

    fn assert_good(&self) {
        let Self { found, missed, right, wrong, words } = self;
        let precision = f64::from(*right) / f64::from((right + wrong).max(1));
        let recall = f64::from(*found) / f64::from((found + missed).max(1));
        assert!(precision >= 0.9 && recall >= 0.9, "precision {precision:.2}, recall {recall:.2}: {words}");
    }
}

/// Walks through the whole picture in each of the spans.
fn walk(picture: &mut Picture, at: f32, spans: &[(f32, f32)], (width, height): (f32, f32), luma: f32) {
    for (from, to) in spans {
        if (*from..*to).contains(&at) {
            let x = (COLUMNS as f32 + width) * (at - from) / (to - from) - width;
            draw(picture, (x, 14.0), (width, height), luma);
        }
    }
}

fn rain(picture: &mut Picture, dice: &mut Dice, share: f32) {
    for i in 0..CELLS {
        if dice.unit() < share {
            let length = 1 + (dice.unit() * 3.0) as usize;
            for cell in picture.iter_mut().skip(i).step_by(COLUMNS).take(length) {
                *cell += 50.0 * (0.4 + dice.unit());
            }
        }
    }
}

/// An encoder that codes the picture anew every two seconds and blurs it more and more until then.
fn pulse(picture: &mut Picture, look: u32) {
    let phase = (look % 10) as f32 / 10.0;
    for (i, cell) in picture.iter_mut().enumerate() {
        *cell += ((i * 37 % 11) as f32 - 5.0) * 1.5 * phase;
    }
}

fn dim(picture: &mut Picture, gain: f32, offset: f32) {
    for cell in picture {
        *cell = *cell * gain + offset;
    }
}

#[test]
fn objects_of_many_sizes_and_speeds_are_seen() {
    let mut score = Score::default();
    for size in [(6.4, 3.6), (8.0, 3.0), (3.0, 8.0), (5.0, 9.0), (16.0, 14.0), (36.0, 20.0)] {
        for (time, luma) in [(2.5, 235.0), (10.0, 20.0)] {
            let spans = vec![(10.0, 10.0 + time), (20.0 + time, 20.0 + 2.0 * time)];
            let said = default_watch(30 + 2 * time as u32, &mut |picture, at, _, _| {
                walk(picture, at, &spans, size, luma);
            });
            score.add(&format!("{size:?} in {time} s"), &spans, &said);
        }
    }
    score.assert_good();
}

#[test]
fn weather_light_and_encoders_are_not_motion() {
    let quiet = |name: &str, happening: Happening<'_>| {
        let said = default_watch(60, happening);
        assert!(said.is_empty(), "{name}: {said:?}");
    };
    let is_on = |at: f32| (20.0..40.0).contains(&at);
    quiet("nothing", &mut |_, _, _, _| {});
    quiet("rain", &mut |picture, _, _, dice| rain(picture, dice, 0.02));
    quiet("heavy rain", &mut |picture, _, _, dice| rain(picture, dice, 0.05));
    quiet("pulses", &mut |picture, _, look, _| pulse(picture, look));
    quiet("a light", &mut |picture, at, _, _| {
        if is_on(at) {
            dim(picture, 1.2, 50.0);
        }
    });
    quiet("a light that goes out at night", &mut |picture, at, _, _| {
        if is_on(at) {
            dim(picture, 0.12, 8.0);
        }
    });
    quiet("a lamp in a corner", &mut |picture, at, _, _| {
        if is_on(at) {
            for (i, cell) in picture.iter_mut().enumerate() {
                let (x, y) = ((i % COLUMNS) as f32 - 50.0, (i / COLUMNS) as f32 - 5.0);
                *cell += 90.0 / (1.0 + (x * x + y * y) / 900.0);
            }
        }
    });
    quiet("dawn", &mut |picture, at, _, _| dim(picture, 0.2 + 0.8 * at / 60.0, 0.0));
    quiet("exposure", &mut |picture, at, _, _| {
        let gain = 1.0 - 0.25 * (at - 20.0).clamp(0.0, 1.2) + 0.25 * (at - 40.0).clamp(0.0, 1.2);
        dim(picture, gain, 0.0);
    });
    quiet("a clock", &mut |picture, at, _, _| {
        for i in 2..22 {
            picture[COLUMNS + i] = 100.0 + ((at as usize * (i * 7 + 3)) % 5) as f32 * 30.0;
        }
    });
}

#[test]
fn motion_is_seen_through_weather_light_and_encoders() {
    let spans = vec![(10.0, 18.0), (30.0, 38.0)];
    let size = (6.0, 7.0);
    let mut score = Score::default();
    let mut check = |name: &str, other: Happening<'_>| {
        let said = default_watch(60, &mut |picture, at, look, dice| {
            walk(picture, at, &spans, size, 230.0);
            other(picture, at, look, dice);
        });
        score.add(name, &spans, &said);
    };
    check("rain", &mut |picture, _, _, dice| rain(picture, dice, 0.02));
    check("pulses", &mut |picture, _, look, _| pulse(picture, look));
    check("dawn", &mut |picture, at, _, _| dim(picture, 0.3 + 0.7 * at / 60.0, 0.0));
    check("a light", &mut |picture, at, _, _| {
        if at >= 24.0 {
            dim(picture, 0.8, 45.0);
        }
    });
    check("all of it", &mut |picture, at, look, dice| {
        rain(picture, dice, 0.02);
        pulse(picture, look);
        dim(picture, 0.5 + 0.5 * at / 60.0, 0.0);
    });
    score.assert_good();
}

#[test]
fn what_was_put_down_is_part_of_the_picture_soon() {
    let said = default_watch(60, &mut |picture, at, _, _| {
        let x = -16.0 + (at - 10.0).clamp(0.0, 4.0) * 8.0;
        draw(picture, (x, 15.0), (14.0, 8.0), 210.0);
    });
    assert!(matches!(said[..], [(from, to)] if (10.0..12.0).contains(&from) && to < 25.0), "{said:?}");
}

#[test]
fn one_look_is_not_motion_and_its_end_is_waited_for() {
    let blink = |at: u32, looks: u32| {
        default_watch(20, &mut |picture, _, look, _| {
            if (at..at + looks).contains(&look) {
                draw(picture, (20.0 + look as f32 % 2.0, 12.0), (8.0, 8.0), 250.0);
            }
        })
    };
    assert!(blink(50, 1).is_empty());
    let said = blink(50, 3);
    assert!(matches!(said[..], [(from, to)] if from < 10.6 && (13.0..14.0).contains(&to)), "{said:?}");
}

#[test]
fn the_sensitivity_says_how_small_an_object_may_be() {
    let sees = |sensitivity: u8, side: f32| {
        let spans = vec![(10.0, 20.0)];
        let settings = MotionSettings { sensitivity, ..MotionSettings::default() };
        !watch(30, &settings, &mut |picture, at, _, _| walk(picture, at, &spans, (side, side), 240.0))
            .is_empty()
    };
    assert_eq!([0, 50, 100].map(|sensitivity| sees(sensitivity, 2.0)), [false, false, true]);
    assert_eq!([0, 50, 100].map(|sensitivity| sees(sensitivity, 6.0)), [false, true, true]);
    assert_eq!([0, 50, 100].map(|sensitivity| sees(sensitivity, 14.0)), [true, true, true]);
}

fn zone(kind: ZoneKind, corners: &[(f32, f32)]) -> Zone {
    let points = corners.iter().map(|(x, y)| Point { x: *x, y: *y }).collect();
    Zone { name: "Gate".to_owned(), kind, points }
}

const LEFT: [(f32, f32); 4] = [(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)];

#[test]
fn only_what_is_watched_counts() {
    let moves_at = |x: f32, zones: Vec<Zone>| {
        let settings = MotionSettings { zones, ..MotionSettings::default() };
        let said = watch(20, &settings, &mut |picture, at, _, _| {
            if at >= 10.0 {
                draw(picture, (x + (at * 4.0) % 6.0, 12.0), (8.0, 8.0), 240.0);
            }
        });
        !said.is_empty()
    };
    let watch_left = || vec![zone(ZoneKind::Watch, &LEFT)];
    let ignore_left = || vec![zone(ZoneKind::Ignore, &LEFT)];
    assert_eq!([8.0, 42.0].map(|x| moves_at(x, vec![])), [true, true]);
    assert_eq!([8.0, 42.0].map(|x| moves_at(x, watch_left())), [true, false]);
    assert_eq!([8.0, 42.0].map(|x| moves_at(x, ignore_left())), [false, true]);
    assert!(!moves_at(8.0, [watch_left(), ignore_left()].concat()), "to ignore weighs more");
}

#[test]
fn zones_cover_the_cells_whose_middles_they_contain() {
    let count = |zones: &[Zone]| zones::watched(zones).iter().filter(|is| **is).count();
    assert_eq!(count(&[]), CELLS);
    assert_eq!(count(&[zone(ZoneKind::Watch, &LEFT)]), CELLS / 2);
    let triangle = zone(ZoneKind::Ignore, &[(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)]);
    assert!(count(&[triangle]).abs_diff(CELLS / 2) < COLUMNS);
}

#[test]
fn settings_outside_of_their_ranges_are_refused() {
    let with = |change: &dyn Fn(&mut MotionSettings)| {
        let mut settings =
            MotionSettings { zones: vec![zone(ZoneKind::Watch, &LEFT)], ..MotionSettings::default() };
        change(&mut settings);
        settings.validate().map_err(|error| error.kind())
    };
    assert_eq!(with(&|_| {}), Ok(()));
    let wrong: [&dyn Fn(&mut MotionSettings); 6] = [
        &|settings| settings.sensitivity = 101,
        &|settings| settings.zones[0].name = String::new(),
        &|settings| settings.zones[0].points.truncate(2),
        &|settings| settings.zones[0].points[0].x = f32::NAN,
        &|settings| settings.zones[0].points[0].y = 1.5,
        &|settings| settings.zones = vec![settings.zones[0].clone(); ZONES_MAX + 1],
    ];
    for change in wrong {
        assert_eq!(with(change), Err(Kind::InvalidInput));
    }
}

#[test]
fn a_decoder_that_stays_behind_decodes_key_pictures_for_a_while() {
    let second = |n: u64| MonoTime(n * 1_000_000);
    let mut effort = Effort::default();
    assert!(effort.admits(false, second(1)));
    effort.left_out(second(1));
    assert!(!effort.admits(false, second(1)), "nothing can be decoded before the next key unit");
    assert!(effort.admits(true, second(2)) && effort.admits(false, second(2)) && !effort.is_keys_only());
    effort.left_out(second(20));
    effort.left_out(second(21));
    assert!(!effort.is_keys_only(), "the first was long ago");
    effort.left_out(second(22));
    assert!(effort.is_keys_only() && effort.admits(true, second(23)) && !effort.admits(false, second(24)));
    let later = MonoTime::default() + Duration::from_secs(90);
    assert!(effort.admits(true, later) && effort.admits(false, later) && !effort.is_keys_only());
}

//! Owns what a simulated camera looks at: four places in four lights, and what moves there.
//! Must not know pictures' sizes, encoders or protocols. Everything is a function of UTC, so that main stream,
//! sub-stream, snapshot and motion event agree without sharing state.

use super::{canvas::Yuv, shape::Shape};
use std::time::Duration;

const SKIN: Yuv = Yuv { y: 150, u: 112, v: 148 };
const GLASS: Yuv = Yuv { y: 70, u: 138, v: 122 };
const TYRE: Yuv = Yuv::grey(30);
const WHITE: Yuv = Yuv::grey(210);

/// Where the camera hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Gate,
    Yard,
    Parking,
    Corridor,
}

/// The light it hangs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Light {
    Day,
    Dusk,
    Night,
    Fog,
}

impl Light {
    /// The colour as this light shows it.
    fn on(self, colour: Yuv) -> Yuv {
        // Luma: darkest value and gain in 1/100; chroma: saturation in 1/100 and a shift of U and V.
        let (floor, gain, saturation, shift_u, shift_v) = match self {
            Self::Day => (16, 100, 100, 0, 0),
            Self::Dusk => (16, 72, 90, -12, 14),
            Self::Night => (16, 42, 15, 0, -4),
            Self::Fog => (70, 62, 40, 2, -2),
        };
        let luma = floor + (i32::from(colour.y) - 16) * gain / 100;
        let chroma = |value: u8, shift: i32| {
            (128 + (i32::from(value) - 128) * saturation / 100 + shift).clamp(16, 240) as u8
        };
        Yuv { y: luma.clamp(16, 235) as u8, u: chroma(colour.u, shift_u), v: chroma(colour.v, shift_v) }
    }
}

/// One camera's surroundings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scene {
    place: Place,
    light: Light,
    mirrored: bool,
    index: u16,
}

/// The figure walks from one side to the other and back in this time.
const WALK_S: f32 = 24.0;
/// The zone, in scene x, whose entering raises the motion event.
const ZONE: std::ops::Range<f32> = 0.35..0.65;

impl Scene {
    /// The surroundings of the camera with this index (from 0): 16 indices give 16 that differ, then mirrored.
    pub(crate) fn of_camera(index: u16) -> Self {
        let place = [Place::Gate, Place::Yard, Place::Parking, Place::Corridor][usize::from(index % 4)];
        let light = [Light::Day, Light::Dusk, Light::Night, Light::Fog][usize::from(index / 4 % 4)];
        Self { place, light, mirrored: index / 16 % 2 == 1, index }
    }

    /// Words for the camera's name, such as `gate` or `yard, dusk`.
    pub(crate) fn label(self) -> String {
        let place = match self.place {
            Place::Gate => "gate",
            Place::Yard => "yard",
            Place::Parking => "parking",
            Place::Corridor => "corridor",
        };
        let light = match self.light {
            Light::Day => "",
            Light::Dusk => ", dusk",
            Light::Night => ", night",
            Light::Fog => ", fog",
        };
        format!("{place}{light}")
    }

    /// Whether the walking figure is in the motion zone.
    pub(crate) fn motion_at(self, utc: Duration) -> bool {
        ZONE.contains(&self.figure_x(utc))
    }

    /// Everything that stands still, from back to front.
    pub(crate) fn background(self) -> Vec<Shape> {
        self.lit(match self.place {
            Place::Gate => gate(),
            Place::Yard => yard(),
            Place::Parking => parking(),
            Place::Corridor => corridor(),
        })
    }

    /// Everything that moves, as it is at `utc`, from back to front.
    pub(crate) fn foreground(self, utc: Duration) -> Vec<Shape> {
        // Cameras of the same place are out of step, or a wall of them would look like one picture.
        let seconds = phase(utc, 3_600.0) + f32::from(self.index) * 3.7;
        let mut shapes = Vec::with_capacity(24);
        match self.place {
            Place::Gate => {
                let open = opening(seconds, 30.0);
                let left = 0.34 + open * 0.27;
                shapes.push(Shape::rect(left, 0.33, left + 0.32, 0.61, Yuv { y: 80, u: 120, v: 116 }));
                for bar in 0..6 {
                    let x = left + 0.02 + bar as f32 * 0.052;
                    shapes.push(Shape::rect(x, 0.35, x + 0.016, 0.59, Yuv { y: 140, u: 122, v: 120 }));
                }
                car(&mut shapes, along(seconds, 22.0), 0.80, 1.0, Yuv { y: 95, u: 110, v: 182 });
            }
            Place::Yard => {
                let open = opening(seconds, 18.0);
                shapes.push(Shape::rect(0.70, 0.34, 0.82, 0.58, Yuv::grey(26)));
                shapes.push(Shape::rect(0.70, 0.34, 0.82 - 0.10 * open, 0.58, Yuv { y: 90, u: 112, v: 146 }));
                car(&mut shapes, along(seconds, 31.0), 0.93, 1.3, Yuv { y: 190, u: 122, v: 130 });
            }
            Place::Parking => {
                car(&mut shapes, along(seconds, 15.0), 0.62, 0.9, Yuv { y: 120, u: 150, v: 106 });
                let lift = opening(seconds, 15.0) * 0.22;
                let arm = [(0.86, 0.50), (0.86, 0.53), (0.62, 0.53 - lift), (0.62, 0.50 - lift)];
                shapes.push(Shape::polygon(arm, Yuv { y: 120, u: 100, v: 200 }));
            }
            Place::Corridor => {
                let open = opening(seconds, 14.0);
                let edge = 0.12 + 0.10 * (1.0 - open);
                let door = [
                    (0.12, 0.22),
                    (edge, 0.22 + 0.6 * (edge - 0.12)),
                    (edge, 0.86 - 0.5 * (edge - 0.12)),
                    (0.12, 0.86),
                ];
                shapes.push(Shape::polygon(door, Yuv { y: 110, u: 108, v: 150 }));
                let x = along(seconds, 26.0);
                shapes.push(Shape::rect(x, 0.74, x + 0.14, 0.84, Yuv { y: 150, u: 134, v: 120 }));
                for wheel in [0.02, 0.12] {
                    shapes.push(Shape::ellipse((x + wheel, 0.86), (0.012, 0.021), TYRE));
                }
            }
        }
        let mut shapes = self.lit(shapes);
        let mut figure = Vec::with_capacity(6);
        let coat =
            [Yuv { y: 60, u: 160, v: 110 }, Yuv { y: 90, u: 100, v: 170 }, Yuv { y: 150, u: 70, v: 140 }];
        walker(&mut figure, self.figure_x(utc), seconds, coat[usize::from(self.index % 3)]);
        // A walking figure stays visible at night: that is what the lamp over the camera is for.
        let light = if self.light == Light::Night { Light::Dusk } else { self.light };
        shapes.extend(figure.into_iter().map(|shape| recolour(shape, light)));
        shapes
    }

    fn figure_x(self, utc: Duration) -> f32 {
        let turn = (phase(utc, WALK_S) / WALK_S + f32::from(self.index) * 0.31).fract();
        let there_and_back = if turn < 0.5 { turn * 2.0 } else { 2.0 - turn * 2.0 };
        -0.15 + there_and_back * 1.3
    }

    fn lit(self, shapes: Vec<Shape>) -> Vec<Shape> {
        shapes
            .into_iter()
            .map(|shape| if self.mirrored { shape.mirrored() } else { shape })
            .map(|shape| recolour(shape, self.light))
            .collect()
    }
}

fn recolour(mut shape: Shape, light: Light) -> Shape {
    shape.top = light.on(shape.top);
    shape.bottom = light.on(shape.bottom);
    shape
}

/// Seconds since the last multiple of `period_s`; computed in milliseconds, for `f32` cannot hold an epoch.
fn phase(utc: Duration, period_s: f32) -> f32 {
    (utc.as_millis() % (f64::from(period_s) * 1_000.0) as u128) as f32 / 1_000.0
}

/// 0 closed … 1 open: opens, stays, closes, stays, once per `period_s`.
fn opening(seconds: f32, period_s: f32) -> f32 {
    let turn = (seconds / period_s).fract();
    match turn {
        ..0.25 => turn * 4.0,
        ..0.5 => 1.0,
        ..0.75 => 3.0 - turn * 4.0,
        _ => 0.0,
    }
}

/// A position that runs from beyond the left edge to beyond the right edge once per `period_s`.
fn along(seconds: f32, period_s: f32) -> f32 {
    (seconds / period_s).fract() * 2.2 - 0.7
}

fn walker(shapes: &mut Vec<Shape>, x: f32, seconds: f32, coat: Yuv) {
    let swing = (seconds * std::f32::consts::TAU).sin() * 0.022;
    let trousers = Yuv { y: 44, u: 136, v: 124 };
    for side in [swing, -swing] {
        shapes.push(Shape::polygon(
            [(x - 0.010, 0.71), (x + 0.012, 0.71), (x + 0.010 + side, 0.85), (x - 0.008 + side, 0.85)],
            trousers,
        ));
    }
    shapes.push(Shape::rect(x - 0.024, 0.55, x + 0.024, 0.72, coat));
    shapes.push(Shape::polygon(
        [
            (x - 0.006, 0.57),
            (x + 0.006, 0.57),
            (x + 0.008 - swing * 1.2, 0.69),
            (x - 0.004 - swing * 1.2, 0.69),
        ],
        coat.mix(Yuv::grey(30), 0.3),
    ));
    shapes.push(Shape::ellipse((x, 0.52), (0.018, 0.034), SKIN));
}

/// A car standing on `ground`, `size` 1 being a fifth of the picture long.
fn car(shapes: &mut Vec<Shape>, left: f32, ground: f32, size: f32, paint: Yuv) {
    let at = |x: f32, y: f32| (left + x * size, ground - y * size);
    shapes.push(Shape::polygon([at(0.05, 0.13), at(0.08, 0.19), at(0.17, 0.19), at(0.20, 0.13)], GLASS));
    shapes.push(Shape::polygon([at(0.0, 0.02), at(0.0, 0.13), at(0.25, 0.13), at(0.25, 0.02)], paint));
    shapes.push(Shape::polygon([at(0.235, 0.08), at(0.235, 0.11), at(0.25, 0.11), at(0.25, 0.08)], WHITE));
    for wheel in [0.055, 0.195] {
        shapes.push(Shape::ellipse(at(wheel, 0.03), (0.022 * size, 0.039 * size), TYRE));
    }
}

fn sky(horizon: f32) -> Shape {
    Shape::rect(-0.6, -0.3, 1.6, horizon, Yuv { y: 170, u: 150, v: 112 }).fading_to(Yuv {
        y: 215,
        u: 132,
        v: 124,
    })
}

fn gate() -> Vec<Shape> {
    let brick = Yuv { y: 105, u: 112, v: 152 };
    let mut shapes = vec![
        sky(0.45),
        Shape::rect(-0.6, 0.42, 1.6, 0.62, Yuv { y: 96, u: 112, v: 118 }).rough(10),
        Shape::rect(-0.6, 0.61, 1.6, 1.3, Yuv { y: 110, u: 128, v: 128 }).fading_to(Yuv::grey(80)).rough(14),
        Shape::rect(-0.6, 0.30, 0.32, 0.62, brick).rough(24),
        Shape::rect(0.68, 0.30, 1.6, 0.62, brick).rough(24),
    ];
    for post in [0.29, 0.66] {
        shapes.push(Shape::rect(post, 0.24, post + 0.05, 0.62, Yuv::grey(150)));
        shapes.push(Shape::ellipse((post + 0.025, 0.22), (0.022, 0.036), Yuv { y: 215, u: 100, v: 136 }));
    }
    for dash in 0..12 {
        let x = -0.5 + dash as f32 * 0.18;
        shapes
            .push(Shape::polygon([(x, 0.90), (x + 0.08, 0.90), (x + 0.07, 0.925), (x - 0.01, 0.925)], WHITE));
    }
    shapes
}

fn yard() -> Vec<Shape> {
    let leaf = Yuv { y: 84, u: 108, v: 110 };
    let mut shapes = vec![
        sky(0.40),
        Shape::rect(-0.6, 0.38, 1.6, 1.3, Yuv { y: 125, u: 98, v: 112 })
            .fading_to(Yuv { y: 90, u: 102, v: 112 })
            .rough(22),
        Shape::polygon(
            [(-0.6, 0.80), (1.6, 0.74), (1.6, 0.98), (-0.6, 1.04)],
            Yuv { y: 150, u: 118, v: 134 },
        )
        .rough(12),
        Shape::rect(0.58, 0.22, 0.98, 0.58, Yuv { y: 135, u: 114, v: 142 }).rough(8),
        Shape::polygon(
            [(0.54, 0.24), (0.66, 0.08), (0.90, 0.08), (1.02, 0.24)],
            Yuv { y: 70, u: 120, v: 150 },
        ),
        Shape::rect(0.61, 0.34, 0.67, 0.44, GLASS),
    ];
    for (x, y, size) in [(0.08, 0.30, 0.11), (0.30, 0.26, 0.13), (1.22, 0.28, 0.14), (-0.3, 0.3, 0.12)] {
        shapes.push(Shape::rect(x - 0.012, y, x + 0.012, 0.56, Yuv { y: 60, u: 116, v: 140 }));
        shapes.push(Shape::ellipse((x, y), (size, size * 1.3), leaf).rough(26));
    }
    for post in 0..22 {
        let x = -0.6 + post as f32 * 0.1;
        shapes.push(Shape::rect(x, 0.60, x + 0.012, 0.72, Yuv::grey(170)));
    }
    shapes.push(Shape::rect(-0.6, 0.63, 1.6, 0.645, Yuv::grey(180)));
    shapes
}

fn parking() -> Vec<Shape> {
    let mut shapes = vec![
        sky(0.22),
        Shape::rect(-0.6, 0.18, 1.6, 0.34, Yuv { y: 140, u: 124, v: 132 }).rough(6),
        Shape::rect(-0.6, 0.33, 1.6, 1.3, Yuv::grey(105)).fading_to(Yuv::grey(70)).rough(18),
    ];
    for window in 0..14 {
        let x = -0.55 + window as f32 * 0.15;
        shapes.push(Shape::rect(x, 0.21, x + 0.09, 0.28, GLASS));
    }
    for bay in 0..14 {
        let x = -0.6 + bay as f32 * 0.16;
        shapes.push(Shape::polygon(
            [(x, 0.36), (x + 0.008, 0.36), (x + 0.028, 0.50), (x + 0.014, 0.50)],
            WHITE,
        ));
        shapes
            .push(Shape::polygon([(x, 0.70), (x + 0.012, 0.70), (x + 0.05, 1.05), (x + 0.03, 1.05)], WHITE));
    }
    let paints = [(85, 140, 120), (60, 128, 128), (130, 110, 170), (180, 128, 128), (90, 104, 110)];
    for (bay, (y, u, v)) in [0, 2, 3, 7, 8].into_iter().zip(paints) {
        car(&mut shapes, -0.42 + bay as f32 * 0.16, 0.47, 0.55, Yuv { y, u, v });
    }
    shapes
}

fn corridor() -> Vec<Shape> {
    let wall = Yuv { y: 175, u: 122, v: 132 };
    let mut shapes = vec![
        Shape::rect(-0.6, -0.3, 1.6, 1.3, Yuv::grey(150)),
        Shape::polygon([(-0.6, -0.3), (1.6, -0.3), (0.62, 0.32), (0.38, 0.32)], Yuv::grey(195)),
        Shape::polygon([(-0.6, 1.3), (1.6, 1.3), (0.62, 0.60), (0.38, 0.60)], Yuv { y: 95, u: 118, v: 138 })
            .rough(10),
        Shape::polygon([(-0.6, -0.3), (0.38, 0.32), (0.38, 0.60), (-0.6, 1.3)], wall),
        Shape::polygon([(1.6, -0.3), (0.62, 0.32), (0.62, 0.60), (1.6, 1.3)], wall.mix(Yuv::grey(90), 0.25)),
        Shape::rect(0.38, 0.32, 0.62, 0.60, Yuv { y: 120, u: 126, v: 130 }).fading_to(Yuv::grey(90)),
        Shape::rect(0.45, 0.38, 0.55, 0.60, Yuv { y: 100, u: 110, v: 148 }),
        Shape::polygon([(0.12, 0.22), (0.22, 0.28), (0.22, 0.81), (0.12, 0.86)], Yuv::grey(40)),
        Shape::polygon(
            [(0.78, 0.28), (0.90, 0.20), (0.90, 0.88), (0.78, 0.80)],
            Yuv { y: 115, u: 116, v: 144 },
        ),
    ];
    for lamp in 0..4 {
        let depth = 0.04 + lamp as f32 * 0.085;
        let half = 0.09 - lamp as f32 * 0.019;
        shapes.push(Shape::polygon(
            [
                (0.5 - half, depth),
                (0.5 + half, depth),
                (0.5 + half * 0.85, depth + 0.03),
                (0.5 - half * 0.85, depth + 0.03),
            ],
            Yuv { y: 232, u: 124, v: 130 },
        ));
    }
    shapes
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn sixteen_cameras_have_sixteen_names() {
        let names: BTreeSet<_> = (0..16).map(|index| Scene::of_camera(index).label()).collect();
        assert_eq!(names.len(), 16);
    }

    #[test]
    fn the_figure_enters_and_leaves_the_zone_once_each_way() {
        for index in [0, 5, 40] {
            let scene = Scene::of_camera(index);
            let states: Vec<_> =
                (0..240).map(|tenth| scene.motion_at(Duration::from_millis(tenth * 100))).collect();
            let changes = states.iter().zip(states.iter().cycle().skip(1)).filter(|(a, b)| a != b).count();
            assert_eq!(changes, 4, "two entries and two exits in one walk there and back");
        }
    }

    #[test]
    fn the_foreground_moves() {
        let scene = Scene::of_camera(0);
        let at = |s| format!("{:?}", scene.foreground(Duration::from_secs(s)));
        assert_ne!(at(1_000), at(1_001));
        assert_eq!(at(1_000), at(1_000));
    }
}

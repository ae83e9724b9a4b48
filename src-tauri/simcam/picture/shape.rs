//! Owns the two outlines every scene is built of and their filling.
//! Must not know scenes. Coordinates are the scene's (see [`View`]).

use super::{
    canvas::{Area, Canvas, Yuv},
    view::View,
};

#[derive(Clone, Debug)]
enum Outline {
    /// Corners of a convex polygon, in order.
    Polygon(Vec<(f32, f32)>),
    Ellipse {
        centre: (f32, f32),
        radii: (f32, f32),
    },
}

/// A filled outline: `top` colour at its upper edge turns into `bottom` at its lower edge.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    outline: Outline,
    pub(crate) top: Yuv,
    pub(crate) bottom: Yuv,
    roughness: u8,
}

impl Shape {
    pub(crate) fn polygon(corners: impl Into<Vec<(f32, f32)>>, colour: Yuv) -> Self {
        Self { outline: Outline::Polygon(corners.into()), top: colour, bottom: colour, roughness: 0 }
    }

    pub(crate) fn rect(left: f32, top: f32, right: f32, bottom: f32, colour: Yuv) -> Self {
        Self::polygon([(left, top), (right, top), (right, bottom), (left, bottom)], colour)
    }

    pub(crate) fn ellipse(centre: (f32, f32), radii: (f32, f32), colour: Yuv) -> Self {
        Self { outline: Outline::Ellipse { centre, radii }, top: colour, bottom: colour, roughness: 0 }
    }

    /// Lets the colour run to `bottom` at the lower edge.
    pub(crate) fn fading_to(mut self, bottom: Yuv) -> Self {
        self.bottom = bottom;
        self
    }

    /// Adds texture of this many luma steps.
    pub(crate) fn rough(mut self, amplitude: u8) -> Self {
        self.roughness = amplitude;
        self
    }

    /// The shape seen in a mirror standing in the middle of the scene.
    pub(crate) fn mirrored(mut self) -> Self {
        match &mut self.outline {
            Outline::Polygon(corners) => corners.iter_mut().for_each(|corner| corner.0 = 1.0 - corner.0),
            Outline::Ellipse { centre, .. } => centre.0 = 1.0 - centre.0,
        }
        self
    }

    /// Draws the shape and tells which area it touched, if any of it is in the picture.
    pub(crate) fn draw(&self, canvas: &mut Canvas, view: &View) -> Option<Area> {
        let (width, height) = (canvas.width() as f32, canvas.height() as f32);
        let to_pixels = |point: (f32, f32)| {
            let (x, y) = view.project(point);
            (x * width, y * height)
        };
        match &self.outline {
            Outline::Polygon(corners) => {
                let corners: Vec<_> = corners.iter().map(|&corner| to_pixels(corner)).collect();
                let (top, bottom) = extent(corners.iter().map(|corner| corner.1));
                self.fill_rows(canvas, top, bottom, |row| polygon_span(&corners, row))
            }
            Outline::Ellipse { centre, radii } => {
                let (x, y) = to_pixels(*centre);
                let (rx, ry) = (radii.0 * view.scale() * width, radii.1 * view.scale() * height);
                self.fill_rows(canvas, y - ry, y + ry, |row| {
                    let across = (1.0 - ((row - y) / ry).powi(2)).max(0.0).sqrt() * rx;
                    (x - across, x + across)
                })
            }
        }
    }

    /// Fills each row between `top` and `bottom` (pixels, not clipped) with the span that `span_at` its middle.
    fn fill_rows(
        &self,
        canvas: &mut Canvas,
        top: f32,
        bottom: f32,
        span_at: impl Fn(f32) -> (f32, f32),
    ) -> Option<Area> {
        let clip = |value: f32, limit: usize| value.round().clamp(0.0, limit as f32) as usize;
        let (first, last) = (clip(top, canvas.height()), clip(bottom, canvas.height()));
        let mut touched: Option<Area> = None;
        for row in first..last {
            let middle = row as f32 + 0.5;
            let (left, right) = span_at(middle);
            let (left, right) = (clip(left, canvas.width()), clip(right, canvas.width()));
            if left >= right {
                continue;
            }
            canvas.span(row, left, right, self.top.mix(self.bottom, (middle - top) / (bottom - top)));
            if self.roughness > 0 {
                canvas.roughen(row, left, right, self.roughness);
            }
            let area = touched.get_or_insert(Area { left, top: row, right, bottom: row + 1 });
            area.left = area.left.min(left);
            area.right = area.right.max(right);
            area.bottom = row + 1;
        }
        touched
    }
}

fn extent(values: impl Iterator<Item = f32>) -> (f32, f32) {
    values.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}

/// Where a horizontal line at `row` crosses a convex polygon.
fn polygon_span(corners: &[(f32, f32)], row: f32) -> (f32, f32) {
    let next = corners.iter().cycle().skip(1);
    extent(corners.iter().zip(next).filter_map(|(&(x0, y0), &(x1, y1))| {
        let crosses = (y0 <= row) != (y1 <= row);
        crosses.then(|| x0 + (row - y0) / (y1 - y0) * (x1 - x0))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use openh264::formats::YUVSource;

    const WHITE: Yuv = Yuv::grey(235);

    #[test]
    fn a_rectangle_fills_its_pixels_and_says_which() {
        let mut canvas = Canvas::new(100, 100);
        let area = Shape::rect(0.1, 0.2, 0.3, 0.4, WHITE).draw(&mut canvas, &View::default());
        assert_eq!(area, Some(Area { left: 10, top: 20, right: 30, bottom: 40 }));
        assert_eq!(canvas.y().iter().map(|&luma| usize::from(luma == 235)).sum::<usize>(), 400);
    }

    #[test]
    fn shapes_outside_the_picture_touch_nothing() {
        let mut canvas = Canvas::new(64, 64);
        for shape in [
            Shape::rect(2.0, 0.0, 3.0, 1.0, WHITE),
            Shape::ellipse((0.5, -4.0), (0.5, 0.5), WHITE),
            Shape::polygon([], WHITE),
        ] {
            assert_eq!(shape.draw(&mut canvas, &View::default()), None);
        }
        assert!(canvas.y().iter().all(|&luma| luma == 16));
    }

    #[test]
    fn zoom_magnifies_round_the_centre() {
        let mut canvas = Canvas::new(100, 100);
        let dot = Shape::ellipse((0.5, 0.5), (0.1, 0.1), WHITE);
        let area = dot.draw(&mut canvas, &View::from_ptz(0.0, 0.0, 1.0)).unwrap();
        assert_eq!((area.top, area.bottom), (10, 90));
    }
}

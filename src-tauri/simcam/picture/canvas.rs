//! Owns the three planes of a 4:2:0 picture and writing spans of colour into them.
//! Must not know what is drawn. Limited range, BT.601: luma 16..=235, chroma 16..=240 round 128.

use openh264::formats::YUVSource;

/// A colour as it stands in the planes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Yuv {
    pub(crate) y: u8,
    pub(crate) u: u8,
    pub(crate) v: u8,
}

impl Yuv {
    /// A grey of this luma.
    pub(crate) const fn grey(y: u8) -> Self {
        Self { y, u: 128, v: 128 }
    }

    /// The colour `share` of the way (0..=1) from `self` to `other`.
    pub(crate) fn mix(self, other: Self, share: f32) -> Self {
        let mix = |from: u8, to: u8| (f32::from(from) + (f32::from(to) - f32::from(from)) * share) as u8;
        Self { y: mix(self.y, other.y), u: mix(self.u, other.u), v: mix(self.v, other.v) }
    }
}

/// A half-open rectangle of pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Area {
    pub(crate) left: usize,
    pub(crate) top: usize,
    pub(crate) right: usize,
    pub(crate) bottom: usize,
}

impl Area {
    /// The area widened to whole chroma samples.
    fn even(self) -> Self {
        Self {
            left: self.left & !1,
            top: self.top & !1,
            right: self.right.next_multiple_of(2),
            bottom: self.bottom.next_multiple_of(2),
        }
    }
}

/// A picture of even width and height.
#[derive(Clone)]
pub(crate) struct Canvas {
    width: usize,
    height: usize,
    y: Vec<u8>,
    u: Vec<u8>,
    v: Vec<u8>,
}

impl Canvas {
    /// A black picture.
    pub(crate) fn new(width: usize, height: usize) -> Self {
        assert!(width.is_multiple_of(2) && height.is_multiple_of(2), "4:2:0 needs even sizes");
        let chroma = width * height / 4;
        Self { width, height, y: vec![16; width * height], u: vec![128; chroma], v: vec![128; chroma] }
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn height(&self) -> usize {
        self.height
    }

    /// Colours pixels `left..right` of `row`; chroma follows on even rows. The caller has clipped the span.
    pub(crate) fn span(&mut self, row: usize, left: usize, right: usize, colour: Yuv) {
        let start = row * self.width;
        self.y[start + left..start + right].fill(colour.y);
        if row.is_multiple_of(2) {
            let start = row / 2 * self.width / 2;
            let chroma = start + left / 2..start + right.div_ceil(2);
            self.u[chroma.clone()].fill(colour.u);
            self.v[chroma].fill(colour.v);
        }
    }

    /// Roughens luma of a span by a fixed pattern: a picture without texture flatters every encoder.
    pub(crate) fn roughen(&mut self, row: usize, left: usize, right: usize, amplitude: u8) {
        let start = row * self.width;
        for (x, luma) in self.y[start + left..start + right].iter_mut().enumerate() {
            let cell = ((left + x) as u32 / 2).wrapping_mul(0x9E37_79B9)
                ^ (row as u32 / 2).wrapping_mul(0x85EB_CA6B);
            let noise = (cell ^ (cell >> 15)).wrapping_mul(0x2C1B_3C6D) >> 24;
            *luma = luma.saturating_add((noise * u32::from(amplitude) / 256) as u8).min(235);
        }
    }

    /// One luma sample; nothing happens outside the picture.
    pub(crate) fn dot(&mut self, x: usize, y: usize, luma: u8) {
        if x < self.width && y < self.height {
            self.y[y * self.width + x] = luma;
        }
    }

    /// Fills an area with one colour, clipped to the picture.
    pub(crate) fn fill(&mut self, area: Area, colour: Yuv) {
        let (right, bottom) = (area.right.min(self.width), area.bottom.min(self.height));
        if area.left < right {
            for row in area.top..bottom {
                self.span(row, area.left, right, colour);
            }
        }
    }

    /// Copies an area from a picture of the same size.
    pub(crate) fn restore(&mut self, from: &Self, area: Area) {
        debug_assert_eq!((self.width, self.height), (from.width, from.height), "one size for both pictures");
        let Area { left, top, right, bottom } = area.even();
        let (right, bottom) = (right.min(self.width), bottom.min(self.height));
        for row in top..bottom {
            let span = row * self.width + left..row * self.width + right;
            self.y[span.clone()].copy_from_slice(&from.y[span]);
        }
        for row in top / 2..bottom / 2 {
            let span = row * self.width / 2 + left / 2..row * self.width / 2 + right / 2;
            self.u[span.clone()].copy_from_slice(&from.u[span.clone()]);
            self.v[span.clone()].copy_from_slice(&from.v[span]);
        }
    }

    /// Makes all of it brighter by so many steps of luma, or darker, and if wanted without colours.
    pub(crate) fn shade(&mut self, by: i16, grey: bool) {
        for luma in &mut self.y {
            *luma = (i16::from(*luma) + by).clamp(16, 235) as u8;
        }
        if grey {
            self.u.fill(128);
            self.v.fill(128);
        }
    }

    /// Blurs all of it: each sample becomes the mean of those within `radius` pixels, along rows and then columns.
    pub(crate) fn blur(&mut self, radius: usize) {
        let (width, height) = (self.width, self.height);
        let mut line = Vec::with_capacity(width.max(height));
        for (plane, share) in [(&mut self.y, 1), (&mut self.u, 2), (&mut self.v, 2)] {
            let (width, height, radius) = (width / share, height / share, radius / share);
            for row in 0..height {
                soften(plane, (row * width, 1, width), radius, &mut line);
            }
            for column in 0..width {
                soften(plane, (column, width, height), radius, &mut line);
            }
        }
    }

    /// Takes over all of a picture of the same size.
    pub(crate) fn copy_from(&mut self, from: &Self) {
        self.y.copy_from_slice(&from.y);
        self.u.copy_from_slice(&from.u);
        self.v.copy_from_slice(&from.v);
    }
}

/// Makes each of `count` samples, `step` apart from the `first` on, the mean of those within `radius`.
fn soften(plane: &mut [u8], (first, step, count): (usize, usize, usize), radius: usize, line: &mut Vec<u8>) {
    line.clear();
    line.extend((0..count).map(|at| plane[first + at * step]));
    let mut sum: u32 = line.iter().take(radius).map(|sample| u32::from(*sample)).sum();
    let mut samples = radius.min(count) as u32;
    for at in 0..count {
        if let Some(next) = line.get(at + radius) {
            sum += u32::from(*next);
            samples += 1;
        }
        if at > radius {
            sum -= u32::from(line[at - radius - 1]);
            samples -= 1;
        }
        plane[first + at * step] = (sum / samples) as u8;
    }
}

impl YUVSource for Canvas {
    fn dimensions(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    fn strides(&self) -> (usize, usize, usize) {
        (self.width, self.width / 2, self.width / 2)
    }

    fn y(&self) -> &[u8] {
        &self.y
    }

    fn u(&self) -> &[u8] {
        &self.u
    }

    fn v(&self) -> &[u8] {
        &self.v
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blurring_spreads_a_point_and_keeps_an_even_picture() {
        let mut canvas = Canvas::new(16, 8);
        canvas.fill(Area { left: 0, top: 0, right: 16, bottom: 8 }, Yuv::grey(100));
        let even = canvas.clone();
        canvas.blur(3);
        assert_eq!((canvas.y(), canvas.u(), canvas.v()), (even.y(), even.u(), even.v()));
        canvas.dot(8, 4, 200);
        canvas.blur(1);
        // A ninth of 100 more, within one pixel in each direction, and nothing beyond.
        let at = |x: usize, y: usize| canvas.y()[y * 16 + x];
        assert!((110..=112).contains(&at(8, 4)) && at(7, 3) == at(9, 5) && at(9, 4) > 100);
        assert_eq!((at(6, 4), at(8, 6), at(10, 4)), (100, 100, 100));
        canvas.blur(100);
    }
}

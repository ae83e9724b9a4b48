//! Owns the part of a scene that a camera shows: where pan, tilt and zoom point.
//! Must not know how the view came to be there (that is the PTZ's).

/// Scene coordinates: at home the picture shows x and y from 0 to 1; the scene reaches half a picture further
/// to the left and right and a quarter further up and down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct View {
    centre: (f32, f32),
    scale: f32,
}

impl View {
    /// Magnification at full zoom.
    const MAX_SCALE: f32 = 4.0;

    /// The view for ONVIF's generic spaces: pan and tilt -1..=1 (right and up positive), zoom 0..=1.
    pub(crate) fn from_ptz(pan: f32, tilt: f32, zoom: f32) -> Self {
        Self { centre: (0.5 + pan * 0.5, 0.5 - tilt * 0.25), scale: 1.0 + zoom * (Self::MAX_SCALE - 1.0) }
    }

    /// A point of the scene as fractions of the picture.
    pub(crate) fn project(&self, (x, y): (f32, f32)) -> (f32, f32) {
        ((x - self.centre.0) * self.scale + 0.5, (y - self.centre.1) * self.scale + 0.5)
    }

    /// A length in the scene as a fraction of the picture.
    pub(crate) fn scale(&self) -> f32 {
        self.scale
    }
}

impl Default for View {
    fn default() -> Self {
        Self::from_ptz(0.0, 0.0, 0.0)
    }
}

//! Who says that something moves.

/// Who says that something moves before a camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MotionSource {
    /// This program, from the camera's pictures.
    Own,
    /// The camera itself, over ONVIF.
    Onvif,
}

impl MotionSource {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Onvif => "onvif",
        }
    }
}

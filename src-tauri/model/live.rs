//! The live grid: how tiles are laid out, and who decodes.

use crate::camera::{CameraId, Role};
use crate::error::{Error, Kind, Result};
use core::str::FromStr;

/// Who decodes the live pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DecodePath {
    /// Live A: the webview decodes coded pictures (WebCodecs) and draws each tile.
    Webview,
    /// Live B: this program decodes and composes the whole grid, the webview draws one picture a tick.
    Native,
}

impl DecodePath {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Webview => "webview",
            Self::Native => "native",
        }
    }
}

impl FromStr for DecodePath {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "webview" => Ok(Self::Webview),
            "native" => Ok(Self::Native),
            _ => Err(Error::new(Kind::InvalidInput, "a decode path is webview or native")
                .with("path", crate::text::excerpt(text, 32))),
        }
    }
}

/// Why the path is the one it is; shown on the tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PathReason {
    /// The user forced it in the settings.
    Forced,
    /// The webview failed to decode the test picture.
    SelfTestFailed,
    /// No graphics processor was found, and composing here is cheaper then.
    NoGpu,
    /// The webview decoded the test picture and has a graphics processor.
    Capable,
    /// The webview took pictures in and gave none back for two seconds.
    Watchdog,
}

impl PathReason {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Forced => "forced",
            Self::SelfTestFailed => "self_test_failed",
            Self::NoGpu => "no_gpu",
            Self::Capable => "capable",
            Self::Watchdog => "watchdog",
        }
    }
}

/// What the webview found out about itself at start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WebviewAbility {
    /// Its decoder gave back the test picture.
    pub decodes_h264: bool,
    /// Drawing is done by a graphics processor rather than in software.
    pub has_gpu: bool,
}

/// Chooses who decodes.
pub fn choose_path(forced: Option<DecodePath>, ability: WebviewAbility) -> (DecodePath, PathReason) {
    match forced {
        Some(path) => (path, PathReason::Forced),
        None if !ability.decodes_h264 => (DecodePath::Native, PathReason::SelfTestFailed),
        None if !ability.has_gpu => (DecodePath::Native, PathReason::NoGpu),
        None => (DecodePath::Webview, PathReason::Capable),
    }
}

/// A place in the grid, in pixels of the canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TileRect {
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// A tile: which stream is shown where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tile {
    /// The camera.
    pub camera: CameraId,
    /// Which of its streams.
    pub role: Role,
    /// Where.
    pub rect: TileRect,
}

/// The part of its picture that a tile shows (digital zoom), in 1/65536 of the picture's sides. It has the picture's
/// proportions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    x: u32,
    y: u32,
    size: u32,
}

impl Default for View {
    fn default() -> Self {
        Self::WHOLE
    }
}

impl View {
    /// A side of the picture.
    const SIDE: u32 = 1 << 16;
    /// The whole picture.
    pub const WHOLE: Self = Self { x: 0, y: 0, size: Self::SIDE };
    /// The smallest part: magnified sixteen times, a picture shows nothing more.
    const SIZE_MIN: u32 = Self::SIDE / 16;

    /// The part whose upper left corner is at `x`, `y`, with sides of `size`. `InvalidInput` when it does not lie inside
    /// the picture or is smaller than a sixteenth of it.
    pub fn new(x: u32, y: u32, size: u32) -> Result<Self> {
        let inside = |at: u32| at.checked_add(size).is_some_and(|end| end <= Self::SIDE);
        if size < Self::SIZE_MIN || !inside(x) || !inside(y) {
            return Err(Error::new(
                Kind::InvalidInput,
                "a view is a part of the picture, at least a sixteenth",
            ));
        }
        Ok(Self { x, y, size })
    }

    /// Its pixels in a picture of this size, on even pixels (4:2:0 needs them).
    pub fn of(self, (width, height): (u32, u32)) -> TileRect {
        if self == Self::WHOLE {
            return TileRect { x: 0, y: 0, width, height };
        }
        let part = |side: u32, share: u32| ((u64::from(side) * u64::from(share)) >> 16) as u32 & !1;
        let along = |side: u32, at: u32| {
            let length = part(side, self.size).max(2);
            (part(side, at).min(side.saturating_sub(length) & !1), length)
        };
        let ((x, width), (y, height)) = (along(width, self.x), along(height, self.y));
        TileRect { x, y, width, height }
    }
}

/// The largest canvas, in pixels of either side.
pub const CANVAS_MAX: u32 = 8192;

/// What a window shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grid {
    /// Width of the canvas in pixels.
    pub width: u32,
    /// Height of the canvas in pixels.
    pub height: u32,
    /// The tiles.
    pub tiles: alloc::vec::Vec<Tile>,
}

/// The most tiles of a grid.
pub const TILES_MAX: usize = 64;

impl Grid {
    /// Checks the sizes: every tile lies inside the canvas.
    pub fn validate(&self) -> Result<()> {
        let inside = |tile: &Tile| {
            let TileRect { x, y, width, height } = tile.rect;
            width > 0
                && height > 0
                && x.checked_add(width).is_some_and(|right| right <= self.width)
                && y.checked_add(height).is_some_and(|bottom| bottom <= self.height)
        };
        if self.width <= CANVAS_MAX
            && self.height <= CANVAS_MAX
            && self.tiles.len() <= TILES_MAX
            && self.tiles.iter().all(inside)
        {
            Ok(())
        } else {
            Err(Error::new(
                Kind::InvalidInput,
                "a grid's tiles lie inside a canvas of at most 8192 pixels a side",
            ))
        }
    }
}

/// The largest rectangle of a picture's proportions inside `tile`, centred, on even pixels (4:2:0 needs them).
pub fn fit(picture: (u32, u32), tile: TileRect) -> TileRect {
    let (pw, ph) = (u64::from(picture.0.max(1)), u64::from(picture.1.max(1)));
    let (tw, th) = (u64::from(tile.width), u64::from(tile.height));
    let (width, height) = if tw * ph <= th * pw { (tw, tw * ph / pw) } else { (th * pw / ph, th) };
    let (width, height) = ((width as u32 & !1).max(2), (height as u32 & !1).max(2));
    TileRect {
        x: (tile.x + tile.width.saturating_sub(width) / 2) & !1,
        y: (tile.y + tile.height.saturating_sub(height) / 2) & !1,
        width,
        height,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fits_inside_with_proportions() {
        let tile = TileRect { x: 320, y: 200, width: 320, height: 200 };
        assert_eq!(fit((640, 360), tile), TileRect { x: 320, y: 210, width: 320, height: 180 });
        assert_eq!(fit((360, 640), tile), TileRect { x: 424, y: 200, width: 112, height: 200 });
    }

    #[test]
    fn a_tile_outside_is_refused() {
        let camera = CameraId(uuid::Uuid::nil());
        let tile = |x| Tile { camera, role: Role::Sub, rect: TileRect { x, y: 0, width: 10, height: 10 } };
        let grid = |x| Grid { width: 20, height: 10, tiles: alloc::vec![tile(x)] };
        assert!(grid(10).validate().is_ok());
        assert!(grid(11).validate().is_err() && grid(u32::MAX).validate().is_err());
    }

    #[test]
    fn a_view_lies_inside_the_picture_on_even_pixels() {
        assert_eq!(View::WHOLE.of((641, 361)), TileRect { x: 0, y: 0, width: 641, height: 361 });
        let middle = View::new(1 << 14, 1 << 14, 1 << 15).expect("a view");
        assert_eq!(middle.of((640, 360)), TileRect { x: 160, y: 90, width: 320, height: 180 });
        let corner = View::new(15 << 12, 15 << 12, 1 << 12).expect("a view");
        for size in [(2, 2), (3, 5), (16, 16), (641, 361), (8192, 8192)] {
            let TileRect { x, y, width, height } = corner.of(size);
            assert!(width >= 2 && height >= 2 && x + width <= size.0 && y + height <= size.1, "{size:?}");
        }
        for (x, y, size) in
            [(0, 0, 0), (0, 0, 4095), (1, 0, 1 << 16), (0, u32::MAX, 1 << 15), (0, 0, (1 << 16) + 1)]
        {
            assert!(View::new(x, y, size).is_err(), "{x} {y} {size}");
        }
    }

    #[test]
    fn the_path_is_chosen_by_ability_unless_forced() {
        let able = WebviewAbility { decodes_h264: true, has_gpu: true };
        assert_eq!(choose_path(None, able), (DecodePath::Webview, PathReason::Capable));
        assert_eq!(
            choose_path(None, WebviewAbility { has_gpu: false, ..able }),
            (DecodePath::Native, PathReason::NoGpu)
        );
        assert_eq!(choose_path(None, WebviewAbility::default()).1, PathReason::SelfTestFailed);
        assert_eq!(choose_path(Some(DecodePath::Webview), WebviewAbility::default()).1, PathReason::Forced);
    }
}

//! A tile of the real window, read back from its canvas, and the clock burnt into it.

use crate::Window;
use atalaya_simcam::clock_strip;

/// Luma of a tile as the page hands it out.
pub struct TilePicture {
    /// Pixels a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// One byte a pixel.
    pub luma: Vec<u8>,
    /// When the page painted it, in milliseconds since 1970 by this machine's clock.
    pub painted_at_ms: f64,
}

impl TilePicture {
    /// Reads a tile of the grid on the screen; none before its first picture.
    pub async fn read(window: &Window, tile: usize) -> Option<Self> {
        let read = window.value(&format!("window.__atalaya.readTile({tile})")).await;
        let bytes = read["luma"].as_array()?;
        Some(Self {
            width: read["width"].as_u64()? as usize,
            height: read["height"].as_u64()? as usize,
            luma: bytes.iter().map(|byte| byte.as_u64().unwrap_or(0) as u8).collect(),
            painted_at_ms: read["painted_at_ms"].as_f64()?,
        })
    }

    /// How old a simulated camera's picture was when it was painted, in milliseconds, by the clock burnt into it;
    /// none where the clock cannot be read.
    pub fn age_ms(&self) -> Option<f64> {
        let reading = clock_strip::read(&self.luma, self.width, self.width, self.height)?;
        Some(self.painted_at_ms - reading.utc_ms as f64)
    }
}

//! Owns the machine-readable clock in the picture: how it is laid out, drawn and read back.
//! Must not know encoders or scenes; reading needs only luma, from any decoder, canvas or screenshot.
//!
//! # Geometry, as fractions of the picture
//! A block is 1/40 of the width and 2/45 of the height (32 x 32 pixels in 1280 x 720, 8 x 8 in 320 x 180).
//! Two rows of 36 blocks lie side by side: block column `c` (0..36), row `r` (0..2) has its centre at
//!
//! ```text
//! x = (2.5 + c) / 40          y = (1.5 + r) * 2 / 45
//! ```
//!
//! One further block of black all round keeps the scene away.
//!
//! # Meaning
//! White is 1, black is 0; a block is white when its luma is above half way between the sync blocks' mean white
//! and mean black. Columns 0, 1, 34 and 35 are sync; row 0 reads `10 … 01`, row 1 reads `01 … 10`.
//! Columns 2..34 carry 32 bits a row, most significant first, row 0 then row 1:
//!
//! ```text
//! bits  0..48   UTC milliseconds since 1970
//! bits 48..56   camera number, 1 for the first of the fleet
//! bits 56..64   CRC-8 of the seven bytes before (polynomial 0x07, initial 0xFF, not reflected, no final xor)
//! ```
//!
//! [`block_centres`] gives the 64 data blocks in this order, [`sync_centres`] the eight sync blocks.

use super::canvas::{Area, Canvas, Yuv};

/// What the strip of a picture says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// UTC when the picture was drawn, milliseconds since 1970.
    pub utc_ms: u64,
    /// Number of the camera in its fleet, from 1.
    pub camera: u8,
}

const COLUMNS: usize = 36;
const ROWS: usize = 2;
const BITS_PER_ROW: usize = 32;
/// Blocks across the whole picture, and half-blocks down it.
const GRID: (f64, f64) = (40.0, 22.5);
/// Blocks between the picture's edge and the strip's left, and its top.
const MARGIN: (f64, f64) = (2.0, 1.0);

const WHITE: Yuv = Yuv::grey(235);
const BLACK: Yuv = Yuv::grey(16);
/// Below this distance of white from black (luma steps) there is no strip.
const MIN_CONTRAST: i32 = 48;

/// The sync blocks: column, row, white.
const SYNC: [(usize, usize, bool); 8] = [
    (0, 0, true),
    (1, 0, false),
    (34, 0, false),
    (35, 0, true),
    (0, 1, false),
    (1, 1, true),
    (34, 1, true),
    (35, 1, false),
];

/// Centres of the 64 data blocks, most significant bit first, as fractions (0..1) of picture width and height.
pub fn block_centres() -> [(f64, f64); ROWS * BITS_PER_ROW] {
    std::array::from_fn(|bit| centre(2 + bit % BITS_PER_ROW, bit / BITS_PER_ROW))
}

/// Centres of the eight sync blocks as fractions of picture width and height, and whether each is white.
pub fn sync_centres() -> [(f64, f64, bool); SYNC.len()] {
    SYNC.map(|(column, row, white)| {
        let (x, y) = centre(column, row);
        (x, y, white)
    })
}

fn centre(column: usize, row: usize) -> (f64, f64) {
    ((MARGIN.0 + column as f64 + 0.5) / GRID.0, (MARGIN.1 + row as f64 + 0.5) / GRID.1)
}

/// Reads the strip from a luma plane of `height` rows of `stride` bytes, of which `width` are picture.
/// None when there is no strip or its check does not hold. Works from 160 x 90 upwards.
pub fn read(luma: &[u8], stride: usize, width: usize, height: usize) -> Option<Reading> {
    if width < 160 || height < 90 || stride < width || luma.len() < stride * (height - 1) + width {
        return None;
    }
    let sample = |x: f64, y: f64| mean_round(luma, stride, width, height, (x, y));
    let (mut white, mut black) = (0, 0);
    let sync = sync_centres();
    for (x, y, is_white) in sync {
        *(if is_white { &mut white } else { &mut black }) += sample(x, y);
    }
    let half = SYNC.len() as i32 / 2;
    let (white, black) = (white / half, black / half);
    let threshold = i32::midpoint(white, black);
    let is_white = |x: f64, y: f64| sample(x, y) > threshold;
    if white - black < MIN_CONTRAST || sync.iter().any(|&(x, y, white)| is_white(x, y) != white) {
        return None;
    }
    let bits = block_centres().iter().fold(0_u64, |bits, &(x, y)| bits << 1 | u64::from(is_white(x, y)));
    let payload = bits >> 8;
    (crc8(payload) == bits as u8).then_some(Reading { utc_ms: payload >> 8, camera: payload as u8 })
}

/// Mean luma of the middle half of the block whose centre is given as fractions of the picture.
fn mean_round(luma: &[u8], stride: usize, width: usize, height: usize, (x, y): (f64, f64)) -> i32 {
    let (width, height) = (width as f64, height as f64);
    let range = |middle: f64, block: f64| {
        let first = (middle - block / 4.0).round() as usize;
        first..((middle + block / 4.0).round() as usize).max(first + 1)
    };
    let columns = range(x * width, width / GRID.0);
    let rows = range(y * height, height / GRID.1);
    let count = (columns.len() * rows.len()) as i32;
    let sum: i32 = rows
        .map(|row| luma[row * stride..][columns.clone()].iter().map(|&luma| i32::from(luma)).sum::<i32>())
        .sum();
    sum / count
}

/// Draws the strip. Times beyond 48 bits (year 10889) wrap.
pub(crate) fn draw(canvas: &mut Canvas, reading: Reading) {
    let payload = (reading.utc_ms << 16 >> 8) | u64::from(reading.camera);
    let bits = payload << 8 | u64::from(crc8(payload));
    let (width, height) = (canvas.width() as f64, canvas.height() as f64);
    let edge_x = |column: f64| ((MARGIN.0 + column) * width / GRID.0).round() as usize;
    let edge_y = |row: f64| ((MARGIN.1 + row) * height / GRID.1).round() as usize;
    let ground = Area {
        left: edge_x(-1.0),
        top: 0,
        right: edge_x(COLUMNS as f64 + 1.0),
        bottom: edge_y(ROWS as f64 + 1.0),
    };
    canvas.fill(ground, BLACK);
    let data = (0..ROWS * BITS_PER_ROW)
        .map(|bit| (2 + bit % BITS_PER_ROW, bit / BITS_PER_ROW, bits >> (63 - bit) & 1 == 1));
    for (column, row, _) in data.chain(SYNC).filter(|&(_, _, white)| white) {
        let (column, row) = (column as f64, row as f64);
        let block = Area {
            left: edge_x(column),
            top: edge_y(row),
            right: edge_x(column + 1.0),
            bottom: edge_y(row + 1.0),
        };
        canvas.fill(block, WHITE);
    }
}

/// Rows from the top of the picture that the strip and its margin take, as a fraction of the height.
pub(crate) const BOTTOM_EDGE: f64 = (MARGIN.1 + ROWS as f64 + 1.0) / GRID.1;

/// CRC-8 (polynomial 0x07, initial 0xFF) of the lower seven bytes, most significant first. The initial value keeps
/// an all-black strip from being valid.
fn crc8(payload: u64) -> u8 {
    payload.to_be_bytes()[1..].iter().fold(0xFF, |crc, byte| {
        (0..8).fold(crc ^ byte, |crc, _| if crc & 0x80 == 0 { crc << 1 } else { crc << 1 ^ 0x07 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use openh264::formats::YUVSource;

    fn drawn(width: usize, height: usize, reading: Reading) -> Canvas {
        let mut canvas = Canvas::new(width, height);
        draw(&mut canvas, reading);
        canvas
    }

    #[test]
    fn every_size_reads_back() {
        let reading = Reading { utc_ms: 1_795_256_431_123, camera: 7 };
        for (width, height) in
            [(1280, 720), (960, 540), (640, 360), (480, 270), (320, 180), (160, 90), (1920, 1080)]
        {
            let canvas = drawn(width, height, reading);
            assert_eq!(read(canvas.y(), width, width, height), Some(reading), "{width}x{height}");
        }
    }

    #[test]
    fn every_bit_reads_back() {
        for bit in 0..48 {
            let reading = Reading { utc_ms: 1 << bit, camera: bit as u8 };
            assert_eq!(read(drawn(320, 180, reading).y(), 320, 320, 180), Some(reading));
        }
    }

    #[test]
    fn a_picture_without_strip_reads_as_none() {
        for luma in [0, 16, 128, 255] {
            assert_eq!(read(&vec![luma; 320 * 180], 320, 320, 180), None);
        }
        assert_eq!(read(&[], 320, 320, 180), None);
        assert_eq!(read(&[0; 100], 10, 10, 10), None);
    }

    #[test]
    fn one_wrong_block_is_noticed() {
        let reading = Reading { utc_ms: 1_795_256_431_123, camera: 1 };
        for (x, y) in block_centres() {
            let mut canvas = drawn(640, 360, reading);
            let (column, row) = ((x * 640.0) as usize / 16 * 16, (y * 360.0) as usize / 16 * 16);
            let flipped = if canvas.y()[(row + 8) * 640 + column + 8] > 128 { BLACK } else { WHITE };
            canvas.fill(Area { left: column, top: row, right: column + 16, bottom: row + 16 }, flipped);
            assert_eq!(read(canvas.y(), 640, 640, 360), None);
        }
    }

    #[test]
    fn crc8_matches_its_check_value() {
        // The bytes 31 32 … 37, that is "1234567".
        assert_eq!(crc8(0x0031_3233_3435_3637), crc8_bitwise(b"1234567"));
    }

    /// The same sum the long way: division of the message with the initial value folded into its first byte.
    fn crc8_bitwise(message: &[u8]) -> u8 {
        let mut register = 0xFF_u8;
        for &byte in message {
            for bit in (0..8).rev() {
                let carry = (register >> 7) ^ (byte >> bit & 1);
                register = register << 1 ^ if carry == 1 { 0x07 } else { 0 };
            }
        }
        register
    }
}

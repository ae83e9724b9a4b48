//! Live pictures and their figures, as views show them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The figures of one stream, sent at most twice a second.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct MetricsVm {
    /// The camera.
    pub camera: String,
    /// `main` or `sub`.
    pub role: String,
    /// `idle`, `connecting`, `live`, `backoff`, `unauthorized` or `stopped`.
    pub state: String,
    /// Why it is not live, in English, redacted; null while it is.
    pub detail: Option<String>,
    /// Seconds until the next attempt, in `backoff` and `stopped`.
    pub retry_in_s: Option<u32>,
    /// Pictures a second over the last four seconds.
    pub fps: f64,
    /// Pictures a second since the connection became live.
    pub fps_average: f64,
    /// Bits of video a second over the last four seconds.
    #[ts(type = "number")]
    pub bitrate_bps: u64,
    /// What tells when a picture was taken: `rtp` (the camera's times), or `arrival` where the protocol carries none
    /// that can be trusted; then the latency is unknown.
    pub time_source: String,
    /// Median camera-to-socket latency; null when the camera's clock tells nothing.
    #[ts(type = "number | null")]
    pub latency_ms: Option<i64>,
    /// 95th percentile of it.
    #[ts(type = "number | null")]
    pub latency_p95_ms: Option<i64>,
    /// Arrival jitter in milliseconds.
    pub jitter_ms: f64,
    /// Pictures received.
    #[ts(type = "number")]
    pub frames: u64,
    /// Pictures left out for a slow viewer or recorder.
    #[ts(type = "number")]
    pub dropped: u64,
    /// RTP packets lost on the way.
    #[ts(type = "number")]
    pub packets_lost: u64,
    /// Share of packets lost in the last minute, 0 to 1; those that arrived are estimated from their bytes. Null while
    /// none arrived, and where the protocol has no packets of its own (HTTP).
    pub loss: Option<f64>,
    /// Connections made again.
    pub reconnects: u32,
    /// 0 to 100.
    pub health: u8,
    /// Points lost to each part.
    pub health_parts: HealthPartsVm,
    /// `h264`, `h265` or `mjpeg`.
    pub codec: Option<String>,
    /// Picture width in pixels.
    pub width: Option<u32>,
    /// Picture height in pixels.
    pub height: Option<u32>,
    /// Whether this stream is being recorded: bytes were committed in the last ten seconds.
    pub recording: bool,
    /// What of it is to be recorded: `off`, `nothing` (its schedule wants nothing now), `motion` (a motion is waited
    /// for) or `now`.
    pub record_demand: String,
    /// What a person began to record by hand; null while that is nothing.
    pub record_now: Option<RecordNowVm>,
}

/// A recording that a person began by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RecordNowVm {
    /// Seconds until it ends; null: it goes on until somebody stops it.
    pub left_s: Option<u32>,
}

/// What made the health score less than 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct HealthPartsVm {
    /// Low frame rate, 0 to 40.
    pub rate: u8,
    /// Packet loss, 0 to 30.
    pub loss: u8,
    /// Latency, 0 to 10.
    pub delay: u8,
    /// Reconnects, 0 to 20.
    pub stability: u8,
}

/// How the window reaches its live pictures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct LiveEndpointVm {
    /// `ws://127.0.0.1:PORT/live`.
    pub url: String,
    /// Goes into the first message.
    pub token: String,
}

/// What the webview found out about itself at start.
#[derive(Debug, Clone, Copy, Deserialize, TS)]
#[ts(export)]
pub struct WebviewAbilityVm {
    /// Its decoder gave back the test picture.
    pub decodes_h264: bool,
    /// Drawing is done by a graphics processor.
    pub has_gpu: bool,
}

/// A tile of a grid, in pixels of the canvas.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[ts(export)]
pub struct TileVm {
    /// The camera.
    pub camera: String,
    /// `main` or `sub`.
    pub role: String,
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// What the worker sends over the socket, as JSON text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export)]
pub enum LiveRequest {
    /// The first message.
    Hello {
        /// The token of the endpoint.
        token: String,
        /// What the webview's decoder showed in the self-test.
        decodes_h264: bool,
        /// Whether a graphics processor draws.
        has_gpu: bool,
    },
    /// Show these tiles.
    Grid {
        /// Width of the canvas in pixels.
        width: u32,
        /// Height of the canvas in pixels.
        height: u32,
        /// The tiles.
        tiles: Vec<TileVm>,
    },
    /// Show this part of a tile's picture until the next grid; in 1/65536 of the picture's sides.
    View {
        /// Index of the tile in the last grid.
        tile: u32,
        /// Left edge.
        x: u32,
        /// Upper edge.
        y: u32,
        /// Length of both sides: 65536 is the whole picture.
        size: u32,
    },
    /// Send the sound of these tiles and of no others, until the next grid.
    Listen {
        /// Indices of tiles in the last grid; none is silence.
        tiles: Vec<u32>,
    },
    /// Tiles' decoders in the webview took pictures in and gave none back for two seconds.
    Stalled,
    /// Tiles' decoders in the webview left pictures out to catch up with the present (webview path).
    Behind {
        /// How many, since the last time.
        pictures: u32,
    },
    /// The user is at this tile of the last grid: it is the last whose decoding gives way.
    Focus {
        /// Its index; null for none.
        tile: Option<u32>,
    },
    /// Whether nobody can see the window: then nothing is sent, and streams that nobody else wants are let go.
    Hidden {
        /// It is so.
        hidden: bool,
    },
}

/// What the window sends back as JSON text; pictures and sound come as binary messages, which `view/desktop/frames.rs`
/// describes.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export)]
pub enum LiveReply {
    /// Who decodes from now on, and why.
    Path {
        /// `webview` or `native`.
        path: String,
        /// `forced`, `self_test_failed`, `no_gpu`, `capable` or `watchdog`.
        reason: String,
    },
    /// The format of a tile's stream; comes before its first picture and at each change (webview path only).
    Format {
        /// How many `grid` requests came before it, to leave out what belongs to an older one.
        grid: u32,
        /// Index of the tile in that grid.
        tile: usize,
        /// Codec string of RFC 6381, or `mjpeg`.
        codec: String,
        /// Picture width in pixels.
        width: u32,
        /// Picture height in pixels.
        height: u32,
        /// Coded width in pixels.
        coded_width: u32,
        /// Coded height in pixels.
        coded_height: u32,
        /// `avcC` or `hvcC`, base64.
        description: String,
    },
    /// The format of the sound of a tile that is listened to; comes before its first packet and at each change.
    AudioFormat {
        /// How many `grid` requests came before it.
        grid: u32,
        /// Index of the tile in that grid.
        tile: usize,
        /// Codec string of RFC 6381, or `ulaw` or `alaw` for G.711.
        codec: String,
        /// Samples a second.
        sample_rate: u32,
        /// Channels.
        channels: u16,
        /// AAC's `AudioSpecificConfig`, base64; empty for G.711.
        description: String,
    },
    /// A tile that was to be listened to has no sound that can be had.
    NoAudio {
        /// How many `grid` requests came before it.
        grid: u32,
        /// Index of the tile in that grid.
        tile: usize,
        /// Why what the camera offers is left out, in English; null when it offers nothing.
        note: Option<String>,
    },
    /// What is not decoded in full from now on, whenever that changes; a new grid is until the first of these.
    Governor {
        /// How many `grid` requests came before it.
        grid: u32,
        /// The tiles that are not in full; each other one is.
        tiles: Vec<super::governor::GovernedTileVm>,
    },
    /// The grid cannot be shown.
    Error {
        /// What is wrong.
        error: super::error::UserError,
    },
}

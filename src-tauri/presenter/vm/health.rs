//! How streams fared over time, as views show it.

use super::Rfc3339;
use serde::Serialize;
use ts_rs::TS;

/// A stream's figures at even distances, oldest first, all lists of one length. Null is unknown: nobody wanted the
/// stream, or the camera's clock tells nothing.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct HistoryVm {
    /// The camera.
    pub camera: String,
    /// `main` or `sub`: the stream whose figures these are.
    pub role: String,
    /// The instant of the first figures.
    pub start: Rfc3339,
    /// Seconds from one to the next: 2 or 60.
    pub step_s: u32,
    /// Pictures a second; 0 while the camera gives none.
    pub fps: Vec<Option<f64>>,
    /// The lowest of them in each step.
    pub fps_min: Vec<Option<f64>>,
    /// Bits of video a second.
    pub bitrate_bps: Vec<Option<f64>>,
    /// The highest of them in each step.
    pub bitrate_max_bps: Vec<Option<f64>>,
    /// Median camera-to-socket latency.
    pub latency_ms: Vec<Option<f64>>,
    /// The highest 95th percentile of it.
    pub latency_p95_ms: Vec<Option<f64>>,
    /// The highest arrival jitter.
    pub jitter_ms: Vec<Option<f64>>,
    /// RTP packets lost a second.
    pub lost_per_s: Vec<Option<f64>>,
    /// The lowest health, 0 to 100.
    pub health: Vec<Option<f64>>,
    /// Connections made again in the last 24 hours, whatever the span.
    pub reconnects_day: u32,
}

/// A state that a stream's connection was in.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct ConnectionVm {
    /// `main` or `sub`.
    pub role: String,
    /// `idle`, `connecting`, `live`, `backoff`, `unauthorized` or `stopped`.
    pub state: String,
    /// When it began.
    pub at: Rfc3339,
    /// How long it lasted; null while it does.
    pub seconds: Option<f64>,
    /// Why it is not live, in English, redacted.
    pub detail: Option<String>,
    /// Attempts that failed alike, one after another.
    pub attempts: u32,
}

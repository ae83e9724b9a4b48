//! The health score of a camera: 0 (nothing) to 100 (as it should be), with the parts that make it up.
//!
//! ```text
//! score = 0                                        when no picture flows
//! score = 100 - rate - loss - delay - stability    otherwise, at least 1
//!   rate      = 40 * missing share of the expected frames a second (under 5 % counts as none)
//!   loss      = 30 * min(1, share of RTP packets lost in the last minute / 2 %)
//!   delay     = 10 * min(1, (latency p95 - 500 ms) / 2500 ms), 0 while unknown or negative
//!   stability = 20 * min(1, reconnects in the last hour / 5)
//! ```
//! The user interface shows the parts beside the score, so that the number explains itself.

/// What the score is computed from.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct HealthInput {
    /// Whether pictures flow.
    pub live: bool,
    /// Pictures a second now.
    pub fps: f64,
    /// Pictures a second that the stream declares or has shown before; none when unknown.
    pub expected_fps: Option<f64>,
    /// Share of RTP packets lost in the last minute, 0 to 1.
    pub loss_ratio: f64,
    /// 95th percentile of the latency in milliseconds; none when unknown.
    pub latency_p95_ms: Option<i64>,
    /// Connections made again in the last hour.
    pub reconnects_last_hour: u32,
}

/// The score and the points that each part took from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Health {
    /// 0 to 100.
    pub score: u8,
    /// Points lost to a low frame rate, 0 to 40.
    pub rate: u8,
    /// Points lost to packet loss, 0 to 30.
    pub loss: u8,
    /// Points lost to latency, 0 to 10.
    pub delay: u8,
    /// Points lost to reconnects, 0 to 20.
    pub stability: u8,
}

/// Points lost when `share` of what can go wrong did.
fn points(most: f64, share: f64) -> u8 {
    // Rounding half up without `f64::round`, which core does not have; the value is within 0..=40.
    (most * share.clamp(0.0, 1.0) + 0.5) as u8
}

impl Health {
    /// Computes the score.
    pub fn of(input: &HealthInput) -> Self {
        if !input.live {
            return Self::default();
        }
        let missing =
            input.expected_fps.filter(|&fps| fps > 0.0).map_or(0.0, |expected| 1.0 - input.fps / expected);
        let rate = points(40.0, if missing < 0.05 { 0.0 } else { missing });
        let loss = points(30.0, input.loss_ratio / 0.02);
        let delay = points(10.0, input.latency_p95_ms.map_or(0.0, |ms| (ms as f64 - 500.0) / 2500.0));
        let stability = points(20.0, f64::from(input.reconnects_last_hour) / 5.0);
        Self { score: (100 - rate - loss - delay - stability).max(1), rate, loss, delay, stability }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up() {
        let good = HealthInput { live: true, fps: 14.8, expected_fps: Some(15.0), ..HealthInput::default() };
        assert_eq!(Health::of(&good).score, 100);
        assert_eq!(Health::of(&HealthInput { live: false, ..good }).score, 0);
        let bad = HealthInput {
            fps: 7.5,
            loss_ratio: 0.01,
            latency_p95_ms: Some(1750),
            reconnects_last_hour: 1,
            ..good
        };
        assert_eq!(Health::of(&bad), Health { score: 56, rate: 20, loss: 15, delay: 5, stability: 4 });
        let worst = HealthInput {
            fps: 0.0,
            loss_ratio: 1.0,
            latency_p95_ms: Some(i64::MAX),
            reconnects_last_hour: 99,
            ..good
        };
        assert_eq!(Health::of(&worst).score, 1);
    }
}

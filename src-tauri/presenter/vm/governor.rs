//! What the decode governor does, and the computer's load that it goes by, as views show them.

use atalaya_model::governor::Ruling;
use atalaya_model::machine::Load;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A tile that is not decoded in full.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct GovernedTileVm {
    /// Index of the tile in the grid.
    pub tile: usize,
    /// `key_frames`, `slow` or `paused`.
    pub mode: String,
    /// `processor_busy`, `memory_short`, `decoder_behind` or `window_hidden`.
    pub reason: String,
    /// The figure that led to it. `processor_busy`: use of the computer's processor, 0 to 1. `memory_short`: bytes
    /// available. `decoder_behind`: share of the pictures left out, 0 to 1. `window_hidden`: 0.
    pub value: f64,
}

impl GovernedTileVm {
    /// A tile's ruling; none for one in full.
    pub fn of((tile, ruling): (usize, Ruling)) -> Option<Self> {
        ruling.cause.map(|cause| Self {
            tile,
            mode: ruling.mode.code().to_owned(),
            reason: cause.reason.code().to_owned(),
            value: cause.value,
        })
    }
}

/// Something that the decode governor decided.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct GovernorDecisionVm {
    /// When, by this computer's clock.
    pub at: super::Rfc3339,
    /// Whose tile.
    pub camera: String,
    /// `full`, `key_frames`, `slow` or `paused`: what is decoded from then on.
    pub mode: String,
    /// `processor_busy`, `memory_short`, `decoder_behind` or `window_hidden`; null for `full`.
    pub reason: Option<String>,
    /// The figure that led to it, as a tile's; null for `full`.
    pub value: Option<f64>,
}

/// The computer's load over the last second.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct MachineVm {
    /// Use of all processor cores together, 0 to 1.
    pub processor: f64,
    /// The part of it that Atalaya and the processes it started have, 0 to 1.
    pub processor_own: f64,
    /// Processor cores.
    pub cores: u32,
    /// Bytes of memory of the computer.
    #[ts(type = "number")]
    pub memory_total: u64,
    /// Bytes of it that programs can still have.
    #[ts(type = "number")]
    pub memory_available: u64,
    /// Resident bytes of Atalaya and the processes it started; what they share counts for each.
    #[ts(type = "number")]
    pub memory_own: u64,
}

impl From<Load> for MachineVm {
    fn from(load: Load) -> Self {
        let Load { processor, processor_own, cores, memory_total, memory_available, memory_own } = load;
        Self { processor, processor_own, cores, memory_total, memory_available, memory_own }
    }
}

//! How busy this computer is. Must not know how that is read.

use crate::error::Result;
use crate::ports::BoxFuture;

/// One reading of the computer's load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Use of all processor cores together since the reading before, 0 to 1.
    pub processor: f64,
    /// The part of it that this program and the processes it started have, 0 to 1.
    pub processor_own: f64,
    /// Processor cores.
    pub cores: u32,
    /// Bytes of memory of the computer.
    pub memory_total: u64,
    /// Bytes of it that programs can still have.
    pub memory_available: u64,
    /// Resident bytes of this program and the processes it started; what they share counts for each.
    pub memory_own: u64,
}

/// Reads the computer's load.
pub trait MachineLoad: Send + Sync {
    /// Reads it. Use is measured between two readings: not more often than once a second tells the most.
    fn read(&self) -> BoxFuture<'_, Result<Load>>;
}

//! For how long footage is kept, as views show it: forecast, what-if, protections, passes and their record.

use super::Rfc3339;
use atalaya_model::retention::{Deletion, ProtectedRange};
use atalaya_model::time::WallTime;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// When the storage asks for room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ForecastVm {
    /// Every camera that owns footage or is in use.
    pub cameras: Vec<CameraForecastVm>,
    /// Bytes that shall stay free, of all volumes.
    #[ts(type = "number")]
    pub reserve_bytes: u64,
    /// Bytes that are free, of all volumes.
    #[ts(type = "number")]
    pub free_bytes: u64,
    /// When no more than the reserve is free, so that the oldest footage makes room; null when the other rules keep it
    /// from that, or when nothing is known yet.
    pub full_at: Option<Rfc3339>,
}

/// What is foretold of one camera.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CameraForecastVm {
    /// The camera; one that was removed may own footage still.
    pub camera: String,
    /// Bytes of its closed files.
    #[ts(type = "number")]
    pub used_bytes: u64,
    /// Those of them that are protected; its quota does not count them.
    #[ts(type = "number")]
    pub protected_bytes: u64,
    /// What it records in a day: the mean of the last full days, else by the last minute; null when not known yet.
    pub bytes_per_day: Option<f64>,
    /// Start of its oldest footage that is not protected.
    pub oldest: Option<Rfc3339>,
    /// Days of footage that there will be; null without an end.
    pub keeps_days: Option<f64>,
    /// When something of it is deleted for the first time from now; null when that is not foreseen.
    pub first_deletion: Option<Rfc3339>,
    /// Start of what goes then.
    pub goes: Option<Rfc3339>,
    /// By which rule: `age`, `quota` or `reserve`.
    pub rule: Option<String>,
}

/// Rules to be tried out. What is not named stays as it is set.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct WhatIfVm {
    /// Quotas.
    pub quotas: Vec<QuotaVm>,
    /// Days.
    pub retention: Vec<RetentionDaysVm>,
    /// The reserve of each volume in bytes.
    #[ts(type = "number | null")]
    pub reserve_bytes: Option<u64>,
}

/// A camera's quota.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[ts(export)]
pub struct QuotaVm {
    /// The camera's id.
    pub camera: String,
    /// The most bytes; null sets no limit.
    #[ts(type = "number | null")]
    pub quota_bytes: Option<u64>,
}

/// A camera's days.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[ts(export)]
pub struct RetentionDaysVm {
    /// The camera's id.
    pub camera: String,
    /// Days; null keeps footage until something else asks for its room.
    pub days: Option<u32>,
}

/// Footage that no rule deletes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ProtectedVm {
    /// Its identity.
    pub id: String,
    /// The camera.
    pub camera: String,
    /// First instant protected.
    pub start: Rfc3339,
    /// First instant behind it.
    pub end: Rfc3339,
    /// Why, in the user's words.
    pub reason: String,
    /// When the protection ends; null: when it is removed.
    pub expires: Option<Rfc3339>,
    /// When it was made.
    pub created: Rfc3339,
    /// Bytes of the files that it protects.
    #[ts(type = "number")]
    pub bytes: u64,
}

impl ProtectedVm {
    /// The range with its bytes.
    pub(crate) fn new(range: &ProtectedRange, bytes: u64) -> Self {
        Self {
            id: range.id.to_string(),
            camera: range.camera.to_string(),
            start: range.range.start.to_rfc3339(),
            end: range.range.end.to_rfc3339(),
            reason: range.reason.clone(),
            expires: range.expires.map(WallTime::to_rfc3339),
            created: range.created.to_rfc3339(),
            bytes,
        }
    }
}

/// What a pass of the rules deletes, or has deleted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RetentionPlanVm {
    /// The cameras that lose something.
    pub cameras: Vec<CameraPlanVm>,
    /// Whether more would go if a pass were not bounded to a tenth of a camera's footage.
    pub held_back: bool,
}

/// What one camera loses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CameraPlanVm {
    /// The camera.
    pub camera: String,
    /// How many files.
    #[ts(type = "number")]
    pub segments: u64,
    /// Their bytes.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Their share of the camera's footage, 0 to 1.
    pub share: f64,
    /// End of the newest of them.
    pub until: Rfc3339,
}

/// What was deleted of a camera on one day by one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct DeletionVm {
    /// When the last of it was deleted.
    pub at: Rfc3339,
    /// The camera.
    pub camera: String,
    /// Start of the first file.
    pub start: Rfc3339,
    /// End of the last file.
    pub end: Rfc3339,
    /// How many files.
    #[ts(type = "number")]
    pub segments: u64,
    /// Their bytes.
    #[ts(type = "number")]
    pub bytes: u64,
    /// `age`, `quota`, `reserve`, or `lost` for files that were found to be gone.
    pub rule: String,
    /// `rule`, or `user` who asked for the rules to be kept at once.
    pub author: String,
}

impl From<&Deletion> for DeletionVm {
    fn from(deletion: &Deletion) -> Self {
        Self {
            at: deletion.at.to_rfc3339(),
            camera: deletion.camera.to_string(),
            start: deletion.range.start.to_rfc3339(),
            end: deletion.range.end.to_rfc3339(),
            segments: deletion.segments,
            bytes: deletion.bytes,
            rule: deletion.rule.code().to_owned(),
            author: deletion.author.code().to_owned(),
        }
    }
}

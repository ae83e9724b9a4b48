//! A camera's focus, as views show it.

use atalaya_model::focus::{FocusAbility, FocusStatus};
use serde::Serialize;
use ts_rs::TS;

/// Where the focus is and whether it moves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct FocusStatusVm {
    /// 0 (nearest) to 1 (farthest); null when the device does not tell.
    pub place: Option<f32>,
    /// Null when the device does not tell.
    pub moving: Option<bool>,
}

impl From<FocusStatus> for FocusStatusVm {
    fn from(FocusStatus { place, moving }: FocusStatus) -> Self {
        Self { place, moving }
    }
}

/// The ways that a focus can be moved in, by their stable names.
pub(crate) fn ways(ability: FocusAbility) -> Vec<String> {
    let FocusAbility { continuous, relative, absolute } = ability;
    [("continuous", continuous), ("relative", relative), ("absolute", absolute)]
        .into_iter()
        .filter(|(_, is)| *is)
        .map(|(way, _)| way.to_owned())
        .collect()
}

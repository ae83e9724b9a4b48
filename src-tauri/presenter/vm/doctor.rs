//! What the doctor is asked and what it finds, as views show it.

use super::camera::Password;
use atalaya_model::doctor::{Finding, State};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Whom to examine: a camera with its stored login, or whatever a person typed.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[ts(export)]
pub struct DoctorRequest {
    /// A camera's id or unique name.
    #[ts(optional)]
    pub camera: Option<String>,
    /// A host by name or address, with or without a port, or a stream's URL.
    #[ts(optional)]
    pub host: Option<String>,
    /// User name at the camera, when it is given by its host.
    #[ts(optional)]
    pub user: Option<String>,
    /// Password at the camera, likewise.
    #[ts(optional)]
    pub password: Option<Password>,
}

/// What one step found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct FindingVm {
    /// The step: `route`, `neighbour`, `ports`, `http`, `onvif`, `multicast`, `clock`, `login`, `profiles`, `describe`,
    /// `setup`, `key_frame`, `decoder`, `gop`, `connections` or, the last one, `verdict`.
    pub step: String,
    /// `main` or `sub` where it is about a stream.
    pub stream: Option<String>,
    /// Whether it is as it should be; null where that cannot be told.
    pub ok: Option<bool>,
    /// `passed`, `warning`, `failed` or `unknown`.
    pub state: String,
    /// What was found, a stable code; the sentence is the view's.
    pub found: String,
    /// Figures and names for the sentence.
    pub params: BTreeMap<String, String>,
    /// What to do about it, a stable code.
    pub advice_code: Option<String>,
}

impl From<&Finding> for FindingVm {
    fn from(finding: &Finding) -> Self {
        Self {
            step: finding.step.code().to_owned(),
            stream: finding.stream.map(|role| role.code().to_owned()),
            ok: match finding.state {
                State::Passed => Some(true),
                State::Warning | State::Failed => Some(false),
                State::Unknown => None,
            },
            state: finding.state.code().to_owned(),
            found: finding.found.code().to_owned(),
            params: finding.params.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect(),
            advice_code: finding.advice.map(|cause| cause.code().to_owned()),
        }
    }
}

//! Errors as a view shows them: a stable code and parameters; the sentence lives in the view's language.

use atalaya_model::Error;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// An error for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct UserError {
    /// `SCREAMING_SNAKE`, one of the closed set of the model's kinds.
    pub code: String,
    /// What happened, in English, for details on demand and for the command line.
    pub message: String,
    /// Facts for the sentence and the details, such as `host` or `name`. Redacted.
    pub params: BTreeMap<String, String>,
}

impl From<Error> for UserError {
    fn from(error: Error) -> Self {
        tracing::debug!(%error, kind = error.kind().code(), "shown to the user");
        let mut params: BTreeMap<String, String> =
            error.context().iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        if let Some(source) = std::error::Error::source(&error) {
            params.insert("cause".to_owned(), atalaya_model::text::excerpt(&source.to_string(), 200));
        }
        Self { code: error.kind().code().to_owned(), message: error.message().to_owned(), params }
    }
}

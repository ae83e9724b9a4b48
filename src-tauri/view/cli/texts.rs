//! Sentences for people, from the pages' own language files, so that both faces say the same. Must not know verbs.
//!
//! Spoken is what the terminal's locale says; JSON is always in English.

use serde_json::Value;
use std::collections::BTreeMap;

/// The languages there are, by the tag that a locale begins with. The first one is spoken where no other fits.
const LANGUAGES: [(&str, &str); 2] = [
    ("en", include_str!("../../../ui/src/i18n/en.json")),
    ("es", include_str!("../../../ui/src/i18n/es.json")),
];

/// One language's sentences.
pub(crate) struct Texts(Value);

impl Texts {
    /// English.
    pub(crate) fn english() -> Self {
        Self::speaking("en")
    }

    /// The language of the terminal's locale (POSIX: `LC_ALL` before `LC_MESSAGES` before `LANG`).
    pub(crate) fn of_terminal() -> Self {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
        Self::speaking(&locale.unwrap_or_default())
    }

    fn speaking(locale: &str) -> Self {
        let spoken = LANGUAGES.iter().find(|(tag, _)| locale.starts_with(tag)).unwrap_or(&LANGUAGES[0]);
        Self(serde_json::from_str(spoken.1).expect("the language files are JSON: tests read them"))
    }

    /// The sentence at this path, with `{{name}}` replaced by the parameters; none when there is no such sentence.
    pub(crate) fn find(&self, path: &[&str], params: &BTreeMap<String, String>) -> Option<String> {
        let found = path.iter().try_fold(&self.0, |texts, key| texts.get(key))?.as_str()?;
        Some(
            params.iter().fold(found.to_owned(), |text, (name, value)| {
                text.replace(&format!("{{{{{name}}}}}"), value)
            }),
        )
    }

    /// The same; where there is no sentence its last key says at least something.
    pub(crate) fn say(&self, path: &[&str], params: &BTreeMap<String, String>) -> String {
        self.find(path, params).unwrap_or_else(|| path.last().copied().unwrap_or_default().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use atalaya_model::doctor::{Cause, Found, State};

    #[test]
    fn every_code_of_the_doctor_has_its_sentences() {
        let none = BTreeMap::new();
        for (tag, _) in LANGUAGES {
            let texts = Texts::speaking(tag);
            let mut missing = Vec::new();
            let mut look = |path: &[&str]| {
                if texts.find(path, &none).is_none_or(|text| text.is_empty()) {
                    missing.push(path.join("."));
                }
            };
            for cause in Cause::ALL {
                look(&["doctor", "advice", cause.code(), "what"]);
                look(&["doctor", "advice", cause.code(), "do"]);
            }
            for found in Found::ALL {
                look(&["doctor", "found", found.code()]);
            }
            for state in State::ALL {
                look(&["doctor", "state", state.code()]);
            }
            assert!(missing.is_empty(), "{tag}: {missing:?}");
        }
    }

    #[test]
    fn locales_choose_and_parameters_are_put_in() {
        let params = BTreeMap::from([("path".to_owned(), "/x".to_owned())]);
        let say = |locale: &str| Texts::speaking(locale).say(&["doctor", "found", "path_unknown"], &params);
        assert_eq!(say("en_GB.UTF-8"), "no stream at /x");
        assert_eq!(say("es_MX.UTF-8"), "no hay flujo en /x");
        assert_eq!(say("C"), "no stream at /x");
        assert_eq!(Texts::english().say(&["doctor", "nothing"], &params), "nothing");
    }
}

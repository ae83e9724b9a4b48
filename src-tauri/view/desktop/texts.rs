//! The few sentences that are spoken outside of pages, from the pages' own language files: the tray's menu and
//! notifications. Must not know where they are shown.

use serde_json::Value;

/// The languages there are. The first one is spoken where no other is asked for.
const LANGUAGES: [(&str, &str); 2] = [
    ("en", include_str!("../../../ui/src/i18n/en.json")),
    ("es", include_str!("../../../ui/src/i18n/es.json")),
];

/// One language's sentences.
pub(crate) struct Texts(Value);

impl Texts {
    /// The sentences of a language.
    pub(crate) fn speaking(language: &str) -> Self {
        let spoken = LANGUAGES.iter().find(|(tag, _)| *tag == language).unwrap_or(&LANGUAGES[0]);
        let all: Value =
            serde_json::from_str(spoken.1).expect("the language files are JSON: tests read them");
        Self(all["background"]["spoken"].clone())
    }

    /// A sentence, with `{{name}}` replaced by the parameters; its key where there is none.
    pub(crate) fn say(&self, key: &str, params: &[(&str, &str)]) -> String {
        let text = self.0[key].as_str().unwrap_or(key).to_owned();
        params.iter().fold(text, |text, (name, value)| text.replace(&format!("{{{{{name}}}}}"), value))
    }

    /// A sentence about so many things.
    pub(crate) fn count(&self, key: &str, count: usize, params: &[(&str, &str)]) -> String {
        let number = count.to_string();
        let form = if count == 1 { "one" } else { "other" };
        self.say(&format!("{key}_{form}"), &[params, &[("count", number.as_str())]].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// What the tray, the notifications and their forms say.
    const KEYS: [&str; 20] = [
        "open",
        "recording",
        "idle",
        "quit",
        "keepsTitle",
        "keeps",
        "offline_one",
        "offline_other",
        "offlineOver_one",
        "offlineOver_other",
        "offlineText",
        "stopped_one",
        "stopped_other",
        "stoppedOver_one",
        "stoppedOver_other",
        "stoppedText",
        "storage_low",
        "storage_lowText",
        "storage_failed",
        "storage_failedText",
    ];

    #[test]
    fn every_language_says_what_is_spoken_and_nothing_else() {
        for (language, _) in LANGUAGES {
            let texts = Texts::speaking(language);
            let said: BTreeSet<&str> = texts.0.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(said, BTreeSet::from(KEYS), "{language}");
        }
    }

    #[test]
    fn a_sentence_counts_and_names() {
        let texts = Texts::speaking("en");
        assert_eq!(texts.count("offline", 12, &[("camera", "Gate")]), "12 cameras are offline");
        assert_eq!(texts.count("offline", 1, &[("camera", "Gate")]), "Gate is offline");
        assert_eq!(Texts::speaking("auto").say("quit", &[]), texts.say("quit", &[]));
    }
}

//! Shows what the person is to be told as notifications of the desktop. What and when is the presenter's.

use crate::desktop::Desktop;
use crate::texts::Texts;
use atalaya_presenter::Told;

/// The most cameras that a notification names.
const NAMES_MAX: usize = 6;

/// Tells until the program ends.
pub(crate) async fn tell(desktop: Desktop) {
    let mut alerts = desktop.engine.alerts();
    while let Some(told) = alerts.next().await {
        let (title, text) = sentences(&desktop.texts(), &told);
        if let Err(error) = desktop.notifier.notify(&title, &text).await {
            tracing::warn!(%error, title, "the desktop was not told");
        }
    }
}

fn sentences(texts: &Texts, told: &Told) -> (String, String) {
    let cause = told.cause.code();
    let text = |cause| texts.say(&format!("{cause}Text"), &[]);
    let Some(first) = told.cameras.first() else { return (texts.say(cause, &[]), text(cause)) };
    let over = if told.over { "Over" } else { "" };
    let count = told.cameras.len();
    let title = texts.count(&format!("{cause}{over}"), count, &[("camera", first.as_str())]);
    if count == 1 {
        return (title, if told.over { String::new() } else { text(cause) });
    }
    let mut names = told.cameras.iter().take(NAMES_MAX).cloned().collect::<Vec<_>>().join(", ");
    if count > NAMES_MAX {
        names.push_str(", …");
    }
    (title, names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use atalaya_model::alert::AlertCause;

    fn said(cause: AlertCause, over: bool, cameras: usize) -> (String, String) {
        let cameras = (1..=cameras).map(|n| format!("Gate {n}")).collect();
        sentences(&Texts::speaking("en"), &Told { cause, over, cameras })
    }

    #[test]
    fn every_alert_has_its_sentences() {
        assert_eq!(said(AlertCause::Offline, false, 1).0, "Gate 1 is offline");
        assert_eq!(said(AlertCause::Offline, true, 1), ("Gate 1 is back".to_owned(), String::new()));
        let (title, names) = said(AlertCause::Offline, false, 12);
        assert_eq!(title, "12 cameras are offline");
        assert_eq!(names, "Gate 1, Gate 2, Gate 3, Gate 4, Gate 5, Gate 6, …");
        for cause in [AlertCause::StorageLow, AlertCause::StorageFailed] {
            let (title, text) = said(cause, false, 0);
            assert!(title.contains(' ') && text.contains(' '), "{title}: {text}");
        }
    }
}

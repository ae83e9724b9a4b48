//! Notifications of the desktop: over D-Bus on Linux (Desktop Notifications Specification 1.2), by the system's own
//! calls elsewhere. Must not know what they are about.

use atalaya_model::ports::{BoxFuture, Notifier};
use atalaya_model::{Error, Kind, Result};

/// How programs call themselves.
const NAME: &str = "Atalaya";

/// The desktop's notifications.
#[derive(Debug, Clone, Copy)]
pub struct DesktopNotifier;

impl Notifier for DesktopNotifier {
    fn notify<'a>(&'a self, title: &'a str, text: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(notify(title, text))
    }
}

fn failed(cause: impl std::fmt::Display) -> Error {
    Error::new(Kind::Unsupported, "the desktop shows no notification").caused_by(cause.to_string())
}

#[cfg(target_os = "linux")]
async fn notify(title: &str, text: &str) -> Result<()> {
    use std::collections::HashMap;
    use zbus::zvariant::Value;
    const SERVICE: &str = "org.freedesktop.Notifications";
    const DEADLINE: std::time::Duration = std::time::Duration::from_secs(5);
    /// Shown for as long as the desktop shows such things.
    const EXPIRES: i32 = -1;
    let asked = async {
        let bus = zbus::Connection::session().await?;
        let (replaces, icon) = (0_u32, "atalaya");
        let actions: Vec<&str> = Vec::new();
        let hints: HashMap<&str, Value<'_>> = HashMap::new();
        let text = escaped(text);
        let body = (NAME, replaces, icon, title, text.as_str(), actions, hints, EXPIRES);
        bus.call_method(Some(SERVICE), "/org/freedesktop/Notifications", Some(SERVICE), "Notify", &body).await
    };
    tokio::time::timeout(DEADLINE, asked).await.map_err(failed)?.map(drop).map_err(failed)
}

/// The body may hold markup, which a camera's name must not be.
#[cfg(target_os = "linux")]
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(not(target_os = "linux"))]
async fn notify(title: &str, text: &str) -> Result<()> {
    let mut notification = notify_rust::Notification::new();
    notification.appname(NAME).summary(title).body(text);
    let shown = tokio::task::spawn_blocking(move || notification.show().map(drop));
    shown.await.map_err(failed)?.map_err(failed)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_markup() {
        assert_eq!(escaped("<b>Gate</b> & yard"), "&lt;b&gt;Gate&lt;/b&gt; &amp; yard");
    }
}

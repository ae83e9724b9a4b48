//! Listening to devices that come and go while the program runs, and keeping the inventory up to date with them.

use crate::engine::Inner;
use atalaya_model::discovery::Presence;
use atalaya_model::inventory::{self, Change};
use futures_util::StreamExt;
use std::sync::Arc;
use std::time::Duration;

/// How long after somebody came or went this is written down: after a power cut all cameras say hello at once.
const SAVE_AFTER: Duration = Duration::from_secs(5);

/// Runs until the engine ends.
pub(crate) async fn watch(engine: Arc<Inner>) {
    let mut presence = engine.ports.discovery.presence();
    let mut save = None;
    loop {
        tokio::select! {
            heard = presence.next() => match heard {
                Some(Ok(heard)) => {
                    if hear(&engine, heard).await && save.is_none() {
                        save = Some(engine.ports.clock.sleep(SAVE_AFTER));
                    }
                }
                Some(Err(error)) => tracing::warn!(%error, "only scans find devices"),
                None => break,
            },
            () = async { match &mut save { Some(due) => due.await, None => std::future::pending().await } } => {
                save = None;
                engine.save_inventory().await;
            }
            () = engine.cancel.cancelled() => break,
        }
    }
    if save.is_some() {
        engine.save_inventory().await;
    }
}

/// Takes note of what a device said; whether that was news.
async fn hear(engine: &Inner, heard: Presence) -> bool {
    let known = engine.known_devices().await;
    let now = engine.ports.clock.wall();
    match heard {
        Presence::Hello(device) => {
            // With nothing known before, whoever speaks up is new all the same.
            let change =
                if known.is_empty() { Some(Change::New) } else { inventory::change(&known, &device) };
            let (after, entry) = inventory::after_hello(&known, &device, now);
            engine.set_known_devices(after);
            engine.show_heard(entry, change).await;
            true
        }
        Presence::Bye(key, host) => {
            let Some((after, entry)) = inventory::after_bye(&known, &key, host, now) else { return false };
            engine.set_known_devices(after);
            engine.show_heard(entry, Some(Change::Gone)).await;
            true
        }
    }
}

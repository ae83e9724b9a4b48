//! Completing an index that was lost, while recording goes on: footage of years is not worth a second of today's.

use crate::engine::Inner;
use std::sync::Arc;
use std::time::Duration;

/// How often it is looked whether something is left, as after a storage directory came back.
const EVERY: Duration = Duration::from_mins(1);

/// Indexes what is left, until the engine ends.
pub(crate) async fn keep(engine: Arc<Inner>) {
    let work = async {
        loop {
            if let Err(error) = engine.ports.archive.index_rest().await {
                tracing::error!(%error, "the index could not be completed");
            }
            engine.ports.clock.sleep(EVERY).await;
        }
    };
    tokio::select! {
        () = work => {}
        () = engine.cancel.cancelled() => {}
    }
}

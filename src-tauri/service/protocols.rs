//! Which service opens a stream: the one of its URL's protocol. A new protocol is one line here. Must not know any of
//! them beyond that.

use crate::http::HttpOpener;
use crate::rtsp::RetinaOpener;
use atalaya_model::Result;
use atalaya_model::ports::{BoxFuture, Clock, OpenRequest, OpenStream, StreamOpener};
use std::sync::Arc;

/// Opens streams of every protocol.
pub(crate) struct ProtocolOpener {
    http: HttpOpener,
    rtsp: RetinaOpener,
}

impl ProtocolOpener {
    /// An opener that stamps what it receives with this clock.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { http: HttpOpener::new(Arc::clone(&clock)), rtsp: RetinaOpener::new(clock) }
    }
}

impl StreamOpener for ProtocolOpener {
    fn open(&self, request: OpenRequest) -> BoxFuture<'_, Result<OpenStream>> {
        match request.url.scheme() {
            "http" | "https" => self.http.open(request),
            // A URL has one of four schemes (S2); this one says itself which of the other two it opens.
            _ => self.rtsp.open(request),
        }
    }
}

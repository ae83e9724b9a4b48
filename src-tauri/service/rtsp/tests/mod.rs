//! Tests of the opener: against simulated cameras of ours over the network, and against scripted hostile ones.

mod abuse;
mod dialects;
mod fuzz;
mod given;
mod hostile;
mod parameter_sets;
mod simulated;

use super::RetinaOpener;
use crate::clock::SystemClock;
use atalaya_model::address::StreamUrl;
use atalaya_model::camera::{CameraId, Role, Transport};
use atalaya_model::ports::{OpenRequest, OpenStream, StreamOpener};
use atalaya_model::secret::Credentials;
use std::sync::Arc;

const USER: &str = "ana";
const PASSWORD: &str = "correct horse";

fn opener() -> RetinaOpener {
    RetinaOpener::new(Arc::new(SystemClock::new()))
}

fn request(url: &str, transport: Transport, password: Option<&str>) -> OpenRequest {
    OpenRequest {
        camera: CameraId(uuid::Uuid::nil()),
        role: Role::Main,
        url: StreamUrl::parse(url).unwrap(),
        transport,
        poll: None,
        credentials: password.map(|password| Credentials::new(USER, password)),
        allow_basic: false,
        tls: None,
    }
}

async fn open(request: OpenRequest) -> atalaya_model::Result<OpenStream> {
    StreamOpener::open(&opener(), request).await
}

/// The error of an opening that must fail.
async fn refused(request: OpenRequest) -> atalaya_model::Error {
    match open(request).await {
        Ok(_) => panic!("opened"),
        Err(error) => error,
    }
}

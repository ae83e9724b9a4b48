//! The commissioning report: reads every camera anew, tests its streams, takes a picture, and writes one page.

use crate::Result;
use crate::cameras::Cameras;
use crate::engine::Inner;
use crate::stills::Stills;
use crate::vm::camera::StreamTestVm;
use atalaya_model::camera::{Camera, Role, StreamConfig};
use atalaya_model::report::{CameraReport, DeviceReport, Language, Report, StreamReport, html};
use futures_util::StreamExt;
use futures_util::stream::iter;
use std::sync::Arc;

/// How many cameras are looked at at once.
const AT_ONCE: usize = 4;

/// Makes commissioning reports.
pub struct Reports {
    engine: Arc<Inner>,
}

impl Reports {
    pub(crate) fn new(engine: Arc<Inner>) -> Self {
        Self { engine }
    }

    /// Looks at every camera and returns the page. `progress` is told how many of how many are done. `version` is the
    /// program's.
    pub async fn commissioning(
        &self,
        language: Language,
        version: &'static str,
        mut progress: impl FnMut(usize, usize),
    ) -> Result<String> {
        let cameras = self.engine.ports.cameras.list().await?;
        let total = cameras.len();
        progress(0, total);
        let mut looks = iter(cameras).map(|camera| self.look(camera)).buffered(AT_ONCE);
        let mut reports = Vec::with_capacity(total);
        while let Some(report) = looks.next().await {
            reports.push(report);
            progress(reports.len(), total);
        }
        let report = Report { made_at: self.engine.ports.clock.wall(), version, cameras: reports };
        Ok(html(&report, language))
    }

    /// Writes a page to a file.
    pub async fn save(&self, page: String, path: &str, overwrite: bool) -> Result<()> {
        Ok(self.engine.ports.stills.save(path, page.into(), overwrite).await?)
    }

    async fn look(&self, camera: Camera) -> CameraReport {
        if !camera.enabled {
            return left_alone(camera);
        }
        let id = camera.id.to_string();
        let (device, clock_offset_ms) = self.device(&camera).await.unzip();
        let tests = Cameras::new(self.engine.clone()).test(&id).await.unwrap_or_default();
        let still = Stills::new(self.engine.clone()).take(&id).await.ok();
        CameraReport {
            device,
            clock_offset_ms: clock_offset_ms.flatten(),
            streams: camera
                .streams
                .iter()
                .map(|stream| {
                    let test = tests.iter().find(|test| test.role == stream.role.code());
                    stream_report(stream.role, stream.url.to_string(), test)
                })
                .collect(),
            switched_off: false,
            recorded: camera.is_recorded(),
            retention_days: camera.record.retention_days,
            picture: still.map(|still| still.data_url()),
            name: camera.name,
            host: camera.host,
        }
    }

    /// Who the camera says it is, and how far its clock is off; none where it cannot be asked.
    async fn device(&self, camera: &Camera) -> Option<(DeviceReport, Option<i64>)> {
        let url = camera.onvif_url.as_ref()?;
        let credentials = self.engine.credentials(camera).await.ok()?;
        let facts = self
            .engine
            .ports
            .onvif
            .read(url, credentials.as_ref(), camera.tls_fingerprint)
            .await
            .inspect_err(|error| tracing::warn!(camera = %camera.id, %error, "ONVIF could not be read"))
            .ok()?;
        let device = DeviceReport {
            vendor: facts.vendor,
            model: facts.model,
            firmware: facts.firmware,
            serial: facts.serial,
        };
        Some((device, facts.clock_offset_ms))
    }
}

/// A camera that is switched off, with what is known of it.
fn left_alone(camera: Camera) -> CameraReport {
    let stream = |stream: &StreamConfig| StreamReport {
        role: stream.role.code(),
        url: stream.url.to_string(),
        codec: stream.found.as_ref().map(|found| found.codec.clone()).unwrap_or_default(),
        width: stream.found.as_ref().map_or(0, |found| found.width),
        height: stream.found.as_ref().map_or(0, |found| found.height),
        fps_milli: stream.found.as_ref().map_or(0, |found| found.fps_milli),
        audio: stream.found.as_ref().and_then(|found| found.audio.clone()),
        ..StreamReport::default()
    };
    CameraReport {
        streams: camera.streams.iter().map(stream).collect(),
        switched_off: true,
        retention_days: camera.record.retention_days,
        name: camera.name,
        host: camera.host,
        ..CameraReport::default()
    }
}

fn stream_report(role: Role, url: String, test: Option<&StreamTestVm>) -> StreamReport {
    let Some(test) = test else {
        // Not tested, because the stream before it was refused the login.
        return StreamReport {
            role: role.code(),
            url,
            error: Some("unauthorized".into()),
            ..StreamReport::default()
        };
    };
    let stream = &test.stream;
    StreamReport {
        role: role.code(),
        url,
        codec: stream.codec.clone().unwrap_or_default(),
        width: stream.width.unwrap_or(0),
        height: stream.height.unwrap_or(0),
        fps_milli: stream.fps.map_or(0, |fps| (fps * 1000.0) as u32),
        audio: stream.audio.clone(),
        first_picture_ms: test.first_picture_ms,
        error: test.error.as_ref().map(|error| error.message.clone()),
    }
}

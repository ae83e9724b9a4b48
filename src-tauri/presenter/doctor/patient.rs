//! Owns who is examined, and with which login: a camera with its own, or a host with a typed one.

use crate::Result;
use crate::engine::Inner;
use crate::pull::{Login, PullHandle};
use crate::vm::doctor::DoctorRequest;
use atalaya_model::address::StreamUrl;
use atalaya_model::camera::{Camera, CameraId, PollInterval, Role, Transport};
use atalaya_model::certificate::CertificateFingerprint;
use atalaya_model::doctor::Subject;
use atalaya_model::pull::PullState;
use atalaya_model::secret::Credentials;
use atalaya_model::{Error, Kind};
use std::sync::Arc;
use tokio::sync::MutexGuard;

/// Who is examined.
pub(super) struct Patient {
    pub(super) subject: Subject,
    pub(super) credentials: Option<Credentials>,
    pub(super) onvif_url: Option<StreamUrl>,
    camera: Option<Camera>,
    /// The count of refused logins that the camera's pulls share, when it has any.
    login: Option<Arc<Login>>,
}

impl Patient {
    pub(super) async fn of(engine: &Arc<Inner>, request: DoctorRequest) -> Result<Self> {
        if let Some(camera) = &request.camera {
            let camera = engine.find_camera(camera).await?;
            let streams = camera.streams.iter().map(|stream| (stream.role, stream.url.clone())).collect();
            return Ok(Self {
                subject: Subject { host: camera.host.clone(), port: None, streams },
                credentials: engine.credentials(&camera).await?,
                onvif_url: camera.onvif_url.clone(),
                login: engine.login_of(camera.id),
                camera: Some(camera),
            });
        }
        let Some(host) = &request.host else {
            return Err(Error::new(Kind::InvalidInput, "the doctor needs a camera or a host").into());
        };
        let (subject, pasted) = Subject::parse(host)?;
        let typed = crate::cameras::login(request.user, request.password)?;
        Ok(Self { subject, credentials: typed.or(pasted), onvif_url: None, camera: None, login: None })
    }

    pub(super) fn user(&self) -> &str {
        self.credentials.as_ref().map_or("", |credentials| credentials.user.as_str())
    }

    /// The camera's id for logs; of a host that is no camera yet a nil one.
    pub(super) fn id(&self) -> CameraId {
        self.camera.as_ref().map_or(CameraId(uuid::Uuid::nil()), |camera| camera.id)
    }

    pub(super) fn transport(&self, role: Role) -> Transport {
        self.camera.as_ref().map_or(Transport::default(), |camera| camera.stream(role).transport)
    }

    /// How often single pictures are fetched, where the camera hands out such.
    pub(super) fn poll(&self, role: Role) -> Option<PollInterval> {
        self.camera.as_ref().and_then(|camera| camera.stream(role).poll)
    }

    /// Whether the user lets this camera have its password in the clear. Of a host that is no camera yet nobody has
    /// said so.
    pub(super) fn allows_basic(&self) -> bool {
        self.camera.as_ref().is_some_and(|camera| camera.allow_basic)
    }

    /// The certificate that the user accepted for this camera.
    pub(super) fn accepted(&self) -> Option<CertificateFingerprint> {
        self.camera.as_ref().and_then(|camera| camera.tls_fingerprint)
    }

    /// The camera's pull of this stream, where it plays just now.
    pub(super) fn playing(&self, engine: &Inner, role: Role) -> Option<PullHandle> {
        let camera = self.camera.as_ref()?;
        engine.all_pulls().into_iter().find(|pull| {
            let report = pull.report();
            report.camera.id == camera.id
                && report.role == role
                && matches!(report.state, PullState::Live { .. })
        })
    }

    /// The right to send the camera a login: one at a time over all who do.
    pub(super) async fn turn(&self) -> Option<MutexGuard<'_, ()>> {
        match &self.login {
            Some(login) => Some(login.turn().await),
            None => None,
        }
    }

    /// Whether the login was refused before, by the doctor or by a pull.
    pub(super) fn is_refused(&self, engine: &Inner) -> bool {
        let by_pull = self.login.as_ref().is_some_and(|login| login.is_refused());
        self.credentials.as_ref().is_some_and(|credentials| {
            by_pull || engine.doctor.refused().contain(&self.subject.host, credentials)
        })
    }

    /// Takes note of how an attempt with the login failed.
    pub(super) fn note(&self, engine: &Inner, error: &Error) {
        let Some(credentials) = self.credentials.as_ref().filter(|_| error.kind() == Kind::Unauthorized)
        else {
            return;
        };
        engine.doctor.refused().note(&self.subject.host, credentials);
        if let Some(login) = &self.login {
            login.note_spent();
        }
    }
}

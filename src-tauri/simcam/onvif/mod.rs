//! Owns the ONVIF face of a camera: device, both media, PTZ, imaging and event services over SOAP 1.2, by hand-written templates.
//! Must not know RTSP or pictures. Written apart from every client library on purpose: what it believes about ONVIF
//! comes from the WSDLs, so that a client's misreading shows.

mod device;
mod encoder;
mod events;
mod imaging;
mod media;
mod media2;
mod ptz;
mod security;
mod soap;

use crate::{
    camera::Camera,
    digest::Verdict,
    http,
    message::{Request, Response},
    xml,
};
use events::Subscriptions;
use security::ReplayGuard;
use soap::{Call, Fault};
use std::{net::SocketAddr, sync::Arc};

pub(crate) const DEVICE_PATH: &str = "/onvif/device_service";
const MEDIA_PATH: &str = "/onvif/media_service";
const MEDIA2_PATH: &str = "/onvif/media2_service";
const IMAGING_PATH: &str = "/onvif/imaging_service";
const PTZ_PATH: &str = "/onvif/ptz_service";
const EVENTS_PATH: &str = "/onvif/event_service";
const SUBSCRIPTION_PATH: &str = "/onvif/subscription/";

const DEVICE_NS: &str = "http://www.onvif.org/ver10/device/wsdl";
const MEDIA_NS: &str = "http://www.onvif.org/ver10/media/wsdl";
const MEDIA2_NS: &str = "http://www.onvif.org/ver20/media/wsdl";
const IMAGING_NS: &str = "http://www.onvif.org/ver20/imaging/wsdl";
const PTZ_NS: &str = "http://www.onvif.org/ver20/ptz/wsdl";
const EVENTS_NS: &str = "http://www.onvif.org/ver10/events/wsdl";
const NOTIFICATION_NS: &str = "http://docs.oasis-open.org/wsn/b-2";

/// What a service does with a call: the content of the SOAP body, or a fault.
type Outcome = Result<String, Fault>;

/// What a service needs to know to answer.
struct Context<'a> {
    camera: &'a Camera,
    /// The address the client asked; every URL in an answer is on it.
    local: SocketAddr,
    /// The RTSP port of the same camera.
    rtsp_port: u16,
}

impl Context<'_> {
    fn http_url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.camera.faults.http_scheme(), self.local)
    }

    fn rtsp_url(&self, path: &str) -> String {
        let at = SocketAddr::new(self.local.ip(), self.rtsp_port);
        format!("{}://{at}{path}", self.camera.faults.rtsp_scheme())
    }
}

/// The ONVIF side of one camera.
pub(crate) struct Device {
    camera: Arc<Camera>,
    rtsp_port: u16,
    subscriptions: Subscriptions,
    replays: ReplayGuard,
}

impl Device {
    pub(crate) fn new(camera: Arc<Camera>, rtsp_port: u16) -> Self {
        Self { camera, rtsp_port, subscriptions: Subscriptions::default(), replays: ReplayGuard::default() }
    }

    /// Answers a POST to one of the service paths.
    pub(crate) async fn answer(&self, request: &Request, path: &str, local: SocketAddr) -> Response {
        let call = Call::parse(&request.body);
        // First of all, for curl and others send an empty body until they have been challenged.
        if let Some(refusal) = self.refusal(request, call.as_ref().ok()) {
            return refusal;
        }
        let outcome = match call {
            Ok(call) => {
                let context = Context { camera: &self.camera, local, rtsp_port: self.rtsp_port };
                let name = call.operation.name.as_str();
                let outcome = match call.operation.namespace.as_str() {
                    DEVICE_NS => device::answer(&context, name, &call.operation),
                    MEDIA_NS => media::answer(&context, name, &call.operation),
                    MEDIA2_NS if !self.camera.faults.omits_media2() => {
                        media2::answer(&context, name, &call.operation)
                    }
                    IMAGING_NS => imaging::answer(&context, name, &call.operation),
                    PTZ_NS => ptz::answer(&context, name, &call.operation),
                    EVENTS_NS | NOTIFICATION_NS => {
                        let subscription = if self.camera.faults.names_events_by_reference() {
                            call.reference_parameters
                                .iter()
                                .find(|it| {
                                    it.namespace == events::REFERENCE_NS && it.name == events::REFERENCE
                                })
                                .map(xml::Element::text)
                        } else {
                            path.strip_prefix(SUBSCRIPTION_PATH)
                        };
                        self.subscriptions.answer(&context, name, &call.operation, subscription).await
                    }
                    _ => Err(Fault::not_supported()),
                };
                tracing::debug!(
                    camera = self.camera.identity.name,
                    operation = name,
                    ok = outcome.is_ok(),
                    "ONVIF"
                );
                outcome.map(|body| (body, call.message_id))
            }
            Err(fault) => Err(fault),
        };
        match outcome {
            Ok((body, message_id)) => Response::new(200, "OK")
                .with_body(soap::CONTENT_TYPE, soap::envelope(message_id.as_deref(), &body)),
            Err(fault) => fault.into_response(),
        }
    }

    /// The 401 that answers a call without right to it; HTTP Digest and WS-Security both open the door.
    fn refusal(&self, request: &Request, call: Option<&Call>) -> Option<Response> {
        if call.is_some_and(|call| device::is_open_to_all(&call.operation)) {
            return None;
        }
        let authenticator = &self.camera.authenticator;
        if let (Some(token), Some(account)) =
            (call.and_then(|call| call.username_token.as_ref()), authenticator.account())
            && security::token_is_right(token, account, self.camera.utc(), &self.replays)
        {
            return None;
        }
        match authenticator.judge("POST", &request.target, request.header("Authorization"), None) {
            Verdict::Granted { .. } => None,
            Verdict::Refused { stale } => Some(
                http::unauthorized(&self.camera, stale)
                    .with_body(soap::CONTENT_TYPE, Fault::not_authorized().envelope()),
            ),
        }
    }
}

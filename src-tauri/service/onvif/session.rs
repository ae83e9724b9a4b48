//! Owns a run of calls to one device: oxvif's client over the pinned transport, and oxvif's errors as ours.
//! Must not know what the answers are for.

use super::http::Login;
use super::transport::PinnedTransport;
use super::xml::Element;
use atalaya_model::address::StreamUrl;
use atalaya_model::secret::Credentials;
use atalaya_model::text::excerpt;
use atalaya_model::{Error, Kind, Result};
use oxvif::soap::{SoapEnvelope, SoapError};
use oxvif::{OnvifClient, OnvifError};
use reqwest::Client;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// Calls to one device, one after the other, over one connection.
pub(super) struct Session {
    onvif: OnvifClient,
    transport: Arc<PinnedTransport>,
    device_url: String,
}

impl Session {
    /// Calls without a login.
    pub(super) fn open(client: &Client, device: &StreamUrl, deadline: Duration) -> Result<Self> {
        let transport = Arc::new(PinnedTransport::new(client.clone(), device, None, deadline)?);
        let onvif = OnvifClient::new(device.as_str()).with_transport(transport.clone());
        Ok(Self { onvif, transport, device_url: device.as_str().to_owned() })
    }

    /// Calls with a login: WS-Security in each (ONVIF Core §5.9.2), made for a clock that is `clock_offset_s` ahead of
    /// this machine's, and HTTP Digest where the device asks for it.
    pub(super) fn with_login(
        client: &Client,
        device: &StreamUrl,
        credentials: &Credentials,
        clock_offset_s: i64,
        deadline: Duration,
    ) -> Result<Self> {
        let login = Login::new(credentials.clone());
        let transport = Arc::new(PinnedTransport::new(client.clone(), device, Some(login), deadline)?);
        let onvif = OnvifClient::new(device.as_str())
            .with_transport(transport.clone())
            .with_credentials(&credentials.user, credentials.password.expose())
            .with_utc_offset(clock_offset_s);
        Ok(Self { onvif, transport, device_url: device.as_str().to_owned() })
    }

    /// The device service's address.
    pub(super) fn device_url(&self) -> &str {
        &self.device_url
    }

    /// Whether anything came back over HTTP, be it an error.
    pub(super) fn has_answered(&self) -> bool {
        self.transport.has_answered()
    }

    /// Makes one of oxvif's calls; `action` names it in the error.
    pub(super) async fn call<T, F: Future<Output = std::result::Result<T, OnvifError>>>(
        &self,
        action: &'static str,
        call: impl FnOnce(OnvifClient) -> F,
    ) -> Result<T> {
        call(self.onvif.clone()).await.map_err(|foreign| {
            let error =
                self.transport.take_failure().unwrap_or_else(|| mapped(foreign)).with("action", action);
            if error.kind() == Kind::Unauthorized {
                self.transport.note_refusal();
            }
            error
        })
    }

    /// Makes a call of the device service that oxvif does not have, without parameters and without login; the body's
    /// first element of the answer.
    pub(super) async fn call_plain(&self, action: &'static str) -> Result<Element> {
        let uri = format!("http://www.onvif.org/ver10/device/wsdl/{action}");
        let envelope = SoapEnvelope::new(format!("<tds:{action}/>")).build();
        let answer = self.transport.call(&self.device_url, &uri, envelope).await?;
        Element::parse(&answer)
    }
}

/// Subcodes by which devices say that they want another login (ONVIF Core §5.9.2.2; WSS SOAP Message Security §12).
const LOGIN_FAULTS: [&str; 7] = [
    "NotAuthorized",
    "SenderNotAuthorized",
    "FailedAuthentication",
    "FailedCheck",
    "InvalidSecurity",
    "InvalidSecurityToken",
    "OperationProhibited",
];

/// Subcodes by which devices say that they cannot do what was asked.
const UNSUPPORTED_FAULTS: [&str; 3] =
    ["ActionNotSupported", "OptionalActionNotImplemented", "ServiceNotSupported"];

/// oxvif's errors as ours, in this one place.
fn mapped(error: OnvifError) -> Error {
    match error {
        OnvifError::Soap(SoapError::Fault { code, reason, subcode, .. }) => {
            let local = |name: &str| name.rsplit(':').next().unwrap_or_default().to_owned();
            let codes = [local(&code), local(subcode.as_deref().unwrap_or_default())];
            let is = |known: &[&str]| codes.iter().any(|code| known.contains(&code.as_str()));
            let says_unauthorized = reason.to_ascii_lowercase().contains("not authorized");
            let (kind, message) = if is(&LOGIN_FAULTS) || says_unauthorized {
                (Kind::Unauthorized, "the device refuses the login")
            } else if is(&UNSUPPORTED_FAULTS) {
                (Kind::Unsupported, "the device cannot do this")
            } else {
                (Kind::Protocol, "the device answers a fault")
            };
            Error::new(kind, message)
                .with("fault", excerpt(subcode.as_deref().unwrap_or(&code), 64))
                .with("reason", excerpt(&reason, 64))
        }
        OnvifError::Soap(cause) => {
            Error::new(Kind::Protocol, "the device's answer is not what ONVIF lays down")
                .with("cause", excerpt(&cause.to_string(), 64))
        }
        OnvifError::InvalidArgument(_) | OnvifError::Transport(_) => {
            Error::new(Kind::Internal, "an ONVIF call could not be made")
                .with("cause", excerpt(&error.to_string(), 64))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_have_kinds() {
        let fault = |code: &str, subcode: Option<&str>, reason: &str| {
            let (code, reason, subcode) = (code.into(), reason.into(), subcode.map(Into::into));
            mapped(SoapError::Fault { code, reason, subcode, detail: None }.into()).kind()
        };
        assert_eq!(fault("s:Sender", Some("ter:NotAuthorized"), ""), Kind::Unauthorized);
        assert_eq!(fault("env:Sender", Some("NotAuthorized"), ""), Kind::Unauthorized);
        assert_eq!(fault("wsse:FailedAuthentication", None, ""), Kind::Unauthorized);
        assert_eq!(fault("SOAP-ENV:Client", None, "Sender not authorized!"), Kind::Unauthorized);
        assert_eq!(fault("s:Receiver", Some("ter:ActionNotSupported"), ""), Kind::Unsupported);
        assert_eq!(fault("s:Receiver", Some("ter:Action"), "x"), Kind::Protocol);
        assert_eq!(mapped(SoapError::MissingBody.into()).kind(), Kind::Protocol);
    }
}

//! Owns a run of calls to one device: oxvif's client over the pinned transport, and oxvif's errors as ours.
//! Must not know what the answers are for.

use super::http::Login;
use super::reference::EndpointReference;
use super::transport::PinnedTransport;
use super::xml::Element;
use atalaya_model::address::StreamUrl;
use atalaya_model::secret::Credentials;
use atalaya_model::text::excerpt;
use atalaya_model::{Error, Kind, Result};
use oxvif::soap::{SoapEnvelope, SoapError, WsSecurityToken};
use oxvif::{OnvifClient, OnvifError, SystemDateTime};
use reqwest::Client;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Calls to one device, one after the other, over one connection.
pub(super) struct Session {
    onvif: OnvifClient,
    transport: Arc<PinnedTransport>,
    device_url: String,
    /// The login and how many seconds the device's clock is ahead of this machine's.
    login: Option<(Credentials, i64)>,
}

impl Session {
    /// Calls without a login.
    pub(super) fn open(client: &Client, device: &StreamUrl, deadline: Duration) -> Result<Self> {
        let transport = Arc::new(PinnedTransport::new(client.clone(), device, None, deadline)?);
        let onvif = OnvifClient::new(device.as_str()).with_transport(transport.clone());
        Ok(Self { onvif, transport, device_url: device.as_str().to_owned(), login: None })
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
        let login = Some((credentials.clone(), clock_offset_s));
        Ok(Self { onvif, transport, device_url: device.as_str().to_owned(), login })
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

    /// Asks the time (ONVIF Core §8.3.9), which needs no login.
    pub(super) async fn time(&self) -> Result<SystemDateTime> {
        self.call("GetSystemDateAndTime", |onvif| async move { onvif.get_system_date_and_time().await }).await
    }

    /// Makes a call whose answer this module reads itself: `service` is where, `body` the content of the SOAP body with
    /// the prefixes that oxvif declares; the body's first element of the answer.
    pub(super) async fn ask(&self, service: &str, action: &str, body: String) -> Result<Element> {
        self.noting(self.ask_gently(service, action, body).await)
    }

    /// The same for what a good login may be too low for: a refusal does not end the session.
    pub(super) async fn ask_gently(&self, service: &str, action: &str, body: String) -> Result<Element> {
        let sent = self.exchange(self.transport.deadline(), service, action, "", body).await;
        sent.and_then(|answer| body_of(&answer)).map_err(naming(action))
    }

    /// Makes a call at an endpoint that a device named by a reference: with WS-Addressing's headers, and what of the
    /// reference belongs into each message.
    pub(super) async fn ask_at(
        &self,
        deadline: Duration,
        endpoint: &EndpointReference,
        action: &str,
        body: String,
    ) -> Result<Element> {
        let headers = endpoint.headers(action, Uuid::new_v4());
        let sent = self.exchange(deadline, endpoint.address(), action, &headers, body).await;
        self.noting(sent.and_then(|answer| body_of(&answer)).map_err(naming(action)))
    }

    /// Makes a call whose answer is wanted as it came, besides being read: a reference in it is to be said again.
    pub(super) async fn ask_whole(
        &self,
        service: &str,
        action: &str,
        body: String,
    ) -> Result<(Element, String)> {
        let sent = self.exchange(self.transport.deadline(), service, action, "", body).await;
        let whole = |document: String| Ok((body_of(&document)?, document));
        self.noting(sent.and_then(whole).map_err(naming(action)))
    }

    /// Takes note of a refused login, so that it is not sent again (S6).
    fn noting<T>(&self, answer: Result<T>) -> Result<T> {
        answer.inspect_err(|error| {
            if error.kind() == Kind::Unauthorized {
                self.transport.note_refusal();
            }
        })
    }

    /// Sends a body with these headers beside the login; the envelope that comes back.
    async fn exchange(
        &self,
        deadline: Duration,
        service: &str,
        action: &str,
        headers: &str,
        body: String,
    ) -> Result<String> {
        let mut envelope = SoapEnvelope::new(body).with_wsa_to(service);
        if let Some((credentials, offset_s)) = &self.login {
            let (user, password) = (&credentials.user, credentials.password.expose());
            envelope = envelope.with_security(WsSecurityToken::generate(user, password, *offset_s));
        }
        let mut envelope = envelope.build();
        // The envelope is oxvif's, whose header has no place for more.
        if let Some(header) = envelope.find(HEADER) {
            envelope.insert_str(header + HEADER.len(), headers);
        }
        self.transport.call_within(deadline, service, action, envelope).await
    }

    /// Makes a call of the device service that oxvif does not have, without parameters and without login; the
    /// envelope of the answer.
    pub(super) async fn call_plain(&self, action: &'static str) -> Result<Element> {
        let uri = format!("http://www.onvif.org/ver10/device/wsdl/{action}");
        let envelope = SoapEnvelope::new(format!("<tds:{action}/>")).build();
        let answer = self.transport.call(&self.device_url, &uri, envelope).await?;
        Element::parse(&answer)
    }
}

/// How the header of oxvif's envelopes begins; there is one where a call says whom it is to.
const HEADER: &str = "<s:Header>";

/// Lets errors name the action, without its namespace.
fn naming(action: &str) -> impl Fn(Error) -> Error + '_ {
    move |error| error.with("action", action.rsplit('/').next().unwrap_or(action).to_owned())
}

/// The first element of an answer's body; a fault as an error.
pub(super) fn body_of(answer: &str) -> Result<Element> {
    let mut envelope = Element::parse(answer)?;
    let not_soap = || Error::new(Kind::Protocol, "the device's answer is not what ONVIF lays down");
    let body = envelope.take("Body").ok_or_else(not_soap)?;
    let first = body.into_first().ok_or_else(not_soap)?;
    if first.name() == "Fault" {
        return Err(fault(&first));
    }
    Ok(first)
}

/// A SOAP 1.2 fault (SOAP 1.2 Part 1 §5.4), or one of SOAP 1.1, which some devices send, as an error.
fn fault(fault: &Element) -> Error {
    let code = fault.text_at(&["Code", "Value"]).or(fault.text_at(&["faultcode"])).unwrap_or_default();
    // The innermost subcode says most.
    let mut subcode = None;
    let mut at = fault.at(&["Code", "Subcode"]);
    while let Some(element) = at {
        subcode = element.text_at(&["Value"]).or(subcode);
        at = element.at(&["Subcode"]);
    }
    let reason = fault.text_at(&["Reason", "Text"]).or(fault.text_at(&["faultstring"])).unwrap_or_default();
    // The outer one may be the one that is known: `NotAuthorized` stands above vendors' own.
    let outer = fault.text_at(&["Code", "Subcode", "Value"]);
    fault_error(&[code, outer.unwrap_or_default(), subcode.unwrap_or_default()], reason)
}

/// The error that a fault's codes, from general to special, and its reason stand for.
fn fault_error(codes: &[&str], reason: &str) -> Error {
    let local = |name: &str| name.rsplit(':').next().unwrap_or_default().trim().to_owned();
    let is = |known: &[&str]| codes.iter().any(|code| known.contains(&local(code).as_str()));
    let says_unauthorized = reason.to_ascii_lowercase().contains("not authorized");
    let (kind, message) = if is(&LOGIN_FAULTS) || says_unauthorized {
        (Kind::Unauthorized, "the device refuses the login")
    } else if is(&UNSUPPORTED_FAULTS) {
        (Kind::Unsupported, "the device cannot do this")
    } else if is(&UNKNOWN_FAULTS) {
        (Kind::NotFound, "the device knows nothing by this token")
    } else {
        (Kind::Protocol, "the device answers a fault")
    };
    let code = codes.iter().rev().find(|code| !code.is_empty()).copied().unwrap_or_default();
    Error::new(kind, message).with("fault", excerpt(code, 64)).with("reason", excerpt(reason, 64))
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

/// Subcodes by which devices say that a token names nothing (ONVIF PTZ §5.4, Media §5.13; WS-ResourceFramework for
/// subscriptions that are over).
const UNKNOWN_FAULTS: [&str; 6] =
    ["NoToken", "NoEntity", "NoConfig", "NoProfile", "ResourceUnknownFault", "InvalidToken"];

/// oxvif's errors as ours, in this one place.
fn mapped(error: OnvifError) -> Error {
    match error {
        OnvifError::Soap(SoapError::Fault { code, reason, subcode, .. }) => {
            fault_error(&[&code, subcode.as_deref().unwrap_or_default()], &reason)
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
        assert_eq!(fault("s:Sender", Some("ter:NoToken"), ""), Kind::NotFound);
        assert_eq!(mapped(SoapError::MissingBody.into()).kind(), Kind::Protocol);
    }
}

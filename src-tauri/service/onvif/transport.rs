//! Owns oxvif's way to the wire: every call goes to the one device, whatever address it names for its services, and
//! what comes back is within limits before oxvif parses it.
//! Must not know which calls are made.

use super::http::{self, Login, Question};
use super::xml::Element;
use atalaya_model::address::StreamUrl;
use atalaya_model::{Error, Kind, Result};
use oxvif::transport::{Transport, TransportError};
use reqwest::header::HeaderValue;
use reqwest::{Client, Method, StatusCode};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use url::Url;

/// The largest answer to a call (S9).
const ANSWER_MAX_BYTES: usize = 1024 * 1024;

/// What can be learned of a refused call besides its error.
pub(super) struct PinnedTransport {
    client: Client,
    device: Url,
    login: Option<Login>,
    deadline: Duration,
    /// Any HTTP status came back.
    answered: AtomicBool,
    /// The login was refused once: it is not sent again (S6).
    refused: AtomicBool,
    /// Why the last call failed, for whoever called oxvif: its own error type has no room for ours.
    failure: Mutex<Option<Error>>,
}

impl PinnedTransport {
    /// A way to the device behind `device`; each call may take `deadline`.
    pub(super) fn new(
        client: Client,
        device: &StreamUrl,
        login: Option<Login>,
        deadline: Duration,
    ) -> Result<Self> {
        let device = Url::parse(device.as_str())
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .ok_or_else(|| Error::new(Kind::InvalidInput, "an ONVIF address begins with http or https"))?;
        Ok(Self {
            client,
            device,
            login,
            deadline,
            answered: AtomicBool::new(false),
            refused: AtomicBool::new(false),
            failure: Mutex::new(None),
        })
    }

    /// How long a call may take.
    pub(super) fn deadline(&self) -> Duration {
        self.deadline
    }

    /// Whether the device has answered anything over HTTP.
    pub(super) fn has_answered(&self) -> bool {
        self.answered.load(Ordering::Relaxed)
    }

    /// Takes note that the login was refused: the next calls fail without being sent.
    pub(super) fn note_refusal(&self) {
        self.refused.store(true, Ordering::Relaxed);
    }

    /// Why the last call did not get an answer that could be parsed.
    pub(super) fn take_failure(&self) -> Option<Error> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The address asked instead of the one a device names: path and query of that, all else of the device's own.
    /// Devices behind NAT or with two interfaces name addresses that lead nowhere; hostile ones name others' (S3).
    fn pinned(&self, named: &str) -> Url {
        let mut url = self.device.clone();
        if let Ok(named) = self.device.join(named) {
            url.set_path(named.path());
            url.set_query(named.query());
        }
        url
    }

    /// Sends one envelope; the body of an answer that SOAP may make sense of.
    pub(super) async fn call(&self, url: &str, action: &str, envelope: String) -> Result<String> {
        self.call_within(self.deadline, url, action, envelope).await
    }

    /// The same with a deadline of its own, for calls that the device answers late on purpose.
    pub(super) async fn call_within(
        &self,
        deadline: Duration,
        url: &str,
        action: &str,
        envelope: String,
    ) -> Result<String> {
        if self.login.is_some() && self.refused.load(Ordering::Relaxed) {
            return Err(Error::new(Kind::Unauthorized, "the device refused the login before"));
        }
        // SOAP 1.2 carries the action in the content type (SOAP 1.2 Part 2 §6.5.3).
        let content_type = format!("application/soap+xml; charset=utf-8; action=\"{action}\"");
        let content_type = HeaderValue::from_str(&content_type).expect("actions are plain URIs");
        let url = self.pinned(url);
        let question = Question {
            method: Method::POST,
            url: &url,
            body: Some((content_type, envelope)),
            deadline,
            cap_bytes: ANSWER_MAX_BYTES,
        };
        let answer = http::ask(&self.client, &question, self.login.as_ref()).await?;
        self.answered.store(true, Ordering::Relaxed);
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        match answer.status {
            // 400 and 500 carry SOAP faults (SOAP 1.2 Part 2 §7.5.2.2).
            StatusCode::OK | StatusCode::BAD_REQUEST | StatusCode::INTERNAL_SERVER_ERROR => Ok(text),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Err(Error::new(Kind::Unauthorized, "the device refuses the login")
                    .with("status", answer.status))
            }
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED => {
                Err(Error::new(Kind::Unsupported, "there is no ONVIF service").with("status", answer.status))
            }
            status => {
                Err(Error::new(Kind::Protocol, "the device answers an HTTP error").with("status", status))
            }
        }
    }
}

#[async_trait::async_trait]
impl Transport for PinnedTransport {
    async fn soap_post(
        &self,
        url: &str,
        action: &str,
        body: String,
    ) -> std::result::Result<String, TransportError> {
        let answer = self.call(url, action, body).await;
        // oxvif's own reader has no limits (S9); everybody else reads with `Element`.
        answer.and_then(|text| Element::parse(&text).map(|_| text)).map_err(|error| {
            *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            TransportError::HttpStatus { status: 0, body: String::new() }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_address_is_asked_of_the_device() {
        let device = StreamUrl::parse("http://192.0.2.7:8080/onvif/device_service").unwrap();
        let transport = PinnedTransport::new(http::unproven(), &device, None, Duration::ZERO).unwrap();
        for (named, asked) in [
            ("http://192.0.2.7:8080/onvif/media", "http://192.0.2.7:8080/onvif/media"),
            ("http://203.0.113.9/onvif/media?x=1", "http://192.0.2.7:8080/onvif/media?x=1"),
            ("https://user:pw@evil.example:1/a", "http://192.0.2.7:8080/a"),
            ("//evil.example/a", "http://192.0.2.7:8080/a"),
            ("file:///etc/passwd", "http://192.0.2.7:8080/etc/passwd"),
            ("http://[::1]:99999/", "http://192.0.2.7:8080/onvif/device_service"),
            ("/onvif/ptz", "http://192.0.2.7:8080/onvif/ptz"),
            ("", "http://192.0.2.7:8080/onvif/device_service"),
            ("data:text/plain,x", "http://192.0.2.7:8080/text/plain,x"),
        ] {
            assert_eq!(transport.pinned(named).as_str(), asked, "{named}");
        }
    }

    #[test]
    fn only_http_is_a_device_service() {
        let device = StreamUrl::parse("rtsp://192.0.2.7/x").unwrap();
        let refused = PinnedTransport::new(http::unproven(), &device, None, Duration::ZERO);
        assert_eq!(refused.err().map(|error| error.kind()), Some(Kind::InvalidInput));
    }
}

//! Owns HTTP towards one device: deadline, size cap, no redirects, no proxy, whose certificate is believed, Digest at
//! most once per question.
//! Must not know SOAP.

use super::digest::{Challenge, Target};
use crate::tls;
use atalaya_model::certificate::CertificateFingerprint;
use atalaya_model::secret::Credentials;
use atalaya_model::{Error, Kind, Result};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, ClientBuilder, Method, Response, StatusCode, redirect};
use std::collections::BTreeMap;
use std::error::Error as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use url::{Position, Url};

/// On a LAN a device that has not taken a connection by then is not there.
const CONNECT_DEADLINE: Duration = Duration::from_secs(2);
/// How long a connection waits for the next call.
const IDLE: Duration = Duration::from_secs(10);

/// The clients that devices share, one for each certificate accepted: no connection made to one camera's certificate
/// is used for another's. They keep no cookies and no logins.
#[derive(Default)]
pub(super) struct Clients(Mutex<BTreeMap<Option<CertificateFingerprint>, Client>>);

impl Clients {
    /// The client for devices of which this certificate was accepted, or none was.
    pub(super) fn of(&self, accepted: Option<CertificateFingerprint>) -> Client {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let made = || built(settings().tls_backend_preconfigured(tls::config(accepted)));
        clients.entry(accepted).or_insert_with(made).clone()
    }
}

/// The client for questions without a login, which believes every certificate: whoever only looks around has nothing
/// to lose by it.
pub(super) fn unproven() -> Client {
    built(settings().tls_danger_accept_invalid_certs(true))
}

fn built(settings: ClientBuilder) -> Client {
    settings.build().expect("the options are constant and no file is read")
}

fn settings() -> ClientBuilder {
    Client::builder()
        // A redirect could lead anywhere, login included (S3).
        .redirect(redirect::Policy::none())
        // A camera is on the LAN; a proxy would get its logins to see.
        .no_proxy()
        .connect_timeout(CONNECT_DEADLINE)
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(1)
        .user_agent(crate::USER_AGENT)
}

/// A login at one device and the challenge it answered last, so that the next call needs no refusal first.
pub(super) struct Login {
    pub(super) credentials: Credentials,
    challenge: Mutex<Option<Challenge>>,
}

impl Login {
    pub(super) fn new(credentials: Credentials) -> Self {
        Self { credentials, challenge: Mutex::new(None) }
    }

    fn remembered(&self, target: Target<'_>) -> Result<Option<String>> {
        let mut challenge = self.challenge.lock().unwrap_or_else(PoisonError::into_inner);
        challenge.as_mut().map(|challenge| challenge.answer(target, &self.credentials)).transpose()
    }

    fn remember(&self, challenge: Challenge) {
        *self.challenge.lock().unwrap_or_else(PoisonError::into_inner) = Some(challenge);
    }
}

/// One request.
pub(super) struct Question<'a> {
    pub(super) method: Method,
    pub(super) url: &'a Url,
    /// Content type and body.
    pub(super) body: Option<(HeaderValue, String)>,
    /// The whole of it, with any login.
    pub(super) deadline: Duration,
    /// The largest body taken, in bytes.
    pub(super) cap_bytes: usize,
}

/// What came back: status and body, whatever the status.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
}

/// Asks once and, where a login is given and Digest is asked for, once more with it. So a wrong password is tried once
/// by HTTP; the answer to a remembered challenge is given anew only when the device says that just the nonce was old.
pub(super) async fn ask(client: &Client, question: &Question<'_>, login: Option<&Login>) -> Result<Answer> {
    let peer = || {
        format!(
            "{}:{}",
            question.url.host_str().unwrap_or(""),
            question.url.port_or_known_default().unwrap_or(0)
        )
    };
    tokio::time::timeout(question.deadline, exchange(client, question, login))
        .await
        .unwrap_or_else(|_| Err(Error::new(Kind::Timeout, "the device did not answer in time")))
        .map_err(|error| error.with("peer", peer()))
}

async fn exchange(client: &Client, question: &Question<'_>, login: Option<&Login>) -> Result<Answer> {
    let target = Target {
        method: question.method.as_str(),
        uri: &question.url[Position::BeforePath..Position::AfterQuery],
        body: question.body.as_ref().map(|(_, body)| body.as_bytes()),
    };
    let remembered = login.map(|login| login.remembered(target)).transpose()?.flatten();
    let was_remembered = remembered.is_some();
    let mut response = send(client, question, remembered).await?;
    if let Some(login) = login.filter(|_| response.status() == StatusCode::UNAUTHORIZED) {
        let mut challenge = Challenge::choose(response.headers())?;
        // An answer to a remembered challenge may only have been too old; one to a fresh challenge was wrong.
        if !was_remembered || challenge.is_stale() {
            let answer = challenge.answer(target, &login.credentials)?;
            login.remember(challenge);
            // Read to its end, so that the connection can carry the answer.
            take_body(response, question.cap_bytes).await?;
            response = send(client, question, Some(answer)).await?;
        }
    }
    Ok(Answer { status: response.status(), body: take_body(response, question.cap_bytes).await? })
}

async fn send(client: &Client, question: &Question<'_>, authorization: Option<String>) -> Result<Response> {
    let mut headers = HeaderMap::new();
    let mut request = client.request(question.method.clone(), question.url.clone());
    if let Some((content_type, body)) = &question.body {
        headers.insert(CONTENT_TYPE, content_type.clone());
        request = request.body(body.clone());
    }
    if let Some(authorization) = authorization {
        let mut value = HeaderValue::from_bytes(authorization.as_bytes())
            .map_err(|_| Error::new(Kind::InvalidInput, "the user name cannot stand in an HTTP header"))?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    request.headers(headers).send().await.map_err(|cause| foreign(&cause))
}

async fn take_body(mut response: Response, cap_bytes: usize) -> Result<Vec<u8>> {
    let too_long =
        || Error::new(Kind::Refused, "the device's answer is too long").with("cap_bytes", cap_bytes);
    if response.content_length().is_some_and(|length| length > cap_bytes as u64) {
        return Err(too_long());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|cause| foreign(&cause))? {
        if body.len() + chunk.len() > cap_bytes {
            return Err(too_long());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// reqwest's errors as ours. Its texts hold the URL, which may hold a secret, so only the cause's text is kept.
fn foreign(error: &reqwest::Error) -> Error {
    if let Some(error) = tls::failure(error) {
        return error;
    }
    let (kind, message) = if error.is_timeout() {
        (Kind::Timeout, "the device did not answer in time")
    } else if error.is_connect() {
        (Kind::Unreachable, "the device cannot be connected to")
    } else if error.is_request() || error.is_body() {
        (Kind::Unreachable, "the connection to the device broke, or it does not speak HTTP")
    } else {
        (Kind::Protocol, "the device's answer is not HTTP")
    };
    let mut innermost = error.source();
    while let Some(deeper) = innermost.and_then(std::error::Error::source) {
        innermost = Some(deeper);
    }
    let error = Error::new(kind, message);
    match innermost {
        Some(cause) => error.caused_by(cause.to_string()),
        None => error,
    }
}

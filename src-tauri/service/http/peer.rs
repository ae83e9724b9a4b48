//! Owns HTTP towards one camera: the addresses pinned, TLS, one GET at a time, with at most one login in it. Must not
//! know what the answers hold.

use super::login::{Challenged, DigestSeen, answer};
use super::{deadline, failure};
use crate::USER_AGENT;
use atalaya_model::address::StreamUrl;
use atalaya_model::ports::OpenRequest;
use atalaya_model::secret::Credentials;
use atalaya_model::{Error, Kind, Result};
use reqwest::header::{AUTHORIZATION, HeaderMap};
use reqwest::{Client, Response, StatusCode, redirect};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use url::{Position, Url};

/// The most addresses of a host that are tried.
const ADDRESSES_MAX: usize = 8;

/// How much is known of who is at the other end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// Plain HTTP.
    None,
    /// TLS with a certificate that this system trusts for the host.
    Proven,
    /// TLS with another certificate: more than plain HTTP gives, but anybody could be at the other end.
    Unproven,
}

/// One camera's address and the way to it.
pub(super) struct Peer {
    client: Client,
    trust: Trust,
    addresses: Vec<SocketAddr>,
    url: StreamUrl,
    target: Url,
    credentials: Option<Credentials>,
    allow_basic: bool,
    seen: Arc<DigestSeen>,
}

impl Peer {
    /// Looks the host up, once for the life of the stream.
    pub(super) async fn find(request: OpenRequest, seen: Arc<DigestSeen>) -> Result<Self> {
        let OpenRequest { url, credentials, allow_basic, .. } = request;
        let target = Url::parse(url.as_str()).map_err(|cause| {
            Error::new(Kind::InvalidInput, "not a URL").with("url", &url).caused_by(cause.to_string())
        })?;
        let addresses = addresses(&url).await?;
        let trust = if url.scheme() == "https" { Trust::Proven } else { Trust::None };
        let (client, trust) = match client(&url, &addresses, trust) {
            Ok(client) => (client, trust),
            // This system has no list of trusted certificates: nothing can be proven here.
            Err(_) => (client(&url, &addresses, Trust::Unproven)?, Trust::Unproven),
        };
        Ok(Self { client, trust, addresses, url, target, credentials, allow_basic, seen })
    }

    /// The address as the user gave it.
    pub(super) const fn url(&self) -> &StreamUrl {
        &self.url
    }

    /// Fetches the address: without a login first and, where the camera asks for one and there is one, once with it.
    /// The answer has any status but 401.
    pub(super) async fn get(&mut self, conditions: &HeaderMap) -> Result<Response> {
        let late = "the camera did not answer in time";
        let url = self.url.clone();
        failure::within(deadline::HEAD, &url, late, self.exchange(conditions)).await
    }

    async fn exchange(&mut self, conditions: &HeaderMap) -> Result<Response> {
        let mut response = self.send(conditions.clone()).await?;
        // The second answer is for a camera that calls the login right and only the nonce old (RFC 7616 §3.3).
        for attempt in 0..2 {
            if response.status() != StatusCode::UNAUTHORIZED {
                return Ok(response);
            }
            let Some(credentials) = &self.credentials else { break };
            let challenged = Challenged {
                headers: response.headers(),
                credentials,
                uri: &self.target[Position::BeforePath..Position::AfterQuery],
                camera: (self.url.host(), self.url.port()),
                may_be_clear: self.allow_basic || self.trust == Trust::Proven,
            };
            let answer = answer(&challenged, &self.seen).map_err(|error| failure::at(&self.url, error))?;
            if attempt > 0 && !answer.stale {
                break;
            }
            let mut headers = conditions.clone();
            headers.insert(AUTHORIZATION, answer.header);
            response = self.send(headers).await?;
        }
        if response.status() == StatusCode::UNAUTHORIZED {
            return Err(failure::status(&self.url, StatusCode::UNAUTHORIZED));
        }
        Ok(response)
    }

    async fn send(&mut self, headers: HeaderMap) -> Result<Response> {
        match self.client.get(self.target.clone()).headers(headers.clone()).send().await {
            // Cameras sign their own certificates. Without proof there is no Basic (S5); all else is as with HTTP.
            Err(error)
                if self.trust == Trust::Proven && failure::innermost(&error).contains("certificate") =>
            {
                if headers.contains_key(AUTHORIZATION) {
                    return Err(failure::foreign(&self.url, &error));
                }
                self.trust = Trust::Unproven;
                self.client = client(&self.url, &self.addresses, self.trust)?;
                let again = self.client.get(self.target.clone()).headers(headers).send().await;
                again.map_err(|error| failure::foreign(&self.url, &error))
            }
            sent => sent.map_err(|error| failure::foreign(&self.url, &error)),
        }
    }
}

/// What the host's name means now; a literal address means itself.
async fn addresses(url: &StreamUrl) -> Result<Vec<SocketAddr>> {
    let (host, port) = (url.host(), url.port());
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let look_up = async {
        let found = tokio::net::lookup_host((host, port)).await.map_err(|cause| {
            failure::at(url, Error::new(Kind::Unreachable, "the camera's name is unknown")).caused_by(cause)
        })?;
        Ok(found.take(ADDRESSES_MAX).collect::<Vec<_>>())
    };
    failure::within(deadline::RESOLVE, url, "the camera's name was not looked up in time", look_up).await
}

fn client(url: &StreamUrl, addresses: &[SocketAddr], trust: Trust) -> Result<Client> {
    Client::builder()
        // A redirect could lead anywhere, login included (S3).
        .redirect(redirect::Policy::none())
        // A camera is on the LAN; a proxy would get its logins to see.
        .no_proxy()
        .resolve_to_addrs(url.host(), addresses)
        .tls_danger_accept_invalid_certs(trust != Trust::Proven)
        .http1_only()
        .connect_timeout(deadline::CONNECT)
        .pool_max_idle_per_host(1)
        .user_agent(USER_AGENT)
        .build()
        .map_err(|cause| {
            Error::new(Kind::Internal, "no HTTP client can be made").caused_by(failure::innermost(&cause))
        })
}

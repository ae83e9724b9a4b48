//! Owns HTTP towards one camera: the addresses pinned, its certificate, one GET at a time, with at most one login in
//! it. Must not know what the answers hold.

use super::login::{Challenged, DigestSeen, answer};
use super::{deadline, failure};
use crate::{USER_AGENT, tls};
use atalaya_model::address::StreamUrl;
use atalaya_model::certificate::CertificateFingerprint;
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

/// One camera's address and the way to it.
pub(super) struct Peer {
    client: Client,
    url: StreamUrl,
    target: Url,
    credentials: Option<Credentials>,
    allow_basic: bool,
    seen: Arc<DigestSeen>,
}

impl Peer {
    /// Looks the host up, once for the life of the stream.
    pub(super) async fn find(request: OpenRequest, seen: Arc<DigestSeen>) -> Result<Self> {
        let OpenRequest { url, credentials, allow_basic, tls, .. } = request;
        let target = Url::parse(url.as_str()).map_err(|cause| {
            Error::new(Kind::InvalidInput, "not a URL").with("url", &url).caused_by(cause.to_string())
        })?;
        let client = client(&url, &addresses(&url).await?, tls)?;
        Ok(Self { client, url, target, credentials, allow_basic, seen })
    }

    /// The address as the user gave it.
    pub(super) const fn url(&self) -> &StreamUrl {
        &self.url
    }

    /// Fetches the address: without a login first and, where the camera asks for one and there is one, once with it.
    /// The answer has any status but 401.
    pub(super) async fn get(&self, conditions: &HeaderMap) -> Result<Response> {
        let late = "the camera did not answer in time";
        failure::within(deadline::HEAD, &self.url, late, self.exchange(conditions)).await
    }

    async fn exchange(&self, conditions: &HeaderMap) -> Result<Response> {
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
                // Over TLS nothing is answered by a camera whose certificate is not believed.
                may_be_clear: self.allow_basic || self.url.scheme() == "https",
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

    async fn send(&self, headers: HeaderMap) -> Result<Response> {
        let sent = self.client.get(self.target.clone()).headers(headers).send().await;
        sent.map_err(|error| failure::foreign(&self.url, &error))
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

fn client(
    url: &StreamUrl,
    addresses: &[SocketAddr],
    accepted: Option<CertificateFingerprint>,
) -> Result<Client> {
    Client::builder()
        // A redirect could lead anywhere, login included (S3).
        .redirect(redirect::Policy::none())
        // A camera is on the LAN; a proxy would get its logins to see.
        .no_proxy()
        .resolve_to_addrs(url.host(), addresses)
        .tls_backend_preconfigured(tls::config(accepted))
        .http1_only()
        .connect_timeout(deadline::CONNECT)
        // As over RTSP: a camera that comes back after a power cut knows nothing of the connection, and says so if asked.
        .tcp_keepalive(deadline::SILENCE)
        .tcp_keepalive_interval(deadline::SILENCE_AGAIN)
        .pool_max_idle_per_host(1)
        .user_agent(USER_AGENT)
        .build()
        .map_err(|cause| {
            Error::new(Kind::Internal, "no HTTP client can be made").caused_by(failure::innermost(&cause))
        })
}

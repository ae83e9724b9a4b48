//! Owns looking for the device service at a host.
//! Must not know how hosts are found.

use super::session::Session;
use atalaya_model::address::StreamUrl;
use atalaya_model::text::excerpt;
use atalaya_model::{Error, Kind, Result};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use reqwest::Client;
use std::time::Duration;

/// Ports on which device services are found; the first is the standard's.
const USUAL_PORTS: [u16; 9] = [80, 8080, 8000, 2020, 8899, 8081, 5000, 443, 8443];
/// For the one call; a host that drops what it does not serve costs this much.
const CALL_DEADLINE: Duration = Duration::from_secs(3);

/// The entry point of every device (ONVIF Core §5.1.1) at a host by name or address. What is not one is refused, lest
/// a text with a slash or an at sign in it leads elsewhere.
pub(crate) fn device_url(host: &str, port: u16) -> Result<StreamUrl> {
    let bracketed = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let host = url::Host::parse(&bracketed).map_err(|cause| {
        Error::new(Kind::InvalidInput, "not a host's name or address")
            .with("host", excerpt(host, 64))
            .caused_by(cause)
    })?;
    StreamUrl::parse(&format!("{}://{host}:{port}/onvif/device_service", scheme(port)))
}

/// What is spoken on a port where nobody has said.
const fn scheme(port: u16) -> &'static str {
    if matches!(port, 443 | 8443) { "https" } else { "http" }
}

/// The first device service that tells the time without a login.
pub(super) async fn locate(client: &Client, host: &str, port: Option<u16>) -> Result<StreamUrl> {
    if let Some(port) = port {
        let url = device_url(host, port)?;
        return match ask(client, &url).await {
            // Some old cameras want a login even for the time. Who names the port may be believed.
            Err(error) if error.kind() == Kind::Unauthorized => Ok(url),
            // A TLS server that is spoken to in the clear breaks off, or answers something else.
            Err(error)
                if matches!(error.kind(), Kind::Unreachable | Kind::Protocol) && url.scheme() == "http" =>
            {
                let secure = StreamUrl::parse(&url.as_str().replacen("http", "https", 1))?;
                ask(client, &secure).await.map(|()| secure).map_err(|_| error)
            }
            answer => answer.map(|()| url),
        };
    }
    let mut asked: FuturesUnordered<_> = USUAL_PORTS.iter().map(|port| at(client, host, *port)).collect();
    let mut failure: Option<Error> = None;
    while let Some(answer) = asked.next().await {
        match answer {
            Ok(url) => return Ok(url),
            // What a server says is better to know than that a port is closed.
            Err(error) => match &failure {
                Some(kept) if !matches!(kept.kind(), Kind::Unreachable | Kind::Timeout) => {}
                _ => failure = Some(error),
            },
        }
    }
    let error = failure.expect("there are usual ports");
    Err(match error.kind() {
        Kind::Unreachable | Kind::Timeout | Kind::Unauthorized | Kind::InvalidInput => error,
        _ => Error::new(Kind::NotFound, "no ONVIF device service on the usual ports").caused_by(error),
    }
    .with("host", host))
}

async fn at(client: &Client, host: &str, port: u16) -> Result<StreamUrl> {
    let url = device_url(host, port)?;
    ask(client, &url).await?;
    Ok(url)
}

async fn ask(client: &Client, url: &StreamUrl) -> Result<()> {
    Session::open(client, url, CALL_DEADLINE)?.time().await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_are_hosts() {
        let url =
            |host| device_url(host, 8080).map(|url| url.as_str().to_owned()).map_err(|error| error.kind());
        assert_eq!(url("cam-1.lan").unwrap(), "http://cam-1.lan:8080/onvif/device_service");
        assert_eq!(url("192.0.2.7").unwrap(), "http://192.0.2.7:8080/onvif/device_service");
        assert_eq!(url("fe80::1").unwrap(), "http://[fe80::1]:8080/onvif/device_service");
        for bad in ["", "not a host", "h/x", "u@h", "h:81", "h?x", "h#x", "[::1", "h\\x"] {
            assert_eq!(url(bad), Err(Kind::InvalidInput), "{bad}");
        }
    }
}

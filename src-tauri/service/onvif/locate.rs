//! Owns looking for the device service at a host.
//! Must not know how hosts are found.

use super::session::Session;
use atalaya_model::address::StreamUrl;
use atalaya_model::{Error, Kind, Result};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use reqwest::Client;
use std::time::Duration;

/// Ports on which device services are found; the first is the standard's.
const USUAL_PORTS: [u16; 8] = [80, 8080, 8000, 2020, 8899, 8081, 5000, 443];
/// For the one call; a host that drops what it does not serve costs this much.
const CALL_DEADLINE: Duration = Duration::from_secs(3);

/// The entry point of every device (ONVIF Core §5.1.1).
pub(crate) fn device_url(host: &str, port: u16) -> Result<StreamUrl> {
    let scheme = if port == 443 { "https" } else { "http" };
    StreamUrl::parse(&format!("{scheme}://localhost/onvif/device_service"))
        .map(|url| url.pinned_to(host, Some(port)))
}

/// The first device service that tells the time without a login.
pub(super) async fn locate(client: &Client, host: &str, port: Option<u16>) -> Result<StreamUrl> {
    if let Some(port) = port {
        return match ask(client, host, port).await {
            // Some old cameras want a login even for the time. Who names the port may be believed.
            Err(error) if error.kind() == Kind::Unauthorized => device_url(host, port),
            answer => answer,
        };
    }
    let mut asked: FuturesUnordered<_> = USUAL_PORTS.iter().map(|port| ask(client, host, *port)).collect();
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
        Kind::Unreachable | Kind::Timeout | Kind::Unauthorized => error,
        _ => Error::new(Kind::NotFound, "no ONVIF device service on the usual ports").caused_by(error),
    }
    .with("host", host))
}

async fn ask(client: &Client, host: &str, port: u16) -> Result<StreamUrl> {
    let url = device_url(host, port)?;
    let session = Session::open(client, &url, CALL_DEADLINE)?;
    session
        .call("GetSystemDateAndTime", |onvif| async move { onvif.get_system_date_and_time().await })
        .await?;
    Ok(url)
}

//! Who may use the live socket (S13): the page of this program's window, known by the address it asked for, the
//! origin the browser vouches for, and a token that only the window was told.
//!
//! Must not know what is said after the door.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngCore;
use subtle::ConstantTimeEq;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::header::{AsHeaderName, HOST, ORIGIN};
use tokio_tungstenite::tungstenite::http::{HeaderMap, StatusCode};

/// The only path served.
const PATH: &str = "/live";

/// The origins of the window's page: macOS and Linux; Windows; Windows with `useHttpsScheme`.
const ORIGINS: [&str; 3] = ["tauri://localhost", "http://tauri.localhost", "https://tauri.localhost"];

/// 256 bits: not to be guessed.
const TOKEN_BYTES: usize = 32;

/// The door of one server.
pub(super) struct Admission {
    port: u16,
    token: String,
}

impl Admission {
    /// A door with a new token, from the operating system's seeded generator.
    pub(super) fn new(port: u16) -> Self {
        let mut random = [0; TOKEN_BYTES];
        rand::rng().fill_bytes(&mut random);
        Self { port, token: URL_SAFE_NO_PAD.encode(random) }
    }

    /// The address to connect to.
    pub(super) fn url(&self) -> String {
        format!("ws://127.0.0.1:{}{PATH}", self.port)
    }

    /// What the first message must hold.
    pub(super) fn token(&self) -> &str {
        &self.token
    }

    /// Checks the handshake's request line and headers, before the token can be known.
    #[expect(clippy::result_large_err, reason = "the type of the library's callback")]
    pub(super) fn check(&self, request: &Request, response: Response) -> Result<Response, ErrorResponse> {
        match self.flaw(request) {
            None => Ok(response),
            Some(flaw) => {
                tracing::warn!(flaw, "the live socket refused a handshake");
                let mut refusal = ErrorResponse::new(None);
                *refusal.status_mut() = StatusCode::FORBIDDEN;
                Err(refusal)
            }
        }
    }

    fn flaw(&self, request: &Request) -> Option<&'static str> {
        let port = self.port;
        // A page that rebinds its own name to 127.0.0.1 (DNS rebinding) asks for its own name.
        let hosts = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
        let host_is_ours = only(request.headers(), HOST).is_some_and(|host| hosts.iter().any(|h| h == host));
        // A program that is no browser may claim any origin; the token is for those.
        let origin_is_ours = only(request.headers(), ORIGIN).is_some_and(|origin| ORIGINS.contains(&origin));
        if *request.uri() != *PATH {
            Some("path")
        } else if !host_is_ours {
            Some("host")
        } else if !origin_is_ours {
            Some("origin")
        } else {
            None
        }
    }

    /// Whether this is the token. Takes the same time wherever the first difference is.
    pub(super) fn knows(&self, token: &str) -> bool {
        self.token.as_bytes().ct_eq(token.as_bytes()).into()
    }
}

/// The header's value when it is there exactly once.
fn only(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())?.to_str().ok()
}

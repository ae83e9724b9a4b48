//! One connection to the live socket, from the handshake to its end: obeys the window's requests and sends what the
//! presenter's session hands over.
//!
//! Back-pressure is the point of it: nothing is taken from the presenter before the socket has taken what came before,
//! so that a slow window makes the presenter skip to key pictures (its lag policy) and no queue grows here.

use super::admission::Admission;
use super::message::Outgoing;
use super::signatures::Signatures;
use atalaya_model::live::{CANVAS_MAX, Grid, Tile, TileRect, View, WebviewAbility};
use atalaya_model::ports::Clock;
use atalaya_model::{Error, Kind};
use atalaya_presenter::vm::live::{LiveRequest, TileVm};
use atalaya_presenter::{LivePacket, LiveSession, UserError};
use futures_util::{FutureExt, SinkExt, StreamExt};
use std::fmt;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config};

/// From the connection to a valid hello. The page sends it at once; who takes longer is no page of ours.
const HELLO_DEADLINE: Duration = Duration::from_secs(5);

/// How long a window may take nothing before its session ends. One that sleeps this long connects anew when it wakes;
/// until then nobody decodes for it.
const STALL_DEADLINE: Duration = Duration::from_secs(30);

/// Packets sent before one flush. What is ready goes out together; more than a grid's worth would only wait.
const BATCH_MAX: usize = 64;

/// The largest request: a grid of 64 tiles takes about 9 KiB, what they look like 37 KiB.
const REQUEST_MAX: usize = 64 * 1024;

/// Collected before it is written without waiting for the flush: many small units, one system call.
const WRITE_BUFFER: usize = 64 * 1024;

/// No picture is larger than the largest canvas (I420 takes 1.5 bytes a pixel); each is awaited before the next.
const WRITE_BUFFER_MAX: usize = WRITE_BUFFER + (CANVAS_MAX as usize * CANVAS_MAX as usize) / 2 * 3 + 4096;

type Socket = WebSocketStream<TcpStream>;

/// Who has come through the door.
pub(super) struct Guest {
    socket: Socket,
    /// What its webview can do.
    pub(super) ability: WebviewAbility,
}

/// Why a connection ended otherwise than by the window's wish.
#[derive(Debug)]
pub(super) enum End {
    /// It did not behave like our window.
    Refused(&'static str),
    /// It said or took nothing in time.
    TooSlow,
    /// The connection broke, or was no WebSocket.
    Broken(Box<tungstenite::Error>),
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(why) => f.write_str(why),
            Self::TooSlow => f.write_str("too slow"),
            Self::Broken(error) => error.fmt(f),
        }
    }
}

impl From<tungstenite::Error> for End {
    fn from(error: tungstenite::Error) -> Self {
        Self::Broken(Box::new(error))
    }
}

/// Lets a connection in: handshake, then a hello with the token.
pub(super) async fn enter(stream: TcpStream, admission: &Admission) -> Result<Guest, End> {
    // A unit waits for no acknowledgement of the one before it (Nagle).
    stream.set_nodelay(true).map_err(tungstenite::Error::from)?;
    let entrance = async {
        let config = WebSocketConfig::default()
            .read_buffer_size(4096)
            .write_buffer_size(WRITE_BUFFER)
            .max_write_buffer_size(WRITE_BUFFER_MAX)
            .max_message_size(Some(REQUEST_MAX))
            .max_frame_size(Some(REQUEST_MAX));
        #[expect(clippy::result_large_err, reason = "the type of the library's callback")]
        let check = |request: &_, response| admission.check(request, response);
        let mut socket = accept_hdr_async_with_config(stream, check, Some(config)).await?;
        match hello(&mut socket, admission).await {
            Ok(ability) => Ok(Guest { socket, ability }),
            Err(end) => {
                close(&mut socket, CloseCode::Policy).await;
                Err(end)
            }
        }
    };
    timeout(HELLO_DEADLINE, entrance).await.unwrap_or(Err(End::TooSlow))
}

async fn hello(socket: &mut Socket, admission: &Admission) -> Result<WebviewAbility, End> {
    let first = socket.next().await.ok_or(End::Refused("closed before the hello"))??;
    match parse(&first) {
        Some(LiveRequest::Hello { token, decodes_h264, has_gpu }) if admission.knows(&token) => {
            Ok(WebviewAbility { decodes_h264, has_gpu })
        }
        Some(LiveRequest::Hello { .. }) => Err(End::Refused("wrong token")),
        _ => Err(End::Refused("the first message is no hello")),
    }
}

/// Tells a guest that there is no room now.
pub(super) async fn turn_away(mut guest: Guest) {
    close(&mut guest.socket, CloseCode::Again).await;
}

async fn close(socket: &mut Socket, code: CloseCode) {
    let farewell = CloseFrame { code, reason: "".into() };
    // It ends either way; the code is a courtesy.
    let _ = timeout(HELLO_DEADLINE, socket.close(Some(farewell))).await;
}

/// Serves a guest until it goes.
pub(super) async fn serve(guest: Guest, mut session: LiveSession, clock: &dyn Clock) -> Result<(), End> {
    let mut socket = guest.socket;
    let outcome = converse(&mut socket, &mut session, clock).await;
    if let Err(End::Refused(_)) = outcome {
        close(&mut socket, CloseCode::Policy).await;
    }
    outcome
}

async fn converse(socket: &mut Socket, session: &mut LiveSession, clock: &dyn Clock) -> Result<(), End> {
    loop {
        tokio::select! {
            request = socket.next() => match request {
                None | Some(Ok(Message::Close(_))) => return Ok(()),
                // Answered by the library.
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(request) => obey(socket, session, &request?).await?,
            },
            packet = session.next() => {
                timeout(STALL_DEADLINE, send(socket, session, packet, clock)).await.unwrap_or(Err(End::TooSlow))?;
            }
        }
    }
}

/// Sends a packet, and with it what else is ready.
async fn send(
    socket: &mut Socket,
    session: &mut LiveSession,
    first: LivePacket,
    clock: &dyn Clock,
) -> Result<(), End> {
    feed(socket, Outgoing::of(first, clock.mono())).await?;
    for _ in 1..BATCH_MAX {
        let Some(packet) = session.next().now_or_never() else { break };
        feed(socket, Outgoing::of(packet, clock.mono())).await?;
    }
    Ok(socket.flush().await?)
}

async fn feed(socket: &mut Socket, outgoing: Outgoing) -> Result<(), End> {
    match outgoing {
        Outgoing::Text(message) => socket.feed(message).await?,
        Outgoing::Binary { header, payload } => {
            socket.feed(header).await?;
            socket.feed(payload).await?;
        }
    }
    Ok(())
}

/// Does what the window asks for.
async fn obey(socket: &mut Socket, session: &mut LiveSession, request: &Message) -> Result<(), End> {
    if let Message::Binary(bytes) = request {
        let seen = Signatures::parse(bytes).ok_or(End::Refused("no message of the protocol"))?;
        session.take_signatures(seen.grid, seen.tiles());
        return Ok(());
    }
    let done = match parse(request) {
        Some(LiveRequest::Grid { width, height, tiles }) => show(session, width, height, &tiles).await,
        Some(LiveRequest::View { tile, x, y, size }) => match View::new(x, y, size) {
            Ok(view) => {
                session.set_view(tile as usize, view);
                Ok(())
            }
            Err(error) => Err(error.into()),
        },
        Some(LiveRequest::Listen { tiles }) => session.listen(&tiles).await,
        Some(LiveRequest::Stalled) => session.stalled().await,
        Some(LiveRequest::Hidden { hidden }) => session.set_hidden(hidden).await,
        Some(LiveRequest::Behind { pictures }) => {
            session.behind(pictures);
            Ok(())
        }
        Some(LiveRequest::Focus { tile }) => {
            session.set_focus(tile.map(|tile| tile as usize));
            Ok(())
        }
        Some(LiveRequest::Hello { .. }) => return Err(End::Refused("a second hello")),
        None => return Err(End::Refused("no request of the protocol")),
    };
    if let Err(error) = done {
        feed(socket, Outgoing::error(error)).await?;
        socket.flush().await?;
    }
    Ok(())
}

fn parse(message: &Message) -> Option<LiveRequest> {
    match message {
        Message::Text(json) => serde_json::from_str(json).ok(),
        _ => None,
    }
}

async fn show(session: &mut LiveSession, width: u32, height: u32, tiles: &[TileVm]) -> Result<(), UserError> {
    let shown = match grid(width, height, tiles) {
        Ok(grid) => session.set_grid(grid).await,
        Err(error) => Err(error.into()),
    };
    if shown.is_err() {
        // Both sides number pictures by the grids asked for: one that is refused counts, as an empty one.
        session.set_grid(Grid::default()).await?;
    }
    shown
}

fn grid(width: u32, height: u32, tiles: &[TileVm]) -> atalaya_model::Result<Grid> {
    let tile = |tile: &TileVm| -> atalaya_model::Result<Tile> {
        let TileVm { x, y, width, height, .. } = *tile;
        let rect = TileRect { x, y, width, height };
        Ok(Tile { camera: tile.camera.parse()?, role: tile.role.parse()?, rect })
    };
    if tiles.len() > atalaya_model::live::TILES_MAX {
        return Err(Error::new(Kind::InvalidInput, "too many tiles"));
    }
    Ok(Grid { width, height, tiles: tiles.iter().map(tile).collect::<Result<_, _>>()? })
}

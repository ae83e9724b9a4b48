//! What goes over the live socket, byte by byte (contract, "Live socket"). The window's reader is `ui/src/live/protocol.ts`.
//!
//! Must not know the socket.

use atalaya_model::media::{AudioFormat, AudioUnit, VideoCodec, VideoFormat, VideoUnit};
use atalaya_model::ports::ComposedGrid;
use atalaya_model::time::{MonoTime, WallTime};
use atalaya_presenter::vm::governor::GovernedTileVm;
use atalaya_presenter::vm::live::LiveReply;
use atalaya_presenter::{LivePacket, UserError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{BufMut, Bytes, BytesMut};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

const KIND_UNIT: u8 = 1;
const KIND_COMPOSED: u8 = 2;
const KIND_AUDIO: u8 = 3;

/// Of a picture's unit and of a packet of sound.
const UNIT_HEADER: usize = 24;
const COMPOSED_HEADER: usize = 16;
const COMPOSED_TILE: usize = 8;

/// Bit of a unit's flags.
const KEY: u8 = 1;
/// Bits of a composed picture's flags.
const FULL_RANGE: u8 = 1;
const BT709: u8 = 2;

/// One message as it is fed to the socket.
#[derive(Debug)]
pub(super) enum Outgoing {
    /// JSON.
    Text(Message),
    /// A message in two fragments (RFC 6455 §5.4), which the other side receives as one: so the header is put before
    /// the payload without copying the payload.
    Binary {
        /// The header.
        header: Message,
        /// The payload.
        payload: Message,
    },
}

impl Outgoing {
    /// What a packet is on the wire. `now` dates the pictures of a composed one.
    pub(super) fn of(packet: LivePacket, now: MonoTime) -> Self {
        match packet {
            LivePacket::Path(path, reason) => Self::text(&LiveReply::Path {
                path: path.code().to_owned(),
                reason: reason.code().to_owned(),
            }),
            LivePacket::Format { grid, tile, format } => Self::text(&format_reply(grid, tile, &format)),
            LivePacket::Unit { grid, tile, unit } => Self::binary(video_header(grid, tile, &unit), unit.data),
            LivePacket::AudioFormat { grid, tile, format } => {
                Self::text(&audio_format_reply(grid, tile, &format))
            }
            LivePacket::Audio { grid, tile, unit, moment } => {
                Self::binary(audio_header(grid, tile, &unit, moment), unit.data)
            }
            LivePacket::NoAudio { grid, tile, note } => {
                Self::text(&LiveReply::NoAudio { grid, tile, note: note.as_deref().map(str::to_owned) })
            }
            LivePacket::Composed { grid, composed } => {
                Self::binary(composed_header(grid, &composed, now), composed.picture.i420)
            }
            LivePacket::Governor { grid, tiles } => {
                let tiles = tiles.into_iter().filter_map(GovernedTileVm::of).collect();
                Self::text(&LiveReply::Governor { grid, tiles })
            }
        }
    }

    /// An answer that a request failed.
    pub(super) fn error(error: UserError) -> Self {
        Self::text(&LiveReply::Error { error })
    }

    fn text(reply: &LiveReply) -> Self {
        let json = serde_json::to_string(reply).expect("strings and numbers always serialize");
        Self::Text(Message::text(json))
    }

    fn binary(header: Bytes, payload: Bytes) -> Self {
        let fragment = |bytes: Bytes, data: Data, last: bool| {
            Message::Frame(Frame::message(bytes, OpCode::Data(data), last))
        };
        Self::Binary {
            header: fragment(header, Data::Binary, false),
            payload: fragment(payload, Data::Continue, true),
        }
    }
}

fn format_reply(grid: u32, tile: usize, format: &VideoFormat) -> LiveReply {
    LiveReply::Format {
        grid,
        tile,
        codec: match format.codec {
            VideoCodec::Mjpeg => format.codec.code().to_owned(),
            VideoCodec::H264 | VideoCodec::H265 => format.codec_string.clone(),
        },
        width: format.width,
        height: format.height,
        coded_width: format.coded_width,
        coded_height: format.coded_height,
        description: STANDARD.encode(&format.decoder_config),
    }
}

fn audio_format_reply(grid: u32, tile: usize, format: &AudioFormat) -> LiveReply {
    LiveReply::AudioFormat {
        grid,
        tile,
        codec: format.codec_string.clone(),
        sample_rate: format.sample_rate,
        channels: format.channels,
        description: STANDARD.encode(&format.decoder_config),
    }
}

fn video_header(grid: u32, tile: usize, unit: &VideoUnit) -> Bytes {
    let flags = if unit.key { KEY } else { 0 };
    unit_header([KIND_UNIT, flags], grid, tile, unit.micros(), unit.received_wall)
}

fn audio_header(grid: u32, tile: usize, unit: &AudioUnit, moment: WallTime) -> Bytes {
    unit_header([KIND_AUDIO, 0], grid, tile, unit.micros(), moment)
}

fn unit_header(kind: [u8; 2], grid: u32, tile: usize, micros: i64, received: WallTime) -> Bytes {
    let mut header = BytesMut::with_capacity(UNIT_HEADER);
    header.put_slice(&kind);
    header.put_u16_le(tile as u16);
    header.put_u32_le(grid);
    header.put_i64_le(micros);
    header.put_i64_le(received.0);
    header.freeze()
}

fn composed_header(grid: u32, composed: &ComposedGrid, now: MonoTime) -> Bytes {
    let ComposedGrid { picture, decoded, received } = composed;
    let mut header = BytesMut::with_capacity(COMPOSED_HEADER + COMPOSED_TILE * decoded.len());
    header.put_u8(KIND_COMPOSED);
    let full_range = if picture.color.full_range { FULL_RANGE } else { 0 };
    header.put_u8(full_range | if picture.color.bt709 { BT709 } else { 0 });
    header.put_u16_le(decoded.len() as u16);
    header.put_u32_le(grid);
    header.put_u32_le(picture.width);
    header.put_u32_le(picture.height);
    for (decoded, received) in decoded.iter().zip(received) {
        header.put_u32_le(*decoded);
        // Before a tile's first picture there is nothing that could be old.
        let age = if *received == MonoTime::default() { 0 } else { now.since(*received).as_millis() };
        header.put_u32_le(u32::try_from(age).unwrap_or(u32::MAX));
    }
    header.freeze()
}

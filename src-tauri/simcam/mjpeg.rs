//! Owns the Motion JPEG stream of a camera: `multipart/x-mixed-replace` (RFC 2046 §5.1) without end.
//! Must not know who may have it.

use crate::{
    camera::{Camera, MJPEG_FPS},
    http::WRITE_TIMEOUT,
};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncWrite, AsyncWriteExt},
    task,
    time::{self, MissedTickBehavior},
};

const HEAD: &str = "HTTP/1.1 200 OK\r\nServer: Atalaya simulated camera\r\nCache-Control: no-store\r\n\
    Connection: close\r\nContent-Type: multipart/x-mixed-replace; boundary=picture\r\n\r\n";

/// Sends pictures until the client takes no more.
pub(crate) async fn send(camera: &Arc<Camera>, socket: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
    write(socket, HEAD.as_bytes()).await?;
    let mut ticks = time::interval(Duration::from_secs(1) / MJPEG_FPS);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut painter = camera.mjpeg_painter();
    loop {
        ticks.tick().await;
        let camera = Arc::clone(camera);
        let painted = task::spawn_blocking(move || {
            let jpeg = camera.paint(&mut painter);
            (painter, jpeg)
        });
        let (back, jpeg) = painted.await.map_err(io::Error::other)?;
        painter = back;
        let jpeg = jpeg?;
        let head = format!("--picture\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n", jpeg.len());
        write(socket, &[head.as_bytes(), &jpeg, b"\r\n"].concat()).await?;
    }
}

async fn write(socket: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<()> {
    time::timeout(WRITE_TIMEOUT, socket.write_all(bytes)).await?
}

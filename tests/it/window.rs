//! The real window on a virtual display: find, add, watch, record, export, without an error of the page.

use atalaya_simcam::clock_strip;
use serde_json::Value;
use std::path::Path;
use support::{Simcams, Window, decode_all, ffprobe};

/// Luma of a tile as the page hands it out.
struct TilePicture {
    width: usize,
    height: usize,
    luma: Vec<u8>,
    painted_at_ms: f64,
}

async fn read_tile(window: &Window, tile: usize) -> Option<TilePicture> {
    let read = window.value(&format!("window.__atalaya.readTile({tile})")).await;
    let bytes = read["luma"].as_array()?;
    Some(TilePicture {
        width: read["width"].as_u64()? as usize,
        height: read["height"].as_u64()? as usize,
        luma: bytes.iter().map(|byte| byte.as_u64().unwrap_or(0) as u8).collect(),
        painted_at_ms: read["painted_at_ms"].as_f64()?,
    })
}

/// The clock burnt into a tile's picture, and how old it was when it was painted, in milliseconds.
fn age(picture: &TilePicture) -> Option<f64> {
    let reading = clock_strip::read(&picture.luma, picture.width, picture.width, picture.height)?;
    Some(picture.painted_at_ms - reading.utc_ms as f64)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn find_add_watch_record_export() {
    let _simcams = Simcams::start(4);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let window = Window::open(&folder.path().join("data"), &[], (1280, 800)).await;

    window.click("[data-testid=find]").await;
    window.until("document.querySelector('[data-testid=add-all]')?.textContent.includes('4')").await;
    window.click("[data-testid=add-all]").await;
    window.until("document.querySelector('[data-testid=add-all]')?.disabled === true").await;

    window.click("nav [aria-label=Live]").await;
    window.until("window.__atalaya.stats()?.tiles?.filter((tile) => tile.painted > 20).length === 4").await;
    watch_the_canvas_change(&window).await;
    window.photograph(&folder.path().join("live.png"));
    keep_picture(&folder.path().join("live.png"), "live.png");

    window.click("nav [aria-label=Recordings]").await;
    window.click("[aria-label^='From here']").await;
    window.click("[aria-label^='To here']").await;
    window.click("[data-testid=export]:not([disabled])").await;
    window.click("nav [aria-label=Exports]").await;
    window.until("document.querySelector('[data-state=done]') !== null").await;
    let exports: Vec<_> =
        std::fs::read_dir(folder.path().join("data/exports")).expect("exports").flatten().collect();
    assert_eq!(exports.len(), 1);
    assert_eq!(ffprobe(exports[0].path()).codec("video"), Some("h264"));
    assert_eq!(decode_all(exports[0].path()), "");

    assert_eq!(window.errors().await, Value::Array(Vec::new()));
    window.close().await;
}

/// Every tile shows a clock that goes on, and the picture is not old.
async fn watch_the_canvas_change(window: &Window) {
    for tile in 0..4 {
        let first = read_tile(window, tile).await.expect("the tile can be read");
        window.until("new Promise((done) => setTimeout(() => done(true), 500))").await;
        let second = read_tile(window, tile).await.expect("the tile can be read");
        assert!(first.luma != second.luma, "tile {tile} does not change");
        let age = age(&second).expect("the clock can be read from the canvas");
        println!("tile {tile}: picture {age:.0} ms old when it was painted");
        assert!((-50.0..5000.0).contains(&age), "tile {tile}: {age} ms");
    }
}

/// Keeps a photograph where a person finds it.
fn keep_picture(from: &Path, name: &str) {
    let folder = support::bin_dir().join("pictures");
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::copy(from, folder.join(name)))
        .expect("can be copied");
}

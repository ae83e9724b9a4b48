//! The real window asks before recording ends, goes on without being seen, and is opened by a second start.

use serde_json::Value;
use support::{Simcams, Window};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quitting_asks_recording_is_kept_and_a_second_start_opens_the_window() {
    let _simcams = Simcams::start(2);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data_dir = folder.path().join("data");
    let window = Window::open(&data_dir, &[], (1280, 800)).await;
    window.click("[data-testid=find]").await;
    window.until("document.querySelector('[data-testid=add-all]')?.textContent.includes('2')").await;
    window.click("[data-testid=add-all]").await;
    let recording = "window.__TAURI_INTERNALS__.invoke('background_get').then((now) => now.recording === 2)";
    window.until(recording).await;

    window.click("nav [aria-label=Settings]").await;
    window.click("[data-testid=background-quit]").await;
    window.wait("[data-testid=quit-dialog]").await;
    window.click("[data-testid=quit-stay]").await;
    window.until("document.querySelector('[data-testid=quit-dialog]') === null").await;

    window.click("[data-testid=background-quit]").await;
    window.wait("[data-testid=quit-keep]").await;
    // By the page itself: the driver waits for the picture after its click, and a hidden page paints none.
    window.value("document.querySelector('[data-testid=quit-keep]').click()").await;
    window.until("document.visibilityState === 'hidden'").await;
    window.until(recording).await;

    assert!(window.start_again(&data_dir), "the second start does not find the first");
    window.until("document.visibilityState === 'visible'").await;
    assert_eq!(window.errors().await, Value::Array(Vec::new()));
    window.close().await;
}

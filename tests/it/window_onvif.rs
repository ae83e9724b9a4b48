//! Moving a camera and its page in the real window: the joystick by keyboard and pointer, presets with pictures, and
//! what is known of the device; photographed in both languages.

use crate::onvif::difference;
use crate::window::{look, pictures};
use serde_json::Value;
use std::time::{Duration, Instant};
use support::{Simcams, TilePicture, Window};

async fn luma(window: &Window) -> Vec<u8> {
    TilePicture::read(window, 0).await.expect("the tile can be read").luma
}

async fn rest(window: &Window, ms: u32) {
    window.until(&format!("new Promise((done) => setTimeout(() => done(true), {ms}))")).await;
}

/// Waits until what the drive tells of itself, its `place` and whether it is `moving`, is as wanted.
async fn until_drive(window: &Window, wanted: &str) {
    let id = "document.querySelector('.tile[data-camera]').dataset.camera";
    let told = format!("window.__TAURI_INTERNALS__.invoke('ptz_get', {{ id: {id} }})");
    window.until(&format!("{told}.then(({{ status: {{ moving, place }} }}) => {wanted})")).await;
}

/// Waits until no notice covers a corner of the grid.
async fn no_notices(window: &Window) {
    window.until("document.querySelector('.mantine-Notification-root') === null").await;
}

/// Sends a key to the joystick.
async fn key(window: &Window, kind: &str, key: &str) {
    let script = format!(
        "document.querySelector('[data-testid=ptz-stick]').dispatchEvent(\
         new KeyboardEvent('{kind}', {{ key: '{key}', bubbles: true }}))"
    );
    window.client.execute(&script, vec![]).await.expect("a script runs");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_is_moved_and_its_page_read() {
    let _simcams = Simcams::start(1);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let window = Window::open(&folder.path().join("data"), &[], (1280, 900)).await;
    let picture = |name: &str| window.photograph(&pictures().join(name));
    window.click("[data-testid=find]").await;
    window.until("document.querySelector('[data-testid=add-all]')?.textContent.includes('1')").await;
    window.click("[data-testid=add-all]").await;
    window.until("document.querySelector('[data-testid=add-all]')?.disabled === true").await;
    window.click("nav [aria-label=Live]").await;
    window.until("window.__atalaya.stats()?.tiles?.filter((tile) => tile.painted > 20).length === 1").await;

    no_notices(&window).await;
    window.click("[data-testid=ptz-open]").await;
    window.wait("[data-testid=ptz-stick]").await;
    let before = luma(&window).await;
    rest(&window, 700).await;
    let unmoved = luma(&window).await;
    key(&window, "keydown", "ArrowRight").await;
    until_drive(&window, "moving && place.pan > 0.2").await;
    key(&window, "keyup", "ArrowRight").await;
    // It stops when the key is let go, not at the end of its range.
    until_drive(&window, "!moving && place.pan < 0.99").await;
    let still = difference(&before, &unmoved);
    // A busy machine shows the last of the movement late.
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let moved = difference(&before, &luma(&window).await);
        println!("luma changes by {still:.2} at rest and by {moved:.2} when the joystick was held right");
        if moved > 1.5 * still && moved > 3.0 {
            break;
        }
        assert!(Instant::now() < deadline, "{still} {moved}");
    }

    // A hand takes the focus over from the camera, and gives it back.
    let auto = |is: bool| {
        format!("document.querySelector('[data-testid=focus-auto]')?.getAttribute('aria-pressed') === '{is}'")
    };
    window.until(&auto(true)).await;
    for kind in ["keydown", "keyup"] {
        let script = format!(
            "document.querySelector('[data-testid=focus-near]').dispatchEvent(\
             new KeyboardEvent('{kind}', {{ key: ' ', bubbles: true }}))"
        );
        window.client.execute(&script, vec![]).await.expect("a script runs");
        rest(&window, 1000).await;
    }
    window.until(&auto(false)).await;
    window.click("[data-testid=focus-auto]").await;
    window.until(&auto(true)).await;

    window.click("[data-testid=ptz-presets]").await;
    window.fill("input[data-testid=ptz-preset-name]", "Gate").await;
    window.click("[data-testid=ptz-preset-set]").await;
    window.until("document.querySelector('.preset img')?.naturalWidth > 100").await;
    rest(&window, 300).await;
    picture("ptz-en.png");

    // The simulated figure walks through the zone every few seconds.
    window.until("document.querySelector('[data-notice=motion]') !== null").await;

    window.click("nav [aria-label=Cameras]").await;
    window.click("[aria-label^='Edit ']").await;
    window.until("document.querySelector('[data-testid=capability]')?.dataset.ready === 'true'").await;
    let show = "document.querySelector('[data-testid=capability]').scrollIntoView()";
    window.client.execute(show, vec![]).await.expect("a script runs");
    rest(&window, 600).await;
    picture("capability-en.png");
    let text = window.value("document.querySelector('[data-testid=capability]').innerText").await;
    let text = text.as_str().unwrap_or_default();
    for shown in ["Atalaya Simulated camera", "Media 2", "PTZ", "Infrared filter", "Focus", "H.264"] {
        assert!(text.contains(shown), "{shown} in {text}");
    }
    assert_eq!(window.errors().await, Value::Array(Vec::new()));

    look(&window, "es", "dark").await;
    window.value("location.hash = '#/live'").await;
    window.until("window.__atalaya?.stats()?.tiles?.filter((tile) => tile.painted > 20).length === 1").await;
    window.click("[data-testid=ptz-open]").await;
    window.wait("[data-testid=ptz-stick]").await;
    window.click("[data-testid=ptz-presets]").await;
    window.until("document.querySelector('.preset img')?.naturalWidth > 100").await;
    rest(&window, 300).await;
    picture("ptz-es.png");
    window.click("nav [aria-label='Cámaras']").await;
    window.click("[aria-label^='Editar ']").await;
    window.until("document.querySelector('[data-testid=capability]')?.dataset.ready === 'true'").await;
    window.client.execute(show, vec![]).await.expect("a script runs");
    rest(&window, 600).await;
    picture("capability-es.png");
    window.close().await;
}

//! The real window: cameras over HTTP added by their address, the key exchanged, the configuration written and taken
//! over again. Photographed in both languages.

use crate::window::{look, photograph, settle};
use serde_json::Value;
use support::{Cli, HttpCamera, Simcams, Window};

/// Opens the dialog as soon as its button is there.
const BY_ADDRESS: &str = "[...document.querySelectorAll('button')]\
     .filter((b) => /address|dirección/.test(b.textContent))\
     .slice(0, 1).map((b) => b.click()).length === 1";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http_cameras_the_key_and_the_configuration() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let simcams = Simcams::start_with_login(1, "ana", "correct horse");
    let secure = Simcams::start_with(&Cli::new(folder.path()), 1, &["--fault", "rtsps"], None);
    let old = HttpCamera::start(&["--every", "1"], Some(("ana", "secret word")));
    let window = Window::open(&folder.path().join("data"), &[], (1280, 900)).await;
    let faults = &mut Vec::new();
    let address = |key: &str| simcams.cameras[0][key].as_str().expect("an address").to_owned();

    for (language, url) in [("es", address("snapshot_url")), ("en", address("mjpeg_url"))] {
        look(&window, language, "dark").await;
        window.value("location.hash = '#/cameras'").await;
        settle(&window).await;
        window.until(BY_ADDRESS).await;
        window.fill("[data-testid=url]", &url).await;
        window.fill("form input[autocomplete=off]", "ana").await;
        window.fill("form input[type=password]", "correct horse").await;
        window.wait("[data-testid=http-kind]").await;
        settle(&window).await;
        photograph(&window, &format!("add-http-{language}"), faults).await;
        window.click("form button[type=submit]").await;
        window.until("document.querySelector('form') === null").await;
    }
    // One that takes the password only in the clear is refused, until the user allows it.
    window.until(BY_ADDRESS).await;
    window.fill("[data-testid=url]", &old.url("snapshot")).await;
    window.fill("form input[autocomplete=off]", "ana").await;
    window.fill("form input[type=password]", "secret word").await;
    window.click("form button[type=submit]").await;
    window.wait("form [role=alert]").await;
    settle(&window).await;
    photograph(&window, "add-http-refused", faults).await;
    window.click("[data-testid=allow-basic]").await;
    window.click("form button[type=submit]").await;
    window.until("document.querySelector('form') === null").await;

    // One over TLS is refused with its certificate's fingerprint, until the user trusts it.
    window.value(BY_ADDRESS).await;
    window.fill("[data-testid=url]", &secure.rtsp_url(0, 1)).await;
    window.click("form button[type=submit]").await;
    window.wait("form [data-testid=trust-certificate]").await;
    settle(&window).await;
    photograph(&window, "add-tls-refused", faults).await;
    let shown = window.value("document.querySelector('form [data-testid=fingerprint]').textContent").await;
    window.click("form [data-testid=trust-certificate]").await;
    window.until("document.querySelector('form') === null").await;
    let cameras = window.value("window.__TAURI_INTERNALS__.invoke('camera_list')").await;
    let cameras = cameras.as_array().expect("cameras");
    assert!(cameras.iter().any(|camera| camera["tls_fingerprint"] == shown), "{shown} {cameras:?}");

    window.value("location.hash = '#/live'").await;
    window.until("window.__atalaya.stats()?.tiles?.filter((tile) => tile.painted > 2).length === 4").await;
    settle(&window).await;
    photograph(&window, "live-http", faults).await;
    window.value("location.hash = '#/cameras'").await;
    window.click(".page tbody tr button").await;
    settle(&window).await;
    photograph(&window, "camera-http", faults).await;

    for language in ["es", "en"] {
        look(&window, language, "light").await;
        window.value("location.hash = '#/settings'").await;
        window.click("[data-testid=rotate-key]").await;
        settle(&window).await;
        photograph(&window, &format!("rotate-key-{language}"), faults).await;
        let fingerprint = "window.__TAURI_INTERNALS__.invoke('key_status').then((key) => key.fingerprint)";
        let before = window.value(fingerprint).await;
        window.click("[data-testid=rotate-key-confirm]").await;
        window.until("document.querySelector('[data-testid=rotate-key-confirm]') === null").await;
        assert_ne!(window.value(fingerprint).await, before);
        assert!(before.is_string(), "{before}");
    }

    window.click("[data-testid=with-logins]").await;
    window.fill("[data-testid=passphrase]", "a long passphrase").await;
    window.click("[data-testid=configuration-export]").await;
    let exports = folder.path().join("data/exports");
    window.until("document.body.innerText.includes('cameras_')").await;
    let written = std::fs::read_dir(exports).expect("exports").flatten().next().expect("a file");
    let text = std::fs::read_to_string(written.path()).expect("readable");
    let read = format!(
        "(() => {{ const input = document.querySelector('input[type=file]'); const data = new DataTransfer(); \
           data.items.add(new File([{}], 'cameras.json')); input.files = data.files; \
           input.dispatchEvent(new Event('change', {{ bubbles: true }})); }})()",
        Value::String(text)
    );
    window.value(&read).await;
    window.wait("[data-testid=conflicts] li").await;
    settle(&window).await;
    photograph(&window, "import-conflicts", faults).await;
    window.click("[data-testid=configuration-replace]").await;
    window.until("document.querySelector('[data-testid=conflicts]') === null").await;
    window.value("location.hash = '#/live'").await;
    window.until("window.__atalaya.stats()?.tiles?.filter((tile) => tile.painted > 2).length === 4").await;

    assert_eq!(*faults, Vec::<String>::new());
    assert_eq!(window.errors().await, Value::Array(Vec::new()));
    window.close().await;
}

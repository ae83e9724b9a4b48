//! The real window: one login for many cameras, groups, a camera switched off and on. Photographed in both languages.

use crate::window::{look, photograph, settle};
use serde_json::Value;
use support::{Simcams, Window};

/// Chooses an entry of a list by its text.
async fn choose(window: &Window, list: &str, text: &str) {
    window.click(list).await;
    let option =
        format!("[...document.querySelectorAll('[role=option]')].find((it) => it.textContent === '{text}')");
    window.until(&format!("{option} !== undefined")).await;
    window.value(&format!("{option}.click()")).await;
}

/// How many tiles show moving pictures.
fn painted(tiles: usize) -> String {
    format!(
        "window.__atalaya.stats()?.tiles?.length === {tiles} && \
         window.__atalaya.stats().tiles.every((tile) => tile.painted > 2)"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_login_groups_and_a_camera_switched_off() {
    let simcams = Simcams::start_with_login(3, "ana", "correct horse");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let window = Window::open(&folder.path().join("data"), &[], (1280, 900)).await;
    let faults = &mut Vec::new();

    look(&window, "es", "dark").await;
    window.value("location.hash = '#/settings'").await;
    window.wait("[data-testid=no-sets]").await;
    window.click("[data-testid=set-add]").await;
    window.fill("[data-testid=set-name]", "Patio").await;
    window.fill("[data-testid=set-user]", "ana").await;
    window.fill("[data-testid=set-password]", "wrong horse").await;
    settle(&window).await;
    photograph(&window, "credential-set-es", faults).await;
    window.click("[data-testid=set-confirm]").await;
    window.wait("[data-testid=sets] tbody tr").await;
    // The set gets the right password before any camera has the wrong one.
    window.click("[data-testid=set-change]").await;
    window.fill("[data-testid=set-password]", "correct horse").await;
    window.click("[data-testid=set-confirm]").await;
    window.until("document.querySelector('[data-testid=set-confirm]') === null").await;

    for (camera, group) in ["Norte / Puertas", "Norte / Patio", ""].iter().enumerate() {
        let port = simcams.onvif_port(camera);
        let add = format!(
            "window.__TAURI_INTERNALS__.invoke('camera_add', {{ camera: {{ host: '127.0.0.1', \
               onvif_port: {port}, name: 'Cam {camera}', credentials: 'Patio', group: '{group}', record: true }} }})"
        );
        let added = window.value(&add).await;
        assert_eq!(added["group"].as_str().unwrap_or_default(), *group, "{added}");
    }
    window.value("location.hash = '#/cameras'").await;
    window.wait("[data-group='Norte / Patio']").await;
    settle(&window).await;
    photograph(&window, "groups-es", faults).await;

    look(&window, "en", "light").await;
    window.value("location.hash = '#/cameras'").await;
    choose(&window, "[data-testid=cameras-group]", "Norte").await;
    window.until("document.querySelectorAll('tr[data-camera]').length === 2").await;
    window.value("location.hash = '#/live'").await;
    window.until(&painted(3)).await;
    choose(&window, "[data-testid=live-group]", "Norte").await;
    window.until(&painted(2)).await;

    window.value("location.hash = '#/cameras'").await;
    // A page that was left forgets its filter.
    window.until("document.querySelectorAll('tr[data-camera]').length === 3").await;
    window.click("tr[data-camera] button").await;
    window.wait("[data-testid=enabled]").await;
    settle(&window).await;
    photograph(&window, "camera-manage-en", faults).await;
    window.value("document.querySelector('[data-testid=enabled]').click()").await;
    window.wait("tr[data-camera][data-enabled=false]").await;
    settle(&window).await;
    photograph(&window, "switched-off-en", faults).await;
    look(&window, "en", "light").await;
    window.value("location.hash = '#/live'").await;
    window.until(&painted(2)).await;
    settle(&window).await;
    photograph(&window, "live-off-en", faults).await;
    let off =
        "window.__TAURI_INTERNALS__.invoke('camera_list').then((all) => all.find((it) => !it.enabled).id)";
    let on = format!(
        "{off}.then((id) => window.__TAURI_INTERNALS__.invoke('camera_edit', {{ id, changes: {{ enabled: true }} }}))"
    );
    assert_eq!(window.value(&on).await["enabled"], true);
    window.until(&painted(3)).await;

    assert_eq!(*faults, Vec::<String>::new());
    assert_eq!(window.errors().await, Value::Array(Vec::new()));
    window.close().await;
}

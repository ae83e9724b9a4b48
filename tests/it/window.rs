//! The real window on a virtual display: find, add, watch, record, export, without an error of the page.

use serde_json::Value;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use support::{Simcams, TilePicture, Window, decode_all, ffprobe};

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
    window.photograph(&pictures().join("live.png"));
    stop_and_start_recording(&window).await;

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

/// The chosen tile's camera is stopped by a key, and recorded again by another press of it.
async fn stop_and_start_recording(window: &Window) {
    let camera = ".tile[data-recording=true]";
    let first = window.wait(camera).await;
    let id = first.attr("data-camera").await.expect("an attribute").expect("the tile names its camera");
    window.click(&format!(".tile[data-camera='{id}']")).await;
    for recording in ["false", "true"] {
        window.fill(&format!(".tile[data-camera='{id}']"), "r").await;
        window.wait(&format!(".tile[data-camera='{id}'][data-recording={recording}]")).await;
    }
}

/// Every page, in both languages and both themes, photographed for a person to look at; what a machine can see of it,
/// it sees: no key of a text shown instead of the text, and no text cut off without a way to read it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_in_both_languages_and_themes() {
    let simcams = Simcams::start(4);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let window = Window::open(&folder.path().join("data"), &[], (1280, 800)).await;
    let looks = [("en", "dark"), ("en", "light"), ("es", "dark"), ("es", "light")];
    let faults = &mut Vec::new();
    for (language, theme) in looks {
        look(&window, language, theme).await;
        window.wait("[data-testid=find]").await;
        photograph(&window, &format!("welcome-{language}-{theme}"), faults).await;
    }

    window.click("[data-testid=find]").await;
    window.click("[data-testid=add-all]:not([disabled])").await;
    window.until("document.querySelector('[data-testid=add-all]')?.disabled === true").await;
    for (language, theme) in looks {
        look(&window, language, theme).await;
        for page in ["live", "recordings", "storage", "exports", "discover", "cameras", "settings"] {
            window.value(&format!("location.hash = '#/{page}'")).await;
            if page == "live" {
                window.until("window.__atalaya.stats()?.tiles?.every((tile) => tile.painted > 5)").await;
            }
            settle(&window).await;
            photograph(&window, &format!("{page}-{language}-{theme}"), faults).await;
            if page == "recordings" {
                for list in ["gaps", "calendar"] {
                    let choose = format!("document.querySelector('.reclist input[value={list}]').click()");
                    window.value(&choose).await;
                    settle(&window).await;
                    photograph(&window, &format!("recordings-{list}-{language}-{theme}"), faults).await;
                }
            }
            if page == "discover" && theme == "dark" {
                // In the middle of it, as fast as a photograph can be taken; for a person only.
                window.click("[data-testid=scan]").await;
                window.photograph(&pictures().join(format!("scanning-{language}.png")));
                window.wait("[data-testid=scan]").await;
            }
        }
        window.value("location.hash = '#/cameras'").await;
        window.click(".page tbody tr button").await;
        settle(&window).await;
        photograph(&window, &format!("camera-{language}-{theme}"), faults).await;
    }
    drop(simcams);
    look(&window, "en", "dark").await;
    window.value("location.hash = '#/live'").await;
    window.wait(".tile[data-state=backoff]").await;
    settle(&window).await;
    photograph(&window, "offline-en-dark", faults).await;

    assert_eq!(*faults, Vec::<String>::new());
    assert_eq!(window.errors().await, Value::Array(Vec::new()));
    window.close().await;
}

/// Shows the pages in a language and a theme, from a fresh start of the page.
pub(crate) async fn look(window: &Window, language: &str, theme: &str) {
    window.set(&format!("language: '{language}', theme: '{theme}'")).await;
}

/// Waits until nothing slides or fades any more.
pub(crate) async fn settle(window: &Window) {
    window.until("new Promise((done) => setTimeout(() => done(true), 900))").await;
    // What turns for ever is part of the page.
    let at_rest = "document.getAnimations().every((one) => \
         one.playState !== 'running' || one.effect?.getComputedTiming().iterations === Infinity)";
    window.until(at_rest).await;
}

pub(crate) async fn photograph(window: &Window, name: &str, faults: &mut Vec<String>) {
    let path = pictures().join(format!("{name}.png"));
    window.photograph(&path);
    let seen = window.value(FAULTS).await;
    let seen = seen.as_array().unwrap_or_else(|| panic!("{name}: {seen}"));
    faults.extend(seen.iter().map(|fault| format!("{name}: {}", fault.as_str().unwrap_or_default())));
}

/// What is wrong with the page as it stands: keys for texts, and texts cut off that have no title to read them by.
const FAULTS: &str = r"(() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const text = node.data.trim();
    const element = node.parentElement;
    if (!text || !element?.checkVisibility()) continue;
    if (/^[a-z]+(\.[a-zA-Z]+)+$/.test(text) && !element.closest('.mono')) found.push(`a key for a text: ${text}`);
    const ends = element.tagName === 'TD' || getComputedStyle(element).overflowX === 'hidden';
    const cut = ends && element.scrollWidth > element.clientWidth + 1;
    if (cut && element.clientWidth > 1 && !element.closest('[title]')) found.push(`cut off: ${text}`);
  }
  return found;
})()";

/// Every tile shows a clock that goes on, and the picture is not old.
async fn watch_the_canvas_change(window: &Window) {
    for tile in 0..4 {
        let first = TilePicture::read(window, tile).await.expect("the tile can be read");
        let painted = format!("window.__atalaya.stats().tiles[{tile}].painted");
        let before = window.value(&painted).await.as_u64().expect("a count");
        window.until(&format!("{painted} > {}", before + 5)).await;
        // A machine that was held up shows old pictures first.
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            let second = TilePicture::read(window, tile).await.expect("the tile can be read");
            assert!(first.luma != second.luma, "tile {tile} does not change");
            let age = second.age_ms();
            println!("tile {tile}: picture {age:?} ms old when it was painted");
            if age.is_some_and(|age| (-50.0..5000.0).contains(&age)) {
                break;
            }
            assert!(Instant::now() < deadline, "tile {tile}: {age:?} ms");
        }
    }
}

/// Where photographs are kept for a person to find.
pub(crate) fn pictures() -> PathBuf {
    let folder = support::bin_dir().join("pictures");
    std::fs::create_dir_all(&folder).expect("can be made");
    folder
}

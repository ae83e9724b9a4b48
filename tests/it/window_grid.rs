//! The grid by hand and by keyboard in the real window: layouts, dragging, saved views, full screen, zoom, a moving
//! camera, stills, standing still, replay, sound; what axe says of every page; and photographs of every size of grid.

use crate::window::{look, pictures, settle};
use serde_json::Value;
use std::path::Path;
use std::process::Stdio;
use support::{Auth, Cli, ForeignCameras, Simcams, Window, axe_source, command};

const ESCAPE: &str = "\u{e00c}";
const ENTER: &str = "\u{e007}";
/// Control, the right arrow, and all modifiers up again.
const CONTROL_RIGHT: &str = "\u{e009}\u{e014}\u{e000}";

/// The cameras of the grid, in the order of their places.
const ORDER: &str = "[...document.querySelectorAll('.tile[data-camera]')] \
    .sort((a, b) => a.offsetTop - b.offsetTop || a.offsetLeft - b.offsetLeft).map((tile) => tile.dataset.camera)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grid_is_arranged_watched_and_used() {
    let _simcams = Simcams::start(4);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let window = Window::open(&folder.path().join("data"), &[], (1280, 800)).await;
    // The governor judges the whole machine, and here it is a small one.
    window.set("processor_limit: 100").await;
    window.click("[data-testid=find]").await;
    window.click("[data-testid=add-all]:not([disabled])").await;
    window.until("document.querySelector('[data-testid=add-all]')?.disabled === true").await;
    window.click("nav [aria-label=Live]").await;
    all_move(&window, 4).await;

    layouts(&window).await;
    dragging(&window).await;
    saved_views(&window).await;
    full_screen_and_zoom(&window).await;
    stills(&window, folder.path()).await;
    standing_still(&window).await;
    replay(&window).await;
    sound(&window).await;
    governor(&window).await;
    assert_eq!(window.errors().await, Value::Array(Vec::new()));
    window.close().await;
}

async fn all_move(window: &Window, tiles: usize) {
    let shown = "window.__atalaya?.stats()?.tiles";
    window.until(&format!("{shown}?.length === {tiles} && {shown}.every((tile) => tile.painted > 5)")).await;
}

async fn layouts(window: &Window) {
    for (key, tiles, empty) in
        [("1", 1, 0), ("3", 4, 5), ("4", 4, 12), ("5", 4, 21), ("7", 4, 60), ("2", 4, 0)]
    {
        window.fill("body", key).await;
        window.until(&format!("document.querySelectorAll('.emptytile').length === {empty}")).await;
        all_move(window, tiles).await;
    }
    for (layout, empty) in [(6, 2), (8, 4), (10, 6), (13, 9)] {
        window.click("[data-testid=layout-uneven]").await;
        window.click(&format!("[data-testid=layout-{layout}]")).await;
        window.until(&format!("document.querySelectorAll('.emptytile').length === {empty}")).await;
        all_move(window, 4).await;
        settle(window).await;
        window.photograph(&pictures().join(format!("layout-{layout}.png")));
    }
    window.fill("body", "2").await;
    window.until("document.querySelectorAll('.emptytile').length === 0").await;
}

async fn dragging(window: &Window) {
    let before = window.value(ORDER).await;
    let at = |n: usize| format!(".tile[data-camera='{}']", before[n].as_str().expect("an id"));
    window.drag(&at(0), &at(3)).await;
    let swapped = format!("((now, was) => now[0] === was[3] && now[3] === was[0])({ORDER}, {before})");
    window.until(&swapped).await;
    window.click("[data-testid=views-undo]").await;
    window.until(&format!("JSON.stringify({ORDER}) === JSON.stringify({before})")).await;
    // The same by the keyboard: the tile that has the focus goes one place to the right.
    window.fill(&at(0), CONTROL_RIGHT).await;
    window.until(&format!("((now, was) => now[0] === was[1] && now[1] === was[0])({ORDER}, {before})")).await;
    window.click("[data-testid=views-undo]").await;
    window.until(&format!("JSON.stringify({ORDER}) === JSON.stringify({before})")).await;
}

async fn saved_views(window: &Window) {
    window.fill("body", "v").await;
    window.click("[data-testid=view-save]").await;
    window.fill("[data-testid=view-name]", "Night").await;
    window.click("[data-testid=view-keep]").await;
    window.until("document.querySelector('[data-testid=view-menu]').textContent.includes('Night')").await;
    // A view that is open stays open over a start of the page.
    window.reload().await;
    window.until("document.querySelector('[data-testid=view-menu]')?.textContent.includes('Night')").await;
    all_move(window, 4).await;
    window.click("[data-testid=view-menu]").await;
    settle(window).await;
    window.photograph(&pictures().join("view-menu.png"));
    window.click("[data-testid=view-remove]").await;
    window.until("!document.querySelector('[data-testid=view-menu]').textContent.includes('Night')").await;
    all_move(window, 4).await;
}

async fn full_screen_and_zoom(window: &Window) {
    window.fill(".tile", ENTER).await;
    let full = "window.__atalaya.stats().tiles";
    window
        .until(&format!("{full}.length === 1 && {full}[0].role === 'main' && {full}[0].painted > 10"))
        .await;
    window.fill(".tile", "+").await;
    window.wait(".chip.zoom").await;
    settle(window).await;
    window.photograph(&pictures().join("zoomed.png"));
    window.fill(".tile", "0").await;
    window.until("document.querySelector('.chip.zoom') === null").await;
    // The joystick of a camera that can move, and back to the tile.
    window.fill(".tile", "p").await;
    window.wait("[data-testid=ptz-stick]").await;
    window.fill("[data-testid=ptz-stick]", ESCAPE).await;
    window.fill("body", ESCAPE).await;
    all_move(window, 4).await;
}

async fn stills(window: &Window, folder: &Path) {
    window.fill(".tile", "s").await;
    window.until("document.body.innerText.includes('.jpg')").await;
    let saved = std::fs::read_dir(folder.join("data/exports")).expect("exports").flatten().count();
    assert_eq!(saved, 1, "one still picture");
    // A virtual display has a clipboard too.
    window.fill(".tile", "c").await;
    window.until("[...document.querySelectorAll('.mantine-Notification-root img')].length > 1").await;
}

async fn standing_still(window: &Window) {
    window.fill(".tile", " ").await;
    window.wait("[data-testid=tile-frozen]").await;
    let of = |what: &str| {
        format!(
            "((id) => window.__atalaya.stats().tiles.find((tile) => tile.camera === id).{what})\
             (document.querySelector('[data-testid=tile-frozen]').closest('.tile').dataset.camera)"
        )
    };
    let painted = window.value(&of("painted")).await;
    let offered = window.value(&of("offered")).await.as_u64().expect("a count");
    window.until(&format!("{} > {}", of("offered"), offered + 20)).await;
    let later = window.value(&of("painted")).await;
    assert!(later.as_u64() <= painted.as_u64().map(|count| count + 8), "{painted} then {later}: it moves");
    window.photograph(&pictures().join("frozen.png"));
    window.fill(".tile", " ").await;
    window.until("document.querySelector('[data-testid=tile-frozen]') === null").await;
}

/// The last half minute again, out of files that are being written.
async fn replay(window: &Window) {
    window.fill(".tile", "i").await;
    let video = "document.querySelector('[data-testid=tile-replay-picture][data-ready] video')";
    window.until(&format!("{video}?.currentTime > 1")).await;
    window.photograph(&pictures().join("replay.png"));
    window.fill(".tile", ESCAPE).await;
    window.until("document.querySelector('[data-testid=tile-replay-picture]') === null").await;
}

async fn sound(window: &Window) {
    window.fill(".tile", "a").await;
    // Without a device nothing is heard; what comes is measured all the same.
    let level = "Number(document.querySelector('[data-testid=sound-meter]')?.getAttribute('aria-valuenow'))";
    window.until(&format!("{level} > -60 && {level} < 0")).await;
    println!(
        "sound: {}",
        window.value("document.querySelector('[data-testid=sound-mark]').dataset.sound").await
    );
    window.photograph(&pictures().join("sound.png"));
    window.fill("body", "A").await;
    window.until("document.querySelector('[data-testid=sound-meter]') === null").await;
}

/// A processor limit below what the machine has to do: tiles say that they show less, and why.
async fn governor(window: &Window) {
    window.set("processor_limit: 50").await;
    window.click("nav [aria-label=Live]").await;
    let burners: Vec<_> = (0..2).map(|_| Burner::start()).collect();
    window.wait("[data-testid=governor][data-reason=processor_busy]").await;
    window.photograph(&pictures().join("governed.png"));
    let told = window.value("document.querySelector('[data-testid=governor]').title").await;
    println!("governor: {told}");
    let decisions = window.value("window.__TAURI_INTERNALS__.invoke('live_decisions')").await;
    assert!(decisions.as_array().is_some_and(|all| !all.is_empty()), "{decisions}");
    drop(burners);
    window.set("processor_limit: 100").await;
    window.click("nav [aria-label=Live]").await;
    window.until("document.querySelector('[data-testid=governor]') === null").await;
}

/// A program that takes all of a processor core; it ends with this.
struct Burner(std::process::Child);

impl Burner {
    fn start() -> Self {
        let child = command("yes").stdout(Stdio::null()).spawn();
        Self(child.expect("coreutils are installed"))
    }
}

impl Drop for Burner {
    fn drop(&mut self) {
        // Either fails only when it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What axe calls a serious or critical violation, on every page in both themes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn axe_finds_nothing_serious_on_any_page() {
    let _simcams = Simcams::start(2);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let window = Window::open(&folder.path().join("data"), &[], (1280, 800)).await;
    window.click("[data-testid=find]").await;
    window.click("[data-testid=add-all]:not([disabled])").await;
    window.until("document.querySelector('[data-testid=add-all]')?.disabled === true").await;
    let axe = axe_source();
    let mut found = Vec::new();
    for theme in ["dark", "light"] {
        look(&window, "en", theme).await;
        window.client.execute(&axe, vec![]).await.expect("axe is loaded");
        for page in ["live", "recordings", "storage", "exports", "discover", "cameras", "health", "settings"]
        {
            window.value(&format!("location.hash = '#/{page}'")).await;
            settle(&window).await;
            let seen = window.value(SERIOUS).await;
            let all = seen.as_array().unwrap_or_else(|| panic!("{page}: {seen}"));
            found.extend(all.iter().map(|one| format!("{page}, {theme}: {one}")));
        }
    }
    assert_eq!(found, Vec::<String>::new());
    window.close().await;
}

const SERIOUS: &str = "window.axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations \
    .filter(({ impact }) => impact === 'serious' || impact === 'critical') \
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(' | ')}`))";

/// Every size of grid, with cameras among them that are gone or refuse the login, photographed for a person to look at.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grids_of_every_size_are_photographed() {
    let cameras = ForeignCameras::start(33, Auth::None);
    let (guarded, gone) =
        (ForeignCameras::start(1, Auth::Digest("admin", "secret")), ForeignCameras::start(2, Auth::None));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path().join("data"));
    for n in 1..=36 {
        let name = format!("Camera {n:02}");
        let (url, login) = match n {
            2 => (guarded.url(1, "sub"), Some("secret\n")),
            3 | 20 => (gone.url(if n == 3 { 1 } else { 2 }, "sub"), None),
            _ => (cameras.url(n.min(33), "sub"), None),
        };
        let mut args = vec!["camera", "add", "--name", &name, "--url", &url];
        if login.is_some() {
            args.extend(["--user", "admin", "--password-stdin"]);
        }
        cli.ok_with_input(&args, login.unwrap_or_default());
    }
    // From now on one refuses the login, and two are gone.
    cli.ok_with_input(&["camera", "edit", "Camera 02", "--user", "admin", "--password-stdin"], "wrong\n");
    drop(gone);
    for (width, height) in [(1280, 800), (1920, 1080)] {
        let window = Window::open(cli.data_dir(), &[], (width, height)).await;
        window.set("processor_limit: 100").await;
        for (language, theme) in [("en", "dark"), ("es", "light")] {
            look(&window, language, theme).await;
            window.value("location.hash = '#/live'").await;
            // What is small looks the same in a larger window.
            let sizes = [("6", 36), ("4", 16), ("3", 9), ("2", 4), ("1", 1)];
            for (key, tiles) in sizes.into_iter().filter(|(_, tiles)| width == 1280 || *tiles >= 16) {
                window.fill("body", key).await;
                let shown = "window.__atalaya?.stats()?.tiles";
                let enough = std::cmp::max(1, tiles - 3);
                window
                    .until(&format!(
                        "{shown}?.length === {tiles} && {shown}.filter((tile) => tile.shown).length >= {enough}"
                    ))
                    .await;
                settle(&window).await;
                let name = format!("grid-{tiles}-{width}-{language}-{theme}.png");
                window.photograph(&pictures().join(name));
            }
        }
        assert_eq!(window.errors().await, Value::Array(Vec::new()));
        window.close().await;
    }
}

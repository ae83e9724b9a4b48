//! The live view under stress in the real window: hidden, its page's process frozen and killed, a camera with another
//! codec, pictures that change size. Whatever happens to the window, the recorder loses nothing.

use serde_json::Value;
use std::time::{Duration, Instant};
use support::{Auth, Cli, EVER, ForeignCameras, ProcessId, Simcams, TilePicture, Window};

/// How long the page's process is frozen, three times, and goes on: less than what the program calls hung.
const STALLS: [Duration; 3] = [Duration::from_secs(4), Duration::from_secs(10), Duration::from_secs(4)];

/// How long the page goes on before each stall: nothing, or what the environment says, to look for a drift over an hour.
fn between_stalls() -> Duration {
    let secs = std::env::var("ATALAYA_DRIFT_SECS").ok().and_then(|secs| secs.parse().ok());
    Duration::from_secs(secs.unwrap_or(0))
}

/// Frozen for longer than that, the page's process is ended by the program and the page comes anew (R14).
const HUNG: Duration = Duration::from_secs(30);

/// The governor judges the whole machine, and the one of a test may be busy with anything.
const UNGOVERNED: &str = "processor_limit: 100";

/// Two pictures of a sub-stream with fifteen a second.
const TWO_PICTURES_MS: f64 = 2000.0 / 15.0;

/// Hidden, the window decodes and paints nothing; recording goes on; shown again, all tiles move again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hidden_window_rests_and_recording_goes_on() {
    let (stage, window) = recorded_grid().await;
    let visible = cores(&window).await;

    window.show(false);
    window.until("document.hidden").await;
    // The figures come twice a second: two looks further apart tell whether anything still comes.
    let rests = "new Promise((done) => { \
        const look = () => JSON.stringify(window.__atalaya.stats().tiles.map((tile) => tile.offered)); \
        const before = look(); setTimeout(() => done(look() === before), 1200); })";
    window.until(rests).await;
    let offered = offered(&window).await;
    let paints = window.value("window.__atalaya.stats().paints").await;
    let hidden = cores(&window).await;
    println!("C3: {visible:.3} cores while visible, {hidden:.3} hidden, the four recordings included");
    assert_eq!(self::offered(&window).await, offered, "pictures came to a hidden window");
    assert_eq!(window.value("window.__atalaya.stats().paints").await, paints, "a hidden window painted");

    window.show(true);
    window.until("!document.hidden").await;
    all_move(&window, 4).await;
    assert_eq!(window.errors().await, Value::Array(Vec::new()));
    window.close().await;
    stage.recorded_without_a_gap();
}

/// The page's process is frozen and goes on, three times, and its pictures are as young as before. Frozen for good, and
/// killed, it is replaced, and the new page shows live pictures. The recorder loses nothing by any of it (R14).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_freezes_or_dies_costs_no_footage() {
    let (stage, window) = recorded_grid().await;
    let before = age(&window).await;
    let between = between_stalls();
    for stall in STALLS {
        tokio::time::sleep(between).await;
        let page = window.web_process();
        page.signal("STOP");
        tokio::time::sleep(stall).await;
        page.signal("CONT");
        let back = Instant::now();
        // How long it takes is told, not judged: a busy machine must not fail it by chance.
        loop {
            let now = age(&window).await;
            if now <= before + TWO_PICTURES_MS {
                println!(
                    "C2: frozen for {stall:?}: pictures {before:.0} ms old before, {now:.0} ms after {:.1} s",
                    back.elapsed().as_secs_f64()
                );
                break;
            }
            assert!(back.elapsed() < Duration::from_mins(1), "still {now:.0} ms old, {before:.0} before");
        }
    }

    // From here on the driver knows the page no more: it is looked at from outside.
    for (signal, allowed) in [("STOP", HUNG), ("KILL", Duration::from_mins(1))] {
        let page = window.web_process();
        page.signal(signal);
        let since = Instant::now();
        while window.processes().iter().all(|pid| !is_page(*pid) || *pid == page) {
            assert!(since.elapsed() < allowed, "after {signal} the page did not come again");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        println!("R14: a new page {:.1} s after the old one got a {signal}", since.elapsed().as_secs_f64());
        moves(&window, signal);
    }
    drop(window);
    stage.recorded_without_a_gap();
}

/// Waits until what the window shows changes from one look to the next, several times.
fn moves(window: &Window, name: &str) {
    let path = crate::window::pictures().join(format!("page-came-again-{}.png", name.to_lowercase()));
    let since = Instant::now();
    let (mut last, mut changes) = (Vec::new(), 0);
    while changes < 10 {
        assert!(since.elapsed() < Duration::from_mins(1), "the new page does not move: {}", path.display());
        window.photograph(&path);
        let now = std::fs::read(&path).expect("the photograph");
        // A page that is still empty changes once or twice, one with pictures all the time.
        changes = if now == last { 0 } else { changes + 1 };
        last = now;
    }
}

/// A camera whose main stream is H.265 and whose sub-stream is H.264: in the grid and on full screen, by both paths.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h265_on_full_screen_by_both_paths() {
    let cameras = ForeignCameras::start(2, Auth::None);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path().join("data"));
    for n in 1..=2 {
        let name = format!("Camera {n}");
        let (main, sub) = (cameras.url(n, "h265"), cameras.url(n, "sub"));
        cli.ok(&["camera", "add", "--name", &name, "--url", &main, "--sub-url", &sub]);
    }
    let window = Window::open(cli.data_dir(), &[], (1280, 800)).await;
    for path in ["webview", "native"] {
        window.set(&format!("live_path: '{path}', {UNGOVERNED}")).await;
        all_move(&window, 2).await;
        window.fill(".tile", "\u{e007}").await;
        let full = "window.__atalaya.stats().tiles";
        window
            .until(&format!("{full}.length === 1 && {full}[0].role === 'main' && {full}[0].painted > 25"))
            .await;
        println!(
            "C5: H.265 on full screen by the {path} path: {}",
            window.value(&format!("{full}[0]")).await
        );
        assert_eq!(window.value("window.__atalaya.stats().path").await, path);
        window.photograph(&crate::window::pictures().join(format!("h265-{path}.png")));
        window.fill("body", "\u{e00c}").await;
        window.until(&format!("{full}.length === 2")).await;
    }
    assert_eq!(window.errors().await, Value::Array(Vec::new()));
    window.close().await;
}

/// A stream whose pictures change size every three seconds goes on, by both paths.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures_that_change_size_go_on() {
    let here = Cli::new(std::env::temp_dir());
    let simcams = Simcams::start_with(&here, 1, &["--fault", "resolution-change=3"], None);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path().join("data"));
    add(&cli, &simcams, false);
    let window = Window::open(cli.data_dir(), &[], (1280, 800)).await;
    for path in ["webview", "native"] {
        window.set(&format!("live_path: '{path}', {UNGOVERNED}")).await;
        all_move(&window, 1).await;
        window.fill("body", "m").await;
        let mut sizes = std::collections::BTreeSet::new();
        let from = Instant::now();
        // Two sizes seen, and moving after the second change.
        while sizes.len() < 2 {
            assert!(from.elapsed() < Duration::from_mins(1), "{path}: only {sizes:?}");
            let size = window.value(r"document.querySelector('.tile').innerText.match(/\d+×\d+/)?.[0]").await;
            sizes.extend(size.as_str().map(ToOwned::to_owned));
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let painted = "window.__atalaya.stats().tiles[0].painted";
        let before = window.value(painted).await.as_u64().expect("a count");
        window.until(&format!("{painted} > {}", before + 60)).await;
        println!("C5: pictures of {sizes:?} by the {path} path, {:.1} s", from.elapsed().as_secs_f64());
    }
    assert_eq!(window.errors().await, Value::Array(Vec::new()));
    window.close().await;
}

/// Four simulated cameras, and the folder that they are recorded into.
struct Stage {
    cli: Cli,
    ids: Vec<String>,
    _folder: tempfile::TempDir,
    _simcams: Simcams,
}

/// Four simulated cameras that are recorded, and the window that shows them move.
async fn recorded_grid() -> (Stage, Window) {
    let simcams = Simcams::start(4);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path().join("data"));
    let ids = add(&cli, &simcams, true);
    let window = Window::open(cli.data_dir(), &[], (1280, 800)).await;
    window.set(UNGOVERNED).await;
    all_move(&window, 4).await;
    (Stage { cli, ids, _folder: folder, _simcams: simcams }, window)
}

impl Stage {
    fn recorded_without_a_gap(&self) {
        for id in &self.ids {
            let gaps = self.cli.ok(&[&["recordings", id, "--gaps"][..], &EVER].concat());
            assert!(gaps.iter().all(|gap| gap["cause"] == "app_closed"), "{gaps:?}");
            let coverage = &self.cli.ok(&[&["recordings", id, "--coverage"][..], &EVER].concat())[0];
            println!("recorded: {coverage}");
        }
    }
}

/// Adds the cameras by their addresses; their ids.
fn add(cli: &Cli, simcams: &Simcams, record: bool) -> Vec<String> {
    (0..simcams.cameras.len())
        .map(|n| {
            let (name, main, sub) = (format!("Camera {n}"), simcams.rtsp_url(n, 0), simcams.rtsp_url(n, 1));
            let mut args = vec!["camera", "add", "--name", &name, "--url", &main, "--sub-url", &sub];
            args.extend(record.then_some("--record"));
            cli.ok(&args)[0]["id"].as_str().expect("an id").to_owned()
        })
        .collect()
}

async fn all_move(window: &Window, tiles: usize) {
    window.click("nav [aria-label=Live]").await;
    let before: Vec<_> = window.value(&painted()).await.as_array().cloned().unwrap_or_default();
    let moved = |n: usize| before.get(n).and_then(Value::as_u64).unwrap_or(0) + 10;
    let all = (0..tiles).map(|n| format!("p[{n}] > {}", moved(n))).collect::<Vec<_>>().join(" && ");
    window.until(&format!("((p) => p?.length === {tiles} && {all})({})", painted())).await;
}

fn painted() -> String {
    "window.__atalaya?.stats()?.tiles?.map((tile) => tile.painted)".to_owned()
}

async fn offered(window: &Window) -> Value {
    window.value("window.__atalaya.stats().tiles.map((tile) => tile.offered)").await
}

/// Median age of a tile's pictures when they were painted, by the burnt-in clock, in milliseconds.
async fn age(window: &Window) -> f64 {
    let mut ages = Vec::new();
    let from = Instant::now();
    while ages.len() < 15 {
        assert!(from.elapsed() < Duration::from_mins(1), "no clock can be read: {ages:?}");
        if let Some(picture) = TilePicture::read(window, ages.len() % 4).await {
            ages.extend(picture.age_ms());
        }
    }
    ages.sort_by(f64::total_cmp);
    ages[ages.len() / 2]
}

fn is_page(pid: ProcessId) -> bool {
    pid.name().is_some_and(|name| name.starts_with("WebKitWebProces"))
}

/// Processor time of the window's programs, the page's among them, over four seconds.
async fn cores(window: &Window) -> f64 {
    let ticks = || window.processes().into_iter().map(ProcessId::ticks).sum::<u64>();
    let (from, before) = (Instant::now(), ticks());
    tokio::time::sleep(Duration::from_secs(4)).await;
    ticks().saturating_sub(before) as f64 / 100.0 / from.elapsed().as_secs_f64()
}

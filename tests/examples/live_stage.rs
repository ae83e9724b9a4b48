//! The real window with cameras on it, for `cargo xtask bench live`: opens it, waits until every tile moves, and tells
//! the window's own figures on demand. Owns the stage, not the measuring of processes.
//!
//! It prints `{"ready":{...}}` when all tiles show pictures. Each line on its standard input is an order:
//! `figures` prints the live worker's counters; `ages N` reads N pictures back and prints how old each was when it was
//! painted, by the clock burnt into it; `opens N` goes N times from one tile to all of them and prints, for each time, how
//! long each tile took to its first picture; `hide` takes the window off the display and `show` puts it back;
//! `decisions` prints what the governor decided; `footage` closes the window and prints, for each recorded camera, what is
//! missing. It ends with its standard input. With `record` as its last argument the cameras are recorded, and the governor
//! is let to do its work; without, pictures are decoded in full whatever it costs.

use serde_json::{Value, json};
use std::io::BufRead as _;
use std::time::Duration;
use support::{Auth, Cli, EVER, ForeignCameras, Simcams, TilePicture, Window};

/// Which cameras stand on the stage; kept alive while they are looked at.
enum Cameras {
    Foreign(ForeignCameras),
    Simulated(Simcams),
}

impl Cameras {
    fn start(kind: &str, count: usize) -> Self {
        match kind {
            "foreign" => Self::Foreign(ForeignCameras::start(count, Auth::None)),
            "simulated" => Self::Simulated(Simcams::start(count)),
            _ => panic!("unknown cameras {kind:?}: foreign or simulated"),
        }
    }

    /// The address of a camera's 640x360 stream.
    fn sub_url(&self, camera: usize) -> String {
        match self {
            Self::Foreign(cameras) => cameras.url(camera + 1, "sub"),
            Self::Simulated(cameras) => cameras.rtsp_url(camera, 1),
        }
    }
}

#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (kind, count, path, record) = match &args[..] {
        [kind, count, path] => (kind, count, path, false),
        [kind, count, path, record] if record == "record" => (kind, count, path, true),
        _ => panic!("live_stage foreign|simulated COUNT webview|native [record]"),
    };
    let count: usize = count.parse().expect("a count of cameras");
    let cameras = Cameras::start(kind, count);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data_dir = folder.path().join("data");
    let cli = Cli::new(&data_dir);
    for camera in 0..count {
        let name = format!("Camera {:02}", camera + 1);
        let url = cameras.sub_url(camera);
        let mut add = vec!["camera", "add", "--name", &name, "--url", &url];
        add.extend(record.then_some("--record"));
        cli.ok(&add);
    }

    let window = Window::open(&data_dir, &[], (1280, 800)).await;
    let limit = if record { 90 } else { 100 };
    window.set(&format!("live_path: '{path}', processor_limit: {limit}")).await;
    window.click("nav [aria-label=Live]").await;
    // A governor that has to step in at once shows few pictures, but shows some of each.
    let enough = if record { 0 } else { 20 };
    window.until(&format!("{SHOWN}?.filter((tile) => tile.painted > {enough}).length === {count}")).await;
    println!("{}", json!({ "ready": { "path": figures(&window).await["path"] } }));

    let (send, mut orders) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        std::io::stdin().lock().lines().map_while(Result::ok).try_for_each(|order| send.send(order))
    });
    while let Some(order) = orders.recv().await {
        match order.split_once(' ') {
            None => match order.as_str() {
                "figures" => println!("{}", json!({ "figures": figures(&window).await })),
                "hide" | "show" => {
                    window.show(order == "show");
                    window.until(&format!("document.hidden === {}", order == "hide")).await;
                    println!("{}", json!({ "done": order }));
                }
                "decisions" => {
                    let told = window.value("window.__TAURI_INTERNALS__.invoke('live_decisions')").await;
                    println!("{}", json!({ "decisions": told }));
                }
                "footage" => {
                    window.close().await;
                    println!("{}", json!({ "footage": footage(&cli, count) }));
                    return;
                }
                _ => panic!("unknown order {order:?}"),
            },
            Some(("opens", times)) => {
                let times = times.parse().expect("a count");
                println!("{}", json!({ "opens": opens(&window, count, times).await }));
            }
            Some(("ages", wanted)) => {
                let wanted = wanted.parse().expect("a count of pictures");
                println!("{}", json!({ "ages": ages(&window, count, wanted).await }));
            }
            _ => panic!("unknown order {order:?}"),
        }
    }
    window.close().await;
}

const SHOWN: &str = "window.__atalaya?.stats()?.tiles";

/// Goes from one tile to all of them; for each time, the milliseconds of each tile to its first picture.
async fn opens(window: &Window, tiles: usize, times: usize) -> Vec<Value> {
    let layouts = [1_usize, 4, 9, 16, 25, 36, 64];
    let key = 1 + layouts.iter().position(|layout| *layout >= tiles).expect("a layout for so many");
    let mut all = Vec::with_capacity(times);
    for _ in 0..times {
        for (key, tiles) in [(1, 1), (key, tiles)] {
            window.client.execute(PRESS, vec![json!(key.to_string())]).await.expect("a script runs");
            // Asked often, and in the page: what waits here is not what is measured.
            let done =
                format!("{SHOWN}?.length === {tiles} && {SHOWN}.every((tile) => tile.firstMs !== null)");
            window.until(&format!(
                "new Promise((done) => {{ const look = () => ({done}) ? done(true) : setTimeout(look, 50); look(); }})"
            )).await;
        }
        all.push(window.value(&format!("{SHOWN}.map((tile) => tile.firstMs)")).await);
    }
    all
}

const PRESS: &str = "document.documentElement.dispatchEvent(new KeyboardEvent('keydown', { key: arguments[0], bubbles: true }))";

/// What is missing of each camera's recording, and its coverage.
fn footage(cli: &Cli, cameras: usize) -> Vec<Value> {
    (1..=cameras)
        .map(|camera| {
            let name = format!("Camera {camera:02}");
            let read = |what: &str| cli.ok(&[&["recordings", &name, what][..], &EVER].concat());
            json!({ "gaps": read("--gaps"), "coverage": read("--coverage")[0] })
        })
        .collect()
}

async fn figures(window: &Window) -> Value {
    window.value("window.__atalaya.stats()").await
}

/// How old pictures of all tiles in turn were when they were painted.
async fn ages(window: &Window, tiles: usize, wanted: usize) -> Vec<f64> {
    let mut ages = Vec::with_capacity(wanted);
    for reading in 0..4 * wanted {
        if ages.len() == wanted {
            break;
        }
        // Not in step with the cameras' pictures.
        tokio::time::sleep(Duration::from_millis(37)).await;
        if let Some(picture) = TilePicture::read(window, reading % tiles).await {
            ages.extend(picture.age_ms());
        }
    }
    ages
}

//! The real window with cameras on it, for `cargo xtask bench live`: opens it, waits until every tile moves, and tells
//! the window's own figures on demand. Owns the stage, not the measuring of processes.
//!
//! It prints `{"ready":{...}}` when all tiles show pictures. Each line on its standard input is an order:
//! `figures` prints the live worker's counters; `ages N` reads N pictures back and prints how old each was when it was
//! painted, by the clock burnt into it. It ends with its standard input.

use serde_json::{Value, json};
use std::io::BufRead as _;
use std::time::Duration;
use support::{Auth, Cli, ForeignCameras, Simcams, TilePicture, Window};

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
    let [kind, count, path] = &args[..] else {
        panic!("live_stage foreign|simulated COUNT webview|native");
    };
    let count: usize = count.parse().expect("a count of cameras");
    let cameras = Cameras::start(kind, count);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data_dir = folder.path().join("data");
    let cli = Cli::new(&data_dir);
    for camera in 0..count {
        let name = format!("Camera {:02}", camera + 1);
        cli.ok(&["camera", "add", "--name", &name, "--url", &cameras.sub_url(camera)]);
    }

    let window = Window::open(&data_dir, &[], (1280, 800)).await;
    window.set(&format!("live_path: '{path}'")).await;
    window.click("nav [aria-label=Live]").await;
    let shown = "window.__atalaya?.stats()?.tiles?.filter((tile) => tile.painted > 20).length";
    window.until(&format!("{shown} === {count}")).await;
    println!("{}", json!({ "ready": { "path": figures(&window).await["path"] } }));

    let (send, mut orders) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        std::io::stdin().lock().lines().map_while(Result::ok).try_for_each(|order| send.send(order))
    });
    while let Some(order) = orders.recv().await {
        match order.split_once(' ') {
            None if order == "figures" => println!("{}", json!({ "figures": figures(&window).await })),
            Some(("ages", wanted)) => {
                let wanted = wanted.parse().expect("a count of pictures");
                println!("{}", json!({ "ages": ages(&window, count, wanted).await }));
            }
            _ => panic!("unknown order {order:?}"),
        }
    }
    window.close().await;
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

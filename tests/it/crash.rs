//! A4: an engine killed at random moments loses no closed fragment, and its files and index stay in step.

use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::time::Duration;
use support::{Cli, EVER, Simcams, ffprobe};

/// Kills in this short form; `cargo xtask torture` has the long one.
const KILLS: u32 = 20;

#[test]
fn killed_twenty_times_nothing_closed_is_lost() {
    let simcams = Simcams::start(4);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path().join("data"));
    for camera in 0..4 {
        let port = simcams.onvif_port(camera).to_string();
        cli.ok(&["camera", "add", "--host", "127.0.0.1", "--onvif-port", &port, "--record"]);
    }
    let cameras = cli.ok(&["camera", "list"]);
    let ids: Vec<_> = cameras.iter().map(|camera| camera["id"].as_str().expect("an id")).collect();
    let mut random = rand::rngs::StdRng::seed_from_u64(0x00a7_a1a7);
    let mut closed_before: BTreeMap<String, u64> = BTreeMap::new();
    for kill in 0..KILLS {
        let engine = cli.start(&["run"]);
        std::thread::sleep(Duration::from_millis(random.random_range(300..6000)));
        // What is whole on the disk at the moment of the kill must be there afterwards.
        engine.kill();
        let whole = whole_fragments(&cli);
        let engine = cli.start(&["run"]);
        engine.wait_for(Duration::from_mins(1), |event| event["state"] == "live");
        assert_eq!(engine.terminate().0, Some(0));
        let fsck = &cli.ok(&["fsck"])[0];
        assert_eq!(fsck["clean"], true, "after kill {kill}: {fsck}");
        let mut listed = BTreeMap::new();
        for id in &ids {
            for segment in cli.ok(&[&["recordings", id][..], &EVER].concat()) {
                let path = segment["path"].as_str().expect("a path").to_owned();
                listed.insert(path, segment["bytes"].as_u64().expect("bytes"));
            }
        }
        for (path, bytes) in whole.iter().chain(&closed_before) {
            assert!(
                listed.get(path) >= Some(bytes),
                "after kill {kill}: {path} had {bytes} whole bytes, {listed:?}"
            );
        }
        closed_before = listed;
    }
    let mut files = 0;
    for path in closed_before.keys() {
        ffprobe(path);
        files += 1;
    }
    println!("{KILLS} kills, {files} files, all clean");
}

/// For each file the bytes up to the end of its last whole `mdat`, read by the box sizes alone (ISO/IEC 14496-12
/// §4.2), without any code of the recorder.
fn whole_fragments(cli: &Cli) -> BTreeMap<String, u64> {
    let root = cli.data_dir().join("recordings");
    let files = support::all_files(&root)
        .into_iter()
        .filter(|(path, _)| path.extension().is_some_and(|e| e == "mp4"));
    let whole = files.map(|(path, bytes)| {
        let (mut at, mut end) = (0, 0);
        while let Some(header) = bytes.get(at..at + 8) {
            let size = u32::from_be_bytes(header[..4].try_into().expect("four bytes")) as usize;
            if size < 8 || at + size > bytes.len() {
                break;
            }
            at += size;
            if &header[4..] == b"mdat" {
                end = at as u64;
            }
        }
        (path.to_string_lossy().into_owned(), end)
    });
    whole.filter(|(_, end)| *end > 0).collect()
}

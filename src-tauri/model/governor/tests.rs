//! Tables of pressure, calm and what follows from them.

use super::*;
use crate::camera::{CameraId, Role};
use crate::live::{Tile, TileRect};
use alloc::format;
use alloc::string::String;

const GIB: u64 = 1 << 30;

fn grid(widths: &[u32]) -> Grid {
    let tile = |&width: &u32| Tile {
        camera: CameraId(uuid::Uuid::nil()),
        role: Role::Sub,
        rect: TileRect { x: 0, y: 0, width, height: 100 },
    };
    Grid { width: 1000, height: 100, tiles: widths.iter().map(tile).collect() }
}

fn governor(widths: &[u32]) -> Governor {
    let mut governor = Governor::default();
    governor.set_grid(&grid(widths));
    governor
}

fn reading(processor: f64) -> Reading {
    let load = Load {
        processor,
        processor_own: processor,
        cores: 4,
        memory_total: 8 * GIB,
        memory_available: 4 * GIB,
        memory_own: GIB,
    };
    Reading { load, processor_limit: Some(0.9), left_out: 0.0 }
}

/// A letter for each tile: F, K, S or P.
fn modes(governor: &Governor) -> String {
    let letter = |ruling: &Ruling| ruling.mode.code()[..1].to_ascii_uppercase();
    governor.rulings().iter().map(letter).collect()
}

/// Judges a reading a second from `from` on, and tells when the modes changed to what.
fn run(governor: &mut Governor, from: u64, seconds: u64, reading: &Reading) -> String {
    let mut told = String::new();
    for second in from..from + seconds {
        let before = modes(governor);
        governor.judge(MonoTime(second * 1_000_000), reading);
        let now = modes(governor);
        if now != before {
            told += &format!(" {second}:{now}");
        }
    }
    told
}

#[test]
fn the_smallest_give_way_first_and_the_focused_one_last() {
    let cases: [(&[u32], Option<usize>, &str); 5] = [
        (&[100], None, " 2:K 4:S"),
        (&[100, 100], Some(0), " 2:FK 4:FS 6:KS 8:SS"),
        (&[50, 200, 100], None, " 2:KFF 4:KFK 6:SFK 8:SFS 10:SKS 12:SSS"),
        (&[50, 200, 100], Some(0), " 2:FFK 4:FKK 6:FKS 8:FSS 10:KSS 12:SSS"),
        (&[], None, ""),
    ];
    for (widths, focus, expected) in cases {
        let mut governor = governor(widths);
        governor.set_focus(focus);
        assert_eq!(run(&mut governor, 0, 30, &reading(0.97)), expected, "{widths:?} {focus:?}");
    }
    let mut many = governor(&[10; 9]);
    assert_eq!(run(&mut many, 0, 5, &reading(0.97)), " 2:FFFFFFFKK 4:FFFFFKKKK");
}

#[test]
fn what_is_pressure_and_what_is_calm() {
    let full = Reading { left_out: 0.0, ..reading(0.5) };
    let memory = |available| Reading { load: Load { memory_available: available, ..full.load }, ..full };
    let cases = [
        (full, None, true),
        (reading(0.90), None, false),
        (reading(0.91), Some((Reason::ProcessorBusy, 0.91)), false),
        (Reading { processor_limit: None, ..reading(1.0) }, None, true),
        (memory(GIB / 4), Some((Reason::MemoryShort, (GIB / 4) as f64)), false),
        (memory(GIB / 2), None, false),
        (memory(GIB), None, true),
        (Reading { left_out: 0.3, ..full }, Some((Reason::DecoderBehind, 0.3)), false),
        (Reading { left_out: 0.05, ..full }, None, true),
    ];
    for (reading, pressure, calm) in cases {
        let cause = pressure.map(|(reason, value)| Cause { reason, value });
        assert_eq!((reading.pressure(), reading.is_calm()), (cause, calm), "{reading:?}");
    }
}

#[test]
fn a_moment_of_pressure_changes_nothing() {
    let mut governor = governor(&[10; 4]);
    for second in (0..60).step_by(3) {
        assert_eq!(run(&mut governor, second, 2, &reading(1.0)), "");
        assert_eq!(run(&mut governor, second + 2, 1, &reading(0.85)), "");
    }
}

#[test]
fn tiles_come_back_one_group_at_a_time() {
    let mut governor = governor(&[10; 4]);
    run(&mut governor, 0, 7, &reading(0.97));
    assert_eq!(modes(&governor), "FKKK");
    // Neither pressed nor calm: it stays as it is.
    assert_eq!(run(&mut governor, 7, 60, &reading(0.85)), "");
    assert_eq!(run(&mut governor, 67, 40, &reading(0.3)), " 75:FFKK 83:FFFK 91:FFFF");
    assert_eq!(governor.rulings()[3].cause, None);
}

#[test]
fn a_step_up_that_fails_doubles_the_wait() {
    let mut governor = governor(&[10; 2]);
    let (mut second, mut lengths) = (0, Vec::new());
    // The computer can decode one tile and not two.
    while second < 2000 {
        let before = modes(&governor);
        let busy = before == "FF";
        governor.judge(MonoTime(second * 1_000_000), &reading(if busy { 0.97 } else { 0.5 }));
        if before == "FK" && modes(&governor) == "FF" {
            lengths.push(second);
        }
        second += 1;
    }
    let waits: Vec<u64> = lengths.windows(2).map(|pair| pair[1] - pair[0]).collect();
    // Three seconds of pressure, a second until the calm begins, and the wait.
    assert_eq!(waits[..7], [20, 36, 68, 132, 260, 260, 260], "{waits:?}");
    // A step up that holds makes the next one usual again.
    run(&mut governor, second, 600, &reading(0.3));
    assert_eq!((modes(&governor).as_str(), governor.failures), ("FF", 0));
}

#[test]
fn a_hidden_window_pauses_and_returns_to_what_was() {
    let mut governor = governor(&[10; 3]);
    run(&mut governor, 0, 3, &reading(0.97));
    governor.set_hidden(true);
    assert_eq!(modes(&governor), "PPP");
    assert_eq!(governor.rulings()[0].cause.map(|cause| cause.reason), Some(Reason::WindowHidden));
    governor.set_grid(&grid(&[10; 4]));
    assert_eq!(modes(&governor), "PPPP");
    governor.set_hidden(false);
    assert_eq!(modes(&governor), "FFFK");
}

#[test]
fn a_smaller_grid_starts_in_full_and_a_larger_one_goes_on() {
    let mut governor = governor(&[10; 4]);
    run(&mut governor, 0, 5, &reading(0.97));
    governor.set_grid(&grid(&[20; 4]));
    assert_eq!(modes(&governor), "FFKK");
    governor.set_grid(&grid(&[100]));
    assert_eq!(modes(&governor), "F");
}

#[test]
fn a_focused_tile_comes_back_at_once() {
    let mut governor = governor(&[10; 3]);
    run(&mut governor, 0, 5, &reading(0.97));
    assert_eq!(modes(&governor), "FKK");
    governor.set_focus(Some(2));
    assert_eq!(modes(&governor), "KKF");
    governor.set_focus(Some(77));
    assert_eq!(modes(&governor), "FKK", "no such tile: as without a focus");
}

#[test]
fn only_whole_chains_pass_the_sluice() {
    use TileMode::{Full, KeyFrames, Paused, Slow};
    let mut sluice = Sluice::default();
    // Mode, key picture, milliseconds, let through.
    let cases = [
        (Full, true, 0, true),
        (Full, false, 100, true),
        (KeyFrames, false, 200, false),
        (Full, false, 300, false),
        (KeyFrames, true, 1000, true),
        // Back in full, what follows a key picture that was let through waits for the next.
        (Full, false, 1100, false),
        (KeyFrames, true, 1500, false),
        (KeyFrames, true, 1950, true),
        (Slow, true, 4000, false),
        (Slow, true, 6900, true),
        (Paused, true, 60_000, false),
        (Full, true, 60_100, true),
        (Full, false, 60_200, true),
    ];
    for (mode, key, ms, expected) in cases {
        assert_eq!(sluice.admits(mode, key, MonoTime(ms * 1000)), expected, "{mode:?} {key} {ms}");
    }
}

//! Cameras that all go and come back in the same instant (R6, R8): how much longer than the outage a gap is, and what
//! the recorder keeps of lost connections. The cameras' process is killed, so that no connection is taken leave of.

use super::stage::{self, Stage};
use super::{Torture, most, p50_and_p95};
use crate::demo::text;
use crate::report::say;
use crate::{Result, machine};
use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::time::Instant;

/// What the simulated cameras send as one fragment, in seconds: the open one of each end is lost with the connection.
const GOP_S: f64 = 2.0;
/// How much longer than the outage a gap may be, but for the open fragment.
const LONGER_S: f64 = 5.0;
/// How long all cameras may take to be back.
const ALL_BACK_S: f64 = 30.0;
/// What memory may grow by over all outages, in MB: what an allocator keeps. Reconnects leave nothing behind (R15).
const GROWN_MB: f64 = 16.0;
/// Outages until memory is looked at: what the first ones fill, the later ones use again.
const WARM: u32 = 10;

pub(super) fn run(mut torture: Torture<'_>) -> Result {
    let runs = torture.runs(500);
    let stage = Stage::new(&torture, "network")?;
    let count = torture.options.cameras;
    let port = free_ports(count)?;
    let (mut simcams, told) = stage.simcams(count, port, &[])?;
    let cameras = stage.add(&told)?;
    let (engine, _) = stage.engine(cameras.len())?;
    stage::sleep(5.0);
    let (descriptors, threads) = held(engine.pid())?;
    let mut memory = machine::memory_mb(engine.pid())?;
    let (mut longer, mut back) = (Vec::new(), Vec::new());
    let mut more_than_one = 0_u32;
    for run in 1..=runs {
        stage::sleep(torture.random.between(2.5, 6.0));
        engine.drain();
        let outage = Instant::now();
        drop(simcams);
        stage::sleep(torture.random.between(0.2, 8.0));
        simcams = stage.simcams(count, port, &[])?.0;
        let (outage, returned) = (outage.elapsed().as_secs_f64(), Instant::now());
        // One closed gap of each camera.
        let mut gaps: BTreeMap<String, u32> = BTreeMap::new();
        while gaps.len() < cameras.len() {
            let event = stage::next(&engine, returned + stage::LIMIT)?;
            if event["event"] != "gap.closed" {
                continue;
            }
            let gap = &event["gap"];
            let length = stage::seconds_between(text(gap, "start"), text(gap, "end"));
            longer.push(length.ok_or("a gap without an end")? - outage - GOP_S);
            *gaps.entry(text(&event, "camera").to_owned()).or_default() += 1;
        }
        back.push(returned.elapsed().as_secs_f64() - GOP_S);
        more_than_one += gaps.values().map(|count| count - 1).sum::<u32>();
        // Of few outages, all are measured.
        if run == WARM && runs >= 2 * WARM {
            memory = machine::memory_mb(engine.pid())?;
        }
        if run.is_multiple_of(50) {
            say(&format!("{run} outages"));
        }
    }
    // Time for what the last connections left to be put away.
    stage::sleep(10.0);
    let (descriptors_after, threads_after) = held(engine.pid())?;
    let memory_after = machine::memory_mb(engine.pid())?;
    stage::terminate(engine)?;
    let clean = stage.is_clean()?;
    drop(simcams);
    let (p50, p95) = p50_and_p95(&longer);
    let figures = &mut torture.figures;
    figures.told("gap longer than its outage and one GOP, s, median", p50);
    figures.promised("gap longer than its outage and one GOP, s, p95", p95, LONGER_S);
    figures.never("further gaps of one outage", more_than_one);
    figures.promised("all cameras back, s, most", most(&back), ALL_BACK_S);
    figures.promised("memory grown, MB", memory_after - memory, GROWN_MB);
    figures.promised("descriptors more than before", descriptors_after - descriptors, 4.0);
    figures.promised("threads more than before", threads_after - threads, 4.0);
    figures.never("checks that were not clean", u32::from(!clean));
    torture.finish("network", runs)
}

/// The first of so many ports, two of each camera, that nobody listens on now.
fn free_ports(cameras: u32) -> Result<u16> {
    for _ in 0..100 {
        let first = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let last = u32::from(first) + 2 * cameras;
        let Ok(last) = u16::try_from(last) else { continue };
        if (first..last).all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok()) {
            return Ok(first);
        }
    }
    Err("no ports in a row are free".into())
}

/// Open descriptors and threads of a process (proc(5)).
pub(super) fn held(pid: u32) -> Result<(f64, f64)> {
    let count =
        |what: &str| Ok::<_, std::io::Error>(fs::read_dir(format!("/proc/{pid}/{what}"))?.count() as f64);
    Ok((count("fd")?, count("task")?))
}

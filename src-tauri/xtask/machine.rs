//! Owns the measuring of process trees, from `/proc` (proc(5)). Linux only. Knows nothing of what is measured.

use crate::Result;
use std::collections::BTreeMap;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

/// Ticks a second of the times in /proc/PID/stat: USER_HZ, which is 100 on every architecture we build for.
const TICKS_PER_SECOND: f64 = 100.0;

/// How often memory is looked at.
const MEMORY_EVERY: Duration = Duration::from_secs(5);

/// What a process tree used over a span.
#[derive(Debug, Clone, Copy, Default, serde::Serialize)]
pub(crate) struct Usage {
    /// The span.
    pub(crate) seconds: f64,
    /// Processor time, user and system.
    pub(crate) core_seconds: f64,
    /// Proportional set size: shared pages count by their share. Mean of the looks.
    pub(crate) pss_bytes: f64,
    /// The most of them.
    pub(crate) pss_max_bytes: f64,
    /// Bytes handed to `write` and its like.
    pub(crate) written_bytes: f64,
    /// Bytes that go to storage.
    pub(crate) storage_bytes: f64,
    /// Calls of `write` and its like.
    pub(crate) write_calls: f64,
}

/// Counters that only grow.
#[derive(Debug, Clone, Copy, Default)]
struct Counters {
    core_seconds: f64,
    written_bytes: f64,
    storage_bytes: f64,
    write_calls: f64,
}

/// What a piece of work took.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub(crate) struct Spent {
    /// How long it took.
    pub(crate) seconds: f64,
    /// Processor time of the programs that it ran, user and system.
    pub(crate) core_seconds: f64,
}

/// Measures work that runs programs to their end. Our own part in it, which waits, counts too.
pub(crate) fn spent(work: impl FnOnce() -> Result) -> Result<Spent> {
    let core_seconds = || stat(std::process::id()).map_or(0.0, |stat| stat.core_seconds);
    let (start, before) = (Instant::now(), core_seconds());
    work()?;
    Ok(Spent { seconds: start.elapsed().as_secs_f64(), core_seconds: core_seconds() - before })
}

/// Measures the trees below these processes.
///
/// The counters of a process include those of its children that ended and were waited for, so the difference between
/// the sums at both ends of the span holds what came and went in between as well.
pub(crate) fn measure(roots: &[u32], span: Duration) -> Result<Usage> {
    let (start, before) = (Instant::now(), counters(roots)?);
    let mut looks = Vec::new();
    loop {
        looks.push(tree(roots)?.into_iter().map(pss_bytes).sum::<f64>());
        let left = span.saturating_sub(start.elapsed());
        if left.is_zero() {
            break;
        }
        thread::sleep(left.min(MEMORY_EVERY));
    }
    let (after, seconds) = (counters(roots)?, start.elapsed().as_secs_f64());
    Ok(Usage {
        seconds,
        core_seconds: after.core_seconds - before.core_seconds,
        pss_bytes: looks.iter().sum::<f64>() / looks.len() as f64,
        pss_max_bytes: looks.iter().copied().fold(0.0, f64::max),
        written_bytes: after.written_bytes - before.written_bytes,
        storage_bytes: after.storage_bytes - before.storage_bytes,
        write_calls: after.write_calls - before.write_calls,
    })
}

fn counters(roots: &[u32]) -> Result<Counters> {
    let mut sum = Counters::default();
    for &root in roots {
        if stat(root).is_none() {
            return Err(format!("process {root} ended before it was measured").into());
        }
    }
    for pid in tree(roots)? {
        let Some(stat) = stat(pid) else { continue };
        sum.core_seconds += stat.core_seconds;
        let io = numbers(&format!("/proc/{pid}/io"));
        let get = |name: &str| io.get(name).copied().unwrap_or(0.0);
        sum.written_bytes += get("wchar");
        sum.storage_bytes += get("write_bytes");
        sum.write_calls += get("syscw");
    }
    Ok(sum)
}

/// The first process of this name (at most 15 characters, as in proc(5), comm) below another.
pub(crate) fn below(root: u32, name: &str) -> Result<u32> {
    tree(&[root])?
        .into_iter()
        .find(|pid| fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm.trim_end() == name))
        .ok_or_else(|| format!("no process {name} below {root}").into())
}

/// These processes and all below them.
fn tree(roots: &[u32]) -> Result<Vec<u32>> {
    let mut parents = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if let Some(stat) = stat(pid) {
            parents.push((pid, stat.parent));
        }
    }
    let mut found = roots.to_vec();
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        found.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(pid, _)| pid));
        next += 1;
    }
    Ok(found)
}

/// The part of /proc/PID/stat that is used here.
struct Stat {
    parent: u32,
    core_seconds: f64,
}

fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in parentheses, and may hold blanks and parentheses itself.
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<_> = rest.split_ascii_whitespace().collect();
    // Counted from the third field of proc(5): ppid is the 4th; utime, stime, cutime and cstime the 14th to 17th.
    let ticks: u64 = fields.get(11..15)?.iter().filter_map(|field| field.parse::<u64>().ok()).sum();
    Some(Stat { parent: fields.get(1)?.parse().ok()?, core_seconds: ticks as f64 / TICKS_PER_SECOND })
}

fn pss_bytes(pid: u32) -> f64 {
    numbers(&format!("/proc/{pid}/smaps_rollup")).get("Pss").map_or(0.0, |kib| kib * 1024.0)
}

/// Resident memory of a process now, in MB (proc(5), status).
pub(crate) fn memory_mb(pid: u32) -> Result<f64> {
    let kib = numbers(&format!("/proc/{pid}/status")).remove("VmRSS").ok_or("the process tells no memory")?;
    Ok(kib / 1024.0)
}

/// Lines of the form `name: number`; a process that has just ended has none.
fn numbers(path: &str) -> BTreeMap<String, f64> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = |line: &str| {
        let (name, rest) = line.split_once(':')?;
        Some((name.to_owned(), rest.split_ascii_whitespace().next()?.parse().ok()?))
    };
    text.lines().filter_map(line).collect()
}

//! What befalls the line to the cameras, and their power (R6): how much longer than the outage a gap is, and what the
//! recorder keeps of lost connections. Judged by the gaps in the index, not by what the engine says meanwhile.

use super::stage::{self, Stage};
use super::wire::Wire;
use super::{Torture, most, p50_and_p95};
use crate::demo::text;
use crate::process::Background;
use crate::report::say;
use crate::{Result, machine};
use std::collections::BTreeSet;
use std::fs;
use std::time::{Instant, SystemTime};

/// What the simulated cameras send as one fragment, in seconds: the open one of each end is lost with the connection.
const GOP_S: f64 = 2.0;
/// How much longer than the outage a gap may be, but for the open fragment.
const LONGER_S: f64 = 5.0;
/// How long after its beginning an outage shows at the latest: a picture is waited for this long.
const SHOWS_S: f64 = 9.0;
/// How far before its outage a gap may begin: the open fragment, and a moment of waiting.
const BEFORE_S: f64 = GOP_S + 1.0;
/// What memory may grow by over all outages, in MB: what an allocator keeps. Reconnects leave nothing behind (R15).
const GROWN_MB: f64 = 16.0;
/// Outages until memory, descriptors and threads are looked at: what the first ones fill, the later ones use again.
const WARM: u32 = 10;
/// What the count of threads may grow by: the runtime keeps as many for blocking work as were busy at once. One that is
/// left behind by every lost connection is thousands.
const THREADS: f64 = 8.0;
/// How long it takes until what the last connections left is put away, in seconds.
const PUT_AWAY_S: f64 = 12.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The cameras' program is killed and started again; its system takes leave of the connections.
    Restart,
    /// The line is unplugged.
    Unplugged,
    /// The line swallows everything both ways.
    Swallowed,
    /// Every connection is reset, once.
    Reset,
    /// The cameras forget every connection and nobody hears of it, as at a loss of power.
    HalfOpen,
}

/// Each with what its figure is called.
const KINDS: [(Kind, &str); 5] = [
    (Kind::Restart, "longer than outage and GOP, s, p95: restarted"),
    (Kind::Unplugged, "longer than outage and GOP, s, p95: unplugged"),
    (Kind::Swallowed, "longer than outage and GOP, s, p95: swallowed"),
    (Kind::Reset, "longer than outage and GOP, s, p95: reset"),
    (Kind::HalfOpen, "longer than outage and GOP, s, p95: half open"),
];

/// An outage that was, in seconds since the run began.
struct Outage {
    kind: Kind,
    start: f64,
    end: f64,
}

/// What the index says of one outage at one camera.
struct Seen {
    kind: Kind,
    gaps: u32,
    /// How much longer than the outage and one GOP no picture was recorded, in seconds; negative when shorter.
    longer: f64,
    /// From the outage's end until a picture was recorded, in seconds.
    back: f64,
}

pub(super) fn run(mut torture: Torture<'_>) -> Result {
    stage::need_root("a line of its own takes root")?;
    let runs = torture.runs(500);
    let stage = Stage::new(&torture, "network")?;
    let wire = Wire::lay()?;
    let count = torture.options.cameras;
    let (simcams, told) = stage.simcams_behind(&wire, count)?;
    let mut simcams = Some(simcams);
    let cameras = stage.add(&told)?;
    let (engine, _) = stage.engine(cameras.len())?;
    #[expect(
        clippy::disallowed_methods,
        reason = "held against the times that the recorder files footage under"
    )]
    let begin = SystemTime::now();
    let now = || begin.elapsed().map_or(f64::NAN, |elapsed| elapsed.as_secs_f64());
    let mut outages = Vec::new();
    let mut before = None;
    for run in 1..=runs {
        // Of few outages, all are measured.
        if before.is_none() && (runs < 2 * WARM || run > WARM) {
            stage::sleep(PUT_AWAY_S);
            before = Some(held(engine.pid())?);
        }
        stage::sleep(torture.random.between(2.5, 6.0));
        engine.drain();
        let kind = KINDS[torture.random.next() as usize % KINDS.len()].0;
        let (start, started) = (now(), Instant::now());
        match kind {
            Kind::Restart => drop(simcams.take()),
            Kind::Unplugged => wire.plugged(false)?,
            Kind::Swallowed => wire.passes(false)?,
            Kind::Reset => wire.forget_connections()?,
            Kind::HalfOpen => {
                wire.passes(false)?;
                wire.forget_connections()?;
            }
        }
        if kind != Kind::Reset {
            stage::sleep(torture.random.between(0.2, 8.0));
        }
        match kind {
            Kind::Restart => simcams = Some(stage.simcams_behind(&wire, count)?.0),
            Kind::Unplugged => wire.plugged(true)?,
            Kind::Swallowed | Kind::HalfOpen => wire.passes(true)?,
            Kind::Reset => (),
        }
        outages.push(Outage { kind, start, end: now() });
        wait_until_over(&engine, kind, cameras.len(), started)?;
        if run.is_multiple_of(50) {
            say(&format!("{run} outages"));
        }
    }
    stage::sleep(PUT_AWAY_S);
    let (memory, descriptors, threads) = before.unwrap_or((f64::NAN, f64::NAN, f64::NAN));
    let (memory_after, descriptors_after, threads_after) = held(engine.pid())?;
    stage::terminate(engine)?;
    let clean = stage.is_clean()?;
    let (mut seen, mut unexplained) = (Vec::new(), Vec::new());
    for id in &cameras {
        let gaps: Option<Vec<_>> = stage
            .spans(id, &["--gaps"])?
            .iter()
            .map(|(start, end)| {
                Some((stage::seconds_since(begin, start)?, stage::seconds_since(begin, end)?))
            })
            .collect();
        seen.extend(judge(&outages, &gaps.ok_or("a gap without a time")?));
        unexplained.push(stage.not_accounted(id)?);
    }
    let figures = &mut torture.figures;
    for (kind, what) in KINDS {
        let longer: Vec<_> = seen.iter().filter(|seen| seen.kind == kind).map(|seen| seen.longer).collect();
        if !longer.is_empty() {
            figures.promised(what, p50_and_p95(&longer).1, LONGER_S);
        }
    }
    let resumed: Vec<_> =
        seen.iter().filter(|seen| matches!(seen.kind, Kind::Unplugged | Kind::Swallowed)).collect();
    let whole = resumed.iter().filter(|seen| seen.gaps == 0).count();
    figures.told("share unplugged or swallowed without any gap", whole as f64 / resumed.len() as f64);
    let back: Vec<_> = seen.iter().map(|seen| seen.back).collect();
    figures.told("recorded again after the outage's end, s, most", most(&back));
    figures.never("further gaps of one outage", seen.iter().map(|seen| seen.gaps.saturating_sub(1)).sum());
    figures.promised("seconds neither recorded nor in a gap, most", most(&unexplained), 3.0);
    figures.promised("memory grown, MB", memory_after - memory, GROWN_MB);
    figures.promised("descriptors more than before", descriptors_after - descriptors, 4.0);
    figures.promised("threads more than before", threads_after - threads, THREADS);
    figures.never("checks that were not clean", u32::from(!clean));
    torture.finish("network", runs)
}

/// Waits until every camera has had a gap and is recorded again, or no outage can show any more.
fn wait_until_over(engine: &Background, kind: Kind, cameras: usize, started: Instant) -> Result {
    let (mut opened, mut closed) = (BTreeSet::new(), BTreeSet::new());
    while !(opened.len() == closed.len()
        && (closed.len() == cameras || started.elapsed().as_secs_f64() > SHOWS_S))
    {
        if started.elapsed() > stage::LIMIT {
            let (closed, opened) = (closed.len(), opened.len());
            return Err(format!("{kind:?}: {closed} of {opened} cameras are recorded again").into());
        }
        for event in stage::told_by_now(engine)? {
            let seen = match text(&event, "event") {
                "gap.opened" => &mut opened,
                "gap.closed" => &mut closed,
                _ => continue,
            };
            seen.insert(text(&event, "camera").to_owned());
        }
        stage::sleep(0.1);
    }
    Ok(())
}

/// What one camera's gaps, in order and in seconds since the run began, say of the outages.
fn judge(outages: &[Outage], gaps: &[(f64, f64)]) -> Vec<Seen> {
    let until = outages.iter().skip(1).map(|next| next.start - BEFORE_S).chain([f64::INFINITY]);
    let judged = outages.iter().zip(until).map(|(outage, until)| {
        let from = outage.start - BEFORE_S;
        let of_it: Vec<_> = gaps.iter().filter(|(start, _)| (from..until).contains(start)).collect();
        let missing: f64 = of_it.iter().map(|(start, end)| end - start).sum();
        Seen {
            kind: outage.kind,
            gaps: of_it.len() as u32,
            longer: missing - (outage.end - outage.start) - GOP_S,
            back: of_it.last().map_or(0.0, |(_, end)| end - outage.end),
        }
    });
    judged.collect()
}

/// Memory in MB, open descriptors and threads of a process (proc(5)).
pub(super) fn held(pid: u32) -> Result<(f64, f64, f64)> {
    let count =
        |what: &str| Ok::<_, std::io::Error>(fs::read_dir(format!("/proc/{pid}/{what}"))?.count() as f64);
    Ok((machine::memory_mb(pid)?, count("fd")?, count("task")?))
}

#[cfg(test)]
mod tests {
    use super::{Kind, Outage, judge};

    #[test]
    fn a_gap_belongs_to_the_outage_it_began_with() {
        let outage = |start, end| Outage { kind: Kind::Reset, start, end };
        let seen = judge(&[outage(10.0, 14.0), outage(30.0, 31.0)], &[(8.5, 15.0), (17.0, 18.0)]);
        assert_eq!(seen.iter().map(|seen| seen.gaps).collect::<Vec<_>>(), [2, 0]);
        assert!((seen[0].longer - 1.5).abs() < 1e-9 && (seen[0].back - 4.0).abs() < 1e-9);
        assert!((seen[1].longer + 3.0).abs() < 1e-9);
    }
}

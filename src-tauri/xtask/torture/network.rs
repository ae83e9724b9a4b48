//! What befalls the line to the cameras, and their power (R6): how much longer than the outage a gap is, and what the
//! recorder keeps of lost connections. Judged by the gaps in the index, not by what the engine says meanwhile.

use super::stage::{self, Stage};
use super::wire::{self, Wire};
use super::{Torture, most, p50_and_p95};
use crate::Result;
use crate::demo::text;
use crate::process::Background;
use crate::report::say;
use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime};

/// What the simulated cameras send as one fragment, in seconds: the open one of each end is lost with the connection.
const GOP_S: f64 = 2.0;
/// How much longer than the outage a gap may be, but for the open fragment.
const LONGER_S: f64 = 5.0;
/// How long after its beginning an outage shows at the latest: a picture is waited for this long.
const SHOWS_S: f64 = 9.0;
/// How far before its outage a gap may begin: the open fragment, and a moment of waiting.
const BEFORE_S: f64 = GOP_S + 1.0;
/// How much shorter than an outage a gap may be where nothing of the outage can be recorded: what the clock of a stream
/// that begins while the line is slow is off by.
const SHORTER_S: f64 = 1.0;
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
    /// How much longer than the outage nothing was recorded, in seconds; negative when shorter.
    longer: f64,
    /// From the outage's end until a picture was recorded, in seconds.
    back: f64,
}

pub(super) fn run(mut torture: Torture<'_>) -> Result {
    wire::can_lay()?;
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
            before = Some(stage::held(engine.pid())?);
        }
        // Longer than before the next outage a gap counts as that one's.
        stage::sleep(torture.random.between(BEFORE_S + 0.5, BEFORE_S + 3.5));
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
    let (memory_after, descriptors_after, threads_after) = stage::held(engine.pid())?;
    stage::terminate(engine)?;
    let clean = stage.is_clean()?;
    let last_end = outages.last().map_or(f64::NAN, |outage| outage.end);
    let (mut seen, mut unexplained, mut lasting, mut lost) = (Vec::new(), Vec::new(), 0_u32, 0_u32);
    for id in &cameras {
        let mut gaps = Vec::new();
        let rows = stage.call(&[&["recordings", id.as_str(), "--gaps"], &stage::EVER[..]].concat())?;
        // What was deleted again, because the disk of this machine is nearly full, was recorded.
        for gap in rows.iter().filter(|gap| gap["cause"] != "retention") {
            let since = |name: &str| stage::seconds_since(begin, text(gap, name));
            match (since("start"), since("end")) {
                (Some(start), Some(end)) => gaps.push((start, end)),
                _ => lasting += 1,
            }
        }
        seen.extend(judge(&outages, &gaps));
        unexplained.push(stage.not_accounted(id)?);
        let until = stage.spans(id, &[])?.pop().and_then(|(_, end)| stage::seconds_since(begin, &end?));
        lost += u32::from(until.is_none_or(|until| until < last_end));
    }
    let figures = &mut torture.figures;
    for (kind, what) in KINDS {
        let longer = seen.iter().filter(|seen| seen.kind == kind).map(|seen| seen.longer - GOP_S);
        let longer: Vec<_> = longer.collect();
        if !longer.is_empty() {
            figures.promised(what, p50_and_p95(&longer).1, LONGER_S);
        }
    }
    // Every connection is lost, and the cameras are away for a while: something must be missing, and that long.
    let cut: Vec<_> = seen.iter().filter(|seen| matches!(seen.kind, Kind::HalfOpen)).collect();
    if !cut.is_empty() {
        let shorter: Vec<_> = cut.iter().map(|seen| -seen.longer).collect();
        figures.promised("gap shorter than its outage, s, most: half open", most(&shorter), SHORTER_S);
    }
    let silent =
        seen.iter().filter(|seen| matches!(seen.kind, Kind::Restart | Kind::HalfOpen) && seen.gaps == 0);
    figures.never("restarts and half open lines that left no gap", silent.count() as u32);
    let resumed: Vec<_> =
        seen.iter().filter(|seen| matches!(seen.kind, Kind::Unplugged | Kind::Swallowed)).collect();
    let whole = resumed.iter().filter(|seen| seen.gaps == 0).count();
    figures.told("share unplugged or swallowed without any gap", whole as f64 / resumed.len() as f64);
    let back: Vec<_> = seen.iter().map(|seen| seen.back).collect();
    figures.told("recorded again after the outage's end, s, most", most(&back));
    figures.never("further gaps of one outage", seen.iter().map(|seen| seen.gaps.saturating_sub(1)).sum());
    figures.never("gaps that still last", lasting);
    figures.never("cameras not recorded after the last outage", lost);
    figures.promised("seconds neither recorded nor in a gap, most", most(&unexplained), 3.0);
    figures.promised("memory grown, MB", memory_after - memory, GROWN_MB);
    figures.promised("descriptors more than before", descriptors_after - descriptors, 4.0);
    figures.promised("threads more than before", threads_after - threads, THREADS);
    figures.never("checks that were not clean", u32::from(!clean));
    torture.finish("network", runs)
}

/// Waits until every camera has had a gap and is recorded again, or no outage can show any more.
fn wait_until_over(engine: &Background, kind: Kind, cameras: usize, started: Instant) -> Result {
    // Whether a camera's gap lasts, of those that had one.
    let mut lasts = BTreeMap::new();
    loop {
        let all_back = lasts.values().all(|lasts| !lasts);
        if all_back && (lasts.len() == cameras || started.elapsed().as_secs_f64() > SHOWS_S) {
            return Ok(());
        }
        if started.elapsed() > stage::LIMIT {
            let away = lasts.values().filter(|lasts| **lasts).count();
            return Err(format!("{kind:?}: {away} of {cameras} cameras are not recorded again").into());
        }
        let Some(event) = stage::next_within(engine, Duration::from_millis(100))? else { continue };
        let opened = match text(&event, "event") {
            "gap.opened" => true,
            "gap.closed" => false,
            _ => continue,
        };
        lasts.insert(text(&event, "camera").to_owned(), opened);
    }
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
            longer: missing - (outage.end - outage.start),
            back: of_it.last().map_or(0.0, |(_, end)| end - outage.end),
        }
    });
    judged.collect()
}

#[cfg(test)]
mod tests {
    use super::{Kind, Outage, judge};

    #[test]
    fn a_gap_belongs_to_the_outage_it_began_with() {
        let outage = |start, end| Outage { kind: Kind::Reset, start, end };
        let seen = judge(&[outage(10.0, 14.0), outage(30.0, 31.0)], &[(8.5, 15.0), (17.0, 18.0)]);
        assert_eq!(seen.iter().map(|seen| seen.gaps).collect::<Vec<_>>(), [2, 0]);
        assert!((seen[0].longer - 3.5).abs() < 1e-9 && (seen[0].back - 4.0).abs() < 1e-9);
        assert!((seen[1].longer + 1.0).abs() < 1e-9);
    }
}

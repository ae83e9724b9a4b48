//! Owns feeding what reads foreign bytes with mutated inputs, for tests only (R11): which bytes come next, for how
//! long, and what is kept when something breaks. Must not know what is read; `tests/SECURITY.md` says how to use it.
//!
//! A target's inputs are its seeds and the files of `tests/corpus/NAME`. All are tried as they are, then mutated until
//! the time is up. An input whose outcome is new is mutated further. One that panics or takes too long is written into
//! the corpus folder, so that every later run tries it first.

mod mutate;
mod watch;

use mutate::Mutator;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use watch::Watch;

/// How long each target runs when `ATALAYA_FUZZ_SECS` does not say: the tests stay short.
const SECONDS: u64 = 3;
/// The seed when `ATALAYA_FUZZ_SEED` does not say.
const SEED: u64 = 0x00a7_a1a7;
/// The longest that one input may take; a development build takes several times as long. A busy machine may hold up any
/// one try, so the best of three counts.
const SLOW: Duration = Duration::from_secs(if cfg!(debug_assertions) { 5 } else { 1 });
/// Inputs kept for their new outcomes: the most, and the longest in bytes.
const FOUND_MAX: usize = 2000;
const FOUND_MAX_BYTES: usize = 8 << 10;
/// The most that the process may grow. Seeds and what was found take a tenth of it.
const GROWTH_MAX_KIB: u64 = 256 << 10;

/// Something that reads foreign bytes.
pub struct Target {
    /// Its name in what is printed, and its folder below `tests/corpus`.
    pub name: &'static str,
    /// What it looks for, and what it must not trip over.
    pub tokens: &'static [&'static [u8]],
    /// The longest input, in bytes: somewhat beyond its own limits.
    pub max_bytes: usize,
}

impl Target {
    /// Tries seeds, corpus and mutations of both. `check` panics when a promise is broken; what it gives back tells
    /// outcomes apart, coarsely.
    pub fn run<O: Hash>(&self, seeds: Vec<Vec<u8>>, mut check: impl FnMut(&[u8]) -> O) {
        let (seconds, seed) = (variable("ATALAYA_FUZZ_SECS", SECONDS), variable("ATALAYA_FUZZ_SEED", SEED));
        println!("fuzz {}: ATALAYA_FUZZ_SEED={seed}, {seconds} s", self.name);
        let mut inputs = seeds;
        inputs.extend(self.kept());
        assert!(!inputs.is_empty(), "nothing to start from");
        let grown_from = peak_kib();
        let outcome = Watch::during(
            |input| self.keep(input),
            |watch| {
                let mut tries =
                    Tries { watch, check: |input: &[u8]| hash(&check(input)), slowest: Duration::ZERO };
                self.mutate(inputs, StdRng::seed_from_u64(seed), Duration::from_secs(seconds), &mut tries)
            },
        );
        if let Err((input, panic)) = outcome {
            println!("fuzz {}: kept as {}", self.name, self.keep(&input));
            resume_unwind(panic);
        }
        // Only where the process runs no other test beside this one is its memory this one's.
        let grown = peak_kib().saturating_sub(grown_from);
        println!("fuzz {}: grown by {grown} KiB", self.name);
        assert!(std::env::var_os("NEXTEST").is_none() || grown <= GROWTH_MAX_KIB, "{grown} KiB");
    }

    fn mutate<C: FnMut(&[u8]) -> u64>(
        &self,
        mut inputs: Vec<Vec<u8>>,
        mut random: StdRng,
        time: Duration,
        tries: &mut Tries<'_, C>,
    ) -> Result<(), Broken> {
        let mut outcomes = BTreeSet::new();
        for input in &inputs {
            outcomes.insert(tries.one(input)?);
        }
        let (started, mut runs, kept) = (Instant::now(), inputs.len() as u64, inputs.len());
        let mutator = Mutator { tokens: self.tokens, max_bytes: self.max_bytes };
        while started.elapsed() < time {
            // Half of the time from where everything began, or what was found would be all there is.
            let from: &[Vec<u8>] = if random.random() { &inputs[..kept] } else { &inputs };
            let mut input = from.choose(&mut random).cloned().unwrap_or_default();
            let other = inputs.choose(&mut random).map_or(&[][..], Vec::as_slice);
            for _ in 0..random.random_range(1..8) {
                mutator.mutate(&mut random, &mut input, other);
            }
            let new = outcomes.insert(tries.one(&input)?);
            if new && inputs.len() < kept + FOUND_MAX && input.len() <= FOUND_MAX_BYTES {
                inputs.push(input);
            }
            runs += 1;
        }
        println!(
            "fuzz {}: {runs} executions, {:.0} a second, {} outcomes, the slowest in {:?}",
            self.name,
            runs as f64 / started.elapsed().as_secs_f64().max(1e-3),
            outcomes.len(),
            tries.slowest
        );
        Ok(())
    }

    fn folder(&self) -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus").join(self.name)
    }

    /// The inputs of the corpus folder, in the order of their names.
    fn kept(&self) -> Vec<Vec<u8>> {
        let entries = std::fs::read_dir(self.folder()).into_iter().flatten().flatten();
        let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        paths.iter().filter_map(|path| std::fs::read(path).ok()).collect()
    }

    /// Writes an input into the corpus folder and says where; where that fails, says what it is.
    fn keep(&self, input: &[u8]) -> String {
        let path = self.folder().join(format!("found-{:016x}", hash(&input)));
        let written = std::fs::create_dir_all(self.folder()).and_then(|()| std::fs::write(&path, input));
        match written {
            Ok(()) => path.display().to_string(),
            Err(error) => format!("{:?} ({error})", input.escape_ascii().to_string()),
        }
    }
}

/// An input that broke a promise, and the panic.
type Broken = (Vec<u8>, Box<dyn std::any::Any + Send>);

/// Trying inputs under watch.
struct Tries<'a, C> {
    watch: &'a Watch,
    check: C,
    slowest: Duration,
}

impl<C: FnMut(&[u8]) -> u64> Tries<'_, C> {
    /// What comes of an input.
    fn one(&mut self, input: &[u8]) -> Result<u64, Broken> {
        let mut best = Duration::MAX;
        for _ in 0..3 {
            self.watch.begins(input);
            let started = Instant::now();
            let outcome = catch_unwind(AssertUnwindSafe(|| (self.check)(input)));
            best = best.min(started.elapsed());
            self.watch.ends();
            let outcome = outcome.map_err(|panic| (input.to_vec(), panic))?;
            if best <= SLOW {
                self.slowest = self.slowest.max(best);
                return Ok(outcome);
            }
        }
        Err((input.to_vec(), Box::new(format!("an input took {best:?}"))))
    }
}

/// A number that stays the same for the same value, from run to run: for what must not be left to chance, such as
/// where a stream is cut.
pub fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn variable(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// The most memory that this process has had, in KiB; 0 where the system does not tell.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_breaks_is_found_kept_and_tried_first() {
        let target = Target { name: "self-test", tokens: &[b"bomb"], max_bytes: 100 };
        let folder = target.folder();
        let _ = std::fs::remove_dir_all(&folder);
        let breaks = |seeds: Vec<Vec<u8>>| {
            let mut tried = 0;
            let check = |input: &[u8]| {
                tried += 1;
                assert!(!input.windows(4).any(|four| four == b"bomb"), "found");
            };
            let broken = catch_unwind(AssertUnwindSafe(|| target.run(seeds, check))).is_err();
            (broken, tried)
        };
        assert!(breaks(vec![b"seed".to_vec()]).0);
        let kept = target.kept();
        assert_eq!(kept.len(), 1);
        let again = breaks(vec![b"seed".to_vec()]);
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(again, (true, 2), "the seed, then the kept one");
    }
}

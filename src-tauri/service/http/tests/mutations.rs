//! Mutations of the kept corpus (B7, R11): whatever bytes come, the reader neither panics nor hangs nor grows, and
//! reads the same however they are cut. `ATALAYA_FUZZ_SECONDS` makes it a long run; the seed is printed.

use super::dialects::{dialects, parts};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use std::path::Path;
use std::time::{Duration, Instant};

/// Bytes worth putting in: what the reader looks for, and what it must not trip over.
const TOKENS: [&[u8]; 14] = [
    b"--b\r\n",
    b"--b--\r\n",
    b"\r\n",
    b"\n",
    b"\r",
    b"-",
    b"b",
    b"Content-Length: ",
    b"Content-Length: 0\r\n",
    b"Content-Length: 16777216\r\n\r\n",
    b"content-",
    b"\xff\xd8\xff",
    b"\xff\xd9",
    b"\r\n\r\n",
];

/// The dialects, and every input kept in the corpus folder because it once showed something.
fn corpus() -> Vec<(String, Vec<u8>)> {
    let mut corpus: Vec<_> =
        dialects().into_iter().map(|(_, content_type, body, _)| (content_type.to_owned(), body)).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("http/tests/corpus");
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let kept = std::fs::read(entry.path()).unwrap();
        // The first line is the `Content-Type` of the answer.
        let end = kept.iter().position(|&byte| byte == b'\n').unwrap_or(kept.len());
        let content_type = String::from_utf8_lossy(&kept[..end]).trim().to_owned();
        corpus.push((content_type, kept.get(end + 1..).unwrap_or_default().to_vec()));
    }
    corpus
}

fn mutate(random: &mut StdRng, body: &mut Vec<u8>, other: &[u8]) {
    let at = random.random_range(0..=body.len());
    let length = random.random_range(0..=(body.len() - at).min(600));
    match random.random_range(0..6) {
        0 => drop(body.drain(at..at + length)),
        1 => body.truncate(at),
        2 => drop(body.splice(at..at, TOKENS.choose(random).unwrap().iter().copied())),
        3 => {
            let copied = body[at..at + length].to_vec();
            drop(body.splice(at..at, copied));
        }
        4 => body.iter_mut().skip(at).take(1).for_each(|byte| *byte = random.random()),
        _ => drop(body.splice(at..at + length, other.iter().copied().take(2000))),
    }
}

#[test]
fn no_bytes_do_harm() {
    let seconds = std::env::var("ATALAYA_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(3);
    let seed =
        std::env::var("ATALAYA_FUZZ_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(0x00a7_a1a7);
    println!("seed {seed}, {seconds} s");
    let mut random = StdRng::seed_from_u64(seed);
    let corpus = corpus();
    let started = Instant::now();
    let (mut runs, mut found, mut refused, mut slowest) = (0_u64, 0_u64, 0_u64, Duration::ZERO);
    while started.elapsed() < Duration::from_secs(seconds) {
        let (content_type, body) = corpus.choose(&mut random).unwrap();
        let other = &corpus.choose(&mut random).unwrap().1;
        let mut body = body.clone();
        for _ in 0..random.random_range(1..8) {
            mutate(&mut random, &mut body, other);
        }
        let run = Instant::now();
        let (whole, ended) = parts(content_type, &body, usize::MAX);
        let mut took = run.elapsed();
        if took > slowest {
            // Once more: the machine may have stood still.
            let again = Instant::now();
            let _ = std::hint::black_box(parts(content_type, &body, usize::MAX));
            took = took.min(again.elapsed());
        }
        slowest = slowest.max(took);
        let bytes: usize = whole.iter().map(|part| part.body.len()).sum();
        assert!(bytes <= body.len(), "run {runs} of seed {seed}: more came out than went in");
        let chunk = random.random_range(1..400);
        let cut = parts(content_type, &body, chunk);
        assert_eq!(cut.0, whole, "run {runs} of seed {seed}: chunks of {chunk}");
        assert_eq!(cut.1.is_err(), ended.is_err(), "run {runs} of seed {seed}: chunks of {chunk}");
        for part in &whole {
            let _ = super::super::picture::read(&part.body);
        }
        (runs, found, refused) = (runs + 1, found + whole.len() as u64, refused + u64::from(ended.is_err()));
    }
    println!("{runs} inputs, {found} parts, {refused} refused, the slowest in {slowest:?}");
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
}

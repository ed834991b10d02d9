//! The loop: pick a seed, mutate it, run it, keep what breaks.

use crate::case::Case;
use crate::guard::{guarded, watch};
use crate::mutate::mutate;
use crate::random::Random;
use crate::targets::Target;
use crate::{Options, seeds};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A mutated part is cut to this many bytes.
const LONGEST: usize = 1 << 20;
/// Time spent on making an offender smaller.
const MINIMIZE: Duration = Duration::from_secs(5);

/// Runs what the options ask for; whether nothing was found.
pub fn main(options: &Options) -> Result<bool, String> {
    watch();
    let mut clean = true;
    for &target in &options.targets {
        clean &= match &options.replay {
            Some(file) => replay(target, file)?,
            None => fuzz(target, options)?,
        };
    }
    Ok(clean)
}

fn crashes() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("crashes")
}

fn replay(target: &Target, file: &Path) -> Result<bool, String> {
    let bytes = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let case = Case::from_bytes(&bytes).ok_or(format!("{} is not a saved input", file.display()))?;
    let fine = guarded(&case, crashes().join("replayed"), || catch_unwind(|| target.run(&case))).is_ok();
    println!(
        "{target}: {}",
        if fine { "no defect" } else { "panics (message above)" }
    );
    Ok(fine)
}

fn fuzz(target: &Target, options: &Options) -> Result<bool, String> {
    let seeds = seeds::load(target)?;
    if seeds.is_empty() {
        return Err(format!("target {target} has no seeds"));
    }
    let (seed, start) = (options.seed, Instant::now());
    println!("{target}: {} seeds, --seed {seed}", seeds.len());
    let random = Random::new(seed);
    let mut runs = 0u64;
    for case in &seeds {
        if !survives(target, case, seed, runs) {
            return Ok(false);
        }
        runs += 1;
    }
    while start.elapsed() < Duration::from_secs(options.seconds) {
        let mut case = seeds[random.below(seeds.len())].clone();
        mutate(&mut case, &seeds[random.below(seeds.len())], &random, LONGEST);
        if !survives(target, &case, seed, runs) {
            return Ok(false);
        }
        runs += 1;
    }
    println!(
        "{target}: {runs} inputs in {:.1} s, no defect",
        start.elapsed().as_secs_f64()
    );
    Ok(true)
}

/// Runs one input; reports it and answers `false` if it panics.
fn survives(target: &Target, case: &Case, seed: u64, run: u64) -> bool {
    let crash = crashes().join(format!("{target}-{seed}-{run}"));
    if panics(target, case, &crash).is_none() {
        return true;
    }
    println!("{target}: making the input of {} bytes smaller", case.len());
    std::panic::set_hook(Box::new(|_| {}));
    let small = minimize(target, case, &crash);
    let _ = std::panic::take_hook();
    let message = panics(target, &small, &crash).unwrap_or_default();
    let saved = std::fs::create_dir_all(crashes()).and_then(|()| std::fs::write(&crash, small.to_bytes()));
    println!(
        "FOUND: {target}: {message}\n  input: {} bytes in {} ({saved:?})",
        small.len(),
        crash.display()
    );
    println!(
        "  replay: cargo run --release --manifest-path fuzz/Cargo.toml -- --replay {} {target}",
        crash.display()
    );
    false
}

/// The panic's message, if the input causes one.
fn panics(target: &Target, case: &Case, crash: &Path) -> Option<String> {
    let run = || catch_unwind(AssertUnwindSafe(|| target.run(case)));
    let payload = guarded(case, crash.to_owned(), run).err()?;
    let text = payload.downcast_ref::<String>().cloned();
    Some(
        text.or_else(|| payload.downcast_ref::<&str>().map(|&s| s.to_owned()))
            .unwrap_or_default(),
    )
}

/// Removes ever smaller runs of bytes for as long as the input still panics.
fn minimize(target: &Target, case: &Case, crash: &Path) -> Case {
    let (mut best, start) = (case.clone(), Instant::now());
    for part in 0..best.files.len() {
        let mut step = best.files[part].1.len().max(1);
        while step > 0 && start.elapsed() < MINIMIZE {
            let mut at = 0;
            while at < best.files[part].1.len() && start.elapsed() < MINIMIZE {
                let mut smaller = best.clone();
                let end = (at + step).min(smaller.files[part].1.len());
                smaller.files[part].1.drain(at..end);
                if panics(target, &smaller, crash).is_some() {
                    best = smaller;
                } else {
                    at += step;
                }
            }
            step /= 2;
        }
    }
    best
}

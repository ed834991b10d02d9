//! Archives within a budget: of bytes, of bits a weight, of noise, of the largest error.

mod support;

use std::collections::BTreeSet;
use support::recipes::{checked, dense, model, options};
use support::{bf16_bytes, f32_bytes, noise, safetensors};
use tensorpress_engine::assemble::{Assembler, EncodeJob};
use tensorpress_engine::codec::Scratch;
use tensorpress_engine::job::encode_job;
use tensorpress_engine::oneshot::plan;
use tensorpress_engine::tune::Tuner;
use tensorpress_engine::{compress, decompress};

#[test]
fn budgets_are_met() {
    let files = model(7);
    let rate = r#""rules":[{"chain":[{"rate":{}}]}]"#;
    for target in [30_000u64, 60_000, 100_000, 200_000] {
        let (report, archive, _) = checked(&files, &format!("{{{rate},\"targetBytes\":{target}}}")).unwrap();
        let size = archive.len() as u64;
        assert!(
            size <= target && size * 100 >= target * 98,
            "{size} of {target}: {:?}",
            report.quality
        );
    }
    // The padding of seven entries is 1% of a model this small at 1.5 bits.
    for bits in [1.5, 2.0, 4.0, 8.0] {
        let (report, _, _) = checked(&files, &format!("{{{rate},\"bitsPerWeight\":{bits}}}")).unwrap();
        let found = report.quality.unwrap().bits_per_weight;
        assert!((found / bits - 1.0).abs() <= 0.01, "{found} of {bits}");
    }
    for decibels in [10.0, 21.0, 45.0] {
        let quality = |budget: &str| {
            let (report, _, _) = checked(&files, &format!("{{{rate},\"{budget}\":{decibels}}}")).unwrap();
            report.quality.unwrap()
        };
        for found in [quality("sqnr").sqnr, quality("tensorSqnr").tensor_sqnr] {
            let found = found.unwrap();
            assert!(found >= decibels && found < decibels + 0.2, "{found} of {decibels}");
        }
    }
    for most in [0.05, 1e-3, 1e-5] {
        for recipe in [
            format!("{{{rate},\"maxError\":{most}}}"),
            format!("{{{rate},\"maxError\":{most},\"sqnr\":20}}"),
        ] {
            let (report, _, _) = checked(&files, &recipe).unwrap();
            for line in report.tensors {
                assert!(
                    line.quality.is_none_or(|quality| quality.max_error <= most),
                    "{}",
                    line.name
                );
            }
        }
    }
}

#[test]
fn budgets_that_cannot_be_met_are_refused() {
    let recipe = r#"{"preset":"balanced","targetBytes":3000}"#;
    let error = compress(&model(8), &options(recipe)).unwrap_err();
    assert_eq!(error.code(), "invalid-option");
    let message = error.to_string();
    assert!(message.contains("recipe.targetBytes: found 3000"), "{message}");
    // The number that it names is about what the coarsest step takes.
    let least = message.split("more than ").nth(1).unwrap().split(':').next().unwrap();
    let least: u64 = least.parse().unwrap();
    assert!(least > 3000, "{message}");
    for (target, enough) in [(least - 200, false), (least * 11 / 10, true)] {
        let recipe = format!(r#"{{"preset":"balanced","targetBytes":{target}}}"#);
        assert_eq!(
            compress(&model(8), &options(&recipe)).is_ok(),
            enough,
            "{target}: {message}"
        );
    }
    // More than is needed is no fault: everything is exact then.
    let (archive, report) = compress(&model(8), &options(r#"{"preset":"balanced","targetBytes":9000000}"#)).unwrap();
    assert!(archive.len() < 9_000_000);
    assert_eq!(decompress(&archive).unwrap(), model(8), "{:?}", report.quality);
}

#[test]
fn a_quality_beyond_what_codes_hold_is_exact() {
    let values: Vec<f32> = dense(4096, 30).iter().map(|w| w * 100.0).collect();
    let file = safetensors(&[
        ("w", "F32", &[64, 64], &f32_bytes(&values)),
        ("half", "BF16", &[64, 64], &bf16_bytes(&values)),
    ]);
    let files = vec![("m.safetensors".to_owned(), file)];
    for decibels in [55.0, 70.0, 85.0, 92.0, 100.0, 140.0] {
        for more in ["", r#","maxError":1000"#] {
            let recipe = format!(r#"{{"rules":[{{"chain":[{{"rate":{{}}}}]}}],"sqnr":{decibels}{more}}}"#);
            let (report, _, _) = checked(&files, &recipe).unwrap();
            let found = report.quality.unwrap().sqnr;
            assert!(found.is_none_or(|found| found >= decibels), "{found:?} of {decibels}");
        }
    }
}

#[test]
fn weights_that_samples_miss_are_measured() {
    // Zeros in the middle, where samples are taken.
    let mut values = vec![0.0; 6 << 20];
    values[..64 * 1024].copy_from_slice(&dense(64 * 1024, 31));
    let file = safetensors(&[("w", "F32", &[6 << 10, 1024], &f32_bytes(&values))]);
    let files = vec![("m.safetensors".to_owned(), file)];
    let recipe = r#"{"rules":[{"chain":[{"rate":{}}]}],"sqnr":30}"#;
    let found = checked(&files, recipe).unwrap().0.quality.unwrap().sqnr.unwrap();
    assert!((30.0..30.2).contains(&found), "{found}");
}

#[test]
fn bytes_that_nothing_can_be_done_about_count_for_a_budget() {
    // The weights' chain leaves nothing open, then there are no weights at all.
    let fixed = r#"{"preset":"balanced","rules":[{"chain":[{"fp8":{}}]}],"targetBytes":5000}"#;
    let integers = safetensors(&[("ids", "I64", &[1000], &noise(8000, 6))]);
    for (files, recipe) in [
        (model(8), fixed),
        (vec![("m.safetensors".to_owned(), integers)], r#"{"targetBytes":5000}"#),
    ] {
        let error = compress(&files, &options(recipe)).unwrap_err();
        assert_eq!(error.code(), "invalid-option");
        assert!(error.to_string().contains("recipe.targetBytes: found 5000"), "{error}");
    }
}

/// The tuner of a model and what it tunes.
fn tuner(files: &[(String, Vec<u8>)], recipe: &str) -> (Assembler, Tuner) {
    let planned = plan(files, &options(recipe)).unwrap().finish().unwrap();
    let assembler = Assembler::new(planned).unwrap();
    let tuner = Tuner::new(&assembler).unwrap();
    (assembler, tuner)
}

/// The meta of a job.
fn meta(files: &[(String, Vec<u8>)], job: &EncodeJob) -> Vec<u8> {
    let parts = job
        .spans
        .iter()
        .map(|&(file, offset, len)| &files[file].1[offset as usize..][..len as usize]);
    let raw = parts.collect::<Vec<_>>().concat();
    let (mut encoded, mut meta) = (Vec::new(), Vec::new());
    encode_job(&job.params, &raw, &mut encoded, &mut meta, &mut Scratch::default()).unwrap();
    meta
}

#[test]
fn metas_come_in_portions_of_any_size() {
    let files = model(9);
    let recipe = r#"{"rules":[{"match":{"dtype":["bf16"]},"chain":[{"cluster":{"clusters":9,"shared":true}}]},
        {"match":{"rank":2},"chain":[{"prune":{"sparsity":0.5,"global":true}},{"rate":{}}]},
        {"chain":[{"rate":{"relative":true}}]}],"bitsPerWeight":2}"#;
    let knobs = |most: usize| {
        let (assembler, mut tuner) = tuner(&files, recipe);
        while !tuner.jobs().is_empty() {
            let metas: Vec<_> = tuner.jobs().iter().map(|job| meta(&files, job)).collect();
            for portion in metas.chunks(most) {
                tuner.take(&assembler, portion.len(), &portion.concat()).unwrap();
            }
        }
        tuner.knobs()
    };
    let usual = knobs(usize::MAX);
    assert!(usual.step.is_some() && usual.threshold.is_some());
    assert_eq!(knobs(1), usual);
    assert_eq!(knobs(2), usual);
    // What is settled for a rule comes first, then what the budget is about.
    let (report, _, _) = checked(&files, recipe).unwrap();
    let found = report.quality.unwrap().bits_per_weight;
    assert!((found / 2.0 - 1.0).abs() <= 0.02, "{found}");
}

#[test]
fn metas_that_are_not_those_of_the_jobs_are_refused() {
    let files = model(9);
    let (assembler, mut tuner) = tuner(&files, r#"{"preset":"balanced"}"#);
    let metas: Vec<_> = tuner.jobs().iter().map(|job| meta(&files, job)).collect();
    let refused = |tuner: &mut Tuner, count: usize, metas: &[Vec<u8>]| {
        let error = tuner.take(&assembler, count, &metas.concat()).unwrap_err();
        assert_eq!(error.code(), "invalid-option");
        error.to_string().replace("invalid option ", "")
    };
    tuner.take(&assembler, 1, &metas[0]).unwrap();
    let (jobs, left) = (metas.len(), &metas[1..]);
    assert!(refused(&mut tuner, jobs, left).contains(&format!("{jobs} jobs, {} are left", jobs - 1)));
    assert!(refused(&mut tuner, usize::MAX, left).starts_with("count"));
    assert!(refused(&mut tuner, 1, &[]).contains("0 blocks, expected 1"));
    assert!(refused(&mut tuner, 1, left).starts_with("meta"));
    // None of it counts.
    tuner.take(&assembler, left.len(), &left.concat()).unwrap();
    assert!(!tuner.jobs().is_empty());
}

#[test]
fn numbers_in_jobs_are_exact_in_json() {
    let (assembler, _) = tuner(&model(9), r#"{"preset":"balanced"}"#);
    let lossy = assembler.jobs().into_iter().filter_map(|job| job.params.lossy);
    let salts: BTreeSet<u64> = lossy.map(|lossy| lossy.salt).collect();
    assert!(
        salts.len() > 2 && salts.iter().all(|&salt| salt != 0 && salt < 1 << 53),
        "{salts:?}"
    );
}

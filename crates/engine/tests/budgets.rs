//! Archives within a budget: of bytes, of bits a weight, of noise, of the largest error.

mod support;

use support::recipes::{checked, dense, model, options};
use support::{bf16_bytes, f32_bytes, noise, safetensors};
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
    assert!(error.to_string().contains("recipe.targetBytes: found 3000"), "{error}");
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

//! What is aimed at is reached, whatever the size of the weights and whatever lies beside them.

mod support;

use support::{bf16_bytes, f32_bytes, noise, safetensors, weights};
use tensorpress_engine::recipe::Recipe;
use tensorpress_engine::report::Quality;
use tensorpress_engine::{Options, Report, compress, decompress};

const RELATIVE: &str = r#""rules":[{"chain":[{"rate":{"relative":true}}]}]"#;
const ABSOLUTE: &str = r#""rules":[{"chain":[{"rate":{}}]}]"#;

fn report(file: &[u8], recipe: &str) -> Report {
    let options = Options {
        recipe: Some(Recipe::from_json(recipe).unwrap()),
        ..Options::default()
    };
    let (archive, report) = compress(&[("m.safetensors".to_owned(), file.to_vec())], &options).unwrap();
    decompress(&archive).unwrap();
    report
}

/// Weights of more distinct values than a palette holds.
fn dense(count: usize, seed: u64) -> Vec<f32> {
    let fine = weights(count, seed + 1000);
    let both = weights(count, seed).into_iter().zip(fine);
    both.map(|(weight, fine)| weight + fine * 1e-3).collect()
}

fn scaled(weights: &[f32], scale: f32) -> Vec<u8> {
    f32_bytes(&weights.iter().map(|weight| weight * scale).collect::<Vec<_>>())
}

fn quality_of<'a>(report: &'a Report, name: &str) -> &'a Quality {
    let line = report.tensors.iter().find(|line| line.name == name);
    line.and_then(|line| line.quality.as_ref()).unwrap()
}

#[test]
fn the_size_of_the_weights_does_not_matter() {
    let (a, b) = (dense(160 * 200, 1), dense(100 * 90, 2));
    for recipe in [
        r#"{"preset":"high"}"#.to_owned(),
        r#"{"preset":"small"}"#.to_owned(),
        format!("{{{RELATIVE},\"sqnr\":2}}"),
        format!("{{{RELATIVE},\"sqnr\":80}}"),
        format!("{{{RELATIVE},\"bitsPerWeight\":0.5}}"),
        format!("{{{ABSOLUTE},\"sqnr\":30}}"),
        r#"{"preset":"balanced","targetBytes":8000}"#.to_owned(),
    ] {
        let of_scale = |exponent: i32| {
            let scale = 2f32.powi(exponent);
            let file = safetensors(&[
                ("a", "F32", &[160, 200], &scaled(&a, scale)),
                ("b", "F32", &[100, 90], &scaled(&b, scale)),
            ]);
            let report = report(&file, &recipe);
            let quality = report.quality.unwrap();
            (quality.sqnr.unwrap(), quality.encoded)
        };
        // A power of two changes nothing but exponents.
        let usual = of_scale(0);
        for exponent in [-90, -30, -12, 12, 30, 90] {
            let (sqnr, encoded) = of_scale(exponent);
            assert!((sqnr - usual.0).abs() < 1e-6, "{sqnr} at 2^{exponent}: {recipe}");
            assert_eq!(encoded, usual.1, "2^{exponent}: {recipe}");
        }
    }
}

#[test]
fn what_stays_exact_does_not_hide_what_others_lose() {
    let a = dense(160 * 200, 3);
    // A causal mask, which is smaller exactly, and weights that no step may change.
    let mask = |masked: f32| -> Vec<f32> {
        let above = (0..128 * 128).map(|i| if i % 128 > i / 128 { masked } else { 0.0 });
        above.collect()
    };
    let mut broken: Vec<f32> = dense(128 * 128, 4).iter().map(|weight| weight * 100.0).collect();
    broken[7] = f32::NAN;
    for beside in [mask(1.0), mask(-65504.0), mask(-1e9), mask(f32::MIN), broken] {
        let file = safetensors(&[
            ("a", "F32", &[160, 200], &f32_bytes(&a)),
            ("beside", "F32", &[128, 128], &f32_bytes(&beside)),
        ]);
        for (recipe, aim) in [
            (r#"{"preset":"high"}"#.to_owned(), 45.0),
            (r#"{"preset":"balanced"}"#.to_owned(), 27.0),
            (r#"{"preset":"small"}"#.to_owned(), 20.0),
            (format!("{{{ABSOLUTE},\"sqnr\":30}}"), 30.0),
        ] {
            let report = report(&file, &recipe);
            assert_eq!(quality_of(&report, "beside").sqnr, None, "{recipe}");
            let found = quality_of(&report, "a").sqnr.unwrap();
            assert!(
                found >= aim && found < aim + 0.1,
                "{found} of {aim}: {recipe}, {}",
                beside[1]
            );
            let whole = report.quality.as_ref().unwrap();
            assert_eq!(whole.sqnr, Some(found));
            assert_eq!(whole.cosine, quality_of(&report, "a").cosine);
            assert_eq!(whole.weights, 160 * 200 + 128 * 128);
        }
    }
}

#[test]
fn tensors_share_the_noise_alike_where_they_count_as_tensors() {
    let (a, b) = (dense(64 * 64, 7), dense(640 * 640, 8));
    let file = |scale: f32| {
        safetensors(&[
            ("small", "F32", &[64, 64], &scaled(&a, scale)),
            ("large", "F32", &[640, 640], &f32_bytes(&b)),
            ("zero", "F32", &[64, 64], &[0; 64 * 64 * 4]),
        ])
    };
    let recipe = |rule: &str| {
        format!("{{\"rules\":[{{\"chain\":[{{\"rate\":{{\"relative\":true}}}}]{rule}}}],\"tensorSqnr\":30}}")
    };
    for scale in [1.0, 1000.0] {
        let alike = report(&file(scale), &recipe(""));
        let shared = report(&file(scale), &recipe(",\"perTensor\":true"));
        let of = |report: &Report| ["small", "large"].map(|name| quality_of(report, name).sqnr.unwrap());
        let ([small, large], [fine, coarse]) = (of(&alike), of(&shared));
        assert!((small - large).abs() < 0.5, "{small} and {large}");
        // A hundred times as many weights may have a hundred times the relative error: 20 dB.
        assert!((fine - coarse - 20.0).abs() < 0.5, "{fine} and {coarse}");
        for (report, found) in [(&alike, [small, large]), (&shared, [fine, coarse])] {
            let mean = found.map(|decibels| 10f64.powf(decibels / -10.0)).iter().sum::<f64>() / 2.0;
            let whole = report.quality.as_ref().unwrap().tensor_sqnr.unwrap();
            assert!((mean.log10() * -10.0 - whole).abs() < 1e-9, "{mean} and {whole}");
            assert!((30.0..30.2).contains(&whole), "{whole}");
        }
        // Which takes fewer bytes for the same mean.
        let bytes = |report: &Report| report.quality.as_ref().unwrap().encoded;
        assert!(bytes(&shared) < bytes(&alike));
    }
}

#[test]
fn light_weights_reach_a_high_quality() {
    let (a, b) = (dense(160 * 200, 5), dense(100 * 90, 6));
    let file = safetensors(&[
        ("a", "F32", &[160, 200], &f32_bytes(&a)),
        ("b", "F32", &[100, 90], &f32_bytes(&b)),
    ]);
    for weight in [1e-6, 1e-3, 1e6] {
        for decibels in [10.0, 45.0, 85.0, 100.0, 140.0] {
            for fields in ["", r#""relative":true"#] {
                let chain = format!(r#""chain":[{{"rate":{{{fields}}}}}]"#);
                for rest in [format!(r#",{{{chain}}}"#), String::new()] {
                    let matched = if rest.is_empty() { "*" } else { "a" };
                    let first = format!(r#"{{"match":{{"name":"{matched}"}},{chain},"weight":{weight}}}"#);
                    let recipe = format!(r#"{{"rules":[{first}{rest}],"sqnr":{decibels}}}"#);
                    let found = report(&file, &recipe).quality.unwrap().sqnr;
                    let reached = found.is_none_or(|found| found >= decibels && found < decibels + 0.1);
                    assert!(reached, "{found:?}: {recipe}");
                }
            }
        }
    }
}

#[test]
fn a_largest_error_alone_takes_the_widest_steps() {
    let a = dense(160 * 200, 7);
    let bits = |scale: f32, recipe: &str| {
        let file = safetensors(&[("a", "F32", &[160, 200], &scaled(&a, scale))]);
        let most = scale * 0.002;
        let recipe = recipe.replace("MOST", &most.to_string());
        let quality = report(&file, &recipe).quality.unwrap();
        assert!(quality.max_error <= f64::from(most) && quality.max_error > 0.99 * f64::from(most));
        quality.bits_per_weight
    };
    let usual = bits(1.0, r#"{"rules":[{"chain":[{"rate":{"trellis":3}}]}],"maxError":MOST}"#);
    for scale in [1e-6, 1.0, 1e6] {
        let found = bits(scale, r#"{"maxError":MOST}"#);
        assert!((found / usual - 1.0).abs() < 0.01, "{found}, expected {usual}");
    }
    let heavy = r#"{"rules":[{"chain":[{"rate":{"trellis":3}}],"weight":1000}],"maxError":MOST}"#;
    assert_eq!(bits(1.0, heavy), usual);
}

#[test]
fn a_largest_error_leaves_room_for_the_rounding_of_halves() {
    let a = dense(160 * 200, 9);
    let ulp = |weight: f32| 2f32.powi(weight.abs().log2().floor() as i32 - 7);
    let most = a.iter().fold(0f32, |most, weight| most.max(ulp(*weight)));
    let file = safetensors(&[("a", "BF16", &[160, 200], &bf16_bytes(&a))]);
    for trellis in ["", r#""trellis":3"#] {
        for relative in ["false", "true"] {
            let comma = if trellis.is_empty() { "" } else { "," };
            let chain = format!(r#"[{{"rate":{{"relative":{relative}{comma}{trellis}}}}}]"#);
            for allowed in [1.5, 3.0, 12.0].map(|times| f64::from(times * most)) {
                for more in ["", r#","sqnr":12"#] {
                    let recipe = format!(r#"{{"rules":[{{"chain":{chain}}}],"maxError":{allowed}{more}}}"#);
                    let quality = report(&file, &recipe).quality.unwrap();
                    assert!(quality.max_error <= allowed, "{recipe}");
                    assert!(quality.max_error > 0.5 * allowed, "{}: {recipe}", quality.max_error);
                }
            }
        }
    }
}

#[test]
fn noise_is_approximated_as_well() {
    // Patterns of bits that are any finite number: most of the sum of squares is in a few.
    let mut bytes = noise(4 * 64 * 128, 8);
    for number in bytes.chunks_exact_mut(4) {
        number[3] = number[3] & 0x80 | (number[3] & 0x7f).min(0x60);
    }
    let file = safetensors(&[("a", "F32", &[64, 128], &bytes)]);
    for recipe in [r#"{"preset":"small"}"#, r#"{"preset":"high"}"#] {
        let found = report(&file, recipe).quality.unwrap().sqnr;
        assert!(found.is_none_or(|found| found >= 14.0), "{found:?}");
    }
}

//! All quantizers on the same adversarial tensors, and what each promises.

use super::*;
use crate::{Fault, Geometry, Step};

/// Bell-shaped weights, the same on every machine.
fn weights(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 40) as f32 / (1u64 << 24) as f32
    };
    (0..count)
        .map(|_| (next() + next() + next() + next() - 2.0) * 0.1)
        .collect()
}

fn step(text: &str) -> Step {
    let step: Step = tensorpress_json::from_text(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    step.check().unwrap_or_else(|error| panic!("{text}: {error}"));
    step
}

fn applied(text: &str, weights: &[f32], shape: &[usize], axis: usize) -> Unit {
    let mut unit = Unit::new(weights.to_vec(), Geometry::new(shape.to_vec(), axis));
    step(text)
        .apply(&mut unit)
        .unwrap_or_else(|error| panic!("{text}: {error}"));
    unit
}

fn squared_error(a: &[f32], b: &[f32]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2))
        .sum()
}

/// Signal to noise in dB.
fn quality(original: &[f32], restored: &[f32]) -> f64 {
    let signal: f64 = original.iter().map(|&weight| f64::from(weight).powi(2)).sum();
    10.0 * (signal / squared_error(original, restored)).log10()
}

/// Every kind of quantizer.
const ALL: [&str; 24] = [
    r#"{"quantize":{}}"#,
    r#"{"quantize":{"per":"tensor"}}"#,
    r#"{"quantize":{"symmetric":false}}"#,
    r#"{"quantize":{"bits":4}}"#,
    r#"{"quantize":{"bits":4,"symmetric":true}}"#,
    r#"{"quantize":{"bits":4,"symmetric":true,"method":"minmax","scale":"f32"}}"#,
    r#"{"quantize":{"bits":4,"zeros":"f16","scale":"f32"}}"#,
    r#"{"quantize":{"bits":4,"method":"minmax","scale":"bf16","zeros":"f32"}}"#,
    r#"{"quantize":{"bits":4,"method":"search","scale":"f32"}}"#,
    r#"{"quantize":{"bits":4,"method":"search","norm":2,"scale":"double"}}"#,
    r#"{"quantize":{"bits":4,"method":"hqq","scale":"f32","zeros":"f32"}}"#,
    r#"{"quantize":{"bits":4,"method":"hqq","scale":"double","group":16}}"#,
    r#"{"quantize":{"bits":1,"symmetric":false,"scale":"f32"}}"#,
    r#"{"quantize":{"bits":1,"symmetric":true,"scale":"f32"}}"#,
    r#"{"quantize":{"bits":16,"symmetric":false}}"#,
    r#"{"quantize":{"range":[-32,31],"scale":"f32"}}"#,
    r#"{"quantize":{"range":[-30000,35535],"symmetric":false,"per":"tensor"}}"#,
    r#"{"nf4":{"scale":"f32"}}"#,
    r#"{"nf4":{"scale":"double","group":256}}"#,
    r#"{"fp4":{}}"#,
    r#"{"fp4":{"scale":"e4m3"}}"#,
    r#"{"fp8":{}}"#,
    r#"{"fp8":{"format":"e5m2","per":"tensor"}}"#,
    r#"{"float":{"to":"bf16"}}"#,
];

#[test]
fn adversarial_tensors_come_out_finite_and_as_their_codes_say() {
    let normal = weights(3 * 50 * 7, 1);
    let mut outlier = normal.clone();
    outlier[500] = 1e4;
    let scaled = |by: f32| -> Vec<f32> { normal.iter().map(|weight| weight * by).collect() };
    let tensors = [
        ("normal", normal.clone()),
        ("zero", vec![0.0; normal.len()]),
        ("constant", vec![0.7; normal.len()]),
        ("negative", vec![-3.0; normal.len()]),
        ("outlier", outlier),
        ("huge", scaled(3e38 / 0.2)),
        (
            "greatest",
            normal.iter().map(|weight| f32::MAX.copysign(*weight)).collect(),
        ),
        ("tiny", scaled(1e-37)),
        ("subnormal", scaled(1e-43)),
        ("offset", normal.iter().map(|weight| weight + 1000.0).collect()),
    ];
    let places: [(&[usize], usize); 5] = [
        (&[3, 50, 7], 1),
        (&[1050], 0),
        (&[50, 21], 0),
        (&[21, 50], 1),
        (&[1050, 1], 0),
    ];
    for text in ALL {
        for (name, weights) in &tensors {
            for (shape, axis) in places {
                for pruned in [false, true] {
                    let mut unit = Unit::new(weights.clone(), Geometry::new(shape.to_vec(), axis));
                    unit.pruned = pruned;
                    if pruned {
                        unit.weights.iter_mut().step_by(3).for_each(|weight| *weight = 0.0);
                    }
                    let told = || format!("{text} of {name} {shape:?}, axis {axis}");
                    match step(text).apply(&mut unit) {
                        // Scales that fp16 or bf16 cannot hold.
                        Err(error) if matches!(error.fault(), Fault::Unsuitable { .. }) => {
                            assert!(["huge", "greatest", "tiny", "subnormal"].contains(name), "{}", told());
                            continue;
                        }
                        other => other.unwrap(),
                    }
                    assert_eq!(unit.weights.len(), weights.len());
                    assert!(unit.weights.iter().all(|weight| weight.is_finite()), "{}", told());
                    if pruned {
                        assert!(
                            unit.weights.iter().step_by(3).all(|&weight| weight == 0.0),
                            "{}",
                            told()
                        );
                    }
                    if *name == "zero" {
                        assert!(unit.weights.iter().all(|&weight| weight == 0.0), "{}", told());
                    }
                    if let Outcome::Scaled(scaled) = &unit.outcome {
                        assert_eq!(scaled.restore(), unit.weights, "{}", told());
                        assert!(scaled.codes.iter().all(|&code| usize::from(code) < scaled.levels.len()));
                        assert_eq!(scaled.scales.len(), scaled.grouping.scales());
                        by_definition(scaled, &unit.weights);
                    }
                }
            }
        }
    }
}

/// Each weight by the definition in [`Scaled`], one at a time.
fn by_definition(scaled: &Scaled, restored: &[f32]) {
    let (scales, zeros) = (scaled.scales.values(), scaled.zeros.values());
    for (index, (&code, &weight)) in scaled.codes.iter().zip(restored).enumerate() {
        let group = scaled.grouping.scale_of(index);
        let zero = zeros.as_ref().map_or(0.0, |zeros| zeros[group]);
        assert_eq!(weight, (scaled.levels.value(code) - zero) * scales[group]);
    }
}

#[test]
fn empty_and_scalar_units_are_fine() {
    for text in ALL {
        assert!(applied(text, &[], &[0, 4], 0).weights.is_empty());
        let scalar = applied(text, &[0.5], &[], 0).weights;
        assert!((scalar[0] - 0.5).abs() < 0.2, "{text}: {scalar:?}");
    }
}

#[test]
fn weights_that_are_not_finite_are_refused() {
    for text in ALL {
        for bad in [f32::NAN, f32::INFINITY] {
            let mut unit = Unit::new(vec![0.5, bad], Geometry::new(vec![2], 0));
            let before = unit.outcome.clone();
            assert!(matches!(
                step(text).apply(&mut unit).unwrap_err().fault(),
                Fault::Unsuitable { .. }
            ));
            assert_eq!(unit.outcome, before);
        }
    }
}

#[test]
fn no_weight_is_farther_off_than_half_a_step() {
    let original = weights(64 * 96, 2);
    for bits in 2..=16u32 {
        for symmetric in [true, false] {
            let text =
                format!(r#"{{"quantize":{{"bits":{bits},"symmetric":{symmetric},"method":"minmax","scale":"f32"}}}}"#);
            let unit = applied(&text, &original, &[64, 96], 0);
            let Outcome::Scaled(scaled) = &unit.outcome else {
                panic!("codes")
            };
            let scales = scaled.scales.values();
            for (index, (a, b)) in original.iter().zip(&unit.weights).enumerate() {
                let step = scales[scaled.grouping.scale_of(index)].abs();
                // A whole zero point moves the range by up to half a step more, and of few bits one side is shorter.
                let most = if symmetric && bits >= 8 { 0.51 } else { 1.01 };
                assert!(
                    (a - b).abs() <= step * most + 1e-8,
                    "{text}: {a} became {b}, step {step}"
                );
            }
        }
    }
}

#[test]
fn more_bits_err_less() {
    let original = weights(64 * 96, 3);
    for method in ["minmax", "search", "hqq"] {
        let errors: Vec<f64> = (2..=12)
            .map(|bits| {
                let text =
                    format!(r#"{{"quantize":{{"bits":{bits},"symmetric":false,"method":"{method}","per":"group"}}}}"#);
                squared_error(&original, &applied(&text, &original, &[64, 96], 0).weights)
            })
            .collect();
        assert!(errors.windows(2).all(|pair| pair[1] < pair[0]), "{method}: {errors:?}");
    }
}

#[test]
fn better_methods_err_less() {
    let original = weights(256 * 64, 4);
    let error = |fields: &str| {
        let text = format!(r#"{{"quantize":{{"bits":4,"per":"group","scale":"f32",{fields}}}}}"#);
        squared_error(&original, &applied(&text, &original, &[64, 256], 0).weights)
    };
    let minmax = error(r#""symmetric":false,"method":"minmax""#);
    let search = error(r#""symmetric":false,"method":"search","norm":2"#);
    let hqq = error(r#""method":"hqq","zeros":"f32""#);
    let whole = error(r#""symmetric":false,"method":"leastSquares""#);
    let fitted = error(r#""symmetric":false,"method":"leastSquares","zeros":"f32""#);
    assert!(search < minmax && hqq < minmax, "{minmax} {search} {hqq}");
    assert!(
        whole < search && fitted < whole && fitted < hqq,
        "{search} {hqq} {whole} {fitted}"
    );
    let symmetric = error(r#""symmetric":true,"method":"minmax""#);
    assert!(error(r#""symmetric":true,"method":"leastSquares""#) < symmetric * 0.9);
}

#[test]
fn quantized_weights_stay_when_quantized_again() {
    let original = weights(64 * 96, 5);
    for text in [
        r#"{"quantize":{}}"#,
        r#"{"quantize":{"bits":4,"symmetric":true,"method":"minmax","scale":"f32"}}"#,
        r#"{"fp8":{"per":"none"}}"#,
        r#"{"float":{"to":"f16"}}"#,
        r#"{"float":{"to":"bf16"}}"#,
    ] {
        let once = applied(text, &original, &[64, 96], 0).weights;
        let twice = applied(text, &once, &[64, 96], 0).weights;
        for (a, b) in once.iter().zip(&twice) {
            assert!((a - b).abs() <= a.abs() * 1e-6, "{text}: {a} became {b}");
        }
    }
}

#[test]
fn qualities_are_those_of_the_formats() {
    // A bell without tails: all figures lie somewhat above those of real weights.
    let original = weights(256 * 256, 6);
    for (text, least, most) in [
        (r#"{"quantize":{}}"#, 41.0, 46.0),
        (r#"{"quantize":{"bits":4}}"#, 22.0, 25.0),
        (r#"{"nf4":{}}"#, 20.5, 23.0),
        (r#"{"fp4":{}}"#, 18.0, 21.0),
        (r#"{"fp4":{"scale":"e4m3"}}"#, 20.0, 23.0),
        (r#"{"fp8":{}}"#, 30.5, 33.0),
        (r#"{"fp8":{"format":"e5m2"}}"#, 24.5, 27.0),
        (r#"{"float":{"to":"bf16"}}"#, 54.0, 58.0),
        (r#"{"float":{"to":"f16"}}"#, 72.0, 76.0),
    ] {
        let found = quality(&original, &applied(text, &original, &[256, 256], 0).weights);
        assert!((least..most).contains(&found), "{text}: {found:.2} dB");
    }
}

#[test]
fn recipes_that_make_no_sense_are_refused() {
    for text in [
        r#"{"quantize":{"bits":0}}"#,
        r#"{"quantize":{"bits":17}}"#,
        r#"{"quantize":{"bits":8,"range":[0,3]}}"#,
        r#"{"quantize":{"range":[3,3]}}"#,
        r#"{"quantize":{"range":[0,65536]}}"#,
        r#"{"quantize":{"range":[-2147483648,2147483647]}}"#,
        r#"{"quantize":{"range":[1,9],"symmetric":true}}"#,
        r#"{"quantize":{"group":8}}"#,
        r#"{"quantize":{"group":512}}"#,
        r#"{"quantize":{"group":64,"per":"channel"}}"#,
        r#"{"quantize":{"method":"hqq","symmetric":true}}"#,
        r#"{"quantize":{"bits":13,"method":"leastSquares"}}"#,
        r#"{"quantize":{"method":"search","norm":9}}"#,
        r#"{"quantize":{"norm":2}}"#,
        r#"{"quantize":{"bits":4,"method":"search","zeros":"f16"}}"#,
        r#"{"nf4":{"group":1}}"#,
        r#"{"fp4":{"group":1000}}"#,
    ] {
        let step: Step = tensorpress_json::from_text(text).unwrap();
        assert!(
            matches!(step.check().unwrap_err().fault(), Fault::Parameter { .. }),
            "{text}"
        );
    }
    for text in [
        r#"{"quantize":{"bit":4}}"#,
        r#"{"fp8":{"format":"e3m4"}}"#,
        r#"{"float":{}}"#,
    ] {
        assert!(tensorpress_json::from_text::<Step>(text).is_err(), "{text}");
    }
}

#[test]
fn overflow_of_half_precision_is_as_asked_for() {
    let too_large = [1e5f32, -7e4, 1.0];
    let half = |overflow: &str| {
        let step = step(&format!(r#"{{"float":{{"to":"f16","overflow":"{overflow}"}}}}"#));
        let mut unit = Unit::new(too_large.to_vec(), Geometry::new(vec![3], 0));
        step.apply(&mut unit).map(|()| unit.weights)
    };
    assert_eq!(half("saturate").unwrap(), [65504.0, -65504.0, 1.0]);
    assert_eq!(half("infinity").unwrap(), [f32::INFINITY, f32::NEG_INFINITY, 1.0]);
    assert!(matches!(half("error").unwrap_err().fault(), Fault::Unsuitable { .. }));
}

#[test]
fn the_axis_of_a_recipe_wins() {
    let mut original = weights(32 * 16, 8);
    // Each column has a magnitude of its own.
    for (index, weight) in original.iter_mut().enumerate() {
        *weight *= 4f32.powi((index % 16) as i32 - 8);
    }
    let rows = applied(r#"{"quantize":{}}"#, &original, &[32, 16], 0);
    let columns = applied(r#"{"quantize":{"axis":1}}"#, &original, &[32, 16], 0);
    let Outcome::Scaled(scaled) = &columns.outcome else {
        panic!("codes")
    };
    assert_eq!((scaled.grouping.channels, scaled.scales.len()), (16, 16));
    // The smallest column is lost where it shares scales with the largest.
    let column = |unit: &Unit| unit.weights.iter().step_by(16).filter(|&&weight| weight != 0.0).count();
    assert!(column(&rows) == 0 && column(&columns) > 20);
}

#[test]
fn the_axis_of_a_recipe_is_the_tensor_s() {
    let values = weights(6 * 4 * 5, 12);
    // The first dimension stands for two axes of a tensor of [2, 3, 4, 5].
    let with_axis = |axis: usize, leading: &[usize]| {
        let mut unit = Unit::new(values.clone(), Geometry::new(vec![6, 4, 5], 0));
        unit.geometry.leading = leading.to_vec();
        step(&format!(r#"{{"quantize":{{"axis":{axis}}}}}"#))
            .apply(&mut unit)
            .unwrap();
        unit.weights
    };
    assert_eq!(with_axis(1, &[3]), with_axis(0, &[]));
    assert_eq!(with_axis(2, &[3]), with_axis(1, &[]));
    assert_eq!(with_axis(3, &[3]), with_axis(2, &[]));
    assert_ne!(with_axis(2, &[3]), with_axis(3, &[3]));
}

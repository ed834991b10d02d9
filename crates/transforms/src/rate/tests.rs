use super::*;
use crate::Fault;
use tensorpress_entropy::grid::{decode_codes, decode_values};

fn random(state: &mut u64) -> f64 {
    *state = state
        .wrapping_mul(6364136223846793005)
        .wrapping_add(1442695040888963407);
    (*state >> 11) as f64 / (1u64 << 53) as f64
}

/// Nearly Gaussian weights of deviation 1, `slope` octaves larger in the last row than in the first.
fn gaussian(rows: usize, columns: usize, slope: f64, seed: u64) -> Vec<f32> {
    let mut state = seed | 1;
    (0..rows * columns)
        .map(|place| {
            let sum: f64 = (0..12).map(|_| random(&mut state)).sum();
            ((sum - 6.0) * (slope * (place / columns) as f64 / rows as f64).exp2()) as f32
        })
        .collect()
}

fn options(step: f32) -> [RateOptions; 5] {
    [
        RateOptions {
            lambda: 0.0,
            offsets: false,
            ..RateOptions::scalar(step)
        },
        RateOptions::scalar(step),
        RateOptions::trellis(step, 2),
        RateOptions::trellis(step, 3),
        RateOptions::trellis(step, 5),
    ]
}

/// Bits a weight and decibels.
fn measure(weights: &[f32], columns: usize, options: &RateOptions) -> (f64, f64) {
    let quantized = quantize(weights, columns, options).unwrap();
    let mut payload = Vec::new();
    quantized.encode(&mut payload);
    let mut codes = vec![0; weights.len()];
    assert_eq!(decode_codes(&payload, &mut codes), Ok(quantized.grid));
    assert_eq!(codes, quantized.codes);
    let mut values = vec![0.0; weights.len()];
    decode_values(&payload, &mut values).unwrap();
    assert!(quantized.values().eq(values.iter().copied()));
    let square = |value: f32| f64::from(value) * f64::from(value);
    let energy: f64 = weights.iter().map(|&weight| square(weight)).sum();
    let error = quantized.squared_error(weights);
    (
        payload.len() as f64 * 8.0 / weights.len() as f64,
        10.0 * (energy / error).log10(),
    )
}

#[test]
fn weights_round_trip() {
    for columns in [1, 7, 32, 100] {
        for rows in [0, 1, 3, 50] {
            let weights = gaussian(rows, columns, 1.0, 3);
            for step in [0.01, 0.3, 2.0, 50.0] {
                for options in options(step) {
                    measure(&weights, columns, &options);
                }
            }
        }
    }
}

#[test]
fn nearest_codes_without_a_price() {
    let weights = gaussian(40, 40, 0.0, 9);
    let quantized = quantize(&weights, 40, &options(0.25)[0]).unwrap();
    for (weight, value) in weights.iter().zip(quantized.values()) {
        assert!((weight - value).abs() <= 0.125 + 1e-6, "{weight} became {value}");
    }
}

/// Gaussian weights need `log2(ratio) / 2` bits; what is above that is the price of the method.
#[test]
fn methods_come_as_near_to_the_bound_as_they_should() {
    let weights = gaussian(512, 256, 0.0, 4);
    for (step, bounds) in [
        (0.4, [0.28, 0.27, 0.13, 0.11, 0.09]),
        (0.8, [0.31, 0.27, 0.155, 0.135, 0.11]),
    ] {
        for (index, (options, bound)) in options(step).into_iter().zip(bounds).enumerate() {
            let step = if options.trellis == 0 { step } else { step * 0.58 };
            let (bits, decibels) = measure(&weights, 256, &RateOptions { step, ..options });
            let above = bits - decibels / 6.0206;
            assert!(
                above < bound && above > bound - 0.03,
                "method {index}: {above} bits above the bound"
            );
        }
    }
}

#[test]
fn rows_of_different_size_cost_less_with_contexts() {
    let weights = gaussian(256, 128, 4.0, 4);
    for log_states in [0, 3] {
        let with = RateOptions::trellis(0.5, log_states);
        let (plain, _) = measure(&weights, 128, &RateOptions { contexts: 1, ..with });
        let (bits, _) = measure(&weights, 128, &with);
        assert!(bits < plain * 0.93, "{bits}, {plain}");
    }
}

#[test]
fn no_weight_changes_by_more_than_allowed() {
    let weights = gaussian(64, 64, 2.0, 8);
    for (step, options) in [(0.2f32, options(0.2)), (0.05, options(0.05))] {
        for options in options {
            let reach = if options.trellis == 0 { step * 0.5 } else { step };
            for most in [reach * 1.00001, reach * 1.3] {
                let quantized = quantize(
                    &weights,
                    64,
                    &RateOptions {
                        max_error: Some(most),
                        lambda: 3.0,
                        ..options
                    },
                )
                .unwrap();
                let error = |(weight, value): (&f32, f32)| (f64::from(*weight) - f64::from(value)).abs();
                let worst = weights.iter().zip(quantized.values()).map(error).fold(0.0, f64::max);
                assert!(worst <= f64::from(most), "{worst} with {options:?}");
            }
            let less = RateOptions {
                max_error: Some(reach * 0.9),
                ..options
            };
            assert!(matches!(
                quantize(&weights, 64, &less).unwrap_err().fault(),
                Fault::Parameter { .. }
            ));
        }
    }
}

#[test]
fn zeros_stay() {
    let mut weights = gaussian(64, 64, 0.0, 8);
    weights.iter_mut().step_by(3).for_each(|weight| *weight = 0.0);
    weights[3] = -0.0;
    for options in options(0.3) {
        let quantized = quantize(&weights, 64, &options).unwrap();
        assert!(
            weights
                .iter()
                .zip(quantized.values())
                .all(|(&weight, value)| weight != 0.0 || value == 0.0)
        );
    }
}

#[test]
fn what_has_no_codes_is_refused() {
    for options in options(0.1) {
        for wrong in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30] {
            let refused = quantize(&[1.0, wrong], 2, &options);
            assert!(
                matches!(refused.unwrap_err().fault(), Fault::Unsuitable { .. }),
                "{wrong}"
            );
        }
        assert!(quantize(&[1.0; 3], 2, &options).is_err());
        assert!(quantize(&[1.0; 3], 0, &options).is_err());
    }
    let right = RateOptions::scalar(0.1);
    for wrong in [
        RateOptions { step: 0.0, ..right },
        RateOptions {
            step: f32::NAN,
            ..right
        },
        RateOptions { lambda: -1.0, ..right },
        RateOptions { trellis: 1, ..right },
        RateOptions { trellis: 6, ..right },
        RateOptions { contexts: 0, ..right },
        RateOptions { passes: 0, ..right },
    ] {
        assert!(
            matches!(
                quantize(&[1.0], 1, &wrong).unwrap_err().fault(),
                Fault::Parameter { .. }
            ),
            "{wrong:?}"
        );
    }
}

#[test]
fn steps_are_found() {
    let weights = gaussian(256, 128, 2.0, 6);
    let samples = [
        Sample::of_rows(&weights, 128, 1 << 14),
        Sample::of_rows(&weights[..12800], 128, 1 << 12),
    ];
    assert_eq!(samples[0].weights.len(), 1 << 14);
    assert_eq!(samples[0].share, 2.0);
    for options in [RateOptions::scalar(1.0), RateOptions::trellis(1.0, 3)] {
        let found = |target| {
            let step = find_step(&samples, target, &options).unwrap();
            estimate(&samples, &RateOptions { step, ..options }).unwrap()
        };
        for decibels in [8.0, 21.1, 45.2] {
            let ratio = found(Target::Ratio(power_ratio(decibels))).ratio();
            assert!(10.0 * ratio.log10() >= decibels && 10.0 * ratio.log10() < decibels + 0.2);
        }
        for bits in [1.2, 3.5, 7.0] {
            let needed = found(Target::Bits(bits)).bits_per_weight();
            assert!(needed <= bits && needed > bits - 0.05, "{needed} of {bits}");
        }
    }
    let nothing = [Sample::of_rows(&[0.0; 64], 8, 64)];
    assert!(find_step(&nothing, Target::Bits(2.0), &RateOptions::scalar(1.0)).is_err());
}

#[test]
fn decibels_are_ratios() {
    for (decibels, ratio) in [
        (0.0, 1.0),
        (10.0, 10.0),
        (20.0, 100.0),
        (-10.0, 0.1),
        (21.1, 128.824_955_169_313_4),
    ] {
        assert!((power_ratio(decibels) / ratio - 1.0).abs() < 1e-12, "{decibels}");
    }
}

use super::*;
use crate::{Fault, Geometry, Step, random};
use proptest::prelude::*;

fn unit_after(recipe: &str, weights: &[f32], shape: &[usize], axis: usize) -> Unit {
    let step: Step = tensorpress_json::from_text(recipe).unwrap();
    step.check().unwrap();
    let mut unit = Unit::new(weights.to_vec(), Geometry::new(shape.to_vec(), axis));
    step.apply(&mut unit).unwrap();
    if let Outcome::LowRank(low_rank) = &unit.outcome {
        assert_eq!(low_rank.restore(), unit.weights);
    } else {
        assert_eq!(unit.weights, weights);
    }
    unit
}

fn rank(unit: &Unit) -> Option<usize> {
    match &unit.outcome {
        Outcome::LowRank(low_rank) => Some(low_rank.rank),
        _ => None,
    }
}

fn relative_error(restored: &[f32], weights: &[f32]) -> f64 {
    let pairs = restored.iter().zip(weights);
    let squares: f64 = pairs.map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum();
    (squares / weights.iter().map(|&w| f64::from(w).powi(2)).sum::<f64>()).sqrt()
}

fn noise(seed: u64, index: usize) -> f32 {
    (random::at(seed, index as u64) >> 40) as f32 / (1u64 << 23) as f32 - 1.0
}

/// A matrix of a given rank, with some noise.
fn matrix(rows: usize, columns: usize, rank: usize, noisy: f32) -> Vec<f32> {
    let at = |i: usize, j: usize| {
        let terms = (0..rank).map(|k| noise(1, i * rank + k) * noise(2, k * columns + j) / (k + 1) as f32);
        terms.sum::<f32>() + noisy * noise(3, i * columns + j)
    };
    (0..rows * columns)
        .map(|index| at(index / columns, index % columns))
        .collect()
}

#[test]
fn a_matrix_of_low_rank_is_found_out() {
    for (rows, columns) in [(40, 60), (60, 40)] {
        let weights = matrix(rows, columns, 3, 0.0);
        let unit = unit_after(
            r#"{"factorize":{"error":1e-4,"factors":"f32"}}"#,
            &weights,
            &[rows, columns],
            0,
        );
        assert_eq!(rank(&unit), Some(3));
        assert!(relative_error(&unit.weights, &weights) < 1e-6);
        let unit = unit_after(
            r#"{"factorize":{"rank":30,"factors":"f32"}}"#,
            &weights,
            &[rows, columns],
            1,
        );
        assert!(rank(&unit).is_none_or(|rank| rank <= 30));
    }
}

#[test]
fn the_error_is_that_of_the_singular_values_left_out() {
    let weights = matrix(30, 50, 8, 0.05);
    let singular = singular_values(&weights, 30, 50);
    let total: f64 = singular.iter().map(|s| s * s).sum();
    assert!((total - weights.iter().map(|&w| f64::from(w).powi(2)).sum::<f64>()).abs() <= 1e-9 * total);
    let mut last = 1.0;
    for kept in 1..12 {
        let unit = unit_after(
            &format!(r#"{{"factorize":{{"rank":{kept},"factors":"f32"}}}}"#),
            &weights,
            &[30, 50],
            0,
        );
        let error = relative_error(&unit.weights, &weights);
        let least = (singular[kept..].iter().map(|s| s * s).sum::<f64>() / total).sqrt();
        assert!((error - least).abs() <= 1e-5, "rank {kept}: {error}, expected {least}");
        assert!(error < last);
        last = error;
        assert_eq!(rank_for_error(&singular, least * 1.0001), kept);
        assert_eq!(rank_for_energy(&singular, 1.0 - least * least * 1.0001), kept);
    }
}

#[test]
fn bounds_hold_for_what_is_restored() {
    let weights = matrix(64, 96, 6, 0.02);
    for factors in ["f32", "f16", "int8"] {
        for bound in [0.5, 0.2, 0.1] {
            let recipe = format!(r#"{{"factorize":{{"error":{bound},"factors":"{factors}"}}}}"#);
            let unit = unit_after(&recipe, &weights, &[64, 96], 0);
            assert!(rank(&unit).is_some());
            assert!(relative_error(&unit.weights, &weights) <= bound, "{recipe}");
        }
    }
    let recipe = r#"{"factorize":{"energy":0.97,"factors":"f32"}}"#;
    let unit = unit_after(recipe, &weights, &[64, 96], 0);
    assert!(relative_error(&unit.weights, &weights).powi(2) <= 0.03 + 1e-9);
}

#[test]
fn what_fits_worst_is_stored_beside() {
    let mut weights = matrix(50, 50, 2, 0.001);
    for i in 0..25 {
        weights[i * 97] += 5.0 * noise(9, i).signum();
    }
    let without = unit_after(r#"{"factorize":{"rank":2,"factors":"f32"}}"#, &weights, &[50, 50], 0);
    let with = unit_after(
        r#"{"factorize":{"rank":2,"sparse":0.01,"factors":"f32"}}"#,
        &weights,
        &[50, 50],
        0,
    );
    let Outcome::LowRank(low_rank) = &with.outcome else {
        panic!("{:?}", with.outcome)
    };
    let positions: Vec<u32> = low_rank.remainder.iter().map(|&(position, _)| position).collect();
    assert_eq!(positions, (0..25).map(|i| i * 97).collect::<Vec<u32>>());
    assert!(relative_error(&without.weights, &weights) > 0.1);
    assert!(relative_error(&with.weights, &weights) < 0.005);
}

#[test]
fn convolutions_are_matrices_of_channels() {
    let weights = matrix(32, 36, 2, 0.0);
    for (shape, axis) in [(vec![32, 4, 3, 3], 0), (vec![2, 2, 8, 36], 3), (vec![32, 9, 4], 1)] {
        let unit = unit_after(r#"{"factorize":{"rank":2}}"#, &weights, &shape, axis);
        let Outcome::LowRank(low_rank) = &unit.outcome else {
            panic!("{shape:?}")
        };
        assert_eq!((low_rank.rows, low_rank.columns), (32, 36));
        assert!(relative_error(&unit.weights, &weights) < 2e-3);
    }
}

#[test]
fn odd_units_pass() {
    for recipe in [
        r#"{"factorize":{"rank":1}}"#,
        r#"{"factorize":{"energy":0.9,"sparse":0.1}}"#,
        r#"{"factorize":{"error":0.1,"factors":"int8"}}"#,
        r#"{"factorize":{"rank":1,"sparse":1}}"#,
    ] {
        for shape in [vec![0], vec![3, 0], vec![0, 3], vec![2, 0, 2]] {
            assert_eq!(rank(&unit_after(recipe, &[], &shape, 0)), None);
        }
        assert_eq!(rank(&unit_after(recipe, &[1.5], &[], 0)), None);
        assert_eq!(rank(&unit_after(recipe, &[1.5; 9], &[9], 0)), None);
        assert_eq!(rank(&unit_after(recipe, &[1.5; 9], &[1, 9], 0)), None);
        let zero = unit_after(recipe, &[0.0; 400], &[20, 20], 0);
        assert_eq!((rank(&zero), zero.weights), (Some(0), vec![0.0; 400]));
        let constant = unit_after(recipe, &[-3.0; 400], &[20, 20], 0);
        assert!(relative_error(&constant.weights, &[-3.0; 400]) < 0.01);
        let mut outlier = matrix(20, 20, 3, 0.1);
        outlier[77] = 1e30;
        let unit = unit_after(recipe, &outlier, &[20, 20], 0);
        assert!(unit.weights.iter().all(|weight| weight.is_finite()));
        let integers: Vec<f32> = (0..400).map(|i| (i / 20 * (i % 20)) as f32).collect();
        assert!(relative_error(&unit_after(recipe, &integers, &[20, 20], 0).weights, &integers) < 0.02);
    }
    // A product that would not be smaller.
    let weights = matrix(8, 8, 8, 0.5);
    let after = |recipe: &str| rank(&unit_after(recipe, &weights, &[8, 8], 0));
    assert_eq!(after(r#"{"factorize":{"rank":7}}"#), Some(7));
    assert_eq!(after(r#"{"factorize":{"rank":8}}"#), None);
    assert_eq!(after(r#"{"factorize":{"rank":4,"factors":"f32"}}"#), None);
    let mut pruned = Unit::new(weights, Geometry::new(vec![8, 8], 0));
    pruned.pruned = true;
    let step: Step = tensorpress_json::from_text(r#"{"factorize":{"rank":2}}"#).unwrap();
    assert!(matches!(
        step.apply(&mut pruned).unwrap_err().fault(),
        Fault::Unsuitable { .. }
    ));
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (recipe, field) in [
        (r#"{"factorize":{}}"#, "factorize"),
        (r#"{"factorize":{"rank":1,"energy":0.5}}"#, "factorize"),
        (r#"{"factorize":{"rank":0}}"#, "factorize.rank"),
        (r#"{"factorize":{"energy":1.5}}"#, "factorize.energy"),
        (r#"{"factorize":{"error":0}}"#, "factorize.error"),
        (r#"{"factorize":{"rank":1,"sparse":-0.5}}"#, "factorize.sparse"),
    ] {
        let error = tensorpress_json::from_text::<Step>(recipe)
            .unwrap()
            .check()
            .unwrap_err();
        assert!(
            matches!(error.fault(), Fault::Parameter { field: found, .. } if found == field),
            "{recipe}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn more_components_err_less(rows in 2usize..20, columns in 2usize..20, noisy in 0f32..1.0) {
        let weights = matrix(rows, columns, 2, noisy);
        let components = Components::of(&weights, rows, columns);
        let errors: Vec<f64> = (0..=rows.min(columns))
            .map(|rank| relative_error(&components.product(rank), &weights))
            .collect();
        prop_assert!(errors.windows(2).all(|pair| pair[1] <= pair[0] + 1e-6), "{:?}", errors);
        prop_assert!(errors.last().is_some_and(|error| *error < 1e-5), "{:?}", errors);
    }
}

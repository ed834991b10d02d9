use super::*;
use crate::{Fault, Geometry, apply_chain};
use proptest::prelude::*;

fn clipped(recipe: &str, weights: &[f32], geometry: Geometry) -> Vec<f32> {
    let step: Step = tensorpress_json::from_text(recipe).unwrap();
    step.check().unwrap();
    let mut unit = Unit::new(weights.to_vec(), geometry);
    step.apply(&mut unit).unwrap();
    unit.weights
}

fn row(recipe: &str, weights: &[f32]) -> Vec<f32> {
    clipped(recipe, weights, Geometry::new(vec![weights.len()], 0))
}

#[test]
fn a_range_may_be_open_at_one_end() {
    let weights = [-3.0, 0.25, 0.75];
    assert_eq!(row(r#"{"clip":{"min":-1,"max":0.5}}"#, &weights), [-1.0, 0.25, 0.5]);
    assert_eq!(row(r#"{"clip":{"max":0.5}}"#, &weights), [-3.0, 0.25, 0.5]);
    assert_eq!(row(r#"{"clip":{"min":0}}"#, &weights), [0.0, 0.25, 0.75]);
}

#[test]
fn a_percentile_is_a_rank_among_the_magnitudes() {
    let weights = [-4.0, 3.0, -2.0, 1.0];
    assert_eq!(row(r#"{"clip":{"percentile":50}}"#, &weights), [-2.0, 2.0, -2.0, 1.0]);
    assert_eq!(row(r#"{"clip":{"percentile":51}}"#, &weights), [-3.0, 3.0, -2.0, 1.0]);
    assert_eq!(row(r#"{"clip":{"percentile":100}}"#, &weights), weights);
    assert_eq!(row(r#"{"clip":{"percentile":0.1}}"#, &weights), [-1.0, 1.0, -1.0, 1.0]);
}

#[test]
fn deviations_are_around_the_mean() {
    // Mean 1, variance 4.
    let weights = [3.0, -1.0, 3.0, -1.0];
    assert_eq!(row(r#"{"clip":{"sigma":0.5}}"#, &weights), [2.0, 0.0, 2.0, 0.0]);
    assert_eq!(row(r#"{"clip":{"sigma":1}}"#, &weights), weights);
}

#[test]
fn a_channel_has_a_range_of_its_own() {
    let recipe = r#"{"clip":{"percentile":50,"per":"channel"}}"#;
    let weights = [1.0, 10.0, -2.0, 20.0];
    let columns = clipped(recipe, &weights, Geometry::new(vec![2, 2], 1));
    assert_eq!(columns, [1.0, 10.0, -1.0, 10.0]);
    let rows = clipped(recipe, &weights, Geometry::new(vec![2, 2], 0));
    assert_eq!(rows, [1.0, 1.0, -2.0, 2.0]);
}

#[test]
fn odd_units_pass() {
    for recipe in [
        r#"{"clip":{"min":-1,"max":1}}"#,
        r#"{"clip":{"percentile":99}}"#,
        r#"{"clip":{"sigma":2,"per":"channel"}}"#,
    ] {
        for shape in [vec![0], vec![3, 0], vec![0, 3]] {
            assert!(clipped(recipe, &[], Geometry::new(shape, 0)).is_empty());
        }
        assert_eq!(clipped(recipe, &[0.5], Geometry::new(vec![], 0)), [0.5]);
        assert_eq!(row(recipe, &[0.0; 5]), [0.0; 5]);
        assert_eq!(row(recipe, &[-0.25; 5]), [-0.25; 5]);
    }
    // The squared distances overflow fp32 but not fp64.
    assert_eq!(
        row(r#"{"clip":{"sigma":3}}"#, &[f32::MAX, f32::MIN]),
        [f32::MAX, f32::MIN]
    );
}

#[test]
fn pruned_zeros_stay() {
    let mut unit = Unit::new(vec![0.0, 1.0, 5.0], Geometry::new(vec![3], 0));
    unit.pruned = true;
    let step: Step = tensorpress_json::from_text(r#"{"clip":{"min":2}}"#).unwrap();
    step.apply(&mut unit).unwrap();
    assert_eq!(unit.weights, [0.0, 2.0, 5.0]);
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (recipe, field) in [
        (r#"{"clip":{}}"#, "clip"),
        (r#"{"clip":{"min":1,"sigma":2}}"#, "clip"),
        (r#"{"clip":{"min":1,"max":0}}"#, "clip.min"),
        (r#"{"clip":{"percentile":0}}"#, "clip.percentile"),
        (r#"{"clip":{"percentile":101}}"#, "clip.percentile"),
        (r#"{"clip":{"sigma":-1}}"#, "clip.sigma"),
        (r#"{"clip":{"max":1,"per":"channel"}}"#, "clip.per"),
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
    assert!(tensorpress_json::from_text::<Step>(r#"{"clip":{"min":0,"max":1,"mid":2}}"#).is_err());
    let mut nan: Step = tensorpress_json::from_text(r#"{"clip":{"max":1}}"#).unwrap();
    if let Step::Clip(clip) = &mut nan {
        clip.max = Some(f32::NAN);
    }
    assert!(nan.check().is_err());
}

/// Squared error of weights behind a chain.
fn error_of(chain: &str, weights: &[f32], geometry: &Geometry) -> f64 {
    let chain: Vec<Step> = tensorpress_json::from_text(chain).unwrap();
    let mut unit = Unit::new(weights.to_vec(), geometry.clone());
    apply_chain(&chain, &mut unit).unwrap();
    let pairs = unit.weights.iter().zip(weights);
    pairs.map(|(a, b)| f64::from(a - b) * f64::from(a - b)).sum()
}

#[test]
fn the_best_range_beats_the_full_one_where_an_outlier_spoils_it() {
    let mut weights: Vec<f32> = (0..999).map(|i| ((i * 37 % 199) as f32 - 99.0) / 100.0).collect();
    weights.push(40.0);
    let geometry = Geometry::new(vec![4, 250], 0);
    let quantizer = r#"{"cluster":{"clusters":16,"method":"lloyd","init":"linear","iterations":0}}"#;
    let plain = error_of(&format!("[{quantizer}]"), &weights, &geometry);
    for per in ["tensor", "channel"] {
        let clip = format!(r#"{{"clip":{{"best":true,"per":"{per}"}}}}"#);
        let clipped = error_of(&format!("[{clip},{quantizer}]"), &weights, &geometry);
        assert!(clipped <= plain, "{per}: {clipped} against {plain}");
    }
}

#[test]
fn the_best_range_needs_a_quantizer() {
    let chain: Vec<Step> = tensorpress_json::from_text(r#"[{"clip":{"best":true}},{"clip":{"max":1}}]"#).unwrap();
    let mut unit = Unit::new(vec![2.0, 3.0], Geometry::new(vec![2], 0));
    assert!(apply_chain(&chain, &mut unit).is_err());
    assert_eq!(unit.weights, [2.0, 3.0]);
}

proptest! {
    #[test]
    fn clipping_twice_is_clipping_once(
        weights in prop::collection::vec(-1e3f32..1e3, 0..200),
        percentile in 1f64..100.0,
    ) {
        let recipe = format!(r#"{{"clip":{{"percentile":{percentile}}}}}"#);
        let once = row(&recipe, &weights);
        prop_assert_eq!(&row(&recipe, &once), &once);
        let changed = once.iter().zip(&weights).filter(|(a, b)| a != b).count();
        // At least the given share is left as it is.
        prop_assert!(weights.len() - changed >= (percentile / 100.0 * weights.len() as f64).ceil() as usize);
    }
}

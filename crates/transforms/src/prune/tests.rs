use super::*;
use crate::{Fault, Geometry, Step};
use proptest::prelude::*;

fn unit_after(recipe: &str, weights: &[f32], shape: &[usize], axis: usize, first: u64) -> Unit {
    let step: Step = tensorpress_json::from_text(recipe).unwrap();
    step.check().unwrap();
    let mut unit = Unit::new(weights.to_vec(), Geometry::new(shape.to_vec(), axis));
    unit.context.first = first;
    step.apply(&mut unit).unwrap();
    unit
}

fn pruned(recipe: &str, weights: &[f32], shape: &[usize], axis: usize) -> Vec<f32> {
    unit_after(recipe, weights, shape, axis, 0).weights
}

fn row(recipe: &str, weights: &[f32]) -> Vec<f32> {
    pruned(recipe, weights, &[weights.len()], 0)
}

fn zeros(weights: &[f32]) -> usize {
    weights.iter().filter(|&&weight| weight == 0.0).count()
}

#[test]
fn the_smallest_go_and_the_first_among_equals() {
    let weights = [-3.0, 1.0, -1.0, 2.0, 1.0, 4.0];
    assert_eq!(
        row(r#"{"prune":{"sparsity":0.3333}}"#, &weights),
        [-3.0, 0.0, 0.0, 2.0, 1.0, 4.0]
    );
    assert_eq!(row(r#"{"prune":{"sparsity":0}}"#, &weights), weights);
    assert_eq!(row(r#"{"prune":{"sparsity":1}}"#, &weights), [0.0; 6]);
    // 0.25 · 6 = 1.5 is rounded up.
    assert_eq!(zeros(&row(r#"{"prune":{"sparsity":0.25}}"#, &weights)), 2);
    assert_eq!(
        row(r#"{"prune":{"threshold":2}}"#, &weights),
        [-3.0, 0.0, 0.0, 2.0, 0.0, 4.0]
    );
}

#[test]
fn the_planner_gives_the_threshold_of_the_whole_model() {
    let step: Step = tensorpress_json::from_text(r#"{"prune":{"sparsity":0.5,"global":true}}"#).unwrap();
    assert_eq!(step.open(), Open::Threshold { sparsity: 0.5 });
    let mut unit = Unit::new(vec![1.0, -2.0, 3.0], Geometry::new(vec![3], 0));
    assert!(step.apply(&mut unit).is_err());
    unit.context.threshold = Some(2.5);
    step.apply(&mut unit).unwrap();
    assert_eq!(unit.weights, [0.0, 0.0, 3.0]);
    assert!(unit.pruned);
}

#[test]
fn random_weights_depend_on_seed_salt_and_number() {
    let weights: Vec<f32> = (1..=1000).map(|i| i as f32).collect();
    let recipe = r#"{"prune":{"sparsity":0.3,"by":"random","seed":1}}"#;
    let once = row(recipe, &weights);
    assert_eq!(zeros(&once), 300);
    assert_eq!(row(recipe, &weights), once);
    assert_ne!(row(&recipe.replace(":1}", ":2}"), &weights), once);
    assert_ne!(unit_after(recipe, &weights, &[1000], 0, 1000).weights, once);
    // The sum of the numbers that went is near what chance gives: 300 · 500.5, deviation about 4200.
    let gone: f32 = weights
        .iter()
        .zip(&once)
        .filter(|(_, kept)| **kept == 0.0)
        .map(|(weight, _)| *weight)
        .sum();
    assert!((gone - 150_150.0).abs() < 20_000.0, "{gone}");
}

#[test]
fn a_pattern_runs_along_the_inputs() {
    let weights: Vec<f32> = (1..=8).map(|i| i as f32).collect();
    let recipe = r#"{"prune":{"pattern":"1:2"}}"#;
    // [out, in]: neighbours in a row.
    assert_eq!(
        pruned(recipe, &weights, &[2, 4], 0),
        [0.0, 2.0, 0.0, 4.0, 0.0, 6.0, 0.0, 8.0]
    );
    // [in, out]: neighbours in a column.
    assert_eq!(
        pruned(recipe, &weights, &[4, 2], 1),
        [0.0, 0.0, 3.0, 4.0, 0.0, 0.0, 7.0, 8.0]
    );
    // [out, in, width]: channels, not places.
    assert_eq!(
        pruned(recipe, &weights, &[2, 2, 2], 0),
        [0.0, 0.0, 3.0, 4.0, 0.0, 0.0, 7.0, 8.0]
    );
    // [height, in, out].
    assert_eq!(
        pruned(recipe, &weights, &[2, 2, 2], 2),
        [0.0, 0.0, 3.0, 4.0, 0.0, 0.0, 7.0, 8.0]
    );
    let along = r#"{"prune":{"pattern":"1:2","axis":0}}"#;
    assert_eq!(
        pruned(along, &weights, &[2, 4], 0),
        [0.0, 0.0, 0.0, 0.0, 5.0, 6.0, 7.0, 8.0]
    );
}

#[test]
fn the_last_neighbours_may_be_fewer() {
    let weights = [4.0, 3.0, 2.0, 1.0, 7.0, 6.0, 5.0];
    assert_eq!(
        row(r#"{"prune":{"pattern":"2:4"}}"#, &weights),
        [4.0, 3.0, 0.0, 0.0, 7.0, 6.0, 0.0]
    );
    assert_eq!(
        row(r#"{"prune":{"pattern":"3:4"}}"#, &weights),
        [4.0, 3.0, 2.0, 0.0, 7.0, 6.0, 5.0]
    );
    assert_eq!(row(r#"{"prune":{"pattern":"4:4"}}"#, &weights), weights);
    assert_eq!(row(r#"{"prune":{"pattern":"0:4"}}"#, &weights), [0.0; 7]);
    assert_eq!(row(r#"{"prune":{"pattern":"1:4294967295"}}"#, &weights)[4], 7.0);
    // The first ones among equals go.
    assert_eq!(row(r#"{"prune":{"pattern":"2:4"}}"#, &[1.0; 4]), [0.0, 0.0, 1.0, 1.0]);
}

#[test]
fn a_unit_that_begins_amid_neighbours_goes_on_with_them() {
    let weights = [9.0, 1.0, 2.0, 3.0, 4.0, 5.0];
    // The second half of a tensor of [9, 2] columns that begins at row 2 of the first four.
    let unit = unit_after(r#"{"prune":{"pattern":"1:2"}}"#, &weights, &[6, 1], 1, 3);
    assert_eq!(unit.weights, [9.0, 0.0, 2.0, 0.0, 4.0, 5.0]);
}

#[test]
fn slices_go_by_their_norm() {
    // Norms of rows: L1 6, 5; L2 √20 = 4.5, 5. Of columns: L1 4, 7; L2 4, 5.4.
    let weights = [4.0, 2.0, 0.0, 5.0];
    let two = |recipe: &str| pruned(recipe, &weights, &[2, 2], 1);
    assert_eq!(
        two(r#"{"prune":{"sparsity":0.5,"of":"rows","norm":"l1"}}"#),
        [4.0, 2.0, 0.0, 0.0]
    );
    assert_eq!(two(r#"{"prune":{"sparsity":0.5,"of":"rows"}}"#), [0.0, 0.0, 0.0, 5.0]);
    assert_eq!(
        two(r#"{"prune":{"sparsity":0.5,"of":"columns"}}"#),
        [0.0, 2.0, 0.0, 5.0]
    );
    assert_eq!(
        two(r#"{"prune":{"sparsity":0.5,"of":"channels"}}"#),
        [0.0, 2.0, 0.0, 5.0]
    );
    assert_eq!(two(r#"{"prune":{"threshold":4.75,"of":"rows"}}"#), [0.0, 0.0, 0.0, 5.0]);
    assert_eq!(
        two(r#"{"prune":{"positions":[1],"of":"columns"}}"#),
        [4.0, 0.0, 0.0, 0.0]
    );
    let random = two(r#"{"prune":{"sparsity":0.5,"of":"rows","by":"random"}}"#);
    assert!(random[..2] == [0.0; 2] || random[2..] == [0.0; 2]);
    // Equal norms: the first ones.
    assert_eq!(
        pruned(r#"{"prune":{"sparsity":0.5,"of":"rows"}}"#, &[1.0; 4], &[4, 1], 0),
        [0.0, 0.0, 1.0, 1.0]
    );
}

#[test]
fn positions_are_those_of_the_tensor() {
    let recipe = r#"{"prune":{"positions":[4,1,1,99]}}"#;
    assert_eq!(row(recipe, &[1.0, 2.0, 3.0]), [1.0, 0.0, 3.0]);
    assert_eq!(unit_after(recipe, &[4.0, 5.0], &[2], 0, 3).weights, [4.0, 0.0]);
    let rows = r#"{"prune":{"positions":[3],"of":"rows"}}"#;
    assert_eq!(
        unit_after(rows, &[1.0, 2.0, 3.0, 4.0], &[2, 2], 0, 4).weights,
        [1.0, 2.0, 0.0, 0.0]
    );
}

#[test]
fn odd_units_pass() {
    for recipe in [
        r#"{"prune":{"sparsity":0.5}}"#,
        r#"{"prune":{"sparsity":0.5,"by":"random"}}"#,
        r#"{"prune":{"threshold":0.5}}"#,
        r#"{"prune":{"pattern":"2:4"}}"#,
        r#"{"prune":{"positions":[0]}}"#,
        r#"{"prune":{"sparsity":0.5,"of":"rows"}}"#,
        r#"{"prune":{"sparsity":0.5,"of":"columns"}}"#,
        r#"{"prune":{"threshold":0.5,"of":"channels"}}"#,
    ] {
        for shape in [vec![0], vec![3, 0], vec![0, 3], vec![2, 0, 2]] {
            for axis in 0..shape.len() {
                let unit = unit_after(recipe, &[], &shape, axis, 0);
                assert!(unit.weights.is_empty() && !unit.pruned);
            }
        }
        assert_eq!(pruned(recipe, &[], &[4, 0], 0), [0.0f32; 0]);
        pruned(recipe, &[2.0], &[], 0);
        assert_eq!(row(recipe, &[0.0; 5]), [0.0; 5]);
        let constant = row(recipe, &[-3.0; 6]);
        assert!(constant.iter().all(|weight| *weight == -3.0 || weight.to_bits() == 0));
        let outlier = row(&recipe.replace("[0]", "[1]"), &[1.0, f32::MAX, -1.0, 0.75, 0.5]);
        assert!(outlier.iter().all(|weight| weight.is_finite()));
    }
    let unit = unit_after(r#"{"prune":{"threshold":0}}"#, &[1.0, -0.0], &[2], 0, 0);
    assert_eq!(unit.weights[1].to_bits(), 0);
    assert!(unit.pruned);
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (recipe, field) in [
        (r#"{"prune":{}}"#, "prune"),
        (r#"{"prune":{"sparsity":0.5,"threshold":1}}"#, "prune"),
        (r#"{"prune":{"sparsity":1.5}}"#, "prune.sparsity"),
        (r#"{"prune":{"threshold":-1}}"#, "prune.threshold"),
        (r#"{"prune":{"threshold":1,"global":true}}"#, "prune.global"),
        (
            r#"{"prune":{"sparsity":0.5,"global":true,"of":"rows"}}"#,
            "prune.global",
        ),
        (r#"{"prune":{"threshold":1,"by":"random"}}"#, "prune.by"),
        (r#"{"prune":{"sparsity":0.5,"seed":1}}"#, "prune.seed"),
        (r#"{"prune":{"sparsity":0.5,"axis":1}}"#, "prune.axis"),
        (r#"{"prune":{"pattern":"2:4","of":"rows"}}"#, "prune.of"),
        (r#"{"prune":{"sparsity":0.5,"norm":"l1"}}"#, "prune.norm"),
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
    for pattern in ["5:4", "2:0", "2", "a:b", "-1:4", ""] {
        let recipe = format!(r#"{{"prune":{{"pattern":"{pattern}"}}}}"#);
        assert!(tensorpress_json::from_text::<Step>(&recipe).is_err(), "{pattern}");
    }
}

#[test]
fn a_pattern_along_an_axis_that_is_not_there_does_not_suit_the_tensor() {
    let beyond: Step = tensorpress_json::from_text(r#"{"prune":{"pattern":"2:4","axis":2}}"#).unwrap();
    let error = beyond.apply(&mut Unit::new(vec![1.0; 4], Geometry::new(vec![2, 2], 0)));
    assert!(matches!(error.unwrap_err().fault(), Fault::Unsuitable { .. }));
}

#[test]
fn axes_taken_together_are_told_apart() {
    // A tensor of [2, 3, 2], of which the unit has all but the first pair.
    let mut unit = Unit::new((1..=10).map(|i| i as f32).collect(), Geometry::new(vec![5, 2], 1));
    unit.geometry.leading = vec![3];
    unit.context.first = 2;
    let after = |recipe: &str| {
        let step: Step = tensorpress_json::from_text(recipe).unwrap();
        let mut unit = unit.clone();
        step.apply(&mut unit).map(|()| unit.weights)
    };
    // Neighbours are the first two of three, and the last one by itself.
    let expected = [1.0, 2.0, 3.0, 4.0, 0.0, 0.0, 7.0, 8.0, 9.0, 10.0];
    assert_eq!(after(r#"{"prune":{"pattern":"1:2","axis":1}}"#).unwrap(), expected);
    assert_eq!(after(r#"{"prune":{"pattern":"1:2"}}"#).unwrap(), expected);
    let last = [0.0, 2.0, 0.0, 4.0, 0.0, 6.0, 0.0, 8.0, 0.0, 10.0];
    assert_eq!(after(r#"{"prune":{"pattern":"1:2","axis":2}}"#).unwrap(), last);
    assert!(after(r#"{"prune":{"pattern":"1:2","axis":0}}"#).is_err());
    let slice = [1.0, 2.0, 3.0, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    assert_eq!(after(r#"{"prune":{"positions":[1],"of":"rows"}}"#).unwrap(), slice);
}

#[test]
fn a_recipe_is_written_as_it_is_read() {
    for recipe in [
        r#"{"prune":{"pattern":"2:4"}}"#,
        r#"{"prune":{"sparsity":0.5,"by":"random","seed":3}}"#,
    ] {
        let step: Step = tensorpress_json::from_text(recipe).unwrap();
        assert_eq!(tensorpress_json::to_text(&step), recipe);
    }
}

proptest! {
    #[test]
    fn counts_are_exact_and_the_rest_is_untouched(
        weights in prop::collection::vec(prop_oneof![-1f32..1.0, Just(0.5f32), Just(-0.5), Just(0.0)], 0..300),
        sparsity in 0f64..=1.0,
        random in any::<bool>(),
    ) {
        let by = if random { r#","by":"random""# } else { "" };
        let recipe = format!(r#"{{"prune":{{"sparsity":{sparsity}{by}}}}}"#);
        let after = row(&recipe, &weights);
        let going = count(sparsity, weights.len());
        if !random {
            prop_assert_eq!(zeros(&after), going.max(zeros(&weights)));
            prop_assert_eq!(row(&recipe, &after), after.clone());
            let kept = after.iter().filter(|w| **w != 0.0).fold(f32::INFINITY, |least, w| least.min(w.abs()));
            for (after, before) in after.iter().zip(&weights) {
                prop_assert!(*after != 0.0 || before.abs() <= kept);
            }
        }
        let changed = after.iter().zip(&weights).filter(|(after, before)| after != before).count();
        prop_assert!(changed <= going);
        prop_assert!(after.iter().zip(&weights).all(|(after, before)| after == before || *after == 0.0));
    }

    #[test]
    fn a_pattern_keeps_enough_and_no_more(
        weights in prop::collection::vec(prop_oneof![0.1f32..1.0, -1f32..-0.1], 1..200),
        keep in 0u32..6,
        more in 0u32..6,
        columns in 1usize..5,
    ) {
        let of = (keep + more).max(1);
        let rows = weights.len() / columns;
        let weights = &weights[..rows * columns];
        let after = pruned(&format!(r#"{{"prune":{{"pattern":"{keep}:{of}"}}}}"#), weights, &[rows, columns], 1);
        for column in 0..columns {
            let column: Vec<f32> = after.iter().skip(column).step_by(columns).copied().collect();
            for neighbours in column.chunks(of as usize) {
                prop_assert_eq!(neighbours.len() - zeros(neighbours), neighbours.len().min(keep as usize));
            }
        }
    }
}

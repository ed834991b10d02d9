use super::*;
use crate::{Fault, Geometry, Step};
use proptest::prelude::*;

fn clustered(recipe: &str, weights: &[f32], pruned: bool) -> (Vec<f32>, Codebook) {
    let step: Step = tensorpress_json::from_text(recipe).unwrap();
    step.check().unwrap();
    let mut unit = Unit::new(weights.to_vec(), Geometry::new(vec![weights.len()], 0));
    unit.pruned = pruned;
    step.apply(&mut unit).unwrap();
    let Outcome::Codebook(codebook) = unit.outcome else {
        panic!("{:?}", unit.outcome)
    };
    (unit.weights, codebook)
}

fn exactly(clusters: usize, weights: &[f32]) -> (Vec<f32>, Codebook) {
    clustered(&format!(r#"{{"cluster":{{"clusters":{clusters}}}}}"#), weights, false)
}

fn squared_error(a: &[f32], b: &[f32]) -> f64 {
    let pairs = a.iter().zip(b);
    pairs.map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum()
}

/// The least squared error by the plain dynamic programme, O(k·n²), with sums that are exact enough by construction:
/// each cluster's error is added up around its own mean.
fn least_error(weights: &[f32], clusters: usize) -> f64 {
    let mut sorted: Vec<f64> = weights.iter().map(|&weight| f64::from(weight)).collect();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    let error = |run: &[f64]| {
        let mean = run.iter().sum::<f64>() / run.len() as f64;
        run.iter().map(|value| (value - mean).powi(2)).sum::<f64>()
    };
    let errors: Vec<Vec<f64>> = (0..n)
        .map(|i| (i..n).map(|j| error(&sorted[i..=j])).collect())
        .collect();
    let mut least: Vec<f64> = (0..=n)
        .map(|end| if end == 0 { 0.0 } else { errors[0][end - 1] })
        .collect();
    for _ in 1..clusters {
        let before = least.clone();
        for end in 1..=n {
            let begins = (1..end).map(|begin| before[begin] + errors[begin][end - 1 - begin]);
            least[end] = begins.fold(before[end], f64::min);
        }
    }
    least[n]
}

/// Numbers like weights: sums of four uniform ones.
fn bell(count: usize, seed: u64) -> Vec<f32> {
    let uniform = |i: usize| (random::at(seed, i as u64) >> 40) as f32 / (1u64 << 24) as f32 - 0.5;
    (0..count)
        .map(|i| 0.1 * (0..4).map(|part| uniform(4 * i + part)).sum::<f32>())
        .collect()
}

#[test]
fn exact_is_what_the_plain_programme_finds() {
    let shapes: [fn(usize) -> f32; 5] = [
        |i| (i * 37 % 101) as f32,
        // Lumps, whose number of clusters no price tells apart well.
        |i| (i % 7) as f32 * 10.0 + (i * 31 % 17) as f32 * 1e-3,
        |i| ((i * i) as f32).sqrt().powi(3) * if i % 2 == 0 { 1.0 } else { -1.0 },
        // Equal distances: ties everywhere.
        |i| i as f32,
        // One outlier at the lower end.
        |i| if i == 50 { -1e30 } else { (i * 53 % 97) as f32 },
    ];
    for (which, shape) in shapes.into_iter().enumerate() {
        let weights: Vec<f32> = (0..120).map(shape).collect();
        for clusters in [2, 3, 4, 7, 8, 16, 31, 64, 100] {
            let (restored, _) = exactly(clusters, &weights);
            let (found, least) = (squared_error(&restored, &weights), least_error(&weights, clusters));
            // Centroids are rounded to fp32, which costs (2^-25·|w|)² a weight.
            let rounding: f64 = restored.iter().map(|&w| (f64::from(w) * 2f64.powi(-24)).powi(2)).sum();
            assert!(
                found <= least * (1.0 + 1e-9) + rounding,
                "shape {which}, {clusters} clusters: {found} against {least}"
            );
        }
    }
}

#[test]
fn the_lower_bound_proves_large_results() {
    let weights = bell(150_000, 7);
    let points = Points::of(&weights, false);
    let moments = points.moments();
    for clusters in [2, 3, 16, 100, 256, 1024, 4096, 32_768] {
        let found = exact::search(&moments, clusters, 1e-3);
        assert_eq!(found.cuts.len(), clusters);
        let error = moments.total(&found.cuts);
        let at_price = tensorpress_kernels::partition::Partitioner::default()
            .run(&moments, found.price)
            .cost;
        let bound = at_price - found.price * clusters as f64;
        assert!(
            error - bound <= 1e-7 * error,
            "{clusters} clusters: {error} against {bound}"
        );
        // The sums hold, too: each cluster's error around its own mean.
        let mut begin = 0;
        let direct: f64 = found
            .cuts
            .iter()
            .map(|&end| {
                let values = &points.values[begin..end as usize];
                let counts = &points.counts[begin..end as usize];
                begin = end as usize;
                let count: f64 = counts.iter().map(|&count| f64::from(count)).sum();
                let terms = values.iter().zip(counts);
                let mean = terms.clone().map(|(&v, &c)| f64::from(v) * f64::from(c)).sum::<f64>() / count;
                terms
                    .map(|(&v, &c)| f64::from(c) * (f64::from(v) - mean).powi(2))
                    .sum::<f64>()
            })
            .sum();
        assert!(
            (direct - error).abs() <= 1e-7 * error,
            "{clusters} clusters: {direct}, {error} by sums"
        );
    }
}

#[test]
fn more_clusters_never_err_more() {
    let weights = bell(3000, 3);
    let errors = [2, 3, 5, 8, 13, 40, 100, 256, 1000, 2999, 3000, 65_536];
    let errors = errors.map(|clusters| squared_error(&exactly(clusters, &weights).0, &weights));
    assert!(errors.is_sorted_by(|a, b| a >= b), "{errors:?}");
    assert_eq!(errors[11], 0.0);
}

#[test]
fn lloyd_ends_at_or_above_the_exact_error() {
    let weights = bell(5000, 11);
    let exact = squared_error(&exactly(16, &weights).0, &weights);
    for init in ["linear", "density", "random"] {
        let seed = if init == "random" { r#","seed":5"# } else { "" };
        let recipe = format!(r#"{{"cluster":{{"clusters":16,"method":"lloyd","init":"{init}"{seed}}}}}"#);
        let (restored, codebook) = clustered(&recipe, &weights, false);
        let error = squared_error(&restored, &weights);
        assert!(
            error >= exact * (1.0 - 1e-9) && error <= exact * 1.2,
            "{init}: {error} against {exact}"
        );
        assert!(codebook.centroids.len() <= 16);
        assert_eq!(clustered(&recipe, &weights, false).0, restored);
        // A round never makes it worse.
        let mut last = f64::INFINITY;
        for rounds in [0, 1, 2, 5, 20] {
            let recipe = recipe.replace("16,", &format!(r#"16,"iterations":{rounds},"#));
            let error = squared_error(&clustered(&recipe, &weights, false).0, &weights);
            assert!(
                error <= last * (1.0 + 1e-9),
                "{init}, {rounds} rounds: {error} after {last}"
            );
            last = error;
        }
    }
    let with = |seed: u32| {
        let recipe =
            format!(r#"{{"cluster":{{"clusters":8,"method":"lloyd","init":"random","iterations":0,"seed":{seed}}}}}"#);
        clustered(&recipe, &weights, false).1.centroids
    };
    assert_ne!(with(1), with(2));
}

#[test]
fn pruned_zeros_have_a_centroid_of_their_own() {
    let mut weights = bell(1000, 5);
    for (i, weight) in weights.iter_mut().enumerate() {
        *weight = if i % 3 == 0 {
            0.0
        } else {
            *weight + 0.2f32.copysign(*weight)
        };
    }
    for recipe in [
        r#"{"cluster":{"clusters":8}}"#,
        r#"{"cluster":{"clusters":8,"method":"lloyd"}}"#,
    ] {
        let (restored, codebook) = clustered(recipe, &weights, true);
        assert!(codebook.centroids.contains(&0.0) && codebook.centroids.len() <= 8);
        for (restored, weight) in restored.iter().zip(&weights) {
            assert_eq!(*weight == 0.0, *restored == 0.0);
        }
    }
    let (restored, codebook) = clustered(r#"{"cluster":{"clusters":2}}"#, &[0.0, 0.0, 5.0, 7.0], true);
    assert_eq!(
        (restored, codebook.centroids),
        (vec![0.0, 0.0, 6.0, 6.0], vec![0.0, 6.0])
    );
    let (restored, _) = clustered(r#"{"cluster":{"clusters":2}}"#, &[0.0; 3], true);
    assert_eq!(restored, [0.0; 3]);
}

#[test]
fn odd_units_pass() {
    for recipe in [
        r#"{"cluster":{"clusters":4}}"#,
        r#"{"cluster":{"clusters":4,"method":"lloyd"}}"#,
        r#"{"cluster":{"clusters":4,"method":"lloyd","init":"density"}}"#,
        r#"{"cluster":{"clusters":4,"method":"lloyd","init":"random"}}"#,
    ] {
        for pruned in [false, true] {
            assert!(clustered(recipe, &[], pruned).0.is_empty());
            assert_eq!(clustered(recipe, &[-0.0; 9], pruned).0, [0.0; 9]);
            // Few distinct weights: nothing is lost.
            for weights in [
                vec![3.5],
                vec![-0.1; 7],
                vec![1e-40, -1e-40, 1e38],
                vec![-7.0, 0.0, 7.0, 7.0],
            ] {
                assert_eq!(clustered(recipe, &weights, pruned).0, weights, "{recipe}");
            }
        }
        let mut weights = bell(500, 1);
        weights[17] = 1e30;
        let (restored, _) = clustered(recipe, &weights, false);
        assert_eq!(restored[17], 1e30);
        assert!(restored.iter().all(|weight| weight.is_finite()));
    }
    // Whole numbers that fit stay whole.
    let integers: Vec<f32> = (0..1000).map(|i| (i % 16) as f32 - 8.0).collect();
    assert_eq!(exactly(16, &integers).0, integers);
}

#[test]
fn an_outlier_does_not_drown_the_rest() {
    for outlier in [1e30, -1e30] {
        let mut weights = bell(800, 9);
        let others = squared_error(&exactly(15, &weights).0, &weights);
        weights.push(outlier);
        let (restored, _) = exactly(16, &weights);
        let error = squared_error(&restored, &weights);
        assert!(error <= others * (1.0 + 1e-9), "{outlier}: {error} against {others}");
    }
}

#[test]
fn merged_points_still_end_in_means() {
    let weights = bell(2000, 13);
    let distinct = Points::of(&weights, false);
    let merged = distinct.merged(500);
    let moments = merged.moments();
    let centroids = assign::means(
        &distinct,
        &moments.centroids(&merged.values, &exact::cuts(&moments, 16)),
    );
    let indices = assign::nearest(&weights, &centroids).unwrap();
    let restored: Vec<f32> = indices.iter().map(|&index| centroids[usize::from(index)]).collect();
    let (error, exact) = (
        squared_error(&restored, &weights),
        squared_error(&exactly(16, &weights).0, &weights),
    );
    assert!(error <= exact * 1.01, "{error} against {exact}");
}

#[test]
fn a_codebook_may_come_from_outside() {
    let recipe = r#"{"cluster":{"clusters":3,"codebook":[2,-1,0.5]}}"#;
    let (restored, codebook) = clustered(recipe, &[-9.0, 0.0, 0.6, 1.25, 1.26], false);
    assert_eq!(codebook.centroids, [-1.0, 0.5, 2.0]);
    assert_eq!(restored, [-1.0, 0.5, 0.5, 0.5, 2.0]);
    let (restored, codebook) = clustered(recipe, &[0.0, 1.0], true);
    assert_eq!(codebook.centroids, [-1.0, 0.0, 0.5, 2.0]);
    assert_eq!(restored, [0.0, 0.5]);
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (recipe, field) in [
        (r#"{"cluster":{"clusters":1}}"#, "cluster.clusters"),
        (r#"{"cluster":{"clusters":65537}}"#, "cluster.clusters"),
        (r#"{"cluster":{"clusters":4,"init":"density"}}"#, "cluster.init"),
        (r#"{"cluster":{"clusters":4,"iterations":3}}"#, "cluster.iterations"),
        (r#"{"cluster":{"clusters":4,"seed":3}}"#, "cluster.seed"),
        (r#"{"cluster":{"clusters":2,"codebook":[]}}"#, "cluster.codebook"),
        (r#"{"cluster":{"clusters":2,"codebook":[1,2,3]}}"#, "cluster.codebook"),
        (
            r#"{"cluster":{"clusters":2,"method":"lloyd","codebook":[1,2]}}"#,
            "cluster.method",
        ),
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
    #[test]
    fn any_weights_are_clustered_best(
        weights in prop::collection::vec(prop_oneof![-1f32..1.0, -1e6f32..1e6, Just(0.0f32), Just(0.25)], 1..60),
        clusters in 2usize..12,
    ) {
        let (restored, codebook) = exactly(clusters, &weights);
        prop_assert!(codebook.centroids.len() <= clusters);
        prop_assert!(codebook.centroids.is_sorted_by(|a, b| a < b));
        for ((restored, &index), weight) in restored.iter().zip(&codebook.indices).zip(&weights) {
            prop_assert_eq!(*restored, codebook.centroids[usize::from(index)]);
            let nearest = codebook.centroids.iter().map(|c| (f64::from(*c) - f64::from(*weight)).abs());
            prop_assert_eq!((f64::from(*restored) - f64::from(*weight)).abs(), nearest.fold(f64::INFINITY, f64::min));
        }
        let rounding: f64 = restored.iter().map(|&w| (f64::from(w) * 2f64.powi(-24)).powi(2)).sum();
        let (found, least) = (squared_error(&restored, &weights), least_error(&weights, clusters));
        prop_assert!(found <= least * (1.0 + 1e-6) + rounding, "{} against {}", found, least);
        // What has few values is left as it is.
        prop_assert_eq!(exactly(clusters, &restored).0, restored);
    }
}

/// The centroids that units settle on which share them.
fn shared(step: &str, units: &[&[f32]]) -> Vec<f32> {
    let chain: Vec<Step> = vec![tensorpress_json::from_text(step).unwrap()];
    let mut survey = crate::Survey::default();
    for weights in units {
        let mut unit = Unit::new(weights.to_vec(), Geometry::new(vec![weights.len()], 0));
        let tally = crate::survey_chain(&chain, &mut unit).unwrap();
        survey.add(&tally, weights.len() as u64);
    }
    let settled = crate::settle_chain(&chain, &survey);
    let [Step::Cluster(cluster)] = &settled[..] else {
        panic!("{settled:?}")
    };
    assert_eq!(cluster.open(), Open::Nothing);
    cluster.codebook.clone().unwrap()
}

#[test]
fn a_shared_codebook_is_that_of_all_weights() {
    // Units of different sizes and scales, more distinct values than a unit tells.
    let small = bell(40_000, 1);
    let large: Vec<f32> = bell(150_000, 2).iter().map(|weight| weight * 3.0 + 0.01).collect();
    let all = [&small[..], &large].concat();
    for clusters in [4, 16, 256, 4096] {
        let step = |shared: &str| format!(r#"{{"cluster":{{"clusters":{clusters}{shared}}}}}"#);
        let centroids = shared(&step(r#","shared":true"#), &[&small, &large]);
        assert_eq!(centroids.len(), clusters);
        let indices = assign::nearest(&all, &centroids).unwrap();
        let restored: Vec<f32> = indices.iter().map(|&index| centroids[usize::from(index)]).collect();
        let (exact, _) = exactly(clusters, &all);
        let excess = squared_error(&restored, &all) / squared_error(&exact, &all) - 1.0;
        println!("{clusters} clusters: {excess:e} above the least error");
        assert!(excess < 1e-4, "{clusters}: {excess}");
    }
    // What fits is kept as it is.
    let few = shared(
        r#"{"cluster":{"clusters":4,"shared":true}}"#,
        &[&[1.0, 2.0, 1.0], &[-3.0, 2.0]],
    );
    assert_eq!(few, [-3.0, 1.0, 2.0]);
    let lloyd =
        |shared: &str| format!(r#"{{"cluster":{{"clusters":5{shared},"method":"lloyd","init":"random","seed":3}}}}"#);
    let (_, alone) = clustered(&lloyd(""), &small[..9000], false);
    assert_eq!(
        shared(&lloyd(r#","shared":true"#), &[&small[..4000], &small[4000..9000]]),
        alone.centroids
    );
}

#[test]
fn a_shared_codebook_comes_from_the_planner() {
    for (step, field) in [
        (
            r#"{"cluster":{"clusters":4,"shared":true,"codebook":[1]}}"#,
            "cluster.shared",
        ),
        (r#"{"cluster":{"clusters":4097,"shared":true}}"#, "cluster.clusters"),
    ] {
        let step: Step = tensorpress_json::from_text(step).unwrap();
        assert!(step.check().unwrap_err().to_string().starts_with(field));
    }
    let step: Step = tensorpress_json::from_text(r#"{"cluster":{"clusters":4,"shared":true}}"#).unwrap();
    let mut unit = Unit::new(vec![1.0; 4], Geometry::new(vec![4], 0));
    assert!(
        step.apply(&mut unit)
            .unwrap_err()
            .to_string()
            .contains("cluster.shared")
    );
}

//! Steps that are settled for all tensors of a rule together: shared codebooks, ranks under one budget.

mod support;

use std::collections::BTreeSet;
use support::{f32_bytes, safetensors, weights};
use tensorpress_engine::recipe::Recipe;
use tensorpress_engine::{Options, Report, compress, decompress};

/// Compresses one file; the report, the archive, and each tensor's weights as they come back.
fn changed(tensors: &[(&str, Vec<u64>, Vec<f32>)], recipe: &str) -> (Report, Vec<u8>, Vec<Vec<f32>>) {
    let bytes: Vec<Vec<u8>> = tensors.iter().map(|(_, _, weights)| f32_bytes(weights)).collect();
    let parts = tensors.iter().zip(&bytes);
    let parts: Vec<_> = parts
        .map(|((name, shape, _), bytes)| (*name, "F32", &shape[..], &bytes[..]))
        .collect();
    let options = Options {
        recipe: Some(Recipe::from_json(recipe).unwrap()),
        ..Options::default()
    };
    let (archive, report) = compress(&[("model.safetensors".to_owned(), safetensors(&parts))], &options).unwrap();
    let restored = decompress(&archive).unwrap().remove(0).1;
    let mut at = restored.len() - bytes.iter().map(Vec::len).sum::<usize>();
    let floats = bytes.iter().map(|own| {
        let part = &restored[at..at + own.len()];
        at += own.len();
        part.chunks(4)
            .map(|b| f32::from_le_bytes(b.try_into().unwrap()))
            .collect()
    });
    let floats = floats.collect();
    (report, archive, floats)
}

fn dense(count: usize, seed: u64, scale: f32) -> Vec<f32> {
    let fine = weights(count, seed + 1000);
    let pairs = weights(count, seed).into_iter().zip(fine);
    pairs.map(|(weight, fine)| (weight + fine * 1e-3) * scale).collect()
}

fn distinct<'a>(weights: impl IntoIterator<Item = &'a Vec<f32>>) -> BTreeSet<u32> {
    weights.into_iter().flatten().map(|weight| weight.to_bits()).collect()
}

fn squared_error(a: &[f32], b: &[f32]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2))
        .sum()
}

fn model() -> Vec<(&'static str, Vec<u64>, Vec<f32>)> {
    vec![
        ("a.weight", vec![200, 300], dense(60_000, 1, 1.0)),
        ("b.weight", vec![100, 100], dense(10_000, 2, 3.0)),
        ("c.weight", vec![64, 32, 3, 3], dense(18_432, 3, 0.5)),
        ("head.weight", vec![50, 100], dense(5000, 4, 1.0)),
    ]
}

#[test]
fn tensors_of_a_rule_share_a_codebook() {
    let model = model();
    let rule = |chain: &str| format!(r#"{{"rules":[{{"match":{{"name":"head.*"}},"chain":[]}},{{"chain":{chain}}}]}}"#);
    let (report, archive, restored) = changed(&model, &rule(r#"[{"cluster":{"clusters":16,"shared":true}}]"#));
    assert_eq!(distinct(&restored[..3]).len(), 16);
    assert_eq!(restored[3], model[3].2, "the rule does not match it");
    assert!(
        report.tensors[..3]
            .iter()
            .all(|line| line.quality.is_some() && line.note.is_empty())
    );
    let (_, apart, _) = changed(&model, &rule(r#"[{"cluster":{"clusters":16}}]"#));
    assert!(archive.len() < apart.len() + 1000);
    // The same as all weights in one tensor.
    let all: Vec<f32> = model[..3].iter().flat_map(|(_, _, weights)| weights.clone()).collect();
    let one = vec![("all", vec![2, all.len() as u64 / 2], all.clone())];
    let (_, _, together) = changed(&one, &rule(r#"[{"cluster":{"clusters":16}}]"#));
    let error = squared_error(&restored[..3].concat(), &all);
    let least = squared_error(&together[0], &all);
    assert!(error / least < 1.0 + 1e-5, "{error} of {least}");
    // Pruned zeros have a centroid of their own, and thresholds of the whole model come first.
    let pruned = r#"[{"prune":{"sparsity":0.5,"global":true}},{"cluster":{"clusters":16,"shared":true}}]"#;
    let (_, _, restored) = changed(&model, &rule(pruned));
    let values = distinct(&restored[..3]);
    assert_eq!((values.len(), values.contains(&0)), (16, true));
    let zeros = restored[..3].iter().flatten().filter(|weight| **weight == 0.0).count();
    assert!((44_216..44_220).contains(&zeros), "{zeros} of 88,432");
}

#[test]
fn rules_have_codebooks_of_their_own_and_odd_tensors_none() {
    let mut model = model();
    model[1].2[77] = f32::NAN;
    // The same bytes in a tensor of another rule.
    model[3] = ("head.weight", vec![200, 300], model[0].2.clone());
    let step = r#"[{"cluster":{"clusters":8,"shared":true}}]"#;
    let recipe = format!(r#"{{"rules":[{{"match":{{"name":"head.*"}},"chain":{step}}},{{"chain":{step}}}]}}"#);
    let (report, _, restored) = changed(&model, &recipe);
    assert_eq!(distinct([&restored[3]]).len(), 8);
    assert_eq!(distinct([&restored[0], &restored[2]]).len(), 8);
    assert_ne!(restored[0], restored[3]);
    assert_eq!(report.tensors[1].note, "exact: it holds NaN");
    assert!(restored[1][77].is_nan() && restored[1][..77] == model[1].2[..77]);
}

/// A sum of `rank` products of random vectors.
fn thin(rows: usize, columns: usize, rank: usize, seed: u64) -> Vec<f32> {
    let left = weights(rows * rank, seed);
    let right = weights(rank * columns, seed + 50);
    let term = |i: usize, j: usize, k: usize| left[i * rank + k] * right[k * columns + j] * (20.0 / (k + 1) as f32);
    let at = |index: usize| (0..rank).map(|k| term(index / columns, index % columns, k)).sum();
    (0..rows * columns).map(at).collect()
}

#[test]
fn ranks_follow_one_budget() {
    let noisy = |mut weights: Vec<f32>, seed: u64| {
        let noise = dense(weights.len(), seed, 0.05);
        weights
            .iter_mut()
            .zip(noise)
            .for_each(|(weight, noise)| *weight += noise);
        weights
    };
    let model = vec![
        ("thin", vec![100, 120], noisy(thin(100, 120, 6, 1), 7)),
        ("flat", vec![80, 90], dense(7200, 8, 0.05)),
        ("small", vec![60, 40], noisy(thin(60, 40, 3, 2), 9)),
        ("zero", vec![40, 40], vec![0.0; 1600]),
    ];
    let total: f64 = 12_000.0 + 7200.0 + 2400.0 + 1600.0;
    let mut before = f64::INFINITY;
    for bits in [0.5, 1.0, 2.0, 4.0, 8.0] {
        let recipe = format!(
            r#"{{"rules":[{{"chain":[{{"factorize":{{"budget":{{"bitsPerWeight":{bits}}},"factors":"f32"}}}}]}}]}}"#
        );
        let (report, _, restored) = changed(&model, &recipe);
        let error: f64 = model
            .iter()
            .zip(&restored)
            .map(|((_, _, a), b)| squared_error(a, b))
            .sum();
        assert!(error < before, "{bits}: {error}");
        before = error;
        let spent: u64 = report.streams[1..].iter().map(|line| line.encoded).sum();
        // Before entropy coding; heads of blocks and their padding come on top.
        assert!(spent as f64 <= bits * total / 8.0 + 600.0, "{bits}: {spent}");
    }
    let share = r#"{"rules":[{"chain":[{"factorize":{"budget":{"share":0.05}}}]}]}"#;
    let (_, _, restored) = changed(&model, share);
    // 220 numbers a component of 1160: the thin matrix takes them, the flat one gets none.
    assert!(restored[1].iter().all(|weight| *weight == 0.0));
    assert!(squared_error(&restored[0], &model[0].2) < 0.5 * squared_error(&vec![0.0; 12_000], &model[0].2));
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (chain, text) in [
        (
            r#"[{"factorize":{"budget":{"share":0.1},"rank":2}}]"#,
            "chain[0].factorize",
        ),
        (r#"[{"factorize":{"budget":{"share":1.5}}}]"#, "factorize.budget.share"),
        (
            r#"[{"factorize":{"budget":{"bitsPerWeight":0}}}]"#,
            "factorize.budget.bitsPerWeight",
        ),
        (
            r#"[{"factorize":{"budget":{"share":0.1},"sparse":0.1}}]"#,
            "factorize.sparse",
        ),
        (r#"[{"factorize":{"budget":{"bytes":1}}}]"#, "chain[0].factorize"),
        (r#"[{"factorize":{"gain":-1}}]"#, "factorize.gain"),
        (
            r#"[{"cluster":{"clusters":4,"shared":true}},{"factorize":{"budget":{"share":0.1}}}]"#,
            "chain[1]: settled for all tensors",
        ),
    ] {
        let error = Recipe::from_json(&format!(r#"{{"rules":[{{"chain":{chain}}}]}}"#)).unwrap_err();
        assert!(error.to_string().contains(text), "{error}");
    }
}

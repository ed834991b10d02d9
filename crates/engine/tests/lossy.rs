//! Archives whose weights a recipe changes.

mod support;

use support::{bf16_bytes, f32_bytes, noise, safetensors, weights};
use tensorpress_engine::oneshot::{Files, open};
use tensorpress_engine::recipe::Recipe;
use tensorpress_engine::{EngineError, Options, Report, compress, decompress};

fn options(recipe: &str) -> Options {
    Options {
        recipe: Some(Recipe::from_json(recipe).unwrap()),
        ..Options::default()
    }
}

/// Compresses, decompresses, and compares each tensor with what the report says of it.
fn checked(files: &[(String, Vec<u8>)], recipe: &str) -> Result<(Report, Vec<u8>, Files), EngineError> {
    let (archive, report) = compress(files, &options(recipe))?;
    let restored = decompress(&archive)?;
    assert_eq!(report.encoded, archive.len() as u64);
    for ((path, before), (restored_path, after)) in files.iter().zip(&restored) {
        assert_eq!(path, restored_path);
        assert_eq!(before.len(), after.len());
    }
    let plan = open(&archive)?;
    let plan = plan.plan();
    for (tensor, line) in plan.tensors.iter().zip(&report.tensors) {
        assert_eq!(tensor.name, line.name);
        // Files of these tests have one tensor after the other in safetensors.
        let (before, after) = (
            tensor_bytes(&files[tensor.file].1, &tensor.name),
            tensor_bytes(&restored[tensor.file].1, &tensor.name),
        );
        let Some(quality) = &line.quality else {
            assert_eq!(before, after, "{}: {}", line.name, line.rule);
            continue;
        };
        let (a, b) = (floats(&before, &line.dtype), floats(&after, &line.dtype));
        let most = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        // Tensors that hold no numbers are exact, and their errors are none.
        assert!(
            most == quality.max_error || (most.is_nan() && before == after),
            "{}: {most}",
            line.name
        );
        assert_eq!(quality.sqnr.is_none(), before == after || most == 0.0, "{}", line.name);
    }
    Ok((report, archive, restored))
}

fn tensor_bytes(file: &[u8], name: &str) -> Vec<u8> {
    let len = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    let header: serde_json::Value = serde_json::from_slice(&file[8..8 + len]).unwrap();
    let offsets = &header[name]["data_offsets"];
    let at = |index: usize| 8 + len + offsets[index].as_u64().unwrap() as usize;
    file[at(0)..at(1)].to_vec()
}

fn floats(bytes: &[u8], dtype: &tensorpress_formats::Dtype) -> Vec<f64> {
    use tensorpress_formats::Dtype;
    match dtype {
        Dtype::F32 => bytes
            .chunks(4)
            .map(|b| f64::from(f32::from_le_bytes(b.try_into().unwrap())))
            .collect(),
        Dtype::F64 => bytes
            .chunks(8)
            .map(|b| f64::from_le_bytes(b.try_into().unwrap()))
            .collect(),
        Dtype::Bf16 => bytes
            .chunks(2)
            .map(|b| {
                f64::from(f32::from_bits(
                    u32::from(u16::from_le_bytes(b.try_into().unwrap())) << 16,
                ))
            })
            .collect(),
        _ => panic!("no floats"),
    }
}

/// Weights of more distinct values than a palette holds.
fn dense(count: usize, seed: u64) -> Vec<f32> {
    let fine = weights(count, seed + 1000);
    weights(count, seed)
        .iter()
        .zip(fine)
        .map(|(w, f)| w + f * 1e-3)
        .collect()
}

fn model(seed: u64) -> Vec<(String, Vec<u8>)> {
    let a = dense(300 * 400, seed);
    let b = dense(64 * 32 * 9, seed + 1);
    let double: Vec<u8> = b.iter().take(2048).flat_map(|w| f64::from(*w).to_le_bytes()).collect();
    let file = safetensors(&[
        ("a.weight", "F32", &[300, 400], &f32_bytes(&a)),
        ("a.bias", "F32", &[300], &f32_bytes(&a[..300])),
        ("conv.weight", "F32", &[64, 32, 3, 3], &f32_bytes(&b)),
        ("half.weight", "BF16", &[100, 200], &bf16_bytes(&a[..20_000])),
        ("double.weight", "F64", &[64, 32], &double),
        ("ids", "I64", &[10, 300], &noise(24_000, 4)),
        ("tiny.weight", "F32", &[10, 40], &f32_bytes(&a[..400])),
        ("zeros.weight", "F32", &[40, 40], &[0; 6400]),
        ("constant.weight", "F32", &[40, 40], &f32_bytes(&[0.125; 1600])),
        ("empty.weight", "F32", &[0, 40], &[]),
        ("scalar", "F32", &[], &f32_bytes(&a[..1])),
    ]);
    vec![("model.safetensors".to_owned(), file)]
}

#[test]
fn each_step_gives_what_the_report_says() {
    for chain in [
        r#"{"clip":{"min":-0.01,"max":0.01}}"#,
        r#"{"prune":{"sparsity":0.7}}"#,
        r#"{"prune":{"pattern":"2:4"}}"#,
        r#"{"cluster":{"clusters":16}}"#,
        r#"{"cluster":{"clusters":300}}"#,
        r#"{"prune":{"sparsity":0.9}},{"cluster":{"clusters":8}}"#,
        r#"{"rate":{"step":0.003}}"#,
        r#"{"quantize":{}}"#,
        r#"{"quantize":{"bits":4}}"#,
        r#"{"quantize":{"bits":3,"group":64,"method":"hqq"}}"#,
        r#"{"quantize":{"bits":12,"per":"tensor"}}"#,
        r#"{"quantize":{"bits":4,"group":32,"scale":"double"}}"#,
        r#"{"clip":{"best":true}},{"quantize":{"bits":4,"per":"channel"}}"#,
        r#"{"nf4":{}}"#,
        r#"{"fp4":{}}"#,
        r#"{"fp8":{}}"#,
        r#"{"float":{"to":"bf16"}}"#,
        r#"{"binarize":{}}"#,
        r#"{"ternarize":{}}"#,
        r#"{"factorize":{"rank":8}}"#,
        r#"{"rate":{"step":0.003,"trellis":3}}"#,
        r#"{"prune":{"sparsity":0.5}},{"rate":{"step":0.01}}"#,
    ] {
        let recipe = format!(r#"{{"rules":[{{"chain":[{chain}]}}]}}"#);
        let (report, _, _) = checked(&model(1), &recipe).unwrap();
        let by_name = |name: &str| report.tensors.iter().find(|line| line.name == name).unwrap();
        let quality = by_name("a.weight").quality.as_ref().unwrap();
        assert!(
            quality.sqnr.is_some() && by_name("a.weight").note.is_empty(),
            "{chain}: {}",
            by_name("a.weight").note
        );
        assert!(quality.bits_per_weight < 29.0, "{chain}: {}", quality.bits_per_weight);
        for name in ["a.bias", "ids", "tiny.weight", "empty.weight", "scalar"] {
            assert!(by_name(name).quality.is_none(), "{name}");
            assert!(!by_name(name).rule.is_empty());
        }
        // Nothing is smaller than the exact block of one value.
        assert!(by_name("constant.weight").note.starts_with("exact"), "{chain}");
    }
}

#[test]
fn weights_of_the_whole_model_are_ranked_together() {
    let large: Vec<f32> = weights(4096, 20).iter().map(|w| w * 10.0).collect();
    let small = weights(8192, 21);
    let file = safetensors(&[
        ("large", "F32", &[64, 64], &f32_bytes(&large)),
        ("small", "F32", &[128, 64], &f32_bytes(&small)),
    ]);
    let files = vec![("m.safetensors".to_owned(), file)];
    for sparsity in [0.0, 0.3, 0.6181, 0.9] {
        let recipe = format!(r#"{{"rules":[{{"chain":[{{"prune":{{"sparsity":{sparsity},"global":true}}}}]}}]}}"#);
        let (report, _, restored) = checked(&files, &recipe).unwrap();
        let mut magnitudes: Vec<f32> = large.iter().chain(&small).map(|w| w.abs()).collect();
        magnitudes.sort_by(f32::total_cmp);
        let threshold = magnitudes[(sparsity * 12288.0 + 0.5) as usize];
        let zeroed = |weights: &[f32]| -> Vec<u8> {
            let kept: Vec<f32> = weights
                .iter()
                .map(|&w| if w.abs() < threshold { 0.0 } else { w })
                .collect();
            f32_bytes(&kept)
        };
        assert_eq!(tensor_bytes(&restored[0].1, "large"), zeroed(&large), "{sparsity}");
        assert_eq!(
            tensor_bytes(&restored[0].1, "small"),
            zeroed(&small),
            "{:?}",
            report.quality
        );
    }
}

#[test]
fn named_tensors_lose_their_exemption() {
    let recipe = r#"{"rules":[{"match":{"name":"a.bias"},"chain":[{"cluster":{"clusters":2}}]}]}"#;
    let (report, _, _) = checked(&model(2), recipe).unwrap();
    let bias = report.tensors.iter().find(|line| line.name == "a.bias").unwrap();
    assert!(bias.quality.as_ref().unwrap().sqnr.is_some());
    assert_eq!(report.tensors.iter().filter(|line| line.quality.is_some()).count(), 1);
}

#[test]
fn the_first_rule_that_matches_counts() {
    let recipe = r#"{"rules":[
        {"match":{"name":"conv.*"},"chain":[]},
        {"match":{"dtype":["bf16"]},"chain":[{"cluster":{"clusters":4}}]},
        {"match":{"rank":2,"minSize":5000},"chain":[{"prune":{"sparsity":0.5}}]}]}"#;
    let (report, archive, _) = checked(&model(3), recipe).unwrap();
    let rule = |name: &str| {
        report
            .tensors
            .iter()
            .find(|line| line.name == name)
            .unwrap()
            .rule
            .clone()
    };
    assert_eq!(rule("conv.weight"), "rules[0]");
    assert_eq!(rule("half.weight"), "rules[1]");
    assert_eq!(rule("a.weight"), "rules[2]");
    assert_eq!(rule("double.weight"), "no rule matches");
    let opened = open(&archive).unwrap();
    assert!(opened.plan().files[0].approximate);
    let chains: Vec<&str> = opened
        .plan()
        .streams
        .iter()
        .map(|s| s.chain.as_str())
        .filter(|c| !c.is_empty())
        .collect();
    assert_eq!(
        chains,
        [r#"[{"prune":{"sparsity":0.5}}]"#, r#"[{"cluster":{"clusters":4}}]"#]
    );
}

#[test]
fn where_no_error_is_allowed_weights_are_exact() {
    let file = safetensors(&[("w", "F32", &[64, 64], &f32_bytes(&weights(4096, 5)))]);
    let files = vec![("m.safetensors".to_owned(), file)];
    let (report, _, restored) = checked(&files, r#"{"preset":"balanced","maxError":0}"#).unwrap();
    assert_eq!(files, restored);
    assert_eq!(report.tensors[0].note, "exact: no step is fine enough");
}

#[test]
fn weights_that_are_no_numbers_are_exact() {
    for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut values = weights(4096, 5);
        values[1000] = odd;
        let file = safetensors(&[("w", "F32", &[64, 64], &f32_bytes(&values))]);
        let files = vec![("m.safetensors".to_owned(), file)];
        let (report, _, restored) = checked(&files, r#"{"rules":[{"chain":[{"rate":{"step":0.01}}]}]}"#).unwrap();
        assert_eq!(files, restored);
        // Nothing is left for a budget to choose.
        for budget in [r#"{"sqnr":20}"#, r#"{"bitsPerWeight":2}"#, r#"{"targetBytes":1000000}"#] {
            assert_eq!(checked(&files, budget).unwrap().2, files);
        }
        assert!(report.tensors[0].note.contains("holds"), "{}", report.tensors[0].note);
    }
}

#[test]
fn large_tensors_come_in_units() {
    let values = weights(1200 * 2000, 6);
    let file = safetensors(&[("w", "F32", &[1200, 2000], &f32_bytes(&values))]);
    let files = vec![("m.safetensors".to_owned(), file)];
    let (report, archive, _) = checked(&files, r#"{"rules":[{"chain":[{"rate":{"step":0.01}}]}]}"#).unwrap();
    let stream = &open(&archive).unwrap().plan().streams[1].clone();
    assert_eq!((stream.blocks(), stream.block % 8000), (3, 0));
    assert!(report.tensors[0].quality.as_ref().unwrap().sqnr.is_some());
}

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
        let (report, _, _) = checked(&files, &format!("{{{rate},\"sqnr\":{decibels}}}")).unwrap();
        let found = report.quality.unwrap().sqnr.unwrap();
        assert!(found >= decibels && found < decibels + 0.2, "{found} of {decibels}");
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

#[test]
fn steps_see_finite_weights_only() {
    let values: Vec<f32> = dense(4096, 32).iter().map(|w| w * 1e7).collect();
    let file = safetensors(&[("w", "F32", &[64, 64], &f32_bytes(&values))]);
    let files = vec![("m.safetensors".to_owned(), file)];
    for behind in [
        r#"{"binarize":{}}"#,
        r#"{"quantize":{}}"#,
        r#"{"cluster":{"clusters":4,"shared":true}}"#,
    ] {
        let recipe =
            format!(r#"{{"rules":[{{"chain":[{{"float":{{"to":"f16","overflow":"infinity"}}}},{behind}]}}]}}"#);
        let (report, _, restored) = checked(&files, &recipe).unwrap();
        assert_eq!(restored, files);
        assert!(
            report.tensors[0].note.contains("makes infinite weights"),
            "{}",
            report.tensors[0].note
        );
    }
}

/// A model of TensorFlow.js whose groups of weights all begin at the same byte of one file.
fn sharing(groups: &[&str]) -> Vec<(String, Vec<u8>)> {
    let groups: Vec<String> = groups
        .iter()
        .map(|weights| format!(r#"{{"paths":["s.bin"],"weights":[{weights}]}}"#))
        .collect();
    let manifest = format!(r#"{{"weightsManifest":[{}]}}"#, groups.join(","));
    vec![
        ("model.json".to_owned(), manifest.into_bytes()),
        ("s.bin".to_owned(), f32_bytes(&dense(4096, 33))),
    ]
}

#[test]
fn bytes_change_for_all_that_share_them_or_for_none() {
    let weight = |name: &str, rows: u64| format!(r#"{{"name":"{name}","shape":[{rows},64],"dtype":"float32"}}"#);
    let [a, b, c] = ["a", "b", "c"].map(|name| weight(name, 64));
    // The first of a row of names, and a part of what follows.
    let part = format!("{},{}", weight("little", 1), weight("c", 40));
    let recipe = |exact: &str| {
        let rule = r#"{"chain":[{"quantize":{"bits":4}}]}"#;
        options(&format!(
            r#"{{"rules":[{{"match":{{"name":"{exact}"}},"chain":[]}},{rule}]}}"#
        ))
    };
    for (groups, exact) in [
        (&[&a, &b, &c][..], "a"),
        (&[&a, &b, &c], "b"),
        (&[&a, &b, &c], "c"),
        (&[&a, &part], "c"),
        (&[&a, &part], "none"),
    ] {
        let groups: Vec<&str> = groups.iter().map(|group| group.as_str()).collect();
        let files = sharing(&groups);
        let (archive, report) = compress(&files, &recipe(exact)).unwrap();
        assert_eq!(decompress(&archive).unwrap(), files, "{exact}");
        for line in &report.tensors {
            assert!(
                line.chain.is_empty() && line.quality.is_none(),
                "{}: {}",
                line.name,
                line.rule
            );
        }
    }
    let files = sharing(&[&a, &b, &c]);
    let (archive, report) = compress(&files, &recipe("none")).unwrap();
    assert_ne!(decompress(&archive).unwrap(), files);
    assert!(report.tensors.iter().all(|line| line.quality.is_some()));
}

#[test]
fn presets_reach_what_they_promise() {
    for (preset, least, most) in [("high", 45.2, 45.5), ("balanced", 21.1, 21.4), ("small", 14.0, 14.3)] {
        let (report, _, _) = checked(&model(9), &format!(r#"{{"preset":"{preset}"}}"#)).unwrap();
        let found = report.quality.unwrap().sqnr.unwrap();
        assert!(found >= least && found < most, "{preset}: {found}");
    }
    let (report, _, _) = checked(&model(9), r#"{"preset":"lossless"}"#).unwrap();
    assert!(report.quality.is_none());
}

#[test]
fn twins_share_a_stream_only_where_the_same_is_done_to_them() {
    let bytes = f32_bytes(&weights(4096, 10));
    let file = safetensors(&[
        ("x", "F32", &[64, 64], &bytes),
        ("y", "F32", &[64, 64], &bytes),
        ("z", "F32", &[64, 64], &bytes),
    ]);
    let files = vec![("m.safetensors".to_owned(), file)];
    let recipe = r#"{"rules":[{"match":{"name":"z"},"chain":[]},{"chain":[{"rate":{"step":0.01}}]}]}"#;
    let (_, archive, restored) = checked(&files, recipe).unwrap();
    let plan = open(&archive).unwrap().plan().clone();
    assert_eq!(plan.tensors[0].stream, plan.tensors[1].stream);
    assert_ne!(plan.tensors[0].stream, plan.tensors[2].stream);
    assert_eq!(tensor_bytes(&restored[0].1, "z"), bytes);
}

#[test]
fn a_damaged_block_is_noticed() {
    let (archive, _) = compress(&model(11), &options(r#"{"preset":"balanced"}"#)).unwrap();
    let head = open(&archive).unwrap().head_len() as usize;
    for at in (head..archive.len()).step_by(997) {
        let mut damaged = archive.clone();
        damaged[at] ^= 4;
        if let Ok(files) = decompress(&damaged) {
            // Only padding between streams may be damaged unnoticed.
            assert_eq!(files, decompress(&archive).unwrap());
        }
    }
}

//! Archives whose weights a recipe changes.

mod support;

use support::recipes::{checked, dense, floats, model, options, tensor_bytes};
use support::{f32_bytes, noise, safetensors, weights};
use tensorpress_engine::assemble::Assembler;
use tensorpress_engine::codec::{Layout, Scratch};
use tensorpress_engine::job::{EncodeParams, encode_job};
use tensorpress_engine::lossy::Count;
use tensorpress_engine::oneshot::{open, plan};
use tensorpress_engine::{compress, decompress};

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
fn tensors_that_stay_exact_are_not_ranked() {
    let small = weights(4096, 22);
    // A step before the threshold refuses the first; the second is refused at once.
    let beyond: Vec<f32> = dense(4096, 23).iter().map(|w| w * 1e7).collect();
    let mut odd: Vec<f32> = dense(4096, 24).iter().map(|w| w * 0.1).collect();
    odd[9] = f32::NAN;
    let file = safetensors(&[
        ("small", "F32", &[64, 64], &f32_bytes(&small)),
        ("beyond", "F32", &[64, 64], &f32_bytes(&beyond)),
        ("odd", "F32", &[64, 64], &f32_bytes(&odd)),
    ]);
    let recipe =
        r#"{"rules":[{"chain":[{"float":{"to":"f16","overflow":"error"}},{"prune":{"sparsity":0.5,"global":true}}]}]}"#;
    let (report, _, restored) = checked(&[("m.safetensors".to_owned(), file)], recipe).unwrap();
    let restored = floats(&tensor_bytes(&restored[0].1, "small"), &report.tensors[0].dtype);
    let zeros = restored.iter().filter(|&&weight| weight == 0.0).count();
    assert!((1900..2200).contains(&zeros), "{zeros}");
    for line in &report.tensors[1..] {
        assert!(line.note.starts_with("exact"), "{}: {}", line.name, line.note);
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
fn approximations_beyond_the_range_of_their_type_are_exact() {
    // From -35,808 to 65,504, the largest fp16: with the zero at the fifth of 15 steps the last level is 67,541.
    let mut halves = noise(2 * 64 * 64, 34);
    for half in halves.chunks_exact_mut(2) {
        if half[1] & 0x80 == 0 {
            half[1] = half[1] & 3 | 0x78;
        } else {
            half.copy_from_slice(&[half[0] % 96, 0xf8]);
        }
    }
    let file = safetensors(&[("w", "F16", &[64, 64], &halves)]);
    let files = vec![("m.safetensors".to_owned(), file)];
    let recipe = r#"{"rules":[{"chain":[{"quantize":{"bits":4,"symmetric":false,"per":"tensor"}}]}]}"#;
    let (archive, report) = compress(&files, &options(recipe)).unwrap();
    assert_eq!(
        report.tensors[0].note,
        "exact: its approximation is beyond the range of F16"
    );
    assert_eq!(decompress(&archive).unwrap(), files);
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
    for (preset, decibels) in [("high", 45.0), ("balanced", 27.0), ("small", 20.0)] {
        let (report, _, _) = checked(&model(9), &format!(r#"{{"preset":"{preset}"}}"#)).unwrap();
        let found = report.quality.unwrap().tensor_sqnr.unwrap();
        assert!(found >= decibels && found < decibels + 0.2, "{preset}: {found}");
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

#[test]
fn jobs_whose_weights_are_not_as_they_say_are_refused() {
    let files = model(5);
    let recipe = r#"{"rules":[{"chain":[{"rate":{"step":0.01}}]}]}"#;
    let planned = plan(&files, &options(recipe)).unwrap().finish().unwrap();
    let jobs = Assembler::new(planned).unwrap().jobs();
    let good = jobs
        .into_iter()
        .find_map(|job| job.params.lossy.is_some().then_some(job.params))
        .unwrap();
    let refused = |params: &EncodeParams, len: usize| {
        let (mut out, mut meta) = (Vec::new(), Vec::new());
        let error = encode_job(params, &vec![1; len], &mut out, &mut meta, &mut Scratch::default()).unwrap_err();
        assert_eq!(error.code(), "invalid-option", "{error}");
        error.to_string().replace("invalid option ", "")
    };
    let len = good.block as usize;
    for count in [None, Some(Count::Bins), Some(Count::Survey)] {
        let mut params = good.clone();
        params.lossy.as_mut().unwrap().count = count;
        assert!(refused(&params, len - 4).starts_with("params.shape"));
        params.lossy.as_mut().unwrap().shape = vec![usize::MAX, 2];
        assert!(refused(&params, len).starts_with("params.shape"));
        params.layout = Layout::W4;
        assert!(refused(&params, len).starts_with("params.layout"));
    }
    // A part of a weight.
    let mut params = good;
    params.block += 1;
    assert!(refused(&params, len + 1).starts_with("input"));
}

//! Models whose weights recipes change, and what is checked of all of them.

use super::{bf16_bytes, f32_bytes, noise, safetensors, weights};
use tensorpress_engine::oneshot::{Files, open};
use tensorpress_engine::recipe::Recipe;
use tensorpress_engine::{EngineError, Options, Report, compress, decompress};

pub fn options(recipe: &str) -> Options {
    Options {
        recipe: Some(Recipe::from_json(recipe).unwrap()),
        ..Options::default()
    }
}

/// Compresses, decompresses, and compares each tensor with what the report says of it.
pub fn checked(files: &[(String, Vec<u8>)], recipe: &str) -> Result<(Report, Vec<u8>, Files), EngineError> {
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

pub fn tensor_bytes(file: &[u8], name: &str) -> Vec<u8> {
    let len = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    let header: serde_json::Value = serde_json::from_slice(&file[8..8 + len]).unwrap();
    let offsets = &header[name]["data_offsets"];
    let at = |index: usize| 8 + len + offsets[index].as_u64().unwrap() as usize;
    file[at(0)..at(1)].to_vec()
}

pub fn floats(bytes: &[u8], dtype: &tensorpress_formats::Dtype) -> Vec<f64> {
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
pub fn dense(count: usize, seed: u64) -> Vec<f32> {
    let fine = weights(count, seed + 1000);
    weights(count, seed)
        .iter()
        .zip(fine)
        .map(|(w, f)| w + f * 1e-3)
        .collect()
}

pub fn model(seed: u64) -> Vec<(String, Vec<u8>)> {
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

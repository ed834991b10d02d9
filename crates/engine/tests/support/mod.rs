//! What the engine's tests share: files made in code.
#![allow(dead_code)]

pub mod blocks;
pub mod recipes;

use tensorpress_engine::oneshot::Files;

/// Bytes that nothing compresses.
pub fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}

/// Values that look like weights: the sum of uniform ones, scaled.
pub fn weights(count: usize, seed: u64) -> Vec<f32> {
    let uniform = noise(count * 4, seed);
    uniform
        .chunks(4)
        .map(|c| c.iter().map(|b| f32::from(*b) - 127.5).sum::<f32>() * 1e-4)
        .collect()
}

/// Little-endian fp32.
pub fn f32_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

/// The upper halves: bf16 by truncation.
pub fn bf16_bytes(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|v| ((v.to_bits() >> 16) as u16).to_le_bytes())
        .collect()
}

/// A safetensors file of so many fp32 tensors of so many elements each.
pub fn layers<'a>(count: usize, elements: u64, bytes: impl Fn(usize) -> &'a [u8]) -> Vec<u8> {
    let names: Vec<String> = (0..count).map(|index| format!("layer.{index}")).collect();
    let shape = [elements];
    let named = names.iter().enumerate();
    let tensors: Vec<_> = named
        .map(|(index, name)| (name.as_str(), "F32", &shape[..], bytes(index)))
        .collect();
    safetensors(&tensors)
}

/// A safetensors file of these tensors: name, dtype, shape, bytes.
pub fn safetensors(tensors: &[(&str, &str, &[u64], &[u8])]) -> Vec<u8> {
    let mut header = String::from("{");
    let mut data = Vec::new();
    for (name, dtype, shape, bytes) in tensors {
        let (start, end) = (data.len(), data.len() + bytes.len());
        if start + header.len() > 1 {
            header.push(',');
        }
        header.push_str(&format!(
            r#""{name}":{{"dtype":"{dtype}","shape":{shape:?},"data_offsets":[{start},{end}]}}"#
        ));
        data.extend_from_slice(bytes);
    }
    header.push('}');
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(header.as_bytes());
    file.extend_from_slice(&data);
    file
}

/// A model folder: two weight files, texts, an empty file, one of a byte, noise and a file that only claims to be
/// a model.
pub fn mixed_folder() -> Files {
    let values = weights(100_000, 3);
    let (f32s, bf16s) = (f32_bytes(&values), bf16_bytes(&values));
    let ints: Vec<u8> = (0..20_000u64).flat_map(|i| (i * 3).to_le_bytes()).collect();
    let model = safetensors(&[
        ("layer.weight", "F32", &[1000, 100], &f32s),
        ("layer.bias", "F32", &[4], &f32s[..16]),
        ("position_ids", "I64", &[20_000], &ints),
        ("zeros", "F16", &[40_000], &[0; 80_000]),
    ]);
    let half = safetensors(&[
        ("layer.weight", "BF16", &[100_000], &bf16s),
        ("mask", "BOOL", &[3000], &[1; 3000]),
    ]);
    let mut broken = model.clone();
    broken.truncate(5000);
    vec![
        ("README.md".into(), b"# A model\n".repeat(50)),
        ("empty".into(), vec![]),
        ("weights/model.safetensors".into(), model),
        ("weights/half.safetensors".into(), half),
        ("broken.safetensors".into(), broken),
        ("byte".into(), vec![42]),
        ("noise.bin".into(), noise(70_000, 9)),
    ]
}

//! ggml's element types: how many elements a block holds and how many bytes it takes (`ggml.h`, `ggml-common.h`).

use crate::map::Dtype;

/// One ggml type.
#[derive(Clone, Copy)]
pub struct Layout {
    /// ggml's name.
    pub name: &'static str,
    /// [`Dtype::Opaque`] for block types.
    pub dtype: Dtype,
    /// Elements in a block; 1 for plain types.
    pub block_elements: u64,
    /// Bytes of a block.
    pub block_bytes: u64,
}

/// The layout of ggml type `kind`; `None` for types that were removed or are not known.
pub fn layout_of(kind: u64) -> Option<Layout> {
    let (name, dtype, block_elements, block_bytes): (_, _, u16, u16) = match kind {
        0 => ("F32", Dtype::F32, 1, 4),
        1 => ("F16", Dtype::F16, 1, 2),
        2 => ("Q4_0", Dtype::Opaque, 32, 18),
        3 => ("Q4_1", Dtype::Opaque, 32, 20),
        6 => ("Q5_0", Dtype::Opaque, 32, 22),
        7 => ("Q5_1", Dtype::Opaque, 32, 24),
        8 => ("Q8_0", Dtype::Opaque, 32, 34),
        // As ggml itself has it since its scales became fp16; the gguf package still says 40. Only ever an
        // intermediate in memory.
        9 => ("Q8_1", Dtype::Opaque, 32, 36),
        10 => ("Q2_K", Dtype::Opaque, 256, 84),
        11 => ("Q3_K", Dtype::Opaque, 256, 110),
        12 => ("Q4_K", Dtype::Opaque, 256, 144),
        13 => ("Q5_K", Dtype::Opaque, 256, 176),
        14 => ("Q6_K", Dtype::Opaque, 256, 210),
        15 => ("Q8_K", Dtype::Opaque, 256, 292),
        16 => ("IQ2_XXS", Dtype::Opaque, 256, 66),
        17 => ("IQ2_XS", Dtype::Opaque, 256, 74),
        18 => ("IQ3_XXS", Dtype::Opaque, 256, 98),
        19 => ("IQ1_S", Dtype::Opaque, 256, 50),
        20 => ("IQ4_NL", Dtype::Opaque, 32, 18),
        21 => ("IQ3_S", Dtype::Opaque, 256, 110),
        22 => ("IQ2_S", Dtype::Opaque, 256, 82),
        23 => ("IQ4_XS", Dtype::Opaque, 256, 136),
        24 => ("I8", Dtype::I8, 1, 1),
        25 => ("I16", Dtype::I16, 1, 2),
        26 => ("I32", Dtype::I32, 1, 4),
        27 => ("I64", Dtype::I64, 1, 8),
        28 => ("F64", Dtype::F64, 1, 8),
        29 => ("IQ1_M", Dtype::Opaque, 256, 56),
        30 => ("BF16", Dtype::Bf16, 1, 2),
        34 => ("TQ1_0", Dtype::Opaque, 256, 54),
        35 => ("TQ2_0", Dtype::Opaque, 256, 66),
        39 => ("MXFP4", Dtype::Opaque, 32, 17),
        40 => ("NVFP4", Dtype::Opaque, 64, 36),
        41 => ("Q1_0", Dtype::Opaque, 128, 18),
        42 => ("Q2_0", Dtype::Opaque, 64, 18),
        _ => return None,
    };
    Some(Layout {
        name,
        dtype,
        block_elements: block_elements.into(),
        block_bytes: block_bytes.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::layout_of;
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[derive(Deserialize)]
    struct Known {
        r#type: u64,
        elements: u64,
        bytes: u64,
    }

    /// The list is compared with the gguf package by `tests/python/test_gguf.py`.
    #[test]
    fn the_types_are_those_of_the_list() {
        let list = include_str!("../../tests/fixtures/ggml_types.json");
        let known: BTreeMap<String, Known> = serde_json::from_str(list).expect("the list is JSON");
        let by_type: BTreeMap<u64, (&str, &Known)> = known.iter().map(|(n, k)| (k.r#type, (n.as_str(), k))).collect();
        assert_eq!(by_type.len(), known.len());
        for kind in 0..1000 {
            let found = layout_of(kind).map(|l| (l.name, l.block_elements, l.block_bytes));
            let listed = by_type.get(&kind).map(|(name, k)| (*name, k.elements, k.bytes));
            assert_eq!(found, listed, "type {kind}");
        }
        for (name, known) in &known {
            let layout = layout_of(known.r#type).expect("compared above");
            match layout.dtype.bits() {
                Some(bits) => assert_eq!((known.elements, known.bytes), (1, u64::from(bits) / 8), "{name}"),
                None => assert!(known.elements >= 32, "{name}"),
            }
        }
    }
}

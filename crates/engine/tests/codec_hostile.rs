//! Blocks that are cut, changed or made up are refused or decoded, never more.

mod support;

use proptest::prelude::*;
use support::blocks::{Noise, check, kind};
use support::{bf16_bytes, f32_bytes};
use tensorpress_engine::codec::{Effort, Layout, Scratch, decode_block};

/// One small block of every kind, with the layout and length it belongs to.
fn one_of_each() -> Vec<(Layout, Vec<u8>, usize)> {
    let mut noise = Noise(10);
    let values = noise.floats(700);
    let mixed: Vec<f32> = values
        .iter()
        .enumerate()
        .map(|(i, &v)| {
            if i / 64 % 2 == 0 {
                f32::from_bits(v.to_bits() & 0xffff_e000)
            } else {
                v
            }
        })
        .collect();
    let zeros: Vec<f32> = values.iter().map(|&v| if v < 0.03 { 0.0 } else { v }).collect();
    let few: Vec<f32> = values.iter().map(|&v| (v * 40.0).round() / 37.0).collect();
    let mut outlier = values.clone();
    outlier[300] = 1e30;
    let inputs = [
        (Layout::Opaque, noise.bytes(200)),
        (Layout::F32, 7f32.to_le_bytes().repeat(100)),
        (Layout::Opaque, "weights ".repeat(50).into_bytes()[1..].to_vec()),
        (Layout::F32, f32_bytes(&outlier)),
        (Layout::Bf16, bf16_bytes(&values)),
        (
            Layout::W4,
            (0..500u32).flat_map(|i| (i * i * 77).to_le_bytes()).collect(),
        ),
        (Layout::F32, f32_bytes(&few)),
        (Layout::F32, f32_bytes(&zeros)),
        (
            Layout::F32,
            values
                .iter()
                .flat_map(|v| (v.to_bits() & 0xffff_0000).to_le_bytes())
                .collect(),
        ),
        (Layout::F32, f32_bytes(&mixed)),
    ];
    let blocks: Vec<_> = inputs
        .into_iter()
        .map(|(layout, raw)| (layout, check(layout, Effort::Default, &raw), raw.len()))
        .collect();
    for byte in 0..=8 {
        assert!(
            blocks.iter().any(|(_, block, _)| block[0] == byte),
            "no block of kind {byte}"
        );
    }
    blocks
}

#[test]
fn truncated_blocks_are_refused() {
    let mut scratch = Scratch::new();
    for (layout, block, len) in one_of_each() {
        let mut out = vec![0; len];
        for cut in 0..block.len() {
            let result = decode_block(layout, &block[..cut], &mut out, &mut scratch);
            assert!(result.is_err(), "{:?} cut at {cut} of {}", kind(&block), block.len());
        }
        let longer = [&block[..], &[0]].concat();
        assert!(
            decode_block(layout, &longer, &mut out, &mut scratch).is_err(),
            "{:?} and a byte",
            kind(&block)
        );
    }
}

#[test]
fn flipped_bits_do_no_harm() {
    let mut scratch = Scratch::new();
    for (layout, block, len) in one_of_each() {
        let mut out = vec![0; len];
        for bit in 0..block.len() * 8 {
            let mut flipped = block.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            // Either is fine: most flips give other values, which the container's checksum notices.
            let _ = decode_block(layout, &flipped, &mut out, &mut scratch);
        }
        for other in [0, 1, len / 2, len - 1, len + 1, 2 * len, 4096] {
            let _ = decode_block(layout, &block, &mut vec![0; other], &mut scratch);
        }
    }
}

#[test]
fn forbidden_nesting_is_refused() {
    let mut scratch = Scratch::new();
    let mut out = vec![0; 64];
    for inner in [7u8, 8, 9, 10, 11, 12, 255] {
        assert!(decode_block(Layout::F32, &[7, 0, inner, 0, 0], &mut out, &mut scratch).is_err());
    }
    // Narrowing within narrowing, as deep as the bytes go.
    let deep = [7u8, 1].repeat(1 << 20);
    let error = decode_block(Layout::F32, &deep, &mut vec![0; 1 << 20], &mut scratch).unwrap_err();
    assert_eq!(error.code(), "corrupt");
    let unknown = decode_block(Layout::F32, &[12], &mut out, &mut scratch).unwrap_err();
    assert_eq!(unknown.code(), "unsupported");
    assert_eq!(
        decode_block(Layout::F32, &[], &mut out, &mut scratch)
            .unwrap_err()
            .code(),
        "truncated"
    );
}

proptest! {
    #[test]
    fn noise_is_refused_or_decoded(
        kind in 0u8..9,
        bytes in prop::collection::vec(prop_oneof![0u8..9, any::<u8>()], 0..400),
        len in 0usize..2000,
    ) {
        let block = [&[kind][..], &bytes].concat();
        let _ = decode_block(Layout::F32, &block, &mut vec![0; len], &mut Scratch::new());
    }
}

use super::*;
use proptest::prelude::*;

/// The definition, one element at a time.
fn naive_planes(layout: FieldLayout, src: &[u8]) -> (Vec<u16>, Vec<Vec<u8>>) {
    let width = layout.element_bytes() as u32 * 8;
    let raw_bits = layout.raw_bits();
    let rotated: Vec<u64> = src
        .chunks_exact(layout.element_bytes())
        .map(|chunk| {
            let word = chunk.iter().rev().fold(0u64, |sum, &byte| sum << 8 | u64::from(byte));
            let mask = if width == 64 { u64::MAX } else { (1 << width) - 1 };
            ((word << 1) | (word >> (width - 1))) & mask
        })
        .collect();
    let fields = rotated.iter().map(|word| (word >> raw_bits) as u16).collect();
    let mut planes: Vec<Vec<u8>> = (0..layout.byte_planes())
        .map(|index| rotated.iter().map(|word| (word >> (8 * index)) as u8).collect())
        .collect();
    let mut low = layout.byte_planes() as u32 * 8;
    for bits in [4u32, 2, 1] {
        if layout.fraction_bits() & bits == 0 {
            continue;
        }
        let per_byte = 8 / bits as usize;
        let group_bytes = GROUP / per_byte;
        let mut plane = vec![0u8; rotated.len().div_ceil(GROUP) * group_bytes];
        for (index, word) in rotated.iter().enumerate() {
            let value = ((word >> low) & ((1 << bits) - 1)) as u8;
            let within = index % GROUP;
            plane[index / GROUP * group_bytes + within % group_bytes] |=
                value << (within / group_bytes * bits as usize);
        }
        planes.push(plane);
        low += bits;
    }
    (fields, planes)
}

fn check(layout: FieldLayout, base: u16, src: &[u8]) {
    let elements = src.len() / layout.element_bytes();
    let mut symbols = vec![0u8; elements];
    let mut raw = vec![7u8; 3];
    let mut exceptions = Vec::new();
    let bounds = split_symbols(layout, base, src, &mut symbols, &mut exceptions);
    append_planes(layout, 9, src, &mut raw);
    let (fields, planes) = naive_planes(layout, src);
    let mut expected_exceptions = Vec::new();
    for (index, &field) in fields.iter().enumerate() {
        let wide = i32::from(field) - i32::from(base) + 1;
        if field == 0 {
            assert_eq!(symbols[index], 0);
        } else if (1..=255).contains(&wide) {
            assert_eq!(i32::from(symbols[index]), wide);
        } else {
            assert_eq!(symbols[index], 1);
            expected_exceptions.push(Exception {
                index: index as u32,
                field,
            });
        }
    }
    assert_eq!(exceptions, expected_exceptions);
    let others = || symbols.iter().copied().filter(|&symbol| symbol != 0);
    let expected_bounds = SymbolBounds {
        least: others().min().unwrap_or(255),
        largest: others().max().unwrap_or(0),
        zero: symbols.contains(&0),
    };
    assert_eq!(bounds, expected_bounds);
    assert_eq!(&raw[..3], [7; 3]);
    let expected_raw: Vec<u8> = planes.iter().flat_map(|plane| [&[9], &plane[..]].concat()).collect();
    assert_eq!(raw[3..], expected_raw);
    let mut dst = vec![0xAA; src.len()];
    let slices: Vec<&[u8]> = planes.iter().map(Vec::as_slice).collect();
    merge(layout, base, &symbols, &slices, &mut dst).unwrap();
    apply_exceptions(layout, &exceptions, &mut dst).unwrap();
    assert_eq!(dst, src);
    let counts = field_histogram(layout, src);
    let mut expected = vec![0u32; 1 << layout.field_bits()];
    fields.iter().for_each(|&field| expected[usize::from(field)] += 1);
    assert_eq!(counts, expected);
    for every in [1, 4, 32] {
        let sampled = sampled_field_histogram(layout, src, every as usize);
        assert!(
            sampled
                .iter()
                .zip(&expected)
                .all(|(&sample, &all)| sample % every == 0 && sample <= every * all)
        );
        let runs = (fields.len() / (64 * every as usize)) as u32;
        assert!(sampled.iter().sum::<u32>() >= 64 * every * runs);
    }
}

/// Small normal-like values, so that most fields lie close together.
fn floats(width: usize, seed: u64, elements: usize) -> Vec<u8> {
    let mut state = seed | 1;
    let mut out = Vec::new();
    for _ in 0..elements {
        let mut sum = 0f64;
        for _ in 0..4 {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            sum += (state >> 40) as f64 / (1 << 24) as f64 - 0.5;
        }
        let value = sum * 0.04;
        match width {
            2 => out.extend(&((value as f32).to_bits() >> 16).to_le_bytes()[..2]),
            4 => out.extend((value as f32).to_le_bytes()),
            _ => out.extend(value.to_le_bytes()),
        }
    }
    out
}

#[test]
fn every_layout_on_normal_values() {
    for (width, exponent) in [(2, 8), (2, 5), (4, 8), (8, 11)] {
        for extra in 0..=4 {
            let layout = FieldLayout::new(width, exponent + extra).unwrap();
            for elements in [0, 1, 2, 15, 16, 17, 127, 128, 129, 255, 256, 1000, 4096, 30_000] {
                let src = floats(width, 7 + elements as u64, elements);
                for base in [1, 2, 90, 100 << extra, 126 << extra, 900, 65535] {
                    check(layout, base, &src);
                }
            }
        }
    }
}

#[test]
fn refuses_impossible_layouts() {
    for (width, bits) in [(1, 4), (3, 8), (2, 16), (2, 0), (4, 17), (16, 8)] {
        assert_eq!(FieldLayout::new(width, bits), None);
    }
}

#[test]
fn merge_checks_lengths() {
    let layout = FieldLayout::new(2, 9).unwrap();
    let (a, b, c) = ([0u8; 64], [0u8; 32], [0u8; 16]);
    let mut dst = [0u8; 256];
    assert_eq!(merge(layout, 1, &[0; 128], &[&a, &b, &c], &mut dst), Ok(()));
    assert_eq!(
        merge(layout, 1, &[0; 127], &[&a, &b, &c], &mut dst),
        Err(FieldError::DestinationLength)
    );
    assert_eq!(
        merge(layout, 1, &[0; 128], &[&a, &b], &mut dst),
        Err(FieldError::PlaneCount)
    );
    assert_eq!(
        merge(layout, 1, &[0; 128], &[&a, &b[1..], &c], &mut dst),
        Err(FieldError::PlaneLength(1))
    );
    let beyond = [Exception { index: 128, field: 1 }];
    assert_eq!(apply_exceptions(layout, &beyond, &mut dst), Err(FieldError::Exception));
    let wide = [Exception { index: 0, field: 512 }];
    assert_eq!(apply_exceptions(layout, &wide, &mut dst), Err(FieldError::Exception));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn random_bits(width in prop::sample::select(vec![2usize, 4, 8]), bits in 1u32..=15, base in 1u16..,
                   bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        let layout = FieldLayout::new(width, bits).unwrap();
        check(layout, base, &bytes[..bytes.len() / width * width]);
    }
}

//! Blocks of approximated weights written byte by byte: each rule of docs/FORMAT.md, sections 11 and 12, kept and broken.

use super::forged_tests::{holds, plane, refused, stored};

fn singles(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn words(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// A stored block of these bytes behind its length; nothing but the length where there are none.
fn nested(bytes: &[u8]) -> Vec<u8> {
    let block = if bytes.is_empty() { Vec::new() } else { stored(bytes) };
    [words(&[block.len() as u32]), block].concat()
}

/// A scaled block of fp32: shape and group, levels, scales, zeros, planes of codes.
#[derive(Clone)]
struct Scaled {
    shape: [u32; 4],
    levels: Vec<u8>,
    scales: Vec<u8>,
    zeros: Vec<u8>,
    codes: Vec<u8>,
}

impl Scaled {
    fn bytes(&self) -> Vec<u8> {
        let head = [&[9, 0][..], &words(&self.shape)].concat();
        [&head[..], &self.levels, &self.scales, &self.zeros, &self.codes].concat()
    }
}

fn integers(min: i32, count: u32) -> Vec<u8> {
    let most = ((count - 1) as u16).to_le_bytes();
    [&[0][..], &min.to_le_bytes(), &most].concat()
}

fn table(levels: &[f32]) -> Vec<u8> {
    [&[1, (levels.len() - 1) as u8][..], &singles(levels)].concat()
}

fn single_scales(values: &[f32]) -> Vec<u8> {
    [&[0][..], &nested(&singles(values))].concat()
}

/// Two channels of three weights each, with a scale a channel.
fn honest() -> Scaled {
    Scaled {
        shape: [1, 2, 3, 3],
        levels: integers(-1, 4),
        scales: single_scales(&[0.5, 2.0]),
        zeros: vec![0],
        codes: plane(&[0, 1, 2, 3, 0, 1]),
    }
}

const HONEST: [f32; 6] = [-0.5, 0.0, 0.5, 4.0, -2.0, 0.0];

#[test]
fn shapes() {
    holds(&honest().bytes(), &singles(&HONEST));
    for shape in [
        [1, 2, 3, 0],
        [1, 2, 4, 3],
        [2, 2, 3, 3],
        [0, 2, 3, 3],
        [u32::MAX, u32::MAX, u32::MAX, 1],
        [1 << 31, 1 << 31, 12, 1],
    ] {
        refused(&Scaled { shape, ..honest() }.bytes(), 24);
    }
    // A group that is longer than a channel is one all the same.
    for group in [4, 1000, u32::MAX] {
        let shape = [1, 2, 3, group];
        holds(&Scaled { shape, ..honest() }.bytes(), &singles(&HONEST));
    }
    for len in [20, 23, 25, 28] {
        refused(&honest().bytes(), len);
    }
    let nothing = Scaled {
        shape: [0, 1, 1, 1],
        scales: single_scales(&[]),
        codes: plane(&[]),
        ..honest()
    };
    refused(&nothing.bytes(), 0);
}

#[test]
fn levels() {
    let most = 1 << 24;
    for (min, count, allowed) in [
        (-most, 4, true),
        (most - 3, 4, true),
        (-most - 1, 4, false),
        (most - 2, 4, false),
        (most, 1, false),
        (i32::MIN, 4, false),
        (i32::MAX, 4, false),
    ] {
        let block = Scaled {
            levels: integers(min, count),
            ..honest()
        };
        if allowed {
            let levels = [0, 1, 2, 3, 0, 1].map(|code| (min + code) as f32);
            let scales = [0.5, 0.5, 0.5, 2.0, 2.0, 2.0];
            let weights: Vec<f32> = levels.iter().zip(scales).map(|(level, scale)| level * scale).collect();
            holds(&block.bytes(), &singles(&weights));
        } else {
            refused(&block.bytes(), 24);
        }
    }
    // The code 3 is one too many.
    for levels in [integers(-1, 3), integers(-1, 1), table(&[1.0, 2.0, 3.0])] {
        refused(&Scaled { levels, ..honest() }.bytes(), 24);
    }
    let known = table(&[1.0, -1.0e30, 1.0e30, 0.25]);
    let block = Scaled {
        levels: known,
        ..honest()
    };
    holds(&block.bytes(), &singles(&[0.5, -0.5e30, 0.5e30, 0.5, 2.0, -2.0e30]));
    for level in [1.1e30, -1.1e30, f32::INFINITY, f32::NAN] {
        let levels = table(&[1.0, 2.0, 3.0, level]);
        refused(&Scaled { levels, ..honest() }.bytes(), 24);
    }
    refused(
        &Scaled {
            levels: vec![2, 0],
            ..honest()
        }
        .bytes(),
        24,
    );
}

#[test]
fn codes_of_two_bytes() {
    let wide = |count: u32, low: &[u8], high: &[u8]| Scaled {
        levels: integers(0, count),
        codes: [plane(low), plane(high)].concat(),
        ..honest()
    };
    let block = wide(65_536, &[0, 1, 255, 0, 0, 2], &[0, 255, 255, 1, 0, 1]);
    holds(&block.bytes(), &singles(&[0.0, 32_640.5, 32_767.5, 512.0, 0.0, 516.0]));
    let block = wide(257, &[0, 1, 255, 0, 0, 2], &[0, 0, 0, 1, 0, 0]);
    holds(&block.bytes(), &singles(&[0.0, 0.5, 127.5, 512.0, 0.0, 4.0]));
    refused(&wide(257, &[0, 1, 255, 1, 0, 2], &[0, 0, 0, 1, 0, 0]).bytes(), 24);
    refused(&wide(257, &[0; 6], &[0, 0, 0, 0, 0, 2]).bytes(), 24);
    // Up to 256 codes take one.
    let block = Scaled {
        levels: integers(0, 256),
        codes: plane(&[255, 0, 1, 0, 0, 0]),
        ..honest()
    };
    holds(&block.bytes(), &singles(&[127.5, 0.0, 0.5, 0.0, 0.0, 0.0]));
}

#[test]
fn scales() {
    let of = |scales: Vec<u8>| Scaled { scales, ..honest() }.bytes();
    let kind = |kind: u8, bytes: &[u8]| [&[kind][..], &nested(bytes)].concat();
    for (scales, first, second) in [
        (kind(1, &[0x00, 0x38, 0x00, 0x40]), 0.5, 2.0),
        (kind(2, &[0x00, 0x3f, 0x00, 0x40]), 0.5, 2.0),
        (kind(3, &[126, 128]), 0.5, 2.0),
        ([&[4][..], &singles(&[4.0]), &nested(&[0x20, 0x30])].concat(), 0.5, 2.0),
        (
            [
                &[5][..],
                &words(&[1]),
                &nested(&singles(&[0.5, 0.25])),
                &nested(&[1, 8]),
            ]
            .concat(),
            0.5,
            2.0,
        ),
        (
            [&[5][..], &words(&[9]), &nested(&singles(&[0.5])), &nested(&[1, 4])].concat(),
            0.5,
            2.0,
        ),
        (single_scales(&[-0.5, 0.0]), -0.5, 0.0),
    ] {
        let expected = [-first, 0.0 * first, first, 2.0 * second, -second, 0.0 * second];
        holds(&of(scales), &singles(&expected));
    }
    for scales in [
        single_scales(&[0.5]),
        single_scales(&[0.5, 2.0, 1.0]),
        single_scales(&[]),
        single_scales(&[0.5, f32::INFINITY]),
        single_scales(&[f32::NAN, 2.0]),
        kind(1, &[0x00, 0x7c, 0x00, 0x40]),
        kind(3, &[126, 255]),
        [&[4][..], &singles(&[4.0]), &nested(&[0x7f, 0x30])].concat(),
        [&[4][..], &singles(&[f32::INFINITY]), &nested(&[0x20, 0x30])].concat(),
        [&[5][..], &words(&[0]), &nested(&singles(&[0.5])), &nested(&[1, 4])].concat(),
        [&[5][..], &words(&[2]), &nested(&singles(&[0.5, 0.5])), &nested(&[1, 4])].concat(),
        kind(6, &[0; 8]),
    ] {
        refused(&of(scales), 24);
    }
    // Blocks that may not stand there, and one of nothing that is there all the same.
    for inner in [&[7, 1, 0, 0, 0, 0, 0][..], &[6, 4, 0, 0, 0, 0, 1, 0]] {
        let scales = [&[0][..], &words(&[inner.len() as u32]), inner].concat();
        refused(&of(scales), 24);
    }
}

#[test]
fn zeros() {
    let of = |zeros: Vec<u8>| Scaled { zeros, ..honest() }.bytes();
    let integers: Vec<u8> = [1i32, -2].into_iter().flat_map(i32::to_le_bytes).collect();
    // Of the codes of integers what is stored is their distance from the zero.
    let found = [0.0, 0.5, -1.0, 6.0, 8.0, 2.0];
    holds(&of([&[1][..], &nested(&integers)].concat()), &singles(&found));
    for (zeros, first, second) in [
        ([&[2][..], &nested(&[0x00, 0x38, 0x00, 0xc0])].concat(), 0.5, -2.0),
        ([&[3][..], &nested(&singles(&[0.5, -2.0]))].concat(), 0.5f32, -2.0f32),
    ] {
        let levels = [-1.0, 0.0, 1.0, 2.0, -1.0, 0.0];
        let expected: Vec<f32> = (0..6)
            .map(|at| {
                if at < 3 {
                    (levels[at] - first) * 0.5
                } else {
                    (levels[at] - second) * 2.0
                }
            })
            .collect();
        holds(&of(zeros), &singles(&expected));
    }
    for zeros in [
        [&[1][..], &nested(&integers[..4])].concat(),
        [&[3][..], &nested(&singles(&[1.1e30, 0.0]))].concat(),
        [&[3][..], &nested(&singles(&[0.0, f32::NAN]))].concat(),
        [&[2][..], &nested(&[0x00, 0x7c, 0, 0])].concat(),
        [&[4][..], &nested(&[0; 8])].concat(),
    ] {
        refused(&of(zeros), 24);
    }
}

/// A low-rank block of fp32: rows, columns and rank, both factors, corrections and gaps.
fn low_rank(shape: [u32; 3], left: &[u8], right: &[u8], corrections: &[f32], gaps: &[u32]) -> Vec<u8> {
    let head = [&[11, 0][..], &words(&shape), left, right].concat();
    let count = words(&[corrections.len() as u32]);
    [head, count, nested(&singles(corrections)), nested(&words(gaps))].concat()
}

fn factor(numbers: &[f32]) -> Vec<u8> {
    [&[0][..], &nested(&singles(numbers))].concat()
}

#[test]
fn low_rank_matrices() {
    let (left, right) = (factor(&[1.0, 2.0]), factor(&[3.0, 4.0, 5.0, 6.0]));
    let block = |corrections: &[f32], gaps: &[u32]| low_rank([2, 4, 1], &left, &right, corrections, gaps);
    let mut expected = [3.0, 4.0, 5.0, 6.0, 6.0, 8.0, 10.0, 12.0];
    holds(&block(&[], &[]), &singles(&expected));
    expected[0] += 0.5;
    expected[1] += 0.25;
    expected[7] -= 1.0;
    holds(&block(&[0.5, 0.25, -1.0], &[0, 0, 5]), &singles(&expected));
    for gaps in [[0, 0, 6], [8, 0, 0], [u32::MAX, 0, 0], [0, u32::MAX, u32::MAX]] {
        refused(&block(&[0.5, 0.25, -1.0], &gaps), 32);
    }
    refused(&block(&[0.0; 9], &[0; 9]), 32);
    for correction in [f32::INFINITY, f32::NAN] {
        refused(&block(&[correction], &[0]), 32);
    }
    refused(&low_rank([2, 4, 1], &factor(&[f32::MAX, 0.0]), &right, &[], &[]), 32);
    // In other forms: halves, and bytes with a scale.
    let halves = [&[1][..], &nested(&[0x00, 0x3c, 0x00, 0x40])].concat();
    let bytes = [&[2][..], &nested(&singles(&[0.5])), &nested(&[6, 8, 0xfe, 12])].concat();
    let expected = [3.0, 4.0, -1.0, 6.0, 6.0, 8.0, -2.0, 12.0];
    holds(&low_rank([2, 4, 1], &halves, &bytes, &[], &[]), &singles(&expected));
    refused(
        &low_rank([2, 4, 1], &[&[3][..], &nested(&[0; 8])].concat(), &right, &[], &[]),
        32,
    );
}

#[test]
fn shapes_of_low_rank_matrices() {
    let none = factor(&[]);
    holds(&low_rank([2, 2, 0], &none, &none, &[], &[]), &[0; 16]);
    holds(
        &low_rank([2, 2, 1], &factor(&[1.0, 2.0]), &factor(&[1.0, 3.0]), &[], &[]),
        &singles(&[1.0, 3.0, 2.0, 6.0]),
    );
    // A rank whose factors have more numbers than the matrix.
    refused(
        &low_rank([2, 2, 2], &factor(&[1.0; 4]), &factor(&[1.0; 4]), &[], &[]),
        16,
    );
    refused(&low_rank([1, 4, 1], &factor(&[1.0]), &factor(&[1.0; 4]), &[], &[]), 16);
    for shape in [
        [2, 3, 0],
        [4, 0, 0],
        [u32::MAX, u32::MAX, 0],
        [2, 2, u32::MAX],
        [1 << 31, 1 << 31, 0],
    ] {
        refused(&low_rank(shape, &none, &none, &[], &[]), 16);
    }
    refused(&low_rank([0, 0, 0], &none, &none, &[], &[]), 0);
    // More columns than are computed at once, and more than one component.
    let columns = 2500;
    let left: Vec<f32> = vec![1.0, 2.0, 3.0, 0.5, -1.0, 4.0];
    let right: Vec<f32> = (0..2 * columns).map(|number| (number % 19) as f32 - 7.0).collect();
    let weight = |row: usize, column: usize| left[row] * right[column] + left[3 + row] * right[columns + column];
    let expected: Vec<f32> = (0..3 * columns).map(|at| weight(at / columns, at % columns)).collect();
    let block = low_rank([3, columns as u32, 2], &factor(&left), &factor(&right), &[], &[]);
    let mut out = vec![0; 12 * columns];
    super::decode_block(super::Layout::F32, &block, &mut out, &mut super::Scratch::new()).unwrap();
    assert!(out == singles(&expected));
}

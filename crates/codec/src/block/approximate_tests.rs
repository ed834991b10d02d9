//! Blocks of approximated weights: what comes back is what their definitions say, and no bytes make the decoder panic.

use super::number::Number;
use super::{Layout, Scratch, decode_block, low_rank, scaled};
use crate::block::Effort;
use proptest::prelude::*;
use tensorpress_kernels::floats::half_to_single;
use tensorpress_transforms::{Factor, Geometry, Grouping, Levels, LowRank, Scaled, Scales, Zeros};

const NUMBERS: [(Number, Layout); 4] = [
    (Number::Single, Layout::F32),
    (Number::Half, Layout::F16),
    (Number::Brain, Layout::Bf16),
    (Number::Double, Layout::F64),
];

/// A generator of small pseudorandom numbers.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 40) as u32
    }

    fn below(&mut self, most: usize) -> usize {
        self.next() as usize % most.max(1)
    }

    fn float(&mut self) -> f32 {
        self.next() as f32 / (1 << 23) as f32 - 1.0
    }
}

fn scale_values(scales: &Scales) -> Vec<f32> {
    let half = |bits: &u16| f32::from_bits(half_to_single(*bits));
    match scales {
        Scales::F32(values) => values.clone(),
        Scales::F16(bits) => bits.iter().map(half).collect(),
        Scales::Bf16(bits) => bits.iter().map(|&bits| f32::from_bits(u32::from(bits) << 16)).collect(),
        Scales::E8m0(codes) => codes.iter().map(|&code| 2f32.powi(i32::from(code) - 127)).collect(),
        Scales::E4m3 { codes, global } => {
            let value = |&code: &u8| {
                let (exponent, mantissa) = (i32::from(code >> 3 & 15), f32::from(code & 7));
                let magnitude = match exponent {
                    0 => mantissa / 8.0 * 2f32.powi(-6),
                    _ => (1.0 + mantissa / 8.0) * 2f32.powi(exponent - 7),
                };
                if code >> 7 == 1 { -magnitude } else { magnitude }
            };
            codes.iter().map(|code| value(code) * global).collect()
        }
        Scales::Double { codes, group, steps } => {
            let scale = |(index, &code): (usize, &u8)| f32::from(code) * steps[index / group];
            codes.iter().enumerate().map(scale).collect()
        }
    }
}

fn zero_values(zeros: &Zeros, count: usize) -> Vec<f32> {
    match zeros {
        Zeros::None => vec![0.0; count],
        Zeros::Integers(zeros) => zeros.iter().map(|&zero| zero as f32).collect(),
        Zeros::F16(bits) => bits.iter().map(|&bits| f32::from_bits(half_to_single(bits))).collect(),
        Zeros::F32(zeros) => zeros.clone(),
    }
}

/// The definition, weight by weight.
fn expected(scaled: &Scaled) -> Vec<f32> {
    let scales = scale_values(&scaled.scales);
    let zeros = zero_values(&scaled.zeros, scales.len());
    let weight = |(index, &code): (usize, &u16)| {
        let of = scaled.grouping.scale_of(index);
        (scaled.levels.value(code) - zeros[of]) * scales[of]
    };
    scaled.codes.iter().enumerate().map(weight).collect()
}

fn any_scaled(shape: [usize; 3], axis: usize, group: usize, levels: u8, scales: u8, zeros: u8, seed: u64) -> Scaled {
    let mut noise = Noise(seed);
    let geometry = Geometry::new(shape.to_vec(), axis);
    let grouping = match group {
        0 => Grouping::channel(&geometry),
        1 => Grouping::tensor(geometry.len()),
        group => Grouping::group(&geometry, group),
    };
    let levels = match levels {
        0 => Levels::Integers { min: -8, max: 7 },
        1 => Levels::Integers { min: 0, max: 1000 },
        2 => Levels::Table(vec![-1.0, 0.0, 1.5]),
        _ => Levels::Table((0..256).map(|i| i as f32 - 100.5).collect()),
    };
    let count = grouping.scales();
    let mut list =
        |each: &mut dyn FnMut(&mut Noise) -> f32| -> Vec<f32> { (0..count).map(|_| each(&mut noise)).collect() };
    let floats = list(&mut Noise::float);
    let bits: Vec<u16> = floats
        .iter()
        .map(|&value| super::number::round_to_half(value))
        .collect();
    let bytes: Vec<u8> = floats.iter().map(|value| (value.abs() * 120.0) as u8).collect();
    let scales = match scales {
        0 => Scales::F32(floats.clone()),
        1 => Scales::F16(bits.clone()),
        2 => Scales::Bf16(floats.iter().map(|value| (value.to_bits() >> 16) as u16).collect()),
        3 => Scales::E8m0(bytes.iter().map(|byte| byte + 64).collect()),
        4 => Scales::E4m3 {
            codes: bytes.clone(),
            global: 0.37,
        },
        _ => Scales::Double {
            codes: bytes.clone(),
            group: 3,
            steps: floats.iter().take(count.div_ceil(3)).copied().collect(),
        },
    };
    let zeros = match zeros {
        0 => Zeros::None,
        1 => Zeros::Integers(bytes.iter().map(|&byte| i32::from(byte) - 60).collect()),
        2 => Zeros::F16(bits),
        _ => Zeros::F32(floats),
    };
    let codes = (0..grouping.len()).map(|_| noise.below(levels.len()) as u16).collect();
    Scaled {
        codes,
        levels,
        grouping,
        scales,
        zeros,
    }
}

fn encoded(scaled: &Scaled, number: Number) -> Vec<u8> {
    let mut out = Vec::new();
    assert!(scaled::encode(
        scaled,
        number,
        Effort::Default,
        &mut out,
        &mut Scratch::new()
    ));
    out
}

fn bytes_of(weights: &[f32], number: Number) -> Vec<u8> {
    let mut bytes = vec![0; weights.len() * number.width()];
    number.write(weights, &mut bytes);
    bytes
}

fn a_matrix(rows: usize, columns: usize, rank: usize, form: u8, extra: usize, seed: u64) -> LowRank {
    let mut noise = Noise(seed);
    let mut factor = |length: usize| {
        let values: Vec<f32> = (0..rank * length).map(|_| noise.float()).collect();
        match form {
            0 => Factor::F32(values),
            1 => Factor::f16(&values),
            _ => Factor::int8(&values, length),
        }
    };
    let (left, right) = (factor(rows), factor(columns));
    let step = rows * columns / extra.max(1);
    LowRank {
        rows,
        columns,
        rank,
        left,
        right,
        remainder: (0..extra).map(|index| ((index * step) as u32, noise.float())).collect(),
    }
}

proptest! {
    #[test]
    fn scaled_blocks_decode_to_their_definition(
        shape in [1usize..5, 1usize..40, 1usize..9], axis in 0usize..3, group in prop_oneof![Just(0), Just(1), 2usize..20],
        levels in 0u8..4, scales in 0u8..6, zeros in 0u8..4, seed: u64, number in 0usize..4,
    ) {
        let scaled = any_scaled(shape, axis, group, levels, scales, zeros, seed);
        let (number, layout) = NUMBERS[number];
        let block = encoded(&scaled, number);
        let wanted = bytes_of(&expected(&scaled), number);
        let mut decoded = vec![0xa5; wanted.len()];
        decode_block(layout, &block, &mut decoded, &mut Scratch::new()).unwrap();
        prop_assert_eq!(decoded, wanted);
    }

    #[test]
    fn low_rank_blocks_decode_to_their_definition(
        rows in 4usize..40, columns in 4usize..40, form in 0u8..3, extra in 0usize..16, seed: u64, number in 0usize..4,
    ) {
        let rank = rows * columns / (rows + columns) / 2;
        let matrix = a_matrix(rows, columns, rank, form, extra, seed);
        let (number, layout) = NUMBERS[number];
        let mut block = Vec::new();
        prop_assert!(low_rank::encode(&matrix, number, Effort::Default, &mut block, &mut Scratch::new()));
        let wanted = bytes_of(&matrix.restore(), number);
        let mut decoded = vec![0xa5; wanted.len()];
        decode_block(layout, &block, &mut decoded, &mut Scratch::new()).unwrap();
        prop_assert_eq!(decoded, wanted);
    }

    #[test]
    fn noise_is_refused_or_decoded(kind in prop_oneof![Just(9u8), Just(11)], bytes in prop::collection::vec(any::<u8>(), 0..200), len in 1usize..600) {
        let block = [&[kind][..], &bytes].concat();
        let _ = decode_block(Layout::F32, &block, &mut vec![0; len], &mut Scratch::new());
    }
}

#[test]
fn truncated_and_flipped_blocks_are_refused_or_decoded() {
    let mut blocks = Vec::new();
    for kind in 0..6 {
        let scaled = any_scaled([2, 6, 5], 1, 4, kind % 4, kind, kind % 4, 7);
        blocks.push((encoded(&scaled, Number::Single), 60 * 4));
    }
    for form in 0..3 {
        let mut block = Vec::new();
        let matrix = a_matrix(8, 12, 2, form, 3, 5);
        assert!(low_rank::encode(
            &matrix,
            Number::Half,
            Effort::Default,
            &mut block,
            &mut Scratch::new()
        ));
        blocks.push((block, 96 * 2));
    }
    let mut scratch = Scratch::new();
    for (block, len) in blocks {
        let mut out = vec![0; len];
        decode_block(Layout::F32, &block, &mut out, &mut scratch).unwrap();
        for cut in 0..block.len() {
            assert!(
                decode_block(Layout::F32, &block[..cut], &mut out, &mut scratch).is_err(),
                "cut at {cut}"
            );
        }
        let longer = [&block[..], &[0]].concat();
        assert!(decode_block(Layout::F32, &longer, &mut out, &mut scratch).is_err());
        for bit in 0..block.len() * 8 {
            let mut flipped = block.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let _ = decode_block(Layout::F32, &flipped, &mut out, &mut scratch);
        }
        for wrong in [1, len - 1, len + 4, 2 * len] {
            assert!(decode_block(Layout::F32, &block, &mut vec![0; wrong], &mut scratch).is_err());
        }
    }
}

#[test]
fn what_a_block_cannot_hold_is_not_encoded() {
    let good = any_scaled([1, 4, 4], 1, 0, 0, 0, 0, 1);
    let mut wrong = good.clone();
    wrong.codes[3] = 16;
    let mut short = good.clone();
    short.scales = Scales::F32(vec![1.0]);
    let mut far = good.clone();
    far.levels = Levels::Integers {
        min: i32::MAX - 15,
        max: i32::MAX,
    };
    let mut huge = good;
    huge.levels = Levels::Table(vec![f32::MAX; 16]);
    for scaled in [wrong, short, far, huge] {
        let mut out = Vec::new();
        assert!(!scaled::encode(
            &scaled,
            Number::Single,
            Effort::Default,
            &mut out,
            &mut Scratch::new()
        ));
    }
}

//! Blocks of approximated weights: what comes back is what their definitions say, and no bytes make the decoder panic.

use super::number::Number;
use super::outcome::Encoder;
use super::{Layout, Scratch, decode_block, encode_block, low_rank, scaled};
use crate::block::Effort;
use proptest::prelude::*;
use tensorpress_kernels::floats::half_to_single;
use tensorpress_transforms::{
    Codebook, Factor, Geometry, Grouping, Levels, LowRank, Outcome, Scaled, Scales, Unit, Zeros,
};

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
        // One code more than a byte tells apart.
        3 => Levels::Integers { min: -128, max: 128 },
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
        levels in 0u8..5, scales in 0u8..6, zeros in 0u8..4, seed: u64, number in 0usize..4,
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
    let with = |change: &dyn Fn(&mut Scaled)| {
        let mut scaled = good.clone();
        change(&mut scaled);
        scaled
    };
    let integers = |min: i32, max: i32| with(&|scaled| scaled.levels = Levels::Integers { min, max });
    let table = |table: Vec<f32>| with(&|scaled| scaled.levels = Levels::Table(table.clone()));
    let scales = |scales: Scales| with(&|scaled| scaled.scales = scales.clone());
    let double = |count: usize, group: usize, steps: usize| {
        let (codes, steps) = (vec![1; count], vec![1.0; steps]);
        scales(Scales::Double { codes, group, steps })
    };
    let zeros = |zeros: Zeros| with(&|scaled| scaled.zeros = zeros.clone());
    let fits = |scaled: &Scaled| {
        let mut scratch = Scratch::new();
        scaled::encode(scaled, Number::Single, Effort::Default, &mut Vec::new(), &mut scratch)
    };
    // Codes are below 16, and there are 4 scales.
    let most = 1 << 24;
    for scaled in [
        good.clone(),
        integers(-most, 15 - most),
        integers(most - 15, most),
        integers(0, 65_535),
        table(vec![1.0e30; 16]),
        table(vec![-1.0e30; 256]),
        double(4, 3, 2),
        double(4, 4, 1),
        zeros(Zeros::Integers(vec![0; 4])),
    ] {
        assert!(fits(&scaled), "{scaled:?}");
    }
    for scaled in [
        with(&|scaled| scaled.codes[3] = 16),
        with(&|scaled| scaled.codes.truncate(15)),
        with(&|scaled| scaled.codes.push(0)),
        integers(-most - 1, 15 - most),
        integers(most - 14, most + 1),
        integers(i32::MAX - 15, i32::MAX),
        integers(0, 65_536),
        integers(15, 0),
        table(vec![1.0; 257]),
        table(vec![1.001e30; 16]),
        table(vec![f32::NAN; 16]),
        scales(Scales::F32(vec![1.0; 3])),
        scales(Scales::F16(vec![0; 5])),
        scales(Scales::E8m0(vec![0; 3])),
        double(3, 3, 1),
        double(4, 0, 2),
        double(4, 3, 1),
        double(4, 3, 3),
        zeros(Zeros::Integers(vec![0; 3])),
        zeros(Zeros::F16(vec![0; 5])),
        zeros(Zeros::F32(vec![0.0; 3])),
    ] {
        assert!(!fits(&scaled), "{scaled:?}");
    }
}

/// What becomes of a codebook: whether a block holds it, the block, and what it decodes to.
fn coded(codebook: Codebook, number: Number, weights: usize) -> (bool, Vec<u8>, Vec<u8>) {
    let mut unit = Unit::new(vec![0.0; weights], Geometry::new(vec![weights], 0));
    unit.outcome = Outcome::Codebook(codebook);
    let (mut scratch, mut out) = (Scratch::new(), Vec::new());
    let mut encoder = Encoder::new(Effort::Default, &mut scratch);
    let raw = vec![0; weights * number.width()];
    let measure = encoder.encode(&unit, number, &raw, &mut out).unwrap();
    (measure.is_some(), out, encoder.decoded().to_vec())
}

proptest! {
    #[test]
    fn codebooks_decode_to_their_definition(
        count in prop_oneof![1usize..20, 250usize..260, Just(1000)], used in 1usize..1000, zeros in 0usize..100, seed: u64, number in 0usize..4,
    ) {
        let (mut noise, (number, _)) = (Noise(seed), NUMBERS[number]);
        // So close that halves have fewer of them; one is 0.
        let centroids: Vec<f32> = (0..count).map(|index| (index as f32 - (count / 2) as f32) / 3000.0).collect();
        let indices: Vec<u16> = (0..2000)
            .map(|_| if noise.below(100) < zeros { count / 2 } else { noise.below(used.min(count)) } as u16)
            .collect();
        let weights: Vec<f32> = indices.iter().map(|&index| centroids[usize::from(index)]).collect();
        let (fits, block, decoded) = coded(Codebook { centroids, indices }, number, 2000);
        prop_assert!(fits);
        let wanted = bytes_of(&weights, number);
        prop_assert_eq!(&decoded, &wanted);
        // Where most weights are 0 the lossless codec is asked, too.
        if zeros > 50 {
            let mut exact = Vec::new();
            encode_block(number.layout(), Effort::Default, &wanted, &mut exact, &mut Scratch::new());
            prop_assert!(block.len() <= exact.len());
        }
    }
}

#[test]
fn codebooks_that_do_not_belong_to_their_weights_are_not_encoded() {
    let fits = |centroids: usize, indices: Vec<u16>| {
        let centroids = (0..centroids).map(|index| index as f32).collect();
        coded(Codebook { centroids, indices }, Number::Single, 100).0
    };
    assert!(fits(2, [0, 1].repeat(50)) && fits(65_536, vec![65_535; 100]));
    assert!(!fits(2, vec![2; 100]) && !fits(0, vec![0; 100]) && !fits(0, vec![]));
    assert!(!fits(2, vec![1; 99]) && !fits(2, vec![1; 101]));
}

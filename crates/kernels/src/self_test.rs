//! Compares what the build runs with the portable code: a test for targets on which Rust's own test runner does not.

use crate::bytes;
use crate::compute::{binary, fp32, int4, int8, sparse};
use crate::fields::{self, FieldLayout, MAX_PLANES};
use crate::huffman::{self, DecodeTable, MAX_LENGTH, STREAMS};
use crate::xxh3;
use crate::{
    assign, error_measures, floats, group, group_ranges, hqq, lanes, magnitudes, pack, quads, quantize, statistics,
    threshold, transpose, viterbi,
};

mod random;
pub(crate) use random::Random;

/// A kernel's own test: random input, the build's result against the portable form and a naive one.
type Check = fn(&mut Random) -> Result<(), String>;

const CHECKS: [Check; 21] = [
    bytes::tests::check,
    statistics::tests::check,
    error_measures::tests::check,
    magnitudes::tests::check,
    threshold::tests::check,
    transpose::tests::check,
    quantize::tests::check,
    group_ranges::tests::check,
    pack::tests::check,
    assign::tests::check,
    floats::tests::check,
    fp32::tests::check,
    int8::tests::check,
    int4::tests::check,
    binary::tests::check,
    sparse::tests::check,
    quads::tests::check,
    group::tests::check,
    hqq::tests::check,
    lanes::check::check,
    viterbi::tests::check,
];

/// The most elements of one comparison: a few groups, whole or not.
const MOST_ELEMENTS: u64 = 700;
/// XXH3-64 of the hashes in [`hashes_are_known`], as the native build has it, which is tested against another library.
const HASH_OF_HASHES: u64 = 0x433f_e710_8160_8e19;

/// Runs every kernel that has a vector form on random input, layouts and bases, and compares with the scalar form.
/// The message of the error says which kernel differs and where.
pub fn simd_equals_scalar(seed: u64) -> Result<(), String> {
    let mut random = Random::new(seed);
    for width in [2usize, 4, 8] {
        for field_bits in 1..=16 {
            if let Some(layout) = FieldLayout::new(width, field_bits) {
                for _ in 0..12 {
                    fields_equal(layout, &mut random)?;
                }
            }
        }
    }
    for check in CHECKS {
        for _ in 0..20 {
            check(&mut random)?;
        }
    }
    int8::tests::check_limit()?;
    let mut table = DecodeTable::new();
    for _ in 0..60 {
        huffman_round_trip(&mut table, &mut random)?;
    }
    for _ in 0..200 {
        let acc = std::array::from_fn(|_| random.next());
        let stripes = random.below(17) as usize;
        let bytes = random.bytes(stripes * 64);
        let secret = random.below(192 - 56 - 8 * 16 + 1) as usize;
        if !xxh3::stripes_equal_scalar(acc, &bytes, secret) {
            return Err(format!("xxh3: {stripes} stripes with the secret from {secret} on"));
        }
    }
    hashes_are_known()
}

/// Elements whose fields lie near each other but for some, in one of several mixes.
fn elements(layout: FieldLayout, base: u16, count: usize, random: &mut Random) -> Vec<u8> {
    let width = layout.element_bytes();
    let one_in = [1, 2, 50, 2000, u64::MAX][random.below(5) as usize];
    let field_limit = 1u64 << layout.field_bits();
    let mut out = Vec::with_capacity(count * width);
    for _ in 0..count {
        let mut word = random.next();
        if random.below(one_in) != 0 {
            let near = (u64::from(base) + random.below(255)) % field_limit;
            let field = if random.below(40) == 0 { 0 } else { near };
            let raw = word & ((1 << layout.raw_bits()) - 1);
            let rotated = field << layout.raw_bits() | raw;
            word = (rotated >> 1) | (rotated & 1) << (width * 8 - 1);
        }
        out.extend_from_slice(&word.to_le_bytes()[..width]);
    }
    out
}

fn fields_equal(layout: FieldLayout, random: &mut Random) -> Result<(), String> {
    let count = random.below(MOST_ELEMENTS) as usize;
    let base = match random.below(6) {
        0 => random.next() as u16,
        1 => random.below(3) as u16,
        _ => random.below(1 << layout.field_bits()) as u16,
    }
    .max(1);
    let told = |what: &str| format!("{what}: {count} elements of {layout:?} with base {base}");
    let src = elements(layout, base, count, random);

    let (mut symbols, mut exceptions) = (vec![0xA5; count], vec![]);
    let bounds = fields::split_symbols(layout, base, &src, &mut symbols, &mut exceptions);
    let (mut scalar_symbols, mut scalar_exceptions) = (vec![0x5A; count], vec![]);
    let scalar_bounds = fields::split_symbols_scalar(layout, base, &src, &mut scalar_symbols, &mut scalar_exceptions);
    let (mut raw, mut scalar_raw) = (vec![], vec![]);
    fields::append_planes(layout, 0, &src, &mut raw);
    fields::append_planes_scalar(layout, 0, &src, &mut scalar_raw);
    if symbols != scalar_symbols {
        return Err(told("symbols"));
    }
    if bounds != scalar_bounds {
        return Err(told("bounds of symbols"));
    }
    if raw != scalar_raw {
        return Err(told("planes"));
    }
    if exceptions != scalar_exceptions {
        return Err(told("exceptions"));
    }

    // Once as split, once with symbols and planes as a corrupt file may have them.
    for corrupt in [false, true] {
        if corrupt {
            symbols = random.bytes(symbols.len());
            raw = random.bytes(raw.len());
        }
        let mut planes: [&[u8]; MAX_PLANES] = [&[]; MAX_PLANES];
        let lengths = layout.plane_lengths(count);
        let mut rest = raw.as_slice();
        for (plane, &length) in planes.iter_mut().zip(lengths.as_slice()) {
            (*plane, rest) = rest[1..].split_at(length);
        }
        let planes = &planes[..lengths.as_slice().len()];
        let (mut merged, mut scalar_merged) = (vec![0xA5; src.len()], vec![0x5A; src.len()]);
        let base = if corrupt && random.below(4) == 0 { 0 } else { base };
        fields::merge(layout, base, &symbols, planes, &mut merged).map_err(|error| told(&format!("{error:?}")))?;
        fields::merge_scalar(layout, base, &symbols, planes, &mut scalar_merged);
        if merged != scalar_merged {
            return Err(told(if corrupt {
                "merged from corrupt planes"
            } else {
                "merged"
            }));
        }
        if !corrupt {
            fields::apply_exceptions(layout, &exceptions, &mut merged).map_err(|error| told(&format!("{error:?}")))?;
            if merged != src {
                return Err(told("round trip"));
            }
        }
    }
    let mut counts = vec![0u32; 1 << layout.field_bits()];
    for element in src.chunks_exact(layout.element_bytes()) {
        let word = element.iter().rev().fold(0u64, |sum, &byte| sum << 8 | u64::from(byte));
        let unsigned = word & !(1 << (layout.element_bytes() * 8 - 1));
        counts[(unsigned >> (layout.raw_bits() - 1)) as usize] += 1;
    }
    if fields::field_histogram(layout, &src) != counts {
        return Err(told("field histogram"));
    }
    Ok(())
}

/// A complete code of random lengths: leaves are split at random.
fn code_lengths(random: &mut Random) -> [u8; 256] {
    let mut leaves = vec![1u8, 1];
    let symbols = 2 + random.below(255) as usize;
    let spread = 1 + random.below(8);
    while leaves.len() < symbols {
        // Some codes split the newest leaves alone, which makes the others short.
        let newest = (random.below(leaves.len() as u64) / spread) as usize;
        let pick = leaves.len() - 1 - newest;
        if u32::from(leaves[pick]) < MAX_LENGTH {
            leaves[pick] += 1;
            leaves.push(leaves[pick]);
        } else if leaves.iter().all(|&leaf| u32::from(leaf) >= MAX_LENGTH - 1) || random.below(64) == 0 {
            break;
        }
    }
    let mut lengths = [0u8; 256];
    for leaf in leaves {
        let mut symbol = random.below(256) as usize;
        while lengths[symbol] != 0 {
            symbol = (symbol + 1) % 256;
        }
        lengths[symbol] = leaf;
    }
    lengths
}

/// The encoder has no vector form, so what it wrote tells whether the decoder and its table are right.
fn huffman_round_trip(table: &mut DecodeTable, random: &mut Random) -> Result<(), String> {
    let lengths = code_lengths(random);
    // Every symbol as often as its code is short.
    let mut drawn = Vec::new();
    for (symbol, &length) in lengths.iter().enumerate() {
        if length != 0 {
            drawn.resize(drawn.len() + (1 << (MAX_LENGTH - u32::from(length))), symbol as u8);
        }
    }
    let count = random.below(5000) as usize;
    let src: Vec<u8> = (0..count)
        .map(|_| drawn[random.below(drawn.len() as u64) as usize])
        .collect();
    if !huffman::set_codes(&lengths) || !table.rebuild(&lengths) {
        return Err(format!("huffman: no table for the lengths {lengths:?}"));
    }
    let mut coded = vec![0xA5];
    let mut chunks = src.chunks(count.div_ceil(STREAMS).max(1));
    let ends = std::array::from_fn(|_| {
        huffman::encode_stream(chunks.next().unwrap_or_default(), &mut coded);
        coded.len()
    });
    let mut decoded = vec![0; count];
    if !huffman::decode4_any(table, &coded, 1, ends, &mut decoded) || decoded != src {
        return Err(format!("huffman: {count} symbols with the lengths {lengths:?}"));
    }
    Ok(())
}

/// Hashes of all lengths around the limits of the forms of XXH3.
fn hashes_are_known() -> Result<(), String> {
    let bytes = Random::new(5).bytes(5000);
    let mut hashes = Vec::new();
    for length in (0..1200).chain([2047, 2048, 2049, 3071, 3072, 3073, 5000]) {
        hashes.extend(xxh3::hash64(&bytes[..length]).to_le_bytes());
        hashes.extend(xxh3::hash128(&bytes[..length]).to_le_bytes());
    }
    match xxh3::hash64(&hashes) {
        HASH_OF_HASHES => Ok(()),
        found => Err(format!("xxh3: the hashes hash to {found:#x}, not {HASH_OF_HASHES:#x}")),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn passes() {
        for seed in 0..20 {
            super::simd_equals_scalar(seed).unwrap();
        }
    }
}

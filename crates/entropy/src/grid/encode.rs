//! Writing a grid.

use super::cluster::cluster;
use super::frequencies::Levels;
use super::header::{Coding, Grid};
use super::scales::Scales;
use super::tokens::{MAX_INDICES, Tokens, symbol};
use crate::bit_io::BitWriter;
use crate::lanes::{self, lanes_for};
use crate::logarithm::log2;
use crate::plane::{Effort, encode_plane};
use crate::reader::write_varint;
use alloc::vec::Vec;
use tensorpress_kernels::lanes::{EncodeTables, TOTAL, Trellis, encode as encode_symbols};

/// Where the quantizer stands above an index: 2^7 is [`MAX_INDICES`].
const QUANTIZER: u32 = 7;

/// What is to be written.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// How codes become weights. Must be valid.
    pub grid: Grid,
    /// Row-major, whole rows, none of them `i16::MIN`.
    pub codes: &'a [i16],
    /// How large rows and columns are; [`Scales::of_codes`] where nothing better is known.
    pub scales: &'a Scales,
    /// The most contexts; 1 for plain order-0 coding.
    pub contexts: usize,
}

/// The quantizer of each code under a trellis.
pub(super) fn quantizers(trellis: Trellis, codes: &[i16]) -> Vec<u8> {
    let mut states = [0u8; Trellis::MACHINES];
    let one = |(place, &code): (usize, &i16)| {
        let state = &mut states[place % Trellis::MACHINES];
        let quantizer = *state & 1;
        *state = trellis.next(*state, code as u8);
        quantizer
    };
    codes.iter().enumerate().map(one).collect()
}

/// Bits of tokens that occur `counts` times by their index, signs included, if a table is made for them. Of indices that
/// do not occur, a bit more than the rarest.
pub fn token_bits(counts: &[u32; MAX_INDICES]) -> [f32; MAX_INDICES] {
    Levels::of(counts).bits()
}

/// The tokens that cost least for codes of these magnitudes.
///
/// `counts[m]` is how often magnitude `m`, at most 32,767, occurs.
pub fn choose_tokens(counts: &[u32]) -> Tokens {
    let cost = |tokens: Tokens| {
        let (mut indices, mut beside) = ([0u32; MAX_INDICES], 0u64);
        for (magnitude, &count) in counts.iter().enumerate().filter(|&(_, &count)| count != 0) {
            let (index, bits, _) = tokens.index(magnitude as u16);
            *indices.get_mut(index)? += count;
            beside += u64::from(count) * u64::from(bits);
        }
        let levels = Levels::of(&indices);
        let frequencies = levels.frequencies()?;
        Some((beside << 16) + ((levels.cost(&Levels::default()) as u64) << 16) + bits(&indices, &frequencies))
    };
    let fits = |tokens: Tokens| cost(tokens).map(|cost| (tokens, cost));
    // With the widest octaves and no fraction everything fits.
    let (tokens, _) = Tokens::all()
        .filter_map(fits)
        .min_by_key(|&(_, cost)| cost)
        .expect("one always fits");
    tokens
}

/// Bits, times 2^16, of tokens with these indices and frequencies.
fn bits(indices: &[u32; MAX_INDICES], frequencies: &[u16; 256]) -> u64 {
    let all = log2(TOTAL);
    let used = indices.iter().enumerate().filter(|&(_, &count)| count != 0);
    used.map(|(index, &count)| {
        let frequency = frequencies[usize::from(symbol(index, false))];
        u64::from(count) * u64::from(all - log2(u32::from(frequency)))
    })
    .sum()
}

/// Appends a grid block's payload. `false`, with nothing appended, where the source contradicts itself.
#[must_use]
pub fn encode(source: &Source, out: &mut Vec<u8>) -> bool {
    let columns = source.grid.columns as usize;
    let whole = columns > 0 && source.codes.len().is_multiple_of(columns);
    let scaled = source.scales.columns.len() == columns && source.scales.rows.len() * columns == source.codes.len();
    if !source.grid.is_valid() || !whole || !scaled || source.codes.contains(&i16::MIN) {
        return false;
    }
    let most = source.codes.iter().fold(0, |most, code| most.max(code.unsigned_abs()));
    let packed = if most == 0 { 0 } else { u32::from(most).ilog2() + 2 };
    let start = out.len();
    if packed > 0 {
        source.grid.write(Coding::Tokens, out);
        let begin = out.len();
        if encode_tokens(source, most, out)
            && out.len() - begin < 1 + (source.codes.len() * packed as usize).div_ceil(8)
        {
            return true;
        }
        out.truncate(start);
    }
    source.grid.write(Coding::Packed, out);
    out.push(packed as u8);
    let mut writer = BitWriter::new(out);
    if packed > 0 {
        for &code in source.codes {
            writer.put((i32::from(code) + (1 << (packed - 1))) as u32, packed);
        }
    }
    writer.finish();
    true
}

fn encode_tokens(source: &Source, most: u16, out: &mut Vec<u8>) -> bool {
    let codes = source.codes;
    let mut counts = vec![0u32; usize::from(most) + 1];
    for code in codes {
        counts[usize::from(code.unsigned_abs())] += 1;
    }
    let tokens = choose_tokens(&counts);
    let trellis = source.grid.trellis;
    let mut indices = trellis.map_or_else(|| vec![0; codes.len()], |trellis| quantizers(trellis, codes));
    let mut symbols = vec![0u8; codes.len()];
    let mut beside = Vec::new();
    let mut writer = BitWriter::new(&mut beside);
    for ((&code, slot), symbol) in codes.iter().zip(&mut indices).zip(&mut symbols) {
        let (index, bits, value) = tokens.index(code.unsigned_abs());
        writer.put(value, bits);
        *symbol = self::symbol(index, code < 0);
        *slot = *slot << QUANTIZER | index as u8;
    }
    writer.finish();
    let (clusters, counts) = cluster(source.scales, source.contexts, &indices);

    out.push(tokens.byte());
    out.push(clusters.count() as u8);
    let mut choice = vec![0u8; codes.len()];
    if clusters.count() > 1 {
        out.extend_from_slice(&clusters.thresholds);
        encode_plane(&source.scales.rows, Effort::Max, out);
        encode_plane(&source.scales.columns, Effort::Max, out);
        clusters.fill(source.scales, &mut choice);
    }
    let ways = if trellis.is_some() { 2 } else { 1 };
    if ways == 2 {
        for (name, index) in choice.iter_mut().zip(&indices) {
            *name = *name * 2 + (index >> QUANTIZER);
        }
    }
    let tables: Vec<_> = counts.iter().flat_map(|counts| &counts[..ways]).collect();

    let mut encoder = EncodeTables::new();
    let mut levels: Vec<Levels> = Vec::with_capacity(tables.len());
    let mut writer = BitWriter::new(out);
    let mut expected = 0;
    for (at, &counts) in tables.iter().enumerate() {
        let table = Levels::of(counts);
        let first = Levels::default();
        table.write(
            at.checked_sub(ways).map_or(&first, |before| &levels[before]),
            &mut writer,
        );
        let Some(frequencies) = table.frequencies() else {
            return false;
        };
        if !encoder.push(&frequencies) {
            return false;
        }
        expected += bits(counts, &frequencies);
        levels.push(table);
    }
    writer.finish();

    write_varint(beside.len() as u32, out);
    out.extend_from_slice(&beside);
    let count = lanes_for((expected >> 19) as usize);
    let choice = (tables.len() > 1).then_some(&choice[..]);
    let Some(encoded) = encode_symbols(&encoder, choice, count, &symbols) else {
        return false;
    };
    lanes::write(count, &encoded, out);
    true
}

//! Code lengths and their header, shared by encoder and decoder.
//!
//! A Huffman plane is the table header, the lengths of the first three streams as LEB128 numbers, then four streams;
//! the last one takes the rest of the payload. Stream `s` codes symbols `s * q` up to `(s + 1) * q`, where `q` is a
//! quarter of the symbols, rounded up.
//!
//! The header is the first symbol that occurs and the last one, a byte each, then nibbles, low half of a byte first:
//! 0 to 12 is the code length of the next symbol, 13 followed by `x` stands for `x + 2` symbols that do not occur,
//! 14 followed by `x` for `x + 3` more symbols with the length before (0 at the start). An unused last half is 0.

use crate::CodingError;
use crate::error::corrupt;
use crate::reader::Reader;
use alloc::vec::Vec;
use tensorpress_kernels::huffman::MAX_LENGTH;
use tensorpress_kernels::sort::sort_u64;

const ZEROS: u8 = 13;
const ZEROS_MIN: usize = 2;
const REPEAT: u8 = 14;
const REPEAT_MIN: usize = 3;
/// Heavier than any sum of counts.
const NEVER: u64 = u64::MAX / 2;
const LEVELS: usize = MAX_LENGTH as usize;
/// Items of a level: at most 256 leaves and as many packages. A power of two, so that a masked index needs no check.
const ITEMS: usize = 512;

/// Optimal code lengths of at most `limit` bits for symbols that occur `counts` times, by the package-merge algorithm
/// (Larmore and Hirschberg, "A fast algorithm for optimal length-limited Huffman codes", 1990). Symbols that do not
/// occur get 0. A single symbol gets 1, which is not a complete code.
///
/// `limit` is taken as at most [`MAX_LENGTH`], and as no less than what the symbols that occur need.
pub fn lengths(counts: &[u32; 256], limit: u32) -> [u8; 256] {
    let mut lengths = [0u8; 256];
    // Count and symbol, to be ordered by both.
    let mut leaves = [0u64; 256];
    let mut used = 0;
    for (symbol, &count) in counts.iter().enumerate() {
        if count != 0 {
            leaves[used] = u64::from(count) << 8 | symbol as u64;
            used += 1;
        }
    }
    let leaves = &mut leaves[..used];
    if used < 2 {
        leaves.iter().for_each(|&leaf| lengths[(leaf & 255) as usize] = 1);
        return lengths;
    }
    sort_u64(leaves);
    let levels = (limit as usize).clamp(used.next_power_of_two().ilog2() as usize, LEVELS);
    // Each level holds the leaves merged with the pairs of the level before. The merge has no branch, for which one is
    // lighter cannot be foreseen, and runs from both ends at once, for each step waits for the one before it. Before
    // and behind both lists there is a weight that is never taken.
    let mut weights = [NEVER; ITEMS];
    weights[0] = 0;
    weights[1..]
        .iter_mut()
        .zip(leaves.iter())
        .for_each(|(weight, &leaf)| *weight = leaf >> 8);
    // How many of the first items of each level are leaves.
    let mut leaves_before = [[0u16; ITEMS]; LEVELS];
    let mut items = [0u64; ITEMS];
    let mut packages = [NEVER; ITEMS];
    packages[0] = 0;
    let mut package_count = 0;
    for level in &mut leaves_before[..levels] {
        // Of at most 511 items, for the packages are at most 255.
        let count = used + package_count;
        let (mut leaf, mut package) = (0usize, 0usize);
        let (mut leaves_left, mut packages_left) = (used, package_count);
        for front in 0..count.div_ceil(2) {
            let (light, heavy) = (weights[(leaf + 1) % ITEMS], packages[(package + 1) % ITEMS]);
            let is_leaf = light <= heavy;
            level[front % ITEMS] = leaf as u16;
            items[front % ITEMS] = light.min(heavy);
            leaf += usize::from(is_leaf);
            package += usize::from(!is_leaf);

            let back = (count - 1 - front) % ITEMS;
            let (light, heavy) = (weights[leaves_left % ITEMS], packages[packages_left % ITEMS]);
            let is_leaf = light > heavy;
            leaves_left -= usize::from(is_leaf);
            packages_left -= usize::from(!is_leaf);
            level[back] = leaves_left as u16;
            items[back] = light.max(heavy);
        }
        level[count] = used as u16;
        package_count = count / 2;
        for (package, pair) in packages[1..].iter_mut().zip(items[..count].as_chunks::<2>().0) {
            *package = pair[0] + pair[1];
        }
        packages[package_count + 1] = NEVER;
    }
    let mut take = 2 * used - 2;
    for before in leaves_before[..levels].iter().rev() {
        let chosen = usize::from(before[take]);
        leaves[..chosen]
            .iter()
            .for_each(|&leaf| lengths[(leaf & 255) as usize] += 1);
        take = 2 * (take - chosen);
    }
    lengths
}

/// Bits that codes of these lengths take for symbols that occur `counts` times, without the header.
pub fn coded_bits(counts: &[u32; 256], lengths: &[u8; 256]) -> u64 {
    counts
        .iter()
        .zip(lengths)
        .map(|(&count, &length)| u64::from(count) * u64::from(length))
        .sum()
}

pub(super) fn write_lengths(lengths: &[u8; 256], out: &mut Vec<u8>) {
    let first = lengths.iter().position(|&length| length != 0).unwrap_or(0);
    let last = lengths.iter().rposition(|&length| length != 0).unwrap_or(0);
    out.extend([first as u8, last as u8]);
    let mut nibbles = Nibbles { out, half: None };
    let mut previous = 0;
    let mut rest = &lengths[first..=last];
    while let Some(&length) = rest.first() {
        let run = rest.iter().take_while(|&&other| other == length).count();
        let used = if length == 0 && run >= ZEROS_MIN {
            let used = run.min(ZEROS_MIN + 15);
            nibbles.push(ZEROS);
            nibbles.push((used - ZEROS_MIN) as u8);
            used
        } else if length == previous && run >= REPEAT_MIN {
            let used = run.min(REPEAT_MIN + 15);
            nibbles.push(REPEAT);
            nibbles.push((used - REPEAT_MIN) as u8);
            used
        } else {
            nibbles.push(length);
            1
        };
        previous = length;
        rest = &rest[used..];
    }
    nibbles.finish();
}

struct Nibbles<'a> {
    out: &'a mut Vec<u8>,
    half: Option<u8>,
}

impl Nibbles<'_> {
    fn push(&mut self, nibble: u8) {
        match self.half.take() {
            None => self.half = Some(nibble),
            Some(low) => self.out.push(low | nibble << 4),
        }
    }

    fn finish(self) {
        self.out.extend(self.half);
    }
}

pub(super) fn read_lengths(reader: &mut Reader) -> Result<[u8; 256], CodingError> {
    let first = usize::from(reader.byte()?);
    let last = usize::from(reader.byte()?);
    if first > last {
        return Err(corrupt("the first symbol of a Huffman table lies after the last"));
    }
    let mut lengths = [0u8; 256];
    let mut at = first;
    let mut half = None;
    let mut nibble = |reader: &mut Reader| match half.take() {
        Some(high) => Ok(high),
        None => {
            let byte = reader.byte()?;
            half = Some(byte >> 4);
            Ok(byte & 15)
        }
    };
    let mut previous = 0;
    while at <= last {
        let value = nibble(reader)?;
        let (length, run) = match value {
            ZEROS => (0, usize::from(nibble(reader)?) + ZEROS_MIN),
            REPEAT => (previous, usize::from(nibble(reader)?) + REPEAT_MIN),
            length if u32::from(length) <= MAX_LENGTH => (length, 1),
            _ => return Err(corrupt("a Huffman table holds the unused nibble 15")),
        };
        if run > last + 1 - at {
            return Err(corrupt("a run in a Huffman table passes the last symbol"));
        }
        lengths[at..at + run].fill(length);
        at += run;
        previous = length;
    }
    if half.is_some_and(|left| left != 0) {
        return Err(corrupt("the unused half of a Huffman table's last byte is not zero"));
    }
    Ok(lengths)
}

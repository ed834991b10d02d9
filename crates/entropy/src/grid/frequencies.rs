//! Frequencies of tokens, to an eighth of an octave: static tables must cost little, for every context has its own.
//!
//! A code and its negative are equally frequent. Of a magnitude the table holds a level: 0 where it does not occur,
//! else eight times the logarithm of its frequency and some constant. Levels are predicted from those before them and
//! from the table of the context before, and what is left is a Rice code.

use super::tokens::{MAX_INDICES, symbol};
use crate::CodingError;
use crate::bit_io::{BitReader, BitWriter};
use crate::error::corrupt;
use crate::logarithm::log2;
use alloc::vec::Vec;
use tensorpress_kernels::lanes::TOTAL;

/// Highest level.
const MAX_LEVEL: i32 = 96;
/// What the first level of the first table is taken for.
const FIRST: i32 = 88;
/// Unary parts of this length are followed by a level as it is.
const ESCAPE: u32 = 15;
/// Bits of a level as it is.
const LEVEL_BITS: u32 = 7;
/// Bits of the number of levels.
const LENGTH_BITS: u32 = 8;
/// Bits of the parameter of the Rice code.
const RICE_BITS: u32 = 3;
/// 256 times 2^(i/8).
const OCTAVE: [u32; 8] = [256, 279, 304, 332, 362, 395, 431, 470];

/// Levels of the magnitudes' indices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Levels {
    levels: Vec<u8>,
}

impl Levels {
    /// The levels of indices that occur `counts` times, signs not told apart.
    pub(super) fn of(counts: &[u32; MAX_INDICES]) -> Self {
        let total: u64 = counts.iter().map(|&count| u64::from(count)).sum();
        let used = counts.iter().rposition(|&count| count != 0).map_or(0, |last| last + 1);
        let all = i64::from(log2(total.clamp(1, u64::from(u32::MAX)) as u32));
        let level = |(index, &count): (usize, &u32)| {
            if count == 0 {
                return 0;
            }
            // One sign's share of an index other than 0 is half of it.
            let share = i64::from(log2(count)) - all - if index == 0 { 0 } else { 1 << 16 };
            let eighths = (share * 8 + (1 << 15)) >> 16;
            (i64::from(MAX_LEVEL) + 1 + eighths).clamp(1, i64::from(MAX_LEVEL)) as u8
        };
        Self {
            levels: counts[..used].iter().enumerate().map(level).collect(),
        }
    }

    /// The frequencies of the tokens; they add up to [`TOTAL`]. `None` where they cannot.
    pub(super) fn frequencies(&self) -> Option<[u16; 256]> {
        let mut frequencies = [0u16; 256];
        let weight = |level: u8| match level {
            0 => 0,
            _ => u64::from(OCTAVE[usize::from(level - 1) % 8]) << ((level - 1) / 8),
        };
        let signs = |index: usize| 1 + u64::from(index != 0);
        let sum: u64 = self
            .levels
            .iter()
            .enumerate()
            .map(|(i, &level)| signs(i) * weight(level))
            .sum();
        if sum == 0 || self.levels.iter().skip(1).all(|&level| level == 0) {
            // Two symbols must have a frequency.
            frequencies[0] = TOTAL as u16 - 1;
            frequencies[1] = 1;
            return Some(frequencies);
        }
        let mut left = i64::from(TOTAL);
        for (index, &level) in self.levels.iter().enumerate().filter(|&(_, &level)| level != 0) {
            let frequency = ((weight(level) * u64::from(TOTAL) + sum / 2) / sum).max(1) as u16;
            frequencies[usize::from(symbol(index, false))] = frequency;
            frequencies[usize::from(symbol(index, true))] = frequency;
            left -= i64::from(frequency) * signs(index) as i64;
        }
        // What rounding left goes to the first of the most frequent ones.
        let most = (0..256).rev().max_by_key(|&symbol| frequencies[symbol])?;
        let corrected = i64::from(frequencies[most]) + left;
        frequencies[most] = u16::try_from(corrected)
            .ok()
            .filter(|&f| f > 0 && u32::from(f) < TOTAL)?;
        Some(frequencies)
    }

    /// Bits of each index with its sign, as a coder with these levels spends them; of one that does not occur, a bit
    /// more than the rarest.
    pub(super) fn bits(&self) -> [f32; MAX_INDICES] {
        let frequencies = self.frequencies();
        let all = log2(TOTAL);
        core::array::from_fn(|index| {
            let of = |frequencies: &[u16; 256]| frequencies[usize::from(symbol(index, false))];
            let bits = match frequencies.as_ref().map_or(0, of) {
                0 => all + (1 << 16),
                frequency => all - log2(u32::from(frequency)),
            };
            bits as f32 * (1.0 / 65536.0)
        })
    }

    /// What level `index` is taken for, `before` being the table of the context before.
    fn predict(levels: &[u8], before: &Levels) -> i32 {
        let at = |levels: &[u8], index: usize| i32::from(levels[index]);
        let index = levels.len();
        let predicted = match (index, before.levels.len() > index) {
            (0, true) => at(&before.levels, 0),
            (0, false) => FIRST,
            (_, true) => at(&before.levels, index) + at(levels, index - 1) - at(&before.levels, index - 1),
            (1, false) => at(levels, 0),
            (_, false) => 2 * at(levels, index - 1) - at(levels, index - 2),
        };
        predicted.clamp(0, MAX_LEVEL)
    }

    /// What is left of each level, with even numbers for what is not negative.
    fn residues(&self, before: &Levels) -> Vec<u32> {
        (0..self.levels.len())
            .map(|index| {
                let left = i32::from(self.levels[index]) - Self::predict(&self.levels[..index], before);
                (left << 1 ^ left >> 31) as u32
            })
            .collect()
    }

    fn rice(residues: &[u32]) -> (u32, usize) {
        let bits = |rice: u32| -> usize {
            let one = |&residue: &u32| match residue >> rice {
                unary if unary < ESCAPE => unary + 1 + rice,
                _ => ESCAPE + LEVEL_BITS,
            };
            residues.iter().map(|residue| one(residue) as usize).sum()
        };
        (0..1 << RICE_BITS)
            .map(|rice| (rice, bits(rice)))
            .min_by_key(|&(_, bits)| bits)
            .unwrap_or((0, 0))
    }

    /// Bits that [`Levels::write`] writes.
    pub(super) fn cost(&self, before: &Levels) -> usize {
        LENGTH_BITS as usize
            + if self.levels.is_empty() { 0 } else { RICE_BITS as usize }
            + Self::rice(&self.residues(before)).1
    }

    pub(super) fn write(&self, before: &Levels, writer: &mut BitWriter) {
        writer.put(self.levels.len() as u32, LENGTH_BITS);
        if self.levels.is_empty() {
            return;
        }
        let residues = self.residues(before);
        let (rice, _) = Self::rice(&residues);
        writer.put(rice, RICE_BITS);
        for (&residue, &level) in residues.iter().zip(&self.levels) {
            let unary = (residue >> rice).min(ESCAPE);
            writer.put((1 << unary) - 1, unary);
            if unary == ESCAPE {
                writer.put(u32::from(level), LEVEL_BITS);
            } else {
                writer.put(0, 1);
                writer.put(residue & ((1 << rice) - 1), rice);
            }
        }
    }

    pub(super) fn read(before: &Levels, reader: &mut BitReader) -> Result<Self, CodingError> {
        let count = reader.get(LENGTH_BITS)? as usize;
        if count > MAX_INDICES {
            return Err(corrupt("a grid's table has more than 128 levels"));
        }
        let mut levels = Vec::with_capacity(count);
        if count != 0 {
            let rice = reader.get(RICE_BITS)?;
            for _ in 0..count {
                let mut unary = 0;
                while unary < ESCAPE && reader.get(1)? == 1 {
                    unary += 1;
                }
                let level = if unary == ESCAPE {
                    reader.get(LEVEL_BITS)? as i32
                } else {
                    let residue = (unary << rice | reader.get(rice)?) as i32;
                    Self::predict(&levels, before) + (residue >> 1 ^ -(residue & 1))
                };
                if !(0..=MAX_LEVEL).contains(&level) {
                    return Err(corrupt("a level of a grid's table is out of range"));
                }
                levels.push(level as u8);
            }
        }
        Ok(Self { levels })
    }
}

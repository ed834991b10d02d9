//! Frequencies and their header, shared by encoder and decoder.
//!
//! A plane of kind 3 is the table header, then eight lanes' first decoder states (u32), then 16-bit words in the order
//! the decoder asks for them, all little-endian. It is not written any more. A plane of kind 4 is the table header, then
//! lanes as [`crate::lanes`] has them.
//!
//! The header is the first symbol that occurs and the last one, a byte each, then bits, lowest bit of each byte
//! first, padded with zeros: for each symbol 4 bits. 0 to 12 is the bit length `k` of its frequency; for `k > 1` the
//! `k - 1` bits below the leading one follow. 15 is followed by 4 bits `x` and stands for `x + 2` symbols that do not
//! occur. The frequencies add up to 4096 and each is below that.

use crate::CodingError;
use crate::bit_io::{BitReader, BitWriter};
use crate::error::corrupt;
use crate::lanes::{lanes_for, overhead_bits};
use crate::logarithm::{SCALE, log2};
use crate::reader::Reader;
use alloc::vec::Vec;
use tensorpress_kernels::rans::{PRECISION, TOTAL};

const ZEROS: u32 = 15;
const ZEROS_MIN: usize = 2;

/// Frequencies that add up to [`TOTAL`], as near as may be in cost to the counts. `None` unless at least two symbols
/// occur.
pub fn normalize(counts: &[u32; 256]) -> Option<[u16; 256]> {
    let total: u64 = counts.iter().map(|&count| u64::from(count)).sum();
    if counts.iter().filter(|&&count| count != 0).count() < 2 {
        return None;
    }
    let mut frequencies = [0u16; 256];
    let mut sum = 0i64;
    for (frequency, &count) in frequencies.iter_mut().zip(counts) {
        if count != 0 {
            let share = (u64::from(count) * u64::from(TOTAL) + total / 2) / total;
            *frequency = share.clamp(1, u64::from(TOTAL) - 1) as u16;
            sum += i64::from(*frequency);
        }
    }
    // One step at a time where it costs least or saves most.
    while sum != i64::from(TOTAL) {
        let up = sum < i64::from(TOTAL);
        let change = |symbol: usize| {
            let frequency = u32::from(frequencies[symbol]);
            let other = if up { frequency + 1 } else { frequency - 1 };
            i64::from(counts[symbol]) * (i64::from(log2(frequency)) - i64::from(log2(other)))
        };
        let best = (0..256)
            .filter(|&s| frequencies[s] > u16::from(!up) && u32::from(frequencies[s]) + 1 < TOTAL)
            .min_by_key(|&symbol| change(symbol))?;
        if up {
            frequencies[best] += 1;
            sum += 1;
        } else {
            frequencies[best] -= 1;
            sum -= 1;
        }
    }
    Some(frequencies)
}

/// Bits of a whole plane of kind 4, header included, for symbols that occur `counts` times.
pub fn cost_bits(counts: &[u32; 256], frequencies: &[u16; 256]) -> u64 {
    let mut header = Vec::new();
    write_frequencies(frequencies, &mut header);
    let words: u64 = counts
        .iter()
        .zip(frequencies)
        .filter(|&(&count, _)| count != 0)
        .map(|(&count, &frequency)| u64::from(count) * u64::from((PRECISION << SCALE) - log2(u32::from(frequency))))
        .sum();
    let words = words >> SCALE;
    // Kind, length, table and lanes.
    words + (3 + header.len() as u64) * 8 + overhead_bits(lanes_for((words / 8) as usize))
}

pub(super) fn write_frequencies(frequencies: &[u16; 256], out: &mut Vec<u8>) {
    let first = frequencies.iter().position(|&frequency| frequency != 0).unwrap_or(0);
    let last = frequencies.iter().rposition(|&frequency| frequency != 0).unwrap_or(0);
    out.extend([first as u8, last as u8]);
    let mut writer = BitWriter::new(out);
    let mut rest = &frequencies[first..=last];
    while let Some(&frequency) = rest.first() {
        let zeros = rest.iter().take_while(|&&other| other == 0).count().min(ZEROS_MIN + 15);
        if zeros >= ZEROS_MIN {
            writer.put(ZEROS, 4);
            writer.put((zeros - ZEROS_MIN) as u32, 4);
            rest = &rest[zeros..];
            continue;
        }
        let wide = u32::from(frequency);
        let length = u32::BITS - wide.leading_zeros();
        writer.put(length, 4);
        if length > 1 {
            writer.put(wide & !(1 << (length - 1)), length - 1);
        }
        rest = &rest[1..];
    }
    writer.finish();
}

pub(super) fn read_frequencies(reader: &mut Reader) -> Result<[u16; 256], CodingError> {
    let first = usize::from(reader.byte()?);
    let last = usize::from(reader.byte()?);
    if first > last {
        return Err(corrupt("the first symbol of a rANS table lies after the last"));
    }
    let mut bits = BitReader::new(reader.rest());
    let mut frequencies = [0u16; 256];
    let mut at = first;
    while at <= last {
        let length = bits.get(4)?;
        if length == ZEROS {
            let run = bits.get(4)? as usize + ZEROS_MIN;
            if run > last + 1 - at {
                return Err(corrupt("a run in a rANS table passes the last symbol"));
            }
            at += run;
            continue;
        }
        if length > PRECISION {
            return Err(corrupt("a frequency in a rANS table is 4096 or more"));
        }
        frequencies[at] = match length {
            0 | 1 => length as u16,
            _ => (1 << (length - 1) | bits.get(length - 1)?) as u16,
        };
        at += 1;
    }
    let used = bits.finish()?;
    reader.take(used)?;
    Ok(frequencies)
}

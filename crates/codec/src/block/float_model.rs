//! Where to cut the floats of a block: how many mantissa bits join the exponent, and which fields get symbols.

use super::effort::Effort;
use super::float_format::FloatFormat;
use alloc::vec::Vec;
use tensorpress_entropy::logarithm::entropy_bits;

/// Fields that have a symbol besides field 0.
const WINDOW: usize = 255;
/// Bits that an exception costs.
const EXCEPTION_BITS: u64 = 48;

/// A cut, and what it is expected to cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    /// Mantissa bits in the field.
    pub extra: u32,
    /// The field of symbol 1.
    pub base: u16,
    /// Elements that no symbol expresses.
    pub exceptions: u64,
    /// Expected size in bits, the planes of raw bits included.
    pub bits: u64,
}

/// The most mantissa bits that are looked at.
pub(super) fn widest(effort: Effort, format: FloatFormat) -> u32 {
    match effort {
        Effort::Fast if format.width == 2 => 1,
        Effort::Fast => 2,
        Effort::Default => 3,
        Effort::Max => 4,
    }
}

/// Size in 1/1024 bits an element that one more mantissa bit must save: it makes both directions slower, bf16 most,
/// while fp16 with three of them has whole bytes left.
fn reluctance(effort: Effort, format: FloatFormat) -> u64 {
    match effort {
        Effort::Fast => 160,
        Effort::Default if is_bf16(format) => 40,
        Effort::Default | Effort::Max => 0,
    }
}

/// The sample has one of so many elements: for a large block some 4,096 of bf16, and 8,192 of the other types, which have
/// more symbols to tell apart.
pub(super) fn sampled_one_in(format: FloatFormat, elements: usize) -> usize {
    let (wanted, most) = if is_bf16(format) { (4096, 32) } else { (8192, 16) };
    (elements / wanted).clamp(1, most)
}

fn is_bf16(format: FloatFormat) -> bool {
    format.width == 2 && format.exponent == 8
}

/// About the bits that a symbol takes in a table of code lengths or, at `Max`, of frequencies.
fn table_bits(effort: Effort) -> u64 {
    match effort {
        Effort::Fast | Effort::Default => 4,
        Effort::Max => 8,
    }
}

/// Octaves below the lowest field of a sample for which there are symbols, too.
const MARGIN_OCTAVES: usize = 16;

/// The same cut for all elements whose sample it was chosen for: where the window has room it begins lower, so that
/// fields which the sample missed have symbols.
pub(super) fn with_margin(cut: Cut, widest: u32, counts: &[u32]) -> Cut {
    let shift = widest - cut.extra;
    let highest = counts.iter().rposition(|&count| count != 0).unwrap_or(0) >> shift;
    let base = usize::from(cut.base);
    let room = (base + WINDOW).saturating_sub(highest + 1);
    let margin = (room / 2).min(MARGIN_OCTAVES << cut.extra).min(base - 1);
    Cut {
        base: (base - margin) as u16,
        ..cut
    }
}

/// The counts of symbols, from the counts of fields with `widest` mantissa bits.
pub(super) fn symbol_counts(cut: Cut, widest: u32, counts: &[u32]) -> [u32; 256] {
    let fold = |fields: &[u32]| fields.iter().sum::<u32>();
    let mut symbols = [0u32; 256];
    let mut fields = counts.chunks_exact(1 << (widest - cut.extra));
    symbols[0] = fields.next().map_or(0, fold);
    // `base` is at least 1: field 0 is never in the window.
    for (slot, part) in symbols[1..].iter_mut().zip(fields.skip(usize::from(cut.base) - 1)) {
        *slot = fold(part);
    }
    symbols[1] += cut.exceptions as u32;
    symbols
}

/// The best cut for elements whose fields with `widest` mantissa bits have these `counts`.
pub(super) fn choose(format: FloatFormat, effort: Effort, widest: u32, counts: &[u32]) -> Cut {
    let mut fields = Fields::of(counts, widest);
    let elements = u64::from(fields.zero) + fields.counts.iter().map(|&count| u64::from(count)).sum::<u64>();
    let mut best: Option<(u64, Cut)> = None;
    for extra in (0..=widest).rev() {
        let cut = price(format, effort, extra, elements, &fields);
        let burden = cut.bits + ((elements * u64::from(extra) * reluctance(effort, format)) >> 10);
        // Equal prices: the smaller number of bits, which comes later.
        if best.is_none_or(|(least, _)| burden <= least) {
            best = Some((burden, cut));
        }
        fields.halve();
    }
    best.map_or(
        Cut {
            extra: 0,
            base: 1,
            exceptions: 0,
            bits: 0,
        },
        |(_, cut)| cut,
    )
}

/// How often the fields occur with some number of mantissa bits: field 0, and those from the least other one to the
/// largest, which are a small part of all that there could be.
struct Fields {
    zero: u32,
    /// The field that the first of `counts` belongs to.
    first: usize,
    counts: Vec<u32>,
}

impl Fields {
    fn of(counts: &[u32], mantissa_bits: u32) -> Self {
        let occurs = |&count: &u32| count != 0;
        let zero = counts.first().copied().unwrap_or(0);
        let others = counts.get(1..).unwrap_or_default();
        let first = others.iter().position(occurs).map_or(1, |index| index + 1);
        let end = counts
            .iter()
            .rposition(occurs)
            .map_or(first, |last| last + 1)
            .max(first);
        // From the first field of an octave, so that halving joins neighbours of the same one.
        let aligned = (first >> mantissa_bits) << mantissa_bits;
        let counts = counts[aligned..end].iter().enumerate();
        Fields {
            zero,
            first: aligned,
            counts: counts
                .map(|(index, &count)| if aligned + index == 0 { 0 } else { count })
                .collect(),
        }
    }

    /// Takes one mantissa bit less.
    fn halve(&mut self) {
        let pairs = self.counts.len().div_ceil(2);
        for pair in 0..pairs {
            let second = self.counts.get(2 * pair + 1).copied().unwrap_or(0);
            self.counts[pair] = self.counts[2 * pair] + second;
        }
        self.counts.truncate(pairs);
        self.first /= 2;
        if self.first == 0
            && let Some(joined) = self.counts.first_mut()
        {
            self.zero += core::mem::take(joined);
        }
    }
}

fn price(format: FloatFormat, effort: Effort, extra: u32, elements: u64, fields: &Fields) -> Cut {
    let (start, covered) = window(fields);
    let inside = fields.counts.get(start - fields.first..).unwrap_or_default();
    let inside = &inside[..inside.len().min(WINDOW)];
    let exceptions = elements - covered - u64::from(fields.zero);
    // Exceptions are written as symbol 1.
    let coded = inside
        .iter()
        .enumerate()
        .map(|(index, &count)| if index == 0 { count + exceptions as u32 } else { count });
    let used = inside.iter().filter(|&&count| count != 0).count() as u64;
    let raw = (format.width * 8) as u64 - u64::from(format.exponent + extra);
    let bits = entropy_bits(coded.chain([fields.zero]))
        + exceptions * EXCEPTION_BITS
        + elements * raw
        + used * table_bits(effort);
    Cut {
        extra,
        base: start as u16,
        exceptions,
        bits,
    }
}

/// The first field of the window that covers most elements, field 0 aside, and how many that is.
fn window(Fields { first, counts, .. }: &Fields) -> (usize, u64) {
    let low = counts.iter().position(|&count| count != 0).unwrap_or(0);
    let end = counts.len();
    let sum_of = |counts: &[u32]| counts.iter().map(|&count| u64::from(count)).sum::<u64>();
    let mut sum = sum_of(&counts[low..(low + WINDOW).min(end)]);
    let mut best = (low, sum);
    for last in low + WINDOW..end {
        sum = sum + u64::from(counts[last]) - u64::from(counts[last - WINDOW]);
        if sum > best.1 {
            best = (last + 1 - WINDOW, sum);
        }
    }
    // Without any field but 0 the window begins behind it all the same.
    ((first + best.0).max(1), best.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BF16: FloatFormat = FloatFormat { width: 2, exponent: 8 };

    #[test]
    fn the_window_covers_the_most_frequent_fields() {
        let mut counts = vec![0u32; 2048];
        counts[0] = 1000;
        counts[3] = 5;
        counts[1000..1200].fill(10);
        counts[1254] = 7;
        counts[1255] = 9;
        // 1000 to 1254, or 1001 to 1255.
        let window = |counts: &[u32]| window(&Fields::of(counts, 0));
        assert_eq!(window(&counts), (1000, 2007));
        counts[1255] = 30;
        assert_eq!(window(&counts), (1001, 2027));
        assert_eq!(window(&[5, 0]), (1, 0));
    }

    #[test]
    fn fair_mantissas_stay_out_of_the_field() {
        // Exponents are skewed and mantissa bits uniform, so no cut gains by coding mantissa bits, too.
        let mut counts = vec![0u32; 2048];
        for (index, share) in [4096u32, 8192, 16384, 2048].into_iter().enumerate() {
            counts[(120 + index) * 8..(121 + index) * 8].fill(share);
        }
        for effort in [Effort::Fast, Effort::Default] {
            assert_eq!(choose(BF16, effort, 3, &counts).extra, 0);
        }
    }

    #[test]
    fn skewed_mantissas_come_in() {
        let mut counts = vec![0u32; 2048];
        for exponent in 100..120 {
            counts[exponent * 8] = 1000;
        }
        assert_eq!(choose(BF16, Effort::Default, 3, &counts).extra, 3);
    }
}

//! Which kind a plane becomes.

use super::Effort;
use crate::ans;
use crate::huffman::lengths;
use crate::huffman::spec::coded_bits;
use crate::logarithm::entropy_bits;
use alloc::boxed::Box;

pub(super) enum Choice {
    Raw,
    Constant(u8),
    Huffman(Box<[u8; 256]>),
    Rans(Box<[u16; 256]>, usize),
}

/// `parts` parts in ten thousand.
fn share(parts: u64, bits: u64) -> u64 {
    bits * parts / 10_000
}

/// The choice for `length` symbols that occur `counts` times, where `beside` bits of the same elements are stored
/// another way.
pub(super) fn choose(counts: &[u32; 256], length: usize, beside: u64, effort: Effort) -> Choice {
    let Some(first) = counts.iter().position(|&count| count != 0) else {
        return Choice::Raw;
    };
    let symbols = counts.iter().filter(|&&count| count != 0).count();
    if symbols == 1 {
        return Choice::Constant(first as u8);
    }
    let all = length as u64 * 8;
    let most = all - share(effort.min_gain(), all);
    let entropy = entropy_bits(counts.iter().copied());
    if entropy >= most {
        return Choice::Raw;
    }
    let lengths = lengths(counts, effort.longest_code(symbols));
    let huffman = coded_bits(counts, &lengths);
    let below_one_bit = entropy < length as u64;
    let loss = effort.huffman_loss();
    let loses = loss.is_some_and(|loss| huffman > entropy + share(loss, entropy + beside));
    if (below_one_bit || loses)
        && let Some(frequencies) = ans::normalize(counts)
    {
        let rans = ans::cost_bits(counts, &frequencies);
        // The table of a short plane may cost more than fractional bits save.
        let gain = share(loss.unwrap_or(RANS_GAIN).min(RANS_GAIN), huffman + beside);
        if rans + gain < huffman && rans < most {
            return Choice::Rans(Box::new(frequencies), (rans / 8) as usize);
        }
    }
    if huffman >= most {
        Choice::Raw
    } else {
        Choice::Huffman(Box::new(lengths))
    }
}

/// What rANS must save at least, in parts of ten thousand, for it decodes several times slower.
const RANS_GAIN: u64 = 100;

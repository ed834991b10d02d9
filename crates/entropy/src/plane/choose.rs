//! Which kind a plane becomes.

use super::Effort;
use crate::huffman::lengths;
use crate::huffman::spec::coded_bits;
use crate::{ans, entropy_bits};

pub(super) enum Choice {
    Raw,
    Constant(u8),
    Huffman(Box<[u8; 256]>),
    Rans(Box<[u16; 256]>, usize),
}

pub(super) fn choose(counts: &[u32; 256], length: usize, effort: Effort) -> Choice {
    let mut present = counts.iter().enumerate().filter(|&(_, &count)| count != 0);
    let Some((first, _)) = present.next() else {
        return Choice::Raw;
    };
    if present.next().is_none() {
        return Choice::Constant(first as u8);
    }
    let most = length as f64 * 8.0 * (1.0 - effort.min_gain());
    let entropy = entropy_bits(counts);
    if entropy >= most {
        return Choice::Raw;
    }
    let lengths = lengths(counts);
    let huffman = coded_bits(counts, &lengths) as f64;
    let below_one_bit = entropy < length as f64;
    if (below_one_bit || huffman > entropy * (1.0 + effort.huffman_loss()))
        && let Some(frequencies) = ans::normalize(counts)
    {
        let rans = ans::cost_bits(counts, &frequencies);
        // The table of a short plane may cost more than fractional bits save.
        if rans < huffman * (1.0 - effort.huffman_loss().min(0.01)) && rans < most {
            return Choice::Rans(Box::new(frequencies), (rans / 8.0) as usize);
        }
    }
    if huffman >= most {
        Choice::Raw
    } else {
        Choice::Huffman(Box::new(lengths))
    }
}

//! Which kind a plane becomes.

use super::Effort;
use crate::entropy_bits;
use crate::huffman::lengths;
use crate::huffman::spec::coded_bits;

pub(super) enum Choice {
    Raw,
    Constant(u8),
    Huffman([u8; 256]),
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
    let _ = effort.huffman_loss();
    if coded_bits(counts, &lengths) as f64 >= most {
        Choice::Raw
    } else {
        Choice::Huffman(lengths)
    }
}

//! Sorting networks: four sequences at once, one a lane, without a branch.
//!
//! Source: K. Batcher, "Sorting networks and their applications", 1968 (bitonic merging); eight numbers by the network
//! of 19 comparators in D. Knuth, "The Art of Computer Programming", volume 3, 5.3.4.

use crate::quads::{LANES, Quad};

/// Numbers that are sorted or merged in registers; the least length of a sequence.
pub(super) const BLOCK: usize = 8;

/// Puts pairs in order, written out one behind the other: in a loop the numbers would not stay in registers.
macro_rules! exchange {
    ($numbers:ident: $($i:literal $j:literal),*) => {$(
        let (first, second) = ($numbers[$i], $numbers[$j]);
        $numbers[$i] = first.min(second);
        $numbers[$j] = first.max(second);
    )*};
}

#[inline(always)]
fn sort_block<L: Quad>(mut block: [L; BLOCK]) -> [L; BLOCK] {
    exchange!(block: 0 2, 1 3, 4 6, 5 7, 0 4, 1 5, 2 6, 3 7, 0 1, 2 3, 4 5, 6 7, 2 4, 3 5, 1 4, 3 6, 1 2, 3 4, 5 6);
    block
}

/// Sorts what rises first and falls then, or the other way round.
#[inline(always)]
fn merge_block<L: Quad>(mut block: [L; BLOCK]) -> [L; BLOCK] {
    exchange!(block: 0 4, 1 5, 2 6, 3 7, 0 2, 1 3, 4 6, 5 7, 0 1, 2 3, 4 5, 6 7);
    block
}

/// Sorts each lane, the least first. The length is a power of two and at least [`BLOCK`]. A function of its own, for what
/// is inlined into a large one is compiled carelessly.
#[inline(never)]
pub(super) fn sort<L: Quad>(numbers: &mut [[f32; LANES]]) {
    debug_assert!(numbers.len().is_power_of_two() && numbers.len() >= BLOCK);
    in_blocks(numbers, sort_block::<L>);
    let mut sorted = BLOCK;
    while sorted < numbers.len() {
        for run in numbers.chunks_exact_mut(2 * sorted) {
            let (low, high) = run.split_at_mut(sorted);
            for (a, b) in low.iter_mut().zip(high.iter_mut().rev()) {
                exchange::<L>(a, b);
            }
        }
        let mut step = sorted / 2;
        while step >= BLOCK {
            for run in numbers.chunks_exact_mut(2 * step) {
                let (low, high) = run.split_at_mut(step);
                for (a, b) in low.iter_mut().zip(high) {
                    exchange::<L>(a, b);
                }
            }
            step /= 2;
        }
        in_blocks(numbers, merge_block::<L>);
        sorted *= 2;
    }
}

#[inline(always)]
fn exchange<L: Quad>(a: &mut [f32; LANES], b: &mut [f32; LANES]) {
    let (first, second) = (L::load(a), L::load(b));
    first.min(second).store(a);
    first.max(second).store(b);
}

#[inline(always)]
fn in_blocks<L: Quad>(numbers: &mut [[f32; LANES]], work: impl Fn([L; BLOCK]) -> [L; BLOCK]) {
    for block in numbers.as_chunks_mut::<BLOCK>().0 {
        let done = work(std::array::from_fn(|at| L::load(&block[at])));
        for (lane, to) in done.into_iter().zip(block) {
            lane.store(to);
        }
    }
}

//! Which sums of a row's and a column's scale share a context.

use super::frequencies::Levels;
use super::header::MAX_CONTEXTS;
use super::scales::Scales;
use super::tokens::MAX_INDICES;
use crate::logarithm::log2;
use crate::plane::{Effort, encode_plane};
use alloc::vec::Vec;

/// Counts of indices under each of two quantizers; without a trellis all are under the first.
pub type Counts = [[u32; MAX_INDICES]; 2];

/// How tokens are divided among contexts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clusters {
    /// Context `c` begins with the sum that is entry `c - 1`; ascending, at most [`MAX_CONTEXTS`] - 1.
    pub(super) thresholds: Vec<u8>,
}

impl Clusters {
    /// The number of contexts.
    pub fn count(&self) -> usize {
        self.thresholds.len() + 1
    }

    /// The context of every sum.
    pub(super) fn map(&self) -> [u8; 256] {
        core::array::from_fn(|sum| self.thresholds.iter().filter(|&&from| usize::from(from) <= sum).count() as u8)
    }

    /// The context of each element of a row-major matrix, into `out`.
    pub fn fill(&self, scales: &Scales, out: &mut [u8]) {
        fill(&self.map(), &scales.rows, &scales.columns, out);
    }
}

/// The context of each element of a row-major matrix. A row that has the scale of one before is copied from it.
pub(super) fn fill(map: &[u8; 256], rows: &[u8], columns: &[u8], out: &mut [u8]) {
    let width = columns.len();
    let mut first = [usize::MAX; 256];
    for (index, &row) in rows.iter().enumerate() {
        let seen = &mut first[usize::from(row)];
        if *seen == usize::MAX {
            *seen = index;
            for (context, &column) in out[index * width..].iter_mut().zip(columns) {
                *context = map[usize::from(row.wrapping_add(column))];
            }
        } else {
            let from = *seen * width;
            out.copy_within(from..from + width, index * width);
        }
    }
}

/// Divides the sums of `scales` into at most `most` contexts, so that tokens with their tables cost least, and counts what
/// each has. `indices` has each element's index, with a trellis and the second quantizer plus [`MAX_INDICES`].
pub fn cluster(scales: &Scales, most: usize, indices: &[u8]) -> (Clusters, Vec<Counts>) {
    let mut bins = vec![[[0u32; MAX_INDICES]; 2]; Scales::MOST + 1];
    for (&row, indices) in scales.rows.iter().zip(indices.chunks(scales.columns.len().max(1))) {
        for (&column, &index) in scales.columns.iter().zip(indices) {
            let bin = &mut bins[usize::from(row) + usize::from(column)];
            bin[usize::from(index) / MAX_INDICES][usize::from(index) % MAX_INDICES] += 1;
        }
    }
    let used = bins
        .iter()
        .enumerate()
        .filter(|(_, bin)| bin.as_flattened().iter().any(|&count| count != 0));
    let mut groups: Vec<Group> = used.map(|(sum, bin)| Group::new(sum as u8, bin)).collect();
    let whole = groups
        .iter()
        .fold([[0; MAX_INDICES]; 2], |sum, group| add(&sum, &group.counts));
    let mut gains: Vec<i64> = groups.windows(2).map(|pair| pair[0].gain(&pair[1])).collect();
    while let Some((at, &gain)) = gains.iter().enumerate().max_by_key(|&(_, gain)| gain) {
        if gain <= 0 && groups.len() <= most.clamp(1, MAX_CONTEXTS) {
            break;
        }
        groups[at] = groups[at].merged(&groups[at + 1]);
        groups.remove(at + 1);
        gains.remove(at);
        if at > 0 {
            gains[at - 1] = groups[at - 1].gain(&groups[at]);
        }
        if at < gains.len() {
            gains[at] = groups[at].gain(&groups[at + 1]);
        }
    }
    let mut planes = Vec::new();
    encode_plane(&scales.rows, Effort::Max, &mut planes);
    encode_plane(&scales.columns, Effort::Max, &mut planes);
    let bits: i64 = groups.iter().map(|group| group.bits).sum();
    if groups.len() < 2 || bits + 8 * planes.len() as i64 >= cost(&whole) {
        return (Clusters::default(), vec![whole]);
    }
    let clusters = Clusters {
        thresholds: groups[1..].iter().map(|group| group.from).collect(),
    };
    (clusters, groups.iter().map(|group| group.counts).collect())
}

/// Neighbouring sums that share a context.
struct Group {
    from: u8,
    counts: Counts,
    bits: i64,
}

impl Group {
    fn new(from: u8, counts: &Counts) -> Self {
        Self {
            from,
            counts: *counts,
            bits: cost(counts),
        }
    }

    fn merged(&self, next: &Self) -> Self {
        Self::new(self.from, &add(&self.counts, &next.counts))
    }

    /// Bits that merging saves.
    fn gain(&self, next: &Self) -> i64 {
        self.bits + next.bits - cost(&add(&self.counts, &next.counts))
    }
}

fn add(a: &Counts, b: &Counts) -> Counts {
    core::array::from_fn(|quantizer| core::array::from_fn(|index| a[quantizer][index] + b[quantizer][index]))
}

/// Bits of tokens and their tables. Signs cost the same in every context and are left out.
fn cost(counts: &Counts) -> i64 {
    let mut bits = 0;
    for counts in counts.iter().filter(|counts| counts.iter().any(|&count| count != 0)) {
        let total: u64 = counts.iter().map(|&count| u64::from(count)).sum();
        let all = u64::from(log2(total.min(u64::from(u32::MAX)) as u32));
        let coded: u64 = counts
            .iter()
            .filter(|&&count| count != 0)
            .map(|&count| u64::from(count) * all.saturating_sub(u64::from(log2(count))))
            .sum();
        bits += (coded >> 16) as i64 + Levels::of(counts).cost(&Levels::default()) as i64;
    }
    bits
}

//! Groups laid out for [`Quad`]: four short groups side by side, or one long group by itself.

use crate::quads::{LANES, Quad};

/// Groups up to this length are handled four at once, a group a lane; longer ones by themselves, for then four do not
/// stay in the first cache.
const SIDE_BY_SIDE: usize = 1024;
/// Vectors that are added up before their sum is added to the whole: it bounds the rounding errors of long sums.
const PART: usize = 256;

/// One or four groups of equal length.
pub(crate) struct Tile<'a> {
    /// Vector `j` holds number `j` of each of four groups, or numbers `4j..4j+4` of one.
    vectors: &'a [[f32; LANES]],
    /// Of one group: what does not fill a vector, padded with its first number, and the mask of what counts.
    rest: Option<([f32; LANES], [f32; LANES])>,
    /// Whether all lanes are of one group.
    one: bool,
}

impl<'a> Tile<'a> {
    /// Vectors with a number of each of four groups, unless the tile is one group.
    pub(crate) fn side_by_side(&self) -> Option<&'a [[f32; LANES]]> {
        (!self.one).then_some(self.vectors)
    }

    /// Numbers of a group.
    pub(crate) fn len(&self) -> usize {
        match &self.rest {
            _ if !self.one => self.vectors.len(),
            None => self.vectors.len() * LANES,
            Some((_, mask)) => self.vectors.len() * LANES + mask.iter().filter(|lane| lane.to_bits() != 0).count(),
        }
    }

    /// For each group `N` sums of terms of its numbers, in a lane of its own or in all.
    #[inline(always)]
    pub(crate) fn sums<L: Quad, const N: usize>(&self, term: impl Fn(L) -> [L; N]) -> [L; N] {
        let zero = [L::splat(0.0); N];
        let mut whole = zero;
        for part in self.vectors.chunks(PART) {
            // Two sums at a time: the additions of one wait for those before.
            let (pairs, last) = part.as_chunks::<2>();
            let (mut even, mut odd) = (zero, zero);
            for [first, second] in pairs {
                let (first, second) = (term(L::load(first)), term(L::load(second)));
                for k in 0..N {
                    even[k] = even[k].add(first[k]);
                    odd[k] = odd[k].add(second[k]);
                }
            }
            for vector in last {
                let terms = term(L::load(vector));
                for k in 0..N {
                    even[k] = even[k].add(terms[k]);
                }
            }
            for k in 0..N {
                whole[k] = whole[k].add(even[k].add(odd[k]));
            }
        }
        if let Some((values, mask)) = &self.rest {
            let terms = term(L::load(values));
            for k in 0..N {
                whole[k] = whole[k].add(terms[k].and(L::load(mask)));
            }
        }
        if self.one {
            whole = whole.map(L::total);
        }
        whole
    }
}

/// Calls `work` with tiles that hold all groups of `group` values, of which the last may be short: the number of the
/// first group, how many lanes hold groups to take results of, and the tile.
#[inline(always)]
pub(crate) fn each_tile<L: Quad>(values: &[f32], group: usize, mut work: impl FnMut(usize, usize, &Tile<'_>)) {
    let whole = if group <= SIDE_BY_SIDE { values.len() / group } else { 0 };
    let mut scratch = vec![[0.0; LANES]; if whole > 0 { group } else { 0 }];
    for first in (0..whole).step_by(LANES) {
        let used = LANES.min(whole - first);
        // Where fewer than four are left, the last one comes several times.
        let rows: [&[f32]; LANES] = std::array::from_fn(|lane| {
            let at = (first + lane.min(used - 1)) * group;
            &values[at..at + group]
        });
        interleave::<L>(rows, &mut scratch);
        let tile = Tile {
            vectors: &scratch,
            rest: None,
            one: false,
        };
        work(first, used, &tile);
    }
    for (index, values) in values[whole * group..].chunks(group).enumerate() {
        let (vectors, rest) = values.as_chunks::<LANES>();
        let rest = rest.first().map(|&pad| {
            let mut padded = [pad; LANES];
            padded[..rest.len()].copy_from_slice(rest);
            let mask = std::array::from_fn(|lane| f32::from_bits(if lane < rest.len() { u32::MAX } else { 0 }));
            (padded, mask)
        });
        let tile = Tile {
            vectors,
            rest,
            one: true,
        };
        work(whole + index, 1, &tile);
    }
}

/// Number `j` of row `r` becomes lane `r` of vector `j`.
#[inline(always)]
fn interleave<L: Quad>(rows: [&[f32]; LANES], vectors: &mut [[f32; LANES]]) {
    let chunks = rows.map(|row| row.as_chunks::<LANES>().0);
    let (blocks, last) = vectors.as_chunks_mut::<LANES>();
    for (index, block) in blocks.iter_mut().enumerate() {
        let columns = L::transpose(chunks.map(|chunks| L::load(&chunks[index])));
        for (column, vector) in columns.into_iter().zip(block) {
            column.store(vector);
        }
    }
    let done = blocks.len() * LANES;
    for (index, vector) in last.iter_mut().enumerate() {
        *vector = rows.map(|row| row[done + index]);
    }
}

/// The parameters of the groups of a tile, one a lane; those past the last are the last.
#[inline(always)]
pub(crate) fn gather<L: Quad>(parameters: &[f32], first: usize, used: usize) -> L {
    L::load(&std::array::from_fn(|lane| parameters[first + lane.min(used - 1)]))
}

/// Writes the results of the groups of a tile.
#[inline(always)]
pub(crate) fn scatter<L: Quad>(results: L, first: usize, used: usize, parameters: &mut [f32]) {
    parameters[first..first + used].copy_from_slice(&results.to_array()[..used]);
}

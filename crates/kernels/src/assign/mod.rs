//! The nearest of k sorted centroids for each value: the assignment step of k-means, and the coding of a codebook.
//!
//! Which centroid is nearest is decided by the boundaries halfway between neighbours, each rounded down to fp32, so that
//! a value is compared exactly; a value halfway takes the lower centroid. A uniform table over the range gives a first
//! guess that a few comparisons finish (none of them a branch); sets that crowd one cell of the table, such as those of
//! more than 1,000 centroids with long tails, are searched by halving. Up to [`COUNTED`] boundaries are compared
//! one by one with a vector of values.

mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
#[cfg(any(test, feature = "self-test"))]
pub(crate) mod tests;

/// The most centroids of a set.
pub const MAX_CENTROIDS: usize = 1 << 16;
/// The most boundaries that vectors are compared with one by one.
pub const COUNTED: usize = 16;
/// Cells of the table: 32 KiB, of which the densest parts are in a first-level cache.
const CELLS: usize = 1 << 12;
/// The most boundaries that one cell may hold for the table to be used.
const MAX_STEPS: u32 = 6;
/// Values that are looked up together, so that the loads of one do not wait for those of another.
const CHUNK: usize = 8;

/// Centroids, made ready for look-ups.
#[derive(Debug, Clone)]
pub struct Codebook {
    /// Centroid `i` is nearest for values above boundary `i - 1` and up to boundary `i`. Infinities follow, so that a
    /// step past the end finds nothing.
    boundaries: Vec<f32>,
    centroids: usize,
    table: Option<Table>,
}

/// The boundaries' range in `CELLS` equal parts.
#[derive(Debug, Clone)]
struct Table {
    start: f32,
    cells_per_unit: f32,
    cells: Box<[Cell; CELLS]>,
    /// The most boundaries within one cell.
    steps: u32,
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    /// The first boundary in this cell or after it: the one to compare with, or infinity.
    boundary: f32,
    /// How many boundaries lie in the cells before.
    before: u32,
}

impl Table {
    /// The cell of `value`: never less for a greater value, 0 for a NaN.
    #[inline(always)]
    fn cell(&self, value: f32) -> usize {
        let scaled = (value - self.start) * self.cells_per_unit;
        // Written so that a NaN becomes 0.
        let raised = if 0.0 < scaled { scaled } else { 0.0 };
        let limit = (CELLS - 1) as f32;
        let clamped = if raised < limit { raised } else { limit };
        // The mask changes nothing, but says that the index is in bounds.
        clamped as i32 as usize & (CELLS - 1)
    }

    /// `None` if the boundaries crowd one cell; `boundaries` are without the infinities that follow.
    fn new(boundaries: &[f32]) -> Option<Self> {
        let (&first, &last) = (boundaries.first()?, boundaries.last()?);
        let cells_per_unit = CELLS as f32 / (last - first);
        if !cells_per_unit.is_finite() || cells_per_unit <= 0.0 {
            return None;
        }
        let nothing = Cell {
            boundary: f32::INFINITY,
            before: 0,
        };
        let mut table = Self {
            start: first,
            cells_per_unit,
            cells: vec![nothing; CELLS].try_into().ok()?,
            steps: 0,
        };
        let mut counts = vec![0u32; CELLS];
        for &boundary in boundaries {
            counts[table.cell(boundary)] += 1;
        }
        table.steps = counts.iter().copied().max().unwrap_or_default();
        let mut before = 0;
        for (cell, count) in table.cells.iter_mut().zip(counts) {
            *cell = Cell {
                boundary: boundaries.get(before as usize).copied().unwrap_or(f32::INFINITY),
                before,
            };
            before += count;
        }
        (table.steps <= MAX_STEPS).then_some(table)
    }
}

impl Codebook {
    /// Makes `centroids` ready; `None` unless there are 1 to [`MAX_CENTROIDS`], finite and in ascending order.
    /// Equal centroids are allowed: the first of them is used.
    pub fn new(centroids: &[f32]) -> Option<Self> {
        let usable = (1..=MAX_CENTROIDS).contains(&centroids.len())
            && centroids.iter().all(|centroid| centroid.is_finite())
            && centroids.is_sorted();
        if !usable {
            return None;
        }
        let mut boundaries: Vec<f32> = centroids.windows(2).map(|pair| boundary(pair[0], pair[1])).collect();
        let table = (boundaries.len() > COUNTED).then(|| Table::new(&boundaries)).flatten();
        boundaries.resize(centroids.len() + MAX_STEPS as usize, f32::INFINITY);
        Some(Self {
            boundaries,
            centroids: centroids.len(),
            table,
        })
    }

    /// How many centroids there are.
    pub fn centroids(&self) -> usize {
        self.centroids
    }

    /// The boundaries between neighbouring centroids, one fewer than those.
    pub fn boundaries(&self) -> &[f32] {
        &self.boundaries[..self.centroids - 1]
    }

    /// Writes the index of the nearest centroid of each value; of the lower one for a value halfway; 0 for a NaN.
    ///
    /// # Panics
    /// Unless there is an index for each value.
    pub fn assign(&self, values: &[f32], indices: &mut [u16]) {
        assert_eq!(values.len(), indices.len(), "an index for each value");
        match &self.table {
            _ if self.centroids <= COUNTED + 1 => chosen::count(self.boundaries(), values, indices),
            Some(table) => scalar::look_up(table, &self.boundaries, values, indices),
            None => scalar::halve(self.boundaries(), values, indices),
        }
    }
}

/// The greatest fp32 that is at least as near to `low` as to `high`. (Exact where the exponents of the two differ by
/// less than 29; beyond, the halfway point is itself rounded, to a double.)
fn boundary(low: f32, high: f32) -> f32 {
    let halfway = (f64::from(low) + f64::from(high)) / 2.0;
    let nearest = halfway as f32;
    if f64::from(nearest) > halfway {
        nearest.next_down()
    } else {
        nearest
    }
}

/// The only place that chooses between the forms.
mod chosen {
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    pub(super) use super::scalar::count;
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    pub(super) use super::simd128::count;
}

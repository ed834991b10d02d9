//! Sparse matrices in compressed rows (CSR) times a dense vector or matrix.
//!
//! The products of a row are added in the order of its entries: for a matrix one after the other, for a vector in four
//! lanes, entry `i` in lane `i % 4`. Neither has a vector form of its own. A vector's elements would have to be
//! gathered, which WebAssembly cannot do; a matrix's rows are arrays of which the compiler makes vectors where the
//! build has them, element by element, hence with the same bits.

#[cfg(any(test, feature = "self-test"))]
pub(crate) mod tests;

use super::{ShapeError, expect_len, product};

const LANES: usize = 4;
/// Columns of a dense matrix that are kept in registers.
const TILE: usize = 16;

/// A matrix of which only some elements are stored, checked once.
#[derive(Debug, Clone, Copy)]
pub struct Csr<'a> {
    starts: &'a [u32],
    columns: &'a [u32],
    values: &'a [f32],
    width: usize,
}

impl<'a> Csr<'a> {
    /// `starts[r]` to `starts[r + 1]` are the entries of row `r`: the `columns` and `values` of what is stored. The
    /// columns of a row may be in any order, and one may occur twice: its values are then added. The matrix is `width`
    /// columns wide.
    ///
    /// # Errors
    /// Unless `starts` begins with 0, never falls and ends with the number of entries, and all columns are below
    /// `width`.
    pub fn new(starts: &'a [u32], columns: &'a [u32], values: &'a [f32], width: usize) -> Result<Self, ShapeError> {
        expect_len("values", columns.len(), values.len())?;
        let (Some(&first), Some(&last)) = (starts.first(), starts.last()) else {
            return Err(ShapeError::Length {
                what: "starts",
                expected: Some(1),
                found: 0,
            });
        };
        if first != 0 {
            return Err(index("starts", 0, 0, 1, first));
        }
        for (at, pair) in starts.windows(2).enumerate() {
            if pair[1] < pair[0] {
                return Err(index("starts", at + 1, pair[0] as usize, columns.len() + 1, pair[1]));
            }
        }
        expect_len("indices", last as usize, columns.len())?;
        // Folded without an early end, so that the compiler makes vectors of it.
        let greatest = columns.iter().copied().fold(0, u32::max);
        if !columns.is_empty() && greatest as usize >= width {
            let at = columns
                .iter()
                .position(|&column| column as usize >= width)
                .unwrap_or_default();
            return Err(index("indices", at, 0, width, columns[at]));
        }
        Ok(Self {
            starts,
            columns,
            values,
            width,
        })
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// How many columns there are.
    pub fn width(&self) -> usize {
        self.width
    }

    #[inline(always)]
    fn row(&self, row: usize) -> (&'a [u32], &'a [f32]) {
        let (from, to) = (self.starts[row] as usize, self.starts[row + 1] as usize);
        (&self.columns[from..to], &self.values[from..to])
    }

    /// out\[r\] = Σ matrix\[r\]\[c\] · vector\[c\].
    ///
    /// # Errors
    /// Unless `vector` has an element for each column and `out` one for each row.
    pub fn matvec(&self, vector: &[f32], out: &mut [f32]) -> Result<(), ShapeError> {
        expect_len("vector", self.width, vector.len())?;
        expect_len("outputs", self.rows(), out.len())?;
        for (row, out) in out.iter_mut().enumerate() {
            let (columns, values) = self.row(row);
            let (chunks, rest) = columns.as_chunks::<LANES>();
            let (value_chunks, value_rest) = values.as_chunks::<LANES>();
            let mut sums = [0.0; LANES];
            for (columns, values) in chunks.iter().zip(value_chunks) {
                for lane in 0..LANES {
                    sums[lane] += values[lane] * vector[columns[lane] as usize];
                }
            }
            for ((sum, value), &column) in sums.iter_mut().zip(value_rest).zip(rest) {
                *sum += value * vector[column as usize];
            }
            let [a, b, c, d] = sums;
            *out = (a + b) + (c + d);
        }
        Ok(())
    }

    /// out\[r\]\[n\] = Σ matrix\[r\]\[c\] · dense\[c\]\[n\], for `dense` of `width` rows of `dense_columns`.
    ///
    /// # Errors
    /// Unless `dense` has `width · dense_columns` elements and `out` has `rows · dense_columns`.
    pub fn matmul(&self, dense: &[f32], dense_columns: usize, out: &mut [f32]) -> Result<(), ShapeError> {
        product("dense", self.width, dense_columns, dense.len())?;
        product("outputs", self.rows(), dense_columns, out.len())?;
        if dense_columns == 0 {
            return Ok(());
        }
        for (row, out) in out.chunks_exact_mut(dense_columns).enumerate() {
            let (columns, values) = self.row(row);
            let (tiles, rest) = out.as_chunks_mut::<TILE>();
            let in_tiles = tiles.len() * TILE;
            for (tile, out) in tiles.iter_mut().enumerate() {
                let mut sums = [0.0; TILE];
                for (&column, &value) in columns.iter().zip(values) {
                    let at = column as usize * dense_columns + tile * TILE;
                    let elements: &[f32; TILE] = dense[at..at + TILE].try_into().expect("a tile's length");
                    for lane in 0..TILE {
                        sums[lane] += value * elements[lane];
                    }
                }
                *out = sums;
            }
            rest.fill(0.0);
            for (&column, &value) in columns.iter().zip(values) {
                let elements = &dense[column as usize * dense_columns + in_tiles..][..rest.len()];
                for (out, element) in rest.iter_mut().zip(elements) {
                    *out += value * element;
                }
            }
        }
        Ok(())
    }
}

fn index(what: &'static str, at: usize, least: usize, end: usize, found: u32) -> ShapeError {
    ShapeError::Index {
        what,
        at,
        least,
        end,
        found: found as usize,
    }
}

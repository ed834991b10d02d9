//! How large rows and columns are.

use alloc::vec::Vec;

/// The most steps between the smallest and the largest row or column that are told apart.
const MAX_SCALE: i32 = 63;

/// The scale of each row and column, in steps of a quarter of an octave of the root mean square, the largest of each
/// being [`MAX_SCALE`] or less.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scales {
    /// One a row.
    pub rows: Vec<u8>,
    /// One a column.
    pub columns: Vec<u8>,
}

impl Scales {
    /// Of a row-major matrix of finite weights; the last row may not be whole.
    pub fn of_weights(weights: &[f32], columns: usize) -> Self {
        Self::measure(weights, columns, |&weight| f64::from(weight))
    }

    /// Of codes.
    pub fn of_codes(codes: &[i16], columns: usize) -> Self {
        Self::measure(codes, columns, |&code| f64::from(code))
    }

    /// The largest sum of a row's and a column's scale.
    pub(super) const MOST: usize = 2 * MAX_SCALE as usize;

    fn measure<T>(elements: &[T], columns: usize, value: impl Fn(&T) -> f64) -> Self {
        let mut sums = vec![0f64; columns];
        let mut rows = Vec::with_capacity(elements.len().div_ceil(columns));
        for row in elements.chunks(columns) {
            let mut sum = 0.0;
            for element in row {
                let value = value(element);
                sum += value * value;
            }
            let mean = sum / row.len() as f64;
            rows.push(mean);
            if mean > 0.0 {
                // Columns are compared within rows, so that large rows do not decide alone.
                let weight = 1.0 / mean;
                for (column, element) in sums.iter_mut().zip(row) {
                    let value = value(element);
                    *column += value * value * weight;
                }
            }
        }
        Self {
            rows: quantized(&rows),
            columns: quantized(&sums),
        }
    }
}

/// Scales of mean squares.
fn quantized(squares: &[f64]) -> Vec<u8> {
    let halves: Vec<Option<i32>> = squares.iter().map(|&square| half_octaves(square)).collect();
    let present = || halves.iter().copied().flatten();
    let most = present().max().unwrap_or(0);
    // From the smallest on, so that equal rows are all 0.
    let least = present().min().unwrap_or(0).max(most - MAX_SCALE);
    let scale = |half: &Option<i32>| half.map_or(0, |half| (half - least).max(0) as u8);
    halves.iter().map(scale).collect()
}

/// Twice the logarithm of a square, rounded, by comparisons alone; nothing for 0.
fn half_octaves(square: f64) -> Option<i32> {
    if !square.is_normal() {
        return None;
    }
    let bits = square.to_bits();
    let exponent = (bits >> 52) as i32 - 1023;
    let mantissa = f64::from_bits(bits & ((1 << 52) - 1) | 1023 << 52);
    // The fourth roots of 2 and 8.
    let above = i32::from(mantissa >= 1.189_207_115_002_721) + i32::from(mantissa >= 1.681_792_830_507_429);
    Some(2 * exponent + above)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_follow_rows_and_columns() {
        let weights: Vec<f32> = [1.0, 2.0, 4.0]
            .iter()
            .flat_map(|&row| [row, -8.0 * row, 0.0, row])
            .collect();
        let scales = Scales::of_weights(&weights, 4);
        assert_eq!(scales.rows, [0, 4, 8]);
        assert_eq!(scales.columns, [0, 12, 0, 0]);
        assert_eq!(
            Scales::of_weights(&[0.0; 4], 2),
            Scales {
                rows: vec![0; 2],
                columns: vec![0; 2]
            }
        );
        assert_eq!(
            Scales::of_codes(&[1, -1], 2),
            Scales {
                rows: vec![0],
                columns: vec![0; 2]
            }
        );
    }

    #[test]
    fn logarithms_are_rounded() {
        for (square, twice) in [
            (1.0, 0),
            (1.18, 0),
            (1.19, 1),
            (1.68, 1),
            (1.69, 2),
            (2.0, 2),
            (0.25, -4),
        ] {
            assert_eq!(half_octaves(square), Some(twice));
        }
        assert_eq!(half_octaves(0.0), None);
    }
}

//! Range, sums and counts of a tensor in one pass.
//!
//! Value `i` is summed in lane `i % 8`, in double precision, and the lanes are added in one order: so every build gives
//! the same bits, and the rounding error grows with an eighth of the length.

mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
#[cfg(any(test, feature = "self-test"))]
pub(crate) mod tests;

/// Sums that are kept apart until the end.
const LANES: usize = 8;

/// What [`statistics`] finds. Infinities and NaNs are counted in `non_finite` and left out of all else.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statistics {
    /// All values, finite or not.
    pub count: u64,
    /// The least value, never -0.0; +∞ if no value is finite.
    pub min: f32,
    /// The greatest value, never -0.0; −∞ if no value is finite.
    pub max: f32,
    /// Σw.
    pub sum: f64,
    /// Σw².
    pub squares: f64,
    /// Values that are 0.0 or -0.0.
    pub zeros: u64,
    /// Infinities and NaNs.
    pub non_finite: u64,
}

impl Statistics {
    /// The greatest magnitude; 0 if no value is finite.
    pub fn absmax(&self) -> f32 {
        if self.finite() == 0 {
            return 0.0;
        }
        self.max.abs().max(self.min.abs())
    }

    /// Values that are neither infinite nor NaN.
    pub fn finite(&self) -> u64 {
        self.count - self.non_finite
    }

    /// The mean of the finite values; 0 if there is none.
    pub fn mean(&self) -> f64 {
        self.sum / self.finite().max(1) as f64
    }

    /// The variance (divided by the number, not by one less) of the finite values; 0 if there is none.
    pub fn variance(&self) -> f64 {
        let mean = self.mean();
        (self.squares / self.finite().max(1) as f64 - mean * mean).max(0.0)
    }

    /// What holds for the values of both. Sums depend on the order of merging in their last bits.
    pub fn merge(&self, other: &Self) -> Self {
        Self {
            count: self.count + other.count,
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            sum: self.sum + other.sum,
            squares: self.squares + other.squares,
            zeros: self.zeros + other.zeros,
            non_finite: self.non_finite + other.non_finite,
        }
    }
}

/// Range, sums and counts of `values`.
pub fn statistics(values: &[f32]) -> Statistics {
    of(values, chosen::accumulate)
}

/// As [`statistics`], by the portable code.
#[cfg(any(test, feature = "self-test"))]
fn statistics_scalar(values: &[f32]) -> Statistics {
    of(values, scalar::accumulate)
}

#[inline(always)]
fn of(values: &[f32], accumulate: impl Fn(&mut Lanes, &[[f32; LANES]])) -> Statistics {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut lanes = Lanes::EMPTY;
    accumulate(&mut lanes, chunks);
    for (lane, &value) in rest.iter().enumerate() {
        lanes.add(lane, value);
    }
    Statistics {
        count: values.len() as u64,
        // Adding 0.0 makes -0.0 positive: which of the two was met first is then of no account.
        min: lanes.min.into_iter().fold(f32::INFINITY, f32::min) + 0.0,
        max: lanes.max.into_iter().fold(f32::NEG_INFINITY, f32::max) + 0.0,
        sum: add_lanes(lanes.sum),
        squares: add_lanes(lanes.squares),
        zeros: lanes.zeros,
        non_finite: lanes.non_finite,
    }
}

fn add_lanes(lanes: [f64; LANES]) -> f64 {
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}

/// The running state: value `i` belongs to lane `i % LANES`.
#[derive(Clone, Copy)]
struct Lanes {
    min: [f32; LANES],
    max: [f32; LANES],
    sum: [f64; LANES],
    squares: [f64; LANES],
    zeros: u64,
    non_finite: u64,
}

impl Lanes {
    const EMPTY: Self = Self {
        min: [f32::INFINITY; LANES],
        max: [f32::NEG_INFINITY; LANES],
        sum: [0.0; LANES],
        squares: [0.0; LANES],
        zeros: 0,
        non_finite: 0,
    };

    #[inline(always)]
    fn add(&mut self, lane: usize, value: f32) {
        if !value.is_finite() {
            self.non_finite += 1;
            return;
        }
        self.zeros += u64::from(value == 0.0);
        if value < self.min[lane] {
            self.min[lane] = value;
        }
        if self.max[lane] < value {
            self.max[lane] = value;
        }
        let wide = f64::from(value);
        self.sum[lane] += wide;
        self.squares[lane] += wide * wide;
    }
}

/// The only place that chooses between the forms.
mod chosen {
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    pub(super) use super::scalar::accumulate;
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    pub(super) use super::simd128::accumulate;
}

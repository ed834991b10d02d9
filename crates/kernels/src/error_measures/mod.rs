//! How far an approximation is from the original: squared, absolute and largest error, and what cosine and SQNR need.
//!
//! Pair `i` is summed in lane `i % 4`, in double precision, and the lanes are added in one order: so every build gives the
//! same bits. (Four lanes of six sums are what registers hold.)

mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
#[cfg(any(test, feature = "self-test"))]
pub(crate) mod tests;

const LANES: usize = 4;

/// What [`error_measures`] finds, over the pairs of which both values are finite. e = original − approximation.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ErrorMeasures {
    /// All pairs, finite or not.
    pub count: u64,
    /// Pairs that were left out, since one of them is an infinity or a NaN.
    pub non_finite: u64,
    /// Σe².
    pub squared: f64,
    /// Σ|e|.
    pub absolute: f64,
    /// max |e|.
    pub largest: f64,
    /// Σ original · approximation.
    pub dot: f64,
    /// Σ original².
    pub original_squares: f64,
    /// Σ approximation².
    pub approximation_squares: f64,
}

impl ErrorMeasures {
    /// Signal to noise as a ratio of powers, Σw² / Σe²: +∞ where nothing was lost.
    pub fn signal_to_noise(&self) -> f64 {
        if self.squared == 0.0 {
            f64::INFINITY
        } else {
            self.original_squares / self.squared
        }
    }

    /// The cosine of the angle between the two; 1 where both are zero, 0 where one is.
    pub fn cosine(&self) -> f64 {
        let norms = self.original_squares.sqrt() * self.approximation_squares.sqrt();
        if norms == 0.0 {
            return f64::from(u8::from(self.original_squares == self.approximation_squares));
        }
        self.dot / norms
    }

    /// What holds for the pairs of both. Sums depend on the order of merging in their last bits.
    pub fn merge(&self, other: &Self) -> Self {
        Self {
            count: self.count + other.count,
            non_finite: self.non_finite + other.non_finite,
            squared: self.squared + other.squared,
            absolute: self.absolute + other.absolute,
            largest: self.largest.max(other.largest),
            dot: self.dot + other.dot,
            original_squares: self.original_squares + other.original_squares,
            approximation_squares: self.approximation_squares + other.approximation_squares,
        }
    }
}

/// Compares `approximation` with `original`, value by value.
///
/// # Panics
/// Unless the two have the same length.
pub fn error_measures(original: &[f32], approximation: &[f32]) -> ErrorMeasures {
    of(original, approximation, chosen::accumulate)
}

/// As [`error_measures`], by the portable code.
#[cfg(any(test, feature = "self-test"))]
fn error_measures_scalar(original: &[f32], approximation: &[f32]) -> ErrorMeasures {
    of(original, approximation, scalar::accumulate)
}

#[inline(always)]
fn of(
    original: &[f32],
    approximation: &[f32],
    accumulate: impl Fn(&mut Lanes, &[[f32; LANES]], &[[f32; LANES]]),
) -> ErrorMeasures {
    assert_eq!(original.len(), approximation.len(), "values in pairs");
    let (chunks, rest) = original.as_chunks::<LANES>();
    let (other_chunks, other_rest) = approximation.as_chunks::<LANES>();
    let mut lanes = Lanes::EMPTY;
    accumulate(&mut lanes, chunks, other_chunks);
    for (lane, (&value, &other)) in rest.iter().zip(other_rest).enumerate() {
        lanes.add(lane, value, other);
    }
    ErrorMeasures {
        count: original.len() as u64,
        non_finite: lanes.non_finite,
        squared: add_lanes(lanes.squared),
        absolute: add_lanes(lanes.absolute),
        largest: lanes.largest.into_iter().fold(0.0, f64::max),
        dot: add_lanes(lanes.dot),
        original_squares: add_lanes(lanes.original_squares),
        approximation_squares: add_lanes(lanes.approximation_squares),
    }
}

fn add_lanes([a, b, c, d]: [f64; LANES]) -> f64 {
    (a + b) + (c + d)
}

/// The running state: pair `i` belongs to lane `i % LANES`.
#[derive(Clone, Copy)]
struct Lanes {
    squared: [f64; LANES],
    absolute: [f64; LANES],
    largest: [f64; LANES],
    dot: [f64; LANES],
    original_squares: [f64; LANES],
    approximation_squares: [f64; LANES],
    non_finite: u64,
}

impl Lanes {
    const EMPTY: Self = Self {
        squared: [0.0; LANES],
        absolute: [0.0; LANES],
        largest: [0.0; LANES],
        dot: [0.0; LANES],
        original_squares: [0.0; LANES],
        approximation_squares: [0.0; LANES],
        non_finite: 0,
    };

    #[inline(always)]
    fn add(&mut self, lane: usize, value: f32, other: f32) {
        if !(value.is_finite() && other.is_finite()) {
            self.non_finite += 1;
            return;
        }
        let (value, other) = (f64::from(value), f64::from(other));
        let error = value - other;
        let magnitude = error.abs();
        self.squared[lane] += error * error;
        self.absolute[lane] += magnitude;
        if self.largest[lane] < magnitude {
            self.largest[lane] = magnitude;
        }
        self.dot[lane] += value * other;
        self.original_squares[lane] += value * value;
        self.approximation_squares[lane] += other * other;
    }
}

/// The only place that chooses between the forms.
mod chosen {
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    pub(super) use super::scalar::accumulate;
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    pub(super) use super::simd128::accumulate;
}

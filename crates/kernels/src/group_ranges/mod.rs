//! The least and greatest value of each group of contiguous values.
//!
//! Which of several lanes meets a value first is of no account for a range, so the forms may differ in their lanes.

mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
#[cfg(any(test, feature = "self-test"))]
pub(crate) mod tests;

/// Values that are compared together.
const CHUNK: usize = 8;

/// The least and greatest of some values, never -0.0. Infinities and NaNs are left out; without anything else both
/// are 0.0.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Range {
    /// The least.
    pub min: f32,
    /// The greatest.
    pub max: f32,
}

impl Range {
    /// The greatest magnitude.
    pub fn absmax(self) -> f32 {
        self.max.abs().max(self.min.abs())
    }

    /// The least range that holds this one and 0.0.
    pub fn with_zero(self) -> Self {
        Self {
            min: self.min.min(0.0),
            max: self.max.max(0.0),
        }
    }
}

/// The range of `values`.
#[inline]
pub fn range(values: &[f32]) -> Range {
    let (chunks, rest) = values.as_chunks::<CHUNK>();
    finish(scalar::extend(chosen::extremes(chunks), rest))
}

/// The range of each group of `group` values, the last of which may be short.
///
/// # Panics
/// Unless `group` is at least 1 and there is a range for each group.
pub fn group_ranges(values: &[f32], group: usize, ranges: &mut [Range]) {
    assert!(group > 0, "groups of at least one value");
    assert_eq!(ranges.len(), values.len().div_ceil(group), "a range for each group");
    for (values, found) in values.chunks(group).zip(ranges) {
        *found = range(values);
    }
}

/// Least and greatest of nothing yet.
const NOTHING: (f32, f32) = (f32::INFINITY, f32::NEG_INFINITY);

#[inline(always)]
fn finish((min, max): (f32, f32)) -> Range {
    if min > max {
        return Range::default();
    }
    // Adding 0.0 makes -0.0 positive: which of the two was met first is then of no account.
    Range {
        min: min + 0.0,
        max: max + 0.0,
    }
}

/// The only place that chooses between the forms.
mod chosen {
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    pub(super) use super::scalar::extremes;
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    pub(super) use super::simd128::extremes;
}

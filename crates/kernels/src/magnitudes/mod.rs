//! How magnitudes are distributed, by the bits of their fp32 patterns, and the exact k-th of them.
//!
//! Without their sign, the patterns of floats are ordered as their magnitudes are: a radix selection in two passes,
//! 15 bits then 16, finds any rank exactly. Infinities, then NaNs, are the greatest. Several tensors are ranked
//! together by adding each of them in both passes. Filling the histogram has no vector form, since WebAssembly cannot
//! scatter; the second pass, which skips nearly all values, has one.

mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
#[cfg(any(test, feature = "self-test"))]
pub(crate) mod tests;

/// Bins of a [`MagnitudeHistogram`]: 8 bits of exponent and 7 of mantissa, so a bin is under 1/128 of its values wide.
pub const BINS: usize = 1 << 15;
/// Bins from here on hold infinities and NaNs.
pub const FINITE_BINS: usize = 0x7f80;
/// Bits of a pattern below those that choose the bin.
const LOW_BITS: u32 = 16;
/// Values that the second pass looks at together.
const CHUNK: usize = 16;

/// Counts of magnitudes by the top 15 bits of their patterns.
#[derive(Debug, Clone)]
pub struct MagnitudeHistogram {
    counts: Vec<u64>,
}

/// Where a rank lies in a [`MagnitudeHistogram`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Located {
    /// The bin that holds it.
    pub bin: usize,
    /// Its rank among the magnitudes of that bin, from 0.
    pub rank: u64,
}

impl Default for MagnitudeHistogram {
    fn default() -> Self {
        Self::new()
    }
}

impl MagnitudeHistogram {
    /// Without any value.
    pub fn new() -> Self {
        Self { counts: vec![0; BINS] }
    }

    /// Counts `values`.
    pub fn add(&mut self, values: &[f32]) {
        let counts: &mut [u64; BINS] = (&mut self.counts[..]).try_into().expect("made with this length");
        for value in values {
            counts[bin_of(*value)] += 1;
        }
    }

    /// The count of each of the [`BINS`] bins, smallest magnitudes first.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Where the magnitude of ascending rank `rank`, from 0, lies; `None` if there are not so many values.
    pub fn locate(&self, rank: u64) -> Option<Located> {
        let mut left = rank;
        for (bin, &count) in self.counts.iter().enumerate() {
            if left < count {
                return Some(Located { bin, rank: left });
            }
            left -= count;
        }
        None
    }
}

/// The bin that counts `value`.
#[inline(always)]
pub fn bin_of(value: f32) -> usize {
    ((value.to_bits() & 0x7fff_ffff) >> LOW_BITS) as usize
}

/// The least magnitude of `bin`.
///
/// # Panics
/// Unless `bin` is below [`BINS`].
pub fn bin_start(bin: usize) -> f32 {
    assert!(bin < BINS, "a bin of the histogram");
    f32::from_bits((bin as u32) << LOW_BITS)
}

/// The magnitudes of one bin of a [`MagnitudeHistogram`], counted by their exact values.
#[derive(Debug, Clone)]
pub struct BinHistogram {
    bin: usize,
    counts: Vec<u64>,
}

impl BinHistogram {
    /// Without any value.
    ///
    /// # Panics
    /// Unless `bin` is below [`BINS`].
    pub fn new(bin: usize) -> Self {
        assert!(bin < BINS, "a bin of the histogram");
        Self {
            bin,
            counts: vec![0; 1 << LOW_BITS],
        }
    }

    /// Counts those of `values` that lie in the bin.
    pub fn add(&mut self, values: &[f32]) {
        self.add_by(values, chosen::any_in_bin);
    }

    #[inline(always)]
    fn add_by(&mut self, values: &[f32], any_in_bin: impl Fn(&[f32; CHUNK], u32) -> bool) {
        let (chunks, rest) = values.as_chunks::<CHUNK>();
        for chunk in chunks {
            if any_in_bin(chunk, self.bin as u32) {
                self.count(chunk);
            }
        }
        self.count(rest);
    }

    fn count(&mut self, values: &[f32]) {
        for value in values {
            if bin_of(*value) == self.bin {
                self.counts[(value.to_bits() & 0xffff) as usize] += 1;
            }
        }
    }

    /// The magnitude of ascending rank `rank`, from 0, among those of the bin; `None` if there are not so many.
    pub fn nth(&self, rank: u64) -> Option<f32> {
        let mut left = rank;
        for (low, &count) in self.counts.iter().enumerate() {
            if left < count {
                return Some(f32::from_bits((self.bin as u32) << LOW_BITS | low as u32));
            }
            left -= count;
        }
        None
    }
}

/// The magnitude of ascending rank `k`, from 0, of `values`: exactly `sorted(|values|)[k]`. `None` if there are not so
/// many values. So `k` values at most are below it, and pruning to `k` zeros means zeroing those.
pub fn kth_magnitude(values: &[f32], k: u64) -> Option<f32> {
    if k >= values.len() as u64 {
        return None;
    }
    let mut histogram = MagnitudeHistogram::new();
    histogram.add(values);
    let found = histogram.locate(k)?;
    let mut within = BinHistogram::new(found.bin);
    within.add(values);
    within.nth(found.rank)
}

/// The only place that chooses between the forms.
mod chosen {
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    pub(super) use super::scalar::any_in_bin;
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    pub(super) use super::simd128::any_in_bin;
}

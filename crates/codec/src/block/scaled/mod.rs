//! Kind 9: codes with scales, a weight being `(level − zero) · scale` (docs/FORMAT.md, section 11).

mod decode;
#[cfg(feature = "encode")]
mod encode;

pub(super) use decode::{ScaledBuffers, decode, read_nested};
#[cfg(feature = "encode")]
pub use encode::encode;
#[cfg(feature = "encode")]
pub(super) use encode::write_nested;

/// Largest magnitude of a level or a zero: far beyond use, and small enough that no difference of two overflows.
const MAX_LEVEL: f32 = 1.0e30;
/// Largest magnitude of an integer level: exact in fp32.
const MAX_INTEGER: u32 = 1 << 24;
/// The most values of a table.
const MAX_TABLE: usize = 256;

/// Which weights share a scale: the array is `[outer, channels, inner]`. No dimension is 0.
#[derive(Clone, Copy)]
struct Shape {
    outer: usize,
    channels: usize,
    inner: usize,
    group: usize,
}

impl Shape {
    /// Groups of a channel.
    fn groups(&self) -> usize {
        (self.outer * self.inner).div_ceil(self.group)
    }

    /// Calls `each` with all runs of weights that share a scale, in the weights' order: first, end, number of the scale.
    fn runs(&self, mut each: impl FnMut(usize, usize, usize)) {
        let groups = self.groups();
        for outer in 0..self.outer {
            for channel in 0..self.channels {
                let start = (outer * self.channels + channel) * self.inner;
                let mut k = 0;
                while k < self.inner {
                    let number = (outer * self.inner + k) / self.group;
                    let end = ((number + 1).saturating_mul(self.group) - outer * self.inner).min(self.inner);
                    each(start + k, start + end, channel * groups + number);
                    k = end;
                }
            }
        }
    }
}

/// By how much stored codes lie below codes, modulo their number: codes whose levels are the zeros are stored as 0, so
/// that groups of different zeros have their most frequent codes in common.
fn shift(zero: i32, min: i32, count: usize) -> usize {
    (i64::from(zero) - i64::from(min)).rem_euclid(count as i64) as usize
}

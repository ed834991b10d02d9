//! Writing a rANS plane.

use super::spec::write_frequencies;

/// Appends the payload for `src`. Gives `false` when the frequencies do not fit it; `out` may then have grown.
#[must_use]
pub fn encode(src: &[u8], frequencies: &[u16; 256], out: &mut Vec<u8>) -> bool {
    write_frequencies(frequencies, out);
    tensorpress_kernels::rans::encode(frequencies, src, out)
}

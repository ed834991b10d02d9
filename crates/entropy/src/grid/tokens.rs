//! Codes as tokens of a byte, and bits beside them where codes are large.

/// The most magnitudes that a token can name: with signs they fit a byte.
pub const MAX_INDICES: usize = 128;
/// The exponent of the largest magnitude.
const MAX_EXPONENT: u32 = 14;

/// Which magnitudes have a token of their own, and how the others share them.
///
/// Magnitudes below `2^split` are their own index. Those of each octave above share `2^(fraction + 1)` indices: the
/// `fraction` bits below the leading one and the lowest bit, which a trellis follows, are in the index, and the bits
/// between are stored beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tokens {
    split: u32,
    fraction: u32,
}

impl Tokens {
    /// For a split of 1 to 6 and a fraction of 0 to 3 that is below it.
    pub const fn new(split: u8, fraction: u8) -> Option<Self> {
        if split < 1 || split > 6 || fraction > 3 || fraction >= split {
            return None;
        }
        Some(Self {
            split: split as u32,
            fraction: fraction as u32,
        })
    }

    /// All of them.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        (1..=6).flat_map(|split| (0..=3).filter_map(move |fraction| Self::new(split, fraction)))
    }

    pub(super) const fn byte(self) -> u8 {
        (self.split | self.fraction << 4) as u8
    }

    pub(super) const fn from_byte(byte: u8) -> Option<Self> {
        Self::new(byte & 15, byte >> 4)
    }

    /// Index, number of bits beside and their value.
    #[inline(always)]
    pub fn index(self, magnitude: u16) -> (usize, u32, u32) {
        let wide = u32::from(magnitude);
        if wide < 1 << self.split {
            return (wide as usize, 0, 0);
        }
        let exponent = wide.ilog2();
        let beside = exponent - 1 - self.fraction;
        let top = (wide >> (exponent - self.fraction)) & ((1 << self.fraction) - 1);
        let index = (1 << self.split) + ((exponent - self.split) << (self.fraction + 1)) + (top << 1) + (wide & 1);
        (index as usize, beside, (wide >> 1) & ((1 << beside) - 1))
    }

    /// The smallest magnitude of an index and the number of bits beside, to be added from bit 1 on.
    pub(super) fn base(self, index: usize) -> Option<(u16, u32)> {
        let index = index as u32;
        if index < 1 << self.split {
            return Some((index as u16, 0));
        }
        let rest = index - (1 << self.split);
        let exponent = self.split + (rest >> (self.fraction + 1));
        if exponent > MAX_EXPONENT {
            return None;
        }
        let within = rest & ((1 << (self.fraction + 1)) - 1);
        let magnitude = 1 << exponent | (within >> 1) << (exponent - self.fraction) | (within & 1);
        Some((magnitude as u16, exponent - 1 - self.fraction))
    }
}

/// The token of a code: 0, then 1, -1, 2, -2, … as indices.
#[inline(always)]
pub(super) fn symbol(index: usize, negative: bool) -> u8 {
    (2 * index + usize::from(negative)).saturating_sub(1) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_magnitude_is_found_again() {
        for tokens in Tokens::all() {
            assert_eq!(Tokens::from_byte(tokens.byte()), Some(tokens));
            for magnitude in 0..=32767u16 {
                let (index, beside, value) = tokens.index(magnitude);
                let (base, bits) = tokens.base(index).unwrap();
                assert_eq!(bits, beside);
                assert!(value < 1 << bits);
                assert_eq!(base + 2 * value as u16, magnitude, "{tokens:?}");
                assert_eq!(
                    index & 1,
                    usize::from(magnitude & 1),
                    "the trellis follows the lowest bit"
                );
            }
            assert_eq!(tokens.base(tokens.index(32767).0 + 1), None);
        }
        assert_eq!(Tokens::all().count(), 18);
        for (split, fraction) in [(0, 0), (7, 0), (2, 2), (6, 4)] {
            assert_eq!(Tokens::new(split, fraction), None);
        }
    }
}

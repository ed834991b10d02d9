//! The float types that approximated weights come from and go back to.

use super::Layout;
use alloc::vec::Vec;
use tensorpress_kernels::floats::half_to_single;
use tensorpress_kernels::words::Word;

/// The element type of an approximated tensor. The numbers are those of FORMAT.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Number {
    /// fp32.
    Single = 0,
    /// fp16.
    Half = 1,
    /// bf16.
    Brain = 2,
    /// fp64.
    Double = 3,
}

impl Number {
    /// The type that a byte of a block names.
    pub fn from_byte(byte: u8) -> Option<Self> {
        [Self::Single, Self::Half, Self::Brain, Self::Double]
            .get(usize::from(byte))
            .copied()
    }

    /// The type of a layout, where it is a float.
    pub fn of(layout: Layout) -> Option<Self> {
        Some(match layout {
            Layout::F32 => Self::Single,
            Layout::F16 => Self::Half,
            Layout::Bf16 => Self::Brain,
            Layout::F64 => Self::Double,
            _ => return None,
        })
    }

    /// The layout of such elements: the inverse of [`Number::of`].
    #[cfg(feature = "encode")]
    pub const fn layout(self) -> Layout {
        match self {
            Self::Single => Layout::F32,
            Self::Half => Layout::F16,
            Self::Brain => Layout::Bf16,
            Self::Double => Layout::F64,
        }
    }

    /// Bytes of an element.
    pub const fn width(self) -> usize {
        match self {
            Self::Single => 4,
            Self::Half | Self::Brain => 2,
            Self::Double => 8,
        }
    }

    /// Writes weights as elements, rounded to the nearest and to even where two are as near. `out` has room for all.
    // A caller that is compiled for size would take the loop in and make it small as well.
    #[inline(never)]
    pub fn write(self, weights: &[f32], out: &mut [u8]) {
        let pairs = weights.iter().zip(out.chunks_exact_mut(self.width()));
        match self {
            Self::Single => pairs.for_each(|(w, to)| w.to_bits().write(to)),
            Self::Half => pairs.for_each(|(w, to)| round_to_half(*w).write(to)),
            Self::Brain => pairs.for_each(|(w, to)| round_to_brain(*w).write(to)),
            Self::Double => pairs.for_each(|(w, to)| f64::from(*w).to_bits().write(to)),
        }
    }

    /// Appends the elements of `raw` as fp32; fp64 is rounded.
    #[inline(never)]
    pub fn read(self, raw: &[u8], weights: &mut Vec<f32>) {
        let elements = raw.chunks_exact(self.width());
        match self {
            Self::Single => weights.extend(elements.map(|e| f32::from_bits(u32::read(e)))),
            Self::Half => weights.extend(elements.map(|e| f32::from_bits(half_to_single(u16::read(e))))),
            Self::Brain => weights.extend(elements.map(|e| f32::from_bits(u32::from(u16::read(e)) << 16))),
            Self::Double => weights.extend(elements.map(|e| f64::from_bits(u64::read(e)) as f32)),
        }
    }

    /// Calls `each` with the elements of two runs of equal length, as fp64, which is exact.
    pub fn pairs(self, a: &[u8], b: &[u8], each: impl FnMut(f64, f64)) {
        fn walk<W: Word>(a: &[u8], b: &[u8], value: impl Fn(W) -> f64, mut each: impl FnMut(f64, f64)) {
            for (x, y) in a.chunks_exact(W::BYTES).zip(b.chunks_exact(W::BYTES)) {
                each(value(W::read(x)), value(W::read(y)));
            }
        }
        match self {
            Self::Single => walk::<u32>(a, b, |bits| f64::from(f32::from_bits(bits)), each),
            Self::Half => walk::<u16>(a, b, |bits| f64::from(f32::from_bits(half_to_single(bits))), each),
            Self::Brain => walk::<u16>(a, b, |bits| f64::from(f32::from_bits(u32::from(bits) << 16)), each),
            Self::Double => walk::<u64>(a, b, f64::from_bits, each),
        }
    }
}

/// The first weight that is infinite or no number.
#[inline(never)]
pub fn not_finite(weights: &[f32]) -> Option<f32> {
    weights.iter().copied().find(|weight| !weight.is_finite())
}

/// The nearest fp16; what is beyond its largest, by half a step or more, becomes infinite.
pub fn round_to_half(weight: f32) -> u16 {
    let bits = weight.to_bits();
    let sign = (bits >> 16 & 0x8000) as u16;
    let magnitude = bits & 0x7fff_ffff;
    let rounded = match magnitude {
        0x7f80_0001.. => 0x7e00,
        0x477f_f000.. => 0x7c00,
        0x3880_0000.. => ((magnitude - 0x3800_0000 + 0x0fff + (magnitude >> 13 & 1)) >> 13) as u16,
        // The last place of 0.5 is fp16's smallest step, so that the sum is rounded where fp16 is.
        _ => ((f32::from_bits(magnitude) + 0.5).to_bits() - 0.5f32.to_bits()) as u16,
    };
    sign | rounded
}

/// The nearest bf16.
fn round_to_brain(weight: f32) -> u16 {
    let bits = weight.to_bits();
    if weight.is_nan() {
        return (bits >> 16) as u16 | 0x40;
    }
    ((bits + 0x7fff + (bits >> 16 & 1)) >> 16) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_to_the_nearest_and_to_even() {
        let value = |half: u16| f64::from(f32::from_bits(half_to_single(half)));
        // Between any two neighbours: the middle goes to the even one, what is off it to the nearer one.
        for half in 0..0x7bffu16 {
            let (low, high) = (value(half), value(half + 1));
            let middle = ((low + high) / 2.0) as f32;
            let even = if half % 2 == 0 { half } else { half + 1 };
            assert_eq!(round_to_half(middle), even, "{half:#06x}");
            assert_eq!(round_to_half(-middle), even | 0x8000);
            assert_eq!(round_to_half(f32::from_bits(middle.to_bits() - 1)), half);
            assert_eq!(round_to_half(f32::from_bits(middle.to_bits() + 1)), half + 1);
        }
        assert_eq!((round_to_half(65519.9), round_to_half(65520.0)), (0x7bff, 0x7c00));
        assert_eq!(round_to_brain(1.0 + 1.0 / 256.0), 0x3f80);
        assert_eq!(round_to_brain(1.0 + 3.0 / 256.0), 0x3f82);
        assert_eq!(round_to_brain(f32::MAX), 0x7f80);
    }

    #[test]
    fn what_is_no_number_stays_none() {
        // Bits that only fp32 has room for: without them it would be infinite.
        for bits in [0x7f80_0001, 0xff80_0001, 0x7fff_ffff] {
            let weight = f32::from_bits(bits);
            for number in [Number::Single, Number::Half, Number::Brain, Number::Double] {
                let (mut bytes, mut back) = (vec![0; number.width()], Vec::new());
                number.write(&[weight], &mut bytes);
                number.read(&bytes, &mut back);
                assert!(back[0].is_nan(), "{bits:#010x} as {number:?}");
            }
        }
    }

    #[test]
    fn what_a_type_holds_comes_back() {
        for number in [Number::Single, Number::Half, Number::Brain, Number::Double] {
            let weights = [0.0f32, -0.0, 1.5, -2.0, 0.25];
            let mut bytes = vec![0; weights.len() * number.width()];
            number.write(&weights, &mut bytes);
            let mut back = Vec::new();
            number.read(&bytes, &mut back);
            assert_eq!(back, weights);
        }
    }
}

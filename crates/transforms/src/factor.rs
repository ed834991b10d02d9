//! The thin matrices of a factorization, as they are stored.

use tensorpress_kernels::floats::{self, Overflow};
use tensorpress_kernels::group_ranges::range;

/// `rank` components of `length` numbers each, one component behind the other: the columns of `left`, the rows of
/// `right`.
#[derive(Debug, Clone, PartialEq)]
pub enum Factor {
    /// fp32.
    F32(Vec<f32>),
    /// fp16 bit patterns.
    F16(Vec<u16>),
    /// Integers of −127 to 127 with a scale a component: a number is `code · scale`, in fp32.
    Int8 {
        /// The integers.
        codes: Vec<i8>,
        /// One a component.
        scales: Vec<f32>,
    },
}

impl Factor {
    /// The numbers rounded to fp16, to nearest, ties to even; at most ±65,504.
    pub fn f16(values: &[f32]) -> Self {
        let mut halves = vec![0; values.len()];
        floats::to_fp16(values, Overflow::Saturate, &mut halves);
        Factor::F16(halves)
    }

    /// Components of `length` numbers, each rounded to 255 levels up to its largest magnitude.
    pub fn int8(values: &[f32], length: usize) -> Self {
        let mut codes = Vec::with_capacity(values.len());
        let mut scales = Vec::new();
        for component in values.chunks(length.max(1)) {
            let scale = range(component).absmax() / 127.0;
            scales.push(scale);
            // The smallest numbers leave no scale above 0.
            codes.extend(component.iter().map(|value| {
                if scale > 0.0 {
                    (value / scale).round_ties_even().clamp(-127.0, 127.0) as i8
                } else {
                    0
                }
            }));
        }
        Factor::Int8 { codes, scales }
    }

    /// How many numbers it has.
    pub fn len(&self) -> usize {
        match self {
            Factor::F32(values) => values.len(),
            Factor::F16(bits) => bits.len(),
            Factor::Int8 { codes, .. } => codes.len(),
        }
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes before entropy coding.
    pub fn bytes(&self) -> usize {
        match self {
            Factor::F32(values) => 4 * values.len(),
            Factor::F16(bits) => 2 * bits.len(),
            Factor::Int8 { codes, scales } => codes.len() + 4 * scales.len(),
        }
    }

    /// The numbers, one component behind the other.
    pub fn by_component(&self) -> Vec<f32> {
        match self {
            Factor::F32(values) => values.clone(),
            Factor::F16(halves) => {
                let mut values = vec![0.0; halves.len()];
                floats::from_fp16(halves, &mut values);
                values
            }
            Factor::Int8 { codes, scales } => {
                let length = codes.len() / scales.len().max(1);
                let numbers = codes.iter().enumerate();
                numbers.map(|(i, &code)| f32::from(code) * scales[i / length]).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_keeps_what_it_can() {
        let values = [1.0, -0.3, 0.0, 100.0, 50.0, 25.0];
        assert_eq!(Factor::F32(values.to_vec()).by_component(), values);
        let halves = Factor::f16(&values);
        assert_eq!((halves.len(), halves.bytes()), (6, 12));
        for (half, value) in halves.by_component().iter().zip(values) {
            assert!((half - value).abs() <= value.abs() / 2048.0);
        }
        let bytes = Factor::int8(&values, 3);
        assert_eq!((bytes.len(), bytes.bytes()), (6, 14));
        for (i, (byte, value)) in bytes.by_component().iter().zip(values).enumerate() {
            let most = if i < 3 { 1.0 } else { 100.0 };
            assert!((byte - value).abs() <= most / 253.0, "{byte} for {value}");
        }
        let tiny = Factor::int8(&[f32::from_bits(1); 2], 2);
        assert_eq!(tiny.by_component(), [0.0, 0.0]);
        assert!(Factor::int8(&[], 0).is_empty());
    }
}

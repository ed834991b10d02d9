//! How far approximated weights are from the original ones.

use crate::block::number::Number;

/// Sums over weights and their approximations, in fp64 and in the weights' order, so that they are the same everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Measure {
    /// Number of weights.
    pub count: u64,
    /// Number of approximations that are 0.
    pub zeros: u64,
    /// Sum of the squared weights.
    pub signal: f64,
    /// Sum of the squared errors.
    pub noise: f64,
    /// Sum of the products of weights and approximations.
    pub dot: f64,
    /// Sum of the squared approximations.
    pub norm: f64,
    /// Sum of the errors' magnitudes.
    pub total_error: f64,
    /// Largest magnitude of an error.
    pub max_error: f64,
}

/// Bytes of a written measure.
pub const MEASURE_BYTES: usize = 64;

impl Measure {
    /// Compares the elements of two runs of bytes. What is no number, or beyond fp32, is stored exactly: it is counted
    /// and nothing else.
    // A caller that is compiled for size would take the loop in and make it small as well.
    #[inline(never)]
    pub fn between(number: Number, original: &[u8], approximated: &[u8]) -> Self {
        let mut sums = Measure::default();
        number.pairs(original, approximated, |weight, value| {
            sums.count += 1;
            // Written so that NaN is left out, too.
            if weight.is_nan() || weight.abs() > f64::from(f32::MAX) {
                return;
            }
            let error = (weight - value).abs();
            sums.zeros += u64::from(value == 0.0);
            sums.signal += weight * weight;
            sums.noise += error * error;
            sums.dot += weight * value;
            sums.norm += value * value;
            sums.total_error += error;
            sums.max_error = sums.max_error.max(error);
        });
        sums
    }

    /// Adds what was measured on further weights.
    pub fn add(&mut self, other: &Measure) {
        self.count += other.count;
        self.zeros += other.zeros;
        self.signal += other.signal;
        self.noise += other.noise;
        self.dot += other.dot;
        self.norm += other.norm;
        self.total_error += other.total_error;
        self.max_error = self.max_error.max(other.max_error);
    }

    /// Signal-to-noise ratio in decibels; none where nothing differs.
    pub fn sqnr(&self) -> Option<f64> {
        // Finite for weights that were all 0, too: JSON has no infinity, and nothing in its place says that nothing differs.
        (self.noise > 0.0).then(|| 10.0 * (self.signal / self.noise).max(f64::MIN_POSITIVE).log10())
    }

    /// Mean magnitude of the errors; 0 where there are no weights.
    pub fn mean_error(&self) -> f64 {
        self.total_error / self.count.max(1) as f64
    }

    /// Cosine of the angle between weights and approximations; 1 where nothing differs.
    pub fn cosine(&self) -> f64 {
        if self.noise == 0.0 {
            return 1.0;
        }
        let length = (self.signal * self.norm).sqrt();
        if length == 0.0 { 0.0 } else { self.dot / length }
    }

    /// Share of the approximations that are 0.
    pub fn sparsity(&self) -> f64 {
        self.zeros as f64 / self.count.max(1) as f64
    }

    /// Appends it as [`MEASURE_BYTES`] bytes.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.count.to_le_bytes());
        out.extend_from_slice(&self.zeros.to_le_bytes());
        let sums = [
            self.signal,
            self.noise,
            self.dot,
            self.norm,
            self.total_error,
            self.max_error,
        ];
        out.extend(sums.iter().flat_map(|sum| sum.to_le_bytes()));
    }

    /// What [`Measure::write`] wrote.
    pub fn read(bytes: &[u8; MEASURE_BYTES]) -> Self {
        let word = |index: usize| {
            let mut word = [0; 8];
            word.copy_from_slice(&bytes[index * 8..index * 8 + 8]);
            u64::from_le_bytes(word)
        };
        let sum = |index| f64::from_bits(word(index));
        Measure {
            count: word(0),
            zeros: word(1),
            signal: sum(2),
            noise: sum(3),
            dot: sum(4),
            norm: sum(5),
            total_error: sum(6),
            max_error: sum(7),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_are_those_of_their_definitions() {
        let (a, b) = ([1.0f32, -2.0, 0.5, 3.0], [1.0f32, -1.5, 0.0, 3.0]);
        let bytes = |values: &[f32]| -> Vec<u8> { values.iter().flat_map(|v| v.to_le_bytes()).collect() };
        let all = Measure::between(Number::Single, &bytes(&a), &bytes(&b));
        assert_eq!((all.count, all.zeros, all.signal, all.noise), (4, 1, 14.25, 0.5));
        assert_eq!((all.max_error, all.mean_error(), all.sparsity()), (0.5, 0.25, 0.25));
        assert!((all.sqnr().unwrap() - 10.0 * 28.5f64.log10()).abs() < 1e-12);
        assert!((all.cosine() - 13.0 / (14.25f64 * 12.25).sqrt()).abs() < 1e-12);
        let mut parts = Measure::between(Number::Single, &bytes(&a[..2]), &bytes(&b[..2]));
        parts.add(&Measure::between(Number::Single, &bytes(&a[2..]), &bytes(&b[2..])));
        assert_eq!(parts, all);
        let mut written = Vec::new();
        all.write(&mut written);
        assert_eq!(Measure::read(&written.try_into().unwrap()), all);
    }

    #[test]
    fn what_is_no_number_is_only_counted() {
        let bytes: Vec<u8> = [1.0, f64::NAN, f64::INFINITY, 1e200, 2.0f64]
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let measure = Measure::between(Number::Double, &bytes, &bytes);
        assert_eq!((measure.count, measure.signal, measure.sqnr()), (5, 5.0, None));
    }

    #[test]
    fn nothing_differs_without_weights() {
        let none = Measure::default();
        assert_eq!((none.sqnr(), none.cosine(), none.mean_error()), (None, 1.0, 0.0));
    }

    #[test]
    fn what_is_made_of_zeros_has_a_finite_ratio() {
        let [zero, one] = [0.0f32, 1.0].map(f32::to_le_bytes);
        let measure = Measure::between(Number::Single, &zero, &one);
        assert!(measure.sqnr().is_some_and(|found| found.is_finite() && found < -3000.0));
    }
}

//! Finding the step that gives a wanted quality or size.

use super::options::RateOptions;
use super::quantize::quantize;
use crate::TransformError;
use crate::error::unsuitable;

/// Weights that stand for a tensor.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Whole rows.
    pub weights: Vec<f32>,
    /// Weights of a row.
    pub columns: usize,
    /// How many of the tensor's weights each of these stands for.
    pub share: f64,
}

impl Sample {
    /// Rows of a row-major matrix at equal distances, of about `most` weights together; all where there are no more.
    pub fn of_rows(weights: &[f32], columns: usize, most: usize) -> Self {
        let rows = weights.len() / columns.max(1);
        let wanted = (most / columns.max(1)).max(1);
        let chosen: Vec<f32> = if rows <= wanted {
            weights.to_vec()
        } else {
            let row = |index: usize| {
                let from = (index as u64 * rows as u64 / wanted as u64) as usize * columns;
                &weights[from..from + columns]
            };
            (0..wanted).flat_map(row).copied().collect()
        };
        Self {
            share: weights.len() as f64 / chosen.len().max(1) as f64,
            weights: chosen,
            columns,
        }
    }
}

/// What a step gives.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// Number of weights.
    pub weights: f64,
    /// Bits of all of them.
    pub bits: f64,
    /// Sum of their squared errors.
    pub error: f64,
    /// Sum of their squares.
    pub energy: f64,
}

impl Estimate {
    /// Bits a weight.
    pub fn bits_per_weight(&self) -> f64 {
        self.bits / self.weights.max(1.0)
    }

    /// Energy of the weights over that of their errors.
    pub fn ratio(&self) -> f64 {
        self.energy / self.error.max(f64::MIN_POSITIVE)
    }
}

/// What is wanted of all samples together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// The energy of the weights over that of their errors is at least this; see [`power_ratio`].
    Ratio(f64),
    /// At most so many bits a weight.
    Bits(f64),
}

/// The ratio of powers that `decibels` stand for, to a hundredth of a decibel, the same on every machine.
pub fn power_ratio(decibels: f64) -> f64 {
    // 10^(1/1000), raised by squaring.
    let mut factor = 1.002_305_238_077_899_7;
    let mut ratio = 1.0;
    let mut hundredths = (decibels.abs() * 100.0).round() as u64;
    while hundredths > 0 {
        if hundredths & 1 == 1 {
            ratio *= factor;
        }
        factor *= factor;
        hundredths >>= 1;
    }
    if decibels < 0.0 { 1.0 / ratio } else { ratio }
}

/// Quantizes and encodes samples. What blocks cost beside their codes counts once a sample, not once a share.
pub fn estimate(samples: &[Sample], options: &RateOptions) -> Result<Estimate, TransformError> {
    let mut sum = Estimate::default();
    let mut payload = Vec::new();
    for sample in samples {
        let quantized = quantize(&sample.weights, sample.columns, options)?;
        payload.clear();
        quantized.encode(&mut payload);
        let energy: f64 = sample
            .weights
            .iter()
            .map(|&weight| f64::from(weight) * f64::from(weight))
            .sum();
        sum.weights += sample.share * sample.weights.len() as f64;
        sum.bits += sample.share * payload.len() as f64 * 8.0;
        sum.error += sample.share * quantized.squared_error(&sample.weights);
        sum.energy += sample.share * energy;
    }
    Ok(sum)
}

/// The 64th root of 2.
const FINE: f64 = 1.010_889_286_051_700_5;
/// Steps of [`FINE`] in an octave.
const OCTAVE: i32 = 64;

/// The largest step, to 1.1%, that reaches a ratio, or the smallest that needs no more bits. `options.step` does not
/// matter. Errors: those of [`quantize`]; samples that are all zero or empty, for which no step is better than another.
pub fn find_step(samples: &[Sample], target: Target, options: &RateOptions) -> Result<f32, TransformError> {
    let (mut energy, mut weights, mut largest) = (0.0, 0.0, 0f32);
    for sample in samples {
        let sum: f64 = sample
            .weights
            .iter()
            .map(|&weight| f64::from(weight) * f64::from(weight))
            .sum();
        energy += sample.share * sum;
        weights += sample.share * sample.weights.len() as f64;
        largest = sample
            .weights
            .iter()
            .fold(largest, |most, weight| most.max(weight.abs()));
    }
    if !(energy > 0.0 && energy.is_finite()) {
        return Err(unsuitable("no step can be found for weights that are all zero"));
    }
    let root = (energy / weights).sqrt();
    let step_of = |place: i32| (root * fine(place)) as f32;
    let fine_enough = |place: i32| -> Result<bool, TransformError> {
        let options = RateOptions {
            step: step_of(place),
            max_error: None,
            ..*options
        };
        let found = estimate(samples, &options)?;
        Ok(match target {
            Target::Ratio(ratio) => found.ratio() >= ratio,
            Target::Bits(bits) => found.bits_per_weight() > bits,
        })
    };
    // From 2^-14 to 2^3 standard deviations, but no smaller than codes allow.
    let (mut low, mut high) = (-14 * OCTAVE, 3 * OCTAVE);
    while low < high && step_of(low) * 31_000.0 < largest {
        low += 1;
    }
    // The first is fine enough, or as good as can be; the last is not, or good enough whatever is asked.
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if fine_enough(middle)? {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(step_of(match target {
        Target::Ratio(_) => low,
        Target::Bits(_) => high,
    }))
}

/// `2^(place / 64)`, the same on every machine.
fn fine(place: i32) -> f64 {
    let factor = if place < 0 { 1.0 / FINE } else { FINE };
    (0..place.unsigned_abs()).fold(1.0, |product, _| product * factor)
}

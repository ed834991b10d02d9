//! Weights to codes, pass by pass.

use super::model::Model;
use super::options::RateOptions;
use super::reconstruction::{Means, Reconstruction, displacement};
use super::scalar::{Prices, nearest};
use crate::TransformError;
use crate::error::unsuitable;
use tensorpress_entropy::grid::{self, Counts, Grid, Scales, Source, Tokens, Trellis, choose_tokens, cluster, value};
use tensorpress_json::shown;
use tensorpress_kernels::viterbi::{self, Search, Statistics};

/// Codes of weights, ready to be encoded.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantized {
    /// How codes become weights.
    pub grid: Grid,
    /// Row-major.
    pub codes: Vec<i16>,
    /// How large the weights' rows and columns are.
    pub scales: Scales,
    /// The most contexts of the coder.
    pub contexts: usize,
}

impl Quantized {
    /// Appends the payload of a grid block.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let source = Source {
            grid: self.grid,
            codes: &self.codes,
            scales: &self.scales,
            contexts: self.contexts,
        };
        let written = grid::encode(&source, out);
        debug_assert!(written, "quantize makes sources that are whole");
    }

    /// The weights that a decoder gives, in order.
    pub fn values(&self) -> impl Iterator<Item = f32> {
        let mut states = [0u8; Trellis::MACHINES];
        self.codes.iter().enumerate().map(move |(place, &code)| {
            let state = &mut states[place % Trellis::MACHINES];
            let quantizer = *state & 1;
            if let Some(trellis) = self.grid.trellis {
                *state = trellis.next(*state, code as u8);
            }
            value(&self.grid, quantizer, code)
        })
    }

    /// The sum of the squared differences from `weights`.
    pub fn squared_error(&self, weights: &[f32]) -> f64 {
        let square = |(&weight, value): (&f32, f32)| {
            let error = f64::from(weight) - f64::from(value);
            error * error
        };
        weights.iter().zip(self.values()).map(square).sum()
    }
}

/// Chooses codes for a row-major matrix with rows of `columns` weights.
///
/// Errors: options that make no sense; weights that are not finite, not whole rows, or too large for the step.
pub fn quantize(weights: &[f32], columns: usize, options: &RateOptions) -> Result<Quantized, TransformError> {
    options.check()?;
    let steps = in_steps(weights, columns, options)?;
    let scales = Scales::of_weights(weights, columns);
    let mut work = Work::new(&steps, scales, options);
    let mut magnitudes = vec![0; steps.len()];
    for _ in 0..options.passes {
        work.choose(&steps, &mut magnitudes);
    }
    let signed = |(&magnitude, &weight): (&u16, &f32)| {
        let code = magnitude as i16;
        if weight < 0.0 { -code } else { code }
    };
    let quantized = Quantized {
        grid: Grid {
            columns: columns as u32,
            step: options.step,
            offsets: work.points.offsets(),
            trellis: Trellis::new(options.trellis),
        },
        codes: magnitudes.iter().zip(weights).map(signed).collect(),
        scales: work.scales,
        contexts: options.contexts,
    };
    if let Some(most) = options.max_error {
        let error = |(&weight, value): (&f32, f32)| (f64::from(weight) - f64::from(value)).abs();
        let worst = weights.iter().zip(quantized.values()).map(error).fold(0.0, f64::max);
        if worst > f64::from(most) {
            return Err(unsuitable(format!(
                "a weight would change by {}, more than the {} allowed; a smaller step is needed",
                shown(worst),
                shown(most)
            )));
        }
    }
    Ok(quantized)
}

/// The magnitudes of weights in steps.
fn in_steps(weights: &[f32], columns: usize, options: &RateOptions) -> Result<Vec<f32>, TransformError> {
    let wide = u32::try_from(columns).is_ok_and(|columns| columns > 0);
    if !wide || !weights.len().is_multiple_of(columns) {
        return Err(unsuitable(format!("{} weights in rows of {columns}", weights.len())));
    }
    let mut largest = 0f32;
    let mut finite = true;
    for &weight in weights {
        let magnitude = weight.abs();
        finite &= magnitude <= f32::MAX;
        largest = if magnitude > largest { magnitude } else { largest };
    }
    if !finite {
        return Err(unsuitable("weights that are infinite or not a number have no codes"));
    }
    if largest / options.step > 32_000.0 {
        return Err(unsuitable(format!(
            "the largest weight is {}, which needs a step of at least {}; found {}",
            shown(largest),
            shown(largest / 32_000.0),
            shown(options.step)
        )));
    }
    Ok(weights.iter().map(|weight| weight.abs() / options.step).collect())
}

/// What passes hand on.
struct Work<'a> {
    options: &'a RateOptions,
    trellis: Option<Trellis>,
    tokens: Tokens,
    scales: Scales,
    contexts: Vec<u8>,
    counts: Vec<Counts>,
    points: Reconstruction,
}

impl<'a> Work<'a> {
    /// With the statistics of the nearest codes.
    fn new(steps: &[f32], scales: Scales, options: &'a RateOptions) -> Self {
        let trellis = Trellis::new(options.trellis);
        let scale = if trellis.is_some() { 0.5 } else { 1.0 };
        let magnitudes: Vec<u16> = steps.iter().map(|&steps| nearest(steps * scale) as u16).collect();
        let mut histogram = vec![0u32; usize::from(magnitudes.iter().copied().max().unwrap_or(0)) + 1];
        for &magnitude in &magnitudes {
            histogram[usize::from(magnitude)] += 1;
        }
        let tokens = choose_tokens(&histogram);
        let indices: Vec<u8> = magnitudes
            .iter()
            .map(|&magnitude| tokens.index(magnitude).0 as u8)
            .collect();
        let (clusters, mut counts) = cluster(&scales, options.contexts, &indices);
        let mut contexts = vec![0u8; steps.len()];
        if clusters.count() > 1 {
            clusters.fill(&scales, &mut contexts);
        }
        for counts in &mut counts {
            counts[1] = counts[0];
        }
        Self {
            options,
            trellis,
            tokens,
            scales,
            contexts,
            counts,
            points: Reconstruction::new([0; 3]),
        }
    }

    /// The magnitudes of the best codes by what is known, whose statistics are then known.
    fn choose(&mut self, steps: &[f32], magnitudes: &mut [u16]) {
        let model = Model::new(self.tokens, &self.counts, self.options.lambda);
        // A little less than allowed, for what rounding adds.
        let limit = self
            .options
            .max_error
            .map_or(f32::INFINITY, |most| most / self.options.step * (1.0 - 1e-6));
        for counts in self.counts.as_flattened_mut() {
            counts.fill(0);
        }
        let means = match self.trellis {
            Some(trellis) => {
                let search = Search {
                    trellis,
                    tables: &model.tables,
                    beyond: &|context, quantizer, magnitude| model.beyond(context, quantizer, magnitude),
                    offsets: self.points.offsets().map(displacement),
                    limit,
                };
                let found = viterbi::path(&search, steps, &self.contexts, magnitudes);
                self.count(&found)
            }
            None => self.choose_each(steps, &model, limit, magnitudes),
        };
        if self.options.offsets && self.options.max_error.is_none() {
            self.points = Reconstruction::new(means.offsets());
        }
    }

    /// Counts the codes of a path by their indices.
    fn count(&mut self, found: &Statistics) -> Means {
        let mut means = Means {
            sums: std::array::from_fn(|class| found.sums.iter().map(|sums| sums[class + 1]).sum()),
            ..Means::default()
        };
        let mut add = |context: usize, quantizer: u8, magnitude: u16, times: u32| {
            self.counts[context][usize::from(quantizer)][self.tokens.index(magnitude).0] += times;
            means.count(viterbi::point(quantizer, magnitude), times);
        };
        for (context, counts) in found.counts.iter().enumerate() {
            for (quantizer, counts) in (0..).zip(counts) {
                for (magnitude, &times) in (0..).zip(counts).filter(|&(_, &times)| times > 0) {
                    add(context, quantizer, magnitude, times);
                }
            }
        }
        for &(context, quantizer, magnitude) in &found.beyond {
            add(usize::from(context), quantizer, magnitude, 1);
        }
        means
    }

    /// Chooses each code by itself.
    fn choose_each(&mut self, steps: &[f32], model: &Model, limit: f32, magnitudes: &mut [u16]) -> Means {
        let mut means = Means::default();
        let prices = Prices {
            model,
            points: &self.points,
            limit,
        };
        for ((&steps, &context), magnitude) in steps.iter().zip(&self.contexts).zip(magnitudes) {
            let chosen = prices.choose(steps, context);
            *magnitude = chosen as u16;
            self.counts[usize::from(context)][0][self.tokens.index(*magnitude).0] += 1;
            means.add(steps, chosen);
        }
        means
    }
}

//! What codes cost, by context and quantizer.

use tensorpress_entropy::grid::{Counts, MAX_INDICES, Tokens, token_bits};

/// Magnitudes whose costs are looked up by themselves.
const MOST: usize = 256;

/// Costs of the magnitudes of codes.
pub(super) struct Model {
    tokens: Tokens,
    /// By table, twice the context and the quantizer: by magnitude and by index, times lambda.
    tables: Vec<Costs>,
}

#[derive(Clone)]
struct Costs {
    magnitudes: [f32; MOST],
    indices: [f32; MAX_INDICES],
}

impl Model {
    /// Of the tables that are made for `counts`, one entry a context; a bit costs `lambda`.
    pub(super) fn new(tokens: Tokens, counts: &[Counts], lambda: f32) -> Self {
        let costs = |counts: &[u32; MAX_INDICES]| {
            let indices = token_bits(counts).map(|bits| bits * lambda);
            Costs {
                magnitudes: std::array::from_fn(|magnitude| {
                    let (index, beside, _) = tokens.index(magnitude as u16);
                    indices[index.min(MAX_INDICES - 1)] + beside as f32 * lambda
                }),
                indices,
            }
        };
        Self {
            tokens,
            tables: counts.iter().flatten().map(costs).collect(),
        }
    }

    /// Lambda times the bits of a code of this magnitude, sign included.
    #[inline(always)]
    pub(super) fn cost(&self, context: u8, quantizer: usize, magnitude: u32, lambda: f32) -> f32 {
        let costs = &self.tables[2 * usize::from(context) + quantizer];
        match costs.magnitudes.get(magnitude as usize) {
            Some(&cost) => cost,
            None => {
                let (index, beside, _) = self.tokens.index(magnitude.min(32_767) as u16);
                costs.indices[index.min(MAX_INDICES - 1)] + beside as f32 * lambda
            }
        }
    }
}

//! What codes cost, by context and quantizer.

use tensorpress_entropy::grid::{Counts, MAX_INDICES, Tokens, token_bits};
use tensorpress_kernels::viterbi::Table;

/// Costs of the magnitudes of codes, signs included.
pub(super) struct Model {
    tokens: Tokens,
    lambda: f32,
    /// By context: of the magnitudes that are looked up by themselves, times lambda.
    pub(super) tables: Vec<Table>,
    /// By context and quantizer: of the indices, times lambda.
    indices: Vec<[[f32; MAX_INDICES]; 2]>,
}

impl Model {
    /// Of the tables that are made for `counts`, one entry a context; a bit costs `lambda`.
    pub(super) fn new(tokens: Tokens, counts: &[Counts], lambda: f32) -> Self {
        let mut model = Self {
            tokens,
            lambda,
            tables: Vec::new(),
            indices: counts
                .iter()
                .map(|counts| {
                    counts
                        .each_ref()
                        .map(|counts| token_bits(counts).map(|bits| bits * lambda))
                })
                .collect(),
        };
        for context in 0..counts.len() as u8 {
            let table = [0, 1]
                .map(|quantizer| std::array::from_fn(|magnitude| model.beyond(context, quantizer, magnitude as u32)));
            model.tables.push(table);
        }
        model
    }

    /// Lambda times the bits of a code, whatever its magnitude.
    pub(super) fn beyond(&self, context: u8, quantizer: usize, magnitude: u32) -> f32 {
        let (index, beside, _) = self.tokens.index(magnitude.min(32_767) as u16);
        let indices = &self.indices[usize::from(context)][quantizer];
        indices[index.min(MAX_INDICES - 1)] + beside as f32 * self.lambda
    }

    /// The same, and quick for small magnitudes, where there is only one quantizer.
    #[inline(always)]
    pub(super) fn cost(&self, context: u8, magnitude: u32) -> f32 {
        match self.tables[usize::from(context)][0].get(magnitude as usize) {
            Some(&cost) => cost,
            None => self.beyond(context, 0, magnitude),
        }
    }
}

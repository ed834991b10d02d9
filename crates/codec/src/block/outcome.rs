//! What a chain of transforms made of a unit of weights, as a block.

use super::number::Number;
use super::{Effort, Layout, Scratch, decode_block, encode_block, grid, low_rank, palette, scaled};
use crate::EngineError;
use crate::measure::Measure;
use tensorpress_transforms::{Codebook, Outcome, Unit};

/// Encodes what chains made of weights, and decodes it again: what comes back is what counts.
pub struct Encoder<'s> {
    effort: Effort,
    scratch: &'s mut Scratch,
    decoded: Vec<u8>,
}

impl<'s> Encoder<'s> {
    /// An encoder that has decoded nothing yet.
    pub fn new(effort: Effort, scratch: &'s mut Scratch) -> Self {
        Encoder {
            effort,
            scratch,
            decoded: Vec::new(),
        }
    }

    /// What the last block decodes to.
    pub fn decoded(&self) -> &[u8] {
        &self.decoded
    }

    /// Appends the block of what a chain made of `raw`, decodes it and measures the difference; `None` where it does not
    /// fit a block.
    // A caller that is compiled for size would take the loops in and make them small as well.
    #[inline(never)]
    pub fn encode(
        &mut self,
        unit: &Unit,
        number: Number,
        raw: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Option<Measure>, EngineError> {
        self.decoded.resize(raw.len(), 0);
        let start = out.len();
        if !self.encode_outcome(unit, number, out) {
            return Ok(None);
        }
        decode_block(number.layout(), &out[start..], &mut self.decoded, self.scratch)?;
        Ok(Some(Measure::between(number, raw, &self.decoded)))
    }

    /// Appends the block of bytes that stay as they are. What was decoded before is kept.
    pub fn encode_exact(&mut self, layout: Layout, raw: &[u8], out: &mut Vec<u8>) {
        encode_block(layout, self.effort, raw, out, self.scratch);
    }

    /// Keeps what an exact block decodes to.
    pub fn set_decoded(&mut self, raw: &[u8]) {
        self.decoded.clear();
        self.decoded.extend_from_slice(raw);
    }

    /// Appends the block of an outcome. `decoded`, as long as it should be, serves as room for elements.
    fn encode_outcome(&mut self, unit: &Unit, number: Number, out: &mut Vec<u8>) -> bool {
        match &unit.outcome {
            Outcome::Values => {
                number.write(&unit.weights, &mut self.decoded);
                encode_block(number.layout(), self.effort, &self.decoded, out, self.scratch);
                true
            }
            Outcome::Scaled(scaled) => scaled::encode(scaled, number, self.effort, out, self.scratch),
            Outcome::Codebook(codebook) => self.encode_codebook(codebook, number, out),
            Outcome::Grid(quantized) => {
                grid::encode(quantized, number, out);
                true
            }
            Outcome::LowRank(matrix) => low_rank::encode(matrix, number, self.effort, out, self.scratch),
        }
    }

    /// A palette, or whatever the lossless codec makes of the values where many are zero: the smaller one.
    fn encode_codebook(&mut self, codebook: &Codebook, number: Number, out: &mut Vec<u8>) -> bool {
        let Some((values, indices)) = compact(codebook, number) else {
            return false;
        };
        let width = number.width();
        if indices.len() * width != self.decoded.len() {
            return false;
        }
        let start = out.len();
        palette::encode_indexed(&values, width, &indices, self.effort, out);
        let mut zeros = 0;
        for (element, &index) in self.decoded.chunks_exact_mut(width).zip(&indices) {
            let value = &values[usize::from(index) * width..][..width];
            zeros += usize::from(value.iter().all(|&byte| byte == 0));
            element.copy_from_slice(value);
        }
        if zeros * 4 > indices.len() {
            let palette = out.len();
            encode_block(number.layout(), self.effort, &self.decoded, out, self.scratch);
            if out.len() - palette < palette - start {
                out.drain(start..palette);
            } else {
                out.truncate(palette);
            }
        }
        true
    }
}

/// The values that occur, as elements, each once, and which of them each weight has.
fn compact(codebook: &Codebook, number: Number) -> Option<(Vec<u8>, Vec<u16>)> {
    let count = codebook.centroids.len();
    if count == 0 || count > 65_536 {
        return None;
    }
    let mut used = vec![false; count];
    for &index in &codebook.indices {
        *used.get_mut(usize::from(index))? = true;
    }
    let width = number.width();
    let mut elements = vec![0; count * width];
    number.write(&codebook.centroids, &mut elements);
    let (mut values, mut place) = (Vec::new(), vec![0u16; count]);
    for (index, element) in elements.chunks_exact(width).enumerate() {
        if !used[index] {
            continue;
        }
        // Centroids ascend, so that those that became equal follow each other.
        if values.len() < width || values[values.len() - width..] != *element {
            values.extend_from_slice(element);
        }
        place[index] = (values.len() / width - 1) as u16;
    }
    let indices = codebook.indices.iter().map(|&index| place[usize::from(index)]);
    Some((values, indices.collect()))
}

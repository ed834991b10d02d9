//! What a chain of transforms made of a unit of weights, as a block.

use super::number::Number;
use super::{Effort, Scratch, decode_block, encode_block, grid, low_rank, palette, scaled};
use crate::EngineError;
use crate::measure::Measure;
use tensorpress_transforms::{Codebook, Outcome, Unit};

/// Appends the block of what a chain made of `raw`, decodes it into `decoded` and measures the difference; `None` where it
/// does not fit a block.
// A caller that is compiled for size would take the loops in and make them small as well.
#[inline(never)]
pub fn encode(
    unit: &Unit,
    number: Number,
    effort: Effort,
    raw: &[u8],
    out: &mut Vec<u8>,
    decoded: &mut Vec<u8>,
    scratch: &mut Scratch,
) -> Result<Option<Measure>, EngineError> {
    decoded.resize(raw.len(), 0);
    let start = out.len();
    if !encode_outcome(unit, number, effort, out, decoded, scratch) {
        return Ok(None);
    }
    decode_block(number.layout(), &out[start..], decoded, scratch)?;
    Ok(Some(Measure::between(number, raw, decoded)))
}

/// Appends the block of an outcome. `plain` is as long as the decoded block, of whatever content, and is used up.
fn encode_outcome(
    unit: &Unit,
    number: Number,
    effort: Effort,
    out: &mut Vec<u8>,
    plain: &mut [u8],
    scratch: &mut Scratch,
) -> bool {
    match &unit.outcome {
        Outcome::Values => {
            number.write(&unit.weights, plain);
            encode_block(number.layout(), effort, plain, out, scratch);
            true
        }
        Outcome::Scaled(scaled) => scaled::encode(scaled, number, effort, out, scratch),
        Outcome::Codebook(codebook) => encode_codebook(codebook, number, effort, out, plain, scratch),
        Outcome::Grid(quantized) => {
            grid::encode(quantized, number, out);
            true
        }
        Outcome::LowRank(matrix) => low_rank::encode(matrix, number, effort, out, scratch),
    }
}

/// A palette, or whatever the lossless codec makes of the values where many are zero: the smaller one.
fn encode_codebook(
    codebook: &Codebook,
    number: Number,
    effort: Effort,
    out: &mut Vec<u8>,
    plain: &mut [u8],
    scratch: &mut Scratch,
) -> bool {
    let Some((values, indices)) = compact(codebook, number) else {
        return false;
    };
    let width = number.width();
    if indices.len() * width != plain.len() {
        return false;
    }
    let start = out.len();
    palette::encode_indexed(&values, width, &indices, effort, out);
    let mut zeros = 0;
    for (element, &index) in plain.chunks_exact_mut(width).zip(&indices) {
        let value = &values[usize::from(index) * width..][..width];
        zeros += usize::from(value.iter().all(|&byte| byte == 0));
        element.copy_from_slice(value);
    }
    if zeros * 4 > indices.len() {
        let palette = out.len();
        encode_block(number.layout(), effort, plain, out, scratch);
        if out.len() - palette < palette - start {
            out.drain(start..palette);
        } else {
            out.truncate(palette);
        }
    }
    true
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

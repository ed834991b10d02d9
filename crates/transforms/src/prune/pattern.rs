//! N:M sparsity: of each M neighbours only N keep their values, which sparse matrix units make use of.

use crate::error::unsuitable;
use crate::{TransformError, Unit};
use tensorpress_json::{FromJson, Json, Problem, Quoted, ToJson};
use tensorpress_kernels::sort::sort_u64;

/// How many of how many neighbours are kept; written `"2:4"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "string"))]
pub struct Pattern {
    /// Weights kept, at most `of`.
    pub keep: u32,
    /// Neighbours; at least 1.
    pub of: u32,
}

impl FromJson for Pattern {
    fn from_json(json: &Json) -> Result<Self, Problem> {
        let text = String::from_json(json)?;
        let numbers = text
            .split_once(':')
            .and_then(|(keep, of)| Some((keep.parse().ok()?, of.parse().ok()?)));
        match numbers {
            Some((keep, of)) if of > 0 && keep <= of => Ok(Pattern { keep, of }),
            _ => Err(Problem::new(format!(
                "pattern {}, expected how many are kept of how many neighbours, such as \"2:4\"",
                Quoted(&text)
            ))),
        }
    }
}

impl ToJson for Pattern {
    fn write(&self, out: &mut Vec<u8>) {
        format!("{}:{}", self.keep, self.of).write(out);
    }
}

/// Of each `of` neighbours along the axis all but the `keep` largest magnitudes become zero, the first ones among
/// equals. The last neighbours of a row may be fewer: of them, too, `keep` are kept.
pub(super) fn apply(pattern: Pattern, axis: Option<usize>, unit: &mut Unit) -> Result<(), TransformError> {
    let geometry = &unit.geometry;
    let together = geometry.leading.len();
    let rank = geometry.shape.len() + together;
    let own = match axis {
        Some(axis) => axis,
        // The only axis of a vector serves, too.
        None if geometry.axis == 0 => 1.min(rank.saturating_sub(1)),
        None => geometry.axis + together - 1,
    };
    // Along an axis that is not the last of those taken together neighbours are too far apart.
    if own >= rank.max(1) || own < together {
        return Err(unsuitable(format!("no neighbours along axis {own}")));
    }
    let axis = geometry.axis_of(own);
    let length = geometry.shape.get(axis).copied().unwrap_or(1);
    let stride: usize = geometry.shape.iter().skip(axis + 1).product();
    if unit.weights.is_empty() {
        return Ok(());
    }
    let (keep, of) = (pattern.keep as usize, pattern.of as usize);
    // Units of a tensor are cut along the first axis, perhaps amid neighbours; where that stands for several axes of the
    // tensor, neighbours begin anew with each of the last one's.
    let (offset, period) = match axis {
        0 => (unit.context.first / stride as u64, geometry.leading.last()),
        _ => (0, None),
    };
    let period = period.map_or(u64::MAX, |&size| size as u64);
    let mut ranked: Vec<u64> = Vec::new();
    for slice in unit.weights.chunks_exact_mut(length * stride) {
        for start in 0..stride {
            let mut first = 0;
            while first < length {
                let place = (offset + first as u64) % period;
                let left = (of as u64 - place % of as u64).min(period - place);
                let end = first.saturating_add(left as usize);
                let neighbours = (first..end.min(length)).map(|i| start + i * stride);
                ranked.clear();
                // Magnitudes are in the order of their bits; a unit has fewer than 2^32 weights.
                ranked.extend(neighbours.map(|at| u64::from(slice[at].abs().to_bits()) << 32 | at as u64));
                sort_u64(&mut ranked);
                let going = ranked.len().saturating_sub(keep);
                for &neighbour in &ranked[..going] {
                    slice[neighbour as u32 as usize] = 0.0;
                }
                first = end;
            }
        }
    }
    Ok(())
}

//! What a recipe leaves open, filled in for a tensor.

use super::{Quantize, ScaleMethod, ScalePer, ScaleType, ZeroType};
use crate::error::{check_number, check_single, parameter};
use crate::{Geometry, Grouping, TransformError};
use std::ops::RangeInclusive;
use tensorpress_kernels::group;

/// Weights of a group.
const GROUPS: RangeInclusive<usize> = 16..=256;
/// Weights of a group unless the recipe says.
const GROUP: usize = 32;
/// Magnitudes of the ends of a range.
const FARTHEST: i32 = 65_535;
/// Fewer bits need groups, zero points and fitted scales.
const MANY_BITS: u8 = 7;
/// From so many bits on, symmetric levels leave out the lowest, which has no counterpart.
const NARROW_BITS: u8 = 8;
/// The exponent of errors unless the recipe says.
const NORM: f32 = 2.4;

/// Everything a quantizer needs to know but the weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Settings {
    /// The least level.
    pub low: i32,
    /// The greatest level.
    pub high: i32,
    /// Whether zero points are 0.
    pub symmetric: bool,
    /// Which weights share a scale.
    pub grouping: Grouping,
    /// How scales are found.
    pub method: ScaleMethod,
    /// For [`ScaleMethod::Search`].
    pub norm: f32,
    /// How scales are stored.
    pub scale: ScaleType,
    /// How zero points are stored.
    pub zeros: ZeroType,
}

impl Settings {
    /// What `recipe`, which [`check`] has found good, says of a tensor.
    pub fn new(recipe: &Quantize, geometry: &Geometry, pruned: bool) -> Self {
        let ([low, high], symmetric) = levels(recipe);
        let many = high - low >= (1 << MANY_BITS) - 2;
        let default_per = if recipe.group.is_some() || !many {
            ScalePer::Group
        } else {
            ScalePer::Channel
        };
        let per = recipe.per.unwrap_or(default_per);
        let method = recipe.method.unwrap_or(if many {
            ScaleMethod::Minmax
        } else {
            ScaleMethod::LeastSquares
        });
        let default_zeros = match method {
            ScaleMethod::Hqq if high - low < 256 => ZeroType::F16,
            ScaleMethod::Hqq => ZeroType::F32,
            _ => ZeroType::Integer,
        };
        let exact_zero = pruned || symmetric;
        Settings {
            low,
            high,
            symmetric,
            grouping: grouping(per, recipe.axis, recipe.group, geometry),
            method,
            norm: recipe.norm.unwrap_or(NORM),
            scale: recipe.scale.unwrap_or(default_scale(per)),
            zeros: if exact_zero {
                ZeroType::Integer
            } else {
                recipe.zeros.unwrap_or(default_zeros)
            },
        }
    }

    /// The levels as kernels want them.
    pub fn levels(&self) -> group::Levels {
        group::Levels {
            low: self.low,
            high: self.high,
        }
    }
}

/// How scales are stored unless the recipe says: there are many of groups, few of channels.
pub(super) fn default_scale(per: ScalePer) -> ScaleType {
    match per {
        ScalePer::Group => ScaleType::F16,
        ScalePer::Tensor | ScalePer::Channel => ScaleType::F32,
    }
}

/// Which weights share a scale. Where each channel is one weight (biases, norms), all are one channel: a scale a weight
/// would be larger than the weight.
pub(super) fn grouping(per: ScalePer, axis: Option<usize>, group: Option<usize>, geometry: &Geometry) -> Grouping {
    let geometry = match axis {
        Some(axis) => &Geometry::new(geometry.shape.clone(), geometry.axis_of(axis)),
        None => geometry,
    };
    let single = geometry.outer() * geometry.inner() == 1;
    match per {
        ScalePer::Channel if !single => Grouping::channel(geometry),
        ScalePer::Group if !single => Grouping::group(geometry, group.unwrap_or(GROUP)),
        ScalePer::Group => Grouping {
            group: group.unwrap_or(GROUP),
            ..Grouping::tensor(geometry.len())
        },
        ScalePer::Tensor | ScalePer::Channel => Grouping::tensor(geometry.len()),
    }
}

/// The first and the last level, and whether the zero point is 0.
fn levels(recipe: &Quantize) -> ([i32; 2], bool) {
    if let Some([low, high]) = recipe.range {
        let around_zero = low == -high || low == -high - 1;
        let symmetric = recipe
            .symmetric
            .unwrap_or(around_zero && recipe.method != Some(ScaleMethod::Hqq));
        return ([low, high], symmetric);
    }
    let bits = recipe.bits.unwrap_or(8).clamp(1, 16);
    let symmetric = recipe
        .symmetric
        .unwrap_or(bits >= MANY_BITS && recipe.method != Some(ScaleMethod::Hqq));
    let half = 1i32 << (bits - 1);
    let range = match symmetric {
        true if bits >= NARROW_BITS => [1 - half, half - 1],
        true => [-half, half - 1],
        false => [0, 2 * half - 1],
    };
    (range, symmetric)
}

/// Refuses what makes no sense, whatever the tensor.
pub(super) fn check(recipe: &Quantize) -> Result<(), TransformError> {
    if let Some(bits) = recipe.bits {
        if recipe.range.is_some() {
            return Err(parameter("quantize.bits", "bits and a range: expected one of the two"));
        }
        check_number((1..=16).contains(&bits), "quantize.bits", bits.into(), "1 to 16")?;
    }
    let ([low, high], symmetric) = levels(recipe);
    let fits = low < high && low >= -FARTHEST && high <= FARTHEST && high - low <= FARTHEST;
    if !fits {
        let detail = format!("{low} to {high}, expected 2 to 65,536 ascending integers within ±65,535");
        return Err(parameter("quantize.range", detail));
    }
    if symmetric && (low > 0 || high < 0) {
        let detail = format!("symmetric levels {low} to {high} are without 0");
        return Err(parameter("quantize.symmetric", detail));
    }
    check_grouping("quantize", recipe.per, recipe.group)?;
    if recipe.method == Some(ScaleMethod::Hqq) && symmetric {
        let detail = "hqq moves zero points, which are 0 where levels are symmetric";
        return Err(parameter("quantize.symmetric", detail));
    }
    let found = high - low + 1;
    if recipe.method == Some(ScaleMethod::LeastSquares) && found > group::MOST_FITTED_LEVELS {
        let most = group::MOST_FITTED_LEVELS;
        let detail = format!("leastSquares with {found} levels, expected at most {most}; use minmax");
        return Err(parameter("quantize.method", detail));
    }
    if recipe.method == Some(ScaleMethod::Search) && recipe.zeros.is_some_and(|zeros| zeros != ZeroType::Integer) {
        let detail = "search keeps zero points integers; leastSquares and hqq do not";
        return Err(parameter("quantize.zeros", detail));
    }
    match recipe.norm {
        Some(norm) if (1.0..=4.0).contains(&norm) && recipe.method != Some(ScaleMethod::Search) => {
            Err(parameter("quantize.norm", "only the method search has one"))
        }
        Some(norm) => check_single((1.0..=4.0).contains(&norm), "quantize.norm", norm, "1 to 4"),
        None => Ok(()),
    }
}

/// Refuses group sizes out of range, and those for what is not grouped.
pub(super) fn check_grouping(step: &str, per: Option<ScalePer>, group: Option<usize>) -> Result<(), TransformError> {
    let Some(group) = group else { return Ok(()) };
    let field = [step, ".group"].concat();
    if matches!(per, Some(ScalePer::Tensor | ScalePer::Channel)) {
        return Err(parameter(&field, "a group size, but scales are not per group"));
    }
    check_number(GROUPS.contains(&group), &field, group as f64, "16 to 256")
}

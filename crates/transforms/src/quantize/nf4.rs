//! NF4: 16 levels that are equally likely for normally distributed weights. Source: T. Dettmers et al., "QLoRA", 2023,
//! and bitsandbytes for the values.

use super::{ScaleType, settings, table};
use crate::error::finite;
use crate::{Transform, TransformError, Unit};
use tensorpress_kernels::assign::Codebook;

/// The levels, which codes 0 to 15 stand for; a group's greatest magnitude is 1.
pub const LEVELS: [f32; 16] = [
    -1.0,
    -0.696_192_8,
    -0.525_073_05,
    -0.394_917_5,
    -0.284_441_38,
    -0.184_773_43,
    -0.091_050_036,
    0.0,
    0.079_580_3,
    0.160_930_2,
    0.246_112_3,
    0.337_915_24,
    0.440_709_83,
    0.562_617,
    0.722_956_84,
    1.0,
];

/// Weights of a group unless the recipe says.
const GROUP: usize = 64;

tensorpress_json::fields! {
    /// Weights become the nearest of 16 levels, times the greatest magnitude of their group.
    #[derive(Debug, Clone, PartialEq)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields, rename_all = "camelCase"))]
    pub struct Nf4 {
        /// Weights of a group, 16 to 256; 64 by default.
        pub group: Option<usize>,
        /// The axis of the output channels, where it is not the one that the format suggests.
        pub axis: Option<usize>,
        /// How scales are stored; fp16 by default. `double` is QLoRA's double quantization.
        pub scale: Option<ScaleType>,
    }
}

impl Transform for Nf4 {
    fn check(&self) -> Result<(), TransformError> {
        settings::check_grouping("nf4", None, self.group)
    }

    fn apply(&self, unit: &mut Unit) -> Result<(), TransformError> {
        finite(&unit.weights)?;
        if unit.weights.is_empty() {
            return Ok(());
        }
        let grouping = table::groups(unit, self.axis, self.group.unwrap_or(GROUP));
        let form = self.scale.unwrap_or(ScaleType::F16);
        let codebook = Codebook::new(&LEVELS).expect("finite and ascending");
        table::quantize(unit, grouping, form, (LEVELS.to_vec(), 1.0), |scaled, codes| {
            codebook.assign(scaled, codes);
        })
    }
}

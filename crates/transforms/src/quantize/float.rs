//! Half precision: weights that fp16 or bf16 can hold, which the lossless codec then stores as such.

use crate::error::{finite, unsuitable};
use crate::{Outcome, Transform, TransformError, Unit};
use tensorpress_kernels::floats;

tensorpress_json::fields! {
    /// Rounds weights to half precision: to nearest, ties to even. Subnormals are kept.
    #[derive(Debug, Clone, PartialEq)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields, rename_all = "camelCase"))]
    pub struct Float {
        /// fp16 or bf16.
        pub to: Half => required = Half::F16,
        /// What becomes of weights beyond the greatest: 65,504 for fp16, 3.39e38 for bf16.
        #[cfg_attr(feature = "typescript", ts(as = "Option<Overflow>"))]
        pub overflow: Overflow => written,
    }
}

/// Floats of 16 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub enum Half {
    /// IEEE half precision: 11 significant bits, from 6e-8 to 65,504.
    F16,
    /// bfloat16: 8 significant bits, fp32's range.
    Bf16,
}

tensorpress_json::names!(Half {
    F16: "f16",
    Bf16: "bf16"
});

/// What becomes of weights that are too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub enum Overflow {
    /// The greatest finite value.
    #[default]
    Saturate,
    /// An infinity.
    Infinity,
    /// The tensor is left as it is, and the report says why.
    Error,
}

tensorpress_json::names!(Overflow {
    Saturate: "saturate",
    Infinity: "infinity",
    Error: "error"
});

impl Transform for Float {
    fn check(&self) -> Result<(), TransformError> {
        Ok(())
    }

    fn apply(&self, unit: &mut Unit) -> Result<(), TransformError> {
        finite(&unit.weights)?;
        let overflow = match self.overflow {
            Overflow::Saturate => floats::Overflow::Saturate,
            Overflow::Infinity | Overflow::Error => floats::Overflow::Infinity,
        };
        let mut halves = vec![0; unit.weights.len()];
        let mut rounded = vec![0.0; unit.weights.len()];
        match self.to {
            Half::F16 => {
                floats::to_fp16(&unit.weights, overflow, &mut halves);
                floats::from_fp16(&halves, &mut rounded);
            }
            Half::Bf16 => {
                floats::to_bf16(&unit.weights, overflow, &mut halves);
                floats::from_bf16(&halves, &mut rounded);
            }
        }
        if self.overflow == Overflow::Error {
            finite(&rounded).map_err(|_| unsuitable(format!("a weight is beyond the range of {:?}", self.to)))?;
        }
        unit.weights = rounded;
        unit.outcome = Outcome::Values;
        Ok(())
    }
}

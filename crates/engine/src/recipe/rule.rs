//! One rule: which tensors, and what is done to them.

use super::join;
use crate::EngineError;
use crate::fault::invalid;
use std::rc::Rc;
use tensorpress_formats::Dtype;
use tensorpress_json::{FromJson, Json, Problem, ToJson, shown};
use tensorpress_transforms::{Fault, Open, Step};
use wildmatch::WildMatch;

tensorpress_json::fields! {
    /// What is done to the tensors that match.
    #[derive(Debug, Clone, PartialEq)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields, rename_all = "camelCase"))]
    pub struct Rule {
        /// Which tensors; all where it is absent.
        #[cfg_attr(feature = "typescript", ts(as = "Option<Match>"))]
        #[cfg_attr(feature = "typescript", ts(rename = "match"))]
        pub matches("match"): Match => written,
        /// The steps, in order; none: stored exactly.
        pub chain: Rc<Vec<Step>> => required,
        /// How much an error counts in these tensors against one in others, 1 where it is absent: with 4 the step that the
        /// planner chooses is half as wide here.
        pub weight: Option<f32>,
        /// Whether `weight` is a tensor's rather than each of its weights', false where it is absent: with relative steps an
        /// error of a thousandth counts alike in every tensor, however many weights share it. What a network loses is
        /// nearly the sum of its layers' relative errors (Malinovskii et al., "Pushing the Limits of Large Language Model
        /// Quantization via the Linearity Theorem", 2024).
        pub per_tensor("perTensor"): Option<bool>,
    }
}

tensorpress_json::fields! {
    /// Which tensors a rule is for. Everything that is given must hold.
    #[derive(Debug, Clone, PartialEq)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields, rename_all = "camelCase"))]
    pub struct Match {
        /// Pattern of the name: `*` stands for any characters, `?` for one.
        pub name: Option<String>,
        /// Element types.
        pub dtype: Option<Vec<Dtype>>,
        /// Number of dimensions.
        pub rank: Option<Rank>,
        /// Least number of weights.
        pub min_size("minSize"): Option<u64>,
        /// Pattern of the path of the file that declares the tensor.
        pub file: Option<String>,
    }
}

/// A number of dimensions, or a range of them with both ends.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(untagged))]
pub enum Rank {
    /// Exactly this many.
    Exactly(usize),
    /// Any number of a range.
    Between(#[cfg_attr(feature = "typescript", ts(inline))] Range),
}

tensorpress_json::fields! {
    /// Numbers with both ends.
    #[derive(Debug, Clone, PartialEq)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
    pub struct Range {
        /// Least; 0 where it is absent.
        pub min: Option<usize>,
        /// Most; no limit where it is absent.
        pub max: Option<usize>,
    }
}

impl FromJson for Rank {
    fn from_json(json: &Json) -> Result<Self, Problem> {
        let rank = match json {
            Json::Object(_) => Range::from_json(json).map(Rank::Between),
            _ => usize::from_json(json).map(Rank::Exactly),
        };
        rank.map_err(|_| Problem::new("expected a number or { min, max }".to_owned()))
    }
}

impl ToJson for Rank {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Rank::Exactly(rank) => rank.write(out),
            Rank::Between(range) => range.write(out),
        }
    }
}

/// Weights of the tensor that counts the same with `perTensor` and without.
const TENSOR_WEIGHTS: f32 = 1_048_576.0;

impl Rule {
    /// How much an error counts in a tensor of so many weights.
    pub(super) fn weight_in(&self, weights: u64) -> f32 {
        let weight = self.weight.unwrap_or(1.0);
        if self.per_tensor == Some(true) {
            weight * TENSOR_WEIGHTS / weights.max(1) as f32
        } else {
            weight
        }
    }

    /// Refuses impossible values; `path` is the rule's own.
    pub(super) fn check(&self, path: &str) -> Result<(), EngineError> {
        if let Some(Rank::Between(Range {
            min: Some(min),
            max: Some(max),
        })) = self.matches.rank
            && min > max
        {
            return Err(invalid(
                &format!("{path}.match.rank"),
                format!("found {min} to {max}, expected min up to max"),
            ));
        }
        if let Some(weight) = self.weight.filter(|weight| !(*weight >= 1e-6 && *weight <= 1e6)) {
            let detail = format!("found {}, expected 0.000001 to 1000000", shown(weight));
            return Err(invalid(&format!("{path}.weight"), detail));
        }
        let mut together = self.chain.iter().enumerate();
        let mut together = together.by_ref().filter(|(_, step)| step.open() == Open::Together);
        if let (Some((first, _)), Some((second, _))) = (together.next(), together.next()) {
            let detail = format!("settled for all tensors of the rule, as chain[{first}] is: expected one such step");
            return Err(invalid(&format!("{path}.chain[{second}]"), detail));
        }
        for (index, step) in self.chain.iter().enumerate() {
            step.check().map_err(|error| match error.fault() {
                Fault::Parameter { field, detail } => {
                    invalid(&join(&format!("{path}.chain[{index}]"), field), detail.as_str())
                }
                Fault::Unsuitable { detail } => invalid(&format!("{path}.chain[{index}]"), detail.as_str()),
            })?;
        }
        Ok(())
    }
}

impl Match {
    /// Whether a tensor is meant.
    pub(super) fn holds(&self, name: &str, file: &str, dtype: Dtype, shape: &[u64], weights: u64) -> bool {
        let pattern = |pattern: &Option<String>, text: &str| {
            pattern
                .as_ref()
                .is_none_or(|pattern| WildMatch::new(pattern).matches(text))
        };
        let rank = match self.rank {
            None => true,
            Some(Rank::Exactly(rank)) => shape.len() == rank,
            Some(Rank::Between(Range { min, max })) => {
                min.is_none_or(|min| shape.len() >= min) && max.is_none_or(|max| shape.len() <= max)
            }
        };
        rank && pattern(&self.name, name)
            && pattern(&self.file, file)
            && self.dtype.as_ref().is_none_or(|list| list.contains(&dtype))
            && self.min_size.is_none_or(|least| weights >= least)
    }

    /// Whether the rule picks tensors by their names.
    pub(super) fn names(&self) -> bool {
        self.name.as_ref().is_some_and(|name| name.contains(|c| c != '*'))
    }
}

//! One rule: which tensors, and what is done to them.

use super::join;
use crate::EngineError;
use crate::fault::invalid;
use serde::{Deserialize, Serialize};
use tensorpress_formats::Dtype;
use tensorpress_json::shown;
use tensorpress_transforms::{Fault, Open, Step};
use wildmatch::WildMatch;

/// What is done to the tensors that match.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Rule {
    /// Which tensors; all where it is absent.
    #[serde(default, rename = "match")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<Match>"))]
    pub matches: Match,
    /// The steps, in order; none: stored exactly.
    pub chain: Vec<Step>,
    /// How much an error counts in these tensors against one in others, 1 where it is absent: with 4 the step that the
    /// planner chooses is half as wide here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<f32>,
}

/// Which tensors a rule is for. Everything that is given must hold.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Match {
    /// Pattern of the name: `*` stands for any characters, `?` for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Element types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dtype: Option<Vec<Dtype>>,
    /// Number of dimensions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank: Option<Rank>,
    /// Least number of weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_size: Option<u64>,
    /// Pattern of the path of the file that declares the tensor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// A number of dimensions, or a range of them with both ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
#[serde(untagged, deny_unknown_fields, expecting = "expected a number or { min, max }")]
pub enum Rank {
    /// Exactly this many.
    Exactly(usize),
    /// Any number from `min` to `max`.
    Between {
        /// Least; 0 where it is absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<usize>,
        /// Most; no limit where it is absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<usize>,
    },
}

impl Rule {
    /// Refuses impossible values; `path` is the rule's own.
    pub(super) fn check(&self, path: &str) -> Result<(), EngineError> {
        if let Some(Rank::Between {
            min: Some(min),
            max: Some(max),
        }) = self.matches.rank
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
            Some(Rank::Between { min, max }) => {
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

//! Which rule a tensor has, and what stays exact although a rule matches.

use super::{Recipe, Slices, channel_axis, holds};
use crate::codec::Layout;
use std::rc::Rc;
use tensorpress_formats::{Dtype, Encoding};
use tensorpress_json::to_text;
use tensorpress_transforms::{Open, Step};

/// Tensors of fewer weights stay exact unless a rule names them: there is next to nothing to gain.
const FEW_WEIGHTS: u64 = 1024;

/// What is known about a tensor.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Its name.
    pub name: &'a str,
    /// The path of the file that declares it.
    pub file: &'a str,
    /// That file's format.
    pub format: &'a str,
    /// Its element type.
    pub dtype: Dtype,
    /// How its elements lie.
    pub encoding: Encoding,
    /// Its shape.
    pub shape: &'a [u64],
    /// The axis of its output channels, where the reader found it.
    pub axis: Option<usize>,
    /// Number of its bytes.
    pub len: u64,
}

/// What is done to a tensor.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The rule, or why there is none, for the report.
    pub reason: String,
    /// The steps; none: stored exactly.
    pub chain: Rc<Vec<Step>>,
    /// The same as JSON: what is done to two tensors is the same where this is.
    pub text: Rc<str>,
    /// The number of its rule, where that has a step which is settled for all its tensors together.
    pub group: Option<usize>,
    /// How much its errors count.
    pub weight: f32,
    /// How it divides into units.
    pub slices: Slices,
}

impl Choice {
    /// Stored as it is.
    pub fn exact(reason: impl Into<String>) -> Self {
        Choice {
            reason: reason.into(),
            chain: Rc::default(),
            text: Rc::default(),
            group: None,
            weight: 1.0,
            slices: Slices::new(&[], 0, 1, false),
        }
    }

    /// Whether its weights are changed.
    pub fn is_lossy(&self) -> bool {
        !self.chain.is_empty()
    }
}

/// Chooses for all tensors.
pub fn choose<'a>(recipe: &Recipe, tensors: impl Iterator<Item = Facts<'a>>) -> Vec<Choice> {
    let rules = recipe.all_rules();
    let texts: Vec<Rc<str>> = rules.iter().map(|(_, _, rule)| to_text(&rule.chain).into()).collect();
    let of = |facts: Facts| {
        let weights = facts
            .shape
            .iter()
            .try_fold(1u64, |product, &size| product.checked_mul(size));
        let Some((weights, width)) = weights.zip(width_of(facts.dtype, facts.encoding)) else {
            return Choice::exact("no plain floats");
        };
        if weights.checked_mul(width as u64) != Some(facts.len) {
            return Choice::exact("its bytes are not those of its shape");
        }
        if facts.format == "npz" {
            return Choice::exact("in a zip file, whose checksums NumPy checks");
        }
        let rule = rules.iter().enumerate().find(|(_, (_, _, rule))| {
            rule.matches
                .holds(facts.name, facts.file, facts.dtype, facts.shape, weights)
        });
        let Some((number, (name, own, rule))) = rule else {
            return Choice::exact("no rule matches");
        };
        if rule.chain.is_empty() {
            return Choice::exact(name.clone());
        }
        if !(*own && rule.matches.names())
            && let Some(why) = guarded(facts, weights)
        {
            return Choice::exact(format!("{why}, and {name} does not name it"));
        }
        let axis = channel_axis(facts.format, facts.name, facts.shape, facts.axis);
        let whole = rule.chain.iter().any(Step::whole);
        Choice {
            reason: name.clone(),
            chain: Rc::clone(&rule.chain),
            text: Rc::clone(&texts[number]),
            group: rule
                .chain
                .iter()
                .any(|step| step.open() == Open::Together)
                .then_some(number),
            weight: rule.weight_in(weights),
            slices: Slices::new(facts.shape, axis, width, whole),
        }
    };
    tensors.map(of).collect()
}

/// Bytes of an element, where its type can be approximated.
fn width_of(dtype: Dtype, encoding: Encoding) -> Option<usize> {
    let layout = match (encoding, dtype) {
        (Encoding::Plain, Dtype::F64) => Layout::F64,
        (Encoding::Plain, Dtype::F32) => Layout::F32,
        (Encoding::Plain, Dtype::F16) => Layout::F16,
        (Encoding::Plain, Dtype::Bf16) => Layout::Bf16,
        _ => return None,
    };
    Some(layout.width())
}

/// Why a tensor is exact unless it is named.
fn guarded(facts: Facts, weights: u64) -> Option<&'static str> {
    if facts.shape.iter().filter(|&&size| size > 1).count() < 2 {
        return Some("a vector");
    }
    if weights < FEW_WEIGHTS {
        return Some("fewer than 1024 weights");
    }
    let last = facts.name.rsplit(['.', '/']).next().unwrap_or_default();
    (holds(last, "bias") || holds(last, "norm")).then_some("a bias or norm by its name")
}

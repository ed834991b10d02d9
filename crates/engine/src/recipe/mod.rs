//! What a caller wants done to the weights: rules, of which the first that matches a tensor says its chain, and a
//! budget. Presets are recipes, too.

mod axis;
mod choice;
mod preset;
mod rule;
mod slices;

pub use axis::channel_axis;
pub use choice::{Choice, Facts, choose};
pub use preset::Preset;
pub use rule::{Match, Range, Rank, Rule};
pub use slices::Slices;

use crate::EngineError;
use crate::fault::invalid;
use tensorpress_json::{Problem, shown};
use tensorpress_transforms::Open;

/// The most rules of a recipe.
const MAX_RULES: usize = 10_000;

tensorpress_json::fields! {
    /// A recipe as JSON has it: `{"preset":"balanced","rules":[{"match":{"name":"*.head.*"},"chain":[]}],"targetBytes":20000000}`.
    ///
    /// At most one of `targetBytes`, `bitsPerWeight`, `sqnr` and `tensorSqnr` may be given, own ones before a preset's.
    #[derive(Debug, Clone, PartialEq)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields, rename_all = "camelCase"))]
    pub struct Recipe {
        /// A recipe whose rules follow the ones here, and whose quality is sought where no budget is given.
        pub preset: Option<Preset>,
        /// The first that matches a tensor counts; where none does the tensor is stored exactly.
        #[cfg_attr(feature = "typescript", ts(as = "Option<Vec<Rule>>"))]
        pub rules: Vec<Rule>,
        /// Bytes of the whole archive: at most this, at least 98% of it.
        pub target_bytes("targetBytes"): Option<u64>,
        /// Bits that a weight of the approximated tensors takes on average, all bytes of their entries counted.
        pub bits_per_weight("bitsPerWeight"): Option<f64>,
        /// Signal-to-noise ratio of all approximated weights together, in decibels.
        pub sqnr: Option<f64>,
        /// The same in the mean over tensors, each of which counts alike, however large.
        pub tensor_sqnr("tensorSqnr"): Option<f64>,
        /// Largest error of any weight; a block that cannot keep it is stored exactly.
        pub max_error("maxError"): Option<f64>,
    }
}

/// What the planner aims at by choosing the step of the whole model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    /// Bytes of the archive.
    Bytes(u64),
    /// Bits a weight.
    Bits(f64),
    /// Signal-to-noise ratio in decibels.
    Sqnr(f64),
    /// Signal-to-noise ratio in decibels, of the mean of the tensors' relative errors.
    TensorSqnr(f64),
}

impl Recipe {
    /// Reads the JSON form; refuses unknown members and impossible values by their path.
    pub fn from_json(text: &str) -> Result<Self, EngineError> {
        let recipe: Recipe = tensorpress_json::from_text(text)
            .map_err(Problem::into_parts)
            .map_err(|problem| invalid(&join("recipe", &problem.path), problem.detail))?;
        recipe.check()?;
        Ok(recipe)
    }

    /// Refuses impossible values by their path.
    pub fn check(&self) -> Result<(), EngineError> {
        if self.rules.len() > MAX_RULES {
            return Err(invalid(
                "recipe.rules",
                format!("{} rules, at most {MAX_RULES}", self.rules.len()),
            ));
        }
        for (index, rule) in self.rules.iter().enumerate() {
            rule.check(&format!("recipe.rules[{index}]"))?;
        }
        let given = [
            ("targetBytes", self.target_bytes.is_some()),
            ("bitsPerWeight", self.bits_per_weight.is_some()),
            ("sqnr", self.sqnr.is_some()),
            ("tensorSqnr", self.tensor_sqnr.is_some()),
        ];
        let given: Vec<&str> = given
            .iter()
            .filter(|(_, there)| *there)
            .map(|(name, _)| *name)
            .collect();
        if let [_, second, ..] = given[..] {
            let detail = format!("found with {}, expected one budget", given[0]);
            return Err(invalid(&format!("recipe.{second}"), detail));
        }
        range("recipe.bitsPerWeight", self.bits_per_weight, 0.01, 32.0)?;
        range("recipe.sqnr", self.sqnr, 0.0, 140.0)?;
        range("recipe.tensorSqnr", self.tensor_sqnr, 0.0, 140.0)?;
        range("recipe.maxError", self.max_error, 0.0, f64::MAX)?;
        if self.target_bytes == Some(0) {
            return Err(invalid("recipe.targetBytes", "0, expected at least 1"));
        }
        Ok(())
    }

    /// Own rules, then the preset's, with what a report calls them; whether they may name small tensors.
    pub(crate) fn all_rules(&self) -> Vec<(String, bool, Rule)> {
        let own = self.rules.iter().enumerate();
        let mut rules: Vec<_> = own
            .map(|(index, rule)| (format!("rules[{index}]"), true, rule.clone()))
            .collect();
        // A budget alone says how much is to be lost, but not how.
        let budget = self.target().is_some() || self.max_error.is_some();
        let usual = (budget && self.rules.is_empty()).then_some(Preset::Balanced);
        if let Some(preset) = self.preset.or(usual) {
            let theirs = preset.recipe().rules.into_iter().enumerate();
            rules.extend(theirs.map(|(index, rule)| (format!("{}.rules[{index}]", preset.name()), false, rule)));
        }
        rules
    }

    /// What is aimed at, where it is given.
    pub fn target(&self) -> Option<Target> {
        let own = self.target_bytes.map(Target::Bytes);
        let own = own
            .or(self.bits_per_weight.map(Target::Bits))
            .or(self.sqnr.map(Target::Sqnr))
            .or(self.tensor_sqnr.map(Target::TensorSqnr));
        own.or_else(|| self.preset.and_then(|preset| preset.recipe().target()))
    }

    /// Refuses a budget that no rule can meet, and a rule that needs one where there is none.
    pub(crate) fn check_budget(&self) -> Result<(), EngineError> {
        let rules = self.all_rules();
        let open = rules.iter().find_map(|(name, _, rule)| {
            let step = rule
                .chain
                .iter()
                .position(|step| matches!(step.open(), Open::Step { .. }))?;
            Some(format!("{name}.chain[{step}]"))
        });
        let shares = rules.iter().flat_map(|(name, _, rule)| {
            rule.chain
                .iter()
                .enumerate()
                .filter_map(move |(index, step)| match step.open() {
                    Open::Threshold { sparsity } => Some((format!("{name}.chain[{index}]"), sparsity)),
                    _ => None,
                })
        });
        let shares: Vec<(String, f32)> = shares.collect();
        if let Some((path, share)) = shares.iter().find(|(_, share)| *share != shares[0].1) {
            let detail = format!(
                "found {}, but {} has {}: there is one global sparsity",
                shown(*share),
                shares[0].0,
                shown(shares[0].1)
            );
            return Err(invalid(&format!("recipe.{path}.prune.sparsity"), detail));
        }
        match (open, self.target(), self.max_error) {
            (Some(path), None, None) => Err(invalid(
                &format!("recipe.{path}"),
                "needs a step of its own, or a budget: targetBytes, bitsPerWeight, sqnr, tensorSqnr or maxError",
            )),
            (None, Some(_), _) if self.preset != Some(Preset::Lossless) => Err(invalid(
                "recipe",
                "a budget (targetBytes, bitsPerWeight, sqnr or tensorSqnr), but no rule whose step is left to the planner, such as \
                 {\"rate\":{}}, or a preset that has one",
            )),
            (None, Some(_), _) => Err(invalid(
                "recipe.preset",
                "lossless, which leaves nothing for a budget to choose",
            )),
            _ => Ok(()),
        }
    }
}

fn range(path: &str, value: Option<f64>, min: f64, max: f64) -> Result<(), EngineError> {
    match value.filter(|value| !(*value >= min && *value <= max)) {
        Some(value) => Err(invalid(
            path,
            format!("found {}, expected {} to {}", shown(value), shown(min), shown(max)),
        )),
        None => Ok(()),
    }
}

/// Whether a name holds a word. Names are short: the standard library's search, made for long text, is ten times the code.
fn holds(name: &str, word: &str) -> bool {
    name.as_bytes()
        .windows(word.len())
        .any(|window| window == word.as_bytes())
}

/// A path below another.
pub(crate) fn join(parent: &str, path: &str) -> String {
    match path {
        "" => parent.to_owned(),
        path if path.starts_with('[') => format!("{parent}{path}"),
        path => format!("{parent}.{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Recipe::from_json(text).unwrap_err().to_string()
    }

    #[test]
    fn errors_name_the_path() {
        for (text, parts) in [
            (r#"{"rulez":[]}"#, "recipe.rulez: unknown field"),
            (r#"{"preset":"tiny"}"#, "recipe.preset: unknown variant"),
            (
                r#"{"rules":[{"chain":[]},{"match":{"nam":"*"},"chain":[]}]}"#,
                "recipe.rules[1].match.nam: unknown field",
            ),
            (
                r#"{"rules":[{"chain":[{"clip":{"min":0,"maxx":1}}]}]}"#,
                "recipe.rules[0].chain[0].clip.maxx: unknown field",
            ),
            (
                r#"{"rules":[{"chain":[{"clip":{"min":2,"max":1}}]}]}"#,
                "recipe.rules[0].chain[0].clip.min: 2 to 1",
            ),
            (
                r#"{"rules":[{"chain":[],"weight":0}]}"#,
                "recipe.rules[0].weight: found 0",
            ),
            (
                r#"{"rules":[{"match":{"rank":{"min":3,"max":1}},"chain":[]}]}"#,
                "recipe.rules[0].match.rank",
            ),
            (
                r#"{"rules":[{"match":{"rank":"two"},"chain":[]}]}"#,
                "recipe.rules[0].match.rank",
            ),
            (r#"{"targetBytes":5,"sqnr":20}"#, "recipe.sqnr: found with targetBytes"),
            (r#"{"bitsPerWeight":64}"#, "recipe.bitsPerWeight: found 64"),
            (r#"{"targetBytes":0}"#, "recipe.targetBytes: 0"),
            (r#"{} {}"#, "recipe: trailing characters"),
            (r#"[1]"#, "recipe"),
        ] {
            let message = refused(text);
            assert!(message.contains(parts), "{text}: {message}");
        }
    }

    #[test]
    fn a_budget_alone_has_the_usual_rules() {
        for budget in [r#"{"targetBytes":100}"#, r#"{"maxError":0.1}"#] {
            let recipe = Recipe::from_json(budget).unwrap();
            recipe.check_budget().unwrap();
            assert_eq!(recipe.all_rules()[0].0, "balanced.rules[0]");
        }
        assert!(Recipe::default().all_rules().is_empty());
    }

    #[test]
    fn a_budget_needs_something_to_choose() {
        let clip = r#"{"rules":[{"chain":[{"clip":{"min":-1,"max":1}}]}],"targetBytes":100}"#;
        assert!(Recipe::from_json(clip).unwrap().check_budget().is_err());
        let lossless = r#"{"preset":"lossless","targetBytes":100}"#;
        assert!(Recipe::from_json(lossless).unwrap().check_budget().is_err());
        assert!(Recipe::from_json("{}").unwrap().check_budget().is_ok());
    }
}

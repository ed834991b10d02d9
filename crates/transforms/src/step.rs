//! The steps of a chain: their registration, the only place that lists them all.

use crate::error::unsuitable;
use crate::{Survey, Tally, TransformError, Unit};
use tensorpress_json::{
    Fields, FromJson, Json, Problem, ToJson, form, from_text, read_fields, to_text, write_fields, write_form,
};

/// One way to change weights. Its fields are the parameters that a recipe gives, as `tensorpress_json::fields!` reads and
/// writes them, and part of the package's TypeScript types: a step derives `ts_rs::TS` as [`crate::clip::Clip`] does.
pub trait Transform: Fields {
    /// Refuses parameters that make no sense, whatever the weights.
    fn check(&self) -> Result<(), TransformError>;

    /// Changes the weights, their outcome, or both. A unit may be empty, scalar, constant or all zero.
    fn apply(&self, unit: &mut Unit) -> Result<(), TransformError>;

    /// The same for a step that wants to know what follows it in the chain, such as which quantizer.
    fn apply_before(&self, unit: &mut Unit, _rest: &[Step]) -> Result<(), TransformError> {
        self.apply(unit)
    }

    /// What the planner is to find out before the step can be applied.
    fn open(&self) -> Open {
        Open::Nothing
    }

    /// What the planner must know of a unit to settle a step that says [`Open::Together`]; nothing where the unit has no
    /// say in it.
    fn survey(&self, _unit: &Unit) -> Option<Tally> {
        None
    }

    /// Replaces what a step that says [`Open::Together`] leaves open, by what is known of all units. `before` are the
    /// steps in front of it.
    fn settle(&mut self, _before: &[Step], _survey: &Survey) {}

    /// Whether the step works better the more of a tensor it sees. Then units are as large as a block may be, else
    /// large tensors come in smaller ones, which workers share.
    fn whole(&self) -> bool {
        false
    }
}

/// What a step leaves to the planner, who knows the whole model and the caller's budget.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Open {
    /// Nothing: its parameters say it all.
    Nothing,
    /// [`crate::Context::step`].
    Step {
        /// Whether it is a share of the weights' root mean square.
        relative: bool,
    },
    /// What [`Transform::settle`] finds for all tensors of a rule together.
    Together,
    /// [`crate::Context::threshold`], such that this share of all weights of the model whose chains have such a step
    /// is below it.
    Threshold {
        /// Between 0 and 1.
        sparsity: f32,
    },
}

macro_rules! steps {
    ($($(#[$doc:meta])* $name:ident($module:ident)),+ $(,)?) => {
        /// A step as recipes write it: `{"clip":{"min":-1,"max":1}}`.
        #[derive(Debug, Clone, PartialEq)]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
        #[cfg_attr(feature = "typescript", ts(rename = "RecipeStep", rename_all = "camelCase"))]
        pub enum Step {
            $($(#[$doc])* $name(crate::$module::$name)),+
        }

        impl Step {
            const NAMES: &[&str] = &[$(stringify!($module)),+];

            /// The step whose name has this number, with the parameters that it has unless a recipe gives others.
            fn usual(index: usize) -> Self {
                let all = [$(|| Step::$name(Default::default())),+];
                all[index]()
            }

            /// The step's name in recipes and reports.
            pub fn name(&self) -> &'static str {
                match self { $(Step::$name(_) => stringify!($module)),+ }
            }

            fn transform(&self) -> &dyn Transform {
                match self { $(Step::$name(step) => step),+ }
            }

            fn transform_mut(&mut self) -> &mut dyn Transform {
                match self { $(Step::$name(step) => step),+ }
            }
        }
    };
}

steps! {
    /// Limits weights to a range.
    Clip(clip),
    /// Sets weights to zero.
    Prune(prune),
    /// Lets weights share few values.
    Cluster(cluster),
    /// Two values a channel.
    Binarize(binarize),
    /// Three values a channel.
    Ternarize(ternarize),
    /// A product of two thin matrices.
    Factorize(factorize),
    /// Evenly spaced levels of few bits.
    Quantize(quantize),
    /// The 16 levels of NF4.
    Nf4(nf4),
    /// Floats of 4 bits, as MXFP4 and NVFP4 have them.
    Fp4(fp4),
    /// Floats of 8 bits.
    Fp8(fp8),
    /// Half precision.
    Float(float),
    /// Quantizes for the coder.
    Rate(rate),
}

impl FromJson for Step {
    fn from_json(json: &Json) -> Result<Self, Problem> {
        let (index, parameters) = form(json, Step::NAMES)?;
        let mut step = Step::usual(index);
        read_fields(step.transform_mut(), parameters).map_err(|problem| problem.in_member(Step::NAMES[index]))?;
        Ok(step)
    }
}

impl ToJson for Step {
    fn write(&self, out: &mut Vec<u8>) {
        write_form(self.name(), |out| write_fields(self.transform(), out), out);
    }
}

impl Step {
    /// Refuses parameters that make no sense, whatever the weights.
    pub fn check(&self) -> Result<(), TransformError> {
        self.transform().check()
    }

    /// What the planner is to find out first.
    pub fn open(&self) -> Open {
        self.transform().open()
    }

    /// Whether units should be as large as they can be.
    pub fn whole(&self) -> bool {
        self.transform().whole()
    }

    /// Applies the step alone, as if nothing followed it.
    pub fn apply(&self, unit: &mut Unit) -> Result<(), TransformError> {
        self.transform().apply(unit)
    }
}

/// Applies the steps of a chain in their order; each may look at those behind it.
pub fn apply_chain(chain: &[Step], unit: &mut Unit) -> Result<(), TransformError> {
    let mut rest = chain;
    while let [step, behind @ ..] = rest {
        step.transform().apply_before(unit, behind)?;
        // No step is made for what one before it may leave of large weights.
        if !unit.weights.iter().all(|weight| weight.is_finite()) {
            return Err(unsuitable("a step makes infinite weights"));
        }
        rest = behind;
    }
    Ok(())
}

/// What a unit says about the step of a chain that is settled for all tensors of its rule, after the steps before that;
/// nothing where it has no say, or those steps do not suit it.
pub fn survey_chain(chain: &[Step], unit: &mut Unit) -> Option<Tally> {
    let place = chain.iter().position(|step| step.open() == Open::Together)?;
    apply_chain(&chain[..place], unit).ok()?;
    chain[place].transform().survey(unit)
}

/// The chain with that step settled.
pub fn settle_chain(chain: &[Step], survey: &Survey) -> Vec<Step> {
    // A copy by way of its text, which is there anyway: derived, the code of one is long.
    let mut chain: Vec<Step> = from_text(&to_text(chain)).unwrap_or_default();
    if let Some(place) = chain.iter().position(|step| step.open() == Open::Together) {
        let (before, rest) = chain.split_at_mut(place);
        rest[0].transform_mut().settle(before, survey);
    }
    chain
}

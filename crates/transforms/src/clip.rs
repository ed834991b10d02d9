//! Limits weights to a range.

use crate::error::parameter;
use crate::{Transform, TransformError, Unit};
use serde::{Deserialize, Serialize};

/// Weights below `min` become `min`, those above `max` become `max`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Clip {
    /// Lower end.
    pub min: f32,
    /// Upper end; not below `min`.
    pub max: f32,
}

impl Transform for Clip {
    fn check(&self) -> Result<(), TransformError> {
        if !self.min.is_finite() || !self.max.is_finite() || self.min > self.max {
            let detail = format!(
                "{} to {}, expected finite numbers in ascending order",
                self.min, self.max
            );
            return Err(parameter("clip.min", detail));
        }
        Ok(())
    }

    fn apply(&self, unit: &mut Unit) -> Result<(), TransformError> {
        for weight in &mut unit.weights {
            *weight = weight.clamp(self.min, self.max);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Geometry, Step};

    #[test]
    fn a_recipe_clips() {
        let step: Step = serde_json::from_str(r#"{"clip":{"min":-1,"max":0.5}}"#).unwrap();
        step.check().unwrap();
        let mut unit = Unit::new(vec![-3.0, 0.25, 0.75], Geometry::new(vec![3], 0));
        step.apply(&mut unit).unwrap();
        assert_eq!(unit.weights, [-1.0, 0.25, 0.5]);
        assert!(serde_json::from_str::<Step>(r#"{"clip":{"min":0,"max":1,"mid":2}}"#).is_err());
        let wrong = Clip {
            min: 1.0,
            max: f32::NAN,
        };
        assert!(wrong.check().is_err());
    }
}

//! Recipes that come with the package.

use super::Recipe;

/// A recipe by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub enum Preset {
    /// Nothing is changed.
    Lossless,
    /// 45 dB in the mean over tensors, about what 8-bit integers give, at the lowest rate.
    High,
    /// 27 dB, at the lowest rate: about an eighth of fp32.
    Balanced,
    /// 20 dB, for files that must be small.
    Small,
    /// Pruning, then shared weights, as Deep Compression has them, without its retraining.
    DeepCompression,
}

tensorpress_json::names!(Preset {
    Lossless: "lossless",
    High: "high",
    Balanced: "balanced",
    Small: "small",
    DeepCompression: "deepCompression",
});

impl Preset {
    /// Its rules and what it aims at.
    pub fn recipe(self) -> Recipe {
        let text = match self {
            Preset::Lossless => "{}",
            Preset::High => include_str!("presets/high.json"),
            Preset::Balanced => include_str!("presets/balanced.json"),
            Preset::Small => include_str!("presets/small.json"),
            Preset::DeepCompression => include_str!("presets/deep_compression.json"),
        };
        // They are part of the program, and a test reads them all.
        tensorpress_json::from_text(text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_valid_recipes() {
        for (preset, text) in [
            (Preset::High, include_str!("presets/high.json")),
            (Preset::Balanced, include_str!("presets/balanced.json")),
            (Preset::Small, include_str!("presets/small.json")),
            (Preset::DeepCompression, include_str!("presets/deep_compression.json")),
        ] {
            let recipe = Recipe::from_json(text).unwrap();
            recipe.check_budget().unwrap();
            assert_eq!(preset.recipe(), recipe);
            assert!(!recipe.rules.is_empty());
            assert_eq!(
                serde_json::json!(preset.name()).to_string(),
                tensorpress_json::to_text(&preset)
            );
        }
    }
}

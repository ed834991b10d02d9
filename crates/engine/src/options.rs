//! What a caller may choose.

use crate::EngineError;
use crate::codec::Effort;
use crate::fault::invalid;
use crate::recipe::{Recipe, join};

tensorpress_json::fields! {
    /// Options of compression.
    #[derive(Debug, Clone, PartialEq)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
    pub struct Options {
        /// How hard the encoder tries.
        pub effort: Effort => written,
        /// Files that no reader is to map, such as those whose map turned out to be wrong.
        pub opaque: Vec<Opaque> => written,
        /// What is done to the weights; nothing where it is absent.
        pub recipe: Option<Recipe>,
    }
}

tensorpress_json::fields! {
    /// A file that is to be stored as plain bytes.
    #[derive(Debug, Clone, PartialEq, Eq)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
    pub struct Opaque {
        /// Its index.
        pub file: usize => required,
        /// Why; it becomes the file's note.
        pub reason: String => required,
    }
}

impl Options {
    /// Reads the JSON form; unknown members and values are refused by name.
    pub fn from_json(text: &str) -> Result<Self, EngineError> {
        let options: Options = tensorpress_json::from_text(text).map_err(|problem| {
            let problem = problem.into_parts();
            // A recipe is known by its own name.
            let path = match problem.path.strip_prefix("recipe") {
                Some(_) => problem.path,
                None => join("options", &problem.path),
            };
            invalid(&path, problem.detail)
        })?;
        if let Some(recipe) = &options.recipe {
            recipe.check()?;
            recipe.check_budget()?;
        }
        Ok(options)
    }
}

//! Prints the TypeScript declarations of all types that cross between the engine and TypeScript, derived from the Rust
//! ones (`scripts/types.mjs` formats them and writes `ts/generated/engine.ts`).
//!
//! A new type that crosses needs `derive(ts_rs::TS)` behind the feature `typescript` of its crate, and a place among
//! the roots below unless another of them names it. Where it is read by a table, a test here holds that against it.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use tensorpress_engine::archive::DecodeJob;
use tensorpress_engine::group::EncodeGroup;
use tensorpress_engine::maps::Claim;
use tensorpress_engine::plan::Step;
use tensorpress_engine::schema::Plan;
use tensorpress_engine::view::ArchivePlan;
use tensorpress_engine::{Options, Report};
use tensorpress_formats::InputFile;
use ts_rs::{Config, TS, TypeVisitor};

/// Exported declarations by the names of their types, so that their order does not depend on who names whom.
struct Declarations {
    config: Config,
    found: BTreeMap<String, String>,
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // What is built in, such as numbers and arrays, has no place of its own, but what it is made of may have.
        if T::output_path().is_some() {
            let name = T::ident(&self.config);
            if self.found.contains_key(&name) {
                return;
            }
            let docs = T::docs().unwrap_or_default();
            let declaration = T::decl(&self.config);
            self.found.insert(name, format!("{docs}export {declaration}\n"));
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

fn declarations() -> String {
    let mut all = Declarations {
        // Lengths and offsets: JavaScript counts the bytes of files in numbers, too.
        config: Config::new().with_large_int("number"),
        found: BTreeMap::new(),
    };
    all.visit::<Options>();
    all.visit::<InputFile>();
    all.visit::<Step>();
    all.visit::<Plan>();
    all.visit::<Claim>();
    all.visit::<EncodeGroup>();
    all.visit::<Report>();
    all.visit::<ArchivePlan<'static>>();
    all.visit::<DecodeJob>();
    all.found.into_values().collect::<Vec<_>>().join("\n")
}

fn main() {
    print!("{}", declarations());
}

#[cfg(test)]
mod tests {
    use super::*;
    use tensorpress_engine::options::Opaque;
    use tensorpress_engine::recipe::{Match, Preset, Range, Recipe, Rule};
    use tensorpress_json::{Fields, FromJson, Json, ToJson, to_text};
    use tensorpress_transforms::{
        binarize, clip, cluster, factorize, float, fp4, fp8, nf4, prune, quantize, rate, ternarize,
    };

    /// The members of an object type, and whether each may be left out.
    fn members<T: TS>() -> Vec<(String, bool)> {
        let documented = T::inline(&Config::new());
        let plain = documented
            .split("/**")
            .map(|part| part.split_once("*/").map_or(part, |(_, plain)| plain));
        let text: String = plain.collect();
        let (mut depth, mut members, mut start) = (0, Vec::new(), 0);
        for (at, character) in text.char_indices() {
            match character {
                '{' | '[' | '(' | '<' => depth += 1,
                '}' | ']' | ')' | '>' => depth -= 1,
                ':' if depth == 1 => {
                    let name = text[start..at].trim_end_matches('?');
                    members.push((name.trim_matches('"').to_owned(), name.len() < at - start));
                }
                _ => {}
            }
            if !(character.is_alphanumeric() || matches!(character, '_' | '"' | '?')) {
                start = at + character.len_utf8();
            }
        }
        members
    }

    fn table_holds<T: TS + Fields + Default>() {
        let table = T::default().table();
        let types = members::<T>();
        let names: Vec<&str> = types.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(table.names, names);
        for ((name, optional), required) in types.iter().zip(table.required) {
            assert!(
                !(*optional && *required),
                "{name} must be there, but TypeScript does not say so"
            );
        }
    }

    #[test]
    fn members_are_those_that_typescript_has() {
        table_holds::<binarize::Binarize>();
        table_holds::<clip::Clip>();
        table_holds::<cluster::Cluster>();
        table_holds::<factorize::Factorize>();
        table_holds::<float::Float>();
        table_holds::<fp4::Fp4>();
        table_holds::<fp8::Fp8>();
        table_holds::<nf4::Nf4>();
        table_holds::<prune::Prune>();
        table_holds::<quantize::Quantize>();
        table_holds::<rate::Rate>();
        table_holds::<ternarize::Ternarize>();
        table_holds::<InputFile>();
        table_holds::<Match>();
        table_holds::<Opaque>();
        table_holds::<Options>();
        table_holds::<Range>();
        table_holds::<Recipe>();
        table_holds::<Rule>();
    }

    /// Each name that TypeScript knows is read, and written as it was.
    fn names_hold<T: TS + FromJson + ToJson>() {
        let text = T::inline(&Config::new());
        for name in text.split(" | ") {
            let name = name.trim_matches('"');
            let value = T::from_json(&Json::Text(name.into())).unwrap_or_else(|_| panic!("{name} is not read"));
            assert_eq!(to_text(&value), format!("\"{name}\""));
        }
    }

    #[test]
    fn names_are_those_that_typescript_has() {
        names_hold::<Preset>();
        names_hold::<cluster::Init>();
        names_hold::<cluster::Method>();
        names_hold::<factorize::FactorType>();
        names_hold::<float::Half>();
        names_hold::<float::Overflow>();
        names_hold::<fp4::Fp4Scale>();
        names_hold::<fp8::Fp8Format>();
        names_hold::<fp8::Fp8Per>();
        names_hold::<prune::By>();
        names_hold::<prune::Norm>();
        names_hold::<prune::Of>();
        names_hold::<quantize::ScaleMethod>();
        names_hold::<quantize::ScalePer>();
        names_hold::<quantize::ScaleType>();
        names_hold::<quantize::ZeroType>();
        names_hold::<ternarize::Keep>();
        names_hold::<tensorpress_transforms::Per>();
        names_hold::<tensorpress_engine::codec::Effort>();
        names_hold::<tensorpress_engine::codec::Layout>();
        names_hold::<tensorpress_formats::Dtype>();
    }
}

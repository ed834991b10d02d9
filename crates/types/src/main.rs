//! Prints the TypeScript declarations of all types that cross between the engine and TypeScript, derived from the Rust
//! ones (`scripts/types.mjs` formats them and writes `ts/generated/engine.ts`).
//!
//! A new type that crosses needs `derive(ts_rs::TS)` behind the feature `typescript` of its crate, and a place among
//! the roots below unless another of them names it.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use tensorpress_engine::archive::DecodeJob;
use tensorpress_engine::assemble::EncodeJob;
use tensorpress_engine::group::EncodePart;
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
    all.visit::<EncodeJob>();
    all.visit::<EncodePart>();
    all.visit::<Report>();
    all.visit::<ArchivePlan<'static>>();
    all.visit::<DecodeJob>();
    all.found.into_values().collect::<Vec<_>>().join("\n")
}

fn main() {
    print!("{}", declarations());
}

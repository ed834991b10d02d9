//! What is fuzzed, and what must hold for any input. A broken promise is a panic.
//!
//! The regression test of the engine compiles this file too, so a saved input is replayed by the
//! code that found it.

pub mod archive;
pub mod codec;
mod entropy;
mod readers;
pub mod recipe;

use crate::case::Case;
use tensorpress_formats::detect::FormatKind;

/// Something that is fuzzed.
pub struct Target {
    /// Its name, on the command line and of its folders.
    pub name: &'static str,
    /// What it starts from.
    pub seeds: Seeds,
    run: fn(&Case),
}

/// What a target starts from, besides its saved regressions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Seeds {
    /// The folder of its own name in `fuzz/seeds`.
    Files,
    /// What all targets with [`Seeds::Files`] start from.
    AllFiles,
    /// Archives of [`Seeds::AllFiles`].
    Archives,
    /// Coded planes.
    Planes,
    /// The bodies of coded planes of one kind.
    Bodies(u8),
    /// Payloads of grid blocks.
    Grids,
    /// Coded blocks.
    Blocks,
    /// What coded blocks hold.
    Contents,
    /// Recipes, each with weights.
    Recipes,
}

impl Target {
    /// Runs one input. Panics where a promise is broken.
    pub fn run(&self, case: &Case) {
        (self.run)(case);
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// The target of a name.
pub fn find(name: &str) -> Option<&'static Target> {
    ALL.iter().find(|target| target.name == name)
}

const fn target(name: &'static str, seeds: Seeds, run: fn(&Case)) -> Target {
    Target { name, seeds, run }
}

const fn reader(name: &'static str, run: fn(&Case)) -> Target {
    target(name, Seeds::Files, run)
}

/// All targets.
pub static ALL: [Target; 18] = [
    reader("safetensors", |case| {
        drop(readers::reader(FormatKind::Safetensors, case))
    }),
    reader("index", |case| {
        drop(readers::reader(FormatKind::SafetensorsIndex, case))
    }),
    reader("onnx", |case| drop(readers::reader(FormatKind::Onnx, case))),
    reader("gguf", |case| drop(readers::reader(FormatKind::Gguf, case))),
    reader("npy", |case| drop(readers::reader(FormatKind::Npy, case))),
    reader("npz", |case| drop(readers::reader(FormatKind::Npz, case))),
    reader("pytorch", |case| drop(readers::reader(FormatKind::Pytorch, case))),
    reader("tflite", |case| drop(readers::reader(FormatKind::Tflite, case))),
    reader("tfjs", |case| drop(readers::reader(FormatKind::Tfjs, case))),
    target("layout", Seeds::AllFiles, readers::whole_layout),
    target("plane", Seeds::Planes, entropy::plane),
    target("huffman", Seeds::Bodies(2), entropy::huffman),
    target("rans", Seeds::Bodies(4), entropy::rans),
    target("grid", Seeds::Grids, entropy::grid),
    target("block", Seeds::Blocks, codec::block),
    target("archive", Seeds::Archives, archive::archive),
    target("roundtrip", Seeds::Contents, codec::roundtrip),
    target("recipe", Seeds::Recipes, recipe::recipe),
];

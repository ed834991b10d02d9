//! What is fuzzed, and what must hold for any input. A broken promise is a panic.
//!
//! The regression test of the engine compiles this file too, so a saved input is replayed by the
//! code that found it.

pub mod archive;
pub mod codec;
mod entropy;
mod readers;

use crate::case::Case;
use tensorpress_formats::detect::FormatKind;

/// Names of all targets.
pub const ALL: [&str; 16] = [
    "safetensors",
    "index",
    "onnx",
    "gguf",
    "npy",
    "npz",
    "pytorch",
    "tflite",
    "tfjs",
    "layout",
    "plane",
    "huffman",
    "rans",
    "block",
    "archive",
    "roundtrip",
];

/// Runs one input. Panics where a promise is broken.
pub fn run(target: &str, case: &Case) {
    match target {
        "safetensors" => drop(readers::reader(FormatKind::Safetensors, case)),
        "index" => drop(readers::reader(FormatKind::SafetensorsIndex, case)),
        "onnx" => drop(readers::reader(FormatKind::Onnx, case)),
        "gguf" => drop(readers::reader(FormatKind::Gguf, case)),
        "npy" => drop(readers::reader(FormatKind::Npy, case)),
        "npz" => drop(readers::reader(FormatKind::Npz, case)),
        "pytorch" => drop(readers::reader(FormatKind::Pytorch, case)),
        "tflite" => drop(readers::reader(FormatKind::Tflite, case)),
        "tfjs" => drop(readers::reader(FormatKind::Tfjs, case)),
        "layout" => readers::whole_layout(case),
        "plane" => entropy::plane(case),
        "huffman" => entropy::huffman(case),
        "rans" => entropy::rans(case),
        "block" => codec::block(case),
        "archive" => archive::archive(case),
        "roundtrip" => codec::roundtrip(case),
        other => panic!("no target {other:?}"),
    }
}

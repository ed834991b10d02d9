//! Valid inputs to start from: saved ones for the readers, made here for the codecs.

use crate::case::Case;
use std::path::Path;

/// All seeds of a target, and its saved regressions.
pub fn load(target: &str) -> Result<Vec<Case>, String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut cases = Vec::new();
    // The layout is fed with every format.
    let readers = ["safetensors", "index", "onnx", "gguf", "npy", "npz", "pytorch", "tflite", "tfjs"];
    let folders = if target == "layout" { &readers[..] } else { &[target][..] };
    for folder in folders {
        saved(&here.join("seeds").join(folder), &mut cases)?;
    }
    saved(&here.join("../tests/regressions").join(target), &mut cases)?;
    Ok(cases)
}

/// Reads the saved inputs of a folder, in the order of their names; a missing folder has none.
fn saved(folder: &Path, cases: &mut Vec<Case>) -> Result<(), String> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(());
    };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let bytes = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        cases.push(Case::from_bytes(&bytes).ok_or(format!("{} is not a saved input", path.display()))?);
    }
    Ok(())
}

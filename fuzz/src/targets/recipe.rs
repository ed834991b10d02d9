//! Recipes, and what they do to weights.

use crate::case::Case;
use tensorpress_engine::recipe::Recipe;
use tensorpress_engine::{Options, compress, decompress};

/// Columns of the matrix that the second part of a case is, as fp32.
pub const COLUMNS: usize = 64;
/// Most weights: what a recipe may do is not fast.
const MAX_WEIGHTS: usize = 8192;

/// The matrix as a model file.
fn model(weights: &[u8]) -> Vec<u8> {
    let rows = (weights.len() / 4).min(MAX_WEIGHTS) / COLUMNS;
    let weights = &weights[..rows * COLUMNS * 4];
    let header = format!(
        r#"{{"w":{{"dtype":"F32","shape":[{rows},{COLUMNS}],"data_offsets":[0,{}]}}}}"#,
        weights.len()
    );
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), weights].concat()
}

/// A recipe is refused, or makes an archive that decodes to what the report says of it.
pub fn recipe(case: &Case) {
    let [(_, text), (_, weights), ..] = &case.files[..] else {
        return;
    };
    let Ok(recipe) = Recipe::from_json(&String::from_utf8_lossy(text)) else {
        return;
    };
    let most = recipe.max_error;
    let file = model(weights);
    let options = Options {
        recipe: Some(recipe),
        ..Options::default()
    };
    let Ok((archive, report)) = compress(&[("m.safetensors".to_owned(), file.clone())], &options) else {
        return;
    };
    let restored = match decompress(&archive) {
        Ok(restored) => restored.into_iter().next().expect("one file").1,
        Err(error) => panic!("an archive of a recipe is refused: {error}"),
    };
    assert_eq!(restored.len(), file.len());
    let quality = report.tensors.first().and_then(|tensor| tensor.quality.as_ref());
    let Some(quality) = quality else {
        assert!(restored == file, "weights changed without a word");
        return;
    };
    if let Some(most) = most {
        assert!(quality.max_error <= most, "{} instead of {most}", quality.max_error);
    }
    let data = file.len() - quality.raw as usize;
    let single = |bytes: &[u8]| f64::from(f32::from_le_bytes(bytes.try_into().expect("four bytes")));
    let pairs = file[data..].chunks(4).zip(restored[data..].chunks(4));
    // What is no number is exact, and has no error.
    let errors = pairs.map(|(a, b)| if a == b { 0.0 } else { (single(a) - single(b)).abs() });
    assert_eq!(errors.fold(0.0, f64::max), quality.max_error, "the report is wrong");
}

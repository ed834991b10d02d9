//! Products with quantized weights for JavaScript: thin bindings over `tensorpress_kernels::compute`, without logic.
//!
//! A module of its own, since programs that compute seldom compress in the same place: neither carries the other. A
//! matrix stays in WebAssembly memory, so a product copies the vector alone. An error is thrown as a JavaScript `Error`
//! whose message is JSON, `{"code","message"}`, as the engine's are.

mod dense;
mod packed;
mod sparse;

pub use dense::{Fp32Matrix, Int8Matrix};
pub use packed::{BinaryMatrix, Int4Matrix};
pub use sparse::SparseMatrix;

use tensorpress_kernels::compute::ShapeError;
use wasm_bindgen::JsError;

/// Wraps an error of the kernels.
fn thrown(error: ShapeError) -> JsError {
    message("invalid-option", &error.to_string())
}

/// `text` has nothing in it that JSON must escape.
fn message(code: &str, text: &str) -> JsError {
    JsError::new(&format!(r#"{{"code":"{code}","message":"{text}"}}"#))
}

/// Runs a kernel on a new output of `length` numbers. A matrix without columns may have any number of rows, so the
/// memory for them is asked for rather than taken.
fn output<T: Clone + Default>(
    length: usize,
    kernel: impl FnOnce(&mut [T]) -> Result<(), ShapeError>,
) -> Result<Vec<T>, JsError> {
    let mut out = Vec::new();
    if out.try_reserve_exact(length).is_err() {
        return Err(message("limit", &format!("outputs: no memory for {length} numbers")));
    }
    out.resize(length, T::default());
    kernel(&mut out).map_err(thrown)?;
    Ok(out)
}

/// That a slice has the length that `rows` asks for, said when a matrix is made rather than at its first product.
fn expect(what: &'static str, expected: Option<usize>, found: usize) -> Result<(), JsError> {
    if expected == Some(found) {
        return Ok(());
    }
    Err(thrown(ShapeError::Length { what, expected, found }))
}

//! Errors as JavaScript sees them: thrown by the engine; as numbers by the decoder, which has no more to say than which
//! of the five it is, and needs none of what passes JavaScript's objects through WebAssembly.

use alloc::vec::Vec;
use tensorpress_codec::EngineError;
#[cfg(feature = "encode")]
use tensorpress_json::{FromJson, ToJson, write_members};
#[cfg(feature = "encode")]
use wasm_bindgen::JsError;

/// The outcome of a function that gives nothing.
#[cfg(feature = "encode")]
pub type Done = Result<(), JsError>;
/// 0, or the number of the error: 1 for the first variant of [`EngineError`], and so on.
#[cfg(not(feature = "encode"))]
pub type Done = u8;

/// The outcome of a function that gives bytes.
#[cfg(feature = "encode")]
pub type Made = Result<Vec<u8>, JsError>;
/// Nothing where there is an error, of which there is but one kind.
#[cfg(not(feature = "encode"))]
pub type Made = Option<Vec<u8>>;

/// What JavaScript is told of `result`.
pub fn done(result: Result<(), EngineError>) -> Done {
    #[cfg(feature = "encode")]
    return result.map_err(thrown);
    #[cfg(not(feature = "encode"))]
    result.map_or_else(|error| error as u8 + 1, |()| 0)
}

/// What JavaScript is given of `result`.
pub fn made(result: Result<Vec<u8>, EngineError>) -> Made {
    #[cfg(feature = "encode")]
    return result.map_err(thrown);
    #[cfg(not(feature = "encode"))]
    result.ok()
}

/// Wraps an error of the engine.
#[cfg(feature = "encode")]
pub fn thrown(error: EngineError) -> JsError {
    message(error.code(), &error.to_string())
}

/// Reads a JSON argument.
#[cfg(feature = "encode")]
pub fn read_json<T: FromJson>(what: &str, json: &[u8]) -> Result<T, JsError> {
    tensorpress_json::from_bytes(json).map_err(|problem| message("invalid-option", &format!("{what}: {problem}")))
}

/// What the message of an error is to JavaScript, as JSON.
#[cfg(feature = "encode")]
struct Message<'a> {
    code: &'a str,
    message: &'a str,
}

#[cfg(feature = "encode")]
impl ToJson for Message<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        write_members(&[("code", &self.code), ("message", &self.message)], out);
    }
}

#[cfg(feature = "encode")]
fn message(code: &str, message: &str) -> JsError {
    JsError::new(&tensorpress_json::to_text(&Message { code, message }))
}

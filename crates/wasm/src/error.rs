//! Errors as JavaScript sees them.

use tensorpress_engine::EngineError;
use wasm_bindgen::JsError;

/// Wraps an error of the engine.
pub fn thrown(error: EngineError) -> JsError {
    message(error.code(), &error.to_string())
}

/// A JSON argument or result that serde refused.
#[cfg(feature = "encode")]
pub fn bad_json(what: &str, error: serde_json::Error) -> JsError {
    message("invalid-option", &format!("{what}: {error}"))
}

fn message(code: &str, message: &str) -> JsError {
    JsError::new(&serde_json::json!({ "code": code, "message": message }).to_string())
}

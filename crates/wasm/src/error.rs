//! Errors as JavaScript sees them.

#[cfg(not(feature = "encode"))]
use alloc::string::String;
use tensorpress_codec::EngineError;
use wasm_bindgen::JsError;

/// Wraps an error of the engine.
#[cfg(feature = "encode")]
pub fn thrown(error: EngineError) -> JsError {
    message(error.code(), &error.to_string())
}

/// Wraps an error of the decoder, which names the structure at fault.
#[cfg(not(feature = "encode"))]
pub fn thrown(error: EngineError) -> JsError {
    let (code, what) = (error.code(), error.what());
    let mut json = String::new();
    // None of the names needs an escape.
    for part in [r#"{"code":""#, code, r#"","message":""#, code, " ", what, r#""}"#] {
        json.push_str(part);
    }
    JsError::new(&json)
}

/// A JSON argument or result that serde refused.
#[cfg(feature = "encode")]
pub fn bad_json(what: &str, error: serde_json::Error) -> JsError {
    message("invalid-option", &format!("{what}: {error}"))
}

#[cfg(feature = "encode")]
fn message(code: &str, message: &str) -> JsError {
    JsError::new(&serde_json::json!({ "code": code, "message": message }).to_string())
}

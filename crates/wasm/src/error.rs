//! Errors as JavaScript sees them.

use tensorpress_codec::EngineError;
use wasm_bindgen::JsError;

/// Wraps an error of the engine.
#[cfg(feature = "encode")]
pub fn thrown(error: EngineError) -> JsError {
    message(error.code(), &error.to_string())
}

/// Wraps an error of the decoder, which has no more to say than its code.
#[cfg(not(feature = "encode"))]
pub fn thrown(error: EngineError) -> JsError {
    JsError::new(match error {
        EngineError::Corrupt => r#"{"code":"corrupt","message":"corrupt block or plan"}"#,
        EngineError::Truncated => r#"{"code":"truncated","message":"truncated block or job"}"#,
        EngineError::Unsupported => {
            r#"{"code":"unsupported","message":"block of a kind that this version does not know"}"#
        }
        EngineError::Limit => r#"{"code":"limit","message":"job or plan beyond the format's limit"}"#,
        EngineError::InvalidOption => r#"{"code":"invalid-option","message":"parameters that do not fit the job"}"#,
    })
}

/// Reads a JSON argument.
#[cfg(feature = "encode")]
pub fn read_json<T: serde::de::DeserializeOwned>(what: &str, text: &str) -> Result<T, JsError> {
    tensorpress_json::read(text.as_bytes()).map_err(|problem| message("invalid-option", &format!("{what}: {problem}")))
}

/// A JSON result that serde refused.
#[cfg(feature = "encode")]
pub fn bad_json(what: &str, error: serde_json::Error) -> JsError {
    message("invalid-option", &format!("{what}: {error}"))
}

#[cfg(feature = "encode")]
fn message(code: &str, message: &str) -> JsError {
    JsError::new(&serde_json::json!({ "code": code, "message": message }).to_string())
}

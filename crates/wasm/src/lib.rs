//! The engine for JavaScript: thin bindings, no logic. Numbers cross as JSON or `f64`, all below 2^53; bytes cross
//! as `Uint8Array` or, where there are many, through buffers in WebAssembly memory that the caller fills and reads.
//!
//! An error is thrown as a JavaScript `Error` whose message is JSON, `{"code","message"}`.

mod codec;
mod digest;
#[cfg(feature = "encode")]
mod encode;
mod error;
#[cfg(feature = "decode")]
mod head;

pub use codec::Codec;
pub use digest::Digest;
#[cfg(feature = "encode")]
pub use encode::{Compressor, Planner};
#[cfg(feature = "decode")]
pub use head::{hash64, inflate};

#[cfg(feature = "encode")]
use crate::error::bad_json;
#[cfg(feature = "encode")]
use tensorpress_engine::plan::Step;
#[cfg(feature = "encode")]
use wasm_bindgen::JsError;

/// `{"need":{…}}` or `"done"`.
#[cfg(feature = "encode")]
fn step_json(step: Step) -> Result<String, JsError> {
    serde_json::to_string(&step).map_err(|e| bad_json("poll", e))
}

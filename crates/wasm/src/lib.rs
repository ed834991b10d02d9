//! The engine for JavaScript: thin bindings, no logic. Numbers cross as JSON or `f64`, all below 2^53; bytes cross
//! as `Uint8Array` or, where there are many, through buffers in WebAssembly memory that the caller fills and reads.
//!
//! An error is thrown as a JavaScript `Error` whose message is JSON, `{"code","message"}`; the module that only decodes
//! gives numbers instead (`error.rs`).

#![cfg_attr(all(target_arch = "wasm32", not(feature = "encode")), no_std)]

#[macro_use]
extern crate alloc;

#[cfg(all(target_arch = "wasm32", not(feature = "encode")))]
mod bare;
mod codec;
mod digest;
#[cfg(feature = "encode")]
mod encode;
mod error;
mod head;

/// The memory of the whole engine, which holds many small things.
#[cfg(all(target_arch = "wasm32", feature = "encode"))]
#[global_allocator]
static MEMORY: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

pub use codec::Codec;
pub use digest::Digest;
#[cfg(feature = "encode")]
pub use encode::{Compressor, Planner};
pub use head::{hash64, inflate};

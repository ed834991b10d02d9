//! tensorpress wasm.

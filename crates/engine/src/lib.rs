//! tensorpress engine.

pub mod codec;
pub mod error;

pub use error::EngineError;

//! The short form.

/// What is dropped at once.
pub type Detail = &'static str;

/// Why the decoder refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineError {
    /// The bytes contradict the specification.
    Corrupt,
    /// Fewer bytes than a structure needs.
    Truncated,
    /// Well formed, but of a kind that this build does not know.
    Unsupported,
    /// A named limit is exceeded.
    Limit,
    /// The caller asked for something that does not exist.
    InvalidOption,
}

/// The archive contradicts the specification.
#[cold]
pub fn corrupt(_: &'static str, _: impl Into<Detail>) -> EngineError {
    EngineError::Corrupt
}

/// Well formed, but of a kind that this build does not know.
#[cold]
pub fn unsupported(_: impl Into<Detail>) -> EngineError {
    EngineError::Unsupported
}

/// Fewer bytes than needed.
#[cold]
pub fn truncated(_: &'static str, _: u64, _: u64) -> EngineError {
    EngineError::Truncated
}

/// A named limit is exceeded.
#[cold]
pub fn limit(_: &'static str, _: u64, _: u64) -> EngineError {
    EngineError::Limit
}

/// The caller asked for something that does not exist.
#[cold]
pub fn invalid(_: &'static str, _: impl Into<Detail>) -> EngineError {
    EngineError::InvalidOption
}

//! The short form.

/// What is dropped at once.
pub type Detail = &'static str;

/// Why the decoder refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineError {
    /// The bytes contradict the specification of a structure.
    Corrupt(&'static str),
    /// Fewer bytes than a structure needs.
    Truncated(&'static str),
    /// Well formed, but of a kind that this build does not know.
    Unsupported,
    /// A named limit is exceeded.
    Limit(&'static str),
    /// The caller asked for something that does not exist.
    InvalidOption(&'static str),
}

impl EngineError {
    /// The short name that crosses into other languages.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Corrupt(_) => "corrupt",
            Self::Truncated(_) => "truncated",
            Self::Unsupported => "unsupported",
            Self::Limit(_) => "limit",
            Self::InvalidOption(_) => "invalid-option",
        }
    }

    /// The structure, limit or option.
    pub fn what(&self) -> &'static str {
        match *self {
            Self::Corrupt(what) | Self::Truncated(what) | Self::Limit(what) | Self::InvalidOption(what) => what,
            Self::Unsupported => "kind of block",
        }
    }
}

/// The archive contradicts the specification in `what`.
#[cold]
pub fn corrupt(what: &'static str, _: impl Into<Detail>) -> EngineError {
    EngineError::Corrupt(what)
}

/// Well formed, but of a kind that this build does not know.
#[cold]
pub fn unsupported(_: impl Into<Detail>) -> EngineError {
    EngineError::Unsupported
}

/// Fewer bytes than needed.
#[cold]
pub fn truncated(what: &'static str, _: u64, _: u64) -> EngineError {
    EngineError::Truncated(what)
}

/// A named limit is exceeded.
#[cold]
pub fn limit(name: &'static str, _: u64, _: u64) -> EngineError {
    EngineError::Limit(name)
}

/// The caller asked for something that does not exist.
#[cold]
pub fn invalid(option: &'static str, _: impl Into<Detail>) -> EngineError {
    EngineError::InvalidOption(option)
}

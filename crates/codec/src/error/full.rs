//! The long form.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use thiserror::Error;

/// What was found and what was expected.
pub type Detail = String;

/// Why the engine refused. The fault is elsewhere, so that a result which may be one stays small.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(transparent)]
pub struct EngineError(Box<Fault>);

/// What is wrong. Every message says what was found and what was expected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// The bytes contradict the specification.
    #[error("corrupt {what}: {detail}")]
    Corrupt {
        /// The structure, such as `header` or `block`.
        what: String,
        /// What was found and what was expected.
        detail: String,
    },
    /// Fewer bytes than a structure needs.
    #[error("truncated {what}: needs {needed} bytes, found {found}")]
    Truncated {
        /// The structure.
        what: String,
        /// How many bytes it needs.
        needed: u64,
        /// How many there are.
        found: u64,
    },
    /// Well formed, but of a kind that this build does not know.
    #[error("unsupported: {what}")]
    Unsupported {
        /// What was asked for, and what is known.
        what: String,
    },
    /// A named limit is exceeded.
    #[error("limit {limit} of {max} exceeded: {found}")]
    Limit {
        /// Name of the constant.
        limit: &'static str,
        /// Its value.
        max: u64,
        /// What was asked for.
        found: u64,
    },
    /// The caller asked for something that does not exist.
    #[error("invalid option {option}: {detail}")]
    InvalidOption {
        /// The option, or the path to it.
        option: String,
        /// What was found and what was expected.
        detail: String,
    },
}

impl EngineError {
    /// The short name that crosses into other languages.
    pub fn code(&self) -> &'static str {
        match self.fault() {
            Fault::Corrupt { .. } => "corrupt",
            Fault::Truncated { .. } => "truncated",
            Fault::Unsupported { .. } => "unsupported",
            Fault::Limit { .. } => "limit",
            Fault::InvalidOption { .. } => "invalid-option",
        }
    }

    /// What is wrong.
    pub fn fault(&self) -> &Fault {
        &self.0
    }
}

impl From<Fault> for EngineError {
    #[cold]
    #[inline(never)]
    fn from(fault: Fault) -> Self {
        EngineError(Box::new(fault))
    }
}

/// The archive contradicts the specification in `what`.
#[cold]
#[inline(never)]
pub fn corrupt(what: &str, detail: impl Into<Detail>) -> EngineError {
    Fault::Corrupt {
        what: what.to_owned(),
        detail: detail.into(),
    }
    .into()
}

/// Well formed, but of a kind that this build does not know.
#[cold]
#[inline(never)]
pub fn unsupported(what: impl Into<Detail>) -> EngineError {
    Fault::Unsupported { what: what.into() }.into()
}

/// Fewer bytes than needed.
#[cold]
#[inline(never)]
pub fn truncated(what: &str, needed: u64, found: u64) -> EngineError {
    Fault::Truncated {
        what: what.to_owned(),
        needed,
        found,
    }
    .into()
}

/// A named limit is exceeded.
#[cold]
#[inline(never)]
pub fn limit(name: &'static str, max: u64, found: u64) -> EngineError {
    Fault::Limit {
        limit: name,
        max,
        found,
    }
    .into()
}

/// The caller asked for something that does not exist.
#[cold]
#[inline(never)]
pub fn invalid(option: &str, detail: impl Into<Detail>) -> EngineError {
    Fault::InvalidOption {
        option: option.to_owned(),
        detail: detail.into(),
    }
    .into()
}

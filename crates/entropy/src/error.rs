//! What can be wrong with coded bytes.

/// Coded bytes that cannot be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodingError {
    /// The input ends too early.
    #[error("coded plane is truncated: {needed} bytes needed, {found} found")]
    Truncated {
        /// Bytes that must follow.
        needed: usize,
        /// Bytes that do.
        found: usize,
    },
    /// The bytes are none that an encoder writes.
    #[error("coded plane is corrupt: {detail}")]
    Corrupt {
        /// What was found and what was expected.
        detail: &'static str,
    },
}

pub(crate) fn corrupt(detail: &'static str) -> CodingError {
    CodingError::Corrupt { detail }
}

//! What can be wrong with coded bytes.

/// Coded bytes that cannot be decoded.
#[cfg(feature = "std")]
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

/// Coded bytes that cannot be decoded, without what is wrong with them: decoders that are to be small drop that.
#[cfg(not(feature = "std"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodingError {
    /// The input ends too early.
    Truncated,
    /// The bytes are none that an encoder writes.
    Corrupt,
}

#[cfg(feature = "std")]
pub(crate) fn corrupt(detail: &'static str) -> CodingError {
    CodingError::Corrupt { detail }
}

#[cfg(not(feature = "std"))]
pub(crate) fn corrupt(_: &'static str) -> CodingError {
    CodingError::Corrupt
}

#[cfg(feature = "std")]
pub(crate) fn truncated(needed: usize, found: usize) -> CodingError {
    CodingError::Truncated { needed, found }
}

#[cfg(not(feature = "std"))]
pub(crate) fn truncated(_: usize, _: usize) -> CodingError {
    CodingError::Truncated
}

//! The one error type, in two sizes: an engine that also encodes says in numbers what was found and what was expected,
//! one that only decodes, which is to be small, has the codes alone, which are the same.

#[cfg(not(feature = "encode"))]
mod brief;
#[cfg(feature = "encode")]
mod full;

#[cfg(not(feature = "encode"))]
pub use brief::*;
#[cfg(feature = "encode")]
pub use full::*;

use tensorpress_entropy::CodingError;

/// The same of what is coded within `what`.
pub(crate) fn coding(what: &'static str, error: CodingError) -> EngineError {
    match error {
        #[cfg(feature = "encode")]
        CodingError::Truncated { needed, found } => truncated(what, needed as u64, found as u64),
        #[cfg(feature = "encode")]
        CodingError::Corrupt { detail } => corrupt(what, detail),
        #[cfg(not(feature = "encode"))]
        CodingError::Truncated => truncated(what, 0, 0),
        #[cfg(not(feature = "encode"))]
        CodingError::Corrupt => corrupt(what, ""),
    }
}

/// What was found and what was expected, formatted where errors say so.
macro_rules! detail {
    ($($format:tt)*) => {{
        #[cfg(feature = "encode")]
        let detail = format!($($format)*);
        #[cfg(not(feature = "encode"))]
        let detail = {
            // What is named counts as used.
            let _ = || _ = core::format_args!($($format)*);
            ""
        };
        detail
    }};
}

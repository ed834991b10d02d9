//! The one error type, in two sizes: an engine that also encodes says in numbers what was found and what was expected,
//! one that only decodes, which is to be small, says which structure is at fault. The codes are the same.

#[cfg(not(feature = "encode"))]
mod brief;
#[cfg(feature = "encode")]
mod full;

#[cfg(not(feature = "encode"))]
pub use brief::*;
#[cfg(feature = "encode")]
pub use full::*;

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

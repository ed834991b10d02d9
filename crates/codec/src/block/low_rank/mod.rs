//! Kind 11: a product of two thin matrices and what it misses (docs/FORMAT.md, section 12).

mod decode;
#[cfg(feature = "encode")]
mod encode;

pub(super) use decode::decode;
#[cfg(feature = "encode")]
pub use encode::encode;

//! Kind 11: a product of two thin matrices and what it misses (docs/FORMAT.md, section 12).

mod decode;
mod encode;

pub(super) use decode::decode;
pub use encode::encode;

//! Grids: matrices of small integers, most of them near zero, and the weights that they stand for (docs/FORMAT.md,
//! section 10).
//!
//! Each integer becomes a token, and some bits that are stored as they are where it is large. Tokens are coded by rANS
//! with static tables. A token's table is chosen by how large its row and its column are, which costs a few bits a row
//! and column, and where the quantizer is a trellis by its state. Nothing depends on the neighbours' values but the
//! trellis, so that many lanes are decoded at once.

mod cluster;
pub mod decode;
pub mod encode;
mod frequencies;
mod header;
mod scales;
#[cfg(test)]
mod tests;
mod tokens;
mod values;

pub use cluster::{Clusters, Counts, cluster};
pub use decode::{decode_codes, decode_values};
pub use encode::{Source, choose_tokens, encode, token_bits};
pub use header::{Grid, MAX_CODE, MAX_CONTEXTS};
pub use scales::Scales;
pub use tensorpress_kernels::lanes::Trellis;
pub use tokens::{MAX_INDICES, Tokens};
pub use values::value;

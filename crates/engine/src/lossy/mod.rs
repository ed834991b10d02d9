//! Blocks whose weights a recipe changes: the chain, the block that holds its outcome, and what it cost in accuracy.

mod block;
mod count;
mod params;
mod planned;
mod stream;

pub use block::Loss;
pub(crate) use block::encode;
pub use count::{Count, Counts};
pub use params::LossyParams;
pub use stream::{StreamLoss, mean_relative_error, together};
pub use tensorpress_codec::measure::{MEASURE_BYTES, Measure};

//! Quantization for the coder: codes are chosen by what they cost in bits as well as by their distance.
//!
//! Each code minimises `(w - q)² + λ · bits(q)`, the bits being those of the tables that the grid coder makes of the
//! pass before ("entropy-constrained scalar quantization", Chou, Lookabaugh and Gray 1989; rate-distortion optimised
//! quantization as in video coders). With a trellis the codes of a path minimise the sum, by Viterbi's algorithm
//! ("entropy-constrained trellis-coded quantization", Fischer and Wang 1992, with the parity-driven machine and the two
//! quantizers of the dependent quantization in VVC).

mod model;
mod options;
mod quantize;
mod reconstruction;
mod scalar;
mod search;
mod step;
#[cfg(test)]
mod tests;

pub use options::RateOptions;
pub use quantize::{Quantized, quantize};
pub use search::{Estimate, Sample, Target, estimate, find_step, power_ratio};
pub use step::Rate;

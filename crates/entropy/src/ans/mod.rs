//! Static order-0 rANS for planes that Huffman's whole bits do not fit.

pub mod decode;
pub mod encode;
pub mod spec;
#[cfg(test)]
mod tests;

pub use spec::{cost_bits, normalize};

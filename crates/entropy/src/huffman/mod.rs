//! Canonical Huffman coding with codes of at most 12 bits, in four streams.

pub mod decode;
pub mod encode;
pub mod spec;
#[cfg(test)]
mod tests;

pub use spec::lengths;

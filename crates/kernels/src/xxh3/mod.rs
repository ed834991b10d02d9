//! xxh3

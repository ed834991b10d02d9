//! Every cap on what a hostile file can make a reader do.

/// Largest safetensors JSON header.
pub const MAX_SAFETENSORS_HEADER: u64 = 100 * 1000 * 1000;
/// The most values of a JSON: those of some 280,000 tensors in safetensors, more than any known model has. Each takes 16 bytes
/// in 32-bit WebAssembly, twice that while a list of them grows, and its text.
pub const MAX_JSON_VALUES: u64 = 1 << 22;
/// The most tensors one file may declare.
pub const MAX_TENSORS: u64 = 1_000_000;
/// The most dimensions of a shape.
pub const MAX_RANK: usize = 64;
/// Deepest nesting of subgraphs, arrays or pickled containers. JSON has a limit of its own.
pub const MAX_DEPTH: usize = 64;
/// Longest name or other string a reader keeps, in bytes.
pub const MAX_STRING: u64 = 1 << 20;
/// The most bytes of the names and shapes of one file's tensors together, a dimension counting as eight: a few bytes of a file
/// can give a long name, or a shape, to each of a million tensors.
pub const MAX_NAMES: u64 = 64 << 20;
/// Largest inflated size of metadata (a pickle, an npy header) inside a zip.
pub const MAX_INFLATED: u64 = 64 << 20;
/// The most bytes to which a deflated array inflates for readers to be told where its elements are: what whoever inflates it
/// at once takes for it.
pub const MAX_ARRAY: u64 = 128 << 20;
/// The most opcodes of a file's pickles that are run.
pub const MAX_PICKLE_STEPS: u64 = 4_000_000;

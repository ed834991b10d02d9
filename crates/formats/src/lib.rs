//! Readers that find the tensors inside model files: name, type, shape and byte ranges.
//!
//! Readers are sans-I/O ([`source`]), execute nothing, and treat every byte as hostile.
#![forbid(unsafe_code)]

pub mod detect;
pub mod error;
mod flatbuffer;
pub mod gguf;
mod input;
mod json;
pub mod layout;
pub mod limits;
pub mod map;
pub mod npy;
pub mod onnx;
pub mod order;
pub mod ordered;
mod protobuf;
pub mod pytorch;
pub mod safetensors;
pub mod source;
pub mod tfjs;
pub mod tflite;
mod zip;

pub use error::FormatError;
pub use input::Reading;
pub use map::{Dtype, Encoding, FileMap, Span, Tensor};
pub use source::{InputFile, Mapper, Need, Progress, Source};

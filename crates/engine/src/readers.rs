//! Which readers try a file.
use tensorpress_formats::{FileMap, FormatError, Source};
pub const HEAD_LEN: usize = 64;
pub fn candidates(path: &str, head: &[u8]) -> Vec<u8> {
    if head.starts_with(b"GGUF") {
        return vec![1];
    }
    if path.ends_with(".safetensors") {
        vec![0]
    } else {
        vec![]
    }
}
pub async fn read(kind: u8, source: Source, file: usize) -> Result<FileMap, FormatError> {
    if kind == 1 {
        return tensorpress_formats::gguf::read(source, file).await;
    }
    tensorpress_formats::safetensors::read(source, file).await
}

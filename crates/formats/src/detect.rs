//! Which readers may know a file, from its name and first bytes.

use crate::source::{behind_last, file_name};
use crate::{Reading, Source};

/// A reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FormatKind {
    /// `.safetensors`.
    Safetensors,
    /// `.safetensors.index.json` of a sharded model.
    SafetensorsIndex,
    /// ONNX model.
    Onnx,
    /// GGUF, also split.
    Gguf,
    /// `model.json` of TensorFlow.js, or any JSON with a weights manifest.
    Tfjs,
    /// TensorFlow Lite flatbuffer.
    Tflite,
    /// One NumPy array.
    Npy,
    /// A zip of NumPy arrays.
    Npz,
    /// PyTorch's zip of a pickle and storages, or what it wrote before that.
    Pytorch,
}

/// Bytes from the start of a file that [`candidates`] looks at.
pub const HEAD_LEN: usize = 256;

/// Readers worth trying, likeliest first; empty for a file that no reader knows. `head` holds the
/// file's first bytes, [`HEAD_LEN`] of them if there are as many. A reader may still refuse.
pub fn candidates(path: &str, head: &[u8]) -> Vec<FormatKind> {
    let name = file_name(path).to_ascii_lowercase();
    let extension = behind_last(&name, b'.').unwrap_or_default();
    if head.starts_with(b"GGUF") {
        return vec![FormatKind::Gguf];
    }
    if head.starts_with(b"\x93NUMPY") {
        return vec![FormatKind::Npy];
    }
    if head.starts_with(b"PK\x03\x04") {
        return match extension {
            "npz" => vec![FormatKind::Npz, FormatKind::Pytorch],
            "pt" | "pth" | "bin" | "ckpt" => vec![FormatKind::Pytorch, FormatKind::Npz],
            // `.pth.tar`, `.torchscript`, `.ptl`, …
            _ if begins_as_checkpoint(head) => vec![FormatKind::Pytorch],
            // Office documents, archives and the like are for the general codec.
            _ => vec![],
        };
    }
    if crate::pytorch::is_legacy(head) {
        return vec![FormatKind::Pytorch];
    }
    if head.get(4..8) == Some(b"TFL3") {
        return vec![FormatKind::Tflite];
    }
    let first_visible = head.iter().find(|byte| !byte.is_ascii_whitespace());
    if extension == "json" && matches!(first_visible, Some(b'{' | b'[')) {
        return match name.ends_with(".safetensors.index.json") {
            true => vec![FormatKind::SafetensorsIndex],
            false => vec![FormatKind::Tfjs],
        };
    }
    if extension == "safetensors" || (head.get(8) == Some(&b'{') && plausible_header_length(head)) {
        return vec![FormatKind::Safetensors];
    }
    if extension == "onnx" || plausible_onnx(head) {
        return vec![FormatKind::Onnx];
    }
    Vec::new()
}

/// Whether the first member of a zip archive is what PyTorch, or its TorchScript, writes first.
fn begins_as_checkpoint(head: &[u8]) -> bool {
    let Some(&[short, long]) = head.get(26..28) else {
        return false;
    };
    let end = 30 + usize::from(u16::from_le_bytes([short, long]));
    let name = head.get(30..end).unwrap_or_default();
    let folder = name.iter().position(|byte| *byte == b'/');
    let behind = folder.and_then(|folder| name.get(folder + 1..));
    matches!(behind, Some(b"data.pkl" | b"data/0"))
}

fn plausible_header_length(head: &[u8]) -> bool {
    let length = head.first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
    length.is_some_and(|length| (2..=crate::limits::MAX_SAFETENSORS_HEADER).contains(&length))
}

/// ONNX has no magic. Its writers start with the small `ir_version` (field 1) followed by another
/// field of `ModelProto`; a false positive costs one refused walk.
fn plausible_onnx(head: &[u8]) -> bool {
    /// Tags of `producer_name` up to `functions`.
    const FOLLOWERS: [u8; 8] = [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42, 0x72];
    matches!(head, [0x08, 1..=64, next, ..] if FOLLOWERS.contains(next))
}

/// Runs the reader of `kind` on `file`.
pub fn read(kind: FormatKind, source: Source, file: usize) -> Reading {
    let read = match kind {
        FormatKind::Safetensors => crate::safetensors::read,
        FormatKind::SafetensorsIndex => crate::safetensors::read_index,
        FormatKind::Onnx => crate::onnx::read,
        FormatKind::Gguf => crate::gguf::read,
        FormatKind::Tfjs => crate::tfjs::read,
        FormatKind::Tflite => crate::tflite::read,
        FormatKind::Npy => crate::npy::read,
        FormatKind::Npz => crate::npy::read_npz,
        FormatKind::Pytorch => crate::pytorch::read,
    };
    read(source, file)
}

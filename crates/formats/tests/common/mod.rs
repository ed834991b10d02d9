//! What every reader's tests share: locating tensor bytes by span, and the hostile-input sweep.
#![allow(dead_code)]

pub mod gguf;
pub mod onnx;
pub mod pickle;
pub mod zip;

use std::future::Future;
use tensorpress_formats::limits::MAX_TENSORS;
use tensorpress_formats::source::map_in_memory;
use tensorpress_formats::{FileMap, FormatError, Source, Tensor};

/// A set of named files in memory, as `map_in_memory` takes it.
pub type Files = Vec<(String, Vec<u8>)>;

/// One file named `path`.
pub fn one(path: &str, bytes: impl Into<Vec<u8>>) -> Files {
    vec![(path.to_owned(), bytes.into())]
}

/// The bytes that a tensor's spans point at, concatenated.
pub fn tensor_bytes(files: &Files, tensor: &Tensor) -> Vec<u8> {
    let mut bytes = Vec::new();
    for span in &tensor.spans {
        let (from, len) = (span.offset as usize, span.len as usize);
        bytes.extend_from_slice(&files[span.file].1[from..from + len]);
    }
    bytes
}

/// The tensor of that name; panics with the names there are.
pub fn find<'a>(map: &'a FileMap, name: &str) -> &'a Tensor {
    map.tensors.iter().find(|t| t.name == name).unwrap_or_else(|| {
        let names: Vec<_> = map.tensors.iter().map(|t| t.name.as_str()).collect();
        panic!("no tensor {name:?} among {names:?}")
    })
}

/// What holds for every map of every reader: spans lie inside their files, none is empty, no byte
/// belongs to two tensors, and there are at most `MAX_TENSORS` tensors.
pub fn assert_sound(files: &Files, map: &FileMap) {
    assert!(map.tensors.len() as u64 <= MAX_TENSORS, "{} tensors", map.tensors.len());
    let mut runs = Vec::new();
    for tensor in &map.tensors {
        for span in &tensor.spans {
            let len = files.get(span.file).expect("a span names an input file").1.len() as u64;
            let end = span.offset.checked_add(span.len).expect("a span ends below 2^64");
            assert!(span.len > 0, "{:?} has an empty span", tensor.name);
            assert!(
                end <= len,
                "{:?}: span {span:?} ends behind the file's {len} bytes",
                tensor.name
            );
            runs.push((span.file, span.offset, end, &tensor.name));
        }
    }
    runs.sort();
    for pair in runs.windows(2) {
        let ((file, start, end, first), (next_file, next, last, second)) = (pair[0], pair[1]);
        // The same tensor may have several names.
        assert!(
            file != next_file || end <= next || (start, end) == (next, last),
            "{first:?} and {second:?} share bytes of file {file}"
        );
    }
}

/// Runs `reader` on file 0; whatever it answers must be sound.
pub fn read_hostile<F>(files: &Files, reader: impl Fn(Source, usize) -> F) -> Result<FileMap, FormatError>
where
    F: Future<Output = Result<FileMap, FormatError>> + 'static,
{
    let result = map_in_memory(files, |source| reader(source, 0));
    if let Ok(map) = &result {
        assert_sound(files, map);
    }
    result
}

/// Truncates every file at every length and flips every bit of every file, one at a time: the
/// reader must answer with an error or a sound map. A panic or a hang fails the test.
/// Meant for files of a few KiB; `reader` always reads file 0, so put the entry file first.
pub fn assert_hostile_safe<F>(files: &Files, reader: impl Fn(Source, usize) -> F)
where
    F: Future<Output = Result<FileMap, FormatError>> + 'static,
{
    let _ = read_hostile(files, &reader);
    for victim in 0..files.len() {
        let original = files[victim].1.clone();
        let mut hostile = files.clone();
        for len in 0..original.len() {
            hostile[victim].1 = original[..len].to_vec();
            let _ = read_hostile(&hostile, &reader);
        }
        hostile[victim].1 = original.clone();
        for (at, &byte) in original.iter().enumerate() {
            for bit in 0..8 {
                hostile[victim].1[at] ^= 1 << bit;
                let _ = read_hostile(&hostile, &reader);
                hostile[victim].1[at] ^= 1 << bit;
            }
            // Bytes that single flips do not reach: the extremes of lengths and counts.
            for extreme in [0x00, 0x7f, 0x80, 0xff] {
                hostile[victim].1[at] = extreme;
                let _ = read_hostile(&hostile, &reader);
            }
            hostile[victim].1[at] = byte;
        }
    }
}

//! Builds pickles of tensors, and the archives that hold them.

use super::zip::{Entry, archive};
use super::{Files, one, read_hostile};
use tensorpress_formats::{FileMap, FormatError, pytorch};

/// Assembles a pickle opcode by opcode.
#[derive(Clone)]
pub struct Pickle(pub Vec<u8>);

impl Pickle {
    /// Of protocol 2.
    pub fn new() -> Self {
        Pickle(vec![0x80, 2])
    }

    /// Opcodes as they are.
    pub fn raw(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.0.extend(bytes.as_ref());
        self
    }

    /// Text behind a length of four bytes.
    pub fn text(self, text: &str) -> Self {
        self.raw(b"X").raw((text.len() as u32).to_le_bytes()).raw(text)
    }

    /// A class or function.
    pub fn global(self, module: &str, name: &str) -> Self {
        self.raw(format!("c{module}\n{name}\n"))
    }

    /// An integer of eight bytes.
    pub fn int(self, value: i64) -> Self {
        self.raw([0x8a, 8]).raw(value.to_le_bytes())
    }

    /// A tuple of integers.
    pub fn ints(self, values: &[i64]) -> Self {
        values.iter().fold(self.raw("("), |p, &v| p.int(v)).raw("t")
    }

    /// A storage's id.
    pub fn storage(self, class: &str, key: &str, len: i64) -> Self {
        let start = self.raw("(").text("storage").global("torch", class);
        start.text(key).text("cpu").int(len).raw("tQ")
    }

    /// A call of `_rebuild_tensor_v2`.
    pub fn tensor(self, class: &str, key: &str, offset: i64, shape: &[i64], strides: &[i64]) -> Self {
        let start = self
            .global("torch._utils", "_rebuild_tensor_v2")
            .raw("(")
            .storage(class, key, 1);
        start
            .int(offset)
            .ints(shape)
            .ints(strides)
            .raw([0x89])
            .global("collections", "OrderedDict")
            .raw(")RtR")
    }

    /// The archive of this pickle and storages `0`, `1`, …, each byte its index.
    pub fn files(&self, storages: &[usize]) -> Files {
        let mut entries = vec![Entry::stored("m/data.pkl", &[&self.0[..], b"."].concat())];
        for (key, &len) in storages.iter().enumerate() {
            let bytes: Vec<u8> = (0..len).map(|b| b as u8).collect();
            entries.push(Entry::stored(&format!("m/data/{key}"), &bytes));
        }
        one("m.pt", archive(&entries, false))
    }

    /// What the reader finds.
    pub fn map(&self, storages: &[usize]) -> Result<FileMap, FormatError> {
        read_hostile(&self.files(storages), pytorch::read)
    }

    /// What it refuses that for.
    pub fn refused(&self) -> String {
        self.map(&[64]).unwrap_err().to_string()
    }
}

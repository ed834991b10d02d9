//! The layout of a whole input set: which bytes of which file belong to which tensor.
//!
//! Every file becomes an ordered, gap-free list of [`Piece`]s. Bytes that no stored tensor owns
//! form the set-wide skeleton stream, file after file. A layout is only data: whoever rebuilds the
//! files walks the pieces, so [`Layout::validate`] is all the proof that nothing is lost.

mod build;

pub use build::build;
pub(crate) use build::{elements, product};

use crate::order::sort_by_number;
use crate::{InputFile, Tensor};
use tensorpress_json::Quoted;

/// Tensors below this many bytes stay in the skeleton: a payload of their own would cost more than it saves.
pub const SMALL_TENSOR: u64 = 1024;

/// A run of a file's bytes and where it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// The next `len` bytes of the set-wide skeleton stream.
    Skeleton {
        /// Number of bytes, never 0.
        len: u64,
    },
    /// A range of the bytes of one stored tensor.
    Tensor {
        /// Index into [`Layout::tensors`].
        tensor: usize,
        /// First byte within the tensor.
        start: u64,
        /// Number of bytes, never 0.
        len: u64,
    },
}

impl Piece {
    /// Number of bytes that the piece covers.
    pub fn len(self) -> u64 {
        match self {
            Piece::Skeleton { len } | Piece::Tensor { len, .. } => len,
        }
    }

    /// Whether the piece covers no byte (which [`Layout::validate`] refuses).
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

/// Where a tensor's bytes are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// In a payload of its own; exactly its spans appear as [`Piece::Tensor`].
    Payload,
    /// Nowhere by itself: its spans' bytes belong to the skeleton or to tensors that overlap it.
    Skeleton,
    /// Its spans are those of an earlier [`Stored::Payload`] tensor.
    Alias {
        /// Index of that tensor.
        of: usize,
    },
}

/// One tensor of the set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayoutTensor {
    /// The file whose reader declared it (its bytes may lie in other files).
    pub file: usize,
    /// Where its bytes are kept.
    pub stored: Stored,
    /// File and offset of a run of bytes, of a tensor without a payload, some of which are in this one's.
    pub overlapped: Option<(usize, u64)>,
    /// The tensor; contiguous spans are merged and empty ones dropped.
    pub tensor: Tensor,
}

impl LayoutTensor {
    /// Number of bytes over all spans. Saturates, which only a layout that fails validation can reach.
    pub fn len(&self) -> u64 {
        self.tensor
            .spans
            .iter()
            .fold(0, |sum, span| sum.saturating_add(span.len))
    }

    /// Whether the tensor has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Something a user should know about one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Index of the file.
    pub file: usize,
    /// What happened and why.
    pub text: String,
}

/// The whole set: tensors, and for each file the pieces it is made of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    /// Tensors in order of (file, offset) of their first span; those without bytes follow at the end.
    pub tensors: Vec<LayoutTensor>,
    /// Pieces of each input file, in order.
    pub files: Vec<Vec<Piece>>,
    /// Format of each input file as its reader names it; empty for files without a map.
    pub formats: Vec<String>,
    /// What the readers and the layout have to say.
    pub notes: Vec<Note>,
}

impl Layout {
    /// Total bytes of the set-wide skeleton stream.
    pub fn skeleton_len(&self) -> u64 {
        let pieces = self.files.iter().flatten();
        pieces.fold(0, |sum, piece| match piece {
            Piece::Skeleton { len } => sum.saturating_add(*len),
            Piece::Tensor { .. } => sum,
        })
    }

    /// Proves that the pieces rebuild `files` and every stored tensor: each file is covered exactly once from 0 to
    /// its length, each payload's pieces are exactly its spans, each alias names an equal payload.
    /// Holds for layouts from anywhere, so a reader of hostile containers may rely on it.
    pub fn validate(&self, files: &[InputFile]) -> Result<(), String> {
        if self.files.len() != files.len() || self.formats.len() != files.len() {
            return Err(format!(
                "layout of {} files and {} formats for {} files",
                self.files.len(),
                self.formats.len(),
                files.len()
            ));
        }
        let mut placed = self.place(files)?;
        for (index, entry) in self.tensors.iter().enumerate() {
            self.check_entry(index, entry, files, &mut placed[index])?;
        }
        match self.notes.iter().find(|note| note.file >= files.len()) {
            Some(note) => Err(format!("a note on file {} of {}", note.file, files.len())),
            None => Ok(()),
        }
    }

    /// Walks every file's pieces; returns for each tensor its pieces as (start, len, file, offset).
    fn place(&self, files: &[InputFile]) -> Result<Vec<Vec<Placed>>, String> {
        let mut placed: Vec<Vec<Placed>> = vec![Vec::new(); self.tensors.len()];
        for (file, (pieces, input)) in self.files.iter().zip(files).enumerate() {
            let mut offset = 0u64;
            for piece in pieces {
                let len = piece.len();
                let end = offset.checked_add(len).filter(|end| len > 0 && *end <= input.len);
                let Some(end) = end else {
                    return Err(format!(
                        "{}: piece of {len} bytes at {offset} of {}",
                        Quoted(&input.path),
                        input.len
                    ));
                };
                if let Piece::Tensor { tensor, start, .. } = *piece {
                    let list = placed.get_mut(tensor).ok_or_else(|| {
                        format!(
                            "{}: piece of tensor {tensor} of {}",
                            Quoted(&input.path),
                            self.tensors.len()
                        )
                    })?;
                    list.push((start, len, file, offset));
                }
                offset = end;
            }
            if offset != input.len {
                return Err(format!(
                    "{}: pieces cover {offset} of {} bytes",
                    Quoted(&input.path),
                    input.len
                ));
            }
        }
        Ok(placed)
    }

    fn check_entry(
        &self,
        index: usize,
        entry: &LayoutTensor,
        files: &[InputFile],
        placed: &mut [Placed],
    ) -> Result<(), String> {
        let name = &entry.tensor.name;
        if entry.file >= files.len() {
            return Err(format!(
                "tensor {} declared by file {} of {}",
                Quoted(name),
                entry.file,
                files.len()
            ));
        }
        let mut expected = Vec::with_capacity(entry.tensor.spans.len());
        let mut start = 0u64;
        for span in &entry.tensor.spans {
            let end = span.offset.checked_add(span.len);
            if span.len == 0 || files.get(span.file).zip(end).is_none_or(|(file, end)| end > file.len) {
                return Err(format!(
                    "tensor {} has {} impossible bytes at {}",
                    Quoted(name),
                    span.len,
                    span.offset
                ));
            }
            expected.push((start, span.len, span.file, span.offset));
            start = start
                .checked_add(span.len)
                .ok_or_else(|| format!("tensor {} has more than 2^64 bytes", Quoted(name)))?;
        }
        // Spans begin one behind the other: two pieces that begin at the same place are wrong in any order.
        sort_by_number(placed, |piece| piece.0);
        match entry.stored {
            Stored::Payload if expected.is_empty() => Err(format!("tensor {} stores no byte", Quoted(name))),
            Stored::Payload if placed[..] != expected[..] => {
                Err(format!("tensor {}: its pieces are not its spans", Quoted(name)))
            }
            Stored::Payload => Ok(()),
            _ if !placed.is_empty() => Err(format!("tensor {} has pieces but no payload", Quoted(name))),
            Stored::Skeleton => Ok(()),
            Stored::Alias { of } => match self.tensors.get(of) {
                Some(first)
                    if of < index && first.stored == Stored::Payload && first.tensor.spans == entry.tensor.spans =>
                {
                    Ok(())
                }
                _ => Err(format!(
                    "tensor {} is an alias of {of}, which is no earlier payload with its spans",
                    Quoted(name)
                )),
            },
        }
    }
}

/// A piece of a tensor: start within the tensor, length, file, offset in the file.
type Placed = (u64, u64, usize, u64);

//! GGUF versions 2 and 3, of either byte order: key-value metadata, tensor infos, aligned tensor data.
//!
//! The parts of a split model are GGUF files of their own and are read one by one.

mod cursor;
mod metadata;
mod types;

use crate::error::FormatError;
use crate::input::{Input, Reading};
use crate::layout::product;
use crate::limits::{MAX_RANK, MAX_TENSORS};
use crate::map::{Encoding, FileMap, Span, Tensor};
use crate::source::Source;
use cursor::Cursor;
use metadata::Metadata;
use tensorpress_json::{Quoted, to_text};
use types::Layout;

const FORMAT: &str = "gguf";
const MAGIC: u64 = u32::from_le_bytes(*b"GGUF") as u64;
/// Bytes that are asked for at once, so that walking millions of short strings costs few requests.
const CHUNK: u64 = 256 * 1024;
/// Alignment of the tensor data where the metadata names none.
const DEFAULT_ALIGNMENT: u64 = 32;

/// A tensor info as the file has it, its place still relative to the tensor data.
struct Info {
    name: String,
    /// Innermost dimension first.
    dims: Vec<u64>,
    kind: u64,
    offset: u64,
    /// Where the info stands, for errors.
    at: u64,
}

/// Maps one `.gguf` file.
pub fn read(source: Source, file: usize) -> Reading {
    let mut walk = Walk::default();
    Reading::new(source, file, FORMAT, move |input| walk.map(input)).ahead(CHUNK)
}

/// A file as far as it has been read.
#[derive(Default)]
struct Walk {
    /// Where the next step starts; 0 before the header is read.
    position: u64,
    /// Numbers begin with their highest byte, those of the tensors, too.
    big_endian: bool,
    metadata: Metadata,
    metadata_done: bool,
    tensor_count: u64,
    infos: Vec<Info>,
}

impl Walk {
    fn map(&mut self, input: &Input) -> Result<FileMap, FormatError> {
        loop {
            let mut cursor = Cursor::new(input, self.position, self.big_endian);
            if self.position == 0 {
                self.header(&mut cursor, input)?;
            } else if !self.metadata_done {
                self.metadata_done = !self.metadata.step(&mut cursor)?;
            } else if (self.infos.len() as u64) < self.tensor_count {
                self.infos.push(read_info(&mut cursor)?);
            } else {
                return self.finish(input);
            }
            self.position = cursor.position;
            input.settle();
        }
    }

    fn header(&mut self, cursor: &mut Cursor, input: &Input) -> Result<(), FormatError> {
        if cursor.number(4)? != MAGIC {
            return Err(input.corrupt(0, "no GGUF magic"));
        }
        // Only the magic is the same in both byte orders: small numbers tell them apart.
        let version = cursor.number(4)?;
        cursor.big_endian = version > 0xffff;
        let version = match cursor.big_endian {
            true => (version as u32).swap_bytes(),
            false => version as u32,
        };
        if !matches!(version, 2 | 3) {
            return Err(input.unsupported(format!("version {version}, versions 2 and 3 are known")));
        }
        self.tensor_count = cursor.number(8)?;
        let pair_count = cursor.number(8)?;
        // Not before all is there, for until then this starts anew.
        self.big_endian = cursor.big_endian;
        input.check_limit("MAX_TENSORS", MAX_TENSORS, self.tensor_count)?;
        self.metadata = Metadata::new(pair_count);
        Ok(())
    }

    /// Places the tensors, once all is read.
    fn finish(&mut self, input: &Input) -> Result<FileMap, FormatError> {
        let alignment = self.metadata.alignment.unwrap_or(DEFAULT_ALIGNMENT);
        if !alignment.is_power_of_two() {
            return Err(input.corrupt(0, format!("general.alignment is {alignment}, not a power of two")));
        }
        // Both are below 2^63, so the sum cannot overflow.
        let data_start = self.position.next_multiple_of(alignment);
        let mut notes = self.metadata.notes();
        let mut tensors = Vec::new();
        for info in std::mem::take(&mut self.infos) {
            match types::layout_of(info.kind) {
                Some(layout) => tensors.push(locate(info, layout, input, data_start, self.big_endian)?),
                None => notes.push(format!(
                    "{} has unknown ggml type {}: left out",
                    Quoted(&info.name),
                    info.kind
                )),
            }
        }
        crate::map::sort_by_offset(&mut tensors);
        crate::map::refuse_overlap(FORMAT, &tensors)?;
        Ok(FileMap {
            format: FORMAT.to_owned(),
            tensors,
            notes,
        })
    }
}

fn read_info(cursor: &mut Cursor) -> Result<Info, FormatError> {
    let at = cursor.position;
    let name = cursor.string()?;
    let rank = cursor.number(4)?;
    cursor.check_limit("MAX_RANK", MAX_RANK as u64, rank)?;
    let mut dims = Vec::new();
    for _ in 0..rank {
        dims.push(cursor.number(8)?);
    }
    Ok(Info {
        name,
        dims,
        kind: cursor.number(4)?,
        offset: cursor.number(8)?,
        at,
    })
}

/// Checks an info against the file and turns it into a tensor.
fn locate(info: Info, layout: Layout, input: &Input, data_start: u64, big_endian: bool) -> Result<Tensor, FormatError> {
    let Input { file, .. } = *input;
    let row = info.dims.first().copied().unwrap_or(1);
    if row % layout.block_elements != 0 {
        let detail = format!(
            "{}: rows of {row} are not whole {} blocks",
            Quoted(&info.name),
            layout.name
        );
        return Err(input.corrupt(info.at, detail));
    }
    let len = product(&info.dims).and_then(|n| (n / layout.block_elements).checked_mul(layout.block_bytes));
    let offset = data_start.checked_add(info.offset);
    let end = len.zip(offset).and_then(|(len, offset)| offset.checked_add(len));
    let (Some(len), Some(offset), Some(end)) = (len, offset, end) else {
        let detail = format!(
            "{}: {} at {} ends behind 2^64",
            Quoted(&info.name),
            to_text(&info.dims),
            info.offset
        );
        return Err(input.corrupt(info.at, detail));
    };
    // Behind the infos nothing need follow.
    if len > 0 && end > input.len() {
        return Err(FormatError::truncated(FORMAT, offset, len, input.len()));
    }
    let plain = layout.block_elements == 1;
    Ok(Tensor {
        name: info.name,
        dtype: layout.dtype,
        type_name: if plain { String::new() } else { layout.name.to_owned() },
        shape: info.dims.into_iter().rev().collect(),
        encoding: match plain {
            // The scales of blocks are numbers, too.
            _ if big_endian && layout.block_bytes > 1 => Encoding::BigEndian,
            true => Encoding::Plain,
            false => Encoding::Other,
        },
        axis: None,
        inflated: None,
        spans: if len == 0 {
            Vec::new()
        } else {
            vec![Span { file, offset, len }]
        },
    })
}

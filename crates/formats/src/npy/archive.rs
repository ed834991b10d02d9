//! `.npz`: a zip archive of `.npy` members, stored or deflated.

use super::header::{self, PREFIX_MAX};
use super::{note_order, read_array, tensor};
use crate::error::{Fault, FormatError};
use crate::input::{Input, Reading};
use crate::limits::{MAX_INFLATED, MAX_TENSORS};
use crate::map::{FileMap, Span, Tensor};
use crate::source::Source;
use crate::zip::{Member, Method, Zip, inflate_start};
use tensorpress_json::Quoted;

const FORMAT: &str = "npz";
/// What names of arrays end with. An archive without any is another kind of file.
const ARRAY: &str = ".npy";

/// Maps one `.npz` file. A deflated member is one tensor whose span is the deflate stream.
///
/// A member that is no readable array stays skeleton and is noted.
pub fn read_npz(source: Source, file: usize) -> Reading {
    let mut archive = Archive {
        zip: Zip::default(),
        done: 0,
        inflated: 0,
        tensors: Vec::new(),
        notes: Vec::new(),
    };
    Reading::new(source, file, FORMAT, move |input| archive.map(input))
}

struct Archive {
    zip: Zip,
    /// Members that are read.
    done: usize,
    /// Bytes of all headers together, so that many small bombs are no more than one.
    inflated: u64,
    tensors: Vec<Tensor>,
    notes: Vec<String>,
}

impl Archive {
    fn map(&mut self, input: &Input) -> Result<FileMap, FormatError> {
        self.zip.walk(input)?;
        if !self.zip.members.iter().any(|member| member.name.ends_with(ARRAY)) {
            return Err(Fault::Other { format: FORMAT }.into());
        }
        while let Some(member) = self.zip.members.get(self.done) {
            if let Some(name) = member.name.strip_suffix(ARRAY) {
                let name = name.to_owned();
                let notes = &mut self.notes;
                let found = match member.method {
                    Method::Stored => read_array(input, member.offset, member.len, name, notes),
                    _ => read_deflated(input, member, name, &mut self.inflated, notes),
                };
                match found {
                    Ok(tensor) => self.tensors.push(tensor),
                    Err(error) if error.is_pending() => return Err(error),
                    Err(error) => notes.push(format!("member {} is left as it is: {error}", Quoted(&member.name))),
                }
            }
            self.done += 1;
            input.settle();
        }
        debug_assert!(self.tensors.len() as u64 <= MAX_TENSORS, "the walk caps the members");
        Ok(FileMap {
            format: FORMAT.to_owned(),
            tensors: std::mem::take(&mut self.tensors),
            notes: std::mem::take(&mut self.notes),
        })
    }
}

fn read_deflated(
    input: &Input,
    member: &Member,
    name: String,
    inflated: &mut u64,
    notes: &mut Vec<String>,
) -> Result<Tensor, FormatError> {
    let prefix = inflate_start(input, member, PREFIX_MAX)?;
    let header_len = header::data_offset(input, &prefix)?;
    let sum = *inflated + header_len;
    input.check_limit("MAX_INFLATED", MAX_INFLATED, sum)?;
    let bytes = inflate_start(input, member, header_len);
    if !bytes.as_ref().is_err_and(FormatError::is_pending) {
        // Whether or not it is a header.
        *inflated = sum;
    }
    let header = header::parse(input, &bytes?)?;
    note_order(&header, &name, notes);
    let span = Span {
        file: input.file,
        offset: member.offset,
        len: member.len,
    };
    let spans = if member.len == 0 { Vec::new() } else { vec![span] };
    let encoding = header.element.encoding;
    let mut tensor = tensor(header, name, encoding, spans);
    tensor.deflate(header_len, member.unpacked - header_len);
    Ok(tensor)
}

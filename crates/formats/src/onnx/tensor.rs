//! `TensorProto`: from its fields to a tensor with spans.

use super::schema::{self, DATA_LOCATION, DATA_TYPE, DOUBLES, FLOATS, INT32, INT64, NAME, STRINGS, UINT64};
use super::{Frame, Reader};
use crate::layout::elements;
use crate::protobuf::{Field, Value};
use crate::{Dtype, Encoding, Span, Tensor};
use tensorpress_json::Quoted;

/// The most runs a repeated field may come in; more are not worth a tensor.
const MAX_RUNS: usize = 4096;

/// Where the elements of a repeated field are.
#[derive(Debug, Default)]
pub(super) struct Runs {
    spans: Vec<(u64, u64)>,
    /// Some came in packed chunks.
    packed: bool,
    /// How many elements came one by one, each behind a tag: the runs hold tags too.
    singles: u64,
    overflow: bool,
}

impl Runs {
    /// Adds a packed chunk or a single element of a field of numbers.
    pub(super) fn push(&mut self, field: Field) {
        let run = match field.value {
            Value::Bytes { len: 0, .. } => return,
            Value::Bytes { offset, .. } => (offset, field.end),
            _ => return self.push_element(field),
        };
        self.packed = true;
        self.extend(run);
    }

    /// Adds an element with its tag, and its length if it is a string.
    pub(super) fn push_element(&mut self, field: Field) {
        self.singles += 1;
        self.extend((field.start, field.end));
    }

    fn extend(&mut self, (start, end): (u64, u64)) {
        let room = self.spans.len() < MAX_RUNS;
        match self.spans.last_mut() {
            Some(last) if last.1 == start => last.1 = end,
            _ if room => self.spans.push((start, end)),
            _ => self.overflow = true,
        }
    }

    /// Bytes over all runs; runs are disjoint parts of a file, so this cannot overflow.
    pub(super) fn len(&self) -> u64 {
        self.spans.iter().map(|(start, end)| end - start).sum()
    }

    fn to_spans(&self, file: usize) -> Vec<Span> {
        let spans = self.spans.iter().map(|&(start, end)| Span {
            file,
            offset: start,
            len: end - start,
        });
        spans.collect()
    }
}

impl Frame {
    /// The tensor of a `TensorProto` that has ended.
    pub(super) fn take_tensor(&mut self, reader: &mut Reader) -> Tensor {
        let dtype = schema::dtype(self.numbers[DATA_TYPE]);
        // Dimensions are int64: one that is negative is too large here for any bytes.
        let expected = elements(&self.dims).and_then(|count| dtype.bytes_for(count));
        let (spans, encoding, problem) = self.locate(reader, dtype, expected);
        if let Some(problem) = problem {
            reader.note(&self.texts[NAME], problem);
        }
        Tensor {
            name: std::mem::take(&mut self.texts[NAME]),
            dtype,
            type_name: schema::type_name(self.numbers[DATA_TYPE]),
            shape: std::mem::take(&mut self.dims),
            encoding,
            axis: None,
            inflated: None,
            spans,
        }
    }

    /// Spans, encoding and what is wrong with them.
    fn locate(
        &self,
        reader: &mut Reader,
        dtype: Dtype,
        expected: Option<u64>,
    ) -> (Vec<Span>, Encoding, Option<String>) {
        if self.numbers[DATA_LOCATION] == 1 {
            return match self.external_span(reader, expected) {
                Ok(span) => sized(vec![span], expected, dtype, "external data"),
                Err(problem) => (Vec::new(), Encoding::Plain, Some(problem)),
            };
        }
        let file = reader.file;
        if let Some((offset, len)) = self.raw {
            return sized(vec![Span { file, offset, len }], expected, dtype, "raw_data");
        }
        let (place, numbers) = match self.numbers[DATA_TYPE] {
            1 | 14 => (FLOATS, Encoding::Plain),
            11 | 15 => (DOUBLES, Encoding::Plain),
            7 => (INT64, Encoding::Varint),
            12 | 13 => (UINT64, Encoding::Varint),
            8 => (STRINGS, Encoding::Other),
            _ => (INT32, Encoding::Varint),
        };
        let runs = &self.runs[place];
        if runs.overflow {
            let problem = format!("its elements are scattered over more than {MAX_RUNS} places");
            return (Vec::new(), Encoding::Other, Some(problem));
        }
        let spans = runs.to_spans(file);
        match numbers {
            Encoding::Plain if runs.singles == 0 => sized(spans, expected, dtype, "its float list"),
            Encoding::Varint if runs.singles == 0 => (spans, Encoding::Varint, None),
            _ => (spans, Encoding::Other, None),
        }
    }

    fn external_span(&self, reader: &mut Reader, expected: Option<u64>) -> Result<Span, String> {
        let [_, location, offset, length] = &self.texts;
        let file = reader
            .source
            .sibling(reader.file, location)
            .ok_or_else(|| format!("its external data file {} is not among the inputs", Quoted(location)))?;
        let total = reader.source.len(file);
        let number = |text: &str, default: Option<u64>| match text {
            "" => default,
            digits => digits.parse().ok(),
        };
        let first = number(offset, Some(0));
        let rest = first.and_then(|offset| total.checked_sub(offset));
        // Without a length the data goes on to the end; only what the shape needs is the tensor's.
        let default = rest.map(|rest| expected.map_or(rest, |expected| rest.min(expected)));
        let len = number(length, default);
        match (first, rest, len) {
            (Some(offset), Some(rest), Some(len)) if len <= rest => Ok(Span { file, offset, len }),
            _ => Err(format!(
                "offset {} and length {} do not lie in {}, which has {total} bytes",
                Quoted(offset),
                Quoted(length),
                Quoted(location)
            )),
        }
    }
}

/// Plain only if the bytes are as many as shape and type need.
fn sized(spans: Vec<Span>, expected: Option<u64>, dtype: Dtype, place: &str) -> (Vec<Span>, Encoding, Option<String>) {
    let spans: Vec<Span> = spans.into_iter().filter(|span| span.len > 0).collect();
    let len: u64 = spans.iter().map(|span| span.len).sum();
    match expected {
        Some(expected) if expected == len => (spans, Encoding::Plain, None),
        // Nothing at all is how a graph's placeholder looks; there are no bytes to misread.
        _ if len == 0 => (spans, Encoding::Plain, None),
        None if dtype == Dtype::Opaque => (spans, Encoding::Other, None),
        _ => {
            let problem = format!("{place} does not have the bytes that shape and type need, so it is kept as bytes");
            (spans, Encoding::Other, Some(problem))
        }
    }
}

/// An attribute's list of numbers or strings as a tensor.
pub(super) fn list(reader: &mut Reader, name: &str, runs: &Runs, dtype: Dtype) -> Tensor {
    let (encoding, count) = match dtype {
        _ if runs.singles > 0 => (Encoding::Other, Some(runs.singles).filter(|_| !runs.packed)),
        _ if runs.overflow => (Encoding::Other, None),
        Dtype::F32 if runs.len().is_multiple_of(4) => (Encoding::Plain, Some(runs.len() / 4)),
        Dtype::I64 => (Encoding::Varint, None),
        _ => (Encoding::Other, None),
    };
    if runs.overflow {
        reader.note(
            name,
            format!("its elements are scattered over more than {MAX_RUNS} places"),
        );
    }
    Tensor {
        name: name.to_owned(),
        dtype,
        type_name: if dtype == Dtype::Opaque {
            "string".into()
        } else {
            String::new()
        },
        // How many numbers packed varints hold is not known without reading them.
        shape: count.into_iter().collect(),
        encoding,
        axis: None,
        inflated: None,
        spans: if runs.overflow {
            Vec::new()
        } else {
            runs.to_spans(reader.file)
        },
    }
}

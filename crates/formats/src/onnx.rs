//! ONNX: tensors anywhere in the model, found by walking the protobuf with an explicit stack.
//!
//! A field is entered only if it leads to tensors; weights are stepped over, so a model of any
//! size is mapped from its structure alone.
//!
//! A `Constant` may be an attribute's list. Packed floats are plain, integers are varints, and what stands one by one behind
//! tags is bytes with a shape. A single number or string is no tensor.

mod axis;
mod schema;
mod tensor;

use crate::error::check_limit;
use crate::input::{Input, Reading};
use crate::map::described;
use crate::ordered::Map;
use crate::protobuf::{self, Field, Value};
use crate::{Dtype, FileMap, FormatError, Source, Tensor, limits};
use axis::Axis;
use schema::{FLOATS, INT, INT64, LENGTH, LOCATION, Message, NAME, OFFSET, Role, STRINGS, TRANSPOSED};
use tensor::Runs;
use tensorpress_json::{Quoted, head};

const FORMAT: &str = "onnx";
/// Attribute number lists below this many bytes are parameters (pads, strides), not weights.
const MIN_ATTRIBUTE_LIST: u64 = 2048;
/// The most different notes about one file.
const MAX_NOTES: usize = 64;

/// One message on the way from the model to the field being read, with what has to be remembered until it ends: protobuf
/// fields come in any order. Which places its texts, numbers and runs have is in [`schema`].
#[derive(Default)]
struct Frame {
    message: Message,
    end: u64,
    texts: [String; schema::TEXTS],
    numbers: [u64; schema::NUMBERS],
    runs: [Runs; schema::RUNS],
    dims: Vec<u64>,
    raw: Option<(u64, u64)>,
    /// A node's first inputs; those behind them are no weights.
    inputs: Vec<String>,
    own: Vec<Own>,
}

/// A tensor in a message and what it is called there.
struct Own {
    index: usize,
    attribute: String,
    suffix: &'static str,
}

/// A model as far as it has been read.
struct Reader {
    source: Source,
    file: usize,
    /// Offset of the next field.
    position: u64,
    stack: Vec<Frame>,
    tensors: Vec<Tensor>,
    /// In the order of their reasons.
    notes: Vec<Note>,
    /// How nodes use the values of their inputs, by name.
    uses: Map<String, Axis>,
    graphs: usize,
    roots: u64,
    /// Bytes of all names, as often as they were written, and of shapes.
    names: u64,
}

/// What is wrong with some tensors.
struct Note {
    reason: String,
    first: String,
    count: u64,
}

/// Maps the ONNX model `file`. External data is looked up among the siblings; what is missing is
/// noted and its tensors have no spans.
pub fn read(source: Source, file: usize) -> Reading {
    let mut reader = Reader::new(source.clone(), file);
    Reading::new(source, file, FORMAT, move |input| reader.map(input))
}

impl Reader {
    fn new(source: Source, file: usize) -> Self {
        let model = Frame {
            message: Message::Model,
            end: source.len(file),
            ..Frame::default()
        };
        Reader {
            source,
            file,
            stack: vec![model],
            position: 0,
            tensors: Vec::new(),
            notes: Vec::new(),
            uses: Map::default(),
            graphs: 0,
            roots: 0,
            names: 0,
        }
    }

    fn map(&mut self, input: &Input) -> Result<FileMap, FormatError> {
        while let Some(top) = self.stack.last() {
            if self.position < top.end {
                let field = protobuf::field(input, self.position, top.end)?;
                self.position = self.take(input, field)?;
                input.settle();
            } else if let Some(mut done) = self.stack.pop() {
                self.leave(&mut done)?;
            }
        }
        if self.roots == 0 {
            return Err(input.unsupported("a protobuf without an ONNX graph or function"));
        }
        for tensor in &mut self.tensors {
            let used = self.uses.get(tensor.name.as_str());
            tensor.axis = used.and_then(|axis| axis.of(tensor.shape.len()));
        }
        let notes = self.notes.iter().map(|Note { reason, first, count }| match count {
            1 => format!("tensor {}: {reason}", Quoted(first)),
            _ => format!("{count} tensors, the first is {}: {reason}", Quoted(first)),
        });
        Ok(FileMap {
            format: FORMAT.into(),
            notes: notes.collect(),
            tensors: std::mem::take(&mut self.tensors),
        })
    }

    /// Handles one field of the message on top. Gives the offset of the next.
    fn take(&mut self, input: &Input, field: Field) -> Result<u64, FormatError> {
        let Some(top) = self.stack.last_mut() else {
            return Ok(field.end);
        };
        match (top.message.role(field.number), field.value) {
            (Role::Child(message), Value::Bytes { offset, .. }) => {
                self.roots += u64::from(top.message == Message::Model);
                if message == Message::Graph {
                    self.graphs += 1;
                    check_limit(FORMAT, "MAX_DEPTH", limits::MAX_DEPTH as u64, self.graphs as u64)?;
                }
                let end = field.end;
                self.stack.push(Frame {
                    message,
                    end,
                    ..Frame::default()
                });
                return Ok(offset);
            }
            (Role::Text(place), _) => top.texts[place] = text(input, field)?,
            (Role::First(place), _) if top.texts[place].is_empty() => top.texts[place] = text(input, field)?,
            (Role::Input, _) if top.inputs.len() < axis::INPUTS => top.inputs.push(text(input, field)?),
            (Role::Number(place), Value::Varint(number)) => top.numbers[place] = number,
            (Role::Runs(place), _) => top.runs[place].push(field),
            (Role::Elements(place), _) => top.runs[place].push_element(field),
            (Role::Raw, Value::Bytes { offset, len }) => top.raw = Some((offset, len)),
            (Role::Dims, Value::Bytes { offset, len }) => {
                top.dims.extend(protobuf::packed(input, offset, len, limits::MAX_RANK)?);
            }
            (Role::Dims, Value::Varint(dim)) => top.dims.push(dim),
            _ => {}
        }
        check_limit(FORMAT, "MAX_RANK", limits::MAX_RANK as u64, top.dims.len() as u64)?;
        Ok(field.end)
    }

    /// A message has ended: everything it says is known.
    fn leave(&mut self, done: &mut Frame) -> Result<(), FormatError> {
        match done.message {
            Message::Graph => self.graphs -= 1,
            Message::Tensor => self.add(|reader| done.take_tensor(reader))?,
            Message::Entry => {
                let [_, key, value, _] = &mut done.texts;
                let place = match key.as_str() {
                    "location" => LOCATION,
                    "offset" => OFFSET,
                    "length" => LENGTH,
                    _ => return Ok(()),
                };
                if let Some(tensor) = self.stack.last_mut() {
                    tensor.texts[place] = std::mem::take(value);
                }
            }
            Message::Sparse => self.leave_sparse(&done.own)?,
            Message::Attribute => self.leave_attribute(done)?,
            Message::Node => self.leave_node(done)?,
            _ => {}
        }
        Ok(())
    }

    fn leave_node(&mut self, done: &mut Frame) -> Result<(), FormatError> {
        let [name, output, operator, _] = &done.texts;
        let axes = axis::uses(operator, done.numbers[TRANSPOSED] != 0);
        for (name, axis) in done.inputs.iter_mut().zip(axes) {
            if let Some(axis) = axis
                && !name.is_empty()
            {
                self.uses.entry(std::mem::take(name), axis);
            }
        }
        let constant = operator == "Constant";
        // The values and indices of one sparse constant make two.
        let whole = constant && done.own.len() <= 2;
        let label = if name.is_empty() || constant { output } else { name };
        for own in &done.own {
            let Own { attribute, suffix, .. } = own;
            let name = match whole {
                true => format!("{label}{suffix}"),
                false => format!("{}/{attribute}{suffix}", head(label)),
            };
            self.rename(own.index, name)?;
        }
        Ok(())
    }

    /// Gives a tensor the name that what it stands in makes for it.
    fn rename(&mut self, index: usize, name: String) -> Result<(), FormatError> {
        self.count(described(&name, 0))?;
        self.tensors[index].name = name;
        Ok(())
    }

    /// Counts bytes of names and shapes.
    fn count(&mut self, bytes: u64) -> Result<(), FormatError> {
        self.names += bytes;
        check_limit(FORMAT, "MAX_NAMES", limits::MAX_NAMES, self.names)
    }

    /// Adds a tensor and tells the message it stands in.
    fn add(&mut self, finish: impl FnOnce(&mut Self) -> Tensor) -> Result<(), FormatError> {
        let index = self.tensors.len();
        check_limit(FORMAT, "MAX_TENSORS", limits::MAX_TENSORS, index as u64 + 1)?;
        let tensor = finish(self);
        self.count(described(&tensor.name, tensor.shape.len()))?;
        self.tensors.push(tensor);
        self.own(index, "");
        Ok(())
    }

    /// Tells the message on top of a tensor in it, which gets its name from there.
    fn own(&mut self, index: usize, suffix: &'static str) {
        if let Some(top) = self.stack.last_mut()
            && matches!(top.message, Message::Attribute | Message::Sparse)
        {
            top.own.push(Own {
                index,
                attribute: String::new(),
                suffix,
            });
        }
    }

    /// The indices of a sparse tensor have no name: they take that of the values.
    fn leave_sparse(&mut self, own: &[Own]) -> Result<(), FormatError> {
        let Some(values) = own.first().map(|first| self.tensors[first.index].name.clone()) else {
            return Ok(());
        };
        for (place, &Own { index, .. }) in own.iter().enumerate() {
            let suffix = if place == 0 { "" } else { "/indices" };
            if place > 0 && self.tensors[index].name.is_empty() {
                self.rename(index, format!("{}{suffix}", head(&values)))?;
            }
            self.own(index, suffix);
        }
        Ok(())
    }

    fn leave_attribute(&mut self, done: &mut Frame) -> Result<(), FormatError> {
        let name = &done.texts[NAME];
        for (place, dtype) in [(FLOATS, Dtype::F32), (INT64, Dtype::I64), (STRINGS, Dtype::Opaque)] {
            let runs = &done.runs[place];
            if runs.len() >= MIN_ATTRIBUTE_LIST || (runs.len() > 0 && name.starts_with("value_")) {
                done.own.push(Own {
                    index: self.tensors.len(),
                    attribute: String::new(),
                    suffix: "",
                });
                self.add(|reader| tensor::list(reader, name, runs, dtype))?;
            }
        }
        let label = head(name);
        self.count(described(label, 0) * done.own.len() as u64)?;
        let node = self.stack.last_mut().filter(|top| top.message == Message::Node);
        if let Some(node) = node {
            if name == "transB" {
                node.numbers[TRANSPOSED] = done.numbers[INT];
            }
            for &Own { index, suffix, .. } in &done.own {
                let attribute = label.to_owned();
                node.own.push(Own {
                    index,
                    attribute,
                    suffix,
                });
            }
        } else {
            for own in &done.own {
                self.rename(own.index, format!("{label}{}", own.suffix))?;
            }
        }
        Ok(())
    }

    /// Counts a note; tensors with the same reason share one.
    fn note(&mut self, name: &str, reason: String) {
        match self.notes.binary_search_by(|note| note.reason.cmp(&reason)) {
            Ok(place) => self.notes[place].count += 1,
            Err(place) if self.notes.len() < MAX_NOTES => {
                let first = head(name).to_owned();
                self.notes.insert(
                    place,
                    Note {
                        reason,
                        first,
                        count: 1,
                    },
                );
            }
            Err(_) => {}
        }
    }
}

/// A string field's text; other wire types count as absent.
fn text(input: &Input, field: Field) -> Result<String, FormatError> {
    let Value::Bytes { offset, len } = field.value else {
        return Ok(String::new());
    };
    check_limit(FORMAT, "MAX_STRING", limits::MAX_STRING, len)?;
    Ok(String::from_utf8_lossy(&input.bytes(offset, len)?).into_owned())
}

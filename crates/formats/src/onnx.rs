//! ONNX: tensors anywhere in the model, found by walking the protobuf with an explicit stack.
//!
//! A field is entered only if it leads to tensors; weights are stepped over, so a model of any
//! size is mapped from its structure alone.

mod axis;
mod schema;
mod tensor;

use crate::error::check_limit;
use crate::protobuf::{Cursor, Field, Value};
use crate::{Dtype, FileMap, FormatError, Source, Tensor, limits};
use axis::Axis;
use schema::Message;
use std::collections::BTreeMap;
use tensor::{Runs, TensorFields};
use tensorpress_json::Quoted;

const FORMAT: &str = "onnx";
/// Longest part of a composed name, so that a long node name is not repeated for a million tensors.
const MAX_NAME_PART: usize = 256;
/// Attribute number lists below this many bytes are parameters (pads, strides), not weights.
const MIN_ATTRIBUTE_LIST: u64 = 2048;
/// Most different notes about one file.
const MAX_NOTES: usize = 64;

/// One message on the way from the model to the field being read.
struct Frame {
    message: Message,
    end: u64,
    state: State,
}

/// What has to be remembered until a message ends: protobuf fields come in any order.
enum State {
    None,
    Node {
        output: String,
        name: String,
        operator: String,
        /// Its first inputs; those behind them are no weights.
        inputs: Vec<String>,
        /// Gemm's `transB`.
        transposed: bool,
        own: Vec<(usize, Inner)>,
    },
    Attribute(Attribute),
    Sparse {
        own: Vec<usize>,
    },
    Tensor(Box<TensorFields>),
    Entry {
        key: String,
        value: String,
    },
}

/// An attribute and the tensors that stand directly in it.
#[derive(Default)]
struct Attribute {
    name: String,
    floats: Runs,
    ints: Runs,
    strings: Runs,
    int: u64,
    own: Vec<(usize, &'static str)>,
}

/// What a node's tensor is called within the node.
struct Inner {
    attribute: String,
    suffix: &'static str,
}

impl Inner {
    fn full(&self) -> String {
        format!("{}{}", self.attribute, self.suffix)
    }
}

struct Reader {
    source: Source,
    file: usize,
    cursor: Cursor,
    stack: Vec<Frame>,
    tensors: Vec<Tensor>,
    /// Reason → first tensor and count.
    notes: BTreeMap<String, (String, u64)>,
    siblings: BTreeMap<String, Option<usize>>,
    /// How nodes use the values of their inputs, by name.
    uses: BTreeMap<String, Axis>,
    graphs: usize,
    roots: u64,
}

/// Maps the ONNX model `file`. External data is looked up among the siblings; what is missing is
/// noted and its tensors have no spans.
pub async fn read(source: Source, file: usize) -> Result<FileMap, FormatError> {
    let end = source.len(file);
    let mut reader = Reader {
        cursor: Cursor::new(source.clone(), file, FORMAT),
        source,
        file,
        stack: Vec::new(),
        tensors: Vec::new(),
        notes: BTreeMap::new(),
        siblings: BTreeMap::new(),
        uses: BTreeMap::new(),
        graphs: 0,
        roots: 0,
    };
    reader.enter(Message::Model, end)?;
    while let Some(top) = reader.stack.last() {
        if reader.cursor.position < top.end {
            let field = reader.cursor.field(top.end).await?;
            reader.take(field).await?;
        } else if let Some(done) = reader.stack.pop() {
            reader.leave(done)?;
        }
    }
    if reader.roots == 0 {
        return Err(FormatError::unsupported(
            FORMAT,
            "a protobuf without an ONNX graph or function",
        ));
    }
    for tensor in &mut reader.tensors {
        let used = reader.uses.get(&tensor.name);
        tensor.axis = used.and_then(|axis| axis.of(tensor.shape.len()));
    }
    let notes = reader.notes.into_iter().map(|(reason, (first, count))| match count {
        1 => format!("tensor {}: {reason}", Quoted(&first)),
        _ => format!("{count} tensors, the first is {}: {reason}", Quoted(&first)),
    });
    Ok(FileMap {
        format: FORMAT.into(),
        tensors: reader.tensors,
        notes: notes.collect(),
    })
}

impl Reader {
    fn enter(&mut self, message: Message, end: u64) -> Result<(), FormatError> {
        if message == Message::Graph {
            self.graphs += 1;
            check_limit(FORMAT, "MAX_DEPTH", limits::MAX_DEPTH as u64, self.graphs as u64)?;
        }
        let state = match message {
            Message::Node => State::Node {
                output: String::new(),
                name: String::new(),
                operator: String::new(),
                inputs: Vec::new(),
                transposed: false,
                own: Vec::new(),
            },
            Message::Attribute => State::Attribute(Attribute::default()),
            Message::Sparse => State::Sparse { own: Vec::new() },
            Message::Tensor => State::Tensor(Box::default()),
            Message::Entry => State::Entry {
                key: String::new(),
                value: String::new(),
            },
            _ => State::None,
        };
        self.stack.push(Frame { message, end, state });
        Ok(())
    }

    /// Handles one field of the message on top; the cursor is behind it.
    async fn take(&mut self, field: Field) -> Result<(), FormatError> {
        let Some(top) = self.stack.last_mut() else {
            return Ok(());
        };
        if let Value::Bytes { offset, .. } = field.value
            && let Some(message) = top.message.child(field.number)
        {
            self.roots += u64::from(top.message == Message::Model);
            self.cursor.position = offset;
            return self.enter(message, field.end);
        }
        let cursor = &mut self.cursor;
        match (&mut top.state, field.number) {
            (State::Node { inputs, .. }, 1) if inputs.len() < axis::INPUTS => inputs.push(text(cursor, field).await?),
            (State::Node { output, .. }, 2) if output.is_empty() => *output = text(cursor, field).await?,
            (State::Node { name, .. }, 3) => *name = text(cursor, field).await?,
            (State::Node { operator, .. }, 4) => *operator = text(cursor, field).await?,
            (State::Attribute(attribute), 3) => {
                if let Value::Varint(int) = field.value {
                    attribute.int = int;
                }
            }
            (State::Attribute(attribute), 1) => attribute.name = text(cursor, field).await?,
            (State::Attribute(attribute), 7) => attribute.floats.push(field),
            (State::Attribute(attribute), 8) => attribute.ints.push(field),
            (State::Attribute(attribute), 9) => attribute.strings.push_element(field),
            (State::Entry { key, .. }, 1) => *key = text(cursor, field).await?,
            (State::Entry { value, .. }, 2) => *value = text(cursor, field).await?,
            (State::Tensor(fields), 8) => fields.name = text(cursor, field).await?,
            (State::Tensor(fields), 1) => {
                if let Value::Bytes { offset, .. } = field.value {
                    cursor.position = offset;
                    while cursor.position < field.end {
                        let dim = cursor.packed_varint(field.end).await?;
                        fields.push_dim(dim)?;
                    }
                } else if let Value::Varint(dim) = field.value {
                    fields.push_dim(dim)?;
                }
            }
            (State::Tensor(fields), _) => fields.push(field),
            _ => {}
        }
        Ok(())
    }

    /// A message has ended: everything it says is known.
    fn leave(&mut self, done: Frame) -> Result<(), FormatError> {
        self.graphs -= usize::from(done.message == Message::Graph);
        match done.state {
            State::Tensor(fields) => self.add(|reader| fields.finish(reader))?,
            State::Entry { key, value } => {
                if let Some(State::Tensor(fields)) = self.stack.last_mut().map(|frame| &mut frame.state) {
                    fields.set_external(&key, value);
                }
            }
            State::Sparse { own } => self.leave_sparse(own),
            State::Attribute(attribute) => self.leave_attribute(attribute)?,
            State::Node {
                output,
                name,
                operator,
                inputs,
                transposed,
                own,
            } => {
                for (name, axis) in axis::uses(&operator, transposed, inputs) {
                    self.uses.entry(name).or_insert(axis);
                }
                let constant = operator == "Constant";
                // The values and indices of one sparse constant make two.
                let whole = constant && own.len() <= 2;
                let label = if name.is_empty() || constant { &output } else { &name };
                for (index, inner) in own {
                    let inner = if whole { inner.suffix.to_owned() } else { inner.full() };
                    let label = if whole { label } else { head(label) };
                    self.tensors[index].name = format!("{label}{}{inner}", if whole { "" } else { "/" });
                }
            }
            State::None => {}
        }
        Ok(())
    }

    /// Adds a tensor and tells the message it stands in.
    fn add(&mut self, finish: impl FnOnce(&mut Self) -> Tensor) -> Result<(), FormatError> {
        let index = self.tensors.len();
        check_limit(FORMAT, "MAX_TENSORS", limits::MAX_TENSORS, index as u64 + 1)?;
        let tensor = finish(self);
        self.tensors.push(tensor);
        match self.stack.last_mut().map(|frame| &mut frame.state) {
            Some(State::Sparse { own }) => own.push(index),
            Some(State::Attribute(attribute)) => attribute.own.push((index, "")),
            _ => {}
        }
        Ok(())
    }

    /// The indices of a sparse tensor have no name: they take that of the values.
    fn leave_sparse(&mut self, own: Vec<usize>) {
        let values = own
            .first()
            .map_or_else(String::new, |first| self.tensors[*first].name.clone());
        for (place, index) in own.iter().enumerate() {
            let suffix = if place == 0 { "" } else { "/indices" };
            if place > 0 && self.tensors[*index].name.is_empty() {
                self.tensors[*index].name = format!("{}{suffix}", head(&values));
            }
            if let Some(State::Attribute(attribute)) = self.stack.last_mut().map(|frame| &mut frame.state) {
                attribute.own.push((*index, suffix));
            }
        }
    }

    fn leave_attribute(&mut self, attribute: Attribute) -> Result<(), FormatError> {
        let Attribute {
            name,
            floats,
            ints,
            strings,
            int,
            mut own,
        } = attribute;
        if name == "transB"
            && let Some(State::Node { transposed, .. }) = self.stack.last_mut().map(|frame| &mut frame.state)
        {
            *transposed = int != 0;
        }
        for (runs, dtype) in [(floats, Dtype::F32), (ints, Dtype::I64), (strings, Dtype::Opaque)] {
            if runs.len() >= MIN_ATTRIBUTE_LIST || (runs.len() > 0 && name.starts_with("value_")) {
                own.push((self.tensors.len(), ""));
                self.add(|reader| tensor::list(reader, &name, runs, dtype))?;
            }
        }
        let label = head(&name);
        match self.stack.last_mut().map(|frame| &mut frame.state) {
            Some(State::Node { own: owned, .. }) => owned.extend(own.into_iter().map(|(index, suffix)| {
                let attribute = label.to_owned();
                (index, Inner { attribute, suffix })
            })),
            _ => {
                for (index, suffix) in own {
                    self.tensors[index].name = format!("{label}{suffix}");
                }
            }
        }
        Ok(())
    }

    /// Counts a note; tensors with the same reason share one.
    fn note(&mut self, name: &str, reason: String) {
        if let Some((_, count)) = self.notes.get_mut(&reason) {
            *count += 1;
        } else if self.notes.len() < MAX_NOTES {
            self.notes.insert(reason, (head(name).to_owned(), 1));
        }
    }

    /// The input file that external data of `location` lies in.
    fn sibling(&mut self, location: &str) -> Option<usize> {
        if let Some(known) = self.siblings.get(location) {
            return *known;
        }
        let found = self.source.sibling(self.file, location);
        self.siblings.insert(location.to_owned(), found);
        found
    }
}

/// The start of a name that goes into a composed one.
fn head(name: &str) -> &str {
    let mut ends = (0..=name.len().min(MAX_NAME_PART)).rev();
    ends.find_map(|end| name.get(..end)).unwrap_or_default()
}

/// A string field's text; other wire types count as absent.
async fn text(cursor: &mut Cursor, field: Field) -> Result<String, FormatError> {
    let Value::Bytes { offset, len } = field.value else {
        return Ok(String::new());
    };
    check_limit(FORMAT, "MAX_STRING", limits::MAX_STRING, len)?;
    Ok(String::from_utf8_lossy(&cursor.bytes(offset, len).await?).into_owned())
}

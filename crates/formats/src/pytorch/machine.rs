//! The pickle machine. It builds descriptions of objects and runs no code: a call of a known
//! function is understood, any other leaves a placeholder.

use super::FORMAT;
use super::globals::{Global, lookup};
use super::opcodes::*;
use super::value::{Heap, Node, Storage, Value, View};
use crate::error::FormatError;
use crate::limits::{MAX_PICKLE_STEPS, MAX_RANK};
use std::collections::HashMap;

struct Machine<'a> {
    pickle: &'a [u8],
    at: usize,
    nodes: Vec<Node<'a>>,
    stack: Vec<Value<'a>>,
    /// Stack heights at the open marks.
    marks: Vec<usize>,
    memo: HashMap<u32, Value<'a>>,
}

type Result<T> = std::result::Result<T, FormatError>;

/// Runs a pickle to its STOP.
pub fn run(pickle: &[u8]) -> Result<Heap<'_>> {
    let mut machine = Machine {
        pickle,
        at: 0,
        nodes: Vec::new(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
    };
    // Each step adds at most one entry to each of the machine's collections, so this bounds them all.
    for _ in 0..MAX_PICKLE_STEPS {
        if machine.step()? {
            let root = machine.pop()?;
            return Ok(Heap {
                nodes: machine.nodes,
                root,
            });
        }
    }
    Err(FormatError::Limit {
        format: FORMAT,
        limit: "MAX_PICKLE_STEPS",
        max: MAX_PICKLE_STEPS,
        found: MAX_PICKLE_STEPS + 1,
    })
}

impl<'a> Machine<'a> {
    fn corrupt(&self, detail: &str) -> FormatError {
        FormatError::Corrupt {
            format: FORMAT,
            offset: self.at as u64,
            detail: format!("pickle: {detail}"),
        }
    }

    fn take(&mut self, len: u64) -> Result<&'a [u8]> {
        let rest = &self.pickle[self.at..];
        if len > rest.len() as u64 {
            return Err(FormatError::Truncated {
                format: FORMAT,
                offset: self.at as u64,
                needed: len,
                len: self.pickle.len() as u64,
            });
        }
        self.at += len as usize;
        Ok(&rest[..len as usize])
    }

    /// A little-endian number of `width` bytes, at most eight.
    fn number(&mut self, width: usize) -> Result<u64> {
        let mut bytes = [0; 8];
        bytes[..width].copy_from_slice(self.take(width as u64)?);
        Ok(u64::from_le_bytes(bytes))
    }

    /// Bytes behind a length of `width` bytes.
    fn counted(&mut self, width: usize) -> Result<&'a [u8]> {
        let len = self.number(width)?;
        self.take(len)
    }

    fn line(&mut self) -> Result<&'a str> {
        let end = self.pickle[self.at..].iter().position(|&b| b == b'\n');
        let line = self.take(end.ok_or_else(|| self.corrupt("a line without end"))? as u64)?;
        self.at += 1;
        self.text(line)
    }

    fn text(&self, bytes: &'a [u8]) -> Result<&'a str> {
        std::str::from_utf8(bytes).map_err(|_| self.corrupt("text that is not UTF-8"))
    }

    fn pop(&mut self) -> Result<Value<'a>> {
        // What lies below an open mark is out of reach.
        if self.stack.len() <= self.marks.last().copied().unwrap_or(0) {
            return Err(self.corrupt("an empty stack"));
        }
        Ok(self.stack.pop().expect("checked above"))
    }

    fn top(&self) -> Result<Value<'a>> {
        let value = self
            .stack
            .last()
            .filter(|_| self.stack.len() > self.marks.last().copied().unwrap_or(0));
        value.copied().ok_or_else(|| self.corrupt("an empty stack"))
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Value<'a>>> {
        let mark = self.marks.pop().ok_or_else(|| self.corrupt("no mark"))?;
        Ok(self.stack.split_off(mark))
    }

    fn pop_many(&mut self, count: usize) -> Result<Vec<Value<'a>>> {
        let mut values = Vec::with_capacity(count);
        for _ in 0..count {
            values.push(self.pop()?);
        }
        values.reverse();
        Ok(values)
    }

    fn push_node(&mut self, node: Node<'a>) {
        self.stack.push(Value::Node(self.nodes.len()));
        self.nodes.push(node);
    }

    fn push_bytes(&mut self, width: usize) -> Result<()> {
        self.counted(width)?;
        self.stack.push(Value::Other);
        Ok(())
    }

    fn push_text(&mut self, width: usize) -> Result<()> {
        let bytes = self.counted(width)?;
        let text = self.text(bytes)?;
        self.stack.push(Value::Text(text));
        Ok(())
    }

    /// A two's complement integer of any length.
    fn push_long(&mut self, width: usize) -> Result<()> {
        let bytes = self.counted(width)?;
        let value = if bytes.len() > 8 {
            Value::Other
        } else {
            let fill = if bytes.last().is_some_and(|b| b & 0x80 != 0) {
                0xff
            } else {
                0
            };
            let mut wide = [fill; 8];
            wide[..bytes.len()].copy_from_slice(bytes);
            Value::Int(i64::from_le_bytes(wide))
        };
        self.stack.push(value);
        Ok(())
    }

    fn get(&mut self, width: usize) -> Result<()> {
        let key = self.number(width)? as u32;
        let value = self.memo.get(&key).copied();
        self.stack
            .push(value.ok_or_else(|| self.corrupt("a memo entry that was never put"))?);
        Ok(())
    }

    fn put(&mut self, key: u32) -> Result<()> {
        self.memo.insert(key, self.top()?);
        Ok(())
    }

    /// Runs one opcode; `true` at STOP.
    fn step(&mut self) -> Result<bool> {
        let opcode = self.take(1)?[0];
        match opcode {
            STOP => return Ok(true),
            PROTO => {
                let protocol = self.number(1)?;
                if !(2..=5).contains(&protocol) {
                    return Err(self.corrupt(&format!("protocol {protocol}, 2 to 5 are known")));
                }
            }
            FRAME => {
                self.take(8)?;
            }
            MARK => self.marks.push(self.stack.len()),
            POP if self.marks.last() == Some(&self.stack.len()) => {
                self.marks.pop();
            }
            POP => {
                self.pop()?;
            }
            POP_MARK => {
                self.pop_to_mark()?;
            }
            DUP => self.stack.push(self.top()?),
            NONE => self.stack.push(Value::Other),
            NEWTRUE => self.stack.push(Value::Int(1)),
            NEWFALSE => self.stack.push(Value::Int(0)),
            BININT => {
                let number = self.number(4)? as u32;
                self.stack.push(Value::Int(i64::from(number as i32)));
            }
            BININT1 | BININT2 => {
                let number = self.number(if opcode == BININT1 { 1 } else { 2 })?;
                self.stack.push(Value::Int(number as i64));
            }
            LONG1 => self.push_long(1)?,
            LONG4 => self.push_long(4)?,
            BINFLOAT => {
                self.take(8)?;
                self.stack.push(Value::Other);
            }
            SHORT_BINUNICODE => self.push_text(1)?,
            BINUNICODE => self.push_text(4)?,
            BINUNICODE8 => self.push_text(8)?,
            SHORT_BINSTRING => self.push_text(1)?,
            BINSTRING => self.push_text(4)?,
            SHORT_BINBYTES => self.push_bytes(1)?,
            BINBYTES => self.push_bytes(4)?,
            BINBYTES8 | BYTEARRAY8 => self.push_bytes(8)?,
            EMPTY_TUPLE | EMPTY_LIST | EMPTY_SET => self.push_node(Node::Sequence(Vec::new())),
            EMPTY_DICT => self.push_node(Node::Dict(Vec::new())),
            TUPLE1 | TUPLE2 | TUPLE3 => {
                let elements = self.pop_many(usize::from(opcode - TUPLE1) + 1)?;
                self.push_node(Node::Sequence(elements));
            }
            TUPLE | LIST | FROZENSET => {
                let elements = self.pop_to_mark()?;
                self.push_node(Node::Sequence(elements));
            }
            DICT => {
                let elements = self.pop_to_mark()?;
                self.push_node(Node::Dict(Vec::new()));
                self.set_items(elements)?;
            }
            APPEND => {
                let element = self.pop()?;
                self.append(vec![element])?;
            }
            APPENDS | ADDITEMS => {
                let elements = self.pop_to_mark()?;
                self.append(elements)?;
            }
            SETITEM => {
                let pair = self.pop_many(2)?;
                self.set_items(pair)?;
            }
            SETITEMS => {
                let elements = self.pop_to_mark()?;
                self.set_items(elements)?;
            }
            BINPUT => {
                let key = self.number(1)?;
                self.put(key as u32)?;
            }
            LONG_BINPUT => {
                let key = self.number(4)?;
                self.put(key as u32)?;
            }
            MEMOIZE => self.put(self.memo.len() as u32)?,
            BINGET => self.get(1)?,
            LONG_BINGET => self.get(4)?,
            GLOBAL => {
                let (module, name) = (self.line()?, self.line()?);
                self.stack.push(Value::Global(lookup(module, name)));
            }
            STACK_GLOBAL => {
                let [module, name] = [0, 1].map(|_| self.pop());
                let (Value::Text(name), Value::Text(module)) = (module?, name?) else {
                    return Err(self.corrupt("a global whose name is no text"));
                };
                self.stack.push(Value::Global(lookup(module, name)));
            }
            BINPERSID => {
                let id = self.pop()?;
                self.persistent(id)?;
            }
            REDUCE | NEWOBJ => {
                let arguments = self.pop()?;
                let callable = self.pop()?;
                self.call(callable, arguments)?;
            }
            NEWOBJ_EX => {
                let parts = self.pop_many(3)?;
                self.push_node(Node::Object { parts, items: None });
            }
            BUILD => {
                let state = self.pop()?;
                if let Value::Node(object) = self.top()?
                    && let Node::Object { parts, .. } = &mut self.nodes[object]
                {
                    parts.push(state);
                }
            }
            _ => {
                return Err(FormatError::Unsupported {
                    format: FORMAT,
                    detail: format!("pickle opcode {opcode:#04x} at byte {} of data.pkl", self.at - 1),
                });
            }
        }
        Ok(false)
    }

    /// Appends to the list, set or list-like object on top.
    fn append(&mut self, elements: Vec<Value<'a>>) -> Result<()> {
        let Value::Node(target) = self.top()? else {
            return Err(self.corrupt("elements for something that holds none"));
        };
        match &mut self.nodes[target] {
            Node::Sequence(list) | Node::Object { parts: list, .. } => list.extend(elements),
            _ => return Err(self.corrupt("elements for something that is no list")),
        }
        Ok(())
    }

    /// Sets items of the dict or dict-like object on top.
    fn set_items(&mut self, elements: Vec<Value<'a>>) -> Result<()> {
        if !elements.len().is_multiple_of(2) {
            return Err(self.corrupt("a key without a value"));
        }
        let Value::Node(mut target) = self.top()? else {
            return Err(self.corrupt("items for something that holds none"));
        };
        let spare = self.nodes.len();
        if let Node::Object { items, .. } = &mut self.nodes[target] {
            target = *items.get_or_insert(spare);
            if target == spare {
                self.nodes.push(Node::Dict(Vec::new()));
            }
        }
        match &mut self.nodes[target] {
            Node::Dict(pairs) => pairs.extend(elements),
            _ => return Err(self.corrupt("items for something that is no dict")),
        }
        Ok(())
    }

    fn sequence(&self, value: Value<'a>) -> Option<&[Value<'a>]> {
        match value {
            Value::Node(node) => match &self.nodes[node] {
                Node::Sequence(elements) => Some(elements),
                _ => None,
            },
            _ => None,
        }
    }

    /// `('storage', class, key, location, length)`; other ids leave a placeholder.
    fn persistent(&mut self, id: Value<'a>) -> Result<()> {
        let node = match self.sequence(id) {
            Some(
                &[
                    Value::Text("storage"),
                    Value::Global(Global::Storage(element)),
                    Value::Text(key),
                    ..,
                ],
            ) => Node::Storage(Storage { element, key }),
            _ => placeholder(vec![id]),
        };
        self.push_node(node);
        Ok(())
    }

    /// Stands for `callable(*arguments)`.
    fn call(&mut self, callable: Value<'a>, arguments: Value<'a>) -> Result<()> {
        let values = self.sequence(arguments).unwrap_or(&[]);
        let node = match (callable, values) {
            (Value::Global(Global::Dict), []) => Node::Dict(Vec::new()),
            (Value::Global(Global::Parameter), &[tensor, ..]) => {
                self.stack.push(tensor);
                return Ok(());
            }
            (
                Value::Global(Global::FromType),
                &[
                    function @ Value::Global(Global::Tensor | Global::TypedTensor),
                    _,
                    inner,
                    ..,
                ],
            ) => {
                // The inner function is no FromType itself, so this recursion is one deep.
                return self.call(function, inner);
            }
            (Value::Global(Global::Tensor), &[storage, offset, shape, strides, ..]) => {
                self.view(storage, offset, shape, strides, None)?
            }
            (Value::Global(Global::TypedTensor), &[storage, offset, shape, strides, _, _, dtype, ..]) => {
                self.view(storage, offset, shape, strides, Some(dtype))?
            }
            _ => placeholder(vec![arguments]),
        };
        self.push_node(node);
        Ok(())
    }

    /// A tensor, or a placeholder where its storage or type is of no known kind.
    fn view(
        &self,
        storage: Value<'a>,
        offset: Value<'a>,
        shape: Value<'a>,
        strides: Value<'a>,
        dtype: Option<Value<'a>>,
    ) -> Result<Node<'a>> {
        let Value::Node(node) = storage else {
            return Ok(placeholder(Vec::new()));
        };
        let element = match (&self.nodes[node], dtype) {
            (Node::Storage(_), Some(Value::Global(Global::Dtype(element)))) => element,
            (
                Node::Storage(Storage {
                    element: Some(element), ..
                }),
                None,
            ) => *element,
            _ => return Ok(placeholder(Vec::new())),
        };
        let (Value::Int(offset @ 0..), Some(shape), Some(strides)) =
            (offset, self.sequence(shape), self.sequence(strides))
        else {
            return Err(self.corrupt("a tensor without offset, size and stride"));
        };
        if shape.len() != strides.len() || shape.len() > MAX_RANK {
            let detail = format!("a tensor of rank {} with {} strides", shape.len(), strides.len());
            return Err(self.corrupt(&detail));
        }
        let dimension = |v: &Value| match v {
            Value::Int(n @ 0..) => Some(*n as u64),
            _ => None,
        };
        let stride = |v: &Value| match v {
            Value::Int(n) => Some(*n),
            _ => None,
        };
        let shape = shape.iter().map(dimension).collect::<Option<_>>();
        let strides = strides.iter().map(stride).collect::<Option<_>>();
        let (Some(shape), Some(strides)) = (shape, strides) else {
            return Err(self.corrupt("a dimension or stride that is no number"));
        };
        Ok(Node::Tensor(Box::new(View {
            storage: node,
            element,
            offset: offset as u64,
            shape,
            strides,
        })))
    }
}

fn placeholder<'a>(parts: Vec<Value<'a>>) -> Node<'a> {
    Node::Object { parts, items: None }
}

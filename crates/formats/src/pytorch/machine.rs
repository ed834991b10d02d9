//! The pickle machine. It builds descriptions of objects and runs no code: a call of a known
//! function is understood, any other leaves a placeholder.

use super::FORMAT;
use super::globals::lookup;
use super::opcodes::*;
use super::value::{Heap, Node, Value};
use crate::error::FormatError;
use crate::limits::MAX_PICKLE_STEPS;

pub(super) struct Machine<'a> {
    pickle: &'a [u8],
    at: usize,
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) stack: Vec<Value<'a>>,
    /// Stack heights at the open marks.
    marks: Vec<usize>,
    /// By key: pickles number what they keep.
    memo: Vec<Option<Value<'a>>>,
}

pub(super) type Result<T> = std::result::Result<T, FormatError>;

/// Runs the pickle at the start of `pickle` to its STOP. `left` counts down the opcodes that may be run.
pub fn run<'a>(pickle: &'a [u8], left: &mut u64) -> Result<Heap<'a>> {
    let mut machine = Machine {
        pickle,
        at: 0,
        nodes: Vec::new(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: Vec::new(),
    };
    // Each step adds at most one entry to each of the machine's collections but the memo, whose keys are bounded: so this
    // bounds them all.
    while *left > 0 {
        *left -= 1;
        if machine.step()? {
            let root = machine.pop()?;
            return Ok(Heap {
                nodes: machine.nodes,
                root,
                len: machine.at,
            });
        }
    }
    Err(FormatError::limit(
        FORMAT,
        "MAX_PICKLE_STEPS",
        MAX_PICKLE_STEPS,
        MAX_PICKLE_STEPS + 1,
    ))
}

impl<'a> Machine<'a> {
    pub(super) fn corrupt(&self, detail: &str) -> FormatError {
        FormatError::corrupt(FORMAT, self.at as u64, format!("pickle: {detail}"))
    }

    fn take(&mut self, len: u64) -> Result<&'a [u8]> {
        let rest = &self.pickle[self.at..];
        if len > rest.len() as u64 {
            return Err(FormatError::truncated(
                FORMAT,
                self.at as u64,
                len,
                self.pickle.len() as u64,
            ));
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

    pub(super) fn pop(&mut self) -> Result<Value<'a>> {
        // What lies below an open mark is out of reach.
        if self.stack.len() <= self.marks.last().copied().unwrap_or(0) {
            return Err(self.corrupt("an empty stack"));
        }
        Ok(self.stack.pop().expect("checked above"))
    }

    pub(super) fn top(&self) -> Result<Value<'a>> {
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

    pub(super) fn push_node(&mut self, node: Node<'a>) {
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
        let key = self.number(width)?;
        let value = self.memo.get(key as usize).copied().flatten();
        self.stack
            .push(value.ok_or_else(|| self.corrupt("a memo entry that was never put"))?);
        Ok(())
    }

    fn put(&mut self, key: u64) -> Result<()> {
        let value = self.top()?;
        // What could have a key before took a byte and a step at least.
        if key >= MAX_PICKLE_STEPS.min(self.at as u64) {
            return Err(self.corrupt("a memo entry beyond what there can be"));
        }
        let key = key as usize;
        if key >= self.memo.len() {
            self.memo.resize(key + 1, None);
        }
        self.memo[key] = Some(value);
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
                self.put(key)?;
            }
            LONG_BINPUT => {
                let key = self.number(4)?;
                self.put(key)?;
            }
            MEMOIZE => self.put(self.memo.len() as u64)?,
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
                return Err(FormatError::unsupported(
                    FORMAT,
                    format!("pickle opcode {opcode:#04x} at byte {} of data.pkl", self.at - 1),
                ));
            }
        }
        Ok(false)
    }
}

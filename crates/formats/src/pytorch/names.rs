//! Finds the tensors below the pickle's root and names each by its path of keys.

use super::FORMAT;
use super::value::{Heap, Node, Value};
use crate::error::{FormatError, check_limit};
use crate::limits::{MAX_DEPTH, MAX_NAMES, MAX_STRING, MAX_TENSORS};
use crate::map::described;

/// Keys of a pickled module's state that say nothing about a tensor's place.
const SILENT_KEYS: [&str; 3] = ["_parameters", "_buffers", "_modules"];
/// Name of a tensor that is the whole pickle.
const ROOT_NAME: &str = "tensor";

/// A tensor node and its name.
pub struct Named {
    /// Index into [`Heap::nodes`].
    pub node: usize,
    /// Keys from the root, joined by dots.
    pub name: String,
}

/// The keys that lead to where the walk is, joined by dots.
#[derive(Default)]
struct Path {
    text: String,
    /// Bytes of keys, names and shapes so far: what is shared must not make a small pickle a long walk or a large map.
    spent: u64,
}

impl Path {
    fn spend(&mut self, bytes: u64) -> Result<(), FormatError> {
        self.spent += bytes;
        check_limit(FORMAT, "MAX_NAMES", MAX_NAMES, self.spent)
    }

    fn join(&mut self, key: &str) -> Result<(), FormatError> {
        self.spend(key.len() as u64)?;
        check_limit(
            FORMAT,
            "MAX_STRING",
            MAX_STRING,
            (self.text.len() + 1 + key.len()) as u64,
        )?;
        if !self.text.is_empty() {
            self.text.push('.');
        }
        self.text.push_str(key);
        Ok(())
    }
}

/// A container that is being walked.
struct Frame {
    node: usize,
    /// Next child.
    next: usize,
    /// Length of the path that leads here.
    path: usize,
}

/// The tensors in the order of a walk from the root, under every name that leads to them; what holds them is walked once.
pub fn collect(heap: &Heap) -> Result<Vec<Named>, FormatError> {
    let mut found = Vec::new();
    let mut seen = vec![false; heap.nodes.len()];
    let mut frames: Vec<Frame> = Vec::new();
    let mut path = Path::default();
    let mut child = Some(heap.root);
    loop {
        if let Some(Value::Node(node)) = child {
            match &heap.nodes[node] {
                Node::Tensor(view) => {
                    let name = if path.text.is_empty() { ROOT_NAME } else { &path.text }.to_owned();
                    path.spend(described(&name, view.shape.len()))?;
                    found.push(Named { node, name });
                    check_limit(FORMAT, "MAX_TENSORS", MAX_TENSORS, found.len() as u64)?;
                }
                Node::Storage(_) => {}
                _ if std::mem::replace(&mut seen[node], true) => {}
                _ => {
                    let path = path.text.len();
                    frames.push(Frame { node, next: 0, path });
                    check_limit(FORMAT, "MAX_DEPTH", MAX_DEPTH as u64, frames.len() as u64)?;
                }
            }
        }
        let Some(frame) = frames.last_mut() else {
            return Ok(found);
        };
        path.text.truncate(frame.path);
        child = advance(&heap.nodes[frame.node], &mut frame.next, &mut path)?;
        if child.is_none() {
            frames.pop();
        }
    }
}

/// The container's next child, its key appended to `path`; `None` behind the last.
fn advance<'a>(node: &Node<'a>, next: &mut usize, path: &mut Path) -> Result<Option<Value<'a>>, FormatError> {
    let index = *next;
    *next += 1;
    match node {
        Node::Sequence(elements) => {
            if let Some(Value::Node(_)) = elements.get(index) {
                path.join(&index.to_string())?;
            }
            Ok(elements.get(index).copied())
        }
        Node::Dict(pairs) => {
            let Some([key, value]) = pairs.get(2 * index..2 * index + 2) else {
                return Ok(None);
            };
            match key {
                _ if !matches!(value, Value::Node(_)) => {}
                Value::Text(text) if SILENT_KEYS.contains(text) => {}
                Value::Text(text) => path.join(text)?,
                Value::Int(number) => path.join(&number.to_string())?,
                _ => path.join(&index.to_string())?,
            }
            Ok(Some(*value))
        }
        // Arguments and states have no names of their own.
        Node::Object { parts, items } => match parts.get(index) {
            None if index == parts.len() => Ok(items.map(Value::Node)),
            part => Ok(part.copied()),
        },
        Node::Storage(_) | Node::Tensor(_) => Ok(None),
    }
}

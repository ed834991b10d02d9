//! The objects that the machine builds: containers are filled, calls become descriptions.

use super::globals::Global;
use super::machine::{Machine, Result};
use super::value::{Node, Storage, Value, View};
use crate::limits::MAX_RANK;

impl<'a> Machine<'a> {
    /// Appends to the list, set or list-like object on top.
    pub(super) fn append(&mut self, elements: Vec<Value<'a>>) -> Result<()> {
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
    pub(super) fn set_items(&mut self, elements: Vec<Value<'a>>) -> Result<()> {
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

    /// `('storage', class, key, location, length)`, in older files with None behind it unless the storage is a part of
    /// another; other ids leave a placeholder.
    pub(super) fn persistent(&mut self, id: Value<'a>) -> Result<()> {
        let node = match self.sequence(id) {
            Some(
                &[
                    Value::Text("storage"),
                    Value::Global(Global::Storage(element)),
                    Value::Text(key),
                    ref rest @ ..,
                ],
            ) if !matches!(rest.get(2), Some(Value::Node(_))) => Node::Storage(Storage { element, key }),
            _ => placeholder(vec![id]),
        };
        self.push_node(node);
        Ok(())
    }

    /// Stands for `callable(*arguments)`.
    pub(super) fn call(&mut self, callable: Value<'a>, arguments: Value<'a>) -> Result<()> {
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
        let mut sizes = Vec::new();
        let mut steps = Vec::new();
        for pair in shape.iter().zip(strides) {
            let (&Value::Int(size @ 0..), &Value::Int(step)) = pair else {
                return Err(self.corrupt("a dimension or stride that is no number"));
            };
            sizes.push(size as u64);
            steps.push(step);
        }
        Ok(Node::Tensor(Box::new(View {
            storage: node,
            element,
            offset: offset as u64,
            shape: sizes,
            strides: steps,
        })))
    }
}

fn placeholder<'a>(parts: Vec<Value<'a>>) -> Node<'a> {
    Node::Object { parts, items: None }
}

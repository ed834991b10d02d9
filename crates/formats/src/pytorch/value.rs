//! What a pickle's objects are kept as: small values by themselves, the rest on a flat heap.
//!
//! The heap makes cycles and deep nesting harmless: nothing is ever dropped recursively.

use super::globals::{Element, Global};

/// A value on the machine's stack, in the memo or in a container.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// Anything whose content does not matter here: None, floats, bytes, huge integers.
    Other,
    /// An integer, or a bool as 0 and 1.
    Int(i64),
    /// Text, within the pickle.
    Text(&'a str),
    /// A class or function by name.
    Global(Global),
    /// Index into [`Heap::nodes`].
    Node(usize),
}

/// An object on the heap.
#[derive(Debug)]
pub enum Node<'a> {
    /// Tuple, list or set.
    Sequence(Vec<Value<'a>>),
    /// Keys and values in turn.
    Dict(Vec<Value<'a>>),
    /// An object of some class: its arguments and states, and what was set on it as on a dict.
    Object {
        /// Arguments, states, appended elements.
        parts: Vec<Value<'a>>,
        /// Node of a [`Node::Dict`], made when the first item is set.
        items: Option<usize>,
    },
    /// A `storage` persistent id.
    Storage(Storage<'a>),
    /// A tensor over a storage.
    Tensor(Box<View>),
}

/// A run of elements: a member of the archive, or a storage by itself in an older file.
#[derive(Debug, Clone, Copy)]
pub struct Storage<'a> {
    /// Element type; `None` for untyped bytes.
    pub element: Option<Element>,
    /// Name of the member in the archive's `data` folder, or in the list of storages.
    pub key: &'a str,
}

/// How a tensor looks into its storage; offset and strides count elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Node of the storage.
    pub storage: usize,
    /// Element type.
    pub element: Element,
    /// First element.
    pub offset: u64,
    /// Shape, outermost first.
    pub shape: Vec<u64>,
    /// Distance of neighbours along each dimension.
    pub strides: Vec<i64>,
}

/// All objects of a pickle, and the one it stands for.
#[derive(Debug)]
pub struct Heap<'a> {
    /// The objects, in the order they were made.
    pub nodes: Vec<Node<'a>>,
    /// The unpickled value.
    pub root: Value<'a>,
    /// Bytes of the pickle, STOP included.
    pub len: usize,
}

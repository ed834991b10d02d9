//! The part of onnx.proto that leads to tensors: messages and element types by their numbers.

use crate::Dtype;

/// Messages that hold tensors somewhere below them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Message {
    #[default]
    Model,
    Training,
    Graph,
    Function,
    Node,
    Attribute,
    Sparse,
    Tensor,
    /// `StringStringEntryProto` of a tensor's external data.
    Entry,
}

/// What a field is to the reader.
pub(super) enum Role {
    /// A message that can lead to tensors.
    Child(Message),
    /// Text that is kept.
    Text(usize),
    /// Text of which the first is kept.
    First(usize),
    /// The name of one more input.
    Input,
    /// A number that is kept.
    Number(usize),
    /// Numbers whose place is kept.
    Runs(usize),
    /// Texts whose place is kept.
    Elements(usize),
    /// The shape.
    Dims,
    /// Bytes whose place is kept.
    Raw,
    /// Nothing.
    None,
}

// Places of texts in a frame. Different messages have different ones.
pub(super) const NAME: usize = 0;
pub(super) const OUTPUT: usize = 1;
pub(super) const OPERATOR: usize = 2;
pub(super) const KEY: usize = 1;
pub(super) const VALUE: usize = 2;
pub(super) const LOCATION: usize = 1;
pub(super) const OFFSET: usize = 2;
pub(super) const LENGTH: usize = 3;
/// How many there are.
pub(super) const TEXTS: usize = 4;

// Places of numbers.
pub(super) const DATA_TYPE: usize = 0;
pub(super) const DATA_LOCATION: usize = 1;
pub(super) const INT: usize = 0;
/// Of a node: Gemm's `transB`.
pub(super) const TRANSPOSED: usize = 0;
/// How many there are.
pub(super) const NUMBERS: usize = 2;

// Places of runs.
pub(super) const FLOATS: usize = 0;
pub(super) const INT32: usize = 1;
pub(super) const STRINGS: usize = 2;
pub(super) const INT64: usize = 3;
pub(super) const DOUBLES: usize = 4;
pub(super) const UINT64: usize = 5;
/// How many there are.
pub(super) const RUNS: usize = 6;

impl Message {
    /// What field `number` is.
    pub(super) fn role(self, number: u64) -> Role {
        match (self, number) {
            (Message::Model, 7) => Role::Child(Message::Graph),
            (Message::Model, 20) => Role::Child(Message::Training),
            (Message::Model, 25) => Role::Child(Message::Function),
            (Message::Training, 1 | 2) => Role::Child(Message::Graph),
            (Message::Graph, 1) | (Message::Function, 7) => Role::Child(Message::Node),
            (Message::Graph, 5) => Role::Child(Message::Tensor),
            (Message::Graph, 15) => Role::Child(Message::Sparse),
            (Message::Function, 11) | (Message::Node, 5) => Role::Child(Message::Attribute),
            (Message::Node, 1) => Role::Input,
            (Message::Node, 2) => Role::First(OUTPUT),
            (Message::Node, 3) => Role::Text(NAME),
            (Message::Node, 4) => Role::Text(OPERATOR),
            (Message::Attribute, 1) => Role::Text(NAME),
            (Message::Attribute, 3) => Role::Number(INT),
            (Message::Attribute, 5 | 10) => Role::Child(Message::Tensor),
            (Message::Attribute, 6 | 11) => Role::Child(Message::Graph),
            (Message::Attribute, 7) => Role::Runs(FLOATS),
            (Message::Attribute, 8) => Role::Runs(INT64),
            (Message::Attribute, 9) => Role::Elements(STRINGS),
            (Message::Attribute, 22 | 23) => Role::Child(Message::Sparse),
            (Message::Sparse, 1 | 2) => Role::Child(Message::Tensor),
            (Message::Tensor, 1) => Role::Dims,
            (Message::Tensor, 2) => Role::Number(DATA_TYPE),
            (Message::Tensor, 4) => Role::Runs(FLOATS),
            (Message::Tensor, 5) => Role::Runs(INT32),
            (Message::Tensor, 6) => Role::Elements(STRINGS),
            (Message::Tensor, 7) => Role::Runs(INT64),
            (Message::Tensor, 8) => Role::Text(NAME),
            (Message::Tensor, 9) => Role::Raw,
            (Message::Tensor, 10) => Role::Runs(DOUBLES),
            (Message::Tensor, 11) => Role::Runs(UINT64),
            (Message::Tensor, 13) => Role::Child(Message::Entry),
            (Message::Tensor, 14) => Role::Number(DATA_LOCATION),
            (Message::Entry, 1) => Role::Text(KEY),
            (Message::Entry, 2) => Role::Text(VALUE),
            _ => Role::None,
        }
    }
}

/// `TensorProto.DataType`; strings and types that are not known are opaque.
pub(super) fn dtype(number: u64) -> Dtype {
    match number {
        1 => Dtype::F32,
        2 => Dtype::U8,
        3 => Dtype::I8,
        4 => Dtype::U16,
        5 => Dtype::I16,
        6 => Dtype::I32,
        7 => Dtype::I64,
        9 => Dtype::Bool,
        10 => Dtype::F16,
        11 => Dtype::F64,
        12 => Dtype::U32,
        13 => Dtype::U64,
        14 => Dtype::C64,
        15 => Dtype::C128,
        16 => Dtype::Bf16,
        17 => Dtype::F8E4m3,
        18 => Dtype::F8E4m3Fnuz,
        19 => Dtype::F8E5m2,
        20 => Dtype::F8E5m2Fnuz,
        21 => Dtype::U4,
        22 => Dtype::I4,
        23 => Dtype::F4E2m1,
        24 => Dtype::F8E8m0,
        25 => Dtype::U2,
        26 => Dtype::I2,
        27 => Dtype::F6E2m3,
        28 => Dtype::F6E3m2,
        _ => Dtype::Opaque,
    }
}

/// The format's name of a type that [`dtype`] calls opaque; empty for the others.
pub(super) fn type_name(number: u64) -> String {
    match number {
        8 => "string".into(),
        _ if dtype(number) == Dtype::Opaque => format!("onnx type {number}"),
        _ => String::new(),
    }
}

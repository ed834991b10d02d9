//! The part of onnx.proto that leads to tensors: messages and element types by their numbers.

use crate::Dtype;

/// Messages that hold tensors somewhere below them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Message {
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

impl Message {
    /// The message in field `number`, if it can lead to tensors.
    pub(super) fn child(self, number: u64) -> Option<Message> {
        Some(match (self, number) {
            (Message::Model, 7) => Message::Graph,
            (Message::Model, 20) => Message::Training,
            (Message::Model, 25) => Message::Function,
            (Message::Training, 1 | 2) => Message::Graph,
            (Message::Graph, 1) | (Message::Function, 7) => Message::Node,
            (Message::Graph, 5) => Message::Tensor,
            (Message::Graph, 15) => Message::Sparse,
            (Message::Function, 11) | (Message::Node, 5) => Message::Attribute,
            (Message::Attribute, 5 | 10) => Message::Tensor,
            (Message::Attribute, 6 | 11) => Message::Graph,
            (Message::Attribute, 22 | 23) => Message::Sparse,
            (Message::Sparse, 1 | 2) => Message::Tensor,
            (Message::Tensor, 13) => Message::Entry,
            _ => return None,
        })
    }
}

/// `TensorProto.DataType`; types this reader cannot size (string, 6-bit floats, unknown) are opaque.
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
        _ => Dtype::Opaque,
    }
}

/// The format's name of a type that [`dtype`] calls opaque; empty for the others.
pub(super) fn type_name(number: u64) -> String {
    match number {
        8 => "string".into(),
        27 => "float6e2m3".into(),
        28 => "float6e3m2".into(),
        _ if dtype(number) == Dtype::Opaque => format!("onnx type {number}"),
        _ => String::new(),
    }
}

//! ONNX models made in code.

use super::{Files, one};
use tensorpress_formats::source::map_in_memory;
use tensorpress_formats::{FileMap, FormatError, onnx};

pub fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A varint field.
pub fn int(number: u64, value: u64) -> Vec<u8> {
    [varint(number << 3), varint(value)].concat()
}

/// A length-delimited field.
pub fn bytes(number: u64, content: &[u8]) -> Vec<u8> {
    [&varint(number << 3 | 2)[..], &varint(content.len() as u64), content].concat()
}

pub fn message(number: u64, fields: &[Vec<u8>]) -> Vec<u8> {
    bytes(number, &fields.concat())
}

pub fn tensor(name: &str, data_type: u64, dims: &[u64], data: Vec<u8>) -> Vec<u8> {
    let dims: Vec<u8> = dims.iter().flat_map(|dim| int(1, *dim)).collect();
    [dims, int(2, data_type), bytes(8, name.as_bytes()), data].concat()
}

pub fn model(graph: &[Vec<u8>]) -> Vec<u8> {
    [int(1, 8), bytes(2, b"test"), message(7, graph)].concat()
}

pub fn external(entries: &[(&str, &str)]) -> Vec<u8> {
    let entries = entries
        .iter()
        .map(|(key, value)| message(13, &[bytes(1, key.as_bytes()), bytes(2, value.as_bytes())]));
    [int(14, 1), entries.collect::<Vec<_>>().concat()].concat()
}

pub fn read(files: &Files) -> Result<FileMap, FormatError> {
    map_in_memory(files, |source| onnx::read(source, 0))
}

pub fn read_one(bytes: Vec<u8>) -> FileMap {
    read(&one("m.onnx", bytes)).unwrap()
}

/// The fields of a `Constant` node.
fn constant(output: &[u8], value: Vec<u8>) -> [Vec<u8>; 3] {
    let attribute = message(5, &[bytes(1, b"value"), message(5, &[value])]);
    [bytes(2, output), bytes(4, b"Constant"), attribute]
}

/// A model with a tensor in every place.
pub fn everything() -> Vec<u8> {
    let inner = message(5, &[tensor("inner", 1, &[1], bytes(9, b"inne"))]);
    let inner_node = message(1, &constant(b"deep", tensor("", 6, &[1], bytes(9, b"deep"))));
    let sparse = [
        message(1, &[tensor("sp", 1, &[1], bytes(9, b"vals"))]),
        message(2, &[tensor("", 7, &[1], bytes(9, b"indices8"))]),
    ];
    let graph = [
        // The attribute before the names: fields come in any order.
        message(
            1,
            &[
                message(
                    5,
                    &[
                        message(5, &[tensor("", 1, &[2], bytes(9, b"constant"))]),
                        bytes(1, b"value"),
                    ],
                ),
                bytes(4, b"Constant"),
                bytes(2, b"c"),
            ],
        ),
        message(
            1,
            &[
                bytes(2, b"cs"),
                bytes(4, b"Constant"),
                message(5, &[bytes(1, b"sparse_value"), message(22, &sparse)]),
            ],
        ),
        message(
            1,
            &[
                bytes(2, b"cf"),
                bytes(4, b"Constant"),
                message(5, &[bytes(1, b"value_floats"), bytes(7, b"floatsfloats")]),
            ],
        ),
        message(
            1,
            &[
                bytes(2, b"out"),
                bytes(3, b"if"),
                bytes(4, b"If"),
                message(
                    5,
                    &[
                        bytes(1, b"then_branch"),
                        message(6, &[inner.clone(), inner_node.clone()]),
                    ],
                ),
            ],
        ),
        message(
            1,
            &[
                bytes(3, b"node"),
                bytes(4, b"Custom"),
                message(
                    5,
                    &[
                        bytes(1, b"tables"),
                        message(10, &[tensor("x", 2, &[3], bytes(9, b"one"))]),
                    ],
                ),
            ],
        ),
        message(5, &[tensor("w", 1, &[2, 1], bytes(9, b"rawrawra"))]),
        message(15, &sparse),
    ];
    let function = message(
        25,
        &[
            bytes(1, b"f"),
            message(7, &constant(b"fc", tensor("", 1, &[1], bytes(9, b"func")))),
        ],
    );
    let training = message(
        20,
        &[message(1, &[message(5, &[tensor("t", 1, &[1], bytes(9, b"trai"))])])],
    );
    [model(&graph), function, training].concat()
}

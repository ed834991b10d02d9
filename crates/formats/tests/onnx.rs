//! ONNX models written byte by byte: every place and form a tensor can have.

mod common;

use common::onnx::{bytes, everything, external, int, message, model, read, read_one, tensor, varint};
use common::{find, one, tensor_bytes};
use std::rc::Rc;
use tensorpress_formats::{Dtype, Encoding, InputFile, Mapper, Progress, onnx};

#[test]
fn every_place() {
    let files = one("m.onnx", everything());
    let map = read(&files).unwrap();
    let expected: [(&str, &[u8]); 12] = [
        ("c", b"constant"),
        ("cs", b"vals"),
        ("cs/indices", b"indices8"),
        ("cf", b"floatsfloats"),
        ("inner", b"inne"),
        ("deep", b"deep"),
        ("node/tables", b"one"),
        ("w", b"rawrawra"),
        ("sp", b"vals"),
        ("sp/indices", b"indices8"),
        ("fc", b"func"),
        ("t", b"trai"),
    ];
    let found: Vec<_> = map
        .tensors
        .iter()
        .map(|t| (t.name.clone(), tensor_bytes(&files, t)))
        .collect();
    let expected: Vec<_> = expected.map(|(name, bytes)| (name.to_owned(), bytes.to_vec())).to_vec();
    assert_eq!(found, expected);
    assert!(map.tensors.iter().all(|t| t.encoding == Encoding::Plain));
    assert_eq!(find(&map, "w").shape, [2, 1]);
    assert!(map.notes.is_empty());
}

#[test]
fn every_type_in_raw_data() {
    // Bits of types 1 to 26, as the specification numbers them; 0 for strings.
    let bits = [
        32, 8, 8, 16, 16, 32, 64, 0, 8, 16, 64, 32, 64, 64, 128, 16, 8, 8, 8, 8, 4, 4, 4, 8, 2, 2,
    ];
    for (index, bits) in bits.into_iter().enumerate() {
        let data = vec![7u8; (5 * bits as usize).div_ceil(8)];
        let map = read_one(model(&[message(
            5,
            &[tensor("w", index as u64 + 1, &[5], bytes(9, &data))],
        )]));
        let tensor = find(&map, "w");
        assert_eq!(tensor.dtype.bits().unwrap_or(0), bits, "type {}", index + 1);
        assert_eq!(tensor.encoding, Encoding::Plain, "type {}", index + 1);
        assert_eq!(tensor.spans.iter().map(|s| s.len).sum::<u64>(), data.len() as u64);
    }
    let unknown = read_one(model(&[message(5, &[tensor("w", 99, &[5], bytes(9, b"x"))])]));
    assert_eq!(
        (find(&unknown, "w").dtype, find(&unknown, "w").encoding),
        (Dtype::Opaque, Encoding::Other)
    );
}

#[test]
fn typed_fields() {
    let chunks = [bytes(4, b"aaaa"), int(99, 1), bytes(4, b"bbbbcccc")].concat();
    let unpacked = [&[0x25u8][..], b"aaaa", &[0x25], b"bbbb"].concat();
    let cases = [
        ("chunks", tensor("chunks", 1, &[3], chunks), Encoding::Plain, 2, 12),
        (
            "unpacked",
            tensor("unpacked", 1, &[2], unpacked),
            Encoding::Other,
            1,
            10,
        ),
        (
            "doubles",
            tensor("doubles", 11, &[1], bytes(10, b"12345678")),
            Encoding::Plain,
            1,
            8,
        ),
        (
            "half",
            tensor("half", 10, &[2], bytes(5, &[0x80, 0x78, 0])),
            Encoding::Varint,
            1,
            3,
        ),
        (
            "long",
            tensor("long", 7, &[2], bytes(7, &[1, 2])),
            Encoding::Varint,
            1,
            2,
        ),
        (
            "unsigned",
            tensor("unsigned", 12, &[2], bytes(11, &[1, 2])),
            Encoding::Varint,
            1,
            2,
        ),
        (
            "text",
            tensor("text", 8, &[2], [bytes(6, b"hi"), bytes(6, b"you")].concat()),
            Encoding::Other,
            1,
            9,
        ),
        (
            "short",
            tensor("short", 1, &[3], bytes(9, b"12345678")),
            Encoding::Other,
            1,
            8,
        ),
        (
            "negative",
            tensor("negative", 1, &[u64::MAX], bytes(9, b"1234")),
            Encoding::Other,
            1,
            4,
        ),
        ("empty", tensor("empty", 1, &[0], bytes(9, b"")), Encoding::Plain, 0, 0),
    ];
    let graph: Vec<_> = cases.iter().map(|case| bytes(5, &case.1)).collect();
    let map = read_one(model(&graph));
    for (name, _, encoding, spans, len) in cases {
        let found = find(&map, name);
        assert_eq!((found.encoding, found.spans.len()), (encoding, spans), "{name}");
        assert_eq!(found.spans.iter().map(|span| span.len).sum::<u64>(), len, "{name}");
    }
    assert_eq!(map.notes.len(), 1, "{:?}", map.notes);
}

#[test]
fn external_data() {
    let graph = [
        (
            "a",
            external(&[("location", "w.bin"), ("offset", "4"), ("length", "8")]),
        ),
        ("rest", external(&[("location", "./w.bin")])),
        ("missing", external(&[("location", "no.bin")])),
        ("escape", external(&[("location", "../w.bin")])),
        (
            "behind",
            external(&[("location", "w.bin"), ("offset", "10"), ("length", "8")]),
        ),
        ("nonsense", external(&[("location", "w.bin"), ("offset", "-1")])),
        (
            "huge",
            external(&[
                ("location", "w.bin"),
                ("offset", "18446744073709551615"),
                ("length", "8"),
            ]),
        ),
    ]
    .map(|(name, data)| bytes(5, &tensor(name, 1, &[2], data)));
    let files = vec![
        ("sub/m.onnx".to_owned(), model(&graph)),
        ("sub/w.bin".to_owned(), b"0123456789abcdef".to_vec()),
        ("w.bin".to_owned(), b"the wrong file, not to be used".to_vec()),
    ];
    let map = read(&files).unwrap();
    assert_eq!(tensor_bytes(&files, find(&map, "a")), b"456789ab");
    assert_eq!(tensor_bytes(&files, find(&map, "rest")), b"01234567");
    for name in ["missing", "escape", "behind", "nonsense", "huge"] {
        assert!(find(&map, name).spans.is_empty(), "{name}");
        assert!(
            map.notes.iter().any(|note| note.contains(name)),
            "{name}: {:?}",
            map.notes
        );
    }
}

#[test]
fn weights_are_stepped_over() {
    const WEIGHTS: u64 = 2_000_000_000;
    let mut islands: Vec<(u64, Vec<u8>)> = Vec::new();
    let mut graph_len = 0;
    let mut bodies = Vec::new();
    for index in 0..10 {
        let head = [
            tensor(&format!("w{index}"), 2, &[WEIGHTS], vec![]),
            varint(9 << 3 | 2),
            varint(WEIGHTS),
        ]
        .concat();
        let field = [varint(5 << 3 | 2), varint(head.len() as u64 + WEIGHTS), head].concat();
        graph_len += field.len() as u64 + WEIGHTS;
        bodies.push(field);
    }
    let start = [int(1, 8), varint(7 << 3 | 2), varint(graph_len)].concat();
    let mut offset = start.len() as u64;
    let len = offset + graph_len;
    islands.push((0, start));
    for body in bodies {
        let next = offset + body.len() as u64 + WEIGHTS;
        islands.push((offset, body));
        offset = next;
    }
    let files = vec![InputFile {
        path: "m.onnx".into(),
        len,
    }];
    let mut mapper = Mapper::new(Rc::new(files), |source| onnx::read(source, 0));
    let (mut asked, mut requests) = (0, 0);
    let map = loop {
        match mapper.poll() {
            Progress::Done(result) => break result.unwrap(),
            Progress::Need(needs) => {
                for need in needs {
                    asked += need.len;
                    requests += 1;
                    let mut window = vec![0xff; need.len as usize];
                    for (at, island) in &islands {
                        for (index, byte) in island.iter().enumerate() {
                            if let Some(slot) = (at + index as u64)
                                .checked_sub(need.offset)
                                .and_then(|i| window.get_mut(i as usize))
                            {
                                *slot = *byte;
                            }
                        }
                    }
                    mapper.supply(need, window);
                }
            }
        }
    };
    assert_eq!(map.tensors.len(), 10);
    assert!(
        map.tensors
            .iter()
            .all(|t| t.encoding == Encoding::Plain && t.spans[0].len == WEIGHTS)
    );
    assert!(
        requests <= 11 && asked <= 11 * 65_536,
        "{requests} requests, {asked} bytes"
    );
}

#[test]
fn weights_have_the_axis_of_the_operator_that_reads_them() {
    let node = |operator: &[u8], inputs: &[&[u8]], rest: Vec<u8>| {
        let inputs: Vec<u8> = inputs.iter().flat_map(|name| bytes(1, name)).collect();
        message(1, &[inputs, bytes(2, b"out"), bytes(4, operator), rest])
    };
    let trans = message(5, &[bytes(1, b"transB"), int(3, 1), int(20, 2)]);
    type Case<'a> = (&'a str, &'a [u8], usize, usize, Vec<u8>, Option<usize>);
    let cases: [Case; 9] = [
        ("conv", b"Conv", 1, 4, vec![], Some(0)),
        ("deconv", b"ConvTranspose", 1, 4, vec![], Some(1)),
        ("matmul", b"MatMul", 1, 2, vec![], Some(1)),
        ("left", b"MatMul", 0, 2, vec![], Some(0)),
        ("gemm", b"Gemm", 1, 2, vec![], Some(1)),
        ("gemm_t", b"Gemm", 1, 2, trans, Some(0)),
        ("table", b"Gather", 0, 2, vec![], Some(0)),
        ("recurrent", b"LSTM", 2, 3, vec![], Some(1)),
        ("other", b"Add", 1, 2, vec![], None),
    ];
    let mut graph = Vec::new();
    for (name, operator, place, _, rest, _) in &cases {
        let mut inputs: Vec<&[u8]> = vec![b"x"; *place];
        inputs.push(name.as_bytes());
        graph.push(node(operator, &inputs, rest.clone()));
    }
    // Initializers stand behind the nodes, as most exporters write them.
    for (name, _, _, rank, ..) in &cases {
        graph.push(message(5, &[tensor(name, 1, &vec![1; *rank], bytes(9, b"abcd"))]));
    }
    let map = read_one(model(&graph));
    for (name, .., axis) in cases {
        let found = map.tensors.iter().find(|tensor| tensor.name == name).unwrap();
        assert_eq!(found.axis, axis, "{name}");
    }
}

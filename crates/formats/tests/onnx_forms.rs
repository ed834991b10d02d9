//! ONNX models in every form that protobuf allows, and what tensors are called that have no name.

mod common;

use common::onnx::{bytes, external, int, message, model, tensor, varint};
use common::{Files, find, one, read_hostile, tensor_bytes};
use proptest::prelude::*;
use tensorpress_formats::error::Fault;
use tensorpress_formats::{Dtype, Encoding, FileMap, FormatError, onnx};

fn read(bytes: Vec<u8>) -> Result<FileMap, FormatError> {
    read_hostile(&one("m.onnx", bytes), onnx::read)
}

fn refused(bytes: Vec<u8>) -> String {
    read(bytes).unwrap_err().to_string()
}

/// Names and bytes of all tensors.
fn tensors(bytes: Vec<u8>) -> Vec<(String, Vec<u8>)> {
    let files: Files = one("m.onnx", bytes);
    let map = read_hostile(&files, onnx::read).unwrap();
    let all = map.tensors.iter();
    all.map(|tensor| (tensor.name.clone(), tensor_bytes(&files, tensor)))
        .collect()
}

fn names(bytes: Vec<u8>) -> Vec<String> {
    tensors(bytes).into_iter().map(|(name, _)| name).collect()
}

/// A varint of `len` bytes at least, as no writer makes them but every reader takes them.
fn overlong(value: u64, len: usize) -> Vec<u8> {
    let mut bytes = varint(value);
    while bytes.len() < len {
        *bytes.last_mut().unwrap() |= 0x80;
        bytes.push(0);
    }
    bytes
}

/// A field of a number that nobody knows, of every wire type there is.
fn unknown() -> impl Strategy<Value = Vec<u8>> {
    let number = prop::sample::select(&[99u64, 1 << 20, (1 << 29) - 1][..]);
    (number, any::<u64>(), 0..4usize, 0..300usize).prop_map(|(number, value, wire, len)| match wire {
        0 => [varint(number << 3), varint(value)].concat(),
        1 => [&varint(number << 3 | 1)[..], &[0xff; 8]].concat(),
        2 => bytes(number, &vec![0xff; len]),
        _ => [&varint(number << 3 | 5)[..], &[0xff; 4]].concat(),
    })
}

proptest! {
    #[test]
    fn tensors_are_found_however_their_fields_are_written(
        dims in prop::collection::vec(0u64..5, 0..6),
        cuts in prop::collection::vec(any::<bool>(), 6),
        wide in (1..11usize, 1..11usize),
        unknown in prop::collection::vec((unknown(), 0..6usize), 0..6),
        turned: bool,
    ) {
        let (tag, len) = wide;
        // Dimensions one by one and in packed runs.
        let mut fields: Vec<Vec<u8>> = Vec::new();
        for (index, dim) in dims.iter().enumerate() {
            match cuts[index] {
                true => fields.push(bytes(1, &overlong(*dim, len))),
                false => fields.push(int(1, *dim)),
            }
        }
        let dims_field = fields.concat();
        let data: Vec<u8> = (0..dims.iter().product::<u64>() * 2).map(|n| n as u8).collect();
        let raw = [overlong(9 << 3 | 2, tag), overlong(data.len() as u64, len), data.clone()].concat();
        let mut fields = vec![dims_field, [overlong(2 << 3, tag), overlong(10, len)].concat(), bytes(8, b"w"), raw];
        if turned {
            fields.reverse();
        }
        for (field, place) in unknown {
            fields.insert(place.min(fields.len()), field);
        }
        let files = one("m.onnx", model(&[message(5, &fields)]));
        let map = read_hostile(&files, onnx::read).unwrap();
        prop_assert_eq!(map.tensors.len(), 1);
        let tensor = &map.tensors[0];
        prop_assert_eq!((&tensor.shape, tensor.dtype, tensor.encoding), (&dims, Dtype::F16, Encoding::Plain));
        prop_assert_eq!(tensor_bytes(&files, tensor), data);
    }
}

#[test]
fn dimensions_in_one_field() {
    let shaped = |dims: &[u64]| {
        let packed: Vec<u8> = dims.iter().flat_map(|dim| varint(*dim)).collect();
        read(model(&[message(5, &[bytes(1, &packed), bytes(8, b"w")])]))
    };
    for dims in [&[2, 300, 1][..], &[], &[u64::MAX; 64]] {
        assert_eq!(shaped(dims).unwrap().tensors[0].shape, dims);
    }
    for dims in [[1; 65], [u64::MAX; 65]] {
        let error = shaped(&dims).unwrap_err();
        assert!(
            matches!(error.fault(), Fault::Limit { limit: "MAX_RANK", .. }),
            "{error}"
        );
    }
    for cut in [&[0x80][..], &[1, 0xff, 0xff], &[0xff; 11]] {
        assert!(
            refused(model(&[message(5, &[bytes(1, cut)])])).contains("varint"),
            "{cut:?}"
        );
    }
}

#[test]
fn fields_that_protobuf_does_not_allow_are_refused() {
    let behind = |field: &[u8]| refused([&model(&[])[..], field, &[0; 40]].concat());
    for wire in [3, 4, 6, 7] {
        assert!(behind(&varint(50 << 3 | wire)).contains("wire type"), "{wire}");
    }
    for number in [0, 1 << 29, 1 << 40, u64::MAX >> 3] {
        assert!(behind(&varint(number << 3)).contains("field number"), "{number}");
    }
    // Longer than what they are in, by one byte or by all that 64 bits can say.
    let whole = model(&[bytes(99, b"1234")]);
    let place = whole.len() - 5;
    for len in [5, 0x7f] {
        let mut longer = whole.clone();
        longer[place] = len;
        assert!(refused(longer).contains("field 99 of"), "{len}");
    }
    assert!(behind(&[&varint(99 << 3 | 2)[..], &varint(u64::MAX)].concat()).contains("field 99 of"));
    for wire in [1, 5] {
        let short = message(7, &[[varint(99 << 3 | wire), vec![0; 3]].concat()]);
        assert!(refused([short, vec![0; 8]].concat()).contains("field 99 of"), "{wire}");
    }
    let endless = [&varint(99 << 3)[..], &[0xff; 11]].concat();
    assert!(behind(&endless).contains("within 10 bytes"));
    assert_eq!(read(model(&[])).unwrap().tensors.len(), 0);
}

/// A node's attribute that holds tensors.
fn attribute(name: &[u8], tensors: &[Vec<u8>]) -> Vec<u8> {
    let tensors: Vec<u8> = tensors.iter().flat_map(|tensor| bytes(10, tensor)).collect();
    message(5, &[bytes(1, name), tensors])
}

#[test]
fn tensors_in_nodes_are_named_for_where_they_stand() {
    let data = |name: &str| tensor(name, 2, &[1], bytes(9, b"d"));
    let node = |fields: &[Vec<u8>]| message(1, fields);
    let constant = bytes(4, b"Constant");
    let both = [bytes(2, b"out"), bytes(2, b"second"), bytes(3, b"node")].concat();
    for (fields, expected) in [
        // A constant is its output; others have names of their own, or that of their first output.
        (
            vec![both.clone(), constant.clone(), attribute(b"value", &[data("own")])],
            &["out"][..],
        ),
        (vec![both.clone(), attribute(b"a", &[data("own")])], &["node/a"]),
        (
            vec![bytes(2, b"out"), bytes(2, b"second"), attribute(b"a", &[data("")])],
            &["out/a"],
        ),
        (
            vec![constant.clone(), both.clone(), attribute(b"v", &[data(""), data("")])],
            &["out", "out"],
        ),
        (
            vec![
                constant.clone(),
                both.clone(),
                attribute(b"v", &[data(""), data(""), data("")]),
            ],
            &["out/v"; 3],
        ),
        (
            vec![both.clone(), attribute(b"a", &[data("")]), attribute(b"b", &[data("")])],
            &["node/a", "node/b"],
        ),
    ] {
        assert_eq!(names(model(&[node(&fields)])), expected);
    }
    // The defaults of a function's attributes stand in no node.
    let default = message(11, &[bytes(1, b"default"), bytes(5, &data("own"))]);
    assert_eq!(names(message(25, &[default])), ["default"]);
    // Tensors of a sparse one.
    let sparse = |indices: &str| [message(1, &[data("values")]), message(2, &[data(indices)])].concat();
    assert_eq!(names(model(&[bytes(15, &sparse(""))])), ["values", "values/indices"]);
    assert_eq!(names(model(&[bytes(15, &sparse("mine"))])), ["values", "mine"]);
    assert_eq!(names(model(&[bytes(15, b"")])).len(), 0);
    let many = message(5, &[bytes(1, b"s"), bytes(23, &sparse("")), bytes(23, &sparse(""))]);
    let all = ["node/s", "node/s/indices", "node/s", "node/s/indices"];
    assert_eq!(names(model(&[node(&[both, many])])), all);
}

#[test]
fn long_lists_of_attributes_are_tensors() {
    let list = |name: &[u8], fields: Vec<u8>| {
        let files = one(
            "m.onnx",
            model(&[message(1, &[bytes(3, b"n"), message(5, &[bytes(1, name), fields])])]),
        );
        let map = read_hostile(&files, onnx::read).unwrap();
        let tensor = map.tensors.first().cloned();
        assert!(map.tensors.len() < 2);
        tensor.map(|tensor| (tensor_bytes(&files, &tensor), tensor))
    };
    let numbers: Vec<u8> = (0..2048u32).map(|n| (n % 100) as u8).collect();
    let (found, tensor) = list(b"weights", bytes(7, &numbers)).unwrap();
    assert_eq!((&found, tensor.name.as_str()), (&numbers, "n/weights"));
    assert_eq!(
        (tensor.dtype, tensor.encoding, &tensor.shape[..]),
        (Dtype::F32, Encoding::Plain, &[512][..])
    );
    assert_eq!(tensor.type_name, "");
    let (found, tensor) = list(b"pads", bytes(8, &numbers)).unwrap();
    assert_eq!(
        (&found, tensor.dtype, tensor.encoding),
        (&numbers, Dtype::I64, Encoding::Varint)
    );
    assert!(tensor.shape.is_empty());
    let strings = bytes(9, &numbers[..1000]).repeat(3);
    let (found, tensor) = list(b"names", strings.clone()).unwrap();
    assert_eq!(
        (&found, tensor.dtype, tensor.encoding),
        (&strings, Dtype::Opaque, Encoding::Other)
    );
    assert_eq!((tensor.type_name.as_str(), &tensor.shape[..]), ("string", &[3][..]));
    // One by one, with a tag each; and of a length that no floats have.
    let single = [&[7 << 3 | 5][..], b"abcd"].concat().repeat(500);
    let (found, tensor) = list(b"weights", single.clone()).unwrap();
    assert_eq!(
        (&found, tensor.encoding, &tensor.shape[..]),
        (&single, Encoding::Other, &[500][..])
    );
    let (_, tensor) = list(b"weights", [single, bytes(7, b"abcd")].concat()).unwrap();
    assert_eq!((tensor.encoding, tensor.shape.len()), (Encoding::Other, 0));
    let (_, tensor) = list(b"pads", int(8, 300).repeat(700)).unwrap();
    assert_eq!((tensor.encoding, &tensor.shape[..]), (Encoding::Other, &[700][..]));
    let (_, tensor) = list(b"weights", bytes(7, &[&numbers[..], &[0; 2]].concat())).unwrap();
    assert_eq!((tensor.encoding, tensor.shape.len()), (Encoding::Other, 0));
    // Short ones are parameters, but for those of constants.
    for field in [7, 8] {
        assert!(list(b"pads", bytes(field, &numbers[..2047])).is_none());
        assert!(list(b"value_x", bytes(field, &numbers[..4])).is_some());
        assert!(list(b"value_x", bytes(field, b"")).is_none());
    }
}

#[test]
fn scattered_elements_are_left_out() {
    let runs = |count: usize, field: u64| [bytes(field, b"abcd"), int(99, 1)].concat().repeat(count);
    for (count, found) in [(4096, true), (4097, false)] {
        let weights = tensor("w", 1, &[count as u64], runs(count, 4));
        let map = read(model(&[bytes(5, &weights)])).unwrap();
        assert_eq!(
            (map.tensors[0].spans.len(), map.notes.len()),
            if found { (4096, 0) } else { (0, 1) }
        );
        let list = message(1, &[bytes(3, b"n"), message(5, &[bytes(1, b"list"), runs(count, 7)])]);
        let map = read(model(&[list])).unwrap();
        assert_eq!(
            (map.tensors[0].spans.len(), map.notes.len()),
            if found { (4096, 0) } else { (0, 1) }
        );
        assert_eq!(map.tensors[0].encoding == Encoding::Plain, found);
        assert!(found || map.notes[0].contains("more than 4096 places"));
    }
}

#[test]
fn notes_of_one_reason_are_counted_and_reasons_bounded() {
    let missing = |name: usize, file: usize| {
        let location = format!("{file}.bin");
        bytes(
            5,
            &tensor(&format!("t{name}"), 1, &[2], external(&[("location", &location)])),
        )
    };
    let graph: Vec<_> = (0..5).map(|name| missing(name, name / 3)).collect();
    let map = read(model(&graph)).unwrap();
    assert_eq!(map.notes.len(), 2);
    assert!(
        map.notes[0].starts_with("3 tensors, the first is \"t0\": "),
        "{:?}",
        map.notes
    );
    assert!(
        map.notes[1].starts_with("2 tensors, the first is \"t3\": "),
        "{:?}",
        map.notes
    );
    assert!(read(model(&graph[4..])).unwrap().notes[0].starts_with("tensor \"t4\": "));
    let many: Vec<_> = (0..100).map(|name| missing(name, name)).collect();
    assert_eq!(read(model(&many)).unwrap().notes.len(), 64);
}

#[test]
fn types_without_a_plain_one_have_names() {
    for (number, expected) in [
        (8, "string"),
        (99, "onnx type 99"),
        (0, "onnx type 0"),
        (1, ""),
        (28, ""),
    ] {
        let map = read(model(&[bytes(5, &tensor("w", number, &[0], vec![]))])).unwrap();
        assert_eq!(map.tensors[0].type_name, expected);
    }
}

#[test]
fn external_data_may_end_with_its_file() {
    let weights = |offset, length| {
        let data = external(&[("location", "w.bin"), ("offset", offset), ("length", length)]);
        let files = vec![
            ("m.onnx".to_owned(), model(&[bytes(5, &tensor("w", 1, &[2], data))])),
            ("w.bin".to_owned(), b"0123456789abcdef".to_vec()),
        ];
        let map = read_hostile(&files, onnx::read).unwrap();
        (tensor_bytes(&files, find(&map, "w")), map.notes.len())
    };
    assert_eq!(weights("8", "8"), (b"89abcdef".to_vec(), 0));
    assert_eq!(weights("8", ""), (b"89abcdef".to_vec(), 0));
    for (offset, length) in [("9", "8"), ("17", "8"), ("8", "9"), ("8", "18446744073709551615")] {
        assert_eq!(weights(offset, length), (vec![], 1), "{offset} {length}");
    }
}

#[test]
fn axes_that_a_tensor_does_not_have() {
    let used = |operator: &[u8], place: usize, rank: usize| {
        let mut inputs: Vec<u8> = bytes(1, b"").repeat(place);
        inputs.extend(bytes(1, b"w"));
        let node = message(1, &[inputs, bytes(2, b"out"), bytes(4, operator)]);
        let weights = bytes(5, &tensor("w", 2, &vec![1; rank], bytes(9, b"d")));
        read(model(&[node, weights])).unwrap().tensors[0].axis
    };
    for rank in 0..4 {
        assert_eq!(used(b"ConvTranspose", 1, rank), (rank > 1).then_some(1));
        assert_eq!(used(b"MatMul", 1, rank), rank.checked_sub(1));
        assert_eq!(used(b"MatMul", 0, rank), rank.checked_sub(2));
        assert_eq!(used(b"Gather", 0, rank), (rank > 0).then_some(0));
        for place in [1, 2] {
            assert_eq!(used(b"GRU", place, rank), (rank > 1).then_some(1));
        }
        // Biases and what stands behind are no weights.
        assert_eq!(used(b"Conv", 2, rank), None);
        assert_eq!(used(b"LSTM", 3, rank), None);
    }
}

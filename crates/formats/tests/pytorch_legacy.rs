//! Files from before PyTorch's zip format, written here opcode by opcode.

mod common;

use common::{Files, find, one, read_hostile, tensor_bytes};
use tensorpress_formats::error::Fault;
use tensorpress_formats::{Dtype, FileMap, FormatError, pytorch};

const MAGIC: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
const VERSION: &[u8] = b"\x80\x02M\xe9\x03.";
const MACHINE: &[u8] = b"\x80\x02}.";

fn text(text: &str) -> Vec<u8> {
    [b"X", &(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat()
}

/// A call of `_rebuild_tensor_v2`: all of a storage of `count` elements as a vector.
fn tensor(kind: &str, key: &str, count: u8, view: &[u8]) -> Vec<u8> {
    [
        b"ctorch._utils\n_rebuild_tensor_v2\n((".to_vec(),
        text("storage"),
        format!("ctorch\n{kind}\n").into_bytes(),
        text(key),
        text("cpu"),
        vec![b'K', count],
        view.to_vec(),
        vec![
            b't', b'Q', b'K', 0, b'K', count, 0x85, b'K', 1, 0x85, 0x89, b'}', b't', b'R',
        ],
    ]
    .concat()
}

/// The pickle of a dict of tensors.
fn dict(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let items = entries
        .iter()
        .flat_map(|(name, tensor)| [text(name), tensor.clone()].concat());
    [b"\x80\x02}(".to_vec(), items.collect(), b"u.".to_vec()].concat()
}

fn keys(keys: &[&str]) -> Vec<u8> {
    let names = keys.iter().flat_map(|key| text(key)).collect();
    [b"\x80\x02](".to_vec(), names, b"e.".to_vec()].concat()
}

fn storage(count: u64, bytes: &[u8]) -> Vec<u8> {
    [&count.to_le_bytes(), bytes].concat()
}

fn file(parts: &[&[u8]]) -> Files {
    one("model.pth", parts.concat())
}

fn read(files: &Files) -> Result<FileMap, FormatError> {
    read_hostile(files, pytorch::read)
}

fn two_tensors() -> Vec<u8> {
    dict(&[
        ("a", tensor("FloatStorage", "11", 3, b"N")),
        ("b", tensor("HalfStorage", "7", 2, b"N")),
    ])
}

#[test]
fn storages_follow_in_the_order_of_their_list() {
    let object = two_tensors();
    let (half, float) = ([1, 2, 3, 4], [5; 12]);
    let files = file(&[
        MAGIC,
        VERSION,
        MACHINE,
        &object,
        &keys(&["7", "11"]),
        &storage(2, &half),
        &storage(3, &float),
        b"anything",
    ]);
    let map = read(&files).unwrap();
    assert_eq!(find(&map, "a").dtype, Dtype::F32);
    assert_eq!(tensor_bytes(&files, find(&map, "a")), float);
    assert_eq!(find(&map, "b").dtype, Dtype::F16);
    assert_eq!(tensor_bytes(&files, find(&map, "b")), half);
}

#[test]
fn a_part_of_a_storage_is_left_alone() {
    // What stands for the view of a storage: its key, offset and size.
    let view = [b"(".to_vec(), text("9"), b"K\x01K\x02t".to_vec()].concat();
    let object = dict(&[
        ("part", tensor("FloatStorage", "1", 2, &view)),
        ("whole", tensor("FloatStorage", "2", 2, b"N")),
    ]);
    let files = file(&[MAGIC, VERSION, MACHINE, &object, &keys(&["2"]), &storage(2, &[6; 8])]);
    let map = read(&files).unwrap();
    assert_eq!(map.tensors.len(), 1);
    assert_eq!(tensor_bytes(&files, find(&map, "whole")), [6; 8]);
}

#[test]
fn a_long_pickle_is_read_to_its_end() {
    let long = "x".repeat(400_000);
    let object = [&b"\x80\x02"[..], &text(&long), b"0", &two_tensors()[2..]].concat();
    let tail = [keys(&["11", "7"]), storage(3, &[5; 12]), storage(2, &[1; 4])].concat();
    let files = file(&[MAGIC, VERSION, MACHINE, &object, &tail]);
    assert_eq!(tensor_bytes(&files, find(&read(&files).unwrap(), "b")), [1; 4]);
}

#[test]
fn opcodes_of_all_pickles_count() {
    let half = 2_000_000;
    let long = |opcodes: usize| [&b"\x80\x02"[..], &b"N0".repeat(opcodes / 2 - 2), b"}."].concat();
    let files = file(&[MAGIC, VERSION, &long(half), &long(half), &keys(&[])]);
    let error = read(&files).unwrap_err();
    assert!(error.to_string().contains("MAX_PICKLE_STEPS"), "{error}");
    assert!(read(&file(&[MAGIC, VERSION, &long(half), &long(half - 100), &keys(&[])])).is_ok());
}

#[test]
fn counts_that_lie_are_refused() {
    let object = two_tensors();
    for count in [4, 1 << 32, 1 << 62, u64::MAX] {
        let list = keys(&["7", "11"]);
        let files = file(&[
            MAGIC,
            VERSION,
            MACHINE,
            &object,
            &list,
            &storage(2, &[0; 4]),
            &storage(count, &[0; 12]),
        ]);
        let error = read(&files).unwrap_err();
        assert!(matches!(error.fault(), Fault::Corrupt { .. }), "{count}: {error}");
    }
}

#[test]
fn keys_that_nothing_names_or_that_occur_twice_are_refused() {
    let object = two_tensors();
    for list in [
        keys(&["7", "7"]),
        keys(&["7", "12"]),
        b"\x80\x02](K\x01e.".to_vec(),
        b"\x80\x02N.".to_vec(),
    ] {
        let files = file(&[
            MAGIC,
            VERSION,
            MACHINE,
            &object,
            &list,
            &storage(2, &[0; 4]),
            &storage(2, &[0; 4]),
        ]);
        let error = read(&files).unwrap_err();
        assert!(matches!(error.fault(), Fault::Corrupt { .. }), "{error}");
    }
}

#[test]
fn a_storage_of_two_widths_is_refused() {
    let object = |other: &str| {
        dict(&[
            ("a", tensor("FloatStorage", "7", 2, b"N")),
            ("b", tensor(other, "7", 2, b"N")),
        ])
    };
    let found = |other: &str| {
        read(&file(&[
            MAGIC,
            VERSION,
            MACHINE,
            &object(other),
            &keys(&["7"]),
            &storage(2, &[3; 8]),
        ]))
    };
    assert_eq!(found("FloatStorage").unwrap().tensors.len(), 2);
    for other in ["HalfStorage", "DoubleStorage"] {
        let error = found(other).unwrap_err();
        assert!(error.to_string().contains("elements of two widths"), "{error}");
    }
}

#[test]
fn another_version_is_unsupported() {
    let files = file(&[MAGIC, b"\x80\x02M\xea\x03.", MACHINE, &two_tensors(), &keys(&[])]);
    let error = read(&files).unwrap_err();
    assert!(matches!(error.fault(), Fault::Unsupported { .. }), "{error}");
}

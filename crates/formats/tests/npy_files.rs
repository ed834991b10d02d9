//! Arrays written by numpy, and headers written here.

mod common;

use common::{Files, assert_hostile_safe, find, one, read_hostile, tensor_bytes};
use proptest::prelude::*;
use tensorpress_formats::error::Fault;
use tensorpress_formats::{Dtype, Encoding, FileMap, FormatError, Tensor, npy};

macro_rules! fixture {
    ($name:literal) => {
        one(concat!("folder/", $name), include_bytes!(concat!("fixtures/", $name)))
    };
}

/// A version 1 file of this header and `data` zero bytes.
fn file(header: &str, data: usize) -> Files {
    let mut bytes = b"\x93NUMPY\x01\0".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.resize(bytes.len() + data, 0);
    one("x.npy", bytes)
}

fn simple(descr: &str, shape: &str) -> String {
    format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}   \n")
}

fn read(files: &Files) -> Result<FileMap, FormatError> {
    read_hostile(files, npy::read)
}

fn only(files: &Files) -> Tensor {
    read(files).unwrap().tensors.remove(0)
}

fn floats(count: u8, bytes: fn(f32) -> [u8; 4]) -> Vec<u8> {
    (0..count).flat_map(|v| bytes(f32::from(v))).collect()
}

#[test]
fn real_arrays_are_mapped() {
    let files = fixture!("matrix.npy");
    let matrix = only(&files);
    assert_eq!(
        (matrix.name.as_str(), matrix.dtype, &matrix.shape[..]),
        ("matrix", Dtype::F32, &[2, 3, 4][..])
    );
    assert_eq!(
        (tensor_bytes(&files, &matrix), matrix.encoding),
        (floats(24, f32::to_le_bytes), Encoding::Plain)
    );

    let files = fixture!("big.npy");
    let big = only(&files);
    assert_eq!((big.dtype, big.encoding), (Dtype::F32, Encoding::BigEndian));
    assert_eq!(tensor_bytes(&files, &big), floats(12, f32::to_be_bytes));

    let files = fixture!("fortran.npy");
    let map = read(&files).unwrap();
    assert!(map.notes[0].contains("Fortran"), "{:?}", map.notes);
    assert_eq!(
        (&map.tensors[0].shape[..], tensor_bytes(&files, &map.tensors[0]).len()),
        (&[3, 4][..], 48)
    );

    let files = fixture!("version2.npy");
    let complex = only(&files);
    assert_eq!((complex.dtype, &complex.shape[..]), (Dtype::C64, &[3][..]));
    assert_eq!(tensor_bytes(&files, &complex)[..8], [0, 0, 0x80, 0x3f, 0, 0, 0, 0]);
}

#[test]
fn structured_and_object_arrays_are_opaque() {
    let files = fixture!("records.npy");
    let records = only(&files);
    assert_eq!(
        (records.dtype, records.encoding, &records.shape[..]),
        (Dtype::Opaque, Encoding::Other, &[2][..])
    );
    assert_eq!(records.type_name, "[('id', '<i4'), ('x', [('y', '<f8')])]");
    assert_eq!(tensor_bytes(&files, &records).len(), 24);
    let files = fixture!("objects.npy");
    let objects = only(&files);
    assert_eq!((objects.dtype, objects.type_name.as_str()), (Dtype::Opaque, "|O"));
    assert_eq!(only(&file(&simple("'<U7'", "(1,)"), 28)).type_name, "<U7");
}

#[test]
fn archives_give_stored_arrays_and_deflated_streams() {
    let files = fixture!("stored.npz");
    let map = read_hostile(&files, npy::read_npz).unwrap();
    assert_eq!(
        tensor_bytes(&files, find(&map, "weights")),
        floats(24, f32::to_le_bytes)
    );
    let bias = find(&map, "bias");
    assert_eq!((bias.dtype, tensor_bytes(&files, bias)), (Dtype::I8, vec![1, 255]));

    let files = fixture!("deflated.npz");
    let map = read_hostile(&files, npy::read_npz).unwrap();
    let weights = find(&map, "weights");
    assert_eq!(
        (weights.dtype, &weights.shape[..], weights.encoding),
        (Dtype::F32, &[50, 40][..], Encoding::Deflate)
    );
    let inflated = miniz_oxide::inflate::decompress_to_vec(&tensor_bytes(&files, weights)).unwrap();
    assert_eq!((&inflated[..6], inflated.len()), (&b"\x93NUMPY"[..], 128 + 8000));
    assert_eq!(weights.inflated, Some((128, 8000)));
    let bias = find(&map, "bias");
    assert_eq!((bias.dtype, &bias.shape[..]), (Dtype::U16, &[6][..]));

    // What numbers are big-endian is not said of a DEFLATE stream: nothing may take them for others.
    let files = fixture!("compressed.npz");
    let map = read_hostile(&files, npy::read_npz).unwrap();
    let inflated = |name: &str| find(&map, name).inflated;
    assert_eq!(inflated("weights"), Some((128, 8000)));
    assert_eq!((inflated("words"), inflated("big")), (Some((128, 16)), None));
    assert_hostile_safe(&files, npy::read_npz);
}

#[test]
fn damaged_files_never_panic() {
    for files in [fixture!("matrix.npy"), fixture!("fortran.npy"), fixture!("big.npy")] {
        assert_hostile_safe(&files, npy::read);
    }
    for files in [
        fixture!("version2.npy"),
        fixture!("records.npy"),
        fixture!("objects.npy"),
    ] {
        assert_hostile_safe(&files, npy::read);
    }
    for files in [fixture!("stored.npz"), fixture!("deflated.npz")] {
        assert_hostile_safe(&files, npy::read_npz);
    }
}

#[test]
fn every_plain_type_has_its_width() {
    let types = "b1:1 i1:1 i2:2 i4:4 i8:8 u1:1 u2:2 u4:4 u8:8 f2:2 f4:4 f8:8 c8:8 c16:16";
    for entry in types.split_whitespace() {
        let (name, width) = entry.split_once(':').unwrap();
        let width: usize = width.parse().unwrap();
        let tensor = only(&file(&simple(&format!("'<{name}'"), "(3,)"), 3 * width));
        assert_eq!(
            (tensor.encoding, tensor.spans[0].len),
            (Encoding::Plain, 3 * width as u64),
            "{name}"
        );
        assert!(
            read(&file(&simple(&format!("'<{name}'"), "(3,)"), 3 * width - 1)).is_err(),
            "{name}"
        );
    }
    assert_eq!(only(&file(&simple("'>u1'", "(2,)"), 2)).encoding, Encoding::Plain);
    assert_eq!(only(&file(&simple("'<f4'", "()"), 4)).spans[0].len, 4);
    assert_eq!(only(&file(&simple("'<f4'", "(0, 7)"), 0)).spans.len(), 0);
    assert_eq!(only(&file(&simple("'<f4'", "(2L,)"), 8)).shape, [2]);
}

#[test]
fn strictness_and_hostile_numbers() {
    let max = u64::MAX;
    for shape in [
        "(1000000000,)".to_owned(),
        format!("({max}, {max})"),
        format!("({max}0,)"),
        "(-1,)".to_owned(),
    ] {
        assert!(read(&file(&simple("'<f4'", &shape), 64)).is_err(), "{shape}");
    }
    let rank = "1, ".repeat(65);
    assert!(
        read(&file(&simple("'<f4'", &format!("({rank})")), 4))
            .unwrap_err()
            .to_string()
            .contains("MAX_RANK")
    );
    for header in [
        "",
        "{}",
        "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (), 'more': 'x'}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': ()}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': ()} x",
        "{'descr': '<f4\\",
        "{'descr': 3, 'fortran_order': False, 'shape': ()}",
    ] {
        assert!(read(&file(header, 64)).is_err(), "{header}");
    }
    let deep = "[".repeat(30_000);
    assert!(read(&file(&simple(&deep, "()"), 8)).is_err());
    let balanced = "[".repeat(30_000) + &"]".repeat(30_000);
    assert_eq!(only(&file(&simple(&balanced, "()"), 8)).dtype, Dtype::Opaque);
    let long = [&b"\x93NUMPY\x03\0"[..], &u32::MAX.to_le_bytes(), &[b' '; 64]].concat();
    assert!(matches!(
        read(&one("x", long)).unwrap_err().fault(),
        Fault::Limit { .. }
    ));
}

proptest! {
    #[test]
    fn random_headers_never_panic(header in "[{}()\\[\\]'\"\\\\,: 0-9a-zTF<>|L]{0,80}") {
        let _ = read(&file(&header, 16));
        let _ = read(&file(&simple(&header, "(2,)"), 16));
        let _ = read(&file(&simple("'<f4'", &header), 16));
    }

    #[test]
    fn any_shape_is_read(shape in prop::collection::vec(0u64..5, 0..5), tail in 0usize..20) {
        let text: String = shape.iter().map(|d| format!("{d},")).collect();
        let len = shape.iter().product::<u64>() * 8;
        let tensor = only(&file(&simple("'<i8'", &format!("({text})")), len as usize + tail));
        prop_assert_eq!(&tensor.shape, &shape);
        prop_assert_eq!(tensor.spans.iter().map(|s| s.len).sum::<u64>(), len);
    }
}

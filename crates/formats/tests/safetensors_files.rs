//! A file written by the safetensors package, and headers written here.

mod common;

use common::{Files, assert_hostile_safe, find, one, read_hostile, tensor_bytes};
use proptest::prelude::*;
use tensorpress_formats::error::Fault;
use tensorpress_formats::{Dtype, Encoding, FileMap, FormatError, safetensors};

fn fixture() -> Files {
    one("small.safetensors", include_bytes!("fixtures/small.safetensors"))
}

/// A file of this header and `data` zero bytes.
fn file(header: &str, data: usize) -> Files {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.resize(bytes.len() + data, 0);
    one("x.safetensors", bytes)
}

fn read(files: &Files) -> Result<FileMap, FormatError> {
    read_hostile(files, safetensors::read)
}

fn refused(header: &str, data: usize) -> String {
    read(&file(header, data)).expect_err(header).to_string()
}

#[test]
fn a_real_file_is_mapped() {
    let files = fixture();
    let map = read(&files).unwrap();
    assert_eq!(map.tensors.len(), 6);
    let weight = find(&map, "layer.weight");
    assert_eq!(
        (weight.dtype, &weight.shape[..], weight.encoding),
        (Dtype::F32, &[2, 3, 4][..], Encoding::Plain)
    );
    let expected: Vec<u8> = (0..24u8).flat_map(|v| f32::from(v).to_le_bytes()).collect();
    assert_eq!(tensor_bytes(&files, weight), expected);
    assert_eq!(tensor_bytes(&files, find(&map, "layer.bias")), [0x00, 0x3e, 0x00, 0xc1]);
    assert_eq!(
        tensor_bytes(&files, find(&map, "half")),
        [0x80, 0x3f, 0x00, 0x40, 0x40, 0x40]
    );
    assert_eq!(find(&map, "half").dtype, Dtype::Bf16);
    assert_eq!(tensor_bytes(&files, find(&map, "scalar")), 7i64.to_le_bytes());
    assert!(find(&map, "scalar").shape.is_empty());
    assert!(find(&map, "empty").spans.is_empty());
    assert_eq!(tensor_bytes(&files, find(&map, "flags")), [1, 0, 1]);
}

#[test]
fn damaged_files_never_panic() {
    assert_hostile_safe(&fixture(), safetensors::read);
}

#[test]
fn every_type_has_its_width_and_an_unknown_type_is_opaque() {
    let types = "F64:8 F32:4 F16:2 BF16:2 F8_E4M3:1 F8_E5M2:1 F8_E8M0:1 F8_E4M3FNUZ:1 F8_E5M2FNUZ:1 I64:8 I32:4 I16:2 \
                 I8:1 U64:8 U32:4 U16:2 U8:1 BOOL:1 C64:8";
    for entry in types.split_whitespace() {
        let (name, width) = entry.split_once(':').unwrap();
        let bytes = 3 * width.parse::<usize>().unwrap();
        let header = |bytes| format!(r#"{{"a":{{"dtype":"{name}","shape":[3],"data_offsets":[0,{bytes}]}}}}"#);
        let map = read(&file(&header(bytes), bytes)).expect(name);
        assert_eq!(
            (map.tensors[0].encoding, map.tensors[0].spans[0].len),
            (Encoding::Plain, bytes as u64)
        );
        assert!(refused(&header(bytes - 1), bytes).contains("needs"), "{name}");
    }
    let map = read(&file(r#"{"a":{"dtype":"F4","shape":[5],"data_offsets":[0,3]}}"#, 3)).unwrap();
    assert_eq!(map.tensors[0].dtype, Dtype::F4E2m1);
    let map = read(&file(
        r#"{"a":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[0,3]}}"#,
        3,
    ))
    .unwrap();
    assert_eq!(
        (map.tensors[0].dtype, map.tensors[0].type_name.as_str()),
        (Dtype::Opaque, "F6_E2M3")
    );
}

#[test]
fn contradictions_are_refused() {
    let one = r#"{"dtype":"U8","shape":[4],"data_offsets":[0,4]}"#;
    assert!(refused(&format!(r#"{{"a":{one},"a":{one}}}"#), 8).contains("twice"));
    assert!(refused(&format!(r#"{{"a":{one},"b":{one}}}"#), 8).contains("overlap"));
    assert!(refused(&format!(r#"{{"a":{one}}}"#), 3).contains("data_offsets"));
    assert!(refused(r#"{"a":{"dtype":"U8","shape":[],"data_offsets":[5,4]}}"#, 8).contains("data_offsets"));
    assert!(refused(r#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 8).contains("header"));
    assert!(refused(&format!(r#"{{"a":{one}}} x"#), 4).contains("header"));
}

#[test]
fn hostile_numbers_cost_nothing() {
    let max = u64::MAX;
    for shape in [
        "[1000000000]".to_owned(),
        format!("[{max},{max}]"),
        "[4294967296,4294967296]".to_owned(),
    ] {
        let header = format!(r#"{{"a":{{"dtype":"F64","shape":{shape},"data_offsets":[0,8]}}}}"#);
        assert!(refused(&header, 8).contains("needs"));
    }
    let header = format!(
        r#"{{"a":{{"dtype":"U8","shape":[1],"data_offsets":[{},{max}]}}}}"#,
        max - 1
    );
    assert!(refused(&header, 8).contains("data_offsets"));
    for len in [u64::MAX, u64::MAX - 7, 1 << 63, 1 << 32, 100_000_001] {
        assert!(matches!(
            read(&common::one("x", len.to_le_bytes())).unwrap_err().fault(),
            Fault::Limit { .. }
        ));
    }
    let rank = vec!["1"; 65].join(",");
    let header = format!(r#"{{"a":{{"dtype":"U8","shape":[{rank}],"data_offsets":[0,1]}}}}"#);
    assert!(refused(&header, 1).contains("MAX_RANK"));
    let deep = "[".repeat(100_000);
    assert!(refused(&format!(r#"{{"__metadata__":{deep}"#), 0).contains("header"));
    assert!(refused(&format!(r#"{{"a":{deep}"#), 0).contains("header"));
}

#[test]
fn an_index_needs_its_shards() {
    let index = br#"{"metadata":{"total_size":9},"weight_map":{"a":"m-1.safetensors","b":"m-2.safetensors"}}"#;
    let mut files = one("dir/model.safetensors.index.json", index);
    files.push(("dir/m-1.safetensors".to_owned(), Vec::new()));
    let missing = read_hostile(&files, safetensors::read_index).unwrap_err();
    assert!(
        matches!(missing.fault(), Fault::MissingFile { name, .. } if name == "m-2.safetensors"),
        "{missing}"
    );
    files.push(("dir/m-2.safetensors".to_owned(), Vec::new()));
    let map = read_hostile(&files, safetensors::read_index).unwrap();
    assert_eq!((map.tensors.len(), map.notes.len()), (0, 1));
    assert_hostile_safe(&files, safetensors::read_index);
}

proptest! {
    #[test]
    fn any_layout_without_overlap_is_mapped(sizes in prop::collection::vec((0u64..40, 0u64..5), 0..12), tail in 0u64..9) {
        let (mut at, mut entries) = (0, Vec::new());
        for (index, (len, gap)) in sizes.iter().enumerate() {
            let begin = at + gap;
            at = begin + len;
            entries.push(format!(r#""t{index}":{{"dtype":"U8","shape":[{len}],"data_offsets":[{begin},{at}]}}"#));
        }
        let files = file(&format!("{{{}}}", entries.join(",")), (at + tail) as usize);
        let map = read(&files).unwrap();
        prop_assert_eq!(map.tensors.len(), sizes.len());
        for (index, (len, _)) in sizes.iter().enumerate() {
            prop_assert_eq!(tensor_bytes(&files, find(&map, &format!("t{index}"))).len() as u64, *len);
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), len in 0u64..300) {
        let _ = read(&one("x", bytes.clone()));
        let _ = read(&one("x", [&len.to_le_bytes()[..], &bytes].concat()));
    }
}

//! TensorFlow.js manifests and shards.

mod common;

use common::{Files, assert_hostile_safe, find, one, tensor_bytes};
use tensorpress_formats::error::Fault;
use tensorpress_formats::source::map_in_memory;
use tensorpress_formats::{Dtype, FileMap, FormatError, tfjs};

fn read(files: &Files) -> Result<FileMap, FormatError> {
    map_in_memory(files, |source| tfjs::read(source, 0))
}

const WEIGHTS: &str = r#"[{"paths":["a.bin","b.bin","c.bin"],"weights":[
    {"name":"f","shape":[2],"dtype":"float32"},
    {"name":"straddles","shape":[3],"dtype":"int32"},
    {"name":"scalar","shape":[],"dtype":"bool"},
    {"name":"none","shape":[0,4],"dtype":"float32"},
    {"name":"text","shape":[2],"dtype":"string"},
    {"name":"q","shape":[3],"dtype":"float32","quantization":{"dtype":"uint8","min":-1,"scale":0.1}},
    {"name":"h","shape":[1],"dtype":"float32","quantization":{"dtype":"float16"}},
    {"name":"c","shape":[1],"dtype":"complex64"}]}]"#;

fn sample() -> Files {
    let text = [&2u32.to_le_bytes()[..], b"hi", &0u32.to_le_bytes()].concat();
    let stream = [
        b"ffffffff",
        &b"iiiijjjjkkkk"[..],
        b"b",
        &text,
        b"qqq",
        b"hh",
        b"complex!",
    ]
    .concat();
    vec![
        (
            "m/model.json".into(),
            format!(r#"{{"modelTopology":{{}},"weightsManifest":{WEIGHTS}}}"#).into_bytes(),
        ),
        ("m/a.bin".into(), stream[..10].to_vec()),
        ("m/b.bin".into(), stream[10..23].to_vec()),
        ("m/c.bin".into(), stream[23..].to_vec()),
    ]
}

fn check(files: &Files) {
    let map = read(files).unwrap();
    let expected: [(&str, Dtype, &[u8]); 7] = [
        ("f", Dtype::F32, b"ffffffff"),
        ("straddles", Dtype::I32, b"iiiijjjjkkkk"),
        ("scalar", Dtype::Bool, b"b"),
        ("none", Dtype::F32, b""),
        ("q", Dtype::U8, b"qqq"),
        ("h", Dtype::F16, b"hh"),
        ("c", Dtype::C64, b"complex!"),
    ];
    for (name, dtype, bytes) in expected {
        assert_eq!(
            (tensor_bytes(files, find(&map, name)), find(&map, name).dtype),
            (bytes.to_vec(), dtype),
            "{name}"
        );
    }
    assert_eq!(find(&map, "straddles").spans.len(), 2);
    assert_eq!(find(&map, "text").spans.iter().map(|span| span.len).sum::<u64>(), 10);
    assert_eq!(map.notes, Vec::<String>::new());
}

#[test]
fn model_json_and_bare_manifest() {
    let mut files = sample();
    check(&files);
    files[0].1 = WEIGHTS.into();
    check(&files);
}

#[test]
fn a_missing_shard_costs_only_its_weights() {
    let mut files = sample();
    files.remove(2);
    let map = read(&files).unwrap();
    assert_eq!(tensor_bytes(&files, find(&map, "f")), b"ffffffff");
    assert!(find(&map, "straddles").spans.is_empty() && find(&map, "c").spans.is_empty());
    assert!(map.notes[0].contains("b.bin"));
}

#[test]
fn other_json_is_another_kind_of_file() {
    for json in [
        "{}",
        "[]",
        "{\"weightsManifest\":[]}",
        "[1]",
        "{\"model\":{\"vocab\":{}}}",
        "{",
        "",
    ] {
        assert!(
            matches!(read(&one("x.json", json)).unwrap_err().fault(), Fault::Other { .. }),
            "{json}"
        );
    }
    // What was meant to list weights is worth a word.
    let broken = read(&one("x.json", r#"{"weightsManifest":[1]}"#)).unwrap_err();
    assert!(matches!(broken.fault(), Fault::Unsupported { .. }), "{broken:?}");
    let huge = r#"[{"paths":["x.json"],"weights":[{"name":"w","shape":[4294967295,4294967295,9],"dtype":"float32"}]}]"#;
    let map = read(&one("x.json", huge)).unwrap();
    assert!(map.tensors[0].spans.is_empty() && map.notes.len() == 1);
    let deep = format!("{{\"modelTopology\":{}", "[".repeat(1_000_000));
    assert!(read(&one("x.json", deep)).is_err());
}

#[test]
fn hostile() {
    assert_hostile_safe(&sample(), tfjs::read);
}

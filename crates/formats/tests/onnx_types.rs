//! Every element type and every kind of constant, as the onnx package writes them (`fuzz/seeds/make.py`).

mod common;

use common::{Files, assert_hostile_safe, find, one, read_hostile, tensor_bytes};
use tensorpress_formats::{Dtype, Encoding, onnx};

fn fixture() -> Files {
    one("types.onnx", include_bytes!("fixtures/types.onnx"))
}

/// Ten elements each, 0 and 1 in turn.
#[test]
fn every_type_is_known() {
    let files = fixture();
    let map = read_hostile(&files, onnx::read).unwrap();
    assert!(map.notes.is_empty(), "{:?}", map.notes);
    for (name, dtype, len) in [
        ("FLOAT", Dtype::F32, 40),
        ("UINT8", Dtype::U8, 10),
        ("INT8", Dtype::I8, 10),
        ("UINT16", Dtype::U16, 20),
        ("INT16", Dtype::I16, 20),
        ("INT32", Dtype::I32, 40),
        ("INT64", Dtype::I64, 80),
        ("BOOL", Dtype::Bool, 10),
        ("FLOAT16", Dtype::F16, 20),
        ("DOUBLE", Dtype::F64, 80),
        ("UINT32", Dtype::U32, 40),
        ("UINT64", Dtype::U64, 80),
        ("COMPLEX64", Dtype::C64, 80),
        ("COMPLEX128", Dtype::C128, 160),
        ("BFLOAT16", Dtype::Bf16, 20),
        ("FLOAT8E4M3FN", Dtype::F8E4m3, 10),
        ("FLOAT8E4M3FNUZ", Dtype::F8E4m3Fnuz, 10),
        ("FLOAT8E5M2", Dtype::F8E5m2, 10),
        ("FLOAT8E5M2FNUZ", Dtype::F8E5m2Fnuz, 10),
        ("UINT4", Dtype::U4, 5),
        ("INT4", Dtype::I4, 5),
        ("FLOAT4E2M1", Dtype::F4E2m1, 5),
        ("FLOAT8E8M0", Dtype::F8E8m0, 10),
        ("UINT2", Dtype::U2, 3),
        ("INT2", Dtype::I2, 3),
        ("FLOAT6E2M3", Dtype::F6E2m3, 8),
        ("FLOAT6E3M2", Dtype::F6E3m2, 8),
    ] {
        let tensor = find(&map, name);
        assert_eq!((tensor.dtype, tensor.encoding), (dtype, Encoding::Plain), "{name}");
        assert_eq!((&tensor.shape[..], tensor.type_name.as_str()), (&[2, 5][..], ""));
        assert_eq!(tensor_bytes(&files, tensor).len(), len, "{name}");
    }
    // 0.5, 1, 2, -1 and 28: four numbers in three bytes, and one in the next.
    let packed = find(&map, "packed");
    assert_eq!(tensor_bytes(&files, packed), [0x08, 0x03, 0xb1, 0x1f]);
    let listed = find(&map, "listed");
    assert_eq!((listed.dtype, listed.encoding), (Dtype::F6E2m3, Encoding::Varint));
    assert_eq!(tensor_bytes(&files, listed), [4, 8, 16, 40, 31]);
}

#[test]
fn constants_of_every_kind() {
    let files = fixture();
    let map = read_hostile(&files, onnx::read).unwrap();
    let found = |name: &str| {
        let tensor = find(&map, name);
        (
            tensor.dtype,
            tensor.encoding,
            &tensor.shape[..],
            tensor_bytes(&files, tensor).len(),
        )
    };
    assert_eq!(found("value"), (Dtype::F32, Encoding::Plain, &[3][..], 12));
    assert_eq!(found("sparse"), (Dtype::F32, Encoding::Plain, &[2][..], 8));
    assert_eq!(found("sparse/indices"), (Dtype::I64, Encoding::Plain, &[2][..], 16));
    // The package writes lists of attributes element by element.
    assert_eq!(found("floats"), (Dtype::F32, Encoding::Other, &[5][..], 25));
    assert_eq!(found("ints"), (Dtype::I64, Encoding::Other, &[3][..], 16));
    assert_eq!(found("strings"), (Dtype::Opaque, Encoding::Other, &[2][..], 7));
    for name in ["float", "int", "string"] {
        assert!(map.tensors.iter().all(|tensor| tensor.name != name), "{name}");
    }
}

#[test]
fn damaged_files_never_panic() {
    assert_hostile_safe(&fixture(), onnx::read);
}

//! PyTorch files saved by torch 1.13 itself.

mod common;

use common::{Files, assert_hostile_safe, find, one, read_hostile, tensor_bytes};
use tensorpress_formats::{Dtype, Encoding, FileMap, pytorch};

macro_rules! fixture {
    ($name:literal) => {
        one($name, include_bytes!(concat!("fixtures/", $name)))
    };
}

fn map(files: &Files) -> FileMap {
    read_hostile(files, pytorch::read).expect("a real file is mapped")
}

fn floats(values: impl IntoIterator<Item = f32>) -> Vec<u8> {
    values.into_iter().flat_map(f32::to_le_bytes).collect()
}

fn longs(values: impl IntoIterator<Item = i64>) -> Vec<u8> {
    values.into_iter().flat_map(i64::to_le_bytes).collect()
}

#[test]
fn a_state_dict_is_mapped_by_key() {
    let files = fixture!("state_dict.pt");
    let map = map(&files);
    let weight = find(&map, "layer.weight");
    assert_eq!(
        (weight.dtype, &weight.shape[..], weight.encoding),
        (Dtype::F32, &[3, 4][..], Encoding::Plain)
    );
    assert_eq!(tensor_bytes(&files, weight), floats((0..12u8).map(f32::from)));
    let bias = find(&map, "layer.bias");
    assert_eq!(bias.dtype, Dtype::Bf16);
    assert_eq!(tensor_bytes(&files, bias), [0xc0, 0x3f, 0x20, 0xc0]);
    let half = find(&map, "half");
    assert_eq!(
        (half.dtype, tensor_bytes(&files, half)),
        (Dtype::F16, vec![0x00, 0x3c, 0x00, 0x40])
    );
    let scalar = find(&map, "scalar");
    assert_eq!((scalar.dtype, scalar.shape.len()), (Dtype::I64, 0));
    assert_eq!(tensor_bytes(&files, scalar), longs([7]));
    let empty = find(&map, "empty");
    assert_eq!((&empty.shape[..], empty.spans.len()), (&[0, 3][..], 0));
    let tied = find(&map, "tied");
    assert_eq!((&tied.shape, &tied.spans), (&weight.shape, &weight.spans));
}

#[test]
fn views_that_do_not_overlap_keep_their_names_and_a_transposed_one_becomes_its_storage() {
    let files = fixture!("state_dict.pt");
    let map = map(&files);
    assert_eq!(tensor_bytes(&files, find(&map, "low")), longs(0..4));
    assert_eq!(tensor_bytes(&files, find(&map, "high")), longs(4..10));
    let transposed = find(&map, "transposed");
    assert_eq!((transposed.dtype, &transposed.shape[..]), (Dtype::F64, &[6][..]));
    let expected: Vec<u8> = (0..6u8).flat_map(|v| f64::from(v).to_le_bytes()).collect();
    assert_eq!(tensor_bytes(&files, transposed), expected);
}

#[test]
fn overlapping_views_are_one_storage_and_quantized_tensors_keep_their_type() {
    let files = fixture!("views.pt");
    let map = map(&files);
    assert_eq!(map.tensors.len(), 2);
    let whole = find(&map, "0");
    assert_eq!((whole.dtype, &whole.shape[..]), (Dtype::I32, &[8][..]));
    assert_eq!(
        tensor_bytes(&files, whole),
        (0..8i32).flat_map(i32::to_le_bytes).collect::<Vec<_>>()
    );
    let quantized = find(&map, "2.q");
    assert_eq!((quantized.dtype, quantized.type_name.as_str()), (Dtype::I8, "qint8"));
    assert_eq!(tensor_bytes(&files, quantized), [2, 4, 6]);
}

#[test]
fn a_training_checkpoint_names_model_and_optimizer() {
    let files = fixture!("checkpoint.pt");
    let map = map(&files);
    assert_eq!(
        tensor_bytes(&files, find(&map, "model.fc.weight")),
        floats((0..6u8).map(f32::from))
    );
    assert_eq!(find(&map, "optimizer.state.0.exp_avg").shape, [2, 3]);
    assert_eq!(find(&map, "model.norm.num_batches_tracked").dtype, Dtype::I64);
}

#[test]
fn a_pickled_module_is_walked_through_its_state() {
    let files = fixture!("module.pt");
    let map = map(&files);
    assert_eq!(
        tensor_bytes(&files, find(&map, "fc.weight")),
        floats((0..6u8).map(f32::from))
    );
    assert_eq!(tensor_bytes(&files, find(&map, "fc.bias")), floats([9.0, 8.0]));
    assert_eq!(find(&map, "norm.running_var").shape, [2]);
}

#[test]
fn a_file_from_before_the_zip_format_is_mapped() {
    let files = fixture!("legacy.pt");
    let map = map(&files);
    assert_eq!(map.tensors.len(), 1);
    let weight = find(&map, "weight");
    assert_eq!((weight.dtype, &weight.shape[..]), (Dtype::F32, &[3, 4][..]));
    assert_eq!(tensor_bytes(&files, weight), floats((0..12u8).map(f32::from)));
}

#[test]
fn damaged_files_never_panic() {
    for files in [
        fixture!("state_dict.pt"),
        fixture!("checkpoint.pt"),
        fixture!("module.pt"),
        fixture!("views.pt"),
        fixture!("legacy.pt"),
    ] {
        assert_hostile_safe(&files, pytorch::read);
    }
}

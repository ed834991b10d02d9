//! Pickles assembled here: newer forms of tensors, and hostile ones.

mod common;

use common::pickle::Pickle;
use common::zip::{Entry, archive};
use common::{find, one, read_hostile, tensor_bytes};
use proptest::prelude::*;
use tensorpress_formats::error::Fault;
use tensorpress_formats::{Dtype, Encoding, pytorch};

#[test]
fn a_torchscript_archive_is_mapped() {
    let files = one("script.pt", include_bytes!("fixtures/script.pt"));
    let map = read_hostile(&files, pytorch::read).unwrap();
    assert_eq!(map.tensors.len(), 2, "{map:?}");
    let expected: Vec<u8> = (0..6u8).flat_map(|v| f32::from(v).to_le_bytes()).collect();
    let weight = map.tensors.iter().find(|t| t.shape == [2, 3]).unwrap();
    assert!(weight.name.ends_with("0.weight"), "{}", weight.name);
    assert_eq!(tensor_bytes(&files, weight), expected);
}

#[test]
fn untyped_storages_take_the_dtype_of_their_tensor() {
    let start = Pickle::new()
        .raw("}(")
        .text("a")
        .global("torch._utils", "_rebuild_tensor_v3")
        .raw("(");
    let start = start
        .storage("UntypedStorage", "0", 8)
        .int(2)
        .ints(&[2, 3])
        .ints(&[3, 1])
        .raw([0x89]);
    let pickle = start
        .global("collections", "OrderedDict")
        .raw(")R")
        .global("torch", "float8_e4m3fn")
        .raw("tRu");
    let map = pickle.map(&[8]).unwrap();
    let tensor = find(&map, "a");
    assert_eq!((tensor.dtype, &tensor.shape[..]), (Dtype::F8E4m3, &[2, 3][..]));
    assert_eq!(tensor_bytes(&pickle.files(&[8]), tensor), [2, 3, 4, 5, 6, 7]);
}

#[test]
fn parameters_and_tensor_subclasses_are_seen_through() {
    let start = Pickle::new()
        .raw("]")
        .global("torch._utils", "_rebuild_parameter")
        .raw("(");
    let start = start.tensor("ByteStorage", "0", 0, &[4], &[1]).raw([0x88]).raw(")tRa");
    let start = start.global("torch._tensor", "_rebuild_from_type_v2").raw("(");
    let start = start
        .global("torch._utils", "_rebuild_tensor_v2")
        .global("my.module", "Fancy")
        .raw("(");
    let start = start
        .storage("ShortStorage", "1", 4)
        .int(1)
        .ints(&[3])
        .ints(&[1])
        .raw([0x89])
        .raw(")t}tRa");
    let map = start.map(&[4, 8]).unwrap();
    assert_eq!(find(&map, "0").shape, [4]);
    let fancy = find(&map, "1");
    assert_eq!(
        (fancy.dtype, &fancy.shape[..], fancy.spans[0].len),
        (Dtype::I16, &[3][..], 6)
    );
}

#[test]
fn other_storages_and_byte_orders() {
    let pickle = Pickle::new().tensor("FloatStorage", "0", 0, &[4], &[1]);
    let data = Entry::stored("m/data.pkl", &[&pickle.0[..], b"."].concat());
    let order = Entry::stored("m/byteorder", b"big");
    let big = archive(&[data.clone(), order, Entry::stored("m/data/0", &[0; 16])], false);
    let map = read_hostile(&one("m.pt", big), pytorch::read).unwrap();
    assert_eq!(
        (map.tensors[0].name.as_str(), map.tensors[0].encoding),
        ("tensor", Encoding::BigEndian)
    );

    let order = Entry::stored("m/byteorder", b"middle");
    let odd = archive(&[data.clone(), order, Entry::stored("m/data/0", &[0; 16])], false);
    assert!(
        read_hostile(&one("m.pt", odd), pytorch::read)
            .unwrap_err()
            .to_string()
            .contains("byteorder")
    );

    let packed = Entry::deflated("m/data.pkl", &[&pickle.0[..], b"."].concat());
    let files = one("m.pt", archive(&[packed, Entry::deflated("m/data/0", &[7; 16])], false));
    let map = read_hostile(&files, pytorch::read).unwrap();
    assert_eq!(
        (map.tensors[0].encoding, &map.tensors[0].shape[..]),
        (Encoding::Deflate, &[4][..])
    );
    let inflated = miniz_oxide::inflate::decompress_to_vec(&tensor_bytes(&files, &map.tensors[0])).unwrap();
    assert_eq!(inflated, [7; 16]);
}

#[test]
fn equal_views_have_the_same_bytes_and_a_missing_storage_is_noted() {
    let one = |p: Pickle, key| p.tensor("ByteStorage", key, 1, &[2], &[1]).raw("a");
    let map = one(one(one(Pickle::new().raw("]"), "0"), "0"), "9").map(&[4]).unwrap();
    let names: Vec<&str> = map.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    assert_eq!(names, ["0", "1"]);
    assert_eq!(
        (&map.tensors[0].spans, map.tensors[0].spans[0].len),
        (&map.tensors[1].spans, 2)
    );
    assert!(
        map.notes.len() == 1 && map.notes[0].contains("not in the archive"),
        "{:?}",
        map.notes
    );
}

#[test]
fn a_tensor_is_found_under_every_name() {
    // A list of a tensor, what the memo has of it, and a list that has it, too.
    let pickle = Pickle::new().raw("]").tensor("ByteStorage", "0", 0, &[4], &[1]);
    let map = pickle.raw("q\x07ah\x07a]h\x07aa").map(&[4]).unwrap();
    let names: Vec<&str> = map.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    assert_eq!(names, ["0", "1", "2.0"]);
    assert!(map.tensors.iter().all(|tensor| tensor.spans == map.tensors[0].spans));
}

#[test]
fn views_that_disagree_on_the_type_are_an_opaque_storage() {
    let start = Pickle::new()
        .raw("]")
        .tensor("ByteStorage", "0", 0, &[8], &[1])
        .raw("a");
    let map = start
        .tensor("IntStorage", "0", 0, &[2], &[1])
        .raw("a")
        .map(&[9])
        .unwrap();
    assert_eq!(
        (map.tensors.len(), map.tensors[0].dtype, map.tensors[0].spans[0].len),
        (1, Dtype::Opaque, 9)
    );
}

#[test]
fn hostile_tensors_are_refused_or_mapped_within_their_storage() {
    let max = i64::MAX;
    for (offset, shape, strides) in [
        (0, &[1_000_000_000][..], &[1][..]),
        (0, &[max], &[1]),
        (0, &[max, max], &[max, 1]),
        (max, &[1], &[1]),
        (61, &[4], &[1]),
        (0, &[1 << 32, 1 << 32], &[1 << 32, 1]),
    ] {
        for class in ["ByteStorage", "DoubleStorage"] {
            let pickle = Pickle::new().tensor(class, "0", offset, shape, strides);
            // What overflows stands for its storage; what is only too long is an error.
            if let Ok(map) = pickle.map(&[64]) {
                assert_eq!(map.tensors[0].spans[0].len, 64, "{offset} {shape:?}");
            }
        }
    }
    assert!(
        Pickle::new()
            .tensor("ByteStorage", "0", 61, &[4], &[1])
            .refused()
            .contains("needs more")
    );
    assert!(
        Pickle::new()
            .tensor("ByteStorage", "0", -1, &[4], &[1])
            .refused()
            .contains("without offset")
    );
    assert!(
        Pickle::new()
            .tensor("ByteStorage", "0", 0, &[-4], &[1])
            .refused()
            .contains("no number")
    );
    assert!(
        Pickle::new()
            .tensor("ByteStorage", "0", 0, &[4], &[])
            .refused()
            .contains("rank 1 with 0")
    );
    assert!(
        Pickle::new()
            .tensor("ByteStorage", "0", 0, &[1; 65], &[1; 65])
            .refused()
            .contains("rank 65")
    );
    let broadcast = Pickle::new()
        .tensor("ByteStorage", "0", 0, &[max, 4], &[0, 1])
        .map(&[64])
        .unwrap();
    assert_eq!(broadcast.tensors[0].shape, [64]);
}

#[test]
fn nothing_is_executed_and_unknown_opcodes_are_unsupported() {
    let call = Pickle::new()
        .global("os", "system")
        .raw("(")
        .text("touch /tmp/owned")
        .raw("tR");
    assert_eq!(call.map(&[]).unwrap().tensors.len(), 0);
    for opcode in [b"i", b"o", b"S", b"I", b"\x82", b"\x97"] {
        let error = Pickle::new().raw(opcode).map(&[]).unwrap_err();
        assert!(matches!(error.fault(), Fault::Unsupported { .. }), "{error}");
    }
    for broken in [
        "a",
        "R",
        "(",
        "t",
        "Q",
        "b",
        "h\x05",
        "]s",
        "(0t",
        "}(Nu",
        "X\u{7f}\u{7f}\u{7f}\u{7f}",
        "ca\n",
    ] {
        assert!(Pickle::new().raw(broken).map(&[]).is_err(), "{broken:?}");
    }
}

#[test]
fn deep_wide_and_cyclic_pickles_are_bounded() {
    let deep = Pickle::new().raw("N").raw(vec![0x85; 1_000_000]);
    assert!(deep.refused().contains("MAX_DEPTH"));
    let long = Pickle::new().raw(vec![b')'; 5_000_000]);
    assert!(long.refused().contains("MAX_PICKLE_STEPS"));
    // A list that holds itself.
    let cycle = Pickle::new().raw("]q\x00h\x00a");
    assert_eq!(cycle.map(&[]).unwrap().tensors.len(), 0);
    // Each level holds the one below twice: 2^60 paths, walked as 60 nodes.
    let wide = (0..60).fold(Pickle::new().raw(")"), |p, _| p.raw(b"2\x86"));
    assert_eq!(wide.map(&[]).unwrap().tensors.len(), 0);
    // One long key shared by a million items would be a terabyte of names.
    let key = Pickle::new().raw("}q\x01").text(&"k".repeat(1_000_000)).raw("q\x000(");
    let names = key.raw("h\x00h\x01".repeat(1_000_000)).raw("u");
    assert!(names.refused().contains("MAX_NAMES"));
    // A memo entry may have any number that there were bytes for: those of Python 2 begin at 1.
    for (entry, allowed) in [(1, true), (7, true), (8, false), (u32::MAX, false)] {
        let put = Pickle::new().raw("]r").raw(u32::to_le_bytes(entry)).raw("0");
        let found = put.raw("j").raw(u32::to_le_bytes(entry)).map(&[]);
        assert_eq!(found.is_ok(), allowed, "{entry}: {found:?}");
    }
}

/// Items that share a key of 480 bytes and a tensor of eight dimensions take a kilobyte each: the key, the name, the shape.
#[test]
fn names_and_shapes_are_bounded_together() {
    let ones = [1; 8];
    let tensor = Pickle::new().tensor("ByteStorage", "0", 0, &ones, &ones).raw("q\x010");
    let start = tensor.text(&"k".repeat(480)).raw("q\x020}(");
    let most = (tensorpress_formats::limits::MAX_NAMES / 1024) as usize;
    let items = |count: usize| start.clone().raw("h\x02h\x01".repeat(count)).raw("u");
    assert_eq!(items(most).map(&[64]).unwrap().tensors.len(), most);
    assert!(items(most + 1).refused().contains("MAX_NAMES"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn random_opcodes_never_panic(
        opcodes in prop::collection::vec(prop::sample::select(&b"(.012GJKMNQRTUX]abdehjlqrstu})\x80\x81\x85\x86\x87\x88\x89\x8a\x8c\x8f\x90\x91\x92\x93\x94\x00\x01\x02"[..]), 0..60),
    ) {
        let start = Pickle::new().tensor("ByteStorage", "0", 0, &[4], &[1]).raw("q\x00");
        let _ = start.storage("ByteStorage", "0", 4).raw("q\x01").raw(opcodes).map(&[16]);
    }

    #[test]
    fn any_views_of_a_storage_are_placed_without_overlap(
        views in prop::collection::vec((0i64..12, 0i64..5, 0i64..4, 0i64..5, 0i64..3), 1..6),
    ) {
        let start = Pickle::new().raw("]");
        let pickle = views.iter().fold(start, |p, &(offset, rows, columns, row, column)| {
            p.tensor("ShortStorage", "0", offset, &[rows, columns], &[row, column]).raw("a")
        });
        let _ = pickle.map(&[48]);
    }
}

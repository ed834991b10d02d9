//! A file written by the gguf package, and hostile ones written here.

mod common;

use common::gguf::{array, build, head, info, text};
use common::{Files, assert_hostile_safe, find, one, read_hostile, tensor_bytes};
use proptest::prelude::*;
use std::rc::Rc;
use tensorpress_formats::error::Fault;
use tensorpress_formats::{Dtype, Encoding, FileMap, FormatError, InputFile, Mapper, Progress, gguf};

fn fixture() -> Files {
    one("small.gguf", include_bytes!("fixtures/small.gguf"))
}

fn read(bytes: Vec<u8>) -> Result<FileMap, FormatError> {
    read_hostile(&one("x.gguf", bytes), gguf::read)
}

#[test]
fn a_real_file_is_mapped() {
    let files = fixture();
    let map = read_hostile(&files, gguf::read).unwrap();
    assert_eq!(map.tensors.len(), 5);
    let output = find(&map, "output.weight");
    assert_eq!(
        (output.dtype, &output.shape[..], output.encoding),
        (Dtype::F32, &[3, 4][..], Encoding::Plain)
    );
    let expected: Vec<u8> = (0..12u8).flat_map(|v| f32::from(v).to_le_bytes()).collect();
    assert_eq!(tensor_bytes(&files, output), expected);
    let norm = find(&map, "norm.weight");
    assert_eq!((norm.dtype, &norm.shape[..]), (Dtype::F16, &[5][..]));
    assert_eq!(
        tensor_bytes(&files, norm),
        [0, 0x3c, 0, 0x40, 0, 0x42, 0, 0x44, 0, 0x45]
    );
    let bf = find(&map, "bf");
    assert_eq!(
        (bf.dtype, tensor_bytes(&files, bf)),
        (Dtype::Bf16, vec![0x80, 0x3f, 0, 0x40, 0x40, 0x40, 0x80, 0x40])
    );
    let query = find(&map, "blk.0.attn_q.weight");
    assert_eq!(
        (query.dtype, query.type_name.as_str(), query.encoding),
        (Dtype::Opaque, "Q8_0", Encoding::Other)
    );
    assert_eq!(query.shape, [2, 64]);
    let bytes = tensor_bytes(&files, query);
    assert_eq!(
        (bytes.len(), &bytes[..8]),
        (4 * 34, &[0x08, 0x20, 0x81, 0x83, 0x85, 0x87, 0x89, 0x8b][..])
    );
    assert_eq!(tensor_bytes(&files, find(&map, "blk.0.attn_k.weight")).len(), 36);
}

/// Written by the gguf package for a big-endian machine (`fuzz/seeds/make.py`).
#[test]
fn big_endian_files_are_mapped() {
    let files = one("big.gguf", include_bytes!("fixtures/big_endian.gguf"));
    let map = read_hostile(&files, gguf::read).unwrap();
    assert_eq!(map.tensors.len(), 4);
    let expected: Vec<u8> = (0..12u8).flat_map(|v| f32::from(v).to_be_bytes()).collect();
    let half = vec![0x3c, 0, 0x40, 0, 0x42, 0, 0x44, 0, 0x45, 0];
    let blocks: Vec<u8> = (0..68).collect();
    for (name, dtype, type_name, encoding, shape, bytes) in [
        ("w", Dtype::F32, "", Encoding::BigEndian, &[3, 4][..], expected),
        ("half", Dtype::F16, "", Encoding::BigEndian, &[5], half),
        ("bytes", Dtype::I8, "", Encoding::Plain, &[2], vec![1, 255]),
        ("q", Dtype::Opaque, "Q8_0", Encoding::BigEndian, &[2, 32], blocks),
    ] {
        let tensor = find(&map, name);
        assert_eq!((tensor.dtype, tensor.type_name.as_str()), (dtype, type_name));
        assert_eq!((tensor.encoding, &tensor.shape[..]), (encoding, shape));
        assert_eq!(tensor_bytes(&files, tensor), bytes, "{name}");
    }
    assert_hostile_safe(&files, gguf::read);
}

/// Nothing has to follow the infos where no tensor has a byte.
#[test]
fn files_may_end_behind_their_infos() {
    assert_eq!(read(head(0, &[], &[])).unwrap().tensors.len(), 0);
    let empty = [info("a", &[4, 0], 0, 0), info("b", &[0], 2, 64)].concat();
    let map = read(head(2, &[], &empty)).unwrap();
    assert_eq!((map.tensors.len(), &map.tensors[0].shape[..]), (2, &[0, 4][..]));
    assert!(map.tensors.iter().all(|tensor| tensor.spans.is_empty()));
    assert!(read(head(1, &[], &info("a", &[1], 24, 0))).is_err());
}

#[test]
fn damaged_files_never_panic() {
    assert_hostile_safe(&fixture(), gguf::read);
    let nested = array(9, 2, &[array(8, 1, &text("ab")), array(0, 3, &[1, 2, 3])].concat());
    let infos = [info("a", &[4], 0, 0), info("b", &[32, 2], 2, 32)].concat();
    let pairs = [("n", 9, nested), ("general.alignment", 4, 32u32.to_le_bytes().to_vec())];
    assert_hostile_safe(&one("x", build(2, &pairs, &infos, 68)), gguf::read);
}

#[test]
fn other_versions_are_unsupported() {
    for version in [1u32, 4, 1 << 24, 4 << 24] {
        let mut bytes = build(0, &[], &[], 0);
        bytes[4..8].copy_from_slice(&version.to_le_bytes());
        assert!(
            matches!(read(bytes).unwrap_err().fault(), Fault::Unsupported { .. }),
            "version {version:#x}"
        );
    }
    let mut bytes = build(0, &[], &[], 0);
    bytes[4] = 2;
    assert!(read(bytes).is_ok());
}

#[test]
fn what_is_unsupported_is_named() {
    let refused = |version: u32| {
        let mut bytes = build(0, &[], &[], 0);
        bytes[4..8].copy_from_slice(&version.to_le_bytes());
        read(bytes).unwrap_err().to_string()
    };
    for version in [0u32, 1, 4, 4u32.swap_bytes(), 0x100u32.swap_bytes(), u32::MAX] {
        assert!(refused(version).contains("versions 2 and 3"), "{version}");
    }
    let mut bytes = build(0, &[], &[], 0);
    bytes[3] = b'f';
    assert!(read(bytes).unwrap_err().to_string().contains("no GGUF magic"));
}

#[test]
fn alignment_moves_the_data() {
    for alignment in [8u32, 64, 4096] {
        let pair = ("general.alignment", 4, alignment.to_le_bytes().to_vec());
        let bytes = build(1, &[pair], &info("a", &[2], 0, 0), 5000);
        let map = read(bytes).unwrap();
        assert_eq!(map.tensors[0].spans[0].offset % u64::from(alignment), 0);
    }
    for alignment in [0u32, 3, 33] {
        let pair = ("general.alignment", 4, alignment.to_le_bytes().to_vec());
        assert!(read(build(0, &[pair], &[], 5000)).is_err(), "alignment {alignment}");
    }
    let pair = ("general.alignment", 10, 64u64.to_le_bytes().to_vec());
    assert!(
        read(build(0, &[pair], &[], 0))
            .unwrap_err()
            .to_string()
            .contains("has type 10")
    );
}

#[test]
fn split_files_are_noted_and_unknown_types_left_out() {
    let pairs = [("split.no", 2, vec![1, 0]), ("split.count", 2, vec![3, 0])];
    let infos = [info("old", &[4], 4, 0), info("new", &[4], 24, 0)].concat();
    let map = read(build(2, &pairs, &infos, 4)).unwrap();
    assert_eq!((map.tensors.len(), map.tensors[0].name.as_str()), (1, "new"));
    assert!(
        map.notes[0].contains("part 2 of 3") && map.notes[1].contains("unknown ggml type 4"),
        "{:?}",
        map.notes
    );
}

/// Rows of whole blocks, as ggml has them: also where a tensor has as many elements.
#[test]
fn rows_are_whole_blocks() {
    for (dims, whole) in [
        (&[32, 2][..], true),
        (&[32, 0], true),
        (&[0, 32], true),
        (&[16, 4], false),
        (&[33], false),
        (&[1, 32], false),
        (&[], false),
    ] {
        let found = read(build(1, &[], &info("a", dims, 2, 0), 2000));
        assert_eq!(found.is_ok(), whole, "{dims:?}: {found:?}");
    }
}

#[test]
fn hostile_numbers_cost_nothing() {
    for dims in [
        &[1_000_000_000u64][..],
        &[u64::MAX],
        &[1 << 32, 1 << 32],
        &[1 << 63, 2],
        &[33],
    ] {
        for kind in [0, 2, 28] {
            assert!(read(build(1, &[], &info("a", dims, kind, 0), 8)).is_err(), "{dims:?}");
        }
    }
    for offset in [u64::MAX, u64::MAX - 100, 1 << 63, 9] {
        assert!(read(build(1, &[], &info("a", &[2], 0, offset), 8)).is_err(), "{offset}");
    }
    for count in [u64::MAX, 1 << 61, 1 << 32, 1000] {
        for element in [0, 8, 9, 10] {
            assert!(read(build(0, &[("k", 9, array(element, count, &[]))], &[], 8)).is_err());
        }
        assert!(read(build(0, &[("k", 8, count.to_le_bytes().to_vec())], &[], 8)).is_err());
        assert!(read(build(count, &[], &[], 8)).is_err());
    }
    let overlapping = [info("a", &[4], 0, 0), info("b", &[4], 0, 12)].concat();
    assert!(
        read(build(2, &[], &overlapping, 64))
            .unwrap_err()
            .to_string()
            .contains("overlap")
    );
    let mut rank = text("a");
    rank.extend(u32::MAX.to_le_bytes());
    assert!(
        read(build(1, &[], &rank, 64))
            .unwrap_err()
            .to_string()
            .contains("MAX_RANK")
    );
}

#[test]
fn nesting_is_bounded() {
    let nest = |depth| (0..depth).fold(array(0, 1, &[7]), |inner, _| array(9, 1, &inner));
    assert!(read(build(0, &[("k", 9, nest(64))], &[], 0)).is_ok());
    assert!(read(build(0, &[("k", 9, nest(65))], &[], 0)).is_err());
    let error = read(build(0, &[("k", 9, nest(10_000))], &[], 0)).unwrap_err();
    assert!(error.to_string().contains("MAX_DEPTH"), "{error}");
}

#[test]
fn a_million_strings_need_few_reads() {
    let strings: Vec<u8> = (0..1_000_000).flat_map(|n| text(&n.to_string())).collect();
    let bytes = build(1, &[("k", 9, array(8, 1_000_000, &strings))], &info("a", &[2], 0, 0), 8);
    let files = one("x", bytes);
    let list = Rc::new(vec![InputFile {
        path: "x".to_owned(),
        len: files[0].1.len() as u64,
    }]);
    let mut mapper = Mapper::new(list, |source| gguf::read(source, 0));
    let mut reads = 0;
    let map = loop {
        match mapper.poll() {
            Progress::Done(map) => break map.unwrap(),
            Progress::Need(needs) => {
                for need in needs {
                    reads += 1;
                    let start = need.offset as usize;
                    mapper.supply(need, files[0].1[start..start + need.len as usize].to_vec());
                }
            }
        }
    };
    assert!(reads < 100, "{reads} reads");
    assert_eq!(map.tensors[0].spans[0].offset, files[0].1.len() as u64 - 8);
}

/// A value of any kind: its type and bytes, and the bytes of an array's element of this type.
fn value() -> impl Strategy<Value = (u32, Vec<u8>)> {
    let plain = prop::sample::select(
        &[
            (0, 1),
            (1, 1),
            (2, 2),
            (3, 2),
            (4, 4),
            (5, 4),
            (6, 4),
            (7, 1),
            (10, 8),
            (11, 8),
            (12, 8),
        ][..],
    );
    let leaf = prop_oneof![
        (plain, any::<[u8; 8]>()).prop_map(|((kind, width), bytes): ((u32, usize), _)| (kind, bytes[..width].to_vec())),
        "[a-z]{0,300}".prop_map(|name| (8, text(&name))),
    ];
    // Elements of an array have one type: the same one again and again.
    leaf.prop_recursive(3, 12, 4, |inner| {
        (inner, 0usize..4).prop_map(|((kind, bytes), count)| (9, array(kind, count as u64, &bytes.repeat(count))))
    })
}

proptest! {
    #[test]
    fn any_tensors_are_found(
        dims in prop::collection::vec(prop::collection::vec(0u64..6, 0..4), 0..8),
        values in prop::collection::vec(value(), 0..6),
        alignment in prop::option::of(prop::sample::select(&[1u32, 8, 32, 256][..])),
        turned: bool,
    ) {
        let names: Vec<String> = (0..values.len()).map(|index| format!("k{index}")).collect();
        let mut pairs: Vec<_> = names.iter().zip(values).map(|(name, (kind, value))| (&name[..], kind, value)).collect();
        if let Some(alignment) = alignment {
            pairs.insert(pairs.len() / 2, ("general.alignment", 4, alignment.to_le_bytes().to_vec()));
        }
        let step = u64::from(alignment.unwrap_or(32));
        let (mut infos, mut at, mut expected) = (Vec::new(), 0u64, Vec::new());
        for (index, dims) in dims.iter().enumerate() {
            infos.push(info(&format!("t{index}"), dims, 25, at));
            let len = dims.iter().product::<u64>() * 2;
            expected.push((dims.iter().rev().copied().collect::<Vec<_>>(), at, len));
            at = (at + len).next_multiple_of(step);
        }
        if turned {
            infos.reverse();
        }
        // Without a byte of tensors a file ends behind their infos.
        let mut file = head(dims.len() as u64, &pairs, &infos.concat());
        let start = (file.len() as u64).next_multiple_of(step);
        if expected.iter().any(|(_, _, len)| *len > 0) {
            file.resize((start + at) as usize, 0);
        }
        let map = read(file).unwrap();
        for (index, (shape, at, len)) in expected.iter().enumerate() {
            let tensor = find(&map, &format!("t{index}"));
            prop_assert_eq!((&tensor.shape, tensor.type_name.as_str()), (shape, ""));
            let spans: Vec<_> = tensor.spans.iter().map(|span| (span.offset, span.len)).collect();
            let span = (start + at, *len);
            prop_assert_eq!(&spans, if *len > 0 { std::slice::from_ref(&span) } else { &[] });
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), small in 0u64..9) {
        let mut file = b"GGUF\x03\0\0\0".to_vec();
        file.extend(small.to_le_bytes());
        file.extend((small / 2).to_le_bytes());
        file.extend(bytes);
        let _ = read(file);
    }
}

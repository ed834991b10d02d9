//! How tensors share storages: the widths of their types, views that are apart or overlap, and storages that are packed.

mod common;

use common::pickle::Pickle;
use common::zip::{Entry, archive};
use common::{assert_hostile_safe, one, read_hostile, tensor_bytes};
use tensorpress_formats::{Dtype, Encoding, FileMap, pytorch};

#[test]
fn every_type_has_its_width() {
    for (class, dtype, name, width) in [
        ("DoubleStorage", Dtype::F64, "", 8),
        ("FloatStorage", Dtype::F32, "", 4),
        ("HalfStorage", Dtype::F16, "", 2),
        ("BFloat16Storage", Dtype::Bf16, "", 2),
        ("BoolStorage", Dtype::Bool, "", 1),
        ("ComplexDoubleStorage", Dtype::C128, "", 16),
        ("QInt8Storage", Dtype::I8, "qint8", 1),
        ("QUInt8Storage", Dtype::U8, "quint8", 1),
        ("QInt32Storage", Dtype::I32, "qint32", 4),
    ] {
        let map = Pickle::new().tensor(class, "0", 1, &[2], &[1]).map(&[64]).unwrap();
        let tensor = &map.tensors[0];
        assert_eq!((tensor.dtype, tensor.type_name.as_str()), (dtype, name), "{class}");
        assert_eq!(tensor.spans[0].len, 2 * width, "{class}");
        assert_eq!(tensor.encoding, Encoding::Plain);
    }
    let typed = |dtype: &str| {
        let start = Pickle::new().global("torch._utils", "_rebuild_tensor_v3").raw("(");
        let start = start.storage("UntypedStorage", "0", 8).int(0).ints(&[2]).ints(&[1]);
        let end = start.raw([0x89]).raw("}").global("torch", dtype).raw("tR");
        end.map(&[64]).unwrap().tensors.into_iter().next()
    };
    for (name, dtype, type_name, len, encoding) in [
        ("float4_e2m1fn_x2", Dtype::U8, "float4_e2m1fn_x2", 2, Encoding::Plain),
        ("complex32", Dtype::Opaque, "complex32", 8, Encoding::Other),
        ("float8_e8m0fnu", Dtype::F8E8m0, "", 2, Encoding::Plain),
        ("uint64", Dtype::U64, "", 16, Encoding::Plain),
    ] {
        let tensor = typed(name).unwrap();
        assert_eq!((tensor.dtype, tensor.type_name.as_str()), (dtype, type_name));
        assert_eq!((tensor.spans[0].len, tensor.encoding), (len, encoding), "{name}");
    }
    assert_eq!(typed("bits8"), None);
}

/// A list of views of storage 0, of `len` bytes: class, first element, shape, strides.
fn views(len: usize, views: &[(&str, i64, &[i64], &[i64])]) -> FileMap {
    let start = Pickle::new().raw("]");
    let pickle = views.iter().fold(start, |p, (class, offset, shape, strides)| {
        p.tensor(class, "0", *offset, shape, strides).raw("a")
    });
    pickle.map(&[len]).unwrap()
}

#[test]
fn tensors_that_are_apart_or_the_same_have_spans_of_their_own() {
    let lens = |map: &FileMap| -> Vec<(String, u64)> {
        let first = map.tensors[0].spans[0].offset;
        assert!(map.tensors.iter().all(|tensor| tensor.spans[0].offset >= first));
        map.tensors.iter().map(|t| (t.name.clone(), t.spans[0].len)).collect()
    };
    let expect = |found: &[(&str, u64)]| -> Vec<(String, u64)> {
        found.iter().map(|(name, len)| (name.to_string(), *len)).collect()
    };
    let short = "ShortStorage";
    // In any order, next to each other; a dimension of one may have any stride.
    let map = views(
        12,
        &[
            (short, 4, &[2], &[1]),
            (short, 0, &[2, 1, 2], &[2, 77, 1]),
            (short, 4, &[2], &[1]),
        ],
    );
    assert_eq!(lens(&map), expect(&[("1", 8), ("0", 4), ("2", 4)]));
    assert!(map.notes.is_empty());
    for other in [
        // Overlap by one element; other strides, shape, or type of the same bytes.
        (short, 1, &[2][..], &[1][..]),
        (short, 0, &[2], &[2]),
        (short, 0, &[2, 1], &[1, 1]),
        (short, 0, &[1], &[1]),
        ("HalfStorage", 0, &[2], &[1]),
    ] {
        let map = views(12, &[(short, 0, &[2], &[1]), other]);
        let agreed = other.0 == short;
        assert_eq!(lens(&map), expect(&[("0", 12)]), "{other:?}");
        let tensor = &map.tensors[0];
        assert_eq!(
            (&tensor.shape[..], tensor.dtype),
            match agreed {
                true => (&[6][..], Dtype::I16),
                false => (&[12][..], Dtype::Opaque),
            }
        );
        assert_eq!(tensor.type_name, if agreed { "" } else { "storage" });
        assert!(map.notes[0].contains("stands for its whole storage, which 2 tensors view"));
    }
    // A storage that is no whole number of elements, or that has no byte.
    let map = views(11, &[(short, 0, &[2], &[2])]);
    assert_eq!(
        (&map.tensors[0].shape[..], map.tensors[0].dtype),
        (&[11][..], Dtype::Opaque)
    );
    let map = views(0, &[(short, 0, &[2], &[2])]);
    assert_eq!((map.tensors.len(), map.notes.len()), (0, 1));
}

/// Of an untyped storage a place is a number of elements, whose width is each tensor's own.
#[test]
fn tensors_of_different_widths_are_apart_where_their_bytes_are() {
    let view = |pickle: Pickle, dtype: &str, offset: i64| {
        let start = pickle.global("torch._utils", "_rebuild_tensor_v3").raw("(");
        let start = start
            .storage("UntypedStorage", "0", 64)
            .int(offset)
            .ints(&[2])
            .ints(&[1]);
        start.raw([0x89]).raw("}").global("torch", dtype).raw("tRa")
    };
    let found = |wide: i64, narrow: i64| {
        let pickle = view(view(Pickle::new().raw("]"), "float32", wide), "uint8", narrow);
        let map = pickle.map(&[64]).unwrap();
        let all = map.tensors.iter();
        all.map(|tensor| (tensor.name.clone(), tensor.spans[0].len))
            .collect::<Vec<_>>()
    };
    let apart = [("1".to_owned(), 2), ("0".to_owned(), 8)];
    assert_eq!(found(5, 5), apart);
    assert_eq!(found(5, 18), [("0".to_owned(), 64)]);
    assert_eq!(found(5, 20), [("0".to_owned(), 64)]);
}

#[test]
fn storages_that_are_packed() {
    let pickle = Pickle::new().tensor("ByteStorage", "0", 0, &[4], &[1]);
    let with = |storage: Entry, order: &[u8]| {
        let data = Entry::stored("m/data.pkl", &[&pickle.0[..], b"."].concat());
        let order = Entry::stored("m/byteorder", order);
        let files = one("m.pt", archive(&[data, order, storage], false));
        read_hostile(&files, pytorch::read).unwrap()
    };
    let secret = Entry {
        flags: 1,
        ..Entry::stored("m/data/0", &[0; 4])
    };
    let map = with(secret, b"little");
    assert_eq!(map.tensors.len(), 0);
    assert!(map.notes[0].contains("encrypted"), "{:?}", map.notes);
    // A byte has no order.
    assert_eq!(
        with(Entry::stored("m/data/0", &[0; 4]), b"big").tensors[0].encoding,
        Encoding::Plain
    );
    let half = Pickle::new().tensor("HalfStorage", "0", 0, &[4], &[1]);
    assert_eq!(half.map(&[8]).unwrap().tensors[0].encoding, Encoding::Plain);
}

/// A deflated storage is inflated as a whole: a tensor of all of it can be read, views of parts stand for all.
#[test]
fn deflated_storages_say_where_their_elements_are() {
    let read = |pickle: &Pickle, order: &[u8], storage: Entry| {
        let data = Entry::stored("m/data.pkl", &[&pickle.0[..], b"."].concat());
        let files = one(
            "m.pt",
            archive(&[data, Entry::stored("m/byteorder", order), storage], false),
        );
        assert_hostile_safe(&files, pytorch::read);
        let map = read_hostile(&files, pytorch::read).unwrap();
        let bytes = tensor_bytes(&files, &map.tensors[0]);
        assert_eq!(miniz_oxide::inflate::decompress_to_vec(&bytes).unwrap(), [7; 24]);
        map
    };
    let storage = || Entry::deflated("m/data/0", &[7; 24]);
    let found = |map: &FileMap| {
        let tensor = &map.tensors[0];
        assert_eq!(tensor.encoding, Encoding::Deflate);
        (tensor.dtype, tensor.shape.clone(), tensor.inflated)
    };
    let view =
        |offset, shape: &[i64], strides: &[i64]| Pickle::new().tensor("HalfStorage", "0", offset, shape, strides);
    let whole = view(0, &[3, 4], &[4, 1]);
    let map = read(&whole, b"little", storage());
    assert_eq!(found(&map), (Dtype::F16, vec![3, 4], Some((0, 24))));
    assert!(map.notes.is_empty());
    for part in [view(0, &[11], &[1]), view(1, &[11], &[1]), view(0, &[4, 3], &[1, 4])] {
        let map = read(&part, b"little", storage());
        assert_eq!(found(&map), (Dtype::F16, vec![12], Some((0, 24))));
        assert!(map.notes[0].contains("stands for its whole storage"));
    }
    // Elements that whoever inflates them would misread.
    assert_eq!(found(&read(&whole, b"big", storage())).2, None);
    // A claim beyond what is inflated at once.
    let far = |unpacked: u64| Entry { unpacked, ..storage() };
    let vast = |elements: i64| Pickle::new().tensor("ByteStorage", "0", 0, &[elements], &[1]);
    for (len, inflated) in [(128 << 20, Some((0, 128 << 20))), ((128 << 20) + 1, None)] {
        assert_eq!(found(&read(&vast(len), b"little", far(len as u64))).2, inflated);
    }
}

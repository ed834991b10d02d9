//! The zip walker, through npz archives built here.

mod common;

use common::zip::{Entry, archive};
use common::{Files, assert_hostile_safe, find, one, read_hostile, tensor_bytes};
use tensorpress_formats::error::Fault;
use tensorpress_formats::{Dtype, Encoding, FileMap, FormatError, npy};

/// A `.npy` file of `len` bytes of data.
fn array(len: u8) -> Vec<u8> {
    let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({len},), }}");
    let mut bytes = b"\x93NUMPY\x01\0".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(1..=len);
    bytes
}

fn read(files: &Files) -> Result<FileMap, FormatError> {
    read_hostile(files, npy::read_npz)
}

fn refused(entries: &[Entry]) -> String {
    read(&one("x.npz", archive(entries, false))).unwrap_err().to_string()
}

fn honest() -> Vec<Entry> {
    let mut wide = Entry::stored("wide.npy", &array(5));
    wide.wide = [true; 3];
    let mut late = Entry::stored("late.npy", &array(6));
    late.descriptor = true;
    vec![
        Entry::stored("plain.npy", &array(4)),
        wide,
        late,
        Entry::deflated("packed.npy", &array(200)),
    ]
}

#[test]
fn every_honest_form_is_walked() {
    for zip64 in [false, true] {
        let files = one("x.npz", archive(&honest(), zip64));
        let map = read(&files).unwrap();
        assert_eq!(map.tensors.len(), 4, "{:?}", map.notes);
        for (name, len) in [("plain", 4), ("wide", 5), ("late", 6)] {
            assert_eq!(tensor_bytes(&files, find(&map, name)), (1..=len).collect::<Vec<u8>>());
        }
        let packed = find(&map, "packed");
        assert_eq!((packed.encoding, &packed.shape[..]), (Encoding::Deflate, &[200][..]));
        assert_eq!(packed.inflated, Some((array(0).len() as u64 + 2, 200)));
        let inflated = miniz_oxide::inflate::decompress_to_vec(&tensor_bytes(&files, packed)).unwrap();
        assert_eq!(inflated, array(200));
        assert_hostile_safe(&files, npy::read_npz);
    }
}

#[test]
fn dishonest_directories_are_refused() {
    let plain = Entry::stored("a.npy", &array(4));
    let twin = Entry {
        header: Some(0),
        ..plain.clone()
    };
    assert!(refused(&[plain.clone(), twin]).contains("overlaps"));
    let renamed = Entry {
        local_name: "b.npy".to_owned(),
        ..plain.clone()
    };
    assert!(refused(&[renamed]).contains("another name"));
    let far = Entry {
        header: Some(3),
        ..plain.clone()
    };
    assert!(refused(&[far]).contains("no local header"));
    let uneven = Entry {
        unpacked: 5,
        ..plain.clone()
    };
    assert!(refused(&[uneven]).contains("stored member"));
    for len in [1 << 20, 1 << 56, u64::from(u32::MAX) - 1, u64::MAX, u64::MAX - 40] {
        let long = Entry {
            len,
            unpacked: len,
            wide: [true; 3],
            ..plain.clone()
        };
        assert!(refused(&[long]).contains("reaches into the directory"), "{len}");
    }
    for header in [1 << 40, 1 << 56, u64::MAX, u64::MAX - 29] {
        let far = Entry {
            header: Some(header),
            wide: [true; 3],
            ..plain.clone()
        };
        assert!(refused(&[far]).contains("truncated"), "{header}");
    }
    // The first member's length reaches over the second's header.
    let mut first = plain.clone();
    first.len += 40;
    first.unpacked = first.len;
    assert!(refused(&[first, Entry::stored("b.npy", &array(9))]).contains("overlaps"));
}

#[test]
fn what_is_no_array_stays_as_it_is() {
    let secret = Entry {
        flags: 1,
        ..Entry::stored("secret.npy", &array(4))
    };
    let exotic = Entry {
        method: 12,
        ..Entry::stored("exotic.npy", &array(4))
    };
    let broken = Entry::stored("broken.npy", b"no array");
    let noise = Entry {
        method: 8,
        ..Entry::stored("noise.npy", &[0xff; 30])
    };
    let other = Entry::stored("readme.txt", b"hello");
    let map = read(&one("x.npz", archive(&[secret, exotic, broken, noise, other], false))).unwrap();
    assert_eq!((map.tensors.len(), map.notes.len()), (0, 4), "{:?}", map.notes);
}

/// Only arrays that are all of what is behind their header, and in the byte order of the others, can be read.
#[test]
fn elements_of_deflated_arrays_are_told_where_they_are_plain() {
    let header = "{'descr': '<f2', 'fortran_order': False, 'shape': (3,), }";
    let with = |header: &str, data: usize| {
        let head = [
            &b"\x93NUMPY\x01\0"[..],
            &(header.len() as u16).to_le_bytes(),
            header.as_bytes(),
        ]
        .concat();
        let bytes = [&head[..], &vec![1; data]].concat();
        let files = one("x.npz", archive(&[Entry::deflated("a.npy", &bytes)], false));
        let tensor = read(&files).unwrap().tensors.remove(0);
        assert_eq!(tensor.encoding, Encoding::Deflate);
        (tensor.dtype, tensor.inflated, head.len() as u64)
    };
    let (dtype, inflated, start) = with(header, 6);
    assert_eq!((dtype, inflated), (Dtype::F16, Some((start, 6))));
    for data in [0, 5, 7] {
        assert_eq!(with(header, data).1, None, "{data}");
    }
    assert_eq!(with(&header.replace('<', ">"), 6).1, None);
    let (dtype, inflated, start) = with(&header.replace("<f2", "<U1"), 12);
    assert_eq!((dtype, inflated), (Dtype::Opaque, Some((start, 12))));
    let (_, inflated, start) = with(&header.replace("(3,)", "(3, 0)"), 0);
    assert_eq!(inflated, Some((start, 0)));
}

#[test]
fn bombs_are_not_inflated_beyond_their_headers() {
    let mut bomb = array(4);
    bomb.resize(300 << 20, 0);
    let map = read(&one("x.npz", archive(&[Entry::deflated("bomb.npy", &bomb)], false))).unwrap();
    assert_eq!((&map.tensors[0].shape[..], map.tensors[0].inflated), (&[4][..], None));
    // Sixty-four headers of 60 MB each: the first is inflated, the others exceed the budget.
    let mut header = b"\x93NUMPY\x02\0".to_vec();
    header.extend((60u32 << 20).to_le_bytes());
    header.resize(61 << 20, b' ');
    let bomb = Entry::deflated("0.npy", &header);
    let bombs: Vec<_> = (0..64)
        .map(|n| Entry {
            name: format!("{n}.npy"),
            local_name: format!("{n}.npy"),
            ..bomb.clone()
        })
        .collect();
    let map = read(&one("x.npz", archive(&bombs, false))).unwrap();
    assert_eq!((map.tensors.len(), map.notes.len()), (0, 64));
    assert!(
        map.notes[1..].iter().all(|note| note.contains("MAX_INFLATED")),
        "{:?}",
        map.notes[1]
    );
}

#[test]
fn no_archive_is_an_error() {
    for bytes in [&b""[..], b"PK", b"PK\x05\x06", &[0; 70_000]] {
        assert!(read(&one("x.npz", bytes)).is_err());
    }
}

#[test]
fn an_archive_without_arrays_is_of_another_kind() {
    for entries in [
        vec![],
        vec![Entry::stored("m/data.pkl", b"N."), Entry::stored("npy", &array(4))],
    ] {
        let error = read(&one("x.npz", archive(&entries, false))).unwrap_err();
        assert!(matches!(error.fault(), Fault::Other { .. }), "{error}");
    }
    // What is called an array makes it one, even where it is none.
    let map = read(&one("x.npz", archive(&[Entry::stored("a.npy", b"?")], false))).unwrap();
    assert_eq!((map.tensors.len(), map.notes.len()), (0, 1));
}

//! Zip archives in every form that honest writers give them, and dishonest ends: through npz files built here.

mod common;

use common::zip::{Entry, archive, archive_with};
use common::{Files, find, one, read_hostile, tensor_bytes};
use proptest::prelude::*;
use tensorpress_formats::error::Fault;
use tensorpress_formats::limits::MAX_TENSORS;
use tensorpress_formats::{Encoding, FileMap, FormatError, npy};

/// A `.npy` file of these bytes.
fn array(data: &[u8]) -> Vec<u8> {
    let header = format!(
        "{{'descr': '|u1', 'fortran_order': False, 'shape': ({},), }}",
        data.len()
    );
    let mut bytes = b"\x93NUMPY\x01\0".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

fn noise(len: usize) -> Vec<u8> {
    (0..len as u64).map(|n| (n * n % 251) as u8).collect()
}

fn read(bytes: Vec<u8>) -> Result<FileMap, FormatError> {
    read_hostile(&one("x.npz", bytes), npy::read_npz)
}

fn refused(bytes: Vec<u8>) -> String {
    read(bytes).unwrap_err().to_string()
}

/// Every array of the archive is where it was put.
fn assert_found(files: &Files, arrays: &[(String, Vec<u8>)]) {
    let map = read_hostile(files, npy::read_npz).unwrap();
    assert_eq!(
        (map.tensors.len(), map.notes.len()),
        (arrays.len(), 0),
        "{:?}",
        map.notes
    );
    for (name, data) in arrays {
        let tensor = find(&map, name);
        let found = tensor_bytes(files, tensor);
        if tensor.encoding == Encoding::Deflate {
            assert_eq!(miniz_oxide::inflate::decompress_to_vec(&found).unwrap(), array(data));
        } else {
            assert_eq!(found, *data, "{name}");
        }
    }
}

fn form() -> impl Strategy<Value = (Entry, Vec<u8>)> {
    let lens = (
        1..600usize,
        1..700usize,
        prop::option::of(0..400usize),
        0..400usize,
        0..400usize,
    );
    (lens, any::<[bool; 3]>(), any::<[bool; 2]>()).prop_map(|(lens, wide, [packed, descriptor])| {
        let (name, len, extra, comment, gap) = lens;
        let data = noise(len);
        let name = format!("{}.npy", "n".repeat(name));
        let entry = match packed {
            true => Entry::deflated(&name, &array(&data)),
            false => Entry::stored(&name, &array(&data)),
        };
        let entry = Entry {
            wide,
            extra,
            comment,
            gap,
            descriptor,
            ..entry
        };
        (entry, data)
    })
}

proptest! {
    #[test]
    fn arrays_are_found_in_archives_of_any_form(
        forms in prop::collection::vec(form(), 1..9),
        zip64: bool,
        comment in prop::sample::select(&[0, 1, 255, 256, 65_535][..]),
    ) {
        let (mut entries, mut arrays) = (Vec::new(), Vec::new());
        for (index, (entry, data)) in forms.into_iter().enumerate() {
            let name = format!("{index}{}", entry.name);
            arrays.push((name.strip_suffix(".npy").unwrap().to_owned(), data));
            entries.push(Entry { local_name: name.clone(), name, ..entry });
        }
        // What looks like an end record is none, for the comment does not end with the file there.
        let comment: Vec<u8> = b"PK\x05\x06 comment ".iter().copied().cycle().take(comment).collect();
        assert_found(&one("x.npz", archive_with(&entries, zip64, &comment)), &arrays);
    }
}

/// Lengths and places that take all four bytes.
#[test]
fn large_members() {
    let data = noise(17 << 20);
    for zip64 in [false, true] {
        let late = Entry {
            // As archivers list what they have moved.
            gap: 100,
            ..Entry::stored("late.npy", &array(b"late"))
        };
        let bytes = archive(&[Entry::stored("large.npy", &array(&data)), late], zip64);
        let arrays = [
            ("large".to_owned(), data.clone()),
            ("late".to_owned(), b"late".to_vec()),
        ];
        assert_found(&one("x.npz", bytes), &arrays);
    }
}

/// The directory may list members in any order.
#[test]
fn members_are_listed_in_any_order() {
    let arrays: Vec<(String, Vec<u8>)> = (1..4).map(|n| (format!("a{n}"), noise(n * 50))).collect();
    let entries: Vec<Entry> = arrays
        .iter()
        .map(|(name, data)| Entry::stored(&format!("{name}.npy"), &array(data)))
        .collect();
    let bytes = archive(&entries, false);
    let first = b"PK\x01\x02";
    let starts: Vec<usize> = (0..bytes.len()).filter(|&at| bytes[at..].starts_with(first)).collect();
    let [one_, two, three] = starts[..] else {
        panic!("{starts:?}")
    };
    let end = bytes.windows(4).position(|window| window == b"PK\x05\x06").unwrap();
    let turned = [
        &bytes[..one_],
        &bytes[three..end],
        &bytes[two..three],
        &bytes[one_..two],
        &bytes[end..],
    ];
    assert_found(&one("x.npz", turned.concat()), &arrays);
}

#[test]
fn dishonest_ends_are_refused() {
    let entry = Entry::stored("a.npy", &array(&noise(4)));
    let narrow = archive(std::slice::from_ref(&entry), false);
    let wide = archive(std::slice::from_ref(&entry), true);
    // Places counted from the end, behind which there is a comment of seven bytes.
    let patch = |bytes: &[u8], back: usize, with: &[u8]| {
        let mut bytes = bytes.to_vec();
        let at = bytes.len() - 7 - back;
        bytes[at..at + with.len()].copy_from_slice(with);
        bytes
    };
    // Numbers of this disk and of the directory's.
    for disk in [[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]] {
        assert!(refused(patch(&narrow, 18, &disk)).contains("several disks"));
    }
    let (len, offset) = (10, 6);
    for place in [len, offset] {
        assert!(refused(patch(&narrow, place, &[0xff; 4])).contains("reaches behind its end record"));
    }
    assert!(refused(patch(&narrow, 12, &[2, 0])).contains("no directory entry"));
    // The wide record is 98 bytes before the end, the locator's number of its place 34.
    let record = 98;
    let at = (wide.len() - 7 - record) as u64;
    assert_eq!(&wide[at as usize..][..4], b"PK\x06\x06");
    for place in [0, at - 1, at + 1] {
        assert!(refused(patch(&wide, 34, &place.to_le_bytes())).contains("no zip64 end record"));
    }
    for place in [wide.len() as u64, 1 << 56, u64::MAX] {
        assert!(refused(patch(&wide, 34, &place.to_le_bytes())).contains("truncated"));
    }
    let (count, len, offset) = (32, 40, 48);
    for (field, found) in [
        (count, "MAX_TENSORS"),
        (len, "reaches behind"),
        (offset, "reaches behind"),
    ] {
        assert!(refused(patch(&wide, record - field, &(1u64 << 56).to_le_bytes())).contains(found));
    }
    for (field, value) in [(len, u64::MAX), (offset, u64::MAX)] {
        assert!(refused(patch(&wide, record - field, &value.to_le_bytes())).contains("reaches behind"));
    }
    let error = read(patch(&wide, record - count, &(MAX_TENSORS + 1).to_le_bytes())).unwrap_err();
    assert!(
        matches!(
            error.fault(),
            Fault::Limit {
                limit: "MAX_TENSORS",
                ..
            }
        ),
        "{error}"
    );
    // Something behind the comment.
    assert!(refused([&narrow[..], b"!"].concat()).contains("no end-of-directory record"));
}

#[test]
fn dishonest_entries_are_refused() {
    let entry = Entry::stored("a.npy", &array(&noise(4)));
    let whole = archive(std::slice::from_ref(&entry), false);
    let at = whole.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    // Names, extra fields and comments that reach behind the directory.
    for field in [28, 30, 32] {
        let mut bytes = whole.clone();
        bytes[at + field + 1] = 1;
        assert!(refused(bytes).contains("ends behind the directory"), "{field}");
    }
    let mut bytes = whole.clone();
    bytes[at] = b'Q';
    assert!(refused(bytes).contains("no directory entry"));
    // All ones without the field that says more, or with one that is too short.
    for wide in [[true; 3], [false, false, true], [true, false, false]] {
        let entry = Entry { wide, ..entry.clone() };
        let mut bytes = archive(std::slice::from_ref(&entry), false);
        let at = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
        let extra = at + 46 + entry.name.len();
        assert_eq!(bytes[extra..extra + 2], [1, 0]);
        bytes[extra] = 2;
        assert!(refused(bytes.clone()).contains("zip64 field is missing"), "{wide:?}");
        bytes[extra] = 1;
        bytes[extra + 2] -= 1;
        assert!(refused(bytes.clone()).contains("zip64 field is missing"), "{wide:?}");
        bytes[extra + 2] = 0xff;
        assert!(refused(bytes).contains("zip64 field is missing"), "{wide:?}");
    }
}

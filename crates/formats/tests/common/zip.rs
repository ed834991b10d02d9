//! Builds zip archives member by member, honest or not.

/// One member; the defaults of [`Entry::stored`] make an honest one.
#[derive(Clone, Debug)]
pub struct Entry {
    pub name: String,
    /// Name in the local header.
    pub local_name: String,
    pub method: u16,
    pub flags: u16,
    pub packed: Vec<u8>,
    /// Sizes in the directory.
    pub len: u64,
    pub unpacked: u64,
    /// Offset of the local header in the directory; `None` for the true one.
    pub header: Option<u64>,
    /// Which of the unpacked size, the packed one and the offset go into a zip64 field.
    pub wide: [bool; 3],
    /// Another extra field of so many bytes before that one.
    pub extra: Option<usize>,
    /// Length of the comment in the directory.
    pub comment: usize,
    /// Bytes of nothing before the local header.
    pub gap: usize,
    /// Sizes follow the data and the local header has none.
    pub descriptor: bool,
}

impl Entry {
    pub fn stored(name: &str, bytes: &[u8]) -> Self {
        Entry {
            name: name.to_owned(),
            local_name: name.to_owned(),
            method: 0,
            flags: 0,
            packed: bytes.to_vec(),
            len: bytes.len() as u64,
            unpacked: bytes.len() as u64,
            header: None,
            wide: [false; 3],
            extra: None,
            comment: 0,
            gap: 0,
            descriptor: false,
        }
    }

    pub fn deflated(name: &str, bytes: &[u8]) -> Self {
        let packed = miniz_oxide::deflate::compress_to_vec(bytes, 9);
        Entry {
            method: 8,
            len: packed.len() as u64,
            packed,
            ..Entry::stored(name, bytes)
        }
    }
}

fn two(value: u16) -> [u8; 2] {
    value.to_le_bytes()
}

fn four(value: u64) -> [u8; 4] {
    (value as u32).to_le_bytes()
}

/// The archive of `entries`; with `zip64` its end record is the wide one.
pub fn archive(entries: &[Entry], zip64: bool) -> Vec<u8> {
    archive_with(entries, zip64, b"comment")
}

/// The same with another comment.
pub fn archive_with(entries: &[Entry], zip64: bool, comment: &[u8]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        bytes.resize(bytes.len() + entry.gap, b'P');
        let at = bytes.len() as u64;
        let flags = entry.flags | if entry.descriptor { 8 } else { 0 };
        let sizes = if entry.descriptor {
            [0, 0]
        } else {
            [entry.len, entry.unpacked]
        };
        bytes.extend(b"PK\x03\x04\x14\0");
        bytes.extend([two(flags), two(entry.method), [0; 2], [0; 2]].concat());
        bytes.extend([four(0), four(sizes[0]), four(sizes[1])].concat());
        bytes.extend([two(entry.local_name.len() as u16), two(4)].concat());
        bytes.extend(entry.local_name.as_bytes());
        // A padding field such as PyTorch writes.
        bytes.extend(b"FB\0\0");
        bytes.extend(&entry.packed);
        if entry.descriptor {
            bytes.extend([*b"PK\x07\x08", four(0), four(entry.len), four(entry.unpacked)].concat());
        }
        let header = entry.header.unwrap_or(at);
        let mut wide = Vec::new();
        let [unpacked, len, place] = [0, 1, 2].map(|field| {
            let value = [entry.unpacked, entry.len, header][field];
            if entry.wide[field] {
                wide.extend(value.to_le_bytes());
                four(u64::MAX)
            } else {
                four(value)
            }
        });
        let mut extra = Vec::new();
        if let Some(len) = entry.extra {
            extra.extend([two(0x7075), two(len as u16)].concat());
            extra.resize(extra.len() + len, 1);
        }
        if !wide.is_empty() {
            extra.extend([two(1), two(wide.len() as u16)].concat());
            extra.extend(wide);
        }
        directory.extend(b"PK\x01\x02\x14\0\x14\0");
        directory.extend([two(flags), two(entry.method), [0; 2], [0; 2]].concat());
        directory.extend([four(0), len, unpacked].concat());
        directory.extend(
            [
                two(entry.name.len() as u16),
                two(extra.len() as u16),
                two(entry.comment as u16),
                [0; 2],
                [0; 2],
            ]
            .concat(),
        );
        directory.extend([four(0), place].concat());
        directory.extend(entry.name.as_bytes());
        directory.extend(extra);
        directory.resize(directory.len() + entry.comment, b'P');
    }
    let (at, len, count) = (bytes.len() as u64, directory.len() as u64, entries.len() as u64);
    bytes.extend(directory);
    if zip64 {
        let record = bytes.len() as u64;
        bytes.extend(b"PK\x06\x06");
        bytes.extend(44u64.to_le_bytes());
        bytes.extend([0; 12]);
        bytes.extend([count, count, len, at].map(u64::to_le_bytes).concat());
        bytes.extend(b"PK\x06\x07\0\0\0\0");
        bytes.extend(record.to_le_bytes());
        bytes.extend(four(1));
        bytes.extend(b"PK\x05\x06\0\0\0\0");
        bytes.extend([0xff; 12]);
    } else {
        bytes.extend(b"PK\x05\x06\0\0\0\0");
        bytes.extend([two(count as u16), two(count as u16)].concat());
        bytes.extend([four(len), four(at)].concat());
    }
    bytes.extend(two(comment.len() as u16));
    bytes.extend(comment);
    bytes
}

//! TensorFlow Lite models written byte by byte.

mod common;

use common::{Files, find, one, tensor_bytes};
use tensorpress_formats::source::map_in_memory;
use tensorpress_formats::{Dtype, Encoding, FileMap, FormatError, InputFile, layout, tflite};

/// Writes tables front to back; offsets to what follows are patched in later.
struct Writer(Vec<u8>);

enum Slot {
    Absent,
    Byte(u8),
    Int(u32),
    Long(u64),
    Later,
}

impl Writer {
    fn patch(&mut self, at: usize) {
        let distance = (self.0.len() - at) as u32;
        self.0[at..at + 4].copy_from_slice(&distance.to_le_bytes());
    }

    /// Writes a vtable and its table; returns the table's start and where each slot is.
    fn table(&mut self, slots: &[Slot]) -> (usize, Vec<usize>) {
        let vtable = self.0.len();
        let mut offset = 4u16;
        let mut header = vec![];
        let mut body = vec![];
        let mut places = vec![];
        for slot in slots {
            let content = match slot {
                Slot::Absent => vec![],
                Slot::Byte(value) => vec![*value],
                Slot::Int(value) => value.to_le_bytes().to_vec(),
                Slot::Long(value) => value.to_le_bytes().to_vec(),
                Slot::Later => vec![0; 4],
            };
            header.extend(if content.is_empty() { 0 } else { offset }.to_le_bytes());
            places.push(usize::from(offset));
            offset += content.len() as u16;
            body.extend(content);
        }
        let size = 4 + header.len() as u16;
        self.0.extend(size.to_le_bytes());
        self.0.extend(offset.to_le_bytes());
        self.0.extend(header);
        let start = self.0.len();
        self.0.extend(((start - vtable) as i32).to_le_bytes());
        self.0.extend(body);
        (start, places.into_iter().map(|place| start + place).collect())
    }

    fn vector(&mut self, at: usize, count: usize, content: &[u8]) -> usize {
        self.patch(at);
        self.0.extend((count as u32).to_le_bytes());
        let start = self.0.len();
        self.0.extend(content);
        start
    }

    fn table_at(&mut self, at: usize, slots: &[Slot]) -> Vec<usize> {
        let size = 4 + 2 * slots.len();
        let distance = (self.0.len() + size - at) as u32;
        self.0[at..at + 4].copy_from_slice(&distance.to_le_bytes());
        self.table(slots).1
    }
}

/// (name, type, dims, buffer, sparse) and the buffers' contents; the last buffer lies behind the flatbuffer.
fn model(tensors: &[(&str, u8, &[u32], u32, bool)], buffers: &[&[u8]], outside: &[u8]) -> Vec<u8> {
    let mut writer = Writer(b"\0\0\0\0TFL3".to_vec());
    let model = writer.table_at(0, &[Slot::Int(3), Slot::Absent, Slot::Later, Slot::Absent, Slot::Later]);
    let subgraphs = writer.vector(model[2], 1, &[0; 4]);
    let subgraph = writer.table_at(subgraphs, &[Slot::Later]);
    let list = writer.vector(subgraph[0], tensors.len(), &vec![0; 4 * tensors.len()]);
    for (index, (name, kind, dims, buffer, sparse)) in tensors.iter().enumerate() {
        let mut slots = vec![
            Slot::Later,
            Slot::Byte(*kind),
            Slot::Int(*buffer),
            Slot::Later,
            Slot::Absent,
            Slot::Absent,
        ];
        // Where it is absent the vtable ends before it, as writers leave it: what follows must not be taken for it.
        if *sparse {
            slots.push(Slot::Int(0));
        }
        let places = writer.table_at(list + 4 * index, &slots);
        let bytes: Vec<u8> = dims.iter().flat_map(|dim| dim.to_le_bytes()).collect();
        writer.vector(places[0], dims.len(), &bytes);
        writer.vector(places[3], name.len(), name.as_bytes());
    }
    let count = buffers.len() + 1;
    let list = writer.vector(model[4], count, &vec![0; 4 * count]);
    for (index, content) in buffers.iter().enumerate() {
        let places = writer.table_at(list + 4 * index, &[Slot::Later]);
        writer.vector(places[0], content.len(), content);
    }
    let slots = [Slot::Absent, Slot::Long(0), Slot::Long(outside.len() as u64)];
    let places = writer.table_at(list + 4 * buffers.len(), &slots);
    let end = writer.0.len() as u64;
    writer.0[places[1]..places[1] + 8].copy_from_slice(&end.to_le_bytes());
    writer.0.extend(outside);
    writer.0
}

fn sample() -> Vec<u8> {
    let tensors: [(&str, u8, &[u32], u32, bool); 8] = [
        ("input", 0, &[1, 8], 0, false),
        ("w", 0, &[2, 1], 1, false),
        ("tied", 0, &[1, 2], 1, false),
        ("half", 1, &[3], 2, false),
        ("int4", 17, &[5], 3, false),
        ("sparse", 9, &[3], 3, true),
        ("odd", 0, &[9], 3, false),
        ("outside", 9, &[7], 4, false),
    ];
    model(&tensors, &[b"", b"weights8", b"halves", b"4bt"], b"outside")
}

fn read(files: &Files) -> Result<FileMap, FormatError> {
    map_in_memory(files, |source| tflite::read(source, 0))
}

#[test]
fn tensors_and_buffers() {
    let files = one("m.tflite", sample());
    let map = read(&files).unwrap();
    let bytes = |name: &str| tensor_bytes(&files, find(&map, name));
    assert_eq!(map.tensors.len(), 7);
    assert_eq!(bytes("w"), b"weights8");
    assert_eq!(find(&map, "w").spans, find(&map, "tied").spans);
    assert_eq!(
        (bytes("half"), find(&map, "half").dtype),
        (b"halves".to_vec(), Dtype::F16)
    );
    assert_eq!((bytes("int4"), find(&map, "int4").dtype), (b"4bt".to_vec(), Dtype::I4));
    assert_eq!(bytes("outside"), b"outside");
    assert_eq!(find(&map, "w").shape, [2, 1]);
    for tensor in &map.tensors {
        let plain = !matches!(tensor.name.as_str(), "sparse" | "odd");
        assert_eq!(tensor.encoding == Encoding::Plain, plain, "{}", tensor.name);
    }
    assert_eq!(map.notes.len(), 1);
}

/// Tied tensors share bytes by design, so what must hold for a hostile file is that its layout does.
fn check(bytes: Vec<u8>) {
    let files = one("m.tflite", bytes);
    if let Ok(map) = read(&files) {
        let list = [InputFile {
            path: "m.tflite".into(),
            len: files[0].1.len() as u64,
        }];
        let built = layout::build(&list, vec![(0, map)]);
        built.validate(&list).unwrap();
        assert_eq!(built.formats[0], "tflite", "{:?}", built.notes);
    }
}

/// A table without any field has a vtable of four bytes, as the empty buffer has that every model begins with.
#[test]
fn tables_may_be_empty_but_have_a_whole_vtable() {
    let mut bytes = model(&[("w", 0, &[2], 1, false)], &[b"", b"weights8"], b"");
    let files = one("m.tflite", bytes.clone());
    assert_eq!(read(&files).unwrap().tensors.len(), 1);
    let at = |bytes: &[u8], at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    // The first buffer.
    let root = at(&bytes, 0);
    let buffers = root + 12 + at(&bytes, root + 12);
    let element = buffers + 4;
    let table = bytes.len() + 4;
    bytes[element..element + 4].copy_from_slice(&((table - element) as u32).to_le_bytes());
    bytes.extend([4, 0, 4, 0, 4, 0, 0, 0]);
    let map = read(&one("m.tflite", bytes.clone())).unwrap();
    assert_eq!(map.tensors.len(), 1, "a table without fields");
    for len in 0..4 {
        let vtable = bytes.len() - 8;
        bytes[vtable] = len;
        assert!(
            read(&one("m.tflite", bytes.clone())).is_err(),
            "a vtable of {len} bytes"
        );
    }
}

/// All tensors are one table, which takes a kilobyte for its name and shape.
#[test]
fn names_and_shapes_are_bounded_together() {
    let shared = |count: usize| {
        let mut writer = Writer(b"\0\0\0\0TFL3".to_vec());
        let model = writer.table_at(0, &[Slot::Int(3), Slot::Absent, Slot::Later, Slot::Absent, Slot::Later]);
        let subgraphs = writer.vector(model[2], 1, &[0; 4]);
        let subgraph = writer.table_at(subgraphs, &[Slot::Later]);
        let list = writer.vector(subgraph[0], count, &vec![0; 4 * count]);
        let table = writer.0.len() + 4 + 2 * 4;
        for at in (0..count).map(|index| list + 4 * index) {
            writer.0[at..at + 4].copy_from_slice(&((table - at) as u32).to_le_bytes());
        }
        let (_, places) = writer.table(&[Slot::Later, Slot::Byte(0), Slot::Int(0), Slot::Later]);
        writer.vector(places[0], 8, &1u32.to_le_bytes().repeat(8));
        writer.vector(places[3], 960, &[b'n'; 960]);
        let buffers = writer.vector(model[4], 1, &[0; 4]);
        let buffer = writer.table_at(buffers, &[Slot::Later]);
        writer.vector(buffer[0], 4, b"data");
        read(&one("m.tflite", writer.0))
    };
    let most = (tensorpress_formats::limits::MAX_NAMES / 1024) as usize;
    assert_eq!(shared(most).unwrap().tensors.len(), most);
    let more = shared(most + 1).unwrap_err();
    assert!(more.to_string().contains("MAX_NAMES"), "{more}");
}

#[test]
fn hostile() {
    let good = sample();
    for len in 0..good.len() {
        check(good[..len].to_vec());
    }
    for at in 0..good.len() {
        for value in (0..8).map(|bit| good[at] ^ (1 << bit)).chain([0, 0x7f, 0x80, 0xff]) {
            let mut bad = good.clone();
            bad[at] = value;
            check(bad);
        }
    }
}

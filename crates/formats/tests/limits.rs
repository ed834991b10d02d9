//! Caps at their values and one beyond, told from the few bytes that ask for so much: the rest of a file is never there.

use std::future::Future;
use std::rc::Rc;
use tensorpress_formats::error::Fault;
use tensorpress_formats::limits::{MAX_SAFETENSORS_HEADER, MAX_STRING, MAX_TENSORS};
use tensorpress_formats::source::MAX_READ;
use tensorpress_formats::{FileMap, FormatError, InputFile, Mapper, Progress, Source, gguf, npy, onnx, safetensors};

/// Length of all files here: more than any cap.
const LEN: u64 = 1 << 40;
/// Most bytes of a file that are really made.
const MOST: u64 = 4 << 20;

/// What ended it: the limit, or the first read that is longer than [`MOST`], or another error, or nothing.
#[derive(Debug, PartialEq)]
enum End {
    Limit(&'static str),
    Read(u64),
    Other,
    Done,
}

/// Runs `reader` on a file that begins with `head` and has zeros behind.
fn run<F>(head: &[u8], reader: impl FnOnce(Source) -> F) -> End
where
    F: Future<Output = Result<FileMap, FormatError>> + 'static,
{
    let file = InputFile {
        path: "m".to_owned(),
        len: LEN,
    };
    let mut mapper = Mapper::new(Rc::new(vec![file]), reader);
    loop {
        match mapper.poll() {
            Progress::Need(needs) => {
                for need in needs {
                    if need.len > MOST {
                        return End::Read(need.len);
                    }
                    let bytes = (need.offset..need.offset + need.len).map(|at| head.get(at as usize).copied());
                    mapper.supply(need, bytes.map(Option::unwrap_or_default).collect());
                }
            }
            Progress::Done(Ok(_)) => return End::Done,
            Progress::Done(Err(error)) => {
                return match error.fault() {
                    Fault::Limit { limit, .. } => End::Limit(limit),
                    _ => End::Other,
                };
            }
        }
    }
}

#[test]
fn one_read() {
    let read = |len| {
        run(&[], move |source| async move {
            source.read("test", 0, 1, len).await?;
            Ok(FileMap::default())
        })
    };
    assert_eq!(read(MAX_READ), End::Read(MAX_READ));
    assert_eq!(read(MAX_READ + 1), End::Limit("MAX_READ"));
}

#[test]
fn the_header_of_a_safetensors_file() {
    let read = |len: u64| run(&len.to_le_bytes(), |source| safetensors::read(source, 0));
    assert_eq!(read(MAX_SAFETENSORS_HEADER), End::Read(MAX_SAFETENSORS_HEADER));
    for len in [MAX_SAFETENSORS_HEADER + 1, u64::MAX] {
        assert_eq!(read(len), End::Limit("MAX_SAFETENSORS_HEADER"));
    }
}

#[test]
fn tensors_of_a_file() {
    // Zeros are tensors without name, dimensions and elements of fp32.
    let read = |count: u64| {
        let head = [b"GGUF\x03\0\0\0", &count.to_le_bytes()[..], &[0; 8]].concat();
        run(&head, |source| gguf::read(source, 0))
    };
    assert_eq!(read(MAX_TENSORS + 1), End::Limit("MAX_TENSORS"));
    assert_ne!(read(MAX_TENSORS), End::Limit("MAX_TENSORS"));
}

#[test]
fn names() {
    for (len, expected) in [(MAX_STRING, End::Done), (MAX_STRING + 1, End::Limit("MAX_STRING"))] {
        let head = [
            &b"GGUF\x03\0\0\0"[..],
            &0u64.to_le_bytes(),
            &1u64.to_le_bytes(),
            &len.to_le_bytes(),
        ];
        assert_eq!(
            run(&head.concat(), |source| gguf::read(source, 0)),
            expected,
            "gguf: {len}"
        );

        let varint = |number: u64| {
            [
                number as u8 | 0x80,
                (number >> 7) as u8 | 0x80,
                (number >> 14) as u8 & 0x7f,
            ]
        };
        // A graph (field 7) of a tensor (5) of a name (8).
        let inner = [&[0x42][..], &varint(len)].concat();
        let tensor = [&[0x2a][..], &varint(len + 4), &inner].concat();
        // What follows the graph is another field without content, over and over, so it is cut off as an error.
        let head = [&[0x3a][..], &varint(len + 8), &tensor].concat();
        let found = run(&head, |source| onnx::read(source, 0));
        assert_eq!(
            found == End::Limit("MAX_STRING"),
            len > MAX_STRING,
            "onnx: {len}: {found:?}"
        );

        let name = "n".repeat(len as usize);
        let json = format!(r#"{{"{name}":{{"dtype":"F32","shape":[],"data_offsets":[0,4]}}}}"#);
        let head = [&(json.len() as u64).to_le_bytes()[..], json.as_bytes()].concat();
        let found = run(&head, |source| safetensors::read(source, 0));
        assert_eq!(found == End::Done, len == MAX_STRING, "safetensors: {len}: {found:?}");

        // With its quotation marks a type is two bytes longer.
        let kind = "n".repeat(len as usize - 2);
        let dict = format!("{{'descr':'{kind}','fortran_order':False,'shape':(1,)}}");
        let head = [
            b"\x93NUMPY\x02\0",
            &(dict.len() as u32).to_le_bytes()[..],
            dict.as_bytes(),
        ];
        let found = run(&head.concat(), |source| npy::read(source, 0));
        assert_eq!(found == End::Done, len == MAX_STRING, "npy: {len}: {found:?}");
    }
}

//! Any map, sane or not, must give a layout that rebuilds every file.

use proptest::prelude::*;
use tensorpress_formats::layout::{self, Layout, Piece, SMALL_TENSOR, Stored};
use tensorpress_formats::{Dtype, Encoding, FileMap, InputFile, Span, Tensor};

fn file(path: &str, len: u64) -> InputFile {
    InputFile { path: path.into(), len }
}

fn tensor(name: &str, encoding: Encoding, spans: &[(usize, u64, u64)]) -> Tensor {
    let spans: Vec<Span> = spans
        .iter()
        .map(|&(file, offset, len)| Span { file, offset, len })
        .collect();
    Tensor {
        name: name.into(),
        dtype: Dtype::U8,
        type_name: String::new(),
        shape: vec![spans.iter().map(|span| span.len).fold(0, u64::saturating_add)],
        encoding,
        axis: None,
        inflated: None,
        spans,
    }
}

fn map(tensors: Vec<Tensor>) -> FileMap {
    FileMap {
        format: "test".into(),
        tensors,
        notes: vec![],
    }
}

/// Splits files into skeleton and payloads by the layout alone, then joins them again.
fn rebuild(layout: &Layout, contents: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut skeleton = Vec::new();
    let mut payloads: Vec<Vec<u8>> = layout.tensors.iter().map(|t| vec![0; t.len() as usize]).collect();
    for (pieces, bytes) in layout.files.iter().zip(contents) {
        let mut at = 0;
        for piece in pieces {
            let run = &bytes[at..at + piece.len() as usize];
            match *piece {
                Piece::Skeleton { .. } => skeleton.extend_from_slice(run),
                Piece::Tensor { tensor, start, len } => {
                    payloads[tensor][start as usize..(start + len) as usize].copy_from_slice(run)
                }
            }
            at += run.len();
        }
    }
    assert_eq!(skeleton.len() as u64, layout.skeleton_len());
    let mut rest = &skeleton[..];
    let mut joined = Vec::new();
    for pieces in &layout.files {
        let mut bytes = Vec::new();
        for piece in pieces {
            match *piece {
                Piece::Skeleton { len } => {
                    bytes.extend_from_slice(&rest[..len as usize]);
                    rest = &rest[len as usize..];
                }
                Piece::Tensor { tensor, start, len } => {
                    bytes.extend_from_slice(&payloads[tensor][start as usize..(start + len) as usize])
                }
            }
        }
        joined.push(bytes);
    }
    joined
}

fn stored(layout: &Layout) -> Vec<(&str, Stored)> {
    layout
        .tensors
        .iter()
        .map(|t| (t.tensor.name.as_str(), t.stored))
        .collect()
}

#[test]
fn places_every_kind() {
    let files = [file("a", 20_000), file("b", 5_000), file("empty", 0)];
    let tensors = vec![
        tensor("straddles", Encoding::Plain, &[(0, 15_000, 5_000), (1, 0, 3_000)]),
        tensor("first", Encoding::Plain, &[(0, 100, SMALL_TENSOR)]),
        tensor(
            "tied",
            Encoding::Plain,
            &[(0, 100, 1_000), (0, 1_100, SMALL_TENSOR - 1_000)],
        ),
        tensor("small", Encoding::Plain, &[(0, 4_000, SMALL_TENSOR - 1)]),
        tensor("overlaps", Encoding::Plain, &[(0, 101, SMALL_TENSOR)]),
        tensor("varint", Encoding::Varint, &[(0, 7_000, 3_000)]),
        tensor("deflate", Encoding::Deflate, &[(0, 10_000, 3_000)]),
        tensor("other", Encoding::Other, &[(1, 3_000, 2_000), (0, 13_000, 100)]),
        tensor("nothing", Encoding::Plain, &[]),
    ];
    let layout = layout::build(&files, vec![(0, map(tensors))]);
    layout.validate(&files).unwrap();
    assert_eq!(
        stored(&layout),
        [
            ("first", Stored::Payload),
            ("tied", Stored::Alias { of: 0 }),
            ("overlaps", Stored::Skeleton),
            ("small", Stored::Skeleton),
            ("varint", Stored::Skeleton),
            ("deflate", Stored::Skeleton),
            ("straddles", Stored::Payload),
            ("other", Stored::Payload),
            ("nothing", Stored::Skeleton),
        ]
    );
    assert_eq!(
        layout.files[0][1],
        Piece::Tensor {
            tensor: 0,
            start: 0,
            len: SMALL_TENSOR
        }
    );
    assert!(layout.files[1].contains(&Piece::Tensor {
        tensor: 6,
        start: 5_000,
        len: 3_000
    }));
    assert!(layout.files[2].is_empty());
    assert_eq!(layout.notes.len(), 1);
    assert!(layout.notes[0].text.contains("\"overlaps\""));
    let overlapped = layout.tensors.iter().filter(|entry| entry.overlapped.is_some());
    let overlapped: Vec<&str> = overlapped.map(|entry| entry.tensor.name.as_str()).collect();
    assert_eq!(overlapped, ["first"]);
}

#[test]
fn an_index_and_its_shard_list_a_tensor_once() {
    let files = [file("index", 10), file("shard", 5_000)];
    let tensors = vec![tensor("w", Encoding::Plain, &[(1, 0, 5_000)])];
    let layout = layout::build(&files, vec![(0, map(tensors.clone())), (1, map(tensors))]);
    assert_eq!(stored(&layout), [("w", Stored::Payload)]);
}

#[test]
fn impossible_maps_leave_the_file_opaque() {
    let files = [file("a", 5_000), file("b", 5_000)];
    let good = tensor("good", Encoding::Plain, &[(1, 0, 4_000)]);
    let mut wrong_size = tensor("bad", Encoding::Plain, &[(0, 0, 4_000)]);
    wrong_size.shape = vec![3_999];
    let mut overflow = tensor("bad", Encoding::Plain, &[(0, 0, 4_000)]);
    overflow.shape = vec![u64::MAX, 2];
    let bad = [
        tensor("bad", Encoding::Other, &[(0, 1_001, 4_000)]),
        tensor("bad", Encoding::Other, &[(0, u64::MAX, 2)]),
        tensor("bad", Encoding::Other, &[(2, 0, 1)]),
        tensor("bad", Encoding::Other, &[(0, 0, u64::MAX)]),
        wrong_size,
        overflow,
    ];
    for tensor in bad {
        let layout = layout::build(&files, vec![(0, map(vec![tensor])), (1, map(vec![good.clone()]))]);
        layout.validate(&files).unwrap();
        assert_eq!(stored(&layout), [("good", Stored::Payload)]);
        assert_eq!(layout.files[0], [Piece::Skeleton { len: 5_000 }]);
        assert!(layout.notes[0].file == 0 && layout.notes[0].text.contains("\"bad\""));
        assert_eq!(layout.formats, ["", "test"]);
    }
}

#[test]
fn validate_sees_every_lie() {
    let files = [file("a", 10_000)];
    let tensors = vec![
        tensor("x", Encoding::Plain, &[(0, 100, 3_000)]),
        tensor("y", Encoding::Plain, &[(0, 100, 3_000)]),
        tensor("z", Encoding::Plain, &[(0, 5_000, 3_000)]),
    ];
    let good = layout::build(&files, vec![(0, map(tensors))]);
    good.validate(&files).unwrap();
    let lies: [fn(&mut Layout); 12] = [
        |l| l.files[0].clear(),
        |l| l.files.clear(),
        |l| l.files[0].push(Piece::Skeleton { len: 1 }),
        |l| l.files[0].push(Piece::Skeleton { len: 0 }),
        |l| l.files[0][0] = Piece::Skeleton { len: u64::MAX },
        |l| {
            l.files[0][1] = Piece::Tensor {
                tensor: 9,
                start: 0,
                len: 3_000,
            }
        },
        |l| {
            l.files[0][1] = Piece::Tensor {
                tensor: 2,
                start: 0,
                len: 3_000,
            }
        },
        |l| {
            l.files[0][1] = Piece::Tensor {
                tensor: 0,
                start: 1,
                len: 3_000,
            }
        },
        |l| l.tensors[1].stored = Stored::Payload,
        |l| l.tensors[1].stored = Stored::Alias { of: 2 },
        |l| l.tensors[0].tensor.spans[0].offset += 1,
        |l| l.tensors[0].file = 1,
    ];
    for (index, lie) in lies.iter().enumerate() {
        let mut layout = good.clone();
        lie(&mut layout);
        assert!(layout.validate(&files).is_err(), "lie {index} passed");
    }
}

fn any_tensor() -> impl Strategy<Value = Tensor> {
    // Few distinct places, so that equal, nested and crossing spans are all common.
    let span = (0usize..3, 0u64..6, 0u64..4).prop_map(|(file, offset, len)| (file, offset * 1_500, len * 1_500));
    let encoding = prop_oneof![Just(Encoding::Plain), Just(Encoding::Other), Just(Encoding::Varint)];
    (prop::collection::vec(span, 0..4), encoding, 0..4u8)
        .prop_map(|(spans, encoding, name)| tensor(&name.to_string(), encoding, &spans))
}

proptest! {
    #[test]
    fn random_maps_rebuild_the_files(
        maps in prop::collection::vec((0usize..4, prop::collection::vec(any_tensor(), 0..8)), 0..4),
        lens in prop::collection::vec(0u64..14_000, 3),
    ) {
        let files: Vec<InputFile> = lens.iter().enumerate().map(|(i, &len)| file(&i.to_string(), len)).collect();
        let contents: Vec<Vec<u8>> = lens.iter().enumerate()
            .map(|(seed, &len)| (0..len).map(|i| (i.wrapping_mul(31) ^ (i >> 7) ^ seed as u64) as u8).collect())
            .collect();
        let layout = layout::build(&files, maps.into_iter().map(|(file, tensors)| (file, map(tensors))).collect());
        prop_assert_eq!(layout.validate(&files), Ok(()));
        prop_assert_eq!(rebuild(&layout, &contents), contents);
        for pair in layout.tensors.windows(2) {
            let key = |t: &layout::LayoutTensor| t.tensor.spans.first().map_or((9, 0), |s| (s.file, s.offset));
            prop_assert!(key(&pair[0]) <= key(&pair[1]));
        }
    }
}

#[test]
fn all_tensors_below_an_overlapping_one_are_known() {
    let files = [file("m", 100_000)];
    // Behind the first byte of the first: one over three others, another over the last of them and the next.
    let mut tensors = vec![
        tensor("wide", Encoding::Plain, &[(0, 10, 7_000)]),
        tensor("next", Encoding::Plain, &[(0, 6_500, 3_000)]),
        tensor("little", Encoding::Plain, &[(0, 12_100, 8)]),
    ];
    for index in 0..8 {
        tensors.push(tensor(
            &format!("{index}"),
            Encoding::Plain,
            &[(0, index * 2_000, 2_000)],
        ));
    }
    let layout = layout::build(&files, vec![(0, map(tensors))]);
    layout.validate(&files).unwrap();
    let overlapped = layout.tensors.iter().filter(|entry| entry.overlapped.is_some());
    let overlapped: Vec<&str> = overlapped.map(|entry| entry.tensor.name.as_str()).collect();
    assert_eq!(overlapped, ["0", "1", "2", "3", "4", "6"]);
}

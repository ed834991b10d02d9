//! Files in, archive out, the same files back.

mod support;

use proptest::prelude::*;
use support::{f32_bytes, layers, mixed_folder, noise, safetensors};
use tensorpress_engine::oneshot::{Files, open, plan};
use tensorpress_engine::{Options, compress, decompress, decompress_limited};

fn round_trip(files: &Files) -> Vec<u8> {
    let (archive, report) = compress(files, &Options::default()).unwrap();
    assert_eq!(decompress(&archive).unwrap(), *files);
    assert_eq!(report.encoded, archive.len() as u64);
    assert_eq!(archive.len() % 64, 0);
    archive
}

#[test]
fn nothing_at_all() {
    let archive = round_trip(&vec![]);
    assert!(archive.len() <= 512, "{} bytes", archive.len());
}

#[test]
fn tiny_files() {
    round_trip(&vec![("empty".into(), vec![])]);
    round_trip(&vec![("one".into(), vec![7])]);
    round_trip(&vec![
        ("empty".into(), vec![]),
        ("one".into(), vec![0]),
        ("empty too".into(), vec![]),
    ]);
}

#[test]
fn a_folder_of_mixed_files() {
    let files = mixed_folder();
    let archive = round_trip(&files);
    let raw: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(archive.len() < raw, "{} of {raw}", archive.len());
    let opened = open(&archive).unwrap();
    let plan = opened.plan();
    assert_eq!(plan.files.iter().filter(|f| f.format == "safetensors").count(), 2);
    let broken = plan.files.iter().find(|f| f.path == "broken.safetensors").unwrap();
    assert!(
        broken.format.is_empty() && broken.note.contains("safetensors"),
        "{:?}",
        broken.note
    );
}

/// A zip archive with one stored member.
fn zip(name: &str, bytes: &[u8]) -> Vec<u8> {
    let sizes = [bytes.len() as u32, bytes.len() as u32].map(u32::to_le_bytes).concat();
    let names = [name.len() as u16, 0].map(u16::to_le_bytes).concat();
    let local = [
        b"PK\x03\x04\x14\0",
        &[0; 12][..],
        &sizes,
        &names,
        name.as_bytes(),
        bytes,
    ]
    .concat();
    let entry = [
        b"PK\x01\x02\x14\0\x14\0",
        &[0; 12][..],
        &sizes,
        &names,
        &[0; 14],
        name.as_bytes(),
    ]
    .concat();
    let ends = [entry.len() as u32, local.len() as u32].map(u32::to_le_bytes).concat();
    [&local, &entry, &b"PK\x05\x06\0\0\0\0\x01\0\x01\0"[..], &ends, &[0; 2]].concat()
}

#[test]
fn a_checkpoint_that_is_not_understood_says_why() {
    // 0xff is no opcode.
    for path in ["model.pt", "model.bin", "model.npz"] {
        let files = vec![(path.to_owned(), zip("m/data.pkl", b"\x80\x02\xff."))];
        let plan = plan(&files, &Options::default()).unwrap().finish().unwrap().plan;
        let file = &plan.files[0];
        assert!(
            file.format.is_empty() && file.note.contains("pickle opcode 0xff"),
            "{path}: {file:?}"
        );
    }
}

#[test]
fn noise_grows_by_no_more_than_the_head() {
    let files = vec![("noise.bin".to_owned(), noise(3 << 20, 1))];
    let archive = round_trip(&files);
    assert!(archive.len() <= (3 << 20) + 1024, "{}", archive.len());
}

#[test]
fn blocks_and_jobs_of_every_remainder() {
    for len in [
        (1 << 20) - 1,
        1 << 20,
        (1 << 20) + 1,
        (4 << 20) - 1,
        4 << 20,
        (4 << 20) + 1,
    ] {
        let bytes: Vec<u8> = (0..len).map(|i: usize| (i / 7) as u8).collect();
        round_trip(&vec![("a".into(), bytes)]);
    }
}

#[test]
fn a_tensor_that_occurs_three_times_is_stored_once() {
    let twin = noise(300_000, 5);
    let mut other = twin.clone();
    // Different where no sample looks.
    other[100_000] ^= 1;
    let a = safetensors(&[("x", "F32", &[75_000], &twin), ("y", "F32", &[75_000], &twin)]);
    let b = safetensors(&[
        ("tied", "F32", &[75_000], &twin),
        ("near", "F32", &[75_000], &other),
        ("typed", "I32", &[75_000], &twin),
    ]);
    let archive = round_trip(&vec![("a.safetensors".into(), a), ("b.safetensors".into(), b)]);
    let opened = open(&archive).unwrap();
    let tensors = &opened.plan().tensors;
    let stream = |name: &str| tensors.iter().find(|t| t.name == name).unwrap().stream.unwrap();
    assert_eq!(stream("x"), stream("y"));
    assert_eq!(stream("x"), stream("tied"));
    assert_ne!(stream("x"), stream("near"));
    assert_ne!(stream("x"), stream("typed"));
    assert_eq!(opened.plan().streams.len(), 4);
}

#[test]
fn equal_names_get_entries_of_their_own() {
    let a = safetensors(&[("w", "U8", &[70_000], &noise(70_000, 1))]);
    let b = safetensors(&[("w", "U8", &[70_000], &noise(70_000, 2))]);
    let archive = round_trip(&vec![("a.safetensors".into(), a), ("b.safetensors".into(), b)]);
    let opened = open(&archive).unwrap();
    let names: Vec<&str> = opened.plan().streams.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["tensorpress.skeleton", "w", "w#2"]);
}

#[test]
fn small_tensors_share_streams_of_bounded_length() {
    let data = noise(40_000, 3);
    let model = layers(200, 5000, |index| &data[index..index + 20_000]);
    let archive = round_trip(&vec![("model.safetensors".into(), model)]);
    let opened = open(&archive).unwrap();
    let plan = opened.plan();
    assert_eq!(plan.tensors.len(), 200);
    // 4 MB in streams of at most four blocks of 512 KiB.
    assert_eq!(plan.streams.len(), 1 + 2);
    for (index, tensor) in plan.tensors.iter().enumerate() {
        let (start, len) = tensor.range.unwrap();
        assert_eq!(len, 20_000);
        assert!(start + len <= plan.streams[tensor.stream.unwrap()].len, "{index}");
    }
}

#[test]
fn the_archive_is_a_safetensors_file() {
    let (archive, _) = compress(&mixed_folder(), &Options::default()).unwrap();
    let again = vec![("archive.safetensors".to_owned(), archive)];
    let planned = plan(&again, &Options::default()).unwrap().finish().unwrap();
    assert_eq!(
        planned.plan.files[0].format, "safetensors",
        "{:?}",
        planned.plan.files[0].note
    );
    assert!(planned.plan.tensors.iter().any(|t| t.name == "tensorpress.manifest"));
    round_trip(&again);
}

#[test]
fn the_output_limit_is_kept() {
    let files = vec![("zeros".to_owned(), vec![0; 1 << 20])];
    let archive = round_trip(&files);
    assert!(decompress_limited(&archive, 1 << 20).is_ok());
    let error = decompress_limited(&archive, (1 << 20) - 1).unwrap_err();
    assert_eq!(error.code(), "limit");
}

#[test]
fn paths_that_no_archive_may_hold_are_refused() {
    for path in ["/a", "../a", "a\\b", "C:/a", ""] {
        let found = compress(&[(path.to_owned(), vec![1])], &Options::default());
        assert_eq!(found.unwrap_err().code(), "invalid-option", "{path:?}");
    }
    let twice = [("a".to_owned(), vec![1]), ("a".to_owned(), vec![2])];
    assert_eq!(
        compress(&twice, &Options::default()).unwrap_err().code(),
        "invalid-option"
    );
}

#[test]
fn unknown_options_are_refused_by_name() {
    let error = Options::from_json(r#"{"effort":"max","speed":3}"#).unwrap_err();
    assert!(error.to_string().contains("speed"), "{error}");
    assert!(Options::from_json(r#"{"effort":"extreme"}"#).is_err());
    assert_eq!(Options::from_json("{}").unwrap(), Options::default());
}

#[test]
fn every_effort_decodes() {
    let files = mixed_folder();
    for effort in ["fast", "default", "max"] {
        let options = Options::from_json(&format!(r#"{{"effort":"{effort}"}}"#)).unwrap();
        let (archive, _) = compress(&files, &options).unwrap();
        assert!(decompress(&archive).unwrap() == files, "{effort}");
    }
}

/// A TensorFlow.js model of weights of so many elements, each the bytes of `data` from some place on, in shards that begin
/// anywhere.
fn sharded(weights: &[(usize, usize)], cuts: &[usize], data: &[u8]) -> Files {
    let mut listed = Vec::new();
    let mut bytes = Vec::new();
    for (index, &(elements, place)) in weights.iter().enumerate() {
        listed.push(format!(
            r#"{{"name":"w{index}","shape":[{elements}],"dtype":"float32"}}"#
        ));
        bytes.extend_from_slice(&data[place * 64..][..4 * elements]);
    }
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    cuts.extend([0, bytes.len()]);
    cuts.sort_unstable();
    let shards = cuts.windows(2).enumerate();
    let mut files: Files = shards
        .map(|(index, ends)| (format!("shard{index}.bin"), bytes[ends[0]..ends[1]].to_vec()))
        .collect();
    let paths: Vec<String> = files.iter().map(|(path, _)| format!("{path:?}")).collect();
    let (paths, listed) = (paths.join(","), listed.join(","));
    let model = format!(r#"{{"modelTopology":{{}},"weightsManifest":[{{"paths":[{paths}],"weights":[{listed}]}}]}}"#);
    files.push(("model.json".to_owned(), model.into_bytes()));
    files
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Weights that share a stream with others, that lie in several files, and that occur again, all at once.
    #[test]
    fn weights_across_shards_come_back(
        weights in prop::collection::vec((prop::sample::select(&[256usize, 700, 4000, 60_000, 140_000][..]), 0..3usize), 1..12),
        cuts in prop::collection::vec(any::<usize>(), 0..6),
        again in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let data = f32_bytes(&support::weights(140_100, 3));
        let mut files = sharded(&weights, &cuts, &data);
        // The same weights in another order, in a folder beside it.
        let others: Vec<_> = again.iter().map(|index| weights[index.index(weights.len())]).collect();
        let more = sharded(&others, &cuts, &data);
        files.extend(more.into_iter().map(|(path, bytes)| (format!("other/{path}"), bytes)));
        let (archive, _) = compress(&files, &Options::default()).unwrap();
        let opened = open(&archive).unwrap();
        prop_assert_eq!(opened.plan().tensors.len(), weights.len() + others.len());
        prop_assert!(decompress(&archive).unwrap() == files);
        // What occurs again takes no room.
        let mut different = weights.clone();
        different.sort_unstable();
        different.dedup();
        let len: u64 = opened.plan().streams[1..].iter().map(|stream| stream.len).sum();
        prop_assert_eq!(len, different.iter().map(|(elements, _)| 4 * *elements as u64).sum::<u64>());
    }
}

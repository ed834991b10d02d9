//! The seams that a driver uses: jobs in any order, random access, archives of unknown length.

mod support;

use support::{layers, mixed_folder, noise, safetensors};
use tensorpress_engine::archive::{Archive, Opener, Select};
use tensorpress_engine::assemble::Assembler;
use tensorpress_engine::codec::Scratch;
use tensorpress_engine::digest::xxh3_128;
use tensorpress_engine::job::{DecodeParams, decode_job, encode_job, leaf_hashes};
use tensorpress_engine::oneshot::{Files, open, plan};
use tensorpress_engine::plan::{Planner, Step};
use tensorpress_engine::{Options, compress};
use tensorpress_formats::InputFile;

/// Compresses as a pool with `window` jobs under way would: encoded in scrambled order, placed in order.
fn compress_in_windows(files: &Files, window: usize) -> Vec<u8> {
    let mut assembler = Assembler::new(plan(files, &Options::default()).unwrap().finish().unwrap()).unwrap();
    let mut archive = vec![0; assembler.head_len() as usize];
    for jobs in assembler.jobs().chunks(window) {
        let mut done = Vec::new();
        for job in jobs.iter().rev() {
            let raw: Vec<u8> = job
                .spans
                .iter()
                .flat_map(|&(file, offset, len)| files[file].1[offset as usize..(offset + len) as usize].to_vec())
                .collect();
            assert_eq!(raw.len() as u64, job.raw_len);
            let (mut encoded, mut meta) = (Vec::new(), Vec::new());
            encode_job(&job.params, &raw, &mut encoded, &mut meta, &mut Scratch::default()).unwrap();
            done.push((job.id, encoded, meta));
        }
        for (id, encoded, meta) in done.into_iter().rev() {
            let at = assembler.place(id, 1, &meta).unwrap() as usize;
            archive.resize(archive.len().max(at + encoded.len()), 0);
            archive[at..at + encoded.len()].copy_from_slice(&encoded);
        }
    }
    archive.resize(assembler.total_len() as usize, 0);
    for (index, (_, bytes)) in files.iter().enumerate() {
        assembler.set_digest(index, xxh3_128(bytes)).unwrap();
    }
    let head = assembler.finish().unwrap();
    archive[..head.len()].copy_from_slice(&head);
    archive
}

fn large_folder() -> Files {
    let mut files = mixed_folder();
    let big = noise(9 << 20, 4);
    files.push((
        "big.safetensors".into(),
        safetensors(&[("big", "U8", &[9 << 20], &big)]),
    ));
    files.push(("big.bin".into(), noise((5 << 20) + 3, 5)));
    files
}

#[test]
fn the_output_does_not_depend_on_the_window() {
    let files = large_folder();
    let (expected, _) = compress(&files, &Options::default()).unwrap();
    for window in [1, 3, 1000] {
        assert!(compress_in_windows(&files, window) == expected, "window of {window}");
    }
}

fn decode_stream(archive: &[u8], opened: &Archive, stream: usize) -> Vec<u8> {
    let select = Select {
        all: false,
        streams: vec![stream],
    };
    let (mut decoded, mut leaves) = (Vec::new(), Vec::new());
    for job in opened.jobs(&select).unwrap() {
        let params = DecodeParams::from_bytes(&opened.job_params(job.id).unwrap().to_bytes()).unwrap();
        assert_eq!(job.start, decoded.len() as u64);
        assert_eq!(params.encoded_len(), job.len);
        let mut out = vec![0xaa; job.raw_len as usize];
        let encoded = &archive[job.offset as usize..(job.offset + job.len) as usize];
        decode_job(&params, encoded, &mut out, &mut Scratch::default()).unwrap();
        leaf_hashes(params.block, &out, &mut leaves);
        decoded.extend(out);
    }
    opened.verify_stream(stream, &leaves).unwrap();
    if let Some(first) = leaves.first_mut() {
        *first ^= 1;
        assert_eq!(opened.verify_stream(stream, &leaves).unwrap_err().code(), "corrupt");
    }
    decoded
}

#[test]
fn one_tensor_is_read_by_itself() {
    let files = large_folder();
    let (archive, _) = compress(&files, &Options::default()).unwrap();
    let opened = open(&archive).unwrap();
    let stream = opened
        .plan()
        .tensors
        .iter()
        .find(|t| t.name == "big")
        .unwrap()
        .stream
        .unwrap();
    assert!(decode_stream(&archive, &opened, stream) == noise(9 << 20, 4));
    for stream in 0..opened.plan().streams.len() {
        assert_eq!(
            decode_stream(&archive, &opened, stream).len() as u64,
            opened.plan().streams[stream].len
        );
    }
    assert_eq!(
        opened
            .jobs(&Select {
                all: false,
                streams: vec![999]
            })
            .unwrap_err()
            .code(),
        "invalid-option"
    );
}

#[test]
fn every_byte_of_every_file_has_one_target() {
    let files = large_folder();
    let (archive, _) = compress(&files, &Options::default()).unwrap();
    let opened = open(&archive).unwrap();
    let mut written: Vec<Vec<u8>> = files.iter().map(|(_, bytes)| vec![0; bytes.len()]).collect();
    for job in opened.jobs(&Select::all()).unwrap() {
        for (file, offset, start, len) in job.targets {
            assert!(start + len <= job.raw_len);
            written[file][offset as usize..(offset + len) as usize]
                .iter_mut()
                .for_each(|n| *n += 1);
        }
    }
    assert!(written.iter().flatten().all(|n| *n == 1));
}

#[test]
fn an_archive_of_unknown_length_opens_from_its_head_alone() {
    let (archive, _) = compress(&large_folder(), &Options::default()).unwrap();
    let expected = open(&archive).unwrap();
    let mut opener = Opener::new(None);
    let mut furthest = 0;
    while let Step::Need(needs) = opener.poll() {
        let mut bytes = Vec::new();
        for need in needs {
            furthest = furthest.max(need.offset + need.len);
            bytes.extend_from_slice(&archive[need.offset as usize..(need.offset + need.len) as usize]);
        }
        opener.supply(bytes).unwrap();
    }
    let opened = opener.finish().unwrap();
    assert_eq!(furthest, opened.head_len());
    assert_eq!(opened.plan_json().unwrap(), expected.plan_json().unwrap());
}

#[test]
fn samples_of_many_tensors_are_asked_for_together() {
    let data = noise(100_000, 8);
    // The last has the bytes of the first.
    let file = layers(300, 10_000, |index| &data[index % 299..index % 299 + 40_000]);
    let inputs = vec![InputFile {
        path: "m.safetensors".to_owned(),
        len: file.len() as u64,
    }];
    let mut planner = Planner::new(inputs, Options::default()).unwrap();
    let (mut steps, mut ranges) = (0, 0);
    while let Step::Need(needs) = planner.poll() {
        assert_eq!(planner.poll(), Step::Need(needs.clone()));
        steps += 1;
        ranges += needs.len();
        let parts = needs
            .iter()
            .map(|need| &file[need.offset as usize..(need.offset + need.len) as usize]);
        planner.supply(parts.collect::<Vec<_>>().concat()).unwrap();
    }
    assert!(steps < 25 && ranges > 300, "{steps} steps for {ranges} ranges");
    let plan = planner.finish().unwrap().plan;
    let places: Vec<_> = plan
        .tensors
        .iter()
        .map(|tensor| (tensor.stream, tensor.range))
        .collect();
    assert_eq!(places[299], places[0]);
    assert!(places[1..299].iter().all(|place| *place != places[0]));
}

#[test]
fn wrong_calls_are_refused() {
    let files = vec![("a".to_owned(), vec![1; 10])];
    let mut planner = plan(&files, &Options::default()).unwrap();
    assert_eq!(planner.supply(vec![]).unwrap_err().code(), "invalid-option");
    let mut assembler = Assembler::new(planner.finish().unwrap()).unwrap();
    assert!(assembler.finish().is_err());
    assert!(assembler.place(1, 1, &[0; 22]).is_err());
    assert!(assembler.place(0, 1, &[0; 21]).is_err());
    assert!(assembler.place(0, 1, &[0; 44]).is_err());
    assert!(assembler.place(0, 1, &[0xff; 22]).is_err());
    assert!(assembler.set_digest(1, 0).is_err());
    let mut opener = Opener::new(Some(100));
    assert!(matches!(opener.poll(), Step::Need(_)));
    assert_eq!(opener.supply(vec![1, 2, 3]).unwrap_err().code(), "truncated");
}

/// What an encoder says of a block: so many bytes, and nothing of weights.
fn meta(len: u32) -> Vec<u8> {
    [&len.to_le_bytes()[..], &[0; 18]].concat()
}

#[test]
fn places_are_for_what_was_planned() {
    // Two jobs and a little: blocks of a mebibyte, the last of five bytes.
    let files = vec![("a".to_owned(), vec![1; (2 << 20) + 5])];
    let assembler = || Assembler::new(plan(&files, &Options::default()).unwrap().finish().unwrap()).unwrap();
    let most = (1 << 20) + 1;
    let mut honest = assembler();
    assert_eq!(
        honest.jobs().iter().map(|job| job.blocks).collect::<Vec<_>>(),
        [1, 1, 1]
    );
    assert_eq!(
        honest.place(0, 2, &[meta(most), meta(1)].concat()).unwrap(),
        honest.head_len()
    );
    let place = honest.place(2, 1, &meta(6)).unwrap();
    assert_eq!(place, honest.head_len() + u64::from(most) + 1);
    // As long as it can get, but for the padding.
    assert!(honest.max_len() >= honest.total_len() && honest.max_len() < (2 << 20) + honest.head_len() + 200);
    assert!(honest.place(3, 1, &meta(1)).is_err());
    let error = honest.finish().unwrap_err().to_string();
    assert!(error.contains("has no digest"), "{error}");
    honest.set_digest(0, 0).unwrap();
    assert_eq!(honest.finish().unwrap().len() as u64, honest.head_len());
    for (first, count, metas, why) in [
        (1, 1, meta(1), "expected 0"),
        (0, 1, meta(0), "encoded bytes for 1048576"),
        (0, 1, meta(most + 1), "encoded bytes for 1048576"),
        (0, 3, [meta(1), meta(1), meta(7)].concat(), "encoded bytes for 5"),
        (0, 1, [meta(1), meta(1)].concat(), "1 blocks too many"),
        (0, 2, meta(1), "0 blocks, expected 1"),
        (
            0,
            4,
            [meta(1), meta(1), meta(1), meta(1)].concat(),
            "all jobs are placed",
        ),
        (0, 1, meta(1)[1..].to_vec(), "no whole meta"),
    ] {
        let error = assembler().place(first, count, &metas).unwrap_err();
        assert_eq!(error.code(), "invalid-option");
        assert!(error.to_string().contains(why), "{why}: {error}");
    }
    let mut early = assembler();
    early.set_digest(0, 0).unwrap();
    early.place(0, 2, &[meta(1), meta(1)].concat()).unwrap();
    let error = early.finish().unwrap_err().to_string();
    assert!(error.contains("before job 2"), "{error}");
}

#[test]
fn streams_and_files_are_compared_with_their_hashes() {
    let files = vec![("a".to_owned(), noise(3 << 20, 3))];
    let (archive, _) = compress(&files, &Options::default()).unwrap();
    let opened = open(&archive).unwrap();
    let mut leaves = Vec::new();
    leaf_hashes(1 << 20, &files[0].1, &mut leaves);
    opened.verify_stream(0, &leaves).unwrap();
    for wrong in [
        &leaves[1..],
        &leaves[8..],
        &[&leaves[..], &[0; 8]].concat(),
        &[&leaves[..], &[0]].concat(),
        &[],
    ] {
        assert_eq!(opened.verify_stream(0, wrong).unwrap_err().code(), "invalid-option");
    }
    assert_eq!(opened.verify_stream(1, &leaves).unwrap_err().code(), "invalid-option");
    let digest = xxh3_128(&files[0].1);
    opened.verify_file(0, digest).unwrap();
    assert_eq!(opened.verify_file(0, digest ^ 1).unwrap_err().code(), "corrupt");
    assert_eq!(opened.verify_file(1, digest).unwrap_err().code(), "invalid-option");
}

#[test]
fn streams_are_selected_once_and_in_order() {
    let (archive, _) = compress(&large_folder(), &Options::default()).unwrap();
    let opened = open(&archive).unwrap();
    let count = opened.plan().streams.len();
    assert!(count > 3);
    let select = |streams: &[usize]| {
        let streams = streams.to_vec();
        opened.jobs(&Select { all: false, streams })
    };
    assert_eq!(select(&[3, 1, 3, 0]).unwrap(), select(&[0, 1, 3]).unwrap());
    let all: Vec<usize> = (0..count).rev().collect();
    assert_eq!(select(&all).unwrap(), opened.jobs(&Select::all()).unwrap());
    assert_eq!(select(&[]).unwrap(), []);
    assert!(select(&[count]).is_err() && select(&[0, usize::MAX]).is_err());
}

#[test]
fn hostile_parameters_of_a_decoding_job_are_refused() {
    let (archive, _) = compress(&[("a".to_owned(), vec![1; 100])], &Options::default()).unwrap();
    let params = open(&archive).unwrap().job_params(0).unwrap().to_bytes();
    for len in 0..params.len() {
        assert!(DecodeParams::from_bytes(&params[..len]).is_err(), "cut to {len}");
    }
    // The layout, and the top bytes of the two lengths.
    for at in [0, 4, 8] {
        let mut hostile = params.clone();
        hostile[at] = 0xff;
        assert!(DecodeParams::from_bytes(&hostile).is_err(), "byte {at}");
    }
}

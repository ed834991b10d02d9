//! Archives that were written once are readable for ever (tests/golden/README.md).

use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use tensorpress_engine::archive::Select;
use tensorpress_engine::{decompress, oneshot};

/// Kinds of blocks and of coded planes that FORMAT.md names.
const BLOCK_KINDS: u8 = 12;
const PLANE_KINDS: u8 = 5;
const FLOAT: u8 = 3;
const PLANES: u8 = 4;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/v1")
}

/// For each archive the SHA-256 of each of its files.
fn expected() -> BTreeMap<String, BTreeMap<String, String>> {
    let text = std::fs::read_to_string(folder().join("expected.json")).expect("the list is there");
    serde_json::from_str(&text).expect("the list is JSON")
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_archive_is_listed() {
    let found = std::fs::read_dir(folder()).expect("the folder is there");
    let names = found.map(|entry| entry.expect("readable").file_name().into_string().expect("UTF-8"));
    let archives: BTreeSet<String> = names.filter(|name| name.ends_with(".tpress")).collect();
    assert_eq!(archives, expected().into_keys().collect());
}

#[test]
fn every_archive_restores_its_files() {
    for (name, files) in expected() {
        let restored = decompress(&read(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let hash = |bytes: &[u8]| Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let found: BTreeMap<String, String> = restored.into_iter().map(|(path, bytes)| (path, hash(&bytes))).collect();
        assert_eq!(found, files, "{name}");
    }
}

#[test]
fn every_kind_of_block_and_plane_occurs() {
    let (mut blocks, mut planes) = (BTreeSet::new(), BTreeSet::new());
    for name in expected().into_keys() {
        let bytes = read(&name);
        let archive = oneshot::open(&bytes).expect("a valid archive");
        for job in archive.jobs(&Select::all()).expect("jobs") {
            let params = archive.job_params(job.id).expect("parameters");
            let mut at = job.offset as usize;
            for (index, (len, _)) in params.blocks.iter().enumerate() {
                let block = &bytes[at..at + *len as usize];
                let decoded = params.block.min(params.raw_len - index as u32 * params.block) as usize;
                blocks.insert(block[0]);
                match block[0] {
                    PLANES => collect(
                        &block[2..],
                        vec![decoded / block[1] as usize; block[1] as usize],
                        &mut planes,
                    ),
                    FLOAT => collect_float(block, decoded, &mut planes),
                    _ => {}
                }
                at += block.len();
            }
        }
    }
    assert_eq!(blocks, (0..BLOCK_KINDS).collect());
    assert_eq!(planes, (0..PLANE_KINDS).collect());
}

#[test]
fn tensors_that_share_streams_occur() {
    let bytes = read("shared-default.tpress");
    let archive = oneshot::open(&bytes).expect("a valid archive");
    let streams = &archive.plan().streams;
    let shared = archive.plan().tensors.iter().filter(|tensor| tensor.range.is_some());
    let crossing = shared.clone().filter(|tensor| {
        let stream = tensor.stream.expect("a range is one of a stream");
        let (start, len) = tensor.range.expect("filtered");
        let block = u64::from(streams[stream].block);
        start / block != (start + len - 1) / block
    });
    assert_eq!((shared.count(), crossing.count()), (27, 2));
}

/// Kinds of the planes of a float block (FORMAT.md, section 5).
fn collect_float(block: &[u8], decoded: usize, kinds: &mut BTreeSet<u8>) {
    let (width, field_bits) = (usize::from(block[1]), usize::from(block[2] + block[3]));
    let exceptions = u32::from_le_bytes([block[6], block[7], block[8], block[9]]) as usize;
    let (elements, raw_bits) = (decoded / width, 8 * width - field_bits);
    let mut lengths = vec![elements; 1 + raw_bits / 8];
    let fractions = [4, 2, 1].into_iter().filter(|bits| (raw_bits % 8) & bits != 0);
    lengths.extend(fractions.map(|bits| elements.div_ceil(128) * 16 * bits));
    collect(&block[10 + 6 * exceptions..], lengths, kinds);
}

/// Walks planes of the given decoded lengths, which must fill `bytes` (FORMAT.md, section 6).
fn collect(mut bytes: &[u8], lengths: Vec<usize>, kinds: &mut BTreeSet<u8>) {
    for length in lengths {
        kinds.insert(bytes[0]);
        let encoded = match bytes[0] {
            0 => 1 + length,
            1 => 2,
            4 => {
                let shifted = |(at, &byte): (usize, &u8)| usize::from(byte & 0x7F) << (7 * at);
                let last = bytes[1..].iter().position(|&byte| byte < 0x80).expect("an end");
                2 + last + bytes[1..2 + last].iter().enumerate().map(shifted).sum::<usize>()
            }
            _ => 5 + u32::from_le_bytes([bytes[1], bytes[2], bytes[3], bytes[4]]) as usize,
        };
        bytes = &bytes[encoded..];
    }
    assert!(bytes.is_empty(), "{} bytes behind the last plane", bytes.len());
}

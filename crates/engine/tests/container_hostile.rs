//! Archives that lie, are cut short or have flipped bits: a typed error or the right bytes, never a panic.

mod support;

use miniz_oxide::deflate::compress_to_vec;
use std::panic::catch_unwind;
use support::{f32_bytes, safetensors, weights};
use tensorpress_codec::error::Fault;
use tensorpress_engine::archive::Opener;
use tensorpress_engine::digest::xxh3_64;
use tensorpress_engine::oneshot::{Files, open};
use tensorpress_engine::plan::Step;
use tensorpress_engine::{EngineError, Options, compress, decompress_limited};

/// More than any of the honest archives here decodes to.
const MAX_OUTPUT: u64 = 1 << 22;

fn small() -> (Files, Vec<u8>) {
    let bytes = f32_bytes(&weights(600, 1));
    let files = vec![
        (
            "m.safetensors".into(),
            safetensors(&[("w", "F32", &[600], &bytes), ("v", "F32", &[600], &bytes)]),
        ),
        ("empty".into(), vec![]),
        ("a/b".into(), vec![9]),
    ];
    let (archive, _) = compress(&files, &Options::default()).unwrap();
    (files, archive)
}

/// Decodes; what comes out without an error must be the original.
fn right_or_refused(archive: &[u8], original: &Files, what: &str) -> Result<(), EngineError> {
    let found = catch_unwind(|| decompress_limited(archive, MAX_OUTPUT));
    let found = found.unwrap_or_else(|_| panic!("{what}: panicked"));
    found.map(|files| assert!(files == *original, "{what}: wrong bytes without an error"))
}

#[test]
fn every_truncation_is_noticed() {
    let (files, archive) = small();
    for len in 0..archive.len() {
        let error = right_or_refused(&archive[..len], &files, &format!("cut to {len}")).unwrap_err();
        assert_eq!(error.code(), "truncated", "cut to {len}: {error}");
    }
    let mut longer = archive.clone();
    longer.push(0);
    assert_eq!(
        right_or_refused(&longer, &files, "longer").unwrap_err().code(),
        "corrupt"
    );
}

#[test]
fn every_flipped_bit_is_noticed_or_harmless() {
    let (files, mut archive) = small();
    let head = open(&archive).unwrap().head_len() as usize;
    for at in 0..archive.len() {
        for bit in 0..8 {
            archive[at] ^= 1 << bit;
            let found = right_or_refused(&archive, &files, &format!("bit {bit} of byte {at}"));
            assert!(
                found.is_err() || at >= head,
                "bit {bit} of byte {at} of the head is not noticed"
            );
            archive[at] ^= 1 << bit;
        }
    }
}

/// An archive with this plan and index, all checksums right; `entries` are the lengths of the streams' entries.
fn forge(plan: &str, plan_len: u32, files: usize, index: &[u8], entries: &[(&str, u64)]) -> Vec<u8> {
    forge_deflated(&compress_to_vec(plan.as_bytes(), 6), plan_len, files, index, entries)
}

fn forge_deflated(plan: &[u8], plan_len: u32, files: usize, index: &[u8], entries: &[(&str, u64)]) -> Vec<u8> {
    let mut rest = (plan.len() as u32).to_le_bytes().to_vec();
    rest.extend_from_slice(&plan_len.to_le_bytes());
    rest.extend_from_slice(plan);
    rest.resize(rest.len() + 16 * files, 0);
    rest.extend_from_slice(index);
    while !(rest.len() + 24).is_multiple_of(64) {
        rest.push(0);
    }
    let manifest = rest.len() as u64 + 24;
    let mut header = format!(
        r#"{{"__metadata__":{{"format":"tensorpress","version":"1"}},"tensorpress.manifest":{{"dtype":"U8","shape":[{manifest}],"data_offsets":[0,{manifest}]}}"#
    );
    let mut at = manifest;
    for (name, len) in entries {
        let end = at + len;
        header.push_str(&format!(
            r#","{name}":{{"dtype":"U8","shape":[{len}],"data_offsets":[{at},{end}]}}"#
        ));
        at = end;
    }
    header.push('}');
    while (header.len() + 8) % 64 != 0 {
        header.push(' ');
    }
    let mut sealed = xxh3_64(header.as_bytes()).to_le_bytes().to_vec();
    sealed.extend_from_slice(&rest);
    let mut archive = (header.len() as u64).to_le_bytes().to_vec();
    archive.extend_from_slice(header.as_bytes());
    archive.extend_from_slice(b"TPRESS\0\x01");
    archive.extend_from_slice(&xxh3_64(&sealed).to_le_bytes());
    archive.extend_from_slice(&sealed);
    archive.resize(archive.len() + (at - manifest) as usize, 0);
    archive
}

fn skeleton(len: u64) -> String {
    format!(r#"{{"name":"tensorpress.skeleton","len":{len},"block":1048576,"layout":"opaque"}}"#)
}

fn plan(files: &str, streams: &str) -> String {
    format!(r#"{{"files":[{files}],"streams":[{streams}],"tensors":[]}}"#)
}

/// Opens a forged archive with `plan` and as many streams as the entries say.
fn open_plan(plan: &str, files: usize, index: &[u8], entries: &[(&str, u64)]) -> Result<(), EngineError> {
    open(&forge(plan, plan.len() as u32, files, index, entries)).map(|_| ())
}

const SKELETON: (&str, u64) = ("tensorpress.skeleton", 0);

#[test]
fn the_forger_can_forge() {
    assert_eq!(open_plan(&plan("", &skeleton(0)), 0, &[0; 8], &[SKELETON]), Ok(()));
    let file = r#"{"path":"a","len":5,"pieces":[[0,2],[0,3]]}"#;
    // One stored block of five bytes, six with its kind.
    let index = [&[0; 8][..], &[6, 0, 0, 0], &[0; 8]].concat();
    assert_eq!(
        open_plan(&plan(file, &skeleton(5)), 1, &index, &[("tensorpress.skeleton", 64)]),
        Ok(())
    );
}

#[test]
fn lying_plans_are_refused() {
    let file = |path: &str, len: u64, pieces: &str| format!(r#"{{"path":"{path}","len":{len},"pieces":[{pieces}]}}"#);
    let max = u64::MAX;
    let stream = |len: u64, block: u64, layout: &str| {
        format!(
            r#"{},{{"name":"w","len":{len},"block":{block},"layout":"{layout}"}}"#,
            skeleton(0)
        )
    };
    let bad = [
        plan("", ""),
        plan(&file("a", 1, ""), &skeleton(0)),
        plan(&file("a", 0, "[0,0]"), &skeleton(0)),
        plan(&file("a", 1, "[0,1]"), &skeleton(0)),
        plan(&file("a", 0, ""), &skeleton(max)),
        plan(&file("a", max, &format!("[0,{max}]")), &skeleton(max)),
        plan(&file("a", 1, &format!("[0,{max}],[0,2]")), &skeleton(1)),
        plan(&file("a", 1, "[1,0,1]"), &skeleton(0)),
        plan(&file("a", 8, "[1,4,8]"), &stream(8, 8, "u8")),
        plan(&file("a", 8, &format!("[1,{max},8]")), &stream(8, 8, "u8")),
        plan(&file("a", 8, "[1,0,8]"), &stream(8, 0, "u8")),
        plan(&file("a", 8, "[1,0,8]"), &stream(8, 1 << 25, "u8")),
        plan(&file("a", 8, "[1,0,8]"), &stream(8, 1 << 32, "u8")),
        plan(&file("a", 8, "[1,0,8]"), &stream(8, 6, "f32")),
        plan(&file("a", 6, "[1,0,6]"), &stream(6, 8, "f32")),
        plan(&file("a", 8, "[1,0,8]"), &stream(8, 8, "f128")),
        plan(&file("../a", 0, ""), &skeleton(0)),
        plan(&file("/a", 0, ""), &skeleton(0)),
        plan(&file("C:\\\\a", 0, ""), &skeleton(0)),
        plan(&file("a\\u0000", 0, ""), &skeleton(0)),
        plan(&format!("{},{}", file("a", 0, ""), file("a", 0, "")), &skeleton(0)),
        "[".repeat(100_000),
        format!(r#"{{"files":{}"#, r#"[{"pieces":"#.repeat(50_000)),
        String::new(),
    ];
    for text in &bad {
        let files = text.matches("\"path\"").count();
        let streams = text.matches("\"layout\"").count();
        for blocks in [0, 1] {
            let index = vec![1; 8 * streams + 12 * blocks];
            let entries: &[(&str, u64)] = if streams == 2 {
                &[SKELETON, ("w", 64)]
            } else {
                &[SKELETON]
            };
            let found = open_plan(text, files, &index, entries);
            assert!(
                matches!(&found, Err(error) if matches!(error.fault(), Fault::Corrupt { .. } | Fault::Limit { .. })),
                "{}: {found:?}",
                &text[..text.len().min(200)]
            );
        }
    }
}

#[test]
fn plans_that_explode_are_refused() {
    let honest = plan("", &skeleton(0));
    for declared in [0, 1, honest.len() as u32 - 1, honest.len() as u32 + 1, u32::MAX] {
        assert!(
            open(&forge(&honest, declared, 0, &[0; 8], &[SKELETON])).is_err(),
            "{declared}"
        );
    }
    // 64 MiB of spaces in 64 KiB, declared as little.
    let bomb = compress_to_vec(&vec![b' '; 64 << 20], 9);
    assert!(open(&forge_deflated(&bomb, 100, 0, &[0; 8], &[SKELETON])).is_err());
    assert!(open(&forge_deflated(&bomb, 64 << 20, 0, &[0; 8], &[SKELETON])).is_err());
    assert!(open(&forge_deflated(&[0xff; 40], 100, 0, &[0; 8], &[SKELETON])).is_err());
}

#[test]
fn declared_blocks_must_be_there() {
    // A terabyte of which the index knows nothing.
    let len = 1u64 << 40;
    let file = format!(r#"{{"path":"a","len":{len},"pieces":[[0,{len}]]}}"#);
    assert!(open_plan(&plan(&file, &skeleton(len)), 1, &[0; 8], &[SKELETON]).is_err());
    // A block longer than stored, and one of no bytes.
    let file = r#"{"path":"a","len":5,"pieces":[[0,5]]}"#;
    for (len, padded) in [(0u32, 0), (7, 64), (u32::MAX, 1 << 32)] {
        let index = [&[0; 8][..], &len.to_le_bytes(), &[0; 8]].concat();
        if padded <= 64 {
            let found = open_plan(
                &plan(file, &skeleton(5)),
                1,
                &index,
                &[("tensorpress.skeleton", padded)],
            );
            assert_eq!(found.unwrap_err().code(), "corrupt", "{len}");
        }
    }
}

/// More than a machine has memory for, were it believed.
#[test]
fn counts_of_blocks_are_not_believed() {
    let len = 1u64 << 50;
    let stream = format!(r#"{{"name":"tensorpress.skeleton","len":{len},"block":1,"layout":"opaque"}}"#);
    let file = format!(r#"{{"path":"a","len":{len},"pieces":[[0,{len}]]}}"#);
    let error = open_plan(&plan(&file, &stream), 1, &[0; 8], &[SKELETON]).unwrap_err();
    assert!(error.to_string().contains("blocks need"), "{error}");
}

#[test]
fn entries_are_those_of_the_plan() {
    let streams = format!(r#"{},{{"name":"w","len":5,"block":8,"layout":"u8"}}"#, skeleton(0));
    let file = r#"{"path":"a","len":5,"pieces":[[1,0,5]]}"#;
    let text = plan(file, &streams);
    let block = [&6u32.to_le_bytes()[..], &[0; 8]].concat();
    let index = [&[0; 16][..], &block].concat();
    let code = |entries: &[(&str, u64)]| {
        let found = open_plan(&text, 1, &index, entries);
        found.map_or_else(|error| format!("{}: {error}", error.code()), |()| String::new())
    };
    assert_eq!(code(&[SKELETON, ("w", 64)]), "");
    for (entries, why) in [
        (&[SKELETON][..], "1 entries for 2 streams"),
        (&[SKELETON, ("w", 64), ("x", 0)], "3 entries for 2 streams"),
        (&[SKELETON, ("v", 64)], "expected \"w\""),
        (&[("skeleton", 0), ("w", 64)], "expected \"tensorpress.skeleton\""),
        (&[("tensorpress.skeleton", 64), ("w", 64)], "has 64 bytes, its blocks 0"),
        (&[SKELETON, ("w", 0)], "has 0 bytes, its blocks 6"),
        (&[SKELETON, ("w", 128)], "has 128 bytes, its blocks 6"),
    ] {
        let found = code(entries);
        assert!(
            found.starts_with("corrupt: ") && found.contains(why),
            "{entries:?}: {found}"
        );
    }
}

#[test]
fn heads_are_of_whole_lines_and_bounded() {
    let archive = forge(
        &plan("", &skeleton(0)),
        plan("", &skeleton(0)).len() as u32,
        0,
        &[0; 8],
        &[SKELETON],
    );
    let head = u64::from_le_bytes(archive[..8].try_into().unwrap());
    for more in 1..64 {
        let longer = [&(head + more).to_le_bytes()[..], &archive[8..]].concat();
        let error = open(&longer).err().unwrap();
        assert!(
            error.to_string().contains("must fill a multiple of 64"),
            "{more}: {error}"
        );
    }
    // Known from the length alone, or from the header, of an archive whose end is not known.
    let ask = |head: &[u8]| {
        let mut opener = Opener::new(None);
        loop {
            match opener.poll() {
                Step::Done => return opener.finish().err().map(|error| error.to_string()),
                Step::Need(needs) => {
                    let (start, len) = (needs[0].offset as usize, needs[0].len as usize);
                    match head.get(start..start + len) {
                        Some(bytes) => opener.supply(bytes.to_vec()).unwrap(),
                        None => return Some(format!("asks for {len}")),
                    }
                }
            }
        }
    };
    assert_eq!(ask(&archive), None);
    let most = 100_000_000u64 - 8;
    assert_eq!(ask(&most.to_le_bytes()).unwrap(), format!("asks for {most}"));
    assert!(ask(&(most + 64).to_le_bytes()).unwrap().contains("MAX_HEADER"));
    let manifest = |len: u64| {
        let mut header = format!(
            r#"{{"__metadata__":{{"format":"tensorpress","version":"1"}},"tensorpress.manifest":{{"dtype":"U8","shape":[{len}],"data_offsets":[0,{len}]}}"#
        );
        header.push('}');
        while (header.len() + 8) % 64 != 0 {
            header.push(' ');
        }
        ask(&[&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat()).unwrap()
    };
    assert_eq!(manifest(256 << 20), format!("asks for {}", 256 << 20));
    assert!(manifest((256 << 20) + 64).contains("MAX_MANIFEST"));
}

#[test]
fn a_terabyte_of_constants_is_refused_before_it_is_made() {
    let file = vec![("zeros".to_owned(), vec![0; 3 << 20])];
    let (archive, _) = compress(&file, &Options::default()).unwrap();
    let error = decompress_limited(&archive, 1 << 20).unwrap_err();
    assert!(
        matches!(error.fault(), Fault::Limit { max, found, .. } if *max == 1 << 20 && *found == 3 << 20),
        "{error}"
    );
}

#[test]
fn lengths_near_the_ends_of_the_integers_are_refused() {
    let (files, archive) = small();
    for length in [
        0,
        1,
        55,
        56,
        u64::from(u32::MAX) - 7,
        1 << 32,
        u64::MAX - 7,
        u64::MAX,
        100_000_001,
    ] {
        let mut hostile = archive.clone();
        hostile[..8].copy_from_slice(&length.to_le_bytes());
        let error = right_or_refused(&hostile, &files, &format!("header of {length}")).unwrap_err();
        assert!(
            matches!(error.code(), "corrupt" | "truncated" | "limit"),
            "{length}: {error}"
        );
    }
}

#[test]
fn newer_versions_are_named() {
    let (_, archive) = small();
    let text = br#""version":"1""#;
    let at = archive.windows(text.len()).position(|w| w == text).unwrap();
    let mut newer = archive.clone();
    newer[at + text.len() - 2] = b'2';
    let error = open(&newer).err().unwrap();
    assert_eq!(error.code(), "unsupported");
    assert!(error.to_string().contains("version \"2\""), "{error}");
    let at = archive.windows(7).position(|w| w == b"TPRESS\0").unwrap();
    let mut newer = archive.clone();
    newer[at + 7] = 9;
    let error = open(&newer).err().unwrap();
    assert_eq!(error.code(), "unsupported");
    assert!(error.to_string().contains("version 9"), "{error}");
}

//! Archives: whole ones, and ones put together from mutated parts with hashes that fit, so that a
//! mutation reaches what lies behind the checks.

use crate::case::Case;
use serde_json::Value;
use tensorpress_engine::archive::Select;
use tensorpress_engine::digest::xxh3_64;
use tensorpress_engine::oneshot;

/// More decoded bytes than any seed has, and no trouble for the memory cap.
const MAX_OUTPUT: u64 = 32 << 20;
/// Bytes of the manifest before the deflated plan.
const FIXED: usize = 32;

/// Opens and unpacks; what comes out must have the declared lengths.
pub fn archive(case: &Case) {
    let Some(bytes) = assemble(case) else {
        return;
    };
    let Ok(opened) = oneshot::open(&bytes) else {
        return;
    };
    // A plan that was accepted can be shown, and every stream of it asked for alone.
    drop(opened.plan_json());
    for stream in 0..opened.plan().streams.len().min(8) {
        let select = Select {
            all: false,
            streams: vec![stream],
        };
        for job in opened.jobs(&select).into_iter().flatten() {
            drop(opened.job_params(job.id).expect("a job that was listed has parameters"));
        }
    }
    if let Ok(files) = oneshot::decompress_limited(&bytes, MAX_OUTPUT) {
        let declared = &opened.plan().files;
        assert_eq!(files.len(), declared.len(), "files");
        for (found, declared) in files.iter().zip(declared) {
            assert_eq!(
                (&found.0, found.1.len() as u64),
                (&declared.path, declared.len),
                "a file's path and length"
            );
        }
    }
}

fn number(bytes: &[u8], at: usize, width: usize) -> usize {
    bytes[at..at + width]
        .iter()
        .rev()
        .fold(0, |sum, &byte| sum << 8 | usize::from(byte))
}

/// The parts of a valid archive: plan, lengths of the streams' entries, hashes and index, entries.
pub fn take_apart(bytes: &[u8]) -> Case {
    let header_end = 8 + number(bytes, 0, 8);
    let header: Value = serde_json::from_slice(&bytes[8..header_end]).expect("a header");
    let manifest_len = header["tensorpress.manifest"]["shape"][0].as_u64().expect("a length") as usize;
    let (manifest, body) = bytes[header_end..].split_at(manifest_len);
    let packed = number(manifest, 24, 4);
    let (packed, tables) = manifest[FIXED..].split_at(packed);
    let plan = miniz_oxide::inflate::decompress_to_vec(packed).expect("a plan");
    let parsed: Value = serde_json::from_slice(&plan).expect("a plan");
    let length = |value: &Value| value.as_u64().expect("a length") as usize;
    let mut lengths = Vec::new();
    let mut used = 16 * parsed["files"].as_array().expect("files").len();
    for stream in parsed["streams"].as_array().expect("streams") {
        let entry = &header[stream["name"].as_str().expect("a name")];
        lengths.extend_from_slice(&((length(&entry["shape"][0]) / 64) as u32).to_le_bytes());
        used += 8 + 12 * length(&stream["len"]).div_ceil(length(&stream["block"]));
    }
    // Without the padding: a mutated plan needs another.
    let tables = &tables[..used];
    let parts = [
        ("plan", plan),
        ("lengths", lengths),
        ("tables", tables.to_vec()),
        ("body", body.to_vec()),
    ];
    Case {
        files: parts
            .into_iter()
            .map(|(name, bytes)| (name.to_owned(), bytes))
            .collect(),
    }
}

/// An archive of the parts, or the bytes of the part `raw`. `None` where the plan names no streams.
fn assemble(case: &Case) -> Option<Vec<u8>> {
    let part = |name: &str| {
        case.files
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, bytes)| bytes.as_slice())
    };
    if let Some(raw) = part("raw") {
        return Some(raw.to_vec());
    }
    let (plan, lengths, tables, body) = (part("plan")?, part("lengths")?, part("tables")?, part("body")?);
    let packed = miniz_oxide::deflate::compress_to_vec(plan, 1);

    let mut manifest = b"TPRESS\0\x01".to_vec();
    manifest.resize(FIXED, 0);
    manifest[24..28].copy_from_slice(&(packed.len() as u32).to_le_bytes());
    manifest[28..32].copy_from_slice(&(plan.len() as u32).to_le_bytes());
    manifest.extend_from_slice(&packed);
    manifest.extend_from_slice(tables);
    manifest.resize(manifest.len().next_multiple_of(64), 0);

    let parsed: Value = serde_json::from_slice(plan).ok()?;
    let mut text = r#"{"__metadata__":{"format":"tensorpress","version":"1"}"#.to_owned();
    let mut start = 0;
    let mut entry = |name: &Value, len: usize| {
        let end = start + len;
        text.push_str(&format!(
            r#",{name}:{{"dtype":"U8","shape":[{len}],"data_offsets":[{start},{end}]}}"#
        ));
        start = end;
    };
    entry(&Value::from("tensorpress.manifest"), manifest.len());
    for (stream, units) in parsed["streams"].as_array()?.iter().zip(lengths.chunks_exact(4)) {
        entry(&stream["name"], number(units, 0, 4) * 64);
    }
    text.push('}');
    let mut header = text.into_bytes();
    header.resize((header.len() + 8).next_multiple_of(64) - 8, b' ');

    manifest[16..24].copy_from_slice(&xxh3_64(&header).to_le_bytes());
    let sum = xxh3_64(&manifest[16..]);
    manifest[8..16].copy_from_slice(&sum.to_le_bytes());
    let mut archive = (header.len() as u64).to_le_bytes().to_vec();
    archive.extend_from_slice(&header);
    archive.extend_from_slice(&manifest);
    archive.extend_from_slice(body);
    Some(archive)
}

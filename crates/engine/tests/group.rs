//! Jobs done in groups give what they give one by one.

mod support;

use proptest::prelude::*;
use support::recipes::{model, options};
use support::{mixed_folder, noise};
use tensorpress_engine::archive::Select;
use tensorpress_engine::assemble::{Assembler, EncodeJob};
use tensorpress_engine::codec::Scratch;
use tensorpress_engine::group::{DecodeGroup, EncodePart, decode_group_of, encode_group, encode_groups};
use tensorpress_engine::job::{decode_job, encode_job};
use tensorpress_engine::oneshot::{open, plan};
use tensorpress_engine::options::Opaque;
use tensorpress_engine::{Options, compress, decompress};
use tensorpress_json::{from_text, to_text};

#[test]
fn encoded_in_groups_and_one_by_one() {
    encode_both_ways(&mixed_folder(), &Options::default());
    // What is smaller exactly is so behind other blocks, too.
    let recipe = r#"{"rules":[{"chain":[{"rate":{"step":0.003}}]}]}"#;
    encode_both_ways(&model(5), &options(recipe));
}

fn encode_both_ways(files: &[(String, Vec<u8>)], options: &Options) {
    let planned = plan(files, options).unwrap().finish().unwrap();
    let jobs = Assembler::new(planned).unwrap().jobs();
    let (mut parts, mut raw, mut expected, mut metas) = (vec![], vec![], vec![], vec![]);
    let (mut out, mut meta, mut scratch) = (vec![], vec![], Scratch::default());
    for job in &jobs {
        let mut own = vec![];
        for &(file, offset, len) in &job.spans {
            own.extend_from_slice(&files[file].1[offset as usize..(offset + len) as usize]);
        }
        encode_job(&job.params, &own, &mut out, &mut meta, &mut scratch).unwrap();
        expected.resize(expected.len().next_multiple_of(64), 0);
        expected.extend_from_slice(&out);
        metas.extend_from_slice(&meta);
        raw.extend_from_slice(&own);
        parts.push(EncodePart {
            raw_len: job.raw_len,
            params: job.params.clone(),
        });
    }
    assert!(parts.len() > 2);
    encode_group(&parts, &raw, &mut out, &mut meta, &mut scratch).unwrap();
    assert_eq!((out.clone(), meta.clone()), (expected, metas));
    raw.push(0);
    assert!(encode_group(&parts, &raw, &mut out, &mut meta, &mut scratch).is_err());
    raw.truncate(raw.len() - 2);
    assert!(encode_group(&parts, &raw, &mut out, &mut meta, &mut scratch).is_err());
}

#[test]
fn jobs_are_grouped_in_order() {
    let mut files = mixed_folder();
    // Two jobs and more of one tensor, which no group joins.
    files.push(("large.npy".to_owned(), npy(3 << 20)));
    let planned = plan(&files, &Options::default()).unwrap().finish().unwrap();
    let jobs = Assembler::new(planned).unwrap().jobs();
    let groups = encode_groups(&jobs);
    assert!(groups.len() < jobs.len() && groups.iter().any(|group| group.jobs > 2));
    let mut next = 0;
    for group in &groups {
        assert_eq!(group.first, next);
        let own = &jobs[next..next + group.jobs];
        next += group.jobs;
        assert_eq!(group.raw_len, own.iter().map(|job| job.raw_len).sum::<u64>());
        assert_eq!(
            bytes_of(&files, &group.spans),
            bytes_of(
                &files,
                &own.iter().flat_map(|job| job.spans.clone()).collect::<Vec<_>>()
            )
        );
        if group.jobs > 1 {
            assert!(group.raw_len <= 1 << 20);
            for job in own {
                assert_eq!(jobs.iter().filter(|other| other.stream == job.stream).count(), 1);
            }
        }
        // What a codec reads of them is what they are.
        let parts: Vec<EncodePart> = from_text(&to_text(own)).unwrap();
        let expected = own.iter().map(|job| (job.raw_len, job.params.clone()));
        assert!(parts.into_iter().map(|part| (part.raw_len, part.params)).eq(expected));
    }
    assert_eq!(next, jobs.len());
}

proptest! {
    #[test]
    fn groups_hold_whole_streams_and_as_many_as_fit(
        streams in prop::collection::vec(
            prop::collection::vec((prop::sample::select(&[1u64, 1000, 1 << 18, 1 << 19, (1 << 20) - 1, 1 << 20, 3 << 20][..]), 0..2u64), 1..4),
            0..12,
        ),
    ) {
        let planned = plan(&[("a".to_owned(), vec![1; 10])], &Options::default()).unwrap().finish().unwrap();
        let params = Assembler::new(planned).unwrap().jobs()[0].params.clone();
        let (mut jobs, mut at) = (Vec::new(), 0);
        for (stream, parts) in streams.iter().enumerate() {
            for (first_block, &(raw_len, gap)) in (0..).zip(parts) {
                at += gap;
                jobs.push(EncodeJob {
                    id: jobs.len(),
                    stream,
                    first_block,
                    blocks: 1,
                    raw_len,
                    spans: vec![(0, at, raw_len)],
                    params: params.clone(),
                });
                at += raw_len;
            }
        }
        let is_whole = |index: usize| streams[jobs[index].stream].len() == 1;
        let groups = encode_groups(&jobs);
        let mut next = 0;
        for group in &groups {
            prop_assert_eq!(group.first, next);
            let own = next..next + group.jobs;
            next = own.end;
            prop_assert_eq!(group.raw_len, jobs[own.clone()].iter().map(|job| job.raw_len).sum::<u64>());
            prop_assert!(group.jobs == 1 || group.raw_len <= 1 << 20 && own.clone().all(is_whole));
            // One job more would have been too much, or is a part of a stream.
            if own.clone().all(is_whole) && next < jobs.len() && is_whole(next) {
                prop_assert!(group.raw_len + jobs[next].raw_len > 1 << 20);
            }
            // Ranges that go on are one.
            let mut spans: Vec<(usize, u64, u64)> = Vec::new();
            for job in &jobs[own] {
                match spans.last_mut() {
                    Some(last) if last.1 + last.2 == job.spans[0].1 => last.2 += job.raw_len,
                    _ => spans.push(job.spans[0]),
                }
            }
            prop_assert_eq!(&group.spans, &spans);
        }
        prop_assert_eq!(next, jobs.len());
    }
}

/// A matrix of fp32 noise that takes more bytes than one job handles.
fn npy(elements: usize) -> Vec<u8> {
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({elements},), }}");
    while (header.len() + 11) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend_from_slice(&(header.len() as u16).to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend(noise(4 * elements, 5));
    bytes
}

fn bytes_of(files: &[(String, Vec<u8>)], spans: &[(usize, u64, u64)]) -> Vec<u8> {
    let ranges = spans
        .iter()
        .map(|&(file, offset, len)| &files[file].1[offset as usize..(offset + len) as usize]);
    ranges.collect::<Vec<_>>().concat()
}

#[test]
fn decoded_in_groups_and_one_by_one() {
    let (archive, _) = compress(&mixed_folder(), &Options::default()).unwrap();
    let opened = open(&archive).unwrap();
    let jobs = opened.jobs(&Select::all()).unwrap();
    let ids: Vec<usize> = jobs.iter().map(|job| job.id).collect();
    let (first, last) = (jobs.first().unwrap(), jobs.last().unwrap());
    let input = &archive[first.offset as usize..(last.offset + last.len) as usize];
    let group = decode_group_of(&opened, &ids).unwrap();
    let bytes = group.to_bytes();
    assert_eq!(DecodeGroup::from_bytes(&bytes).unwrap(), group);
    let mut scratch = Scratch::default();
    let mut expected = vec![];
    for job in &jobs {
        let mut own = vec![0; job.raw_len as usize];
        let encoded = &archive[job.offset as usize..(job.offset + job.len) as usize];
        decode_job(&opened.job_params(job.id).unwrap(), encoded, &mut own, &mut scratch).unwrap();
        expected.extend_from_slice(&own);
    }
    let mut out = vec![0; group.raw_len()];
    group.decode(input, &mut out, &mut scratch).unwrap();
    assert_eq!(out, expected);
    assert!(group.decode(&input[..input.len() - 1], &mut out, &mut scratch).is_err());
    assert!(group.decode(input, &mut out[1..], &mut scratch).is_err());
    out.push(0);
    assert!(group.decode(input, &mut out, &mut scratch).is_err());
    // Cut parameters are those of fewer jobs or none, but never a panic.
    for len in 0..bytes.len() {
        if let Ok(fewer) = DecodeGroup::from_bytes(&bytes[..len]) {
            assert!(fewer.raw_len() < group.raw_len());
        }
    }
    assert!(decode_group_of(&opened, &ids.iter().rev().copied().collect::<Vec<_>>()).is_err());
    assert!(decode_group_of(&opened, &[usize::MAX]).is_err());
}

#[test]
fn files_that_are_to_be_opaque() {
    let mut files = mixed_folder();
    files.push(("noise".to_owned(), noise(1000, 1)));
    let (_, plain) = compress(&files, &Options::default()).unwrap();
    let file = plain
        .files
        .iter()
        .position(|file| file.format == "safetensors")
        .unwrap();
    let opaque = vec![Opaque {
        file,
        reason: "because".to_owned(),
    }];
    let options = Options {
        opaque,
        ..Options::default()
    };
    let (archive, report) = compress(&files, &options).unwrap();
    assert_eq!(decompress(&archive).unwrap(), files);
    for (index, (before, after)) in plain.files.iter().zip(&report.files).enumerate() {
        if index == file {
            assert_eq!((after.format.as_str(), after.note.as_str()), ("", "because"));
        } else {
            assert_eq!(before, after);
        }
    }
    let text = format!(r#"{{"opaque":[{{"file":{},"reason":"x"}}]}}"#, files.len());
    let error = compress(&files, &Options::from_json(&text).unwrap()).unwrap_err();
    assert_eq!(error.code(), "invalid-option");
}

//! Ratio and speed of blocks: `codec_bench LAYOUT EFFORT FILE [REPEATS]`.
//!
//! FILE holds raw elements; FILE.lens, if there, one length in bytes a line: the tensors, each cut into blocks of
//! its own.

use std::collections::BTreeMap;
use std::time::Instant;
use tensorpress_engine::codec::{Effort, Kind, Layout, Scratch, decode_block, encode_block};

fn parse<T: serde::de::DeserializeOwned>(text: &str) -> T {
    serde_json::from_value(text.into()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [layout, effort, file, rest @ ..] = arguments.as_slice() else {
        panic!("usage: codec_bench LAYOUT EFFORT FILE [REPEATS]");
    };
    let (layout, effort): (Layout, Effort) = (parse(layout), parse(effort));
    let repeats: usize = rest
        .first()
        .map_or(3, |text| text.parse().expect("a number of repeats"));
    let data = std::fs::read(file).expect("the input");
    let lens: Vec<usize> = match std::fs::read_to_string(format!("{file}.lens")) {
        Ok(text) => text.lines().map(|line| line.parse().expect("a length")).collect(),
        Err(_) => vec![data.len()],
    };
    let block = 65_536 * layout.width();
    let mut blocks = Vec::new();
    let mut rest = data.as_slice();
    for len in lens {
        let (tensor, tail) = rest.split_at(len);
        blocks.extend(tensor.chunks(block));
        rest = tail;
    }

    let mut scratch = Scratch::new();
    let mut encoded = Vec::new();
    let mut ends = Vec::new();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut encode, mut decode, mut copy) = (f64::MAX, f64::MAX, f64::MAX);
    let mut out = vec![0u8; block];
    for _ in 0..repeats {
        encoded.clear();
        ends.clear();
        kinds.clear();
        let start = Instant::now();
        for raw in &blocks {
            let at = encoded.len();
            encode_block(layout, effort, raw, &mut encoded, &mut scratch);
            ends.push(encoded.len());
            *kinds
                .entry(Kind::from_byte(encoded[at]).expect("a kind").name())
                .or_default() += 1;
        }
        encode = encode.min(start.elapsed().as_secs_f64());
        let start = Instant::now();
        let mut at = 0;
        for (raw, &end) in blocks.iter().zip(&ends) {
            decode_block(layout, &encoded[at..end], &mut out[..raw.len()], &mut scratch).expect("a block");
            at = end;
        }
        decode = decode.min(start.elapsed().as_secs_f64());
        let start = Instant::now();
        for raw in &blocks {
            out[..raw.len()].copy_from_slice(raw);
            std::hint::black_box(&mut out);
        }
        copy = copy.min(start.elapsed().as_secs_f64());
    }
    let mut at = 0;
    for (raw, &end) in blocks.iter().zip(&ends) {
        decode_block(layout, &encoded[at..end], &mut out[..raw.len()], &mut scratch).expect("a block");
        assert_eq!(&out[..raw.len()], *raw, "what was decoded");
        at = end;
    }
    // The container's table: a length and a checksum a block.
    let total = encoded.len() + 12 * blocks.len();
    let rate = |seconds: f64| data.len() as f64 / seconds / 1e9;
    println!(
        "{layout:?} {effort:?}: ratio {:.4}, encode {:.2}, decode {:.2}, copy {:.2} GB/s, {kinds:?}",
        data.len() as f64 / total as f64,
        rate(encode),
        rate(decode),
        rate(copy)
    );
}

//! Ratio and speed of blocks: `codec_bench LAYOUT EFFORT FILE [REPEATS]`.
//!
//! FILE holds raw elements; FILE.lens, if there, one length in bytes a line: the tensors, each cut into blocks of
//! its own.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tensorpress_engine::codec::{Effort, Kind, Layout, Scratch, decode_block, encode_block};
use tensorpress_entropy::{decode_plane, encode_plane};
use tensorpress_kernels::fields::{self, FieldLayout};

fn parse<T: serde::de::DeserializeOwned>(text: &str) -> T {
    serde_json::from_value(text.into()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Time that this thread ran: on a busy machine the clock on the wall says little.
struct Clock(Option<Duration>, Instant);

impl Clock {
    fn ran() -> Option<Duration> {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
    }

    fn start() -> Self {
        Self(Self::ran(), Instant::now())
    }

    fn seconds(&self) -> f64 {
        match (self.0, Self::ran()) {
            (Some(start), Some(end)) => (end - start).as_secs_f64(),
            _ => self.1.elapsed().as_secs_f64(),
        }
    }
}

/// Seconds of each step of float blocks with `extra` mantissa bits in the field, one after another over all blocks.
fn stages(layout: Layout, blocks: &[&[u8]], extra: u32) {
    let Some(exponent) = layout.exponent_bits() else { return };
    let cut = FieldLayout::new(layout.width(), exponent + extra).expect("a cut");
    let counted = FieldLayout::new(layout.width(), exponent + 3).expect("a cut");
    let names = ["field histogram", "split", "code symbols", "decode symbols", "merge"];
    let mut seconds = [0f64; 5];
    let (mut symbols, mut raw, mut exceptions, mut coded) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut out = vec![0u8; blocks.iter().map(|block| block.len()).max().unwrap_or(0)];
    let mut total = 0;
    {
        for block in blocks.iter().filter(|block| block.len() > 1 << 15) {
            total += block.len();
            let elements = block.len() / layout.width();
            let mut step = 0;
            let mut lap = |work: &mut dyn FnMut()| {
                let clock = Instant::now();
                work();
                seconds[step] += clock.elapsed().as_secs_f64();
                step += 1;
            };
            lap(&mut || drop(std::hint::black_box(fields::field_histogram(counted, block))));
            symbols.resize(elements, 0);
            let base = if extra == 0 { 1 } else { (75 << extra) as u16 };
            lap(&mut || {
                raw.clear();
                exceptions.clear();
                fields::split_symbols(cut, base, block, &mut symbols, &mut exceptions);
                fields::append_planes(cut, 0, block, &mut raw);
            });
            lap(&mut || {
                coded.clear();
                encode_plane(&symbols, tensorpress_entropy::Effort::Default, &mut coded);
            });
            lap(&mut || {
                decode_plane(&coded, &mut symbols).expect("a plane");
            });
            let lengths = cut.plane_lengths(elements);
            let mut rest = raw.as_slice();
            let mut planes = Vec::new();
            for &len in lengths.as_slice() {
                let (head, tail) = rest[1..].split_at(len);
                planes.push(head);
                rest = tail;
            }
            lap(&mut || fields::merge(cut, base, &symbols, &planes, &mut out[..block.len()]).expect("planes"));
        }
    }
    print!("  stages with {extra} mantissa bits, GB/s:");
    for (name, seconds) in names.iter().zip(seconds) {
        print!(" {name} {:.2}", total as f64 / seconds / 1e9);
    }
    println!();
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
        let start = Clock::start();
        for raw in &blocks {
            let at = encoded.len();
            encode_block(layout, effort, raw, &mut encoded, &mut scratch);
            ends.push(encoded.len());
            *kinds
                .entry(Kind::from_byte(encoded[at]).expect("a kind").name())
                .or_default() += 1;
        }
        encode = encode.min(start.seconds());
        let start = Clock::start();
        let mut at = 0;
        for (raw, &end) in blocks.iter().zip(&ends) {
            decode_block(layout, &encoded[at..end], &mut out[..raw.len()], &mut scratch).expect("a block");
            at = end;
        }
        decode = decode.min(start.seconds());
        let start = Clock::start();
        for raw in &blocks {
            out[..raw.len()].copy_from_slice(raw);
            std::hint::black_box(&mut out);
        }
        copy = copy.min(start.seconds());
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
    for extra in [0, 1, 2, 3] {
        stages(layout, &blocks, extra);
    }
}

//! Bits a weight against distortion, and speed, on the fp32 matrices of a safetensors file.
//!
//!     cargo run --release -p tensorpress-transforms --example rate_table -- model.safetensors [dB …] [block=524288]
//!
//! For each quality it finds the step, quantizes and encodes everything in blocks of whole rows, and decodes it again.
//! Bytes are those of the payloads and 14 a block, which is what the container adds.

use std::time::{Duration, Instant};
use tensorpress_entropy::grid::decode_values;
use tensorpress_transforms::rate::{RateOptions, Sample, Target, find_step, power_ratio, quantize};

/// What the container adds to a block: two kinds, a length and a checksum.
const FRAME: usize = 14;

struct Matrix {
    weights: Vec<f32>,
    columns: usize,
}

fn matrices(path: &str) -> Vec<Matrix> {
    let bytes = std::fs::read(path).expect("a safetensors file");
    let length = u64::from_le_bytes(bytes[..8].try_into().expect("8 bytes")) as usize;
    let header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + length]).expect("a header of JSON");
    let mut found = Vec::new();
    for (_, entry) in header.as_object().expect("an object") {
        let shape = entry["shape"].as_array();
        if entry["dtype"] != "F32" || shape.is_none_or(|shape| shape.len() != 2) {
            continue;
        }
        let number = |value: &serde_json::Value| value.as_u64().expect("a number") as usize;
        let (from, to) = (number(&entry["data_offsets"][0]), number(&entry["data_offsets"][1]));
        let data = &bytes[8 + length + from..8 + length + to];
        found.push(Matrix {
            weights: data
                .as_chunks::<4>()
                .0
                .iter()
                .map(|&bytes| f32::from_le_bytes(bytes))
                .collect(),
            columns: number(&entry["shape"][1]),
        });
    }
    found
}

#[derive(Default)]
struct Run {
    bytes: usize,
    error: f64,
    encode: Duration,
    decode: Duration,
}

fn run(matrices: &[Matrix], block: usize, options: &RateOptions) -> Run {
    let mut run = Run::default();
    for matrix in matrices {
        let rows = (block / matrix.columns).max(1);
        for weights in matrix.weights.chunks(rows * matrix.columns) {
            let start = Instant::now();
            let quantized = quantize(weights, matrix.columns, options).expect("weights that can be quantized");
            let mut payload = Vec::new();
            quantized.encode(&mut payload);
            run.encode += start.elapsed();
            run.bytes += payload.len() + FRAME;
            let mut back = vec![0f32; weights.len()];
            let start = Instant::now();
            decode_values(&payload, &mut back).expect("what was encoded");
            run.decode += start.elapsed();
            let square = |(a, b): (&f32, &f32)| (f64::from(*a) - f64::from(*b)).powi(2);
            run.error += weights.iter().zip(&back).map(square).sum::<f64>();
        }
    }
    run
}

/// The step at which everything has the wanted ratio: the samples' step, corrected by real runs.
fn step_for(
    matrices: &[Matrix],
    samples: &[Sample],
    block: usize,
    energy: f64,
    ratio: f64,
    options: &RateOptions,
) -> f32 {
    let mut step = find_step(samples, Target::Ratio(ratio), options).expect("a step");
    for _ in 0..2 {
        let found = energy / run(matrices, block, &RateOptions { step, ..*options }).error;
        step *= (found / ratio).sqrt() as f32;
    }
    step
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let path = arguments.first().expect("the path of a safetensors file");
    let block = arguments
        .iter()
        .find_map(|a| a.strip_prefix("block=")?.parse().ok())
        .unwrap_or(1 << 19);
    let extra = |name: &str| arguments.iter().find_map(|a| a.strip_prefix(name)?.parse::<f32>().ok());
    let mut wanted: Vec<f64> = arguments[1..].iter().filter_map(|a| a.parse().ok()).collect();
    if wanted.is_empty() {
        wanted = vec![45.2, 27.2, 21.1, 16.5, 12.1];
    }
    let matrices = matrices(path);
    let weights: usize = matrices.iter().map(|matrix| matrix.weights.len()).sum();
    let square = |&weight: &f32| f64::from(weight) * f64::from(weight);
    let energy: f64 = matrices.iter().flat_map(|matrix| &matrix.weights).map(square).sum();
    let samples: Vec<Sample> = matrices
        .iter()
        .map(|matrix| Sample::of_rows(&matrix.weights, matrix.columns, 1 << 14))
        .collect();
    println!("{} matrices, {weights} weights, blocks of {block}", matrices.len());
    println!("Q4_0 4.50 bits 21.1 dB, Q5_0 5.50 bits 27.2 dB, Q8_0 8.50 bits 45.2 dB");
    println!(
        "{:24} {:>8} {:>7} {:>8} {:>9} {:>9}",
        "", "step", "dB", "bits", "enc MB/s", "dec MB/s"
    );
    for decibels in wanted {
        let plain = RateOptions {
            contexts: 1,
            lambda: 0.0,
            offsets: false,
            passes: 1,
            ..RateOptions::scalar(1.0)
        };
        let kinds = [
            ("order 0, nearest", plain),
            ("contexts, nearest", RateOptions { contexts: 8, ..plain }),
            ("contexts, rate", RateOptions::scalar(1.0)),
            ("contexts, trellis 8", RateOptions::trellis(1.0, 3)),
            ("contexts, trellis 32", RateOptions::trellis(1.0, 5)),
        ];
        for (name, mut options) in kinds {
            if arguments
                .iter()
                .any(|a| a.starts_with("only=") && !name.ends_with(&a[5..]))
            {
                continue;
            }
            if options.lambda > 0.0 {
                options.lambda = extra("lambda=").unwrap_or(options.lambda);
                options.contexts = extra("contexts=").map_or(options.contexts, |c| c as usize);
                options.passes = extra("passes=").map_or(options.passes, |c| c as u8);
            }
            let ratio = power_ratio(decibels);
            options.step = step_for(&matrices, &samples, block, energy, ratio, &options);
            let run = run(&matrices, block, &options);
            let speed = |time: Duration| weights as f64 * 4e-6 / time.as_secs_f64();
            println!(
                "{name:24} {:8.6} {:7.3} {:8.4} {:9.0} {:9.0}",
                options.step,
                10.0 * (energy / run.error).log10(),
                run.bytes as f64 * 8.0 / weights as f64,
                speed(run.encode),
                speed(run.decode)
            );
        }
    }
}

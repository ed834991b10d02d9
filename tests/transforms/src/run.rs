//! Applies a chain to weights and tells what came out.

use serde::Serialize;
use tensorpress_json::from_text;
use tensorpress_kernels::error_measures::error_measures;
use tensorpress_kernels::xxh3::hash64;
use tensorpress_transforms::{Codebook, Geometry, LowRank, Outcome, Scaled, Scales, Step, Unit, apply_chain};

tensorpress_json::fields! {
    /// What is to be done.
    pub struct Task {
        /// The steps.
        pub chain: Vec<Step> => required,
        /// Of the weights.
        pub shape: Vec<usize> => required,
        /// Of the channels.
        pub axis: usize => required,
        /// Which the planner would find, for chains that want it.
        pub threshold: Option<f32>,
    }
}

/// What came out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    kind: &'static str,
    pruned: bool,
    zeros: usize,
    /// Bytes with an order-0 code for codes, indices and which weights are 0, and all else as it is. An estimate of
    /// what an archive needs.
    bytes: f64,
    /// Sum of squares divided by that of the errors; none if there is no error.
    signal_to_noise: Option<f64>,
    /// XXH3 of the weights and of how they are represented.
    digest: String,
    centroids: Option<Vec<f32>>,
    rank: Option<usize>,
    remainder: Option<usize>,
}

/// Does it. The weights are little-endian fp32; so are those that are given back.
pub fn run(task: &str, weights: &[u8]) -> Result<(Report, Vec<u8>), String> {
    let task: Task = from_text(task).map_err(|error| error.to_string())?;
    for step in &task.chain {
        step.check().map_err(|error| error.to_string())?;
    }
    let geometry = Geometry::new(task.shape, task.axis);
    let original: Vec<f32> = weights
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect();
    if original.len() != geometry.len() {
        return Err(format!(
            "{} weights, expected {} of the shape",
            original.len(),
            geometry.len()
        ));
    }
    let mut unit = Unit::new(original.clone(), geometry);
    unit.context.threshold = task.threshold;
    apply_chain(&task.chain, &mut unit).map_err(|error| error.to_string())?;
    let restored: Vec<u8> = unit.weights.iter().flat_map(|weight| weight.to_le_bytes()).collect();
    let mut report = describe(&unit.outcome, &unit.weights);
    report.pruned = unit.pruned;
    report.zeros = unit.weights.iter().filter(|&&weight| weight == 0.0).count();
    let signal_to_noise = error_measures(&original, &unit.weights).signal_to_noise();
    report.signal_to_noise = Some(signal_to_noise).filter(|ratio| ratio.is_finite());
    let mut hashed = restored.clone();
    hashed.extend_from_slice(format!("{:?}", unit.outcome).as_bytes());
    report.digest = format!("{:016x}", hash64(&hashed));
    Ok((report, restored))
}

fn describe(outcome: &Outcome, weights: &[f32]) -> Report {
    let mut report = Report {
        kind: "values",
        pruned: false,
        zeros: 0,
        bytes: 0.0,
        signal_to_noise: None,
        digest: String::new(),
        centroids: None,
        rank: None,
        remainder: None,
    };
    match outcome {
        Outcome::Values => {
            let zero = weights.iter().map(|&weight| u16::from(weight == 0.0));
            let kept = weights.iter().filter(|&&weight| weight != 0.0).count();
            report.bytes = coded(zero) + 4.0 * kept as f64;
        }
        Outcome::Scaled(Scaled { codes, scales, .. }) => {
            report.kind = "scaled";
            report.bytes = coded(codes.iter().copied()) + scale_bytes(scales) as f64;
        }
        Outcome::Codebook(Codebook { centroids, indices }) => {
            report.kind = "codebook";
            report.bytes = coded(indices.iter().copied()) + 4.0 * centroids.len() as f64;
            report.centroids = Some(centroids.clone());
        }
        Outcome::LowRank(low_rank @ LowRank { rank, remainder, .. }) => {
            report.kind = "lowRank";
            report.bytes = low_rank.bytes() as f64;
            report.rank = Some(*rank);
            report.remainder = Some(remainder.len());
        }
        Outcome::Grid(quantized) => {
            report.kind = "grid";
            let mut payload = Vec::new();
            quantized.encode(&mut payload);
            report.bytes = payload.len() as f64;
        }
    }
    report
}

fn scale_bytes(scales: &Scales) -> usize {
    match scales {
        Scales::F32(scales) => 4 * scales.len(),
        Scales::F16(scales) | Scales::Bf16(scales) => 2 * scales.len(),
        Scales::E8m0(codes) | Scales::E4m3 { codes, .. } => codes.len(),
        Scales::Double { codes, steps, .. } => codes.len() + 4 * steps.len(),
    }
}

/// Bytes of the order-0 entropy.
fn coded(symbols: impl Iterator<Item = u16>) -> f64 {
    let mut counts = vec![0u64; 1 << 16];
    let mut total = 0u64;
    for symbol in symbols {
        counts[usize::from(symbol)] += 1;
        total += 1;
    }
    let used = counts.into_iter().filter(|&count| count > 0).map(|count| count as f64);
    used.map(|count| count * (total as f64 / count).log2()).sum::<f64>() / 8.0
}

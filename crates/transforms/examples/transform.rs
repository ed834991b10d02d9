//! Applies a chain to raw weights, so that tests in other languages can compare what comes out with what their
//! libraries give:
//!
//! ```text
//! transform CHAIN.json SHAPE AXIS IN.f32 OUT.f32 [THRESHOLD]
//! ```
//!
//! `SHAPE` is dimensions with commas between them, empty for a scalar; the files hold little-endian fp32. Prints a
//! JSON object: what the weights are stored as, and what belongs to that.

use std::error::Error;
use std::fs;
use std::time::Instant;
use tensorpress_transforms::{Geometry, Outcome, Step, Unit, apply_chain};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [chain, shape, axis, input, output, rest @ ..] = arguments.as_slice() else {
        return Err("expected CHAIN.json SHAPE AXIS IN.f32 OUT.f32 [THRESHOLD]".into());
    };
    let chain: Vec<Step> = serde_json::from_slice(&fs::read(chain)?)?;
    for step in &chain {
        step.check()?;
    }
    let dimensions = shape.split(',').filter(|text| !text.is_empty()).map(str::parse);
    let geometry = Geometry::new(dimensions.collect::<Result<_, _>>()?, axis.parse()?);
    let bytes = fs::read(input)?;
    let weights: Vec<f32> = bytes
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect();
    if weights.len() != geometry.len() {
        return Err(format!("{} weights, expected {} of the shape", weights.len(), geometry.len()).into());
    }
    let mut unit = Unit::new(weights, geometry);
    unit.context.threshold = rest.first().map(|text| text.parse()).transpose()?;
    let started = Instant::now();
    apply_chain(&chain, &mut unit)?;
    let seconds = started.elapsed().as_secs_f64();
    let restored: Vec<u8> = unit.weights.iter().flat_map(|weight| weight.to_le_bytes()).collect();
    fs::write(output, restored)?;
    let mut report = match &unit.outcome {
        Outcome::Values => serde_json::json!({"kind": "values"}),
        Outcome::Scaled(scaled) => serde_json::json!({"kind": "scaled", "levels": scaled.levels.len()}),
        Outcome::Codebook(codebook) => serde_json::json!({"kind": "codebook", "centroids": codebook.centroids}),
        Outcome::LowRank(low_rank) => serde_json::json!({
            "kind": "lowRank",
            "rank": low_rank.rank,
            "bytes": low_rank.bytes(),
            "remainder": low_rank.remainder.len(),
        }),
    };
    report["pruned"] = unit.pruned.into();
    report["seconds"] = seconds.into();
    println!("{report}");
    Ok(())
}

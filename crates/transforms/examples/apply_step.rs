//! Applies single steps of a recipe, for references in other languages to compare with.
//!
//! Reads cases from the standard input until it ends: the length of a JSON object (u32, little-endian), the object
//! `{"step": …, "shape": […], "axis": n, "pruned": bool}`, then the weights (fp32). Writes for each the length of a JSON
//! object, the object `{"error": …}` or `{"min": …, "table": […], "scales": […], "zeros": […], "group": n}`, then the
//! restored weights (fp32) and, where there are scales, the codes (u16).

use serde_json::{Value, json};
use std::io::{self, ErrorKind, Read, Write};
use tensorpress_transforms::{Geometry, Levels, Outcome, Step, Unit};

fn main() -> io::Result<()> {
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let mut length = [0; 4];
    loop {
        match input.read_exact(&mut length) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return output.flush(),
            other => other?,
        }
        let mut header = vec![0; u32::from_le_bytes(length) as usize];
        input.read_exact(&mut header)?;
        let case: Value = serde_json::from_slice(&header)?;
        let numbers = case["shape"].as_array().into_iter().flatten();
        let shape: Vec<usize> = numbers.filter_map(Value::as_u64).map(|size| size as usize).collect();
        let geometry = Geometry::new(shape, case["axis"].as_u64().unwrap_or_default() as usize);
        let mut bytes = vec![0; 4 * geometry.len()];
        input.read_exact(&mut bytes)?;
        let weights = bytes.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes));
        let mut unit = Unit::new(weights.collect(), geometry);
        unit.pruned = case["pruned"].as_bool().unwrap_or_default();
        let (answer, codes) = answer(&case["step"], &mut unit)?;
        let answer = serde_json::to_vec(&answer)?;
        output.write_all(&(answer.len() as u32).to_le_bytes())?;
        output.write_all(&answer)?;
        for weight in &unit.weights {
            output.write_all(&weight.to_le_bytes())?;
        }
        for code in codes {
            output.write_all(&code.to_le_bytes())?;
        }
    }
}

fn answer(step: &Value, unit: &mut Unit) -> io::Result<(Value, Vec<u16>)> {
    let step: Step = tensorpress_json::from_text(&step.to_string()).map_err(io::Error::other)?;
    if let Err(error) = step.check().and_then(|()| step.apply(unit)) {
        return Ok((json!({"error": error.to_string()}), Vec::new()));
    }
    let Outcome::Scaled(scaled) = &unit.outcome else {
        return Ok((json!({}), Vec::new()));
    };
    let (min, table) = match &scaled.levels {
        Levels::Integers { min, .. } => (Some(min), None),
        Levels::Table(table) => (None, Some(table)),
    };
    let answer = json!({
        "min": min,
        "table": table,
        "scales": scaled.scales.values(),
        "zeros": scaled.zeros.values(),
        "group": scaled.grouping.group,
    });
    Ok((answer, scaled.codes.clone()))
}

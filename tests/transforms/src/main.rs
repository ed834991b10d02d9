//! Applies chains to raw weights, for tests in other languages. Reads a line of JSON a task from the standard input,
//! such as `{"task":{"chain":[{"prune":{"sparsity":0.5}}],"shape":[2,3],"axis":0},"input":"in.f32","output":"out.f32"}`,
//! and writes a line for each: `{"ok":…}` with what came out, or `{"error":"…"}`.

use serde::Deserialize;
use std::fs;
use std::io::BufRead;
use tensorpress_transforms_test::{Report, run};

#[derive(Deserialize)]
struct Line {
    task: Box<serde_json::value::RawValue>,
    input: String,
    output: Option<String>,
}

fn answer(line: &str) -> Result<Report, String> {
    let line: Line = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let weights = fs::read(&line.input).map_err(|error| format!("{}: {error}", line.input))?;
    let (report, restored) = run(line.task.get(), &weights)?;
    if let Some(output) = line.output {
        fs::write(&output, restored).map_err(|error| format!("{output}: {error}"))?;
    }
    Ok(report)
}

fn main() {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let answer = match answer(&line) {
            Ok(report) => serde_json::json!({ "ok": report }),
            Err(error) => serde_json::json!({ "error": error }),
        };
        println!("{answer}");
    }
}

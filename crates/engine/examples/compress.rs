//! Compresses natively, for tests in other languages. Reads a line of JSON an archive from the standard input, such as
//! `{"files":[["model.onnx","/path/of/it"]],"options":{"recipe":{"preset":"high"}},"output":"/path/of/the.tpress"}`, and
//! writes a line for each: `{"ok":{"digest":…,"report":…}}`, the digest being the archive's XXH3-128, or `{"error":"…"}`.

use serde::Deserialize;
use std::fs;
use std::io::BufRead;
use tensorpress_engine::digest::{to_hex, xxh3_128};
use tensorpress_engine::{Options, compress};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    /// Paths within the archive, and where the files are.
    files: Vec<(String, String)>,
    options: serde_json::Value,
    output: Option<String>,
}

fn answer(line: &str) -> Result<serde_json::Value, String> {
    let line: Line = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let options = Options::from_json(&line.options.to_string()).map_err(|error| error.to_string())?;
    let read = |(path, place): (String, String)| match fs::read(&place) {
        Ok(bytes) => Ok((path, bytes)),
        Err(error) => Err(format!("{place}: {error}")),
    };
    let files = line.files.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let (archive, report) = compress(&files, &options).map_err(|error| error.to_string())?;
    if let Some(output) = line.output {
        fs::write(&output, &archive).map_err(|error| format!("{output}: {error}"))?;
    }
    Ok(serde_json::json!({ "digest": to_hex(xxh3_128(&archive)), "report": report }))
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

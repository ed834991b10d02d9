use serde_json::{Value, json};
use std::io::BufRead;
use std::time::Instant;
use tensorpress_engine::{Options, compress, decompress};
use tensorpress_formats::detect;
use tensorpress_formats::source::map_in_memory;
use tensorpress_formats::{InputFile, layout};

fn answer(line: &str) -> Value {
    let line: Value = serde_json::from_str(line).unwrap();
    let files: Vec<(String, Vec<u8>)> = line["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| {
            (
                f[0].as_str().unwrap().to_owned(),
                std::fs::read(f[1].as_str().unwrap()).unwrap(),
            )
        })
        .collect();
    let infos: Vec<InputFile> = files
        .iter()
        .map(|(path, bytes)| InputFile {
            path: path.clone(),
            len: bytes.len() as u64,
        })
        .collect();
    if let Some(options) = line.get("options") {
        let options = match Options::from_json(&options.to_string()) {
            Ok(o) => o,
            Err(e) => return json!({"refused": e.to_string()}),
        };
        let (archive, report) = match compress(&files, &options) {
            Ok(r) => r,
            Err(e) => return json!({"error": e.to_string(), "code": e.code()}),
        };
        let back = decompress(&archive).unwrap();
        let out = line["out"].as_str().unwrap();
        for (index, (_, bytes)) in back.iter().enumerate() {
            std::fs::write(format!("{out}.{index}"), bytes).unwrap();
        }
        std::fs::write(format!("{out}.tpress"), &archive).unwrap();
        let plan: Value = serde_json::from_str(
            &tensorpress_engine::oneshot::open(&archive)
                .unwrap()
                .plan_json()
                .unwrap(),
        )
        .unwrap();
        return json!({"report": report, "plan": plan});
    }
    let start = Instant::now();
    let mut maps = Vec::new();
    let mut errors = Vec::new();
    for (index, (path, bytes)) in files.iter().enumerate() {
        let head = &bytes[..bytes.len().min(detect::HEAD_LEN)];
        for kind in detect::candidates(path, head) {
            match map_in_memory(&files, |source| detect::read(kind, source, index)) {
                Ok(map) => {
                    maps.push((index, map));
                    break;
                }
                Err(e) => errors.push(format!("{path}: {kind:?}: {e}")),
            }
        }
    }
    let map_ms = start.elapsed().as_millis();
    let start = Instant::now();
    let layout = layout::build(&infos, maps);
    layout.validate(&infos).unwrap();
    let layout_ms = start.elapsed().as_millis();
    let mut out = json!({ "layout": layout, "errors": errors, "map_ms": map_ms, "layout_ms": layout_ms });
    if line["trip"].as_bool() == Some(true) {
        let start = Instant::now();
        let (archive, _) = compress(&files, &Options::default()).unwrap();
        let compress_ms = start.elapsed().as_millis();
        let start = Instant::now();
        let back = decompress(&archive).unwrap();
        out["trip"] = json!(back == files);
        out["archive"] = json!(archive.len());
        out["compress_ms"] = json!(compress_ms);
        out["decompress_ms"] = json!(start.elapsed().as_millis());
    }
    if line["brief"].as_bool() == Some(true) {
        let n = out["layout"]["tensors"].as_array().unwrap().len();
        out["layout"] = json!({"tensors": n, "notes": out["layout"]["notes"], "formats": out["layout"]["formats"]});
    }
    out
}

fn main() {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        println!("{}", answer(&line));
    }
}

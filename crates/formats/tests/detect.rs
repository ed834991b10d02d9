//! Which reader is tried for which file, and what the readers find in real models.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use tensorpress_formats::detect::{self, FormatKind::*, HEAD_LEN};
use tensorpress_formats::{FileMap, FormatError, InputFile, Mapper, Progress, layout};

#[test]
fn checkpoints_are_known_by_their_first_member() {
    let head = |len: u16, name: &str| {
        [
            &b"PK\x03\x04"[..],
            &[0; 22],
            &len.to_le_bytes(),
            &[0; 2],
            name.as_bytes(),
        ]
        .concat()
    };
    let long = "x".repeat(200) + "/data.pkl";
    for (name, expected) in [
        ("checkpoint.pth/data.pkl", true),
        ("model/data/0", true),
        (&long, true),
        ("model/data/00", false),
        ("model/code/data.pkl", false),
        ("data.pkl", false),
        ("word/document.xml", false),
        ("", false),
    ] {
        for path in ["checkpoint.pth.tar", "model.torchscript", "model"] {
            let found = detect::candidates(path, &head(name.len() as u16, name));
            let expected: &[detect::FormatKind] = if expected { &[Pytorch] } else { &[] };
            assert_eq!(found, expected, "{path} with {name}");
        }
    }
    // Names that end elsewhere than where the head does.
    for len in [0, 12, 14, u16::MAX] {
        assert_eq!(
            detect::candidates("m", &head(len, "model/data.pkl")),
            if len == 14 { vec![Pytorch] } else { vec![] }
        );
    }
    let whole = head(14, "model/data.pkl");
    for len in 4..whole.len() {
        assert_eq!(detect::candidates("m", &whole[..len]), [], "{len}");
    }
}

#[test]
fn names_and_magics() {
    let cases: [(&str, &[u8], &[detect::FormatKind]); 16] = [
        ("m.gguf", b"GGUF\x03\0\0\0", &[Gguf]),
        ("m", b"GGUF\x03\0\0\0", &[Gguf]),
        ("a.npy", b"\x93NUMPY\x01\0", &[Npy]),
        ("a.npz", b"PK\x03\x04....", &[Npz, Pytorch]),
        ("pytorch_model.BIN", b"PK\x03\x04....", &[Pytorch, Npz]),
        ("report.docx", b"PK\x03\x04....", &[]),
        ("m.tflite", b"\x1c\0\0\0TFL3", &[Tflite]),
        ("x/model.json", b" {\"format\":", &[Tfjs]),
        ("x/weights_manifest.json", b"[{", &[Tfjs]),
        ("x/m.safetensors.index.json", b"{", &[SafetensorsIndex]),
        ("m.safetensors", b"\x08\0\0\0\0\0\0\0{}", &[Safetensors]),
        ("m", b"\x08\0\0\0\0\0\0\0{}", &[Safetensors]),
        ("m.onnx", b"", &[Onnx]),
        ("m", b"\x08\x07\x12\x07pytorch", &[Onnx]),
        ("readme.md", b"# hello", &[]),
        ("empty", b"", &[]),
    ];
    for (path, head, expected) in cases {
        assert_eq!(detect::candidates(path, head), expected, "{path}");
    }
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => walk(&path, found),
            false => found.push(path),
        }
    }
}

/// Maps one file of a set from memory and counts the bytes the reader asked for.
fn map_counted(
    files: &[InputFile],
    contents: &[Vec<u8>],
    kind: detect::FormatKind,
    file: usize,
) -> (Result<FileMap, FormatError>, u64) {
    let mut asked = 0;
    let mut mapper = Mapper::new(Rc::new(files.to_vec()), |source| detect::read(kind, source, file));
    loop {
        match mapper.poll() {
            Progress::Done(result) => return (result, asked),
            Progress::Need(needs) => {
                for need in needs {
                    asked += need.len;
                    let start = need.offset as usize;
                    mapper.supply(need, contents[need.file][start..start + need.len as usize].to_vec());
                }
            }
        }
    }
}

/// TENSORPRESS_MODELS names a folder of model files (any depth). Every ONNX, TFLite and TensorFlow.js
/// model among them must map, and models above 1 MB must be nearly all tensors.
#[test]
fn real_models_are_nearly_all_tensors() {
    let Ok(root) = std::env::var("TENSORPRESS_MODELS") else {
        println!("skipped: set TENSORPRESS_MODELS to a folder of model files");
        return;
    };
    let mut paths = Vec::new();
    walk(Path::new(&root), &mut paths);
    paths.sort();
    let mut mapped = 0;
    for path in &paths {
        let name = path.to_string_lossy().into_owned();
        let relevant = name.ends_with(".onnx") || name.ends_with(".tflite") || name.ends_with("model.json");
        if !relevant {
            continue;
        }
        // The model and what lies beside it.
        let mut beside: Vec<PathBuf> = vec![path.clone()];
        if !name.ends_with(".tflite") {
            let all = std::fs::read_dir(path.parent().unwrap())
                .unwrap()
                .flatten()
                .map(|entry| entry.path());
            let shards = all.filter(|other| other.extension().is_some_and(|e| e == "bin" || e == "data"));
            beside.extend(shards);
        }
        let contents: Vec<Vec<u8>> = beside.iter().map(|path| std::fs::read(path).unwrap()).collect();
        let files: Vec<InputFile> = beside
            .iter()
            .zip(&contents)
            .map(|(path, bytes)| InputFile {
                path: path.to_string_lossy().into_owned(),
                len: bytes.len() as u64,
            })
            .collect();
        let head = &contents[0][..contents[0].len().min(HEAD_LEN)];
        let kind = detect::candidates(&name, head)[0];
        let (result, asked) = map_counted(&files, &contents, kind, 0);
        let map = result.unwrap_or_else(|error| panic!("{name}: {error}"));
        let total: u64 = files.iter().map(|file| file.len).sum();
        let listed: u64 = map
            .tensors
            .iter()
            .flat_map(|tensor| &tensor.spans)
            .map(|span| span.len)
            .sum();
        let (tensors, notes) = (map.tensors.len(), map.notes.clone());
        let layout = layout::build(&files, vec![(0, map)]);
        layout.validate(&files).unwrap();
        assert!(!layout.formats[0].is_empty(), "{name}: {:?}", layout.notes);
        mapped += 1;
        if total > 500_000 {
            let share = 100.0 * (total - layout.skeleton_len()) as f64 / total as f64;
            println!(
                "{name}: {total} bytes, {tensors} tensors, listed {listed}, payload {share:.2}%, read {asked}, {notes:?}"
            );
            assert!(share > 80.0, "{name}: only {share:.2}% of the bytes have a payload");
        }
    }
    println!("{mapped} models mapped");
    assert!(mapped > 0, "no model in {root}");
}

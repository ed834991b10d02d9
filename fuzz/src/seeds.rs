//! Valid inputs to start from: saved ones for the readers, made here for the codecs.

use crate::case::Case;
use crate::random::Random;
use crate::targets::archive::take_apart;
use crate::targets::codec::LAYOUTS;
use crate::targets::recipe::COLUMNS;
use crate::targets::{self, Seeds, Target};
use std::path::Path;
use tensorpress_engine::codec::{self, Effort, Layout, Scratch};
use tensorpress_engine::job::encode_job;
use tensorpress_engine::{Options, compress};
use tensorpress_entropy as entropy;

const EFFORTS: [Effort; 3] = [Effort::Fast, Effort::Default, Effort::Max];

/// All seeds of a target, and its saved regressions.
pub fn load(target: &Target) -> Result<Vec<Case>, String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut cases = Vec::new();
    match target.seeds {
        Seeds::Files => saved(&here.join("seeds").join(target.name), &mut cases)?,
        Seeds::AllFiles => cases = files(here)?,
        Seeds::Archives => archives(here, &mut cases)?,
        Seeds::Planes => cases.extend(
            planes()
                .into_iter()
                .map(|(len, plane)| Case::one(len.to_string(), plane)),
        ),
        Seeds::Bodies(kind) => {
            let wanted = planes().into_iter().filter(|(_, plane)| plane[0] == kind);
            cases.extend(wanted.map(|(len, plane)| Case::one(len.to_string(), &plane[prefix(&plane)..])));
        }
        Seeds::Grids => grids(&mut cases),
        Seeds::Blocks => {
            blocks(&mut cases);
            approximated(&mut cases)?;
        }
        Seeds::Recipes => recipes(&mut cases),
        Seeds::Contents => cases.extend(contents().into_iter().map(|(name, _, raw)| Case::one(name, raw))),
    }
    saved(&here.join("../tests/regressions").join(target.name), &mut cases)?;
    Ok(cases)
}

/// The seeds of all readers.
fn files(here: &Path) -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    for reader in targets::ALL.iter().filter(|target| target.seeds == Seeds::Files) {
        saved(&here.join("seeds").join(reader.name), &mut cases)?;
    }
    Ok(cases)
}

/// Reads the saved inputs of a folder, in the order of their names; a missing folder has none.
fn saved(folder: &Path, cases: &mut Vec<Case>) -> Result<(), String> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(());
    };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let bytes = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        cases.push(Case::from_bytes(&bytes).ok_or(format!("{} is not a saved input", path.display()))?);
    }
    Ok(())
}

/// Archives of the readers' seeds: in parts, and one as it is.
fn archives(here: &Path, cases: &mut Vec<Case>) -> Result<(), String> {
    for input in files(here)? {
        let (bytes, _) = compress(&input.files, &Options::default()).map_err(|error| error.to_string())?;
        cases.push(take_apart(&bytes));
        cases.push(Case::one("raw", bytes));
    }
    Ok(())
}

/// Coded planes of every kind, with their decoded lengths.
fn planes() -> Vec<(usize, Vec<u8>)> {
    let random = Random::new(3);
    let mut all = Vec::new();
    for count in [1, 3, 64, 1000, 20_000] {
        for spread in [0.0, 0.05, 0.3, 1.0, 4.0, 40.0, 1000.0] {
            let mut plane = Vec::new();
            for _ in 0..count {
                let normal = (0..12).map(|_| random.unit()).sum::<f64>() - 6.0;
                plane.push(((normal * spread) as i64 + 120) as u8);
            }
            for effort in [entropy::Effort::Fast, entropy::Effort::Max] {
                let mut coded = Vec::new();
                entropy::encode_plane(&plane, effort, &mut coded);
                all.push((count, coded));
            }
        }
    }
    all.sort();
    all.dedup();
    all
}

/// Bytes of a plane's kind and length.
fn prefix(plane: &[u8]) -> usize {
    match plane[0] {
        4 => 2 + plane[1..].iter().position(|&byte| byte < 0x80).unwrap_or(0),
        _ => 5,
    }
}

/// Grids of codes near zero and far from it, of rows of one size and of many, with and without a trellis.
fn grids(cases: &mut Vec<Case>) {
    let random = Random::new(9);
    for columns in [1, 30, 100] {
        for spread in [0.3, 2.0, 60.0, 3000.0] {
            let mut codes = Vec::new();
            for place in 0..columns * 40 {
                let normal = (0..12).map(|_| random.unit()).sum::<f64>() - 6.0;
                let row = 1.0 + (place / columns % 8) as f64;
                codes.push((normal * spread * row).clamp(-32767.0, 32767.0) as i16);
            }
            let scales = entropy::grid::Scales::of_codes(&codes, columns);
            for log_states in [0, 2, 5] {
                let grid = entropy::grid::Grid {
                    columns: columns as u32,
                    step: 0.01,
                    offsets: [-9, 3, 0],
                    trellis: entropy::grid::Trellis::new(log_states),
                };
                let source = entropy::grid::Source {
                    grid,
                    codes: &codes,
                    scales: &scales,
                    contexts: 8,
                };
                let mut payload = Vec::new();
                assert!(entropy::grid::encode(&source, &mut payload));
                cases.push(Case::one(codes.len().to_string(), payload));
            }
        }
    }
}

/// Every content of [`contents`] encoded with every effort; the name says how to decode it.
fn blocks(cases: &mut Vec<Case>) {
    let mut scratch = Scratch::default();
    for (name, layout, raw) in contents() {
        for effort in EFFORTS {
            let mut encoded = Vec::new();
            codec::encode_block(layout, effort, &raw, &mut encoded, &mut scratch);
            cases.push(Case::one(name.clone(), encoded));
        }
    }
}

/// Chains that lead to every kind of block and every form of its fields.
const CHAINS: [&str; 14] = [
    r#"{"rate":{"step":0.01}}"#,
    r#"{"rate":{"step":0.01,"trellis":3}}"#,
    r#"{"quantize":{}}"#,
    r#"{"quantize":{"bits":3,"group":16,"method":"hqq"}}"#,
    r#"{"quantize":{"bits":4,"scale":"double"}}"#,
    r#"{"quantize":{"bits":10,"symmetric":false}}"#,
    r#"{"nf4":{}}"#,
    r#"{"fp4":{}}"#,
    r#"{"fp8":{}}"#,
    r#"{"ternarize":{}}"#,
    r#"{"factorize":{"rank":4,"sparse":0.01}}"#,
    r#"{"clip":{"sigma":2}},{"cluster":{"clusters":9}}"#,
    r#"{"prune":{"pattern":"2:4"}},{"float":{"to":"f16"}}"#,
    r#"{"prune":{"sparsity":0.8,"global":true}},{"binarize":{}}"#,
];

/// Bytes of fp32 weights of a matrix.
fn matrix(rows: usize, random: &Random) -> Vec<u8> {
    let mut raw = Vec::new();
    for index in 0..rows * COLUMNS {
        element(Layout::F32, 0, index, random, &mut raw);
    }
    raw
}

/// Recipes of every chain, with and without budgets.
fn recipes(cases: &mut Vec<Case>) {
    let random = Random::new(21);
    let mut add = |text: String| {
        let weights = ("weights".to_owned(), matrix(32, &random));
        cases.push(Case {
            files: vec![("recipe".to_owned(), text.into_bytes()), weights],
        });
    };
    for chain in CHAINS {
        add(format!(
            r#"{{"rules":[{{"match":{{"rank":2}},"chain":[{chain}]}}],"maxError":0.05}}"#
        ));
    }
    for budget in [
        r#""targetBytes":3000"#,
        r#""bitsPerWeight":2.5"#,
        r#""sqnr":20"#,
        r#""maxError":0.01"#,
    ] {
        add(format!(
            r#"{{"rules":[{{"match":{{"name":"w*","dtype":["f32"]}},"chain":[{{"rate":{{}}}}],"weight":2}}],{budget}}}"#
        ));
    }
    for together in [
        r#"{"prune":{"sparsity":0.4,"global":true}},{"cluster":{"clusters":12,"shared":true}}"#,
        r#"{"cluster":{"clusters":5,"shared":true,"method":"lloyd","init":"density"}}"#,
        r#"{"factorize":{"budget":{"bitsPerWeight":6}}}"#,
        r#"{"factorize":{"budget":{"share":0.4},"factors":"int8"}}"#,
    ] {
        add(format!(r#"{{"rules":[{{"chain":[{together}]}}]}}"#));
    }
    add(r#"{"preset":"small","rules":[{"match":{"minSize":100,"file":"*.bin"},"chain":[]}]}"#.to_owned());
}

/// Blocks of weights that chains changed.
fn approximated(cases: &mut Vec<Case>) -> Result<(), String> {
    let random = Random::new(22);
    let mut scratch = Scratch::default();
    for chain in CHAINS {
        let raw = matrix(24, &random);
        let params = format!(
            r#"{{"layout":"f32","block":{},"effort":"default","lossy":{{"chain":[{chain}],"shape":[24,{COLUMNS}],"axis":0,"first":0,"salt":1,"threshold":0.05}}}}"#,
            raw.len()
        );
        let params = tensorpress_json::from_text(&params).map_err(|error| error.to_string())?;
        let (mut block, mut meta) = (Vec::new(), Vec::new());
        encode_job(&params, &raw, &mut block, &mut meta, &mut scratch).map_err(|error| error.to_string())?;
        cases.push(Case::one(format!("f32/{}", raw.len()), block));
    }
    Ok(())
}

/// What blocks hold, in every layout: weights, few values, zeros between weights, small integers, noise.
fn contents() -> Vec<(String, Layout, Vec<u8>)> {
    let random = Random::new(5);
    let mut all = Vec::new();
    for (layout_name, layout) in LAYOUTS {
        for kind in 0..8 {
            for count in [1, 130, 3000] {
                let mut raw = Vec::new();
                for index in 0..count {
                    element(layout, kind, index, &random, &mut raw);
                }
                all.push((format!("{layout_name}/{}", raw.len()), layout, raw));
            }
        }
    }
    all
}

fn element(layout: Layout, kind: usize, index: usize, random: &Random, out: &mut Vec<u8>) {
    // The sum of twelve uniform numbers is near enough to a normal one.
    let normal = (0..12).map(|_| random.unit()).sum::<f64>() - 6.0;
    let value = match kind {
        0 => normal * 0.05,
        1 => (normal * 2.0).round() * 0.125,
        2 if random.below(10) != 0 => 0.0,
        2 => normal,
        3 => 0.25,
        4 if random.below(50) == 0 => f64::NAN,
        4 => normal * 1e-40,
        5 => f64::from((normal * 64.0) as i8) / 64.0,
        6 => index as f64,
        _ => f64::from_bits(random.bits()),
    };
    match layout {
        Layout::F64 => out.extend_from_slice(&value.to_le_bytes()),
        Layout::F32 => out.extend_from_slice(&(value as f32).to_le_bytes()),
        Layout::Bf16 => out.extend_from_slice(&(value as f32).to_le_bytes()[2..]),
        // Rounded towards zero and without the range: close enough to what half precision holds.
        Layout::F16 => {
            let bits = (value as f32).to_bits();
            let exponent = ((bits >> 23 & 0xff) as i32 - 112).clamp(0, 31) as u32;
            let half = (bits >> 16 & 0x8000) | exponent << 10 | (bits >> 13 & 0x3ff);
            out.extend_from_slice(&(half as u16).to_le_bytes());
        }
        Layout::W8 => out.extend_from_slice(&((value * 100.0) as i64).to_le_bytes()),
        Layout::W4 => out.extend_from_slice(&((value * 100.0) as i32).to_le_bytes()),
        Layout::W2 => out.extend_from_slice(&((value * 100.0) as i16).to_le_bytes()),
        Layout::U8 | Layout::Opaque => out.push((value * 20.0) as i32 as u8),
    }
}

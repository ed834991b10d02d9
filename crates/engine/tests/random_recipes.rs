//! Random recipes over random weights: whatever they do, the archive decodes to what the report says, within what was asked
//! for.

mod support;

use support::{bf16_bytes, f32_bytes, noise, safetensors, weights};
use tensorpress_engine::codec::number::Number;
use tensorpress_engine::recipe::Recipe;
use tensorpress_engine::report::Quality;
use tensorpress_engine::{Options, compress, decompress};

const CASES: u64 = 400;

/// Steps with all that they may be told; those of the first row leave their width to the planner.
const OPEN: [&str; 4] = [
    r#"{"rate":{}}"#,
    r#"{"rate":{"relative":true,"trellis":3}}"#,
    r#"{"rate":{"lambda":0,"contexts":1,"passes":1}}"#,
    r#"{"rate":{"trellis":2,"lambda":2}}"#,
];
const STEPS: [&str; 40] = [
    r#"{"rate":{"step":0.01}}"#,
    r#"{"rate":{"step":0.2,"relative":true,"trellis":5}}"#,
    r#"{"rate":{"step":1e-12}}"#,
    r#"{"clip":{"min":-0.02,"max":0.03}}"#,
    r#"{"clip":{"max":-0.01}}"#,
    r#"{"clip":{"percentile":99}}"#,
    r#"{"clip":{"sigma":0.5,"per":"channel"}}"#,
    r#"{"prune":{"sparsity":0.5}}"#,
    r#"{"prune":{"sparsity":1}}"#,
    r#"{"prune":{"sparsity":0.3,"by":"random","seed":7}}"#,
    r#"{"prune":{"sparsity":0.4,"global":true}}"#,
    r#"{"prune":{"sparsity":0.2,"of":"channels","norm":"l1"}}"#,
    r#"{"prune":{"threshold":0.01}}"#,
    r#"{"prune":{"pattern":"2:4"}}"#,
    r#"{"prune":{"positions":[0,5,70,100000]}}"#,
    r#"{"cluster":{"clusters":2}}"#,
    r#"{"cluster":{"clusters":300,"method":"lloyd","init":"random","seed":3}}"#,
    r#"{"cluster":{"clusters":16,"shared":true}}"#,
    r#"{"cluster":{"clusters":9,"codebook":[-0.1,0.05,0.2]}}"#,
    r#"{"binarize":{}}"#,
    r#"{"ternarize":{"keep":"best","per":"tensor"}}"#,
    r#"{"factorize":{"rank":3}}"#,
    r#"{"factorize":{"energy":0.8,"sparse":0.02,"factors":"int8"}}"#,
    r#"{"factorize":{"budget":{"share":0.3}}}"#,
    r#"{"quantize":{}}"#,
    r#"{"quantize":{"bits":1,"group":16}}"#,
    r#"{"quantize":{"bits":4,"method":"search","norm":1,"scale":"f32"}}"#,
    r#"{"quantize":{"bits":3,"method":"hqq","group":64,"scale":"bf16"}}"#,
    r#"{"quantize":{"bits":16,"per":"tensor"}}"#,
    r#"{"quantize":{"range":[-5,9],"scale":"double","per":"group"}}"#,
    r#"{"quantize":{"bits":5,"zeros":"f16","axis":1}}"#,
    r#"{"nf4":{"scale":"double"}}"#,
    r#"{"nf4":{"group":17,"axis":3}}"#,
    r#"{"fp4":{}}"#,
    r#"{"fp4":{"scale":"e4m3","group":100}}"#,
    r#"{"fp8":{"format":"e5m2","per":"none"}}"#,
    r#"{"fp8":{"scale":"f16"}}"#,
    r#"{"float":{"to":"f16","overflow":"infinity"}}"#,
    r#"{"float":{"to":"bf16"}}"#,
    r#"{"float":{"to":"f16","overflow":"error"}}"#,
];

/// Random numbers, the same each time.
struct Random(Vec<u8>, usize);

impl Random {
    fn new(seed: u64) -> Self {
        Random(noise(1 << 12, seed + 1), 0)
    }

    fn below(&mut self, most: usize) -> usize {
        self.1 += 2;
        usize::from(u16::from_le_bytes([self.0[self.1], self.0[self.1 + 1]])) % most
    }

    fn of<'a>(&mut self, items: &[&'a str]) -> &'a str {
        items[self.below(items.len())]
    }
}

/// Weights as they are found in models, and as they are not.
fn content(count: usize, random: &mut Random, seed: u64) -> Vec<f32> {
    let mut values = weights(count, seed);
    let place = random.below(count.max(1));
    let odd = random.below(14);
    for (index, value) in values.iter_mut().enumerate() {
        *value = match odd {
            0 => 0.0,
            1 => -0.1,
            2 => *value * 1e-38,
            3 => *value * 1e38,
            4 if index == place => f32::NAN,
            5 if index == place => *value * 1e7,
            6 if index % 9 > 0 => 0.0,
            7 => (*value * 60.0).round() / 60.0,
            8 => value.signum() * 0.05,
            9 => value.abs() + 1.0,
            10 => *value * 100.0,
            _ => *value,
        };
    }
    values
}

/// Name, element type, shape and bytes.
type Given = (String, &'static str, Vec<u64>, Vec<u8>);

fn tensor(index: usize, random: &mut Random, seed: u64) -> Given {
    const SHAPES: [&[u64]; 11] = [
        &[],
        &[0, 7],
        &[2000],
        &[1, 1500],
        &[1500, 1, 1],
        &[64, 48],
        &[33, 70],
        &[100, 16],
        &[16, 8, 3, 3],
        &[2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2],
        &[130, 32],
    ];
    let shape = SHAPES[random.below(SHAPES.len())].to_vec();
    let values = content(shape.iter().product::<u64>() as usize, random, seed);
    let name = random.of(&["layer.weight", "head.weight", "layer.bias"]);
    let (dtype, bytes) = match random.below(6) {
        0 => ("BF16", bf16_bytes(&values)),
        1 => ("F64", values.iter().flat_map(|&w| f64::from(w).to_le_bytes()).collect()),
        2 => {
            let mut halves = vec![0; values.len() * 2];
            Number::Half.write(&values, &mut halves);
            ("F16", halves)
        }
        _ => ("F32", f32_bytes(&values)),
    };
    (format!("{index}.{name}"), dtype, shape, bytes)
}

fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 0x3ff));
    let size = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction > 0.0 => f64::NAN,
        31 => f64::INFINITY,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    };
    if bits >> 15 == 0 { size } else { -size }
}

fn numbers(dtype: &str, bytes: &[u8]) -> Vec<f64> {
    fn each<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f64) -> Vec<f64> {
        bytes.chunks(N).map(|one| number(one.try_into().unwrap())).collect()
    }
    match dtype {
        "F64" => each(bytes, f64::from_le_bytes),
        "F32" => each(bytes, |one| f32::from_le_bytes(one).into()),
        "F16" => each(bytes, |one| half(u16::from_le_bytes(one))),
        _ => each(bytes, |[low, high]| f32::from_le_bytes([0, 0, low, high]).into()),
    }
}

fn near(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-9 * expected.abs().max(1e-30)
}

/// Compares what a report says of a tensor with its numbers.
fn compare(quality: &Quality, before: &[f64], after: &[f64], shown: &str) {
    let count = before.len() as f64;
    let pairs = || before.iter().zip(after).filter(|(a, _)| a.is_finite());
    let sum = |of: &dyn Fn(f64, f64) -> f64| pairs().map(|(a, b)| of(*a, *b)).sum::<f64>();
    let most = pairs().map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    let (signal, noise) = (sum(&|a, _| a * a), sum(&|a, b| (a - b) * (a - b)));
    assert_eq!(quality.weights as usize, before.len(), "{shown}");
    assert_eq!(quality.max_error, most, "{shown}");
    assert_eq!(quality.sqnr.is_some(), noise > 0.0, "{shown}");
    assert!(
        near(quality.mean_error, sum(&|a, b| (a - b).abs()) / count.max(1.0)),
        "{shown}"
    );
    assert!(
        near(quality.sparsity, sum(&|_, b| f64::from(b == 0.0)) / count.max(1.0)),
        "{shown}"
    );
    if let Some(found) = quality.sqnr.filter(|_| signal > 0.0) {
        assert!(
            near(found, 10.0 * (signal / noise).log10()) || found.abs() < 1e-6,
            "{shown}: {found}"
        );
        let length = (signal * sum(&|_, b| b * b)).sqrt();
        let cosine = if length == 0.0 {
            0.0
        } else {
            sum(&|a, b| a * b) / length
        };
        assert!((quality.cosine - cosine).abs() < 1e-9, "{shown}: {}", quality.cosine);
    }
}

/// A recipe, and what it asks for.
struct Asked {
    text: String,
    sqnr: Option<f64>,
    max_error: Option<f64>,
    target: Option<u64>,
}

fn recipe(random: &mut Random) -> Asked {
    let open = random.below(3) == 0;
    let mut rules = Vec::new();
    for _ in 0..1 + random.below(2) {
        let chain: Vec<&str> = match open {
            true => vec![random.of(&OPEN)],
            false => (0..1 + random.below(3)).map(|_| random.of(&STEPS)).collect(),
        };
        let of = random.of(&["*", "*.weight", "?.layer.*"]);
        let weight = random.of(&["", r#","weight":4"#, r#","weight":0.3"#]);
        rules.push(format!(
            r#"{{"match":{{"name":"{of}"}},"chain":[{}]{weight}}}"#,
            chain.join(",")
        ));
    }
    let mut asked = Asked {
        text: String::new(),
        sqnr: None,
        max_error: (random.below(4) == 0).then(|| [0.0, 1e-3, 0.05, 1e30][random.below(4)]),
        target: None,
    };
    let mut text = format!(r#"{{"rules":[{}]"#, rules.join(","));
    match random.below(3) {
        _ if !open => {}
        0 => asked.target = Some([3000, 9000, 30_000][random.below(3)]),
        _ => asked.sqnr = Some([3.0, 20.0, 45.0, 60.0, 90.0, 130.0][random.below(6)]),
    }
    let numbers = [
        ("sqnr", asked.sqnr),
        ("maxError", asked.max_error),
        ("targetBytes", asked.target.map(|bytes| bytes as f64)),
    ];
    for (name, number) in numbers {
        text += &number.map_or_else(String::new, |number| format!(r#","{name}":{number}"#));
    }
    asked.text = text + "}";
    asked
}

#[test]
fn archives_are_what_recipes_ask_for_and_reports_say() {
    let (mut made, mut changed) = (0, 0);
    for seed in 0..CASES {
        let random = &mut Random::new(seed);
        let tensors: Vec<Given> = (0..1 + random.below(4))
            .map(|index| tensor(index, random, seed * 4 + index as u64))
            .collect();
        let list: Vec<_> = tensors
            .iter()
            .map(|(name, dtype, shape, bytes)| (&name[..], *dtype, &shape[..], &bytes[..]))
            .collect();
        let file = safetensors(&list);
        let asked = recipe(random);
        let options = Options {
            recipe: match Recipe::from_json(&asked.text) {
                Ok(recipe) => Some(recipe),
                // Of steps that are settled for several tensors together a chain has one at most.
                Err(error) => {
                    assert!(error.to_string().contains("settled for all"), "{}: {error}", asked.text);
                    continue;
                }
            },
            ..Options::default()
        };
        let shown = format!("case {seed}, {}", asked.text);
        let (archive, report) = match compress(&[("m.safetensors".to_owned(), file.clone())], &options) {
            Ok(compressed) => compressed,
            // A budget that is too small, or an axis that a tensor has not.
            Err(error) => {
                assert_eq!(error.code(), "invalid-option", "{shown}: {error}");
                assert!(asked.target.is_some(), "{shown}: {error}");
                continue;
            }
        };
        made += 1;
        assert_eq!(report.encoded, archive.len() as u64, "{shown}");
        assert!(
            asked.target.is_none_or(|most| report.encoded <= most),
            "{shown}: {}",
            report.encoded
        );
        let restored = &decompress(&archive).unwrap()[0].1;
        let data = file.len() - tensors.iter().map(|(.., bytes)| bytes.len()).sum::<usize>();
        assert_eq!(restored[..data], file[..data], "{shown}");
        assert_eq!(
            (restored.len(), report.tensors.len()),
            (file.len(), tensors.len()),
            "{shown}"
        );
        let mut at = data;
        for (name, dtype, _, before) in &tensors {
            let after = &restored[at..at + before.len()];
            at += before.len();
            let shown = format!("{shown}: {name}");
            let line = report.tensors.iter().find(|line| line.name == *name).unwrap();
            let Some(quality) = &line.quality else {
                assert!(before[..] == *after && line.chain.is_empty(), "{shown}");
                continue;
            };
            let numbers = [&before[..], after].map(|bytes| numbers(dtype, bytes));
            compare(quality, &numbers[0], &numbers[1], &shown);
            assert!(asked.max_error.is_none_or(|most| quality.max_error <= most), "{shown}");
            let finite = numbers[0].iter().all(|number| number.is_finite());
            assert!(finite || before[..] == *after, "{shown}");
            changed += usize::from(before[..] != *after);
        }
        if let (Some(wanted), Some(quality)) = (asked.sqnr, &report.quality) {
            assert!(
                quality.sqnr.is_none_or(|found| found >= wanted),
                "{shown}: {:?}",
                quality.sqnr
            );
        }
    }
    assert!(made > CASES / 2 && changed > 150, "{made} archives, {changed} tensors");
}

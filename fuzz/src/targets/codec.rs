//! Blocks, and the way there and back.

use crate::case::Case;
use tensorpress_engine::codec::{self, Effort, Layout, Scratch};

/// Every layout by its name.
pub const LAYOUTS: [(&str, Layout); 9] = [
    ("opaque", Layout::Opaque),
    ("u8", Layout::U8),
    ("w2", Layout::W2),
    ("w4", Layout::W4),
    ("w8", Layout::W8),
    ("f16", Layout::F16),
    ("bf16", Layout::Bf16),
    ("f32", Layout::F32),
    ("f64", Layout::F64),
];

/// The layout and the decoded length that a part's name gives, as in `bf16/4096`.
fn parameters(name: &str) -> (Layout, usize) {
    let (layout, len) = name.split_once('/').expect("a name such as bf16/4096");
    let layout = LAYOUTS
        .iter()
        .find(|(known, _)| *known == layout)
        .expect("a known layout")
        .1;
    (layout, len.parse().expect("a decoded length"))
}

/// A block decodes to its length or is refused; what it decodes to survives encoding again.
pub fn block(case: &Case) {
    let mut scratch = Scratch::default();
    for (name, encoded) in &case.files {
        let (layout, len) = parameters(name);
        let mut decoded = vec![0; len];
        if codec::decode_block(layout, encoded, &mut decoded, &mut scratch).is_ok() {
            encode_and_check(layout, Effort::Default, &decoded, &mut scratch);
        }
    }
}

fn encode_and_check(layout: Layout, effort: Effort, raw: &[u8], scratch: &mut Scratch) {
    let mut encoded = Vec::new();
    codec::encode_block(layout, effort, raw, &mut encoded, scratch);
    assert!(
        encoded.len() <= raw.len() + 1,
        "{} bytes became {}",
        raw.len(),
        encoded.len()
    );
    // Whatever was there before must not show.
    let mut decoded = vec![0xa5; raw.len()];
    if let Err(error) = codec::decode_block(layout, &encoded, &mut decoded, scratch) {
        panic!("an encoded block is refused: {error}");
    }
    assert!(
        decoded == raw,
        "{} bytes came back changed as {layout:?} with {effort:?}",
        raw.len()
    );
}

/// Any bytes, in any layout and with any effort, come back as they were.
pub fn roundtrip(case: &Case) {
    let mut scratch = Scratch::default();
    for (name, raw) in &case.files {
        let (layout, _) = parameters(name);
        for effort in [Effort::Fast, Effort::Default, Effort::Max] {
            encode_and_check(layout, effort, raw, &mut scratch);
        }
    }
}

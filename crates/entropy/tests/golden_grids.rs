//! Grids that were written once are readable for ever (tests/golden/README.md).

use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use tensorpress_entropy::grid::{decode_codes, decode_values};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/grid")
}

fn hash(bytes: impl Iterator<Item = u8>) -> String {
    let bytes: Vec<u8> = bytes.collect();
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn every_grid_is_decoded() {
    let text = std::fs::read_to_string(folder().join("expected.json")).expect("the list is there");
    let list: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).expect("the list is JSON");
    let mut trellises = std::collections::BTreeSet::new();
    for (name, expected) in &list {
        let payload = std::fs::read(folder().join(name)).expect("a payload");
        let elements = expected["elements"].as_u64().expect("a number") as usize;
        let mut codes = vec![0; elements];
        let grid = decode_codes(&payload, &mut codes).unwrap_or_else(|error| panic!("{name}: {error}"));
        trellises.insert(grid.trellis.map_or(0, |trellis| trellis.log_states()));
        let mut weights = vec![0f32; elements];
        assert_eq!(decode_values(&payload, &mut weights), Ok(grid), "{name}");
        assert_eq!(
            hash(codes.iter().flat_map(|code| code.to_le_bytes())),
            expected["codes"],
            "{name}"
        );
        let bytes = weights.iter().flat_map(|weight| weight.to_le_bytes());
        assert_eq!(hash(bytes), expected["weights"], "{name}");
    }
    assert_eq!(list.len(), 13);
    assert!(trellises.into_iter().eq([0, 2, 3, 4, 5]));
}

//! Coded planes and the coders by themselves.

use crate::case::Case;
use tensorpress_entropy::grid::{Scales, Source, decode_codes, decode_values, encode};
use tensorpress_entropy::{CodingError, Effort, ans, decode_plane, encode_plane, huffman};

/// The decoded length that a part's name gives.
fn length(name: &str) -> usize {
    name.parse().expect("a decoded length")
}

/// A plane decodes or is refused, takes no more bytes than there are, leaves no byte of the target
/// as it was, and what it decodes to survives coding again.
pub fn plane(case: &Case) {
    for (name, input) in &case.files {
        let mut decoded = vec![0; length(name)];
        let mut again = vec![0xff; decoded.len()];
        let Ok(used) = decode_plane(input, &mut decoded) else {
            continue;
        };
        assert!(used <= input.len(), "{used} of {} bytes used", input.len());
        assert_eq!(decode_plane(&input[..used], &mut again), Ok(used), "the plane alone");
        assert!(decoded == again, "what was in the target shows");
        for effort in [Effort::Fast, Effort::Default, Effort::Max] {
            let mut encoded = Vec::new();
            encode_plane(&decoded, effort, &mut encoded);
            assert!(
                encoded.len() <= decoded.len() + 1,
                "{} bytes became {}",
                decoded.len(),
                encoded.len()
            );
            assert_eq!(decode_plane(&encoded, &mut again), Ok(encoded.len()), "{effort:?}");
            assert!(decoded == again, "came back changed with {effort:?}");
        }
    }
}

/// As [`plane`], without the plane's own header.
pub fn huffman(case: &Case) {
    payload(case, huffman::decode::decode);
}

/// As [`huffman`], for rANS.
pub fn rans(case: &Case) {
    payload(case, ans::decode::decode);
    payload(case, ans::decode::decode_eight);
}

/// A grid decodes or is refused; its codes survive coding again, and its weights are as many and finite.
pub fn grid(case: &Case) {
    for (name, input) in &case.files {
        let mut codes = vec![0; length(name)];
        let mut weights = vec![f32::NAN; codes.len()];
        let Ok(grid) = decode_codes(input, &mut codes) else {
            assert!(decode_values(input, &mut weights).is_err(), "weights without codes");
            continue;
        };
        assert_eq!(decode_values(input, &mut weights), Ok(grid));
        assert!(
            weights.iter().all(|weight| weight.is_finite()),
            "a weight is not finite"
        );
        let source = Source {
            grid,
            codes: &codes,
            scales: &Scales::of_codes(&codes, grid.columns as usize),
            contexts: 8,
        };
        let (mut again, mut payload) = (vec![0; codes.len()], Vec::new());
        assert!(encode(&source, &mut payload), "what was decoded cannot be encoded");
        assert_eq!(decode_codes(&payload, &mut again), Ok(grid));
        assert!(codes == again, "codes came back changed");
    }
}

fn payload(case: &Case, decode: impl Fn(&[u8], &mut [u8]) -> Result<(), CodingError>) {
    for (name, input) in &case.files {
        let mut decoded = vec![0; length(name)];
        let mut again = vec![0xff; decoded.len()];
        if decode(input, &mut decoded).is_ok() {
            assert_eq!(decode(input, &mut again), Ok(()));
            assert!(decoded == again, "what was in the target shows");
        }
    }
}

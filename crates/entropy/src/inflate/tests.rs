use super::*;
use miniz_oxide::deflate::{compress_to_vec, core};
use proptest::prelude::*;

/// Text, runs and noise, as long as asked.
fn content(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut bytes = Vec::new();
    while bytes.len() < length {
        match next() % 4 {
            0 => bytes.extend(std::iter::repeat_n(next() as u8, (next() % 400) as usize)),
            1 => bytes.extend((0..next() % 300).map(|_| next() as u8)),
            2 => bytes.extend(format!("\"model.layers.{}.weight\":[{},", next() % 90, next() % 4096).bytes()),
            _ => {
                let from = next() as usize % bytes.len().max(1);
                let again = bytes[from..(from + 1000).min(bytes.len())].to_vec();
                bytes.extend(again);
            }
        }
    }
    bytes.truncate(length);
    bytes
}

#[test]
fn every_level_comes_back() {
    for (seed, length) in [(1, 0), (2, 1), (3, 300), (4, 70_000), (5, 300_000)] {
        let bytes = content(seed, length);
        // 0 stores.
        for level in 0..=10 {
            let deflated = compress_to_vec(&bytes, level);
            let mut back = vec![0xAA; length];
            assert!(
                inflate(&deflated, &mut back) && back == bytes,
                "level {level}, {length} bytes"
            );
            let mut short = vec![0; length.saturating_sub(1)];
            assert!(length == 0 || !inflate(&deflated, &mut short));
            assert!(!inflate(&deflated, &mut vec![0; length + 1]));
            assert!(!inflate(&[&deflated[..], &[0]].concat(), &mut back));
            assert!(!inflate(&deflated[..deflated.len() - 1], &mut back));
        }
    }
}

#[test]
fn fixed_codes_come_back() {
    let bytes = content(6, 50_000);
    let flags = core::create_comp_flags_from_zip_params(6, 0, 4);
    let mut compressor = core::CompressorOxide::new(flags);
    let mut deflated = vec![0; 100_000];
    let (status, _, written) = core::compress(&mut compressor, &bytes, &mut deflated, core::TDEFLFlush::Finish);
    assert_eq!(status, core::TDEFLStatus::Done);
    assert_eq!(deflated[0] >> 1 & 3, 1, "a block with the fixed codes");
    let mut back = vec![0; bytes.len()];
    assert!(inflate(&deflated[..written], &mut back));
    assert_eq!(back, bytes);
}

#[test]
fn starts_come_back() {
    let bytes = content(7, 200_000);
    for level in 0..=10 {
        let deflated = compress_to_vec(&bytes, level);
        let mut out = vec![0; bytes.len() + MAX_MATCH];
        assert_eq!(inflate_start(&deflated, &mut out), (bytes.len(), true));
        for wanted in [0, 1, 1000, 70_000, bytes.len() - 1] {
            let mut out = vec![0; wanted + MAX_MATCH];
            let (made, ended) = inflate_start(&deflated, &mut out);
            assert!(
                made >= wanted && (!ended || made == bytes.len()),
                "level {level}, {wanted} bytes: {made}"
            );
            assert_eq!(out[..made], bytes[..made]);
        }
        // What is cut gives less, but nothing wrong.
        for cut in [0, 1, 100, deflated.len() / 2, deflated.len() - 1] {
            let (made, ended) = inflate_start(&deflated[..cut], &mut out);
            assert!(!ended && made <= bytes.len(), "level {level}, {cut} bytes");
            assert_eq!(out[..made], bytes[..made]);
        }
    }
}

/// What the other implementation makes of it, where it fills both exactly.
fn reference(input: &[u8], length: usize) -> Option<Vec<u8>> {
    use miniz_oxide::inflate::TINFLStatus;
    use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};
    let mut out = vec![0; length];
    let flags = inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let (status, taken, written) = decompress(&mut DecompressorOxide::new(), input, &mut out, 0, flags);
    (status == TINFLStatus::Done && taken == input.len() && written == length).then_some(out)
}

#[test]
fn every_flipped_bit_is_judged_as_elsewhere() {
    let bytes = content(8, 60);
    // The first level stores: its lengths are what chance hardly ever damages.
    for level in [0, 1, 9] {
        let mut deflated = compress_to_vec(&bytes, level);
        for bit in 0..8 * deflated.len() {
            deflated[bit / 8] ^= 1 << (bit % 8);
            let mut out = vec![0; bytes.len()];
            let found = inflate(&deflated, &mut out).then_some(out);
            assert_eq!(found, reference(&deflated, bytes.len()), "level {level}, bit {bit}");
            deflated[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn damage_is_judged_as_elsewhere(
        seed in any::<u64>(),
        length in 0usize..600,
        level in 0u8..=10,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
        cut in prop::option::of(any::<prop::sample::Index>()),
        asked in 0usize..4,
    ) {
        let mut deflated = compress_to_vec(&content(seed, length), level);
        for (at, byte) in damage {
            let at = at.index(deflated.len());
            deflated[at] = byte;
        }
        if let Some(cut) = cut {
            deflated.truncate(cut.index(deflated.len()));
        }
        // Also lengths that damage may lead to.
        for length in [length, asked, length + asked] {
            let mut out = vec![0; length];
            let found = inflate(&deflated, &mut out).then_some(out);
            prop_assert_eq!(found, reference(&deflated, length));
        }
    }

    #[test]
    fn noise_is_judged_as_elsewhere(input in prop::collection::vec(any::<u8>(), 0..80), length in 0usize..300) {
        let mut out = vec![0; length];
        let found = inflate(&input, &mut out).then_some(out);
        prop_assert_eq!(found, reference(&input, length));
    }
}

use super::*;
use proptest::prelude::*;

const EFFORTS: [Effort; 3] = [Effort::Fast, Effort::Default, Effort::Max];

fn round_trip(src: &[u8], effort: Effort) -> Vec<u8> {
    let mut coded = vec![9];
    encode_plane(src, effort, &mut coded);
    let coded = coded.split_off(1);
    assert!(coded.len() <= src.len() + 1);
    let mut dst = vec![0xA5; src.len()];
    // What follows a plane is none of its business.
    let followed = [&coded[..], &[1, 2, 3]].concat();
    assert_eq!(decode_plane(&followed, &mut dst), Ok(coded.len()));
    assert_eq!(dst, src);
    coded
}

/// Bytes with a peak whose width is `spread`: 0 gives mostly one value, 255 gives noise.
fn peaked(count: usize, spread: u32, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    (0..count)
        .map(|_| {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            let (a, b) = ((state >> 33) as u32 % (spread + 1), (state >> 50) as u32 % (spread + 1));
            if state >> 60 < 12 {
                (a * b / (spread + 1)) as u8
            } else {
                0
            }
        })
        .collect()
}

#[test]
fn kinds_are_chosen_by_cost() {
    assert_eq!(round_trip(&[], Effort::Default), [RAW]);
    assert_eq!(round_trip(&[7], Effort::Default), [CONSTANT, 7]);
    assert_eq!(round_trip(&[3; 5000], Effort::Default), [CONSTANT, 3]);
    let noise = peaked(5000, 255, 1)
        .iter()
        .enumerate()
        .map(|(i, &b)| b ^ (i * 167) as u8)
        .collect::<Vec<_>>();
    assert_eq!(round_trip(&noise, Effort::Fast)[0], RAW);
    assert_eq!(round_trip(&peaked(5000, 40, 1), Effort::Fast)[0], HUFFMAN);
    let sparse = (0..5000).map(|i| u8::from(i % 17 == 0)).collect::<Vec<u8>>();
    assert_eq!(round_trip(&sparse, Effort::Fast)[0], LANES);
}

#[test]
fn truncated_and_flipped_planes_are_handled() {
    for spread in [1, 5, 60] {
        let src = peaked(900, spread, 5);
        for effort in EFFORTS {
            let coded = round_trip(&src, effort);
            let mut dst = vec![0u8; src.len()];
            for cut in 0..coded.len() {
                assert!(decode_plane(&coded[..cut], &mut dst).is_err());
            }
            for bit in 0..coded.len() * 8 {
                let mut flipped = coded.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                let _ = decode_plane(&flipped, &mut dst);
            }
            // A wrong length of the output is noticed, or gives another plane, but never a panic.
            for length in [0, 1, 899, 901, 5000] {
                let _ = decode_plane(&coded, &mut vec![0u8; length]);
            }
        }
    }
}

proptest! {
    #[test]
    fn round_trips(count in 0usize..4000, spread in 0u32..256, seed: u64) {
        let src = peaked(count, spread, seed);
        for effort in EFFORTS {
            round_trip(&src, effort);
        }
    }

    #[test]
    fn noise_is_refused_or_decoded(kind in 0u8..6, bytes in prop::collection::vec(any::<u8>(), 0..600), length in 0usize..3000) {
        let mut input = vec![kind];
        input.extend((bytes.len() as u32).to_le_bytes());
        input.extend(bytes);
        let _ = decode_plane(&input, &mut vec![0u8; length]);
    }
}

use super::decode::{decode, decode_eight};
use super::encode::{encode, encode_eight};
use super::normalize;
use super::spec::{read_frequencies, write_frequencies};
use crate::logarithm::entropy_bits;
use crate::reader::Reader;
use crate::{Effort, decode_plane, encode_plane};
use proptest::prelude::*;
use tensorpress_kernels::histogram::histogram;

/// The next state of a generator of random numbers, whose upper half is to be used.
fn next(state: &mut u64) -> u64 {
    *state = state
        .wrapping_mul(6364136223846793005)
        .wrapping_add(1442695040888963407);
    *state
}

/// `count` symbols of which one in `rarity` is not zero.
fn sparse(count: usize, rarity: u64, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    (0..count)
        .map(|_| {
            let state = next(&mut state);
            if (state >> 33).is_multiple_of(rarity) {
                1 + (state >> 50) as u8 % 3
            } else {
                0
            }
        })
        .collect()
}

#[test]
fn close_to_the_entropy_below_one_bit() {
    for rarity in [5, 8, 12] {
        let src = sparse(65536, rarity, 3);
        let bound = entropy_bits(histogram(&src).into_iter()) as f64 / 8.0;
        let mut coded = Vec::new();
        encode_plane(&src, Effort::Default, &mut coded);
        assert!(bound / 8192.0 < 1.05);
        assert!(
            (coded.len() as f64) < bound * 1.005,
            "{} bytes for {bound}",
            coded.len()
        );
    }
}

/// 64 Ki symbols, each the number of times, `last` at most, that a chance of `parts` in a thousand came up in a row.
fn geometric(parts: u64, last: u8) -> Vec<u8> {
    let mut state = 7u64;
    let mut comes_up = || (next(&mut state) >> 33) % 1000 < parts;
    (0..65536)
        .map(|_| (0..last).take_while(|_| comes_up()).count() as u8)
        .collect()
}

/// What a plane takes beyond its entropy hardly depends on how low that is: kind, length, table, eight states, the
/// length of the tail and the 16 bits that lane 0 ends with. So it is the share that grows below half a bit a symbol.
#[test]
fn few_bytes_over_the_entropy_at_any_skew() {
    for last in [1, 2, 7, 31] {
        for parts in [5, 15, 30, 60, 120, 160] {
            let src = geometric(parts, last);
            let entropy = entropy_bits(histogram(&src).into_iter()) as f64 / 8.0;
            let mut coded = Vec::new();
            encode_plane(&src, Effort::Default, &mut coded);
            let over = coded.len() as f64 - entropy;
            assert!(over < 24.0, "{over} bytes over {entropy}, {parts} of 1000 up to {last}");
            assert!(
                entropy < 0.55 * 8192.0 || over < entropy * 0.005,
                "{over} bytes over {entropy}, {parts} of 1000 up to {last}"
            );
            let mut decoded = vec![0; src.len()];
            assert_eq!(decode_plane(&coded, &mut decoded).unwrap(), coded.len());
            assert_eq!(decoded, src);
        }
    }
}

proptest! {
    #[test]
    fn payload_round_trips(count in 2usize..5000, rarity in 2u64..300, seed: u64, noise in 0usize..40) {
        let mut src = sparse(count, rarity, seed);
        for index in 0..noise.min(count) {
            src[index * 7919 % count] = (index * 37) as u8;
        }
        let counts = histogram(&src);
        let Some(frequencies) = normalize(&counts) else { return Ok(()) };
        let mut header = Vec::new();
        write_frequencies(&frequencies, &mut header);
        let mut reader = Reader::new(&header);
        prop_assert_eq!(read_frequencies(&mut reader).unwrap(), frequencies);
        prop_assert_eq!(reader.position(), header.len());
        let mut dst = vec![0u8; count];
        for cost in [0, 1000, 10_000] {
            let mut payload = Vec::new();
            prop_assert!(encode(&src, &frequencies, cost, &mut payload));
            decode(&payload, &mut dst).unwrap();
            prop_assert_eq!(&dst, &src);
            for cut in 0..payload.len().min(100) {
                prop_assert!(decode(&payload[..cut], &mut dst).is_err());
            }
        }
        let mut payload = Vec::new();
        prop_assert!(encode_eight(&src, &frequencies, &mut payload));
        decode_eight(&payload, &mut dst).unwrap();
        prop_assert_eq!(&dst, &src);
        for cut in 0..payload.len().min(100) {
            prop_assert!(decode_eight(&payload[..cut], &mut dst).is_err());
        }
    }
}

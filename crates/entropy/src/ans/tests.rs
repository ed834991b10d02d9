use super::decode::{decode, decode_eight};
use super::encode::{encode, encode_eight};
use super::normalize;
use super::spec::{read_frequencies, write_frequencies};
use crate::logarithm::entropy_bits;
use crate::reader::Reader;
use crate::{Effort, encode_plane};
use proptest::prelude::*;
use tensorpress_kernels::histogram::histogram;

/// `count` symbols of which one in `rarity` is not zero.
fn sparse(count: usize, rarity: u64, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    (0..count)
        .map(|_| {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
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

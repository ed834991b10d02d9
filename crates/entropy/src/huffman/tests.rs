use super::spec::{coded_bits, read_lengths, write_lengths};
use super::{decode::decode, encode::encode, lengths};
use crate::reader::Reader;
use proptest::prelude::*;

/// Optimal cost without a length limit, by pairing the two rarest again and again.
fn unlimited_cost(counts: &[u32; 256]) -> u64 {
    let mut weights: Vec<u64> = counts
        .iter()
        .filter(|&&count| count != 0)
        .map(|&count| u64::from(count))
        .collect();
    let mut cost = 0;
    while weights.len() > 1 {
        weights.sort_unstable_by(|a, b| b.cmp(a));
        let sum = weights.pop().unwrap() + weights.pop().unwrap();
        cost += sum;
        weights.push(sum);
    }
    cost
}

fn skewed(used: usize, seed: u64, spread: u32) -> [u32; 256] {
    let mut state = seed | 1;
    let mut counts = [0u32; 256];
    for index in 0..used {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        counts[(index * 37 + seed as usize) % 256] = 1 + ((state >> 40) as u32 >> ((state >> 35) as u32 % spread));
    }
    counts
}

proptest! {
    #[test]
    fn lengths_are_complete_and_optimal(used in 2usize..=256, seed in 0u64..1 << 40, spread in 1u32..24) {
        let counts = skewed(used, seed, spread);
        let lengths = lengths(&counts, 12);
        let kraft: u32 = lengths.iter().filter(|&&length| length != 0).map(|&length| 4096 >> length).sum();
        prop_assert_eq!(kraft, 4096);
        let (cost, best) = (coded_bits(&counts, &lengths), unlimited_cost(&counts));
        prop_assert!(cost >= best);
        if lengths.iter().all(|&length| length < 12) {
            prop_assert_eq!(cost, best);
        }
        let mut header = Vec::new();
        write_lengths(&lengths, &mut header);
        let mut reader = Reader::new(&header);
        prop_assert_eq!(read_lengths(&mut reader).unwrap(), lengths);
        prop_assert_eq!(reader.position(), header.len());
    }

    #[test]
    fn payload_round_trips(used in 2usize..=256, seed in 0u64..1 << 40, count in 2usize..5000, limit in 8u32..=12) {
        let src: Vec<u8> = (0..count).map(|i| (((i * i) as u64 ^ seed >> (i % 13)) as usize % used) as u8).collect();
        let counts = tensorpress_kernels::histogram::histogram(&src);
        prop_assume!(counts.iter().filter(|&&count| count != 0).count() > 1);
        let mut payload = Vec::new();
        prop_assert!(encode(&src, &lengths(&counts, limit), &mut payload));
        let mut dst = vec![0u8; count];
        decode(&payload, &mut dst).unwrap();
        prop_assert_eq!(&dst, &src);
        for cut in 0..payload.len().min(200) {
            prop_assert!(decode(&payload[..cut], &mut dst).is_err());
        }
    }
}

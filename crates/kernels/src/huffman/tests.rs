use super::*;
use proptest::prelude::*;

/// A complete code of `symbols` symbols: a random leaf is split again and again.
fn random_lengths(symbols: usize, seed: u64) -> [u8; 256] {
    let mut state = seed | 1;
    let mut leaves = vec![1u8, 1];
    while leaves.len() < symbols {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        // Splitting the newest leaf half of the time makes long codes.
        let pick = if state >> 63 == 0 {
            leaves.len() - 1
        } else {
            (state >> 33) as usize % leaves.len()
        };
        if u32::from(leaves[pick]) < MAX_LENGTH {
            leaves[pick] += 1;
            leaves.push(leaves[pick]);
        }
    }
    let mut lengths = [0u8; 256];
    let mut at = seed as usize;
    for leaf in leaves {
        while lengths[at % 256] != 0 {
            at += 1;
        }
        lengths[at % 256] = leaf;
        at += 7;
    }
    lengths
}

fn random_symbols(lengths: &[u8; 256], count: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let mut table = Vec::new();
    for (symbol, &length) in lengths.iter().enumerate() {
        if length != 0 {
            table.extend(std::iter::repeat_n(
                symbol as u8,
                1 << (MAX_LENGTH as usize - usize::from(length)),
            ));
        }
    }
    (0..count)
        .map(|_| {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            table[(state >> 40) as usize % table.len()]
        })
        .collect()
}

fn encode4(lengths: &[u8; 256], src: &[u8]) -> (Vec<u8>, [usize; 4]) {
    assert!(set_codes(lengths));
    let mut out = vec![0xFF];
    let quarter = src.len().div_ceil(STREAMS).max(1);
    let mut chunks = src.chunks(quarter);
    let ends = std::array::from_fn(|_| {
        encode_stream(chunks.next().unwrap_or(&[]), &mut out);
        out.len()
    });
    (out, ends)
}

#[test]
fn table_agrees_with_the_codes() {
    let mut windows = std::collections::BTreeSet::new();
    for seed in 0..40 {
        for symbols in [2, 3, 9, 40, 256] {
            let lengths = random_lengths(symbols, seed);
            let codes = canonical_codes(&lengths).unwrap();
            let mut table = DecodeTable::new();
            assert!(table.rebuild(&lengths));
            windows.insert(table.window);
            for window in 0..1usize << table.window {
                let entry = table.entries[(1 << table.window) + window];
                let (mut left, mut bits, mut count) = (window, 0u32, 0);
                let mut spelled = Vec::new();
                while count < 6 {
                    let hit = (0..256).find(|&s| {
                        let length = u32::from(lengths[s]);
                        length != 0
                            && length + bits <= table.window
                            && left & ((1 << length) - 1) == usize::from(codes[s])
                    });
                    let Some(symbol) = hit else { break };
                    spelled.push(symbol as u8);
                    bits += u32::from(lengths[symbol]);
                    left >>= lengths[symbol];
                    count += 1;
                }
                assert_eq!((entry >> 56) as usize, spelled.len());
                assert_eq!((entry >> 48) as u8 as u32, bits);
                assert_eq!(entry.to_le_bytes()[..spelled.len()], spelled);
                if seed > 2 && window > 300 {
                    break;
                }
            }
        }
    }
    assert_eq!(Vec::from_iter(windows), [11, 12]);
}

#[test]
fn incomplete_or_long_codes_are_refused() {
    let mut table = DecodeTable::new();
    let mut lengths = [0u8; 256];
    assert!(!table.rebuild(&lengths));
    lengths[0] = 1;
    assert!(!table.rebuild(&lengths));
    lengths[1] = 1;
    assert!(table.rebuild(&lengths));
    lengths[2] = 12;
    assert!(!table.rebuild(&lengths));
    assert!(!table.rebuild(&[8; 256].map(|l: u8| l + 5)));
    assert!(table.rebuild(&[8; 256]));
}

#[test]
fn every_count_round_trips() {
    let mut table = DecodeTable::new();
    for symbols in [2, 5, 33, 256] {
        let lengths = random_lengths(symbols, 3);
        assert!(table.rebuild(&lengths));
        for count in (0..300).chain([1000, 4095, 4096, 4097, 65536]) {
            let src = random_symbols(&lengths, count, count as u64);
            let (input, ends) = encode4(&lengths, &src);
            let mut dst = vec![0u8; count];
            assert!(decode4_any(&table, &input, 1, ends, &mut dst));
            assert_eq!(dst, src);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn noise_never_reaches_beyond(symbols in 2usize..=256, seed: u64, count in 0usize..3000,
                                  input in prop::collection::vec(any::<u8>(), 1..3000),
                                  cuts in prop::array::uniform4(0usize..3000)) {
        let mut table = DecodeTable::new();
        prop_assert!(table.rebuild(&random_lengths(symbols, seed)));
        let mut ends = cuts.map(|cut| cut.clamp(1, input.len()));
        ends.sort_unstable();
        let mut dst = vec![0u8; count];
        let _ = decode4_any(&table, &input, 1, ends, &mut dst);
    }

    #[test]
    fn round_trips(symbols in 2usize..=256, seed: u64, count in 0usize..9000) {
        let lengths = random_lengths(symbols, seed);
        let mut table = DecodeTable::new();
        prop_assert!(table.rebuild(&lengths));
        let src = random_symbols(&lengths, count, seed);
        let (input, ends) = encode4(&lengths, &src);
        let mut dst = vec![0u8; count];
        prop_assert!(decode4_any(&table, &input, 1, ends, &mut dst));
        prop_assert_eq!(dst, src);
    }
}

use super::*;
use proptest::prelude::*;

/// Frequencies of `used` symbols that halve from one to the next as far as they can.
fn frequencies(used: usize, seed: u64) -> [u16; 256] {
    let mut table = [0u16; 256];
    let mut left = TOTAL as usize;
    for index in 0..used {
        let others = used - 1 - index;
        let share = if others == 0 {
            left
        } else {
            ((left - others) >> (seed as usize % 3)).max(1).min(left - others)
        };
        table[(index * 41 + seed as usize) % 256] = share.min(left) as u16;
        left -= share;
    }
    table
}

fn symbols(table: &[u16; 256], count: usize, seed: u64) -> Vec<u8> {
    let slots: Vec<u8> = (0..=255u8)
        .flat_map(|s| std::iter::repeat_n(s, usize::from(table[usize::from(s)])))
        .collect();
    let mut state = seed | 1;
    (0..count)
        .map(|_| {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            slots[(state >> 40) as usize % slots.len()]
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn round_trips(used in 2usize..=256, seed in 0u64..1 << 32, count in 0usize..5000) {
        let table = frequencies(used, seed);
        prop_assume!(table.iter().all(|&frequency| u32::from(frequency) < TOTAL));
        let src = symbols(&table, count, seed);
        let mut coded = vec![5];
        prop_assert!(encode(&table, &src, &mut coded));
        let coded = &coded[1..];
        let mut decoder = DecodeTable::new();
        prop_assert!(decoder.rebuild(&table));
        let mut dst = vec![0u8; count];
        prop_assert!(decode(&decoder, coded, &mut dst));
        prop_assert_eq!(&dst, &src);
        for cut in 0..coded.len().min(100) {
            prop_assert!(!decode(&decoder, &coded[..cut], &mut dst));
        }
        let longer = [coded, &[0, 0]].concat();
        prop_assert!(!decode(&decoder, &longer, &mut dst));
    }

    #[test]
    fn noise_never_reaches_beyond(used in 2usize..=256, seed in 0u64..1 << 32, count in 0usize..5000,
                                  input in prop::collection::vec(any::<u8>(), 0..2000)) {
        let mut decoder = DecodeTable::new();
        let table = frequencies(used, seed);
        if decoder.rebuild(&table) {
            let _ = decode(&decoder, &input, &mut vec![0u8; count]);
        }
    }
}

#[test]
fn refuses_wrong_tables() {
    let mut decoder = DecodeTable::new();
    let mut table = [0u16; 256];
    assert!(!decoder.rebuild(&table));
    table[3] = 4096;
    assert!(!decoder.rebuild(&table));
    table[3] = 4095;
    assert!(!decoder.rebuild(&table));
    table[200] = 1;
    assert!(decoder.rebuild(&table));
    assert!(!encode(&table, &[3, 3, 4], &mut Vec::new()));
    assert!(encode(&table, &[3, 3, 200], &mut Vec::new()));
}

use super::*;
use proptest::prelude::*;

fn random(state: &mut u64) -> usize {
    *state = state
        .wrapping_mul(6364136223846793005)
        .wrapping_add(1442695040888963407);
    (*state >> 40) as usize
}

/// Frequencies of `used` symbols, the first of them with about `1 / 2^(steep + 1)` of what is left, and so on.
fn frequencies(used: usize, steep: u32, offset: usize) -> [u16; 256] {
    let mut table = [0u16; 256];
    let mut left = TOTAL as usize;
    for index in 0..used {
        let others = used - 1 - index;
        let share = match others {
            0 => left,
            _ => ((left - others) >> (steep + 1)).max(1),
        };
        table[(index + offset) % 256] = share as u16;
        left -= share;
    }
    table
}

fn draw(table: &[u16; 256], state: &mut u64) -> u8 {
    let mut slot = random(state) % TOTAL as usize;
    let fits = |&(_, &frequency): &(usize, &u16)| {
        let found = slot < usize::from(frequency);
        slot = slot.wrapping_sub(if found { 0 } else { usize::from(frequency) });
        found
    };
    table
        .iter()
        .enumerate()
        .find(fits)
        .map_or(0, |(symbol, _)| symbol as u8)
}

struct Case {
    decoder: DecodeTables,
    encoder: EncodeTables,
    choice: Vec<u8>,
    src: Vec<u8>,
}

/// Symbols drawn from as many tables as there are `shapes`.
fn case(shapes: &[(usize, u32)], count: usize, seed: u64) -> Case {
    let (mut decoder, mut encoder) = (DecodeTables::new(), EncodeTables::new());
    let mut tables = Vec::new();
    for (index, &(used, steep)) in shapes.iter().enumerate() {
        let table = frequencies(used, steep, index);
        assert!(decoder.push(&table) && encoder.push(&table));
        tables.push(table);
    }
    let mut state = seed | 1;
    let choice: Vec<u8> = (0..count).map(|_| (random(&mut state) % shapes.len()) as u8).collect();
    let src = choice
        .iter()
        .map(|&name| draw(&tables[usize::from(name)], &mut state))
        .collect();
    Case {
        decoder,
        encoder,
        choice,
        src,
    }
}

fn coded<'a>(lanes: Lanes, encoded: &'a Encoded) -> Coded<'a> {
    Coded {
        lanes,
        states: &encoded.states,
        tail: encoded.tail,
        words: &encoded.words,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn round_trips(shapes in prop::collection::vec((2usize..=256, 0u32..3), 1..20), count in 0usize..4000, seed: u64) {
        let case = case(&shapes, count, seed);
        for lanes in Lanes::ALL {
            let encoded = encode(&case.encoder, Some(&case.choice), lanes, &case.src).unwrap();
            let mut dst = vec![0u8; count];
            let chosen = || Tables::Chosen(&case.choice);
            prop_assert!(decode(&case.decoder, coded(lanes, &encoded), chosen(), &mut dst));
            prop_assert_eq!(&dst, &case.src);
            for cut in (0..encoded.words.len()).step_by(97) {
                let shorter = Coded { words: &encoded.words[..cut], ..coded(lanes, &encoded) };
                prop_assert!(!decode(&case.decoder, shorter, chosen(), &mut dst));
            }
            let longer = [&encoded.words[..], &[0, 0]].concat();
            let longer = Coded { words: &longer, ..coded(lanes, &encoded) };
            prop_assert!(!decode(&case.decoder, longer, chosen(), &mut dst));
        }
    }

    #[test]
    fn one_table_needs_no_names(used in 2usize..=256, steep in 0u32..12, count in 0usize..6000, seed: u64) {
        let case = case(&[(used, steep)], count, seed);
        for lanes in Lanes::ALL {
            let encoded = encode(&case.encoder, None, lanes, &case.src).unwrap();
            let named = encode(&case.encoder, Some(&case.choice), lanes, &case.src).unwrap();
            prop_assert_eq!(&encoded, &named);
            let mut dst = vec![0u8; count];
            prop_assert!(decode(&case.decoder, coded(lanes, &encoded), Tables::First, &mut dst));
            prop_assert_eq!(&dst, &case.src);
        }
    }

    #[test]
    fn trellis_chooses_as_the_encoder_did(
        log_states in 2u8..=5, shapes in prop::collection::vec((2usize..=256, 0u32..3), 1..8), count in 0usize..3000, seed: u64
    ) {
        let trellis = Trellis::new(log_states).unwrap();
        let doubled: Vec<_> = shapes.iter().flat_map(|&shape| [shape, (256, 1)]).collect();
        let mut case = case(&doubled, 0, seed);
        let tables: Vec<_> = doubled.iter().enumerate().map(|(i, &(used, steep))| frequencies(used, steep, i)).collect();
        let (mut state, mut machines) = (seed | 1, [0u8; Trellis::MACHINES]);
        let mut names = Vec::new();
        for place in 0..count {
            names.push((random(&mut state) % shapes.len()) as u8);
            let machine = &mut machines[place % Trellis::MACHINES];
            case.choice.push(2 * names[place] + (*machine & 1));
            case.src.push(draw(&tables[usize::from(case.choice[place])], &mut state));
            *machine = trellis.next(*machine, case.src[place].div_ceil(2));
            prop_assert!(usize::from(*machine) < trellis.states());
        }
        for lanes in Lanes::ALL {
            let encoded = encode(&case.encoder, Some(&case.choice), lanes, &case.src).unwrap();
            let (mut dst, mut names) = (vec![0u8; count], names.clone());
            prop_assert!(decode(&case.decoder, coded(lanes, &encoded), Tables::Trellis(trellis, &mut names), &mut dst));
            prop_assert_eq!(&dst, &case.src);
            prop_assert_eq!(&names, &case.choice);
        }
    }

    #[test]
    fn noise_never_reaches_beyond(
        used in 2usize..=256, count in 0usize..3000, states in prop::collection::vec(any::<u32>(), 32),
        words in prop::collection::vec(any::<u8>(), 0..3000), tail in 0usize..100
    ) {
        let case = case(&[(used, 0), (used, 1)], count, 1);
        for lanes in Lanes::ALL {
            let states: Vec<u32> = states[..lanes.count()].iter().map(|state| state | LOWEST).collect();
            let noise = Coded { lanes, states: &states, tail, words: &words };
            let mut dst = vec![0u8; count];
            let _ = decode(&case.decoder, noise, Tables::Chosen(&case.choice), &mut dst);
            let trellis = Tables::Trellis(Trellis::new(3).unwrap(), &mut vec![0; count]);
            let _ = decode(&case.decoder, noise, trellis, &mut dst);
        }
    }
}

#[test]
fn lanes_cost_little() {
    // 0.11 bits a symbol. The upper halves of 31 states more hold half of what they could: 31 bytes. Were the lower
    // halves of the lanes' last states zeros, that would be 62 more.
    let case = case(&[(2, 5)], 1 << 16, 5);
    let size = |lanes| {
        let encoded = encode(&case.encoder, None, lanes, &case.src).unwrap();
        encoded.words.len() + 4 * encoded.states.len()
    };
    let (one, all) = (size(Lanes::One), size(Lanes::ThirtyTwo));
    assert!(one > 800 && all > one && all < one + 45, "{one}, {all}");
}

#[test]
fn every_trellis_is_reversible() {
    assert_eq!(Trellis::new(1), None);
    assert_eq!(Trellis::new(6), None);
    for log_states in 2..=5 {
        let trellis = Trellis::new(log_states).unwrap();
        let mut reached = vec![0; trellis.states()];
        for state in 0..trellis.states() as u8 {
            for parity in 0..2 {
                reached[usize::from(trellis.next(state, parity))] += 1;
            }
        }
        assert!(reached.iter().all(|&ways| ways == 2), "{reached:?}");
    }
}

#[test]
fn refuses_what_does_not_fit() {
    let (mut decoder, mut encoder) = (DecodeTables::new(), EncodeTables::new());
    let mut table = [0u16; 256];
    for wrong in [0, 4095, 4096] {
        table[3] = wrong;
        assert!(!decoder.push(&table) && !encoder.push(&table));
    }
    table[3] = 4095;
    table[200] = 1;
    let empty = encode(&encoder, None, Lanes::One, &[3]);
    assert_eq!(empty, None);
    assert!(decoder.push(&table) && encoder.push(&table));
    assert_eq!(encode(&encoder, None, Lanes::One, &[3, 4]), None);
    assert_eq!(encode(&encoder, Some(&[0, 1]), Lanes::One, &[3, 3]), None);
    assert_eq!(encode(&encoder, Some(&[0]), Lanes::One, &[3, 3]), None);
    let encoded = encode(&encoder, Some(&[0, 0]), Lanes::One, &[3, 200]).unwrap();
    let coded = coded(Lanes::One, &encoded);
    let mut dst = [0; 2];
    assert!(!decode(&decoder, coded, Tables::Chosen(&[0, 1]), &mut dst));
    assert!(!decode(&decoder, coded, Tables::Chosen(&[0]), &mut dst));
    let trellis = Trellis::new(3).unwrap();
    assert!(!decode(
        &decoder,
        coded,
        Tables::Trellis(trellis, &mut [0, 0]),
        &mut dst
    ));
    assert!(!decode(
        &decoder,
        Coded {
            lanes: Lanes::Eight,
            ..coded
        },
        Tables::First,
        &mut dst
    ));
    assert!(!decode(&decoder, Coded { tail: 3, ..coded }, Tables::First, &mut dst));
    assert!(!decode(&DecodeTables::new(), coded, Tables::First, &mut dst));
    assert!(decode(&decoder, coded, Tables::First, &mut dst));
    assert_eq!(dst, [3, 200]);
}

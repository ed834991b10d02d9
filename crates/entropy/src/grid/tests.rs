use super::*;
use crate::CodingError;
use proptest::prelude::*;

fn random(state: &mut u64) -> u32 {
    *state = state
        .wrapping_mul(6364136223846793005)
        .wrapping_add(1442695040888963407);
    (*state >> 33) as u32
}

/// Codes around zero, `spread` wide in the first row and column and up to `slope` octaves wider in the last.
fn codes(rows: usize, columns: usize, spread: f64, slope: f64, seed: u64) -> Vec<i16> {
    let mut state = seed | 1;
    let mut out = Vec::new();
    for row in 0..rows {
        for column in 0..columns {
            let sum: f64 = (0..6)
                .map(|_| f64::from(random(&mut state)) / f64::from(1u32 << 31) - 0.5)
                .sum();
            let place = row as f64 / rows as f64 + column as f64 / columns as f64;
            let code = sum * spread * (slope * place).exp2();
            out.push(code.round().clamp(-32767.0, 32767.0) as i16);
        }
    }
    out
}

fn grid(columns: usize, log_states: u8) -> Grid {
    Grid {
        columns: columns as u32,
        step: 0.01,
        offsets: [-20, -5, 3],
        trellis: Trellis::new(log_states),
    }
}

fn encoded(grid: Grid, codes: &[i16], contexts: usize) -> Vec<u8> {
    let scales = Scales::of_codes(codes, grid.columns as usize);
    let mut out = vec![7];
    assert!(encode(
        &Source {
            grid,
            codes,
            scales: &scales,
            contexts
        },
        &mut out
    ));
    out.split_off(1)
}

fn round_trip(grid: Grid, codes: &[i16], contexts: usize) -> usize {
    let payload = encoded(grid, codes, contexts);
    let mut back = vec![99; codes.len()];
    assert_eq!(decode_codes(&payload, &mut back), Ok(grid));
    assert!(back == codes);
    let mut weights = vec![9f32; codes.len()];
    assert_eq!(decode_values(&payload, &mut weights), Ok(grid));
    let quantizers = grid.trellis.map(|trellis| encode::quantizers(trellis, codes));
    for (place, (&weight, &code)) in weights.iter().zip(codes).enumerate() {
        assert_eq!(
            weight,
            value(&grid, quantizers.as_ref().map_or(0, |all| all[place]), code)
        );
    }
    payload.len()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn round_trips(rows in 0usize..60, columns in 1usize..90, octaves in -4f64..14.0, slope in 0f64..4.0,
                   log_states in 0u8..6, contexts in 1usize..20, seed: u64) {
        let codes = codes(rows, columns, octaves.exp2(), slope, seed);
        round_trip(grid(columns, log_states), &codes, contexts);
    }

    #[test]
    fn noise_is_refused_or_decoded(start in 0usize..60, bytes in prop::collection::vec(any::<u8>(), 0..200), log_states in 0u8..6) {
        let codes = codes(20, 50, 3.0, 2.0, 5);
        let mut payload = encoded(grid(50, log_states), &codes, 8);
        payload.truncate(start);
        payload.extend(bytes);
        let _ = decode_codes(&payload, &mut vec![0; codes.len()]);
        let _ = decode_values(&payload, &mut vec![0.0; codes.len() + 50]);
    }
}

#[test]
fn extremes_round_trip() {
    for log_states in [0, 3, 5] {
        round_trip(grid(1, log_states), &[], 8);
        round_trip(grid(4, log_states), &[0; 4000], 8);
        round_trip(grid(4, log_states), &[5; 4000], 8);
        round_trip(grid(4, log_states), &[-1; 4], 8);
        round_trip(grid(1, log_states), &[32767, -32767, 0, 1], 8);
        let wide: Vec<i16> = (-32767..=32767).collect();
        round_trip(grid(65535, log_states), &wide, 8);
        let mut spike = vec![0i16; 9000];
        spike[4567] = -32767;
        round_trip(grid(90, log_states), &spike, 8);
    }
}

#[test]
fn zeros_take_no_room() {
    assert!(round_trip(grid(512, 0), &[0; 1 << 16], 8) < 20);
}

/// Bits an element of the order-0 entropy of `codes`.
fn order_0(codes: &[i16]) -> f64 {
    let mut counts = std::collections::HashMap::new();
    for code in codes {
        *counts.entry(code).or_insert(0u32) += 1;
    }
    let total = codes.len() as f64;
    counts
        .values()
        .map(|&count| f64::from(count) * (total / f64::from(count)).log2())
        .sum::<f64>()
        / total
}

#[test]
fn codes_cost_little_more_than_their_entropy() {
    for (spread, loss) in [(0.5, 1.01), (0.9, 1.005), (2.0, 1.005), (60.0, 1.005), (800.0, 1.01)] {
        let codes = codes(256, 256, spread, 0.0, 3);
        let bits = round_trip(grid(256, 0), &codes, 8) as f64 * 8.0 / codes.len() as f64;
        let entropy = order_0(&codes);
        // Where there are few codes of each value, the entropy of the sample says little of that of the source.
        let least = if spread > 100.0 {
            entropy.max(bits / 1.03)
        } else {
            entropy
        };
        assert!(bits < least * loss, "{bits} bits, entropy {entropy}");
    }
}

#[test]
fn contexts_pay_where_scales_differ() {
    let uneven = codes(256, 256, 2.0, 2.0, 3);
    let (plain, with) = (
        round_trip(grid(256, 0), &uneven, 1),
        round_trip(grid(256, 0), &uneven, 16),
    );
    assert!(with * 100 < plain * 95, "{plain}, {with}");
    let even = codes(256, 256, 2.0, 0.0, 3);
    assert_eq!(
        round_trip(grid(256, 0), &even, 1),
        round_trip(grid(256, 0), &even, 16),
        "no scales are stored"
    );
}

#[test]
fn cut_or_changed_payloads_are_handled() {
    for (log_states, spread) in [(0, 1.5), (0, 300.0), (3, 1.5), (5, 100.0)] {
        let codes = codes(20, 40, spread, 3.0, 1);
        let payload = encoded(grid(40, log_states), &codes, 8);
        let mut out = vec![0; codes.len()];
        for cut in 0..payload.len() {
            assert!(decode_codes(&payload[..cut], &mut out).is_err());
        }
        for bit in 0..payload.len() * 8 {
            let mut flipped = payload.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let _ = decode_codes(&flipped, &mut out);
            let _ = decode_values(&flipped, &mut vec![0.0; codes.len()]);
        }
        let longer = [&payload[..], &[0]].concat();
        assert!(matches!(
            decode_codes(&longer, &mut out),
            Err(CodingError::Corrupt { .. })
        ));
        for length in [0, 40, 760, 799, 840, 100_000] {
            let _ = decode_codes(&payload, &mut vec![0; length]);
        }
    }
}

#[test]
fn contradictions_are_refused() {
    let scales = Scales::of_codes(&[1, 2, 3, 4], 2);
    let right = Source {
        grid: grid(2, 0),
        codes: &[1, 2, 3, 4],
        scales: &scales,
        contexts: 4,
    };
    let mut out = Vec::new();
    assert!(encode(&right, &mut out));
    out.clear();
    for step in [0.0, -1.0, f32::NAN, f32::INFINITY, f32::MAX] {
        assert!(!encode(
            &Source {
                grid: Grid { step, ..right.grid },
                ..right
            },
            &mut out
        ));
    }
    assert!(!encode(
        &Source {
            grid: grid(0, 0),
            ..right
        },
        &mut out
    ));
    assert!(!encode(
        &Source {
            grid: grid(4, 0),
            ..right
        },
        &mut out
    ));
    assert!(!encode(
        &Source {
            codes: &[1, 2, 3],
            ..right
        },
        &mut out
    ));
    assert!(!encode(
        &Source {
            codes: &[1, 2, 3, i16::MIN],
            ..right
        },
        &mut out
    ));
    assert_eq!(out, []);
}

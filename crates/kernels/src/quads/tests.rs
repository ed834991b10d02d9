//! The same suite natively and in WebAssembly.

use super::{Four, LANES, Portable, Quad, power};
use crate::self_test::Random;

/// What each operation gives of `a`, `b` and `c`, as bits.
fn all<L: Quad>(a: [f32; LANES], b: [f32; LANES], c: [f32; LANES]) -> Vec<[u32; LANES]> {
    let (x, y, z) = (L::load(&a), L::load(&b), L::load(&c));
    let mask = x.less(y);
    let mut stored = [0.0; LANES];
    x.store(&mut stored);
    let mut results = vec![
        x.add(y),
        x.sub(y),
        x.mul(y),
        x.div(y),
        x.min(y),
        x.max(y),
        x.abs(),
        mask,
        x.select(z, mask),
        x.and(mask),
        x.add_bits(y),
        x.sub_bits(y),
        x.shift_left::<23>(),
        x.shift_right::<23>(),
        x.bits_to_float(),
        L::splat(c[1]).clamp(x.min(y), x.max(y)),
        z.round(),
        z.round().to_integer_bits(),
        z.total(),
        power(x.abs().max(L::splat(1e-9)).min(L::splat(1e9)), -0.3),
        L::splat(f32::from(u8::from(mask.any()))),
        L::load(&stored),
    ];
    results.extend(L::transpose([x, y, z, mask]));
    results
        .into_iter()
        .map(|result| result.to_array().map(f32::to_bits))
        .collect()
}

pub(crate) fn check(random: &mut Random) -> Result<(), String> {
    let mut quad = || {
        let mut values = random.floats(LANES);
        values.iter_mut().for_each(|value| {
            if !value.is_finite() {
                *value = 0.5;
            }
        });
        [values[0], values[1], values[2], values[3]]
    };
    let (a, b, c) = (quad(), quad(), quad());
    let (found, right) = (all::<Four>(a, b, c), all::<Portable>(a, b, c));
    match found.iter().zip(&right).position(|(found, right)| {
        found
            .iter()
            .zip(right)
            // NaNs (0 / 0, ∞ − ∞) have no defined bits.
            .any(|(&found, &right)| {
                found != right && !(f32::from_bits(found).is_nan() && f32::from_bits(right).is_nan())
            })
    }) {
        Some(operation) => Err(format!("lanes: operation {operation} of {a:?}, {b:?}, {c:?}")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod native {
    use super::*;

    #[test]
    fn both_forms_agree() {
        let mut random = Random::new(3);
        for _ in 0..2000 {
            check(&mut random).unwrap();
        }
    }

    #[test]
    fn powers_are_near_the_true_ones() {
        let mut random = Random::new(4);
        let mut worst = 0.0f64;
        for _ in 0..200_000 {
            let x = f32::from_bits(((30 + random.below(190)) << 23) as u32 | (random.next() as u32 & 0x7f_ffff));
            for y in [-0.3, 0.4, 0.7, 2.4] {
                let true_one = f64::from(x).powf(f64::from(y));
                if !(1e-37..1e37).contains(&true_one) {
                    continue;
                }
                let found = f64::from(power(Portable::splat(x), y).to_array()[0]);
                let bound = (1.0 + true_one.log2().abs() / 8.0) / f64::from(1 << 20);
                worst = worst.max((found / true_one - 1.0).abs() / bound);
            }
        }
        assert!(worst < 1.0, "{worst} of the bound");
        assert_eq!(power(Portable::splat(1.0), -0.3).to_array()[0], 1.0);
    }
}

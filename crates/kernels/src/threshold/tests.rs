//! The same suite natively and in WebAssembly.

use super::*;
use crate::self_test::Random;

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

pub(crate) fn check(random: &mut Random) -> Result<(), String> {
    let length = random.below(200) as usize;
    let values = random.floats(length);
    let threshold = [0.0, f32::from_bits(1), 0.05, 0.01, f32::INFINITY, f32::NAN][random.below(6) as usize];
    let kept: Vec<bool> = values
        .iter()
        .map(|value| value.is_nan() || threshold.is_nan() || value.abs() >= threshold)
        .collect();
    let expected: Vec<f32> = values
        .iter()
        .zip(&kept)
        .map(|(&value, &keep)| if keep { value } else { 0.0 })
        .collect();
    let below = kept.iter().filter(|&&keep| !keep).count() as u64;

    let mut zeroed = values.clone();
    if zero_below(&mut zeroed, threshold) != below || count_below(&values, threshold) != below {
        return Err(format!("count below {threshold} of {values:?}"));
    }
    if bits(&zeroed) != bits(&expected) {
        return Err(format!("zeroed below {threshold}: {zeroed:?} of {values:?}"));
    }
    let mut mask = vec![0xA5; mask_len(length)];
    if mask_kept(&values, threshold, &mut mask) != length as u64 - below {
        return Err(format!("count of the mask of {values:?}"));
    }
    let expected_bit = |at: usize| kept.get(at).copied().unwrap_or(false);
    if (0..mask.len() * 8).any(|at| (mask[at / 8] >> (at % 8) & 1 == 1) != expected_bit(at)) {
        return Err(format!("mask {mask:?} at {threshold} of {values:?}"));
    }
    let mut masked = values.clone();
    apply_mask(&mut masked, &mask);
    if bits(&masked) != bits(&expected) {
        return Err(format!("masked {masked:?} of {values:?}"));
    }
    Ok(())
}

#[cfg(test)]
#[test]
fn agrees_with_naive() {
    let mut random = Random::new(4);
    for _ in 0..500 {
        check(&mut random).unwrap();
    }
}

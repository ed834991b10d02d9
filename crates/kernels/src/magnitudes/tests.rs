//! The same suite natively and in WebAssembly.

use super::*;
use crate::self_test::Random;

pub(crate) fn check(random: &mut Random) -> Result<(), String> {
    let length = 1 + random.below(400) as usize;
    let mut values = random.floats(length);
    if random.below(3) == 0 {
        // Few distinct values: many ranks within one pattern.
        values.iter_mut().for_each(|value| *value = (*value * 40.0).round());
    }
    let mut patterns: Vec<u32> = values.iter().map(|value| value.to_bits() & 0x7fff_ffff).collect();
    patterns.sort_unstable();
    let rank = random.below(length as u64);
    let found = kth_magnitude(&values, rank).map(f32::to_bits);
    if found != Some(patterns[rank as usize]) {
        return Err(format!("magnitude {rank} of {values:?}: {found:x?}"));
    }
    if kth_magnitude(&values, length as u64).is_some() {
        return Err("a magnitude of a rank that there is not".to_owned());
    }
    // Split over two tensors, by both forms.
    let bin = bin_of(values[random.below(length as u64) as usize]);
    let (mut chosen, mut scalar) = (BinHistogram::new(bin), BinHistogram::new(bin));
    let (left, right) = values.split_at(length / 2);
    for part in [left, right] {
        chosen.add(part);
        scalar.add_by(part, scalar::any_in_bin);
    }
    if chosen.counts != scalar.counts {
        return Err(format!("bin {bin} of {values:?}"));
    }
    let mut histogram = MagnitudeHistogram::new();
    histogram.add(&values);
    let within: u64 = chosen.counts.iter().sum();
    if histogram.counts()[bin] != within || histogram.counts().iter().sum::<u64>() != length as u64 {
        return Err(format!("histogram of {values:?}"));
    }
    Ok(())
}

#[cfg(test)]
mod native {
    use super::*;

    #[test]
    fn agrees_with_sorting() {
        let mut random = Random::new(3);
        for _ in 0..200 {
            check(&mut random).unwrap();
        }
    }

    #[test]
    fn bins_are_ordered() {
        for bin in 1..FINITE_BINS {
            assert!(bin_start(bin - 1) < bin_start(bin));
            assert_eq!(bin_of(bin_start(bin)), bin);
            assert_eq!(bin_of(-bin_start(bin).next_down()), bin - 1);
        }
        assert_eq!(bin_of(f32::INFINITY), FINITE_BINS);
        assert_eq!(bin_of(f32::MAX), FINITE_BINS - 1);
    }

    #[test]
    fn nothing_has_no_ranks() {
        assert_eq!(kth_magnitude(&[], 0), None);
        assert_eq!(MagnitudeHistogram::default().locate(0), None);
        assert_eq!(BinHistogram::new(0).nth(0), None);
    }
}

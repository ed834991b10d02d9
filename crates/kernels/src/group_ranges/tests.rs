//! The same suite natively and in WebAssembly.

use super::*;
use crate::self_test::Random;

pub(crate) fn check(random: &mut Random) -> Result<(), String> {
    let length = random.below(700) as usize;
    let values = random.floats(length);
    let group = [1 + random.below(300) as usize, 16, 32, 128][random.below(4) as usize];
    let mut ranges = vec![Range { min: 9.0, max: 9.0 }; length.div_ceil(group)];
    group_ranges(&values, group, &mut ranges);
    for (values, found) in values.chunks(group).zip(&ranges) {
        let finite = values.iter().copied().filter(|value| value.is_finite());
        let min = finite.clone().reduce(f32::min).unwrap_or(0.0) + 0.0;
        let max = finite.reduce(f32::max).unwrap_or(0.0) + 0.0;
        let (chunks, rest) = values.as_chunks::<CHUNK>();
        let scalar = finish(scalar::extend(scalar::extremes(chunks), rest));
        let bits = |range: Range| (range.min.to_bits(), range.max.to_bits());
        if bits(*found) != (min.to_bits(), max.to_bits()) || bits(*found) != bits(scalar) {
            return Err(format!("range {found:?} not {min} to {max}, {scalar:?}, of {values:?}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod native {
    use super::*;

    #[test]
    fn agrees_with_naive() {
        let mut random = Random::new(6);
        for _ in 0..500 {
            check(&mut random).unwrap();
        }
    }

    #[test]
    fn nothing_finite_is_zero() {
        assert_eq!(range(&[]), Range::default());
        assert_eq!(range(&[f32::NAN; 20]), Range::default());
        let found = range(&[-3.0, -1.0]);
        assert_eq!((found.absmax(), found.with_zero().max), (3.0, 0.0));
    }
}

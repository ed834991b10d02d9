//! Distinct weights in order, with how often each occurs.

use tensorpress_kernels::partition::{Moments, count_runs};
use tensorpress_kernels::sort::sort_u32;

/// Numbers on a line, ascending.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Points {
    /// Distinct values, none of them −0.
    pub(crate) values: Vec<f32>,
    /// How many weights each stands for.
    pub(crate) counts: Vec<u32>,
}

impl Points {
    /// The distinct weights, without 0 if that is taken care of.
    pub(crate) fn of(weights: &[f32], without_zero: bool) -> Self {
        let mut keys: Vec<u32> = weights.iter().map(|&weight| key(weight)).collect();
        sort_u32(&mut keys);
        let mut points = Points::default();
        for equal in keys.chunk_by(|a, b| a == b) {
            let value = value(equal[0]);
            if value != 0.0 || !without_zero {
                points.values.push(value);
                points.counts.push(equal.len() as u32);
            }
        }
        points
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// The sums over their runs; there is at least one.
    pub(crate) fn moments(&self) -> Moments {
        Moments::of(&self.values, &self.counts)
    }

    /// At most `most` points: neighbours within the least distance that achieves it become one, at their mean.
    pub(crate) fn merged(&self, most: usize) -> Points {
        if self.len() <= most {
            return self.clone();
        }
        // Bits of positive floats are in the order of the floats; the greatest distance may be infinite in fp32.
        let (mut too_short, mut enough) = (0, f32::MAX.to_bits());
        while enough - too_short > 1 {
            let middle = too_short + (enough - too_short) / 2;
            if count_runs(&self.values, f32::from_bits(middle), most + 1) <= most {
                enough = middle;
            } else {
                too_short = middle;
            }
        }
        let mut points = Points {
            values: Vec::with_capacity(most),
            counts: Vec::with_capacity(most),
        };
        let reach = f32::from_bits(enough);
        let mut begin = 0;
        while let Some(&first) = self.values.get(begin) {
            let near = self.values[begin..].iter().take_while(|&&value| value - first <= reach);
            let end = begin + near.count();
            let counts = &self.counts[begin..end];
            let count = counts.iter().fold(0u32, |sum, &count| sum.saturating_add(count));
            let terms = self.values[begin..end].iter().zip(counts);
            let sum = terms.fold(0.0, |sum, (&value, &count)| sum + f64::from(value) * f64::from(count));
            points.values.push((sum / f64::from(count)) as f32);
            points.counts.push(count);
            begin = end;
        }
        points
    }

    /// Adds points, ascending as well; equal ones become one.
    pub(crate) fn join(&mut self, others: impl Iterator<Item = (f32, u32)>) {
        let before = core::mem::take(self);
        let mut own = before.values.into_iter().zip(before.counts).peekable();
        let mut others = others.peekable();
        loop {
            let other_first = match (own.peek(), others.peek()) {
                (Some(own), Some(other)) => other.0 < own.0,
                (None, Some(_)) => true,
                _ => false,
            };
            let next = if other_first { others.next() } else { own.next() };
            let Some((value, count)) = next else {
                return;
            };
            match self.counts.last_mut() {
                Some(last) if self.values.last() == Some(&value) => *last = last.saturating_add(count),
                _ => {
                    self.values.push(value);
                    self.counts.push(count);
                }
            }
        }
    }
}

/// Sorts values, the least first; −0 becomes 0.
pub(crate) fn sort(values: &mut [f32]) {
    let mut keys: Vec<u32> = values.iter().map(|&value| key(value)).collect();
    sort_u32(&mut keys);
    values
        .iter_mut()
        .zip(keys)
        .for_each(|(value, key)| *value = self::value(key));
}

/// An integer in the order of the floats; −0 becomes 0.
fn key(weight: f32) -> u32 {
    let bits = (weight + 0.0).to_bits();
    // Negative numbers are in reverse order.
    bits ^ (((bits as i32) >> 31) as u32 | 0x8000_0000)
}

fn value(key: u32) -> f32 {
    f32::from_bits(key ^ ((!key as i32 >> 31) as u32 | 0x8000_0000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_weights_are_one_point() {
        let points = Points::of(&[1.0, -2.0, 0.0, 1.0, -0.0, f32::MIN, f32::MAX, -2.5], false);
        assert_eq!(points.values, [f32::MIN, -2.5, -2.0, 0.0, 1.0, f32::MAX]);
        assert_eq!(points.counts, [1, 1, 1, 2, 2, 1]);
        assert!(points.values[3].is_sign_positive());
        assert_eq!(Points::of(&[0.0, 3.0, -0.0], true).values, [3.0]);
        assert_eq!(Points::of(&[], false).len(), 0);
    }

    #[test]
    fn points_of_several_units_join() {
        let mut points = Points::of(&[1.0, -2.0, 1.0], false);
        let more = Points::of(&[3.0, 1.0, -5.0, 0.0], false);
        points.join(more.values.into_iter().zip(more.counts));
        assert_eq!(points, Points::of(&[1.0, -2.0, 1.0, 3.0, 1.0, -5.0, 0.0], false));
        let before = points.clone();
        points.join(core::iter::empty());
        assert_eq!(points, before);
        let mut none = Points::default();
        none.join([(2.0, u32::MAX), (2.0, 7)].into_iter());
        assert_eq!((none.values, none.counts), (vec![2.0], vec![u32::MAX]));
    }

    #[test]
    fn the_closest_points_merge() {
        let points = Points::of(&[0.0, 1.0, 1.25, 1.25, 5.0, 5.5, 100.0], false);
        let merged = points.merged(5);
        assert_eq!(merged.values, [0.0, (1.0 + 1.25 + 1.25) / 3.0, 5.0, 5.5, 100.0]);
        assert_eq!(merged.counts, [1, 3, 1, 1, 1]);
        assert_eq!(points.merged(6).len(), 6);
        assert_eq!(points.merged(2).len(), 2);
        // A range beyond fp32.
        assert_eq!(Points::of(&[f32::MIN, 0.0, f32::MAX], false).merged(2).len(), 2);
    }
}

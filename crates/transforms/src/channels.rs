//! Brings the weights of each channel together, and back.

use crate::Geometry;

/// The weights channel by channel, in the order that [`crate::Grouping`] numbers them.
pub(crate) fn gather(weights: &[f32], geometry: &Geometry) -> Vec<f32> {
    let mut gathered = weights.to_vec();
    visit(geometry, |from, to, run| {
        gathered[to..to + run].copy_from_slice(&weights[from..from + run]);
    });
    gathered
}

/// The opposite of [`gather`], for weights, codes, or whatever else each weight has.
pub(crate) fn scatter<T: Copy>(gathered: &[T], geometry: &Geometry) -> Vec<T> {
    let mut scattered = gathered.to_vec();
    visit(geometry, |from, to, run| {
        scattered[from..from + run].copy_from_slice(&gathered[to..to + run]);
    });
    scattered
}

/// Weights of one channel; at least 1, so that it can cut an empty unit.
pub(crate) fn length(geometry: &Geometry) -> usize {
    (geometry.outer() * geometry.inner()).max(1)
}

/// Each run of neighbours: where it lies in the tensor, where among the channels, and its length.
fn visit(geometry: &Geometry, mut copy: impl FnMut(usize, usize, usize)) {
    let (outer, channels, inner) = (geometry.outer(), geometry.channels(), geometry.inner());
    for slice in 0..outer {
        for channel in 0..channels {
            let from = (slice * channels + channel) * inner;
            copy(from, (channel * outer + slice) * inner, inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_come_together_and_go_back() {
        let weights: Vec<f32> = (0..24).map(|i| i as f32).collect();
        for axis in 0..3 {
            let geometry = Geometry::new(vec![2, 3, 4], axis);
            let gathered = gather(&weights, &geometry);
            assert_eq!(scatter(&gathered, &geometry), weights);
        }
        let middle = gather(&weights, &Geometry::new(vec![2, 3, 4], 1));
        assert_eq!(middle[..9], [0.0, 1.0, 2.0, 3.0, 12.0, 13.0, 14.0, 15.0, 4.0]);
        let empty = Geometry::new(vec![0, 3], 1);
        assert!(gather(&[], &empty).is_empty());
        assert_eq!(length(&empty), 1);
    }
}

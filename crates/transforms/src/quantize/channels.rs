//! Weights in the order of their channels, so that the groups of [`Grouping`] follow one another.

use crate::Grouping;
use crate::channels::swap_axes;
use std::borrow::Cow;
use std::ops::Range;
use tensorpress_kernels::transpose::Element;

/// The weights, channel after channel.
pub(super) fn by_channel<'a>(weights: &'a [f32], grouping: &Grouping) -> Cow<'a, [f32]> {
    if in_order(grouping) {
        return Cow::Borrowed(weights);
    }
    Cow::Owned(swap_axes(weights, [grouping.outer, grouping.channels, grouping.inner]))
}

/// The inverse: what belongs to the weights of each channel, in the order of the weights.
pub(super) fn by_weight<T: Element + Default>(sorted: Vec<T>, grouping: &Grouping) -> Vec<T> {
    if in_order(grouping) {
        return sorted;
    }
    swap_axes(&sorted, [grouping.channels, grouping.outer, grouping.inner])
}

fn in_order(grouping: &Grouping) -> bool {
    grouping.outer == 1 || grouping.channels == 1 || grouping.is_empty()
}

/// Calls `work` with ranges of weights in channel order and of their scales: as many groups at once as lie without a
/// gap, all of `grouping.group` weights but for the last.
pub(super) fn each_run(grouping: &Grouping, mut work: impl FnMut(Range<usize>, Range<usize>)) {
    let length = grouping.outer * grouping.inner;
    if grouping.is_empty() {
        return;
    }
    if length.is_multiple_of(grouping.group) {
        return work(0..grouping.len(), 0..grouping.scales());
    }
    let groups = grouping.groups();
    for channel in 0..grouping.channels {
        work(
            channel * length..(channel + 1) * length,
            channel * groups..(channel + 1) * groups,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Geometry;

    #[test]
    fn channels_come_together_and_go_back() {
        for (shape, axis) in [
            (vec![3, 70, 5], 1),
            (vec![70, 41], 1),
            (vec![7, 5], 0),
            (vec![2, 3, 1], 1),
            (vec![0, 4], 1),
        ] {
            let geometry = Geometry::new(shape, axis);
            let grouping = Grouping::group(&geometry, 16);
            let weights: Vec<f32> = (0..geometry.len()).map(|number| number as f32).collect();
            let sorted = by_channel(&weights, &grouping);
            let mut scales = vec![usize::MAX; sorted.len()];
            each_run(&grouping, |weights, groups| {
                for (offset, scale) in scales[weights].iter_mut().enumerate() {
                    *scale = groups.start + offset / grouping.group;
                }
            });
            for (&weight, scale) in sorted.iter().zip(scales) {
                assert_eq!(scale, grouping.scale_of(weight as usize));
            }
            assert_eq!(by_weight(sorted.into_owned(), &grouping), weights);
        }
    }
}

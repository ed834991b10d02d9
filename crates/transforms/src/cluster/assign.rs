//! Finds the nearest centroid.

use super::points::Points;
use crate::TransformError;

/// The greatest fp32 that belongs to the lower of two centroids: not above their middle.
fn bound(lower: f32, upper: f32) -> f32 {
    let middle = (f64::from(lower) + f64::from(upper)) / 2.0;
    let nearest = middle as f32;
    if f64::from(nearest) > middle {
        nearest.next_down()
    } else {
        nearest
    }
}

fn bounds(centroids: &[f32]) -> Vec<f32> {
    centroids.windows(2).map(|pair| bound(pair[0], pair[1])).collect()
}

/// The number of the nearest of at most 65,536 ascending centroids for each weight, the lower one in the middle of two.
pub(super) fn nearest(weights: &[f32], centroids: &[f32]) -> Result<Vec<u16>, TransformError> {
    if centroids.is_empty() && !weights.is_empty() || centroids.len() > 65_536 {
        let detail = format!(
            "{} centroids for {} weights, expected 1 to 65536",
            centroids.len(),
            weights.len()
        );
        return Err(TransformError::Unsuitable { detail });
    }
    let bounds = bounds(centroids);
    let index = |&weight: &f32| bounds.partition_point(|&bound| bound < weight) as u16;
    Ok(weights.iter().map(index).collect())
}

/// The mean of the points that each centroid is the nearest to; where there is none, the centroid.
pub(super) fn means(points: &Points, centroids: &[f32]) -> Vec<f32> {
    let bounds = bounds(centroids);
    let mut begin = 0;
    let ends = bounds
        .iter()
        .map(|&bound| points.values.partition_point(|&value| value <= bound));
    let ends: Vec<usize> = ends.chain([points.len()]).collect();
    let mut means = centroids.to_vec();
    for (mean, end) in means.iter_mut().zip(ends) {
        let values = &points.values[begin..end];
        let terms = values.iter().zip(&points.counts[begin..end]);
        let (sum, count) = terms.fold((0.0, 0.0), |(sum, count), (&value, &weight)| {
            let weight = f64::from(weight);
            (sum + weight * f64::from(value), count + weight)
        });
        if let [least, .., greatest] = values {
            *mean = ((sum / count) as f32).clamp(*least, *greatest);
        } else if let [only] = values {
            *mean = *only;
        }
        begin = end;
    }
    means
}

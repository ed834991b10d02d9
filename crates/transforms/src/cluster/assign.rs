//! Finds the nearest centroid.

use crate::TransformError;
use crate::error::unsuitable;
use crate::points::Points;
use tensorpress_kernels::assign::{Codebook, MAX_CENTROIDS};
use tensorpress_kernels::floats::limit;

/// The number of the nearest of 1 to 65,536 ascending centroids for each weight, the lower one in the middle of two.
pub(super) fn nearest(weights: &[f32], centroids: &[f32]) -> Result<Vec<u16>, TransformError> {
    let mut indices = vec![0u16; weights.len()];
    match Codebook::new(centroids) {
        Some(codebook) => codebook.assign(weights, &mut indices),
        None if weights.is_empty() => {}
        None => {
            let detail = format!(
                "{} centroids, expected 1 to {MAX_CENTROIDS} finite ones",
                centroids.len()
            );
            return Err(unsuitable(detail));
        }
    }
    Ok(indices)
}

/// The mean of the points that each centroid is the nearest to; where there is none, the centroid.
pub(super) fn means(points: &Points, centroids: &[f32]) -> Vec<f32> {
    let Some(codebook) = Codebook::new(centroids) else {
        return Vec::new();
    };
    let mut begin = 0;
    let bounds = codebook.boundaries().iter();
    let ends = bounds.map(|&bound| points.values.partition_point(|&value| value <= bound));
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
            *mean = limit((sum / count) as f32, *least, *greatest);
        } else if let [only] = values {
            *mean = *only;
        }
        begin = end;
    }
    means
}

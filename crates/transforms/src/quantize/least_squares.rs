//! Scales and zero points of least squared error. Source: ggml's `make_qx_quants` and `make_qkx2_quants`.

use super::settings::Settings;
use super::{ScaleType, ZeroType};
use tensorpress_kernels::floats::limit;
use tensorpress_kernels::group;

/// Where zero points are integers, those beside that of the extremes are tried, too.
const BESIDE: [f32; 2] = [-1.0, 1.0];

/// Moves scales and zero points, which are those of the extremes, to where the squared error is least.
pub(super) fn fit(values: &[f32], settings: &Settings, scales: &mut [f32], zeros: &mut [f32]) {
    if settings.zeros != ZeroType::Integer {
        return group::fit_scales_and_zeros(values, settings.grouping.group, settings.levels(), scales, zeros);
    }
    let (starts, middles) = (scales.to_vec(), zeros.to_vec());
    let mut best = Best {
        values,
        settings,
        errors: vec![f64::INFINITY; scales.len()],
        scales,
        zeros,
    };
    best.consider(&starts, &middles);
    if !settings.symmetric {
        let (low, high) = (settings.low as f32, settings.high as f32);
        for beside in BESIDE {
            let tried: Vec<f32> = middles.iter().map(|zero| limit(zero + beside, low, high)).collect();
            best.consider(&starts, &tried);
        }
    } else if settings.scale != ScaleType::Double && settings.low != -settings.high {
        let opposite: Vec<f32> = starts.iter().map(|scale| -scale).collect();
        best.consider(&opposite, &middles);
    }
}

/// The best so far of each group.
struct Best<'a> {
    values: &'a [f32],
    settings: &'a Settings,
    errors: Vec<f64>,
    scales: &'a mut [f32],
    zeros: &'a mut [f32],
}

impl Best<'_> {
    /// Fits scales from these starts on, zero points given, and keeps what is better.
    fn consider(&mut self, starts: &[f32], zeros: &[f32]) {
        let (group, levels) = (self.settings.grouping.group, self.settings.levels());
        let (mut found, mut errors) = (starts.to_vec(), vec![0.0; starts.len()]);
        group::fit_scales(self.values, group, levels, zeros, &mut found, &mut errors);
        for index in 0..found.len() {
            let error = f64::from(errors[index]) * f64::from(starts[index]).powi(2);
            if error < self.errors[index] {
                self.errors[index] = error;
                self.scales[index] = found[index];
                self.zeros[index] = zeros[index];
            }
        }
    }
}

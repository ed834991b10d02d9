//! Scales searched among shrunk ones. Source: llm-compressor's minimum-error observer.

use super::settings::Settings;
use tensorpress_kernels::group;

/// Shrinks scales where that gives less error. Zero points are integers: they are those of the whole range, too.
pub(super) fn fit(values: &[f32], settings: &Settings, zeros: &[f32], scales: &mut [f32]) {
    let (group, levels) = (settings.grouping.group, settings.levels());
    group::search_scales(values, group, levels, settings.norm, zeros, scales);
}

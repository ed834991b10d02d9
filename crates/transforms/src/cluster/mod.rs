//! Weights that share values: each becomes the nearest of a few centroids.

mod assign;
mod exact;
mod lloyd;
#[cfg(test)]
mod tests;

use crate::error::{check_number, check_strays, parameter};
use crate::points::{self, Points};
use crate::{Codebook, Open, Outcome, Step, Survey, Tally, Transform, TransformError, Unit, random};

/// The most clusters: an index has 16 bits.
const MAX_CLUSTERS: u32 = 65_536;
/// The most points that the exact method divides; beyond, the closest ones are merged first.
const MAX_POINTS: usize = 1 << 20;
/// The most clusters that tensors share: every job is told all of them.
const MAX_SHARED: u32 = 4096;
/// Points that a unit tells of itself where tensors share a codebook: at least so many, so many a cluster.
const TOLD: usize = 1 << 14;
const TOLD_A_CLUSTER: usize = 16;

tensorpress_json::fields! {
    /// Replaces each weight by the nearest of at most `clusters` centroids, chosen for the least squared error.
    ///
    /// Where zeros were pruned one centroid is exactly 0 and the others are chosen for the remaining weights. Where there
    /// are fewer distinct weights than clusters each becomes a centroid and nothing is lost.
    #[derive(Debug, Clone, PartialEq)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields, rename_all = "camelCase"))]
    pub struct Cluster {
        /// Centroids, 2 to 65,536; powers of two use their indices' bits best.
        pub clusters: u32 => required,
        /// How centroids are chosen.
        #[cfg_attr(feature = "typescript", ts(as = "Option<Method>"))]
        pub method: Method,
        /// Where Lloyd's method begins.
        #[cfg_attr(feature = "typescript", ts(as = "Option<Init>"))]
        pub init: Init,
        /// The most rounds of Lloyd's method, which ends when a round changes nothing. Without it 300.
        pub iterations: Option<u32>,
        /// Chooses among random beginnings.
        #[cfg_attr(feature = "typescript", ts(as = "Option<u32>"))]
        pub seed: u32,
        /// Whether all tensors of the rule share one codebook, chosen for the weights of all of them; of at most 4,096
        /// clusters then.
        #[cfg_attr(feature = "typescript", ts(as = "Option<bool>"))]
        pub shared: bool,
        /// Centroids from outside, at most `clusters` finite numbers.
        /// Nothing is left to choose then.
        pub codebook: Option<Vec<f32>>,
    }
}

/// How centroids are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub enum Method {
    /// The least squared error there is.
    #[default]
    Exact,
    /// Lloyd's method, which ends in a local minimum.
    Lloyd,
}

tensorpress_json::names!(Method {
    Exact: "exact",
    Lloyd: "lloyd"
});

/// Where Lloyd's method begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub enum Init {
    /// At equal distances from the least weight to the greatest, which keeps large weights well (Deep Compression).
    #[default]
    Linear,
    /// At equal numbers of weights.
    Density,
    /// At random weights.
    Random,
}

tensorpress_json::names!(Init {
    Linear: "linear",
    Density: "density",
    Random: "random"
});

impl Cluster {
    /// The centroids for weights, ascending and distinct; `salt` distinguishes random beginnings, and 0 belongs to them
    /// if zeros were `pruned`.
    pub fn fit(&self, weights: &[f32], pruned: bool, salt: u64) -> Vec<f32> {
        let mut centroids = match &self.codebook {
            Some(codebook) => codebook.clone(),
            None => self.choose(&Points::of(weights, pruned), pruned, salt),
        };
        if pruned {
            centroids.push(0.0);
        }
        for centroid in &mut centroids {
            // -0 would be another value than 0.
            if *centroid == 0.0 {
                *centroid = 0.0;
            }
        }
        points::sort(&mut centroids);
        centroids.dedup();
        centroids
    }

    /// The centroids but for that of pruned zeros, which the points leave out.
    fn choose(&self, distinct: &Points, pruned: bool, salt: u64) -> Vec<f32> {
        let clusters = self.clusters as usize - usize::from(pruned);
        if distinct.len() <= clusters {
            return distinct.values.clone();
        }
        let points = distinct.merged(MAX_POINTS);
        let moments = points.moments();
        let cuts = match self.method {
            Method::Exact => exact::cuts(&moments, clusters),
            Method::Lloyd => {
                let seed = random::seed(self.seed, salt);
                let start = lloyd::start(&points, &moments, self.init, clusters, seed);
                let rounds = self.iterations.unwrap_or(300);
                return lloyd::improve(&points, &moments, start, rounds);
            }
        };
        let centroids = moments.centroids(&points.values, &cuts);
        if points.len() == distinct.len() {
            return centroids;
        }
        // One round with what was merged.
        assign::means(distinct, &centroids)
    }
}

impl Transform for Cluster {
    fn check(&self) -> Result<(), TransformError> {
        let fits = (2..=MAX_CLUSTERS).contains(&self.clusters);
        check_number(fits, "cluster.clusters", self.clusters.into(), "2 to 65536")?;
        let lloyd = self.method == Method::Lloyd;
        check_strays(&[
            ("cluster.init", self.init != Init::Linear && !lloyd, "method lloyd"),
            (
                "cluster.iterations",
                self.iterations.is_some() && !lloyd,
                "method lloyd",
            ),
            (
                "cluster.seed",
                self.seed != 0 && self.init != Init::Random,
                "init random",
            ),
            ("cluster.method", lloyd && self.codebook.is_some(), "no codebook"),
            ("cluster.shared", self.shared && self.codebook.is_some(), "no codebook"),
        ])?;
        let fits = !self.shared || self.clusters <= MAX_SHARED;
        check_number(
            fits,
            "cluster.clusters",
            self.clusters.into(),
            "at most 4096 that are shared",
        )?;
        if let Some(codebook) = &self.codebook {
            let fits = (1..=self.clusters as usize).contains(&codebook.len());
            if !fits || !codebook.iter().all(|centroid| centroid.is_finite()) {
                let detail = format!(
                    "{} numbers, expected 1 to {}, all finite",
                    codebook.len(),
                    self.clusters
                );
                return Err(parameter("cluster.codebook", detail));
            }
        }
        Ok(())
    }

    fn apply(&self, unit: &mut Unit) -> Result<(), TransformError> {
        if self.shared {
            let detail = "no codebook of all tensors, expected the planner's";
            return Err(parameter("cluster.shared", detail));
        }
        let centroids = self.fit(&unit.weights, unit.pruned, unit.context.salt);
        let indices = assign::nearest(&unit.weights, &centroids)?;
        for (weight, &index) in unit.weights.iter_mut().zip(&indices) {
            *weight = centroids[usize::from(index)];
        }
        unit.outcome = Outcome::Codebook(Codebook { centroids, indices });
        Ok(())
    }

    fn open(&self) -> Open {
        if self.shared { Open::Together } else { Open::Nothing }
    }

    fn survey(&self, unit: &Unit) -> Option<Tally> {
        let told = (self.clusters as usize * TOLD_A_CLUSTER).max(TOLD);
        let points = Points::of(&unit.weights, unit.pruned).merged(told);
        let bits = points.values.iter().map(|value| value.to_bits());
        Some(bits.zip(points.counts).collect())
    }

    fn settle(&mut self, before: &[Step], survey: &Survey) {
        let pruned = before.iter().any(|step| matches!(step, Step::Prune(_)));
        self.codebook = Some(self.choose(&survey.points, pruned, 0));
        self.shared = false;
    }

    fn whole(&self) -> bool {
        self.codebook.is_none() && !self.shared
    }
}

//! Sums over runs of points, in constant time each: what a cluster's mean and squared error are made of.

use crate::floats::limit;

/// Number, sum and sum of squares of the points before a place, counted from the median outward: negative below it.
///
/// Both sums have a second float with what the first one lost. So an outlier, or clusters much smaller than the range,
/// do not drown what is asked about: the difference of two places.
#[derive(Clone, Copy, Default)]
struct Sums {
    count: f64,
    first: Long,
    second: Long,
}

/// A sum of about 106 bits.
#[derive(Clone, Copy, Default)]
struct Long {
    high: f64,
    low: f64,
}

impl Long {
    /// Adds by Knuth's exact two-sum.
    #[inline(always)]
    fn plus(self, term: f64) -> Self {
        let high = self.high + term;
        let back = high - self.high;
        let lost = (self.high - (high - back)) + (term - back);
        Long {
            high,
            low: self.low + lost,
        }
    }

    #[inline(always)]
    fn minus(self, other: Self) -> f64 {
        (self.high - other.high) + (self.low - other.low)
    }
}

/// Sums before each place, from before the first point to behind the last one.
pub struct Moments {
    sums: Vec<Sums>,
    /// What all values are measured from: the median point.
    origin: f64,
}

impl Moments {
    /// Moments of points: ascending values, of which there is at least one, and how often each occurs.
    ///
    /// # Panics
    /// If there is none, or there are fewer counts than values.
    pub fn of(values: &[f32], counts: &[u32]) -> Self {
        let count = values.len();
        let middle = count / 2;
        let origin = f64::from(values[middle]);
        let mut sums = vec![Sums::default(); count + 1];
        let add = |sums: Sums, index: usize, sign: f64| {
            let weight = sign * f64::from(counts[index]);
            let value = f64::from(values[index]) - origin;
            Sums {
                count: sums.count + weight,
                first: sums.first.plus(weight * value),
                second: sums.second.plus(weight * value * value),
            }
        };
        for index in middle..count {
            sums[index + 1] = add(sums[index], index, 1.0);
        }
        for index in (0..middle).rev() {
            sums[index] = add(sums[index + 1], index, -1.0);
        }
        Moments { sums, origin }
    }

    /// The same with places only at every `step`th point, and at the end.
    pub fn thinned(&self, step: usize) -> Self {
        let places = (0..self.count()).step_by(step).chain([self.count()]);
        Moments {
            sums: places.map(|place| self.sums[place]).collect(),
            origin: self.origin,
        }
    }

    /// Number of points.
    pub fn count(&self) -> usize {
        self.sums.len() - 1
    }

    /// The squared error of one cluster of the points `begin..end`, of which there is at least one.
    #[inline(always)]
    pub fn cost(&self, begin: usize, end: usize) -> f64 {
        let (before, behind) = (&self.sums[begin], &self.sums[end]);
        let first = behind.first.minus(before.first);
        let second = behind.second.minus(before.second);
        // Not below 0, which rounding could do.
        let error = second - first * first / (behind.count - before.count);
        // Not `max`, which is a call.
        if error > 0.0 { error } else { 0.0 }
    }

    /// Their mean, measured from the origin.
    pub fn mean(&self, begin: usize, end: usize) -> f64 {
        let (before, behind) = (&self.sums[begin], &self.sums[end]);
        behind.first.minus(before.first) / (behind.count - before.count)
    }

    /// A number as means are measured.
    pub fn measured(&self, value: f32) -> f64 {
        f64::from(value) - self.origin
    }

    /// The squared error of clusters that end at the cuts.
    pub fn total(&self, cuts: &[u32]) -> f64 {
        self.runs(cuts)
            .fold(0.0, |sum, (begin, end)| sum + self.cost(begin, end))
    }

    /// How many weights are before the place, counted from the first point.
    pub fn count_before(&self, place: usize) -> f64 {
        self.sums[place].count - self.sums[0].count
    }

    /// The means of clusters that end at the cuts, as fp32.
    pub fn centroids(&self, values: &[f32], cuts: &[u32]) -> Vec<f32> {
        let runs = self.runs(cuts);
        runs.map(|(begin, end)| self.centroid(values, begin, end)).collect()
    }

    /// The mean of a cluster as fp32: a lone point's own value, and never outside the cluster.
    pub fn centroid(&self, values: &[f32], begin: usize, end: usize) -> f32 {
        let mean = (self.mean(begin, end) + self.origin) as f32;
        limit(mean, values[begin], values[end - 1])
    }

    fn runs(&self, cuts: &[u32]) -> impl Iterator<Item = (usize, usize)> {
        let begins = core::iter::once(&0).chain(cuts);
        begins.zip(cuts).map(|(&begin, &end)| (begin as usize, end as usize))
    }
}

//! The best partition of a line where each cluster has a price, whatever their number.

mod moments;

pub use moments::Moments;

/// A partition, and what it costs.
pub struct Partition {
    /// Where clusters end, ascending; the last one at the number of points.
    pub cuts: Vec<u32>,
    /// Squared error plus the price of all clusters.
    pub cost: f64,
}

/// How many runs cover ascending values where none is wider than `reach`, each as wide as it can be; at most `most` are
/// counted.
#[inline(never)]
pub fn count_runs(values: &[f32], reach: f32, most: usize) -> usize {
    let (mut count, mut first) = (0, f32::NEG_INFINITY);
    for &value in values {
        // The first value is infinitely far from what is before it.
        if value - first > reach {
            if count == most {
                break;
            }
            count += 1;
            first = value;
        }
    }
    count
}

/// Buffers to be used again.
#[derive(Default)]
pub struct Partitioner {
    /// Least cost of the points before each place.
    least: Vec<f64>,
    /// Where the last cluster before each place begins.
    begins: Vec<u32>,
    /// Places where clusters may begin, each with the first end for which it is better than those before it.
    queue: Vec<(u32, u32)>,
}

impl Partitioner {
    /// Finds the partition of the least squared error plus `price` times the number of clusters.
    ///
    /// The cost of a cluster is a Monge function of its ends: once a later beginning is better than an earlier one, it
    /// remains so for all ends behind. So the beginnings that are still of use form a queue (Hirschberg and Larmore,
    /// "The least weight subsequence problem", 1987; Galil and Giancarlo 1989), and where one overtakes its
    /// predecessor is found by a search that starts where the predecessor took over, a few steps away.
    pub fn run(&mut self, moments: &Moments, price: f64) -> Partition {
        let count = moments.count();
        self.least.clear();
        self.least.resize(count + 1, 0.0);
        self.begins.clear();
        self.begins.resize(count + 1, 0);
        self.queue.clear();
        self.queue.push((0, 1));
        let mut head = 0;
        for end in 1..=count {
            while self.queue.get(head + 1).is_some_and(|&(_, from)| from as usize <= end) {
                head += 1;
            }
            let begin = self.queue[head].0;
            self.least[end] = self.least[begin as usize] + moments.cost(begin as usize, end) + price;
            self.begins[end] = begin;
            if end < count {
                self.offer(moments, end);
            }
        }
        let mut cuts = Vec::new();
        let mut place = count;
        while place > 0 {
            cuts.push(place as u32);
            place = self.begins[place] as usize;
        }
        cuts.reverse();
        Partition {
            cuts,
            cost: self.least[count],
        }
    }

    /// Puts a beginning into the queue, in place of those that it is better than from the first end on.
    #[inline(always)]
    fn offer(&mut self, moments: &Moments, begin: usize) {
        let count = moments.count();
        let base = self.least[begin];
        while let Some(&(other, from)) = self.queue.last() {
            let other = other as usize;
            let other_base = self.least[other];
            let better = |end: usize| base + moments.cost(begin, end) < other_base + moments.cost(other, end);
            let from = from as usize;
            if from > begin && better(from) {
                // Not the head, which took over at or before `begin`.
                self.queue.pop();
                continue;
            }
            // `other` is better at `below`, or `below` is before any end of a cluster that begins here.
            let mut below = from.max(begin);
            let mut step = 1;
            let above = loop {
                let next = below + step;
                if next >= count {
                    if !better(count) {
                        return;
                    }
                    break count;
                }
                if better(next) {
                    break next;
                }
                below = next;
                step *= 2;
            };
            let first = first_where(below + 1, above, better);
            self.queue.push((begin as u32, first as u32));
            return;
        }
    }
}

/// The first number for which `holds`, which does for `last` and for all after the first.
#[inline(always)]
fn first_where(mut first: usize, mut last: usize, holds: impl Fn(usize) -> bool) -> usize {
    while first < last {
        let middle = first + (last - first) / 2;
        if holds(middle) {
            last = middle;
        } else {
            first = middle + 1;
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use super::count_runs;

    #[test]
    fn runs_are_counted() {
        let values = [-2.0, -1.5, -1.0, 0.0, 3.0, 3.0];
        for (reach, runs) in [
            (0.0, 5),
            (0.5, 4),
            (1.0, 3),
            (2.0, 2),
            (4.9, 2),
            (5.0, 1),
            (f32::MAX, 1),
        ] {
            assert_eq!(count_runs(&values, reach, 9), runs, "{reach}");
            assert_eq!(count_runs(&values, reach, 2), runs.min(2));
        }
        assert_eq!(count_runs(&[], 1.0, 2), 0);
    }

    use super::*;

    #[test]
    fn the_price_decides_how_many() {
        let (values, counts) = ([0.0, 1.0, 10.0, 12.0, 40.0], [1, 3, 1, 1, 2]);
        let moments = Moments::of(&values, &counts);
        assert_eq!(moments.count(), 5);
        assert!((moments.cost(0, 2) - 0.75).abs() < 1e-12);
        for (price, cuts, error) in [
            (0.5, vec![1, 2, 3, 4, 5], 0.0),
            (1.0, vec![2, 3, 4, 5], 0.75),
            (10.0, vec![2, 4, 5], 2.75),
        ] {
            let found = Partitioner::default().run(&moments, price);
            assert_eq!(found.cuts, cuts);
            assert!((found.cost - error - price * cuts.len() as f64).abs() < 1e-12);
            assert!((moments.total(&found.cuts) - error).abs() < 1e-12);
        }
        assert_eq!(moments.centroids(&values, &[2, 4, 5]), [0.75, 11.0, 40.0]);
    }
}

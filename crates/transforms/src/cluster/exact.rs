//! The partition of a line into k clusters with the least squared error there is.

use tensorpress_kernels::partition::{Moments, Partition, Partitioner};

/// Rounds after which the search for the price ends whatever it has found: twice what halving the bits of an fp64 takes.
const MAX_ROUNDS: usize = 140;
/// Rounds that follow the shape of a usual distribution; then each second one halves.
const HOPEFUL_ROUNDS: usize = 8;
/// Relative distance to the proven lower bound that is taken for equality.
const TOLERANCE: f64 = 1e-9;
/// How many points become one place for a first search, and from how many points on that pays.
const THINNING: usize = 16;
const THIN_FROM: usize = 1 << 14;

/// Where the clusters end; `clusters` is above 0 and below the number of points.
///
/// The least error is a convex function of the number of clusters, because a cluster's error is a Monge function of its
/// ends. So each number has a price a cluster at which it is the best one (Aggarwal, Schieber and Tokuyama, "Finding a
/// minimum-weight k-link path in graphs with the concave Monge property", 1994), and the partition at a given price
/// takes a single pass. The price is searched; where it is best for several numbers, two partitions are spliced.
/// The cost at a price is also a lower bound, which says how close the result is.
pub(super) fn cuts(moments: &Moments, clusters: usize) -> Vec<u32> {
    let spread = moments.cost(0, moments.count());
    // For normally distributed points the error is about 2.7 · spread / k², whose derivative is the price.
    let size = clusters as f64;
    let guess = 5.4 * spread / (size * size * size);
    let guess = if moments.count() >= THIN_FROM && clusters <= moments.count() / (4 * THINNING) {
        search(&moments.thinned(THINNING), clusters, guess).price
    } else {
        guess
    };
    search(moments, clusters, guess).cuts
}

/// What a search finds.
pub(super) struct Found {
    pub(super) cuts: Vec<u32>,
    /// The last price.
    pub(super) price: f64,
}

/// A price, and the partition that is the best at it.
struct Side {
    price: f64,
    cuts: Vec<u32>,
}

/// Searches from a first price on.
pub(super) fn search(moments: &Moments, clusters: usize, guess: f64) -> Found {
    let mut partitioner = Partitioner::default();
    let count = moments.count();
    // Free clusters are as many as there are points; at this price one is enough.
    let mut cheap = Side {
        price: 0.0,
        cuts: (1..=count as u32).collect(),
    };
    let mut dear = Side {
        price: moments.cost(0, count),
        cuts: vec![count as u32],
    };
    let mut bound = 0.0f64;
    let mut price = guess;
    for round in 0..MAX_ROUNDS {
        let halve = round > HOPEFUL_ROUNDS && round % 2 == 0;
        if halve || !(price > cheap.price && price < dear.price) {
            price = between(cheap.price, dear.price);
        }
        let Partition { cuts, cost } = partitioner.run(moments, price);
        bound = bound.max(cost - price * clusters as f64);
        let found = cuts.len();
        let ends = found == clusters || price <= cheap.price || price >= dear.price;
        if found == clusters {
            return Found { cuts, price };
        }
        if found > clusters {
            cheap = Side { price, cuts };
        } else {
            dear = Side { price, cuts };
        }
        if ends {
            break;
        }
        let spliced = splice(&dear.cuts, &cheap.cuts, clusters);
        let error = moments.total(&spliced);
        if error - bound <= TOLERANCE * error {
            return Found { cuts: spliced, price };
        }
        // The price goes with the third power of the number.
        let ratio = found as f64 / clusters as f64;
        price *= ratio * ratio * ratio;
    }
    Found {
        cuts: splice(&dear.cuts, &cheap.cuts, clusters),
        price,
    }
}

/// The middle of two numbers that are not negative, in the order of their bits: about the geometric one.
fn between(low: f64, high: f64) -> f64 {
    let (low, high) = (low.to_bits(), high.to_bits());
    f64::from_bits(low + (high - low) / 2)
}

/// A partition of `clusters` clusters out of one of fewer and one of more, which both are the best at some price.
///
/// Somewhere a cluster of the one lies within a cluster of the other such that the numbers add up: the clusters before
/// it of the one, a cluster from there to the end of the inner one, and the rest of the other.
fn splice(few: &[u32], many: &[u32], clusters: usize) -> Vec<u32> {
    let surplus = many.len() - clusters;
    // Cluster i of `few` ends at few[i]; the cluster of `many` that is to lie within it is number i + surplus.
    let inner = (0..few.len()).find(|&i| many.get(i + surplus).is_some_and(|&end| end <= few[i]));
    let at = inner.unwrap_or(few.len() - 1);
    let mut cuts = few[..at].to_vec();
    cuts.extend_from_slice(&many[at + surplus..]);
    cuts
}

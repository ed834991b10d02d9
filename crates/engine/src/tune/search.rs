//! Finds where a falling function has a wanted value.

use tensorpress_kernels::floats::limit;

/// What is sought: a value between `low` and `high`, best `aim`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Window {
    pub low: f64,
    pub aim: f64,
    pub high: f64,
}

impl Window {
    /// Whether a value will do.
    pub(super) fn holds(&self, y: f64) -> bool {
        y >= self.low && y <= self.high
    }
}

/// The points that are known, and where the next one should be.
#[derive(Debug, Clone)]
pub(super) struct Search {
    pub window: Window,
    /// Ends of where to look.
    pub ends: (f64, f64),
    /// The function's slope, before two points tell it. Below 0.
    pub slope: f64,
    points: Vec<(f64, f64)>,
}

/// Furthest that one point may be from the last.
const MAX_STRIDE: f64 = 4.0;
/// Points on the same side after which the middle is tried.
const CREEPING: usize = 4;
/// Of the distance between two known points, the part next to either that is not tried.
const MARGIN: f64 = 0.02;

impl Search {
    pub(super) fn new(window: Window, ends: (f64, f64), slope: f64) -> Self {
        Search {
            window,
            ends,
            slope,
            points: Vec::new(),
        }
    }

    /// Adds a point.
    pub(super) fn add(&mut self, x: f64, y: f64) {
        self.points.push((x, y));
    }

    /// The next place to look; `None` where there is nothing left to try.
    pub(super) fn next(&self) -> Option<f64> {
        let &(x, y) = self.points.last()?;
        // The nearest points on both sides of the window.
        let above = self.points.iter().filter(|point| point.1 > self.window.high);
        let above = above.max_by(|a, b| a.0.total_cmp(&b.0));
        let below = self.points.iter().filter(|point| point.1 < self.window.low);
        let below = below.min_by(|a, b| a.0.total_cmp(&b.0));
        let next = match (above, below) {
            (Some(&(left, high)), Some(&(right, low))) => {
                let width = right - left;
                if width.abs() < 1e-6 {
                    return None;
                }
                let part = (high - self.window.aim) / (high - low);
                let inside = left + width * part.clamp(MARGIN, 1.0 - MARGIN);
                // Where the function bends the last two points tell more than the outer ones, but neither may creep up
                // from one side for ever.
                let secant = self.secant().filter(|next| *next > left && *next < right);
                if self.creeps() {
                    left + width * 0.5
                } else {
                    secant.unwrap_or(inside)
                }
            }
            _ => {
                let stride = (self.window.aim - y) / self.measured().unwrap_or(self.slope);
                x + stride.clamp(-MAX_STRIDE, MAX_STRIDE)
            }
        };
        let next = limit(next, self.ends.0, self.ends.1);
        (next != x).then_some(next)
    }

    /// Where the line through the last two points has the wanted value.
    fn secant(&self) -> Option<f64> {
        let [.., (x0, y0), (x1, y1)] = self.points[..] else {
            return None;
        };
        let slope = (y1 - y0) / (x1 - x0);
        (slope < 0.0).then(|| x1 + (self.window.aim - y1) / slope)
    }

    /// Whether the last points lie on the same side of the window.
    fn creeps(&self) -> bool {
        let last = &self.points[self.points.len().saturating_sub(CREEPING)..];
        let above = last.iter().filter(|point| point.1 > self.window.high).count();
        last.len() == CREEPING && (above == 0 || above == CREEPING)
    }

    /// The slope between the last two points, where it is believable.
    fn measured(&self) -> Option<f64> {
        let [.., (x0, y0), (x1, y1)] = self.points[..] else {
            return None;
        };
        let slope = (y1 - y0) / (x1 - x0);
        (slope > self.slope * 4.0 && slope < self.slope / 64.0).then_some(slope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn solve(function: impl Fn(f64) -> f64, aim: f64, start: f64) -> (f64, usize) {
        let window = Window {
            low: aim * 0.99,
            aim: aim * 0.995,
            high: aim,
        };
        let mut search = Search::new(window, (-30.0, 10.0), -1.0);
        let mut x = start;
        for round in 1..=20 {
            let y = function(x);
            if window.holds(y) {
                return (y, round);
            }
            search.add(x, y);
            x = search.next().unwrap();
        }
        panic!("not found");
    }

    #[test]
    fn falling_functions_are_solved_in_a_few_rounds() {
        // Bits of a Gaussian, roughly: a line that bends towards 0.
        let bits = |x: f64| (1.0 + (-(x - 2.0) * 1.4).exp2()).log2() / 1.4;
        for aim in [0.2, 1.0, 2.2, 3.7, 7.7] {
            for start in [-6.0, 0.0, 3.0] {
                let (y, rounds) = solve(bits, aim, start);
                assert!(rounds <= 9, "{aim} from {start}: {y} in {rounds}");
            }
        }
    }

    #[test]
    fn jumps_and_ends_are_noticed() {
        let window = Window {
            low: 0.9,
            aim: 0.95,
            high: 1.0,
        };
        let mut search = Search::new(window, (-2.0, 2.0), -1.0);
        let mut x = 0.0;
        let mut rounds = 0;
        // The window lies within a jump.
        loop {
            search.add(x, if x < 0.5 { 2.0 } else { 0.1 });
            rounds += 1;
            match search.next() {
                Some(next) if rounds < 200 => x = next,
                _ => break,
            }
        }
        assert!((x - 0.5).abs() < 0.1);
        let mut flat = Search::new(window, (-2.0, 2.0), -1.0);
        flat.add(-2.0, 0.5);
        assert_eq!(flat.next(), None);
    }

    /// Rounds that the tuner makes at most, over samples and over everything.
    const ROUNDS: usize = 16;

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(2000))]

        #[test]
        fn lines_with_bends_are_solved(
            slopes in proptest::collection::vec(0.3..2.0f64, 31),
            at in 1.0..30.0f64,
            off in -6.0..6.0f64,
        ) {
            // Falls from bend to bend, each an octave from the next, to 0.1 at the coarse end.
            let function = |x: f64| {
                let behind = |octave: usize| (-21.0 + octave as f64 - x.max(octave as f64 - 22.0)).max(0.0);
                0.1 + slopes.iter().enumerate().map(|(octave, slope)| slope * behind(octave)).sum::<f64>()
            };
            let wanted = function(at - 22.0);
            let window = Window { low: wanted * 0.993, aim: wanted * 0.998, high: wanted * 1.002 };
            let ends = (-22.0, 9.0);
            let mut search = Search::new(window, ends, -1.0);
            let mut x = limit(at - 22.0 + off, ends.0, ends.1);
            let mut rounds = 1;
            loop {
                let y = function(x);
                if window.holds(y) {
                    break;
                }
                rounds += 1;
                proptest::prop_assert!(rounds <= ROUNDS, "{wanted} at {}", at - 22.0);
                search.add(x, y);
                let next = search.next();
                proptest::prop_assert!(next.is_some_and(|next| (ends.0..=ends.1).contains(&next)));
                x = next.unwrap_or(x);
            }
        }
    }
}

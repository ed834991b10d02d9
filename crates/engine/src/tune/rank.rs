//! The magnitude of a rank, from counts of many jobs.

use crate::lossy::Counts;

/// Sums of what jobs counted.
#[derive(Debug, Default)]
pub(super) struct Ranks(Vec<u64>);

impl Ranks {
    /// Adds a job's counts.
    pub(super) fn add(&mut self, counts: &Counts) {
        self.0.resize(1 << 16, 0);
        for &(index, count) in counts {
            // Indices are of 16 bits, as the job that counts makes them.
            if let Some(sum) = self.0.get_mut(index as usize) {
                *sum += u64::from(count);
            }
        }
    }

    /// All that was counted.
    pub(super) fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The index that holds `rank`, from 0, and the rank within it; `None` where there are not so many.
    pub(super) fn locate(&self, rank: u64) -> Option<(u16, u64)> {
        let mut left = rank;
        for (index, &count) in self.0.iter().enumerate() {
            if left < count {
                return Some((index as u16, left));
            }
            left -= count;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_found_across_jobs() {
        let mut ranks = Ranks::default();
        assert_eq!((ranks.total(), ranks.locate(0)), (0, None));
        ranks.add(&vec![(3, 2), (7, 1)]);
        ranks.add(&vec![(3, 1), (9, 4)]);
        assert_eq!(ranks.total(), 8);
        let found: Vec<_> = [0, 2, 3, 4, 7].map(|rank| ranks.locate(rank).unwrap()).into();
        assert_eq!(found, [(3, 0), (3, 2), (7, 0), (9, 0), (9, 3)]);
        assert_eq!(ranks.locate(8), None);
    }
}

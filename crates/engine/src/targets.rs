//! Where a stream's decoded bytes go in the original files.

use crate::EngineError;
use crate::fault::limit;
use crate::limits::MAX_TARGETS;
use crate::schema::{Plan, PlanPiece};
use tensorpress_formats::order::sort_by_number;

/// A run of decoded bytes and its place: `(file, offset in the file, offset in the job, length)`.
pub type Target = (usize, u64, u64, u64);

/// A piece as its stream sees it.
#[derive(Debug, Clone, Copy)]
struct Use {
    start: u64,
    len: u64,
    file: usize,
    offset: u64,
}

/// For each stream, the pieces that name it, by where they begin.
pub(crate) struct Targets(Vec<Vec<Use>>);

impl Targets {
    /// Collects the pieces of a checked plan.
    pub(crate) fn new(plan: &Plan) -> Self {
        let mut uses: Vec<Vec<Use>> = vec![Vec::new(); plan.streams.len()];
        let mut skeleton = 0;
        for (file, of) in plan.files.iter().enumerate() {
            let mut offset = 0;
            for piece in &of.pieces {
                let (stream, start, len) = match *piece {
                    PlanPiece::Skeleton { len } => {
                        skeleton += len;
                        (0, skeleton - len, len)
                    }
                    PlanPiece::Stream { stream, start, len } => (stream, start, len),
                };
                uses[stream].push(Use {
                    start,
                    len,
                    file,
                    offset,
                });
                offset += len;
            }
        }
        for list in &mut uses {
            sort_by_number(list, |u| u.start);
        }
        Targets(uses)
    }

    /// A walk over one stream's jobs, which must be asked for in order.
    pub(crate) fn walk(&self, stream: usize) -> Walk<'_> {
        Walk {
            waiting: &self.0[stream],
            active: Vec::new(),
        }
    }
}

/// Keeps the pieces that the current job touches.
pub(crate) struct Walk<'a> {
    waiting: &'a [Use],
    active: Vec<Use>,
}

impl Walk<'_> {
    /// The targets of decoded bytes `start … start + len`. `budget` counts down what is left of `MAX_TARGETS`.
    pub(crate) fn next(&mut self, start: u64, len: u64, budget: &mut usize) -> Result<Vec<Target>, EngineError> {
        let end = start + len;
        let ready = self.waiting.partition_point(|u| u.start < end);
        let (ready, waiting) = self.waiting.split_at(ready);
        self.waiting = waiting;
        self.active.extend_from_slice(ready);
        self.active.retain(|u| u.start + u.len > start);
        let Some(left) = budget.checked_sub(self.active.len()) else {
            return Err(limit("MAX_TARGETS", MAX_TARGETS as u64, MAX_TARGETS as u64 + 1));
        };
        *budget = left;
        let targets = self.active.iter().map(|u| {
            let from = u.start.max(start);
            let to = (u.start + u.len).min(end);
            (u.file, u.offset + (from - u.start), from - start, to - from)
        });
        Ok(targets.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::PlanFile;

    #[test]
    fn places_are_counted_down_from_the_limit() {
        let piece = PlanPiece::Stream {
            stream: 1,
            start: 0,
            len: 4,
        };
        let plan = Plan {
            files: vec![PlanFile {
                len: 12,
                pieces: vec![piece; 3],
                ..PlanFile::default()
            }],
            streams: vec![
                crate::schema::PlanStream {
                    name: String::new(),
                    len: 4,
                    block: 2,
                    layout: crate::codec::Layout::U8,
                    chain: String::new(),
                };
                2
            ],
            tensors: Vec::new(),
        };
        let targets = Targets::new(&plan);
        for (budget, expected) in [(6, Ok(())), (5, Err("limit"))] {
            let (mut walk, mut left) = (targets.walk(1), budget);
            let first = walk.next(0, 2, &mut left).unwrap();
            assert_eq!(first, [(0, 0, 0, 2), (0, 4, 0, 2), (0, 8, 0, 2)]);
            let second = walk.next(2, 2, &mut left);
            assert_eq!(second.as_ref().map(|_| ()).map_err(|error| error.code()), expected);
            if let Ok(second) = second {
                assert_eq!(second, [(0, 2, 0, 2), (0, 6, 0, 2), (0, 10, 0, 2)]);
                assert_eq!(left, 0);
            }
        }
    }

    proptest::proptest! {
        /// Pieces of a stream in any order, as of files that hold the same tensors in another one: each byte goes where
        /// the pieces say.
        #[test]
        fn every_piece_gets_its_bytes(
            pieces in proptest::collection::vec(proptest::collection::vec((0..90u64, 1..40u64), 0..6), 1..5),
            job in 1..50u64,
        ) {
            const LEN: u64 = 100;
            let mut plan = Plan::default();
            let stream = crate::schema::PlanStream {
                name: String::new(),
                len: LEN,
                block: 1,
                layout: crate::codec::Layout::U8,
                chain: String::new(),
            };
            plan.streams = vec![stream; 2];
            let mut expected: Vec<Vec<u8>> = Vec::new();
            for pieces in pieces {
                let pieces = pieces.into_iter().map(|(start, len)| (start, len.min(LEN - start)));
                let pieces: Vec<(u64, u64)> = pieces.collect();
                expected.push(pieces.iter().flat_map(|&(start, len)| (start..start + len).map(|at| at as u8)).collect());
                plan.files.push(PlanFile {
                    len: pieces.iter().map(|(_, len)| len).sum(),
                    pieces: pieces.into_iter().map(|(start, len)| PlanPiece::Stream { stream: 1, start, len }).collect(),
                    ..PlanFile::default()
                });
            }
            let targets = Targets::new(&plan);
            let mut walk = targets.walk(1);
            let mut found: Vec<Vec<u8>> = expected.iter().map(|bytes| vec![255; bytes.len()]).collect();
            for start in (0..LEN).step_by(job as usize) {
                let len = job.min(LEN - start);
                for (file, offset, within, len_of) in walk.next(start, len, &mut { usize::MAX }).unwrap() {
                    proptest::prop_assert!(len_of > 0 && within + len_of <= len);
                    for at in 0..len_of {
                        found[file][(offset + at) as usize] = (start + within + at) as u8;
                    }
                }
            }
            proptest::prop_assert_eq!(found, expected);
        }
    }
}

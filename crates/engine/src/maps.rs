//! Will every file come back as it is? In the order of a file's map, the bytes that the encoders are handed must be the
//! file, first byte to last. Where they are handed the very bytes in question nothing need be read; what a map takes from
//! elsewhere, as for a tensor that occurs twice, is for the driver to compare.

use crate::EngineError;
use crate::assemble::EncodeJob;
use crate::fault::invalid;
use crate::schema::{Plan, PlanPiece};
use tensorpress_json::{Quoted, ToJson, write_members};

/// Bytes of a file that must be those of another range, or the file does not come back as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Claim {
    /// The file.
    pub file: usize,
    /// Its first byte in question; there are as many as the range has.
    pub at: u64,
    /// What its decoder is going to find there: `(file, offset, length)`.
    pub span: (usize, u64, u64),
}

impl ToJson for Claim {
    fn write(&self, out: &mut Vec<u8>) {
        write_members(&[("file", &self.file), ("at", &self.at), ("span", &self.span)], out);
    }
}

/// What jobs are handed, one behind the other.
#[derive(Default)]
struct Handed {
    /// Where each range begins in it, and the range.
    ranges: Vec<(u64, (usize, u64, u64))>,
    /// Where each stream begins.
    streams: Vec<u64>,
}

impl Handed {
    fn new(jobs: &[EncodeJob]) -> Self {
        let (mut handed, mut at) = (Handed::default(), 0);
        for job in jobs {
            // Streams without bytes have no job.
            handed.streams.resize(job.stream + 1, at);
            for &span in &job.spans {
                handed.ranges.push((at, span));
                at += span.2;
            }
        }
        handed
    }
}

/// What is left to be compared of the files of a plan, whose streams the `jobs` encode.
pub fn claims(plan: &Plan, jobs: &[EncodeJob]) -> Result<Vec<Claim>, EngineError> {
    let handed = Handed::new(jobs);
    let mut claims = Vec::new();
    let mut skeleton = 0;
    for (index, file) in plan.files.iter().enumerate() {
        let mut at = 0;
        for piece in &file.pieces {
            let (stream, start, mut left) = match *piece {
                PlanPiece::Skeleton { len } => (0, skeleton, len),
                PlanPiece::Stream { stream, start, len } => (stream, start, len),
            };
            if stream == 0 {
                skeleton += left;
            }
            let mut from = handed.streams.get(stream).map_or(0, |first| first + start);
            let behind = handed.ranges.partition_point(|&(start, _)| start <= from);
            for &(start, (file, offset, len)) in &handed.ranges[behind.saturating_sub(1)..] {
                let within = from - start;
                let taken = len.saturating_sub(within).min(left);
                if taken == 0 {
                    break;
                }
                let span = (file, offset + within, taken);
                if (file, span.1) != (index, at) {
                    claims.push(Claim { file: index, at, span });
                }
                at += taken;
                from += taken;
                left -= taken;
            }
            // Each job was handed as much as it has blocks for, so that this is a defect of the engine.
            if left > 0 {
                return Err(invalid("jobs", format!("they lack bytes of {}", Quoted(&file.path))));
            }
        }
    }
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assemble::Assembler;
    use crate::oneshot::plan;
    use crate::options::Options;

    /// A safetensors file with tensors of fp32 noise that have these seeds.
    fn model(seeds: &[u64]) -> Vec<u8> {
        const LEN: usize = 40_000;
        let entries: Vec<String> = (0..seeds.len())
            .map(|index| {
                let (start, end) = (index * LEN, (index + 1) * LEN);
                format!(r#""t{index}":{{"dtype":"F32","shape":[10000],"data_offsets":[{start},{end}]}}"#)
            })
            .collect();
        let header = format!("{{{}}}", entries.join(","));
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend_from_slice(header.as_bytes());
        for seed in seeds {
            let mut state = *seed;
            bytes.extend((0..LEN).map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                (state >> 56) as u8
            }));
        }
        bytes
    }

    #[test]
    fn nothing_is_claimed_of_what_is_handed_over_as_it_is() {
        let files = [
            ("a.safetensors".to_owned(), model(&[1, 2])),
            ("b".to_owned(), vec![7; 5000]),
        ];
        let assembler = Assembler::new(plan(&files, &Options::default()).unwrap().finish().unwrap()).unwrap();
        assert_eq!(claims(assembler.plan(), &assembler.jobs()), Ok(vec![]));
    }

    #[test]
    fn twins_and_wrong_maps_are_claimed() {
        let files = [
            ("a.safetensors".to_owned(), model(&[1, 2])),
            ("b.safetensors".to_owned(), model(&[3, 1])),
        ];
        let data = |file: usize| files[file].1.len() as u64 - 80_000;
        let assembler = Assembler::new(plan(&files, &Options::default()).unwrap().finish().unwrap()).unwrap();
        let mut jobs = assembler.jobs();
        let twin = Claim {
            file: 1,
            at: data(1) + 40_000,
            span: (0, data(0), 40_000),
        };
        assert_eq!(claims(assembler.plan(), &jobs), Ok(vec![twin.clone()]));
        // As a wrong offset in a map would have it.
        let mut weights = jobs.iter_mut().filter(|job| job.stream > 0);
        let moved = weights.find_map(|job| job.spans.iter_mut().find(|span| span.0 == 1));
        moved.unwrap().1 -= 4;
        let wrong = Claim {
            file: 1,
            at: data(1),
            span: (1, data(1) - 4, 40_000),
        };
        assert_eq!(claims(assembler.plan(), &jobs), Ok(vec![wrong, twin]));
        // As where a job was forgotten.
        jobs.pop();
        let error = claims(assembler.plan(), &jobs).unwrap_err();
        assert!(error.to_string().contains("they lack bytes of"), "{error}");
    }
}

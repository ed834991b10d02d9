//! The encoding jobs of a plan.

use super::{Assembler, Knobs};
use crate::codec::Effort;
use crate::duplicates;
use crate::job::EncodeParams;
use crate::plan::Planned;
use tensorpress_json::{ToJson, write_members};

/// One encoding job: a run of whole blocks of one stream.
#[derive(Debug, Clone, PartialEq)]
pub struct EncodeJob {
    /// Number of the job; jobs are placed in this order.
    pub id: usize,
    /// Its stream.
    pub stream: usize,
    /// Its first block within the stream.
    pub first_block: u64,
    /// Number of blocks.
    pub blocks: u64,
    /// Decoded bytes.
    pub raw_len: u64,
    /// The input bytes, as `(file, offset, length)`, to be concatenated.
    pub spans: Vec<(usize, u64, u64)>,
    /// What to do with them.
    pub params: EncodeParams,
}

/// What encodes it is told no more than an [`EncodePart`](crate::group::EncodePart) holds.
impl ToJson for EncodeJob {
    fn write(&self, out: &mut Vec<u8>) {
        write_members(&[("raw_len", &self.raw_len), ("params", &self.params)], out);
    }
}

impl Assembler {
    /// All jobs, in the order in which they are placed.
    pub fn jobs(&self) -> Vec<EncodeJob> {
        self.jobs_with(&self.knobs)
    }

    /// The jobs as other knobs would make them.
    pub(crate) fn jobs_with(&self, knobs: &Knobs) -> Vec<EncodeJob> {
        let mut jobs = Vec::new();
        for (stream, (of, spans)) in self.planned.plan.streams.iter().zip(&self.planned.sources).enumerate() {
            let mut cursor = duplicates::Cut::new(spans);
            let mut first_block = 0;
            while first_block < of.blocks() {
                let blocks = of.blocks_per_job().min(of.blocks() - first_block);
                let start = first_block * u64::from(of.block);
                let raw_len = (blocks * u64::from(of.block)).min(of.len - start);
                jobs.push(EncodeJob {
                    id: jobs.len(),
                    stream,
                    first_block,
                    blocks,
                    raw_len,
                    spans: cursor.take(raw_len),
                    params: EncodeParams {
                        layout: of.layout,
                        block: of.block,
                        effort: self.effort_of(stream),
                        lossy: self.planned.lossy_params(stream, start, raw_len, knobs).map(Box::new),
                        dry: false,
                    },
                });
                first_block += blocks;
            }
        }
        jobs
    }

    /// How hard to try on a stream. A skeleton that is a negligible part of its archive is encoded fast: more effort would save
    /// next to nothing, and its bytes take a hundred times as long as those of weights.
    fn effort_of(&self, stream: usize) -> Effort {
        let Planned { plan, options, .. } = &self.planned;
        let is_negligible = stream == 0 && self.planned.is_negligible(plan.streams[0].len);
        match options.effort {
            Effort::Default if is_negligible => Effort::Fast,
            effort => effort,
        }
    }
}

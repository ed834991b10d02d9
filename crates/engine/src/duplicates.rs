//! Finds tensors whose bytes are equal, so that they are stored once. Candidates have equal lengths and types;
//! a few samples tell nearly all of them apart, and what remains is compared byte for byte: no hash is trusted.

use crate::EngineError;
use crate::digest::xxh3_64;
use crate::fault::from_read;
use crate::limits::MAX_TWINS;
use tensorpress_formats::ordered::Map;
use tensorpress_formats::{Source, Span};

/// Bytes of each of the three samples.
const SAMPLE: u64 = 1024;
/// Samples of middles that are asked for at once: a model may need thousands.
const BATCH: usize = 32;
/// Parts of as many samples; few have more than one.
const BATCH_PARTS: usize = 2 * BATCH;
/// Bytes of each tensor that are compared at once.
const CHUNK: u64 = 1 << 20;

/// One tensor that might be equal to another.
pub struct Candidate<'a, K> {
    /// Only tensors with equal keys are compared.
    pub key: K,
    /// Its bytes.
    pub spans: &'a [Span],
    /// Number of bytes.
    pub len: u64,
}

/// For each candidate the index of the first candidate with the same bytes; its own index where there is none.
pub async fn find<K: Ord + Clone>(source: &Source, candidates: &[Candidate<'_, K>]) -> Result<Vec<usize>, EngineError> {
    let mut counts: Map<(K, u64), usize> = Map::default();
    for candidate in candidates {
        *counts.entry((candidate.key.clone(), candidate.len), 0) += 1;
    }
    // Nearly all differ in the middle. Where two do not, their ends are compared as well.
    let mut middles: Map<(K, u64, u64), Option<usize>> = Map::default();
    let mut known: Map<(K, u64, [u64; 3]), Vec<usize>> = Map::default();
    let mut first: Vec<usize> = (0..candidates.len()).collect();
    let mut sampled = first.clone();
    sampled.retain(|&index| counts.get(&(candidates[index].key.clone(), candidates[index].len)) != Some(&1));
    for (position, &index) in sampled.iter().enumerate() {
        if position % BATCH == 0 {
            let batch = sampled[position..].iter().take(BATCH);
            source.fetch(middles_of(batch.map(|&index| &candidates[index]))).await;
        }
        let candidate = &candidates[index];
        let (key, len) = (candidate.key.clone(), candidate.len);
        let middle = sample(source, candidate.spans, middle_of(len), len).await?;
        let alone = middles.entry((key.clone(), len, middle), Some(index));
        if *alone == Some(index) {
            continue;
        }
        if let Some(alone) = alone.take() {
            let samples = with_ends(source, candidates[alone].spans, middle, len).await?;
            known.entry((key.clone(), len, samples), vec![alone]);
        }
        let samples = with_ends(source, candidate.spans, middle, len).await?;
        let twins = known.entry((key, len, samples), Vec::new());
        let mut equal = None;
        for &twin in twins.iter() {
            if same(source, candidates[twin].spans, candidate.spans, len).await? {
                equal = Some(twin);
                break;
            }
        }
        match equal {
            Some(twin) => first[index] = twin,
            None if twins.len() < MAX_TWINS => twins.push(index),
            None => {}
        }
    }
    Ok(first)
}

/// Where the sample in the middle of `len` bytes begins.
fn middle_of(len: u64) -> u64 {
    (len - SAMPLE.min(len)) / 2
}

/// Where the samples in the middles of candidates lie, as far as they are worth asking for together.
fn middles_of<'a, K: 'a>(candidates: impl Iterator<Item = &'a Candidate<'a, K>>) -> Vec<(usize, u64, u64)> {
    let mut parts = Vec::new();
    for &Candidate { spans, len, .. } in candidates {
        parts.extend(cut(spans, middle_of(len), SAMPLE.min(len)));
    }
    parts.truncate(BATCH_PARTS);
    parts
}

/// The hash of the bytes from `start` on, of `len` in all.
async fn sample(source: &Source, spans: &[Span], start: u64, len: u64) -> Result<u64, EngineError> {
    Ok(xxh3_64(&read(source, spans, start, SAMPLE.min(len)).await?))
}

/// The hash of the middle, and those of the first and the last bytes.
async fn with_ends(source: &Source, spans: &[Span], middle: u64, len: u64) -> Result<[u64; 3], EngineError> {
    let head = sample(source, spans, 0, len).await?;
    Ok([middle, head, sample(source, spans, len - SAMPLE.min(len), len).await?])
}

async fn same(source: &Source, a: &[Span], b: &[Span], len: u64) -> Result<bool, EngineError> {
    let mut at = 0;
    while at < len {
        let size = CHUNK.min(len - at);
        if read(source, a, at, size).await? != read(source, b, at, size).await? {
            return Ok(false);
        }
        at += size;
    }
    Ok(true)
}

/// Reads `len` bytes at `start` of the concatenated spans.
async fn read(source: &Source, spans: &[Span], start: u64, len: u64) -> Result<Vec<u8>, EngineError> {
    let mut bytes = Vec::new();
    for (file, offset, len) in cut(spans, start, len) {
        bytes.extend(source.read_only("tensor", file, offset, len).await.map_err(from_read)?);
    }
    Ok(bytes)
}

/// The parts of `spans` that hold bytes `start … start + len` of their concatenation, as `(file, offset, length)`.
pub fn cut(spans: &[Span], start: u64, len: u64) -> Vec<(usize, u64, u64)> {
    let mut cut = Cut::new(spans);
    cut.skip(start);
    cut.take(len)
}

/// Walks over spans, so that a million of them are cut in one pass.
pub struct Cut<'a> {
    spans: &'a [Span],
    /// Bytes of the first of `spans` that are behind us.
    used: u64,
}

impl<'a> Cut<'a> {
    /// At the first byte.
    pub fn new(spans: &'a [Span]) -> Self {
        Cut { spans, used: 0 }
    }

    /// The next `len` bytes, fewer at the end.
    pub fn take(&mut self, len: u64) -> Vec<(usize, u64, u64)> {
        let mut parts = Vec::new();
        self.walk(len, |part| parts.push(part));
        parts
    }

    /// Passes over the next `len` bytes.
    pub fn skip(&mut self, len: u64) {
        self.walk(len, |_| {});
    }

    fn walk(&mut self, mut len: u64, mut part: impl FnMut((usize, u64, u64))) {
        while let Some((span, rest)) = self.spans.split_first() {
            let step = (span.len - self.used).min(len);
            if step > 0 {
                part((span.file, span.offset + self.used, step));
            }
            self.used += step;
            len -= step;
            if self.used < span.len {
                return;
            }
            (self.spans, self.used) = (rest, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::rc::Rc;
    use tensorpress_formats::{Mapper, Progress};

    #[test]
    fn cut_takes_the_right_parts() {
        let span = |file, offset, len| Span { file, offset, len };
        let spans = [span(0, 10, 5), span(1, 0, 3), span(0, 100, 4)];
        assert_eq!(cut(&spans, 0, 12), [(0, 10, 5), (1, 0, 3), (0, 100, 4)]);
        assert_eq!(cut(&spans, 5, 3), [(1, 0, 3)]);
        assert_eq!(cut(&spans, 4, 5), [(0, 14, 1), (1, 0, 3), (0, 100, 1)]);
        assert_eq!(cut(&spans, 12, 0), []);
    }

    /// Runs [`find`] over candidates of one file that lie one behind the other, each as a key and its bytes.
    fn found(candidates: &[(u8, Vec<u8>)], cuts: &[u64]) -> Vec<usize> {
        let bytes: Vec<u8> = candidates.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
        let mut at = 0;
        let owned: Vec<(u8, Vec<Span>)> = candidates
            .iter()
            .map(|(key, bytes)| {
                let (mut spans, mut left) = (Vec::new(), bytes.len() as u64);
                for &cut in cuts.iter().chain(&[u64::MAX]) {
                    let len = cut.min(left);
                    spans.push(Span {
                        file: 0,
                        offset: at,
                        len,
                    });
                    at += len;
                    left -= len;
                }
                (*key, spans)
            })
            .collect();
        let file = tensorpress_formats::InputFile {
            path: "f".to_owned(),
            len: bytes.len() as u64,
        };
        let mut mapper = Mapper::new(Rc::new(vec![file]), |source| async move {
            let candidates = owned.iter().map(|(key, spans)| Candidate {
                key: *key,
                spans,
                len: spans.iter().map(|span| span.len).sum(),
            });
            find(&source, &candidates.collect::<Vec<_>>()).await
        });
        loop {
            match mapper.poll() {
                Progress::Done(found) => return found.unwrap(),
                Progress::Need(needs) => {
                    for need in needs {
                        let start = need.offset as usize;
                        mapper.supply(need, bytes[start..start + need.len as usize].to_vec());
                    }
                }
            }
        }
    }

    /// Bytes of which each value of `marks` changes one.
    fn marked(len: usize, marks: &[usize]) -> Vec<u8> {
        let mut bytes: Vec<u8> = (0..len).map(|at| (at % 251) as u8).collect();
        marks.iter().for_each(|&at| bytes[at] ^= 0x80);
        bytes
    }

    proptest::proptest! {
        #[test]
        fn the_first_with_the_same_bytes_is_found(
            picks in proptest::collection::vec((0..2u8, 0..4usize, 0..5usize), 0..80),
            cuts in proptest::collection::vec(0..3000u64, 0..4),
        ) {
            let candidates: Vec<(u8, Vec<u8>)> = picks
                .into_iter()
                .map(|(key, len, mark)| {
                    let len = [1, 1023, 1025, 5000][len];
                    // None, the ends, and two places that no sample sees where there are such.
                    let marks = [None, Some(0), Some(len - 1), Some(len * 3 / 10), Some(len * 7 / 10)];
                    (key, marked(len, marks[mark].as_slice()))
                })
                .collect();
            let expected: Vec<usize> = candidates
                .iter()
                .map(|one| candidates.iter().position(|other| other == one).unwrap())
                .collect();
            proptest::prop_assert_eq!(found(&candidates, &cuts), expected);
        }
    }

    #[test]
    fn what_samples_do_not_see_is_compared() {
        // Behind the first chunk, and in its last byte.
        let len = 5 << 19;
        for mark in [CHUNK as usize - 1, CHUNK as usize, 3 << 19, (2 << 20) + 5] {
            let candidates = [vec![], vec![mark], vec![mark]].map(|marks| (0, marked(len, &marks)));
            assert_eq!(found(&candidates, &[]), [0, 1, 1], "{mark}");
        }
    }

    /// Of tensors that only a comparison tells apart few are remembered.
    #[test]
    fn comparisons_are_limited() {
        let kinds = MAX_TWINS + 2;
        let candidates: Vec<(u8, Vec<u8>)> = (0..2 * kinds)
            .map(|index| (0, marked(5000, &[1200 + index % kinds])))
            .collect();
        let expected: Vec<usize> = (0..2 * kinds)
            .map(|index| {
                if index % kinds < MAX_TWINS {
                    index % kinds
                } else {
                    index
                }
            })
            .collect();
        assert_eq!(found(&candidates, &[]), expected);
    }
}

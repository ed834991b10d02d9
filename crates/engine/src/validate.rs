//! Is a plan possible? Checked before anything is decoded, with arithmetic that cannot wrap.

use crate::EngineError;
use crate::fault::{corrupt, limit};
use crate::limits::{MAX_BLOCK, MAX_FILES, MAX_LENGTH, MAX_STREAMS, MAX_TENSORS};
use crate::paths::check_paths;
use crate::schema::{Plan, PlanFile, PlanPiece, PlanTensor, SKELETON};
use tensorpress_formats::limits::MAX_RANK;
use tensorpress_json::Quoted;

/// Number of blocks of all streams.
pub fn blocks(plan: &Plan) -> Result<u64, EngineError> {
    let sum = plan
        .streams
        .iter()
        .try_fold(0u64, |sum, stream| sum.checked_add(stream.blocks()));
    sum.ok_or_else(|| corrupt("plan", "declares more than 2^64 blocks"))
}

/// Decoded bytes of all files; `check` has proved that the sum fits.
pub fn total_len(plan: &Plan) -> u64 {
    plan.files.iter().fold(0, |sum, file| sum.saturating_add(file.len))
}

/// Checks everything that the plan says.
pub fn check(plan: &Plan) -> Result<(), EngineError> {
    for (name, max, found) in [
        ("MAX_FILES", MAX_FILES, plan.files.len()),
        ("MAX_STREAMS", MAX_STREAMS, plan.streams.len()),
        ("MAX_TENSORS", MAX_TENSORS, plan.tensors.len()),
    ] {
        if found > max {
            return Err(limit(name, max as u64, found as u64));
        }
    }
    check_paths(plan.files.iter().map(|file| file.path.as_str())).map_err(|why| corrupt("plan", why))?;
    check_streams(plan)?;
    let mut total = 0u64;
    let mut skeleton = 0u64;
    for file in &plan.files {
        skeleton = add(skeleton, check_file(plan, file)?)?;
        total = add(total, file.len)?;
    }
    if skeleton != plan.streams[0].len {
        return Err(corrupt(
            "plan",
            format!(
                "the files take {skeleton} bytes of the skeleton, which has {}",
                plan.streams[0].len
            ),
        ));
    }
    plan.tensors.iter().try_for_each(|tensor| check_tensor(plan, tensor))
}

/// Adds lengths, up to what every reader can hold.
fn add(a: u64, b: u64) -> Result<u64, EngineError> {
    let sum = a.checked_add(b).filter(|sum| *sum <= MAX_LENGTH);
    sum.ok_or_else(|| corrupt("plan", format!("declares more than {MAX_LENGTH} bytes")))
}

fn check_streams(plan: &Plan) -> Result<(), EngineError> {
    if plan.streams.first().is_none_or(|stream| stream.name != SKELETON) {
        return Err(corrupt("plan", format!("stream 0 is not \"{SKELETON}\"")));
    }
    for stream in &plan.streams {
        if stream.block > MAX_BLOCK {
            return Err(limit("MAX_BLOCK", u64::from(MAX_BLOCK), u64::from(stream.block)));
        }
        let width = stream.layout.width() as u64;
        add(stream.len, 0)?;
        if stream.block == 0 || !u64::from(stream.block).is_multiple_of(width) || !stream.len.is_multiple_of(width) {
            return Err(corrupt(
                "plan",
                format!(
                    "stream {} has {} bytes in blocks of {}; elements have {width}",
                    Quoted(&stream.name),
                    stream.len,
                    stream.block
                ),
            ));
        }
    }
    Ok(())
}

/// The pieces tile the file. Gives how many bytes of the skeleton it takes.
fn check_file(plan: &Plan, file: &PlanFile) -> Result<u64, EngineError> {
    let fail = |detail: String| corrupt("plan", format!("file {}: {detail}", Quoted(&file.path)));
    let mut len = 0u64;
    let mut skeleton = 0u64;
    for piece in &file.pieces {
        if piece.is_empty() {
            return Err(fail("an empty piece".to_owned()));
        }
        len = add(len, piece.len())?;
        match *piece {
            // No more than `len`, which did not overflow.
            PlanPiece::Skeleton { len } => skeleton += len,
            PlanPiece::Stream { stream, start, len } => {
                let Some(of) = plan.streams.get(stream) else {
                    return Err(fail(format!("stream {stream} of {}", plan.streams.len())));
                };
                if start.checked_add(len).is_none_or(|end| end > of.len) {
                    return Err(fail(format!(
                        "{len} bytes at {start} of stream {}, which has {}",
                        Quoted(&of.name),
                        of.len
                    )));
                }
            }
        }
    }
    if len != file.len {
        return Err(fail(format!("pieces of {len} bytes for a file of {}", file.len)));
    }
    Ok(skeleton)
}

fn check_tensor(plan: &Plan, tensor: &PlanTensor) -> Result<(), EngineError> {
    let fail = |detail: String| corrupt("plan", format!("tensor {}: {detail}", Quoted(&tensor.name)));
    if tensor.shape.len() > MAX_RANK {
        return Err(fail(format!("rank {}, at most {MAX_RANK}", tensor.shape.len())));
    }
    if tensor.file >= plan.files.len() {
        return Err(fail(format!("file {} of {}", tensor.file, plan.files.len())));
    }
    if let Some((before, len)) = tensor.inflated {
        add(before, 0).and(add(len, 0))?;
    }
    if let Some(stream) = tensor.stream
        && (stream == 0 || stream >= plan.streams.len())
    {
        return Err(fail(format!("stream {stream} of {}", plan.streams.len())));
    }
    if let Some((start, len)) = tensor.range {
        let Some(stream) = tensor.stream else {
            return Err(fail("a range without a stream".to_owned()));
        };
        let of = plan.streams[stream].len;
        if start.checked_add(len).is_none_or(|end| end > of) {
            return Err(fail(format!("{len} bytes at {start} of a stream of {of}")));
        }
    }
    for &(file, offset, len) in &tensor.spans {
        let inside = plan
            .files
            .get(file)
            .is_some_and(|f| offset.checked_add(len).is_some_and(|end| end <= f.len));
        if !inside {
            return Err(fail(format!("{len} bytes at {offset} of file {file} do not exist")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Layout;
    use crate::schema::PlanStream;

    fn stream(name: &str, len: u64, block: u32) -> PlanStream {
        PlanStream {
            name: name.to_owned(),
            len,
            block,
            layout: Layout::U8,
            chain: String::new(),
        }
    }

    /// A plan of so many streams without bytes, the skeleton included.
    fn empty(streams: usize) -> Plan {
        let names = std::iter::once(SKELETON.to_owned()).chain((1..streams).map(|number| number.to_string()));
        Plan {
            streams: names.map(|name| stream(&name, 0, 1)).collect(),
            ..Plan::default()
        }
    }

    fn file(path: String, len: u64, pieces: Vec<PlanPiece>) -> PlanFile {
        PlanFile {
            path,
            len,
            pieces,
            ..PlanFile::default()
        }
    }

    /// The code of what is wrong with a plan, empty where nothing is.
    fn code(plan: &Plan) -> &'static str {
        check(plan).map_or_else(|error| error.code(), |()| "")
    }

    #[test]
    fn counts_are_limited() {
        assert_eq!(code(&empty(MAX_STREAMS)), "");
        assert_eq!(code(&empty(MAX_STREAMS + 1)), "limit");
        let mut plan = empty(1);
        plan.files = (0..MAX_FILES)
            .map(|number| file(number.to_string(), 0, Vec::new()))
            .collect();
        assert_eq!(code(&plan), "");
        plan.files.push(file("one more".to_owned(), 0, Vec::new()));
        assert_eq!(code(&plan), "limit");
    }

    #[test]
    fn blocks_are_limited() {
        for (block, expected) in [
            (MAX_BLOCK, ""),
            (MAX_BLOCK + 1, "limit"),
            (u32::MAX, "limit"),
            (0, "corrupt"),
        ] {
            let mut plan = empty(1);
            plan.streams.push(stream("w", 8, block));
            assert_eq!(code(&plan), expected, "{block}");
        }
    }

    #[test]
    fn lengths_and_their_sums_are_limited() {
        let most = MAX_LENGTH;
        for (skeleton, lens, expected) in [
            (most, &[most][..], ""),
            (most + 1, &[most + 1], "corrupt"),
            (most, &[most - 1, 1], ""),
            (most, &[most, 1], "corrupt"),
            (u64::MAX, &[u64::MAX], "corrupt"),
        ] {
            let mut plan = empty(1);
            plan.streams[0].len = skeleton;
            plan.files = (0..)
                .zip(lens)
                .map(|(number, &len)| file(format!("{number}"), len, vec![PlanPiece::Skeleton { len }]))
                .collect();
            assert_eq!(code(&plan), expected, "{skeleton}: {lens:?}");
        }
        // Of files that repeat a stream only the files' sum is too long.
        let mut plan = empty(2);
        plan.streams[1].len = most;
        let repeated = PlanPiece::Stream {
            stream: 1,
            start: 0,
            len: most,
        };
        plan.files = vec![file("a".to_owned(), most, vec![repeated])];
        assert_eq!(code(&plan), "");
        plan.files.push(file("b".to_owned(), most, vec![repeated]));
        assert_eq!(code(&plan), "corrupt");
    }

    #[test]
    fn streams_have_whole_elements() {
        for (layout, len, block, expected) in [
            (Layout::F32, 8, 4, ""),
            (Layout::F32, 8, 6, "corrupt"),
            (Layout::F32, 8, 2, "corrupt"),
            (Layout::F32, 6, 4, "corrupt"),
            (Layout::F64, 12, 8, "corrupt"),
            (Layout::U8, 7, 3, ""),
            // A stream that no file has is as long as any other at most.
            (Layout::U8, MAX_LENGTH, 1, ""),
            (Layout::U8, MAX_LENGTH + 1, 1, "corrupt"),
        ] {
            let mut plan = empty(1);
            plan.streams.push(PlanStream {
                layout,
                ..stream("w", len, block)
            });
            assert_eq!(code(&plan), expected, "{len} bytes in blocks of {block}");
        }
        let mut renamed = empty(2);
        renamed.streams.swap(0, 1);
        assert_eq!(code(&renamed), "corrupt");
    }

    #[test]
    fn pieces_lie_within_their_streams() {
        for (stream_of, start, len, expected) in [
            (1, 0, 8, ""),
            (1, 7, 1, ""),
            (1, 8, 1, "corrupt"),
            (1, 1, 8, "corrupt"),
            (1, u64::MAX, 8, "corrupt"),
            (2, 0, 8, "corrupt"),
            (usize::MAX, 0, 8, "corrupt"),
        ] {
            let mut plan = empty(1);
            plan.streams.push(stream("w", 8, 8));
            let piece = PlanPiece::Stream {
                stream: stream_of,
                start,
                len,
            };
            plan.files = vec![file("a".to_owned(), len, vec![piece])];
            assert_eq!(code(&plan), expected, "{len} at {start} of stream {stream_of}");
        }
    }

    fn tensor() -> PlanTensor {
        PlanTensor {
            name: String::new(),
            file: 0,
            dtype: tensorpress_formats::Dtype::U8,
            type_name: String::new(),
            shape: Vec::new(),
            encoding: tensorpress_formats::Encoding::Plain,
            inflated: None,
            stream: None,
            range: None,
            spans: Vec::new(),
        }
    }

    /// A plan of a stream of eight bytes, a file of three and this tensor.
    fn with(tensor: PlanTensor) -> Plan {
        let mut plan = empty(1);
        plan.streams.push(stream("w", 8, 8));
        let piece = PlanPiece::Stream {
            stream: 1,
            start: 0,
            len: 3,
        };
        plan.files = vec![file("a".to_owned(), 3, vec![piece])];
        plan.tensors = vec![tensor];
        plan
    }

    #[test]
    fn ranks_are_limited() {
        for (rank, expected) in [(MAX_RANK, ""), (MAX_RANK + 1, "corrupt")] {
            let shape = vec![1; rank];
            assert_eq!(code(&with(PlanTensor { shape, ..tensor() })), expected, "{rank}");
        }
    }

    #[test]
    fn tensors_are_of_files_and_streams_that_there_are() {
        for (file, expected) in [(0, ""), (1, "corrupt"), (usize::MAX, "corrupt")] {
            assert_eq!(code(&with(PlanTensor { file, ..tensor() })), expected, "{file}");
        }
        let max = u64::MAX;
        for (stream, range, expected) in [
            (Some(1), None, ""),
            (Some(0), None, "corrupt"),
            (Some(2), None, "corrupt"),
            (Some(usize::MAX), None, "corrupt"),
            (Some(1), Some((0, 8)), ""),
            (Some(1), Some((8, 0)), ""),
            (Some(1), Some((1, 8)), "corrupt"),
            (Some(1), Some((9, 0)), "corrupt"),
            (Some(1), Some((max, 1)), "corrupt"),
            (Some(1), Some((2, max)), "corrupt"),
            (None, Some((0, 8)), "corrupt"),
        ] {
            let tensor = PlanTensor {
                stream,
                range,
                ..tensor()
            };
            assert_eq!(code(&with(tensor)), expected, "{range:?} of stream {stream:?}");
        }
        for (span, expected) in [
            ((0, 0, 3), ""),
            ((0, 3, 0), ""),
            ((0, 1, 3), "corrupt"),
            ((0, 4, 0), "corrupt"),
            ((0, max, 1), "corrupt"),
            ((1, 0, 0), "corrupt"),
        ] {
            let spans = vec![(0, 0, 1), span];
            assert_eq!(code(&with(PlanTensor { spans, ..tensor() })), expected, "{span:?}");
        }
        for (inflated, expected) in [
            ((0, 0), ""),
            ((MAX_LENGTH, MAX_LENGTH), ""),
            ((MAX_LENGTH + 1, 0), "corrupt"),
            ((0, max), "corrupt"),
        ] {
            let inflated = Some(inflated);
            let tensor = PlanTensor { inflated, ..tensor() };
            assert_eq!(code(&with(tensor)), expected, "{inflated:?}");
        }
    }
}

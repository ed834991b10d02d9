//! Inflating the start of a member, no further than asked.

use super::{Member, Method, corrupt};
use crate::error::FormatError;
use crate::limits::MAX_INFLATED;
use crate::source::Source;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::{TINFL_FLAG_HAS_MORE_INPUT, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

/// Packed bytes that are asked for at once.
const CHUNK: u64 = 64 * 1024;
/// The output grows in steps of this size at least, as the input earns it.
const STEP: usize = 64 * 1024;

/// The first `wanted` unpacked bytes of a member, or all of them where it holds fewer.
pub async fn inflate_start(
    source: &Source,
    format: &'static str,
    file: usize,
    member: &Member,
    wanted: u64,
) -> Result<Vec<u8>, FormatError> {
    let wanted = wanted.min(member.unpacked);
    if wanted > MAX_INFLATED {
        return Err(FormatError::Limit {
            format,
            limit: "MAX_INFLATED",
            max: MAX_INFLATED,
            found: wanted,
        });
    }
    match member.method {
        Method::Stored => source.read(format, file, member.offset, wanted).await,
        Method::Deflated => inflate(source, format, file, member, wanted as usize).await,
        Method::Other => Err(FormatError::Unsupported {
            format,
            detail: format!("member {:?} is encrypted or neither stored nor deflated", member.name),
        }),
    }
}

async fn inflate(
    source: &Source,
    format: &'static str,
    file: usize,
    member: &Member,
    wanted: usize,
) -> Result<Vec<u8>, FormatError> {
    let mut state = Box::<DecompressorOxide>::default();
    let mut output = Vec::new();
    let (mut filled, mut taken) = (0, 0);
    while filled < wanted {
        let len = CHUNK.min(member.len - taken);
        let chunk = source.read(format, file, member.offset + taken, len).await?;
        taken += len;
        let more = if taken < member.len {
            TINFL_FLAG_HAS_MORE_INPUT
        } else {
            0
        };
        let mut input = &chunk[..];
        loop {
            // Matches reach back into the output, so it grows in place and is never wrapped.
            output.resize((filled + STEP.max(filled)).min(wanted), 0);
            let flags = more | TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
            let (status, read, written) = decompress(&mut state, input, &mut output, filled, flags);
            input = &input[read..];
            filled += written;
            match status {
                TINFLStatus::HasMoreOutput if filled < wanted => {}
                TINFLStatus::HasMoreOutput | TINFLStatus::Done => {
                    output.truncate(filled);
                    return Ok(output);
                }
                TINFLStatus::NeedsMoreInput if more != 0 => break,
                _ => {
                    let detail = format!("member {:?} is no deflate stream: {status:?}", member.name);
                    return Err(corrupt(format, member.offset, detail));
                }
            }
        }
    }
    output.truncate(filled);
    Ok(output)
}

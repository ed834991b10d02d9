//! Inflating the start of a member, no further than asked.

use super::{Member, Method, corrupt};
use crate::error::{FormatError, check_limit};
use crate::limits::MAX_INFLATED;
use crate::source::Source;
use tensorpress_entropy::inflate::{self, MAX_MATCH};
use tensorpress_json::Quoted;

/// Packed bytes that are tried first. Where they do not suffice, as many again as were tried: inflating from the start each
/// time costs no more than twice as much.
const FIRST: u64 = 64 * 1024;
/// Most bytes that a packed one stands for.
const MAX_INFLATION: u64 = 1032;

/// The first `wanted` unpacked bytes of a member, or all of them where it holds fewer.
pub async fn inflate_start(
    source: &Source,
    format: &'static str,
    file: usize,
    member: &Member,
    wanted: u64,
) -> Result<Vec<u8>, FormatError> {
    let wanted = wanted.min(member.unpacked);
    check_limit(format, "MAX_INFLATED", MAX_INFLATED, wanted)?;
    match member.method {
        Method::Stored => source.read(format, file, member.offset, wanted).await,
        Method::Deflated => inflate(source, format, file, member, wanted as usize).await,
        Method::Other => Err(FormatError::unsupported(
            format,
            format!(
                "member {} is encrypted or neither stored nor deflated",
                Quoted(&member.name)
            ),
        )),
    }
}

async fn inflate(
    source: &Source,
    format: &'static str,
    file: usize,
    member: &Member,
    wanted: usize,
) -> Result<Vec<u8>, FormatError> {
    let mut tried = FIRST.min(member.len);
    let mut output = Vec::new();
    loop {
        let packed = source.read(format, file, member.offset, tried).await?;
        // The claim is not believed beyond what so much input can make.
        let room = tried.saturating_mul(MAX_INFLATION).min(wanted as u64) as usize;
        // What it holds already is overwritten.
        output.resize(room + MAX_MATCH, 0);
        let (made, ended) = inflate::inflate_start(&packed, &mut output);
        if made >= wanted || ended {
            output.truncate(made.min(wanted));
            return Ok(output);
        }
        if tried == member.len {
            let detail = format!(
                "member {} is no deflate stream from byte {made} of what it holds on",
                Quoted(&member.name)
            );
            return Err(corrupt(format, member.offset, detail));
        }
        tried = (2 * tried).min(member.len);
    }
}
